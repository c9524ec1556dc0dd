#!/usr/bin/env python3
"""Throughput and added latency of the router beside nginx's proxy_pass, against the same upstream, in one run.

Upstream and reference proxy are two nginx processes of one worker each; wrk drives one thread at 32 connections and at 1. The
router runs as users run it: decision log, metrics and keys on. Each round measures all targets in alternating order; what is
printed are medians over rounds of the ratios within a round, so that a machine whose speed drifts does not decide the result.

    Tests/Benchmarks/Proxy/proxy_throughput.py --router .build/release/bandit-router [--rounds 5] [--seconds 4] [--litellm PYTHON]

Needs: nginx, wrk (Debian packages). Exit 1 with --require R when the median ratio at 32 connections is below R.
"""
import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ANSWER = json.dumps({
    "id": "chatcmpl-benchmark", "object": "chat.completion", "created": 1700000000, "model": "static",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "The capital of France is Paris. " * 8},
                 "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 42, "completion_tokens": 64, "total_tokens": 106}})
REQUEST = json.dumps({
    "model": "auto", "temperature": 0.2, "max_tokens": 256,
    "messages": [{"role": "system", "content": "You are a helpful assistant. Answer briefly and to the point."},
                 {"role": "user", "content": "What is the capital of France, and which river flows through it? " * 6}]})


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, path="/", seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def nginx(folder, name, port, body):
    home = os.path.join(folder, name)
    os.makedirs(home)
    config = os.path.join(home, "nginx.conf")
    with open(config, "w") as f:
        f.write(f"""worker_processes 1; daemon off; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
uwsgi_temp_path {home}/u; scgi_temp_path {home}/s; keepalive_requests 1000000; client_body_buffer_size 64k; {body} }}""")
    return subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", config, "-p", home],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wrk(folder, port, connections, seconds, key):
    script = os.path.join(folder, f"post-{port}.lua")
    with open(script, "w") as f:
        f.write("wrk.method='POST'\nwrk.headers['Content-Type']='application/json'\n"
                + (f"wrk.headers['Authorization']='Bearer {key}'\n" if key else "")
                + "wrk.body=[==[" + REQUEST + "]==]\n"
                + "done=function(s,l,r) io.write(string.format('RESULT %d %d %d %d %d\\n', s.requests, s.duration,"
                  " l:percentile(50), l:percentile(99), s.errors.status + s.errors.read + s.errors.write + s.errors.timeout"
                  " + s.errors.connect)) end\n")
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script,
                          f"http://127.0.0.1:{port}/v1/chat/completions"], capture_output=True, text=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", out)
    if not found:
        raise SystemExit("wrk said: " + out)
    requests, micros, p50, p99, errors = map(int, found.groups())
    if errors:
        raise SystemExit(f"{errors} of {requests} requests failed on port {port}")
    return {"rps": requests / (micros / 1e6), "p50_us": p50, "p99_us": p99}


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_router(binary, folder, upstream):
    port = free_port()
    config = os.path.join(folder, "router.yaml")
    with open(config, "w") as f:
        f.write(f"""server: {{ host: 127.0.0.1, port: {port} }}
store: {{ path: {folder}/store.sqlite }}
providers:
  - {{ id: static, kind: openai, base_url: "http://127.0.0.1:{upstream}/v1", api_key: sk-benchmark }}
arms:
  - {{ id: a, provider: static, model: a, price: {{ input_per_million_usd: 0.1, output_per_million_usd: 0.4 }} }}
  - {{ id: b, provider: static, model: b, price: {{ input_per_million_usd: 1, output_per_million_usd: 4 }} }}
  - {{ id: c, provider: static, model: c, price: {{ input_per_million_usd: 3, output_per_million_usd: 15 }} }}
categories:
  - {{ id: code, patterns: ["```", "function"] }}
  - {{ id: geography, patterns: ["capital", "river"] }}
routes:
  - {{ id: auto, arms: [a, b, c], policy: {{ kind: thompson }}, objective: {{ dollars_per_quality: 0.05 }} }}
""")
    made = subprocess.run([binary, "keys", "create", "--config", config, "--name", "benchmark", "--scope", "chat",
                           "--format", "json"], capture_output=True, text=True)
    key = json.loads(made.stdout)["key"] if made.returncode == 0 else None
    if key is None:
        print("keys: not available, measured without:", made.stderr.strip()[:200], file=sys.stderr)
    log = open(os.path.join(folder, "router.log"), "w")
    process = subprocess.Popen([binary, "serve", "--config", config], stdout=log, stderr=log)
    wait_for(port)
    return process, port, key


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--router", required=True)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=int, default=4)
    p.add_argument("--litellm", help="a Python that has litellm[proxy]")
    p.add_argument("--require", type=float, help="exit 1 when the ratio to nginx at 32 connections is below this")
    args = p.parse_args()
    folder = tempfile.mkdtemp(prefix="proxy-benchmark-")
    processes = []
    try:
        upstream, proxy = free_port(), free_port()
        processes.append(nginx(folder, "upstream", upstream, f"""server {{ listen 127.0.0.1:{upstream} backlog=1024;
default_type application/json; location / {{ return 200 '{ANSWER}'; }} }}"""))
        processes.append(nginx(folder, "proxy", proxy, f"""upstream u {{ server 127.0.0.1:{upstream}; keepalive 64; }}
server {{ listen 127.0.0.1:{proxy}; location / {{ proxy_pass http://u; proxy_http_version 1.1;
proxy_set_header Connection ""; }} }}"""))
        wait_for(upstream), wait_for(proxy)
        router, port, key = start_router(args.router, folder, upstream)
        processes.append(router)
        targets = {"nginx": (proxy, None), "router": (port, key)}
        if args.litellm:
            lport = free_port()
            with open(os.path.join(folder, "litellm.yaml"), "w") as f:
                f.write("model_list:\n  - model_name: auto\n    litellm_params: {model: openai/a, api_base: "
                        f"\"http://127.0.0.1:{upstream}/v1\", api_key: sk-benchmark}}\n")
            # It does not start without a key.
            lkey = "sk-litellm-benchmark"
            env = dict(os.environ, LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MASTER_KEY=lkey)
            with open(os.path.join(folder, "litellm.log"), "w") as log:
                processes.append(subprocess.Popen(
                    [args.litellm, "-m", "litellm.proxy.proxy_cli", "--config", os.path.join(folder, "litellm.yaml"),
                     "--port", str(lport), "--num_workers", "2"], stdout=log, stderr=log, env=env,
                    start_new_session=True))
            try:
                wait_for(lport, seconds=300)
            except SystemExit:
                with open(os.path.join(folder, "litellm.log")) as log:
                    print(log.read()[-3000:], file=sys.stderr)
                raise
            time.sleep(5)
            targets["litellm"] = (lport, lkey)
        for name, (target, k) in targets.items():
            wrk(folder, target, 32, 1, k)
        rows = []
        for i in range(args.rounds):
            names = list(targets) if i % 2 == 0 else list(reversed(targets))
            row = {}
            for connections in (32, 1):
                for name in names:
                    target, k = targets[name]
                    before = cpu_seconds(router.pid) if name == "router" else 0
                    r = wrk(folder, target, connections, args.seconds, k)
                    if name == "router":
                        r["cpu_us"] = (cpu_seconds(router.pid) - before) / (r["rps"] * args.seconds) * 1e6
                    row[name, connections] = r
            rows.append(row)
        median = statistics.median
        for connections in (32, 1):
            print(f"{connections} connection(s), median of {args.rounds} rounds of {args.seconds} s")
            for name in targets:
                rs = [row[name, connections] for row in rows]
                cpu = f"  router CPU {median(r['cpu_us'] for r in rs):.0f} us/request" if name == "router" else ""
                print(f"  {name:8} {median(r['rps'] for r in rs):10.0f} requests/s  p50 {median(r['p50_us'] for r in rs):6.0f} us"
                      f"  p99 {median(r['p99_us'] for r in rs):6.0f} us{cpu}")
        ratio = median(row["router", 32]["rps"] / row["nginx", 32]["rps"] for row in rows)
        print(f"router / nginx at 32 connections: {ratio:.3f}")
        added = [row["router", 1]["p50_us"] - row["nginx", 1]["p50_us"] for row in rows]
        tail = [row["router", 1]["p99_us"] - row["nginx", 1]["p99_us"] for row in rows]
        print(f"added at 1 connection: p50 {median(added):.0f} us, p99 {median(tail):.0f} us")
        if args.litellm:
            print("router / LiteLLM at 32 connections:"
                  f" {median(row['router', 32]['rps'] / row['litellm', 32]['rps'] for row in rows):.1f}")
        if args.require and ratio < args.require:
            sys.exit(1)
    finally:
        for process in processes:
            try:
                if args.litellm and process.args[0] == args.litellm:
                    os.killpg(process.pid, signal.SIGTERM)
                process.terminate()
                process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
