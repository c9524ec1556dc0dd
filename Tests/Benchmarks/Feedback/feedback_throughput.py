#!/usr/bin/env python3
"""Feedback over HTTP: how many a second are acknowledged durably, how long a batch takes, and what a restart costs.

wrk drives one thread at 32 connections; each request gives another value to one of the decisions, so that each is a durable write
(`synchronous=FULL`). Then one batch, then `kill -9`, a start and `verify`; every acknowledged revision must be in the log.

    Tests/Benchmarks/Feedback/feedback_throughput.py --router .build/release/bandit-router [--seconds 5] [--decisions 10000]

Needs: wrk (Debian package). Exit 1 where a feedback is lost or `verify` does not agree.
"""
import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

WRK = """
math.randomseed(%d)
local ids = {}
for line in io.lines('%s') do ids[#ids + 1] = line end
local headers = { ['Content-Type'] = 'application/json', ['Authorization'] = 'Bearer %s' }
request = function()
  return wrk.format('POST', '/v1/feedback', headers,
    string.format('{"decision_id":"%%s","metric":"rating","value":%%.9f}', ids[math.random(#ids)], 1 + 4 * math.random()))
end
done = function(s, l, r)
  io.write(string.format('RESULT %%d %%d %%d %%d %%d\\n', s.requests, s.duration, l:percentile(50), l:percentile(99),
    s.errors.status + s.errors.read + s.errors.write + s.errors.timeout + s.errors.connect))
end
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(binary, config, port):
    began = time.perf_counter()
    process = subprocess.Popen([binary, "serve", "--config", config], stderr=subprocess.DEVNULL)
    while True:
        if process.poll() is not None:
            raise SystemExit(f"the router ended with {process.returncode}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return process, time.perf_counter() - began
        except OSError:
            pass
        time.sleep(0.005)


def decide(port, key, count, into):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(count):
        connection.request("POST", "/v1/decisions", '{"messages":[{"role":"user","content":"Why?"}]}',
                           {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"no decision: {body}")
        into.append(body["decision_id"])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--router", required=True)
    p.add_argument("--seconds", type=int, default=5)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--decisions", type=int, default=10_000, help="at most 10000, what a batch takes")
    args = p.parse_args()
    folder = tempfile.mkdtemp(prefix="feedback-benchmark-")
    port = free_port()
    config = os.path.join(folder, "router.yaml")
    store = os.path.join(folder, "store.sqlite")
    with open(config, "w") as f:
        f.write(f"""server: {{ host: 127.0.0.1, port: {port} }}
store: {{ path: {store} }}
providers: [{{ id: local, kind: simulated }}]
arms:
  - {{ id: a, provider: local, model: sim-small }}
  - {{ id: b, provider: local, model: sim-large }}
routes: [{{ id: auto, arms: [a, b], affinity: none }}]
feedback: {{ metrics: [{{ id: rating, kind: scale, min: 1, max: 5 }}] }}
""")
    made = subprocess.run([args.router, "keys", "create", "--config", config, "--name", "benchmark", "--scope", "chat",
                           "--scope", "feedback", "--format", "json"], capture_output=True, text=True, check=True)
    key = json.loads(made.stdout)["key"]
    process = None
    try:
        process, _ = start(args.router, config, port)
        ids = []
        threads = [threading.Thread(target=decide, args=(port, key, args.decisions // 4, ids)) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        with open(os.path.join(folder, "ids"), "w") as f:
            f.write("\n".join(ids) + "\n")
        script = os.path.join(folder, "feedback.lua")
        told = 0
        for turn in range(args.rounds):
            # Another seed each time: a value that is said again is a duplicate, and no revision.
            with open(script, "w") as f:
                f.write(WRK % (turn + 1, os.path.join(folder, "ids"), key))
            out = subprocess.run(["wrk", "-t1", "-c32", f"-d{args.seconds}s", "-s", script, f"http://127.0.0.1:{port}"],
                                 capture_output=True, text=True).stdout
            found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", out)
            if not found:
                raise SystemExit("wrk said: " + out)
            requests, micros, p50, p99, errors = map(int, found.groups())
            if errors:
                raise SystemExit(f"{errors} of {requests} were refused")
            told += requests
            print(f"32 clients: {requests / (micros / 1e6):.0f} durable feedbacks/s, p50 {p50 / 1e3:.2f} ms, "
                  f"p99 {p99 / 1e3:.2f} ms")
        batch = json.dumps([{"decision_id": i, "metric": "rating", "value": 1 + n % 4, "source": "judge"}
                            for n, i in enumerate(ids)])
        connection = http.client.HTTPConnection("127.0.0.1", port)
        began = time.perf_counter()
        connection.request("POST", "/v1/feedback/batch", batch,
                           {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        print(f"batch of {len(ids)}: {1e3 * (time.perf_counter() - began):.0f} ms, {answer['accepted']} accepted")
        told += answer["accepted"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        process, ready = start(args.router, config, port)
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
            kept = database.execute("SELECT count(*) FROM feedback_revision").fetchone()[0]
        print(f"killed with -9: ready again after {1e3 * ready:.0f} ms; {told} feedbacks told, {kept} in the log")
        process.terminate()
        process.wait()
        began = time.perf_counter()
        verified = subprocess.run([args.router, "verify", "--config", config], capture_output=True, text=True)
        print(f"verify: exit {verified.returncode} after {time.perf_counter() - began:.2f} s; {verified.stdout.strip()}")
        # wrk does not count what was in flight when it stopped: the log may have up to one more for each of its connections.
        if verified.returncode != 0 or not told <= kept <= told + 32 * args.rounds:
            sys.exit(1)
    finally:
        if process and process.poll() is None:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
