#!/usr/bin/env python3
"""Events a second that the router relays, beside nginx's proxy_pass with buffering off, from the same upstream, in one run.

Upstream: nginx, which sends streams of 500 events from a file. wrk reads them over 32 connections. Three kinds of stream: `shown` (the client
asked for usage: nothing has to be changed), `plain` (a provider that says nothing of usage in its events) and `hidden` (a provider that
writes `"usage":null` into each event, and usage at the end, for a client that asked for neither: each event loses a member). Each round
measures all targets in alternating order; what is printed are medians over rounds of the ratios within a round.

    Tests/Benchmarks/Proxy/stream_throughput.py --router .build/release/bandit-router [--against OTHER] [--rounds 7] [--seconds 3]

`--against`: the binary of another commit, measured in turn with the first. Needs: nginx, wrk (Debian packages).
"""
import argparse
import json
import os
import shutil
import statistics
import tempfile
import urllib.request

import proxy_throughput as proxy

EVENTS = 500
KINDS = ["shown", "plain", "hidden"]
QUESTION = json.loads(proxy.REQUEST)


def event(delta, finish=None, null_usage=False, usage=None):
    data = {"id": "chatcmpl-benchmark", "object": "chat.completion.chunk", "created": 1700000000, "model": "static-1",
            "system_fingerprint": "fp_44709d6fcb", "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}
    if usage:
        data["choices"] = []
        data["usage"] = usage
    elif null_usage:
        data["usage"] = None
    return "data: " + json.dumps(data, separators=(",", ":")) + "\n\n"


def stream(kind):
    """The bytes of a stream, and what a client of the router should get."""
    null = kind != "plain"
    words = [event({"role": "assistant", "content": ""}, null_usage=null)]
    words += [event({"content": f" word{number % 10}"}, null_usage=null) for number in range(EVENTS - 4)]
    words += [event({}, "stop", null_usage=null)]
    usage = [event({}, usage={"prompt_tokens": 42, "completion_tokens": 496, "total_tokens": 538})]
    done = ["data: [DONE]\n\n"]
    sent = words + usage + done
    assert len(sent) == EVENTS
    if kind == "shown":
        return "".join(sent), "".join(sent)
    return "".join(sent), "".join(word.replace(',"usage":null', "") for word in words + done)


def body(kind):
    request = dict(QUESTION, stream=True)
    if kind == "shown":
        request["stream_options"] = {"include_usage": True}
    return json.dumps(request)


def got(port, key, kind):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions", data=body(kind).encode(),
        headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--router", required=True)
    parser.add_argument("--against", help="the binary of another commit")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="stream-benchmark-")
    # nginx's worker is somebody else where the benchmark runs as root.
    os.chmod(folder, 0o755)
    processes = []
    try:
        for kind in args.kinds:
            measure(kind, folder, args, processes)
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def measure(kind, folder, args, processes):
    home = os.path.join(folder, kind)
    os.makedirs(home)
    sent, expected = stream(kind)
    with open(os.path.join(home, "stream"), "w") as file:
        file.write(sent)
    upstream, reference = proxy.free_port(), proxy.free_port()
    # A POST of a file: the error page of "not allowed", given with 200.
    processes.append(proxy.nginx(home, "upstream", upstream, f"""server {{ listen 127.0.0.1:{upstream} backlog=1024;
default_type text/event-stream; root {home}; error_page 405 =200 /stream; location / {{ try_files /stream =404; }} }}"""))
    processes.append(proxy.nginx(home, "reference", reference, f"""upstream u {{ server 127.0.0.1:{upstream}; keepalive 64; }}
server {{ listen 127.0.0.1:{reference}; location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_buffering off;
proxy_set_header Connection ""; }} }}"""))
    proxy.wait_for(upstream), proxy.wait_for(reference)
    targets = {"nginx": (reference, None, None)}
    if got(reference, None, kind) != sent:
        raise SystemExit(f"{kind}: nginx does not relay what was sent")
    for name, binary in [("router", args.router)] + ([("against", args.against)] if args.against else []):
        os.makedirs(os.path.join(home, name))
        process, port, key = proxy.start_router(binary, os.path.join(home, name), upstream)
        processes.append(process)
        targets[name] = (port, key, process.pid)
        if got(port, key, kind) != expected:
            raise SystemExit(f"{kind}: {name} does not relay what it should: {got(port, key, kind)[-600:]!r}")
    proxy.REQUEST = body(kind)
    for port, key, _ in targets.values():
        proxy.wrk(home, port, args.connections, 1, key)
    rows = []
    for number in range(args.rounds):
        row = {}
        for name in list(targets) if number % 2 == 0 else reversed(list(targets)):
            port, key, pid = targets[name]
            before = proxy.cpu_seconds(pid) if pid else 0
            result = proxy.wrk(home, port, args.connections, args.seconds, key)
            result["events"] = result["rps"] * EVENTS
            if pid:
                result["cpu"] = (proxy.cpu_seconds(pid) - before) / (result["events"] * args.seconds) * 1e6
            row[name] = result
        rows.append(row)
    median = statistics.median
    print(f"{kind}: {args.connections} connections, {EVENTS} events of {len(sent) // EVENTS} bytes, median of {args.rounds} rounds of {args.seconds} s")
    for name in targets:
        events = [row[name]["events"] / 1e3 for row in rows]
        cpu = f", {median(row[name]['cpu'] for row in rows):.2f} us of processor an event" if targets[name][2] else ""
        print(f"  {name:8} {median(events):7.0f} k events/s ({min(events):.0f} to {max(events):.0f}),"
              f" p99 {median(row[name]['p99_us'] for row in rows) / 1e3:.1f} ms{cpu}")
    ratios = [row["router"]["events"] / row["nginx"]["events"] for row in rows]
    print(f"  router / nginx: {median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
    if args.against:
        ratios = [row["router"]["events"] / row["against"]["events"] for row in rows]
        cpus = [row["router"]["cpu"] / row["against"]["cpu"] for row in rows]
        print(f"  router / against: {median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}),"
              f" processor an event {median(cpus):.3f} ({min(cpus):.3f} to {max(cpus):.3f})", flush=True)
    for process in processes:
        process.terminate()
        process.wait(10)
    processes.clear()


if __name__ == "__main__":
    main()
