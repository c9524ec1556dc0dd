#!/usr/bin/env python3
"""How fast the dashboard is there, and how far behind it runs, with many decisions in the store.

Fills a store with StoreBenchmarks, starts the router on it, opens the page in Chromium with an empty cache, and prints, as medians
and worst of the rounds: first contentful paint, all data shown, a new decision shown after its answer; and the endpoints behind it.

    Tests/Benchmarks/Dashboard/dashboard_paint.py --bin .build/release [--decisions 1000000] [--rounds 7] [--store FILE]

Needs: chromium. --store FILE keeps the store there and uses it again. Exit 1 where a paint or an update takes more than a second.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../EndToEndTests/Python"))
from browser import Browser  # noqa: E402

CONFIGURATION = """
server: { host: 127.0.0.1, port: 0 }
store: { path: "%s" }
providers: [ { id: simulation, kind: simulated } ]
arms:
%s
categories: [ { id: code }, { id: math }, { id: writing }, { id: translation }, { id: extraction } ]
routes: [ { id: auto, arms: [%s] } ]
privacy: { retention: 36500d }
"""
ENDPOINTS = [
    "/v1/posteriors", "/v1/decisions?limit=25", "/v1/decisions?category=math&limit=50", "/v1/decisions?arm=provider/model-3&limit=50",
    "/v1/feedback?limit=25", "/v1/usage?by=arm", "/v1/usage?by=day,arm", "/v1/history/traffic?window=7d",
    "/v1/history/posteriors?category=code&window=7d", "/v1/alarms"]
NOTE_READY = """
new MutationObserver(() => {
  if (document.documentElement?.dataset.ready === '') window.readyAt ??= performance.now();
}).observe(document, { attributes: true, childList: true, subtree: true });
"""


def get(base, path):
    with urllib.request.urlopen(base + path) as answer:
        return answer.read()


def chat(base):
    request = urllib.request.Request(
        base + "/v1/chat/completions", json.dumps({"messages": [{"role": "user", "content": "Hello"}]}).encode(),
        {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        answer.read()
        return answer.headers["x-bandit-decision-id"]


def start(program, folder, store):
    arms = [f"provider/model-{index}" for index in range(8)]
    path = os.path.join(folder, "router.yaml")
    with open(path, "w") as file:
        file.write(CONFIGURATION % (
            store,
            "\n".join(f"  - {{ id: {arm}, provider: simulation, model: fast }}" for arm in arms), ", ".join(arms)))
    began = time.monotonic()
    router = subprocess.Popen([program, "serve", "--config", path], stderr=subprocess.PIPE, text=True)
    for line in router.stderr:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if "Listening." in line and found:
            return router, found.group(), time.monotonic() - began
    raise SystemExit("the router does not start")


def page(base, rounds):
    paints, readies, delays = [], [], []
    browser = Browser()
    try:
        browser.resize(1600, 1000)
        browser.call("Network.setCacheDisabled", cacheDisabled=True)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=NOTE_READY)
        for _ in range(rounds):
            browser.open(base + "/dashboard")
            browser.until("window.readyAt")
            paints.append(browser.until("performance.getEntriesByName('first-contentful-paint')[0]?.startTime"))
            readies.append(browser.evaluate("window.readyAt"))
            browser.until("document.querySelector('#live')?.dataset.state === 'live'")
            decision = chat(base)
            began = time.monotonic()
            browser.until(f"document.querySelector('tr[data-id=\"{decision}\"]')")
            delays.append((time.monotonic() - began) * 1000)
        if browser.complaints():
            raise SystemExit(f"the page complains: {browser.complaints()}")
    finally:
        browser.close()
    return paints, readies, delays


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--store")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.abspath(options.store or os.path.join(folder, "store.sqlite"))
        if not os.path.exists(store):
            subprocess.run(
                [os.path.join(options.bin, "StoreBenchmarks"), str(2 * options.decisions), "fill", store], check=True)
        router, base, seconds = start(os.path.join(options.bin, "bandit-router"), folder, store)
        try:
            print(f"start: {seconds:.2f} s")
            for path in ENDPOINTS:
                times = []
                for _ in range(options.rounds):
                    began = time.monotonic()
                    size = len(get(base, path))
                    times.append((time.monotonic() - began) * 1000)
                print(f"GET {path}: {statistics.median(times):.1f} ms (worst {max(times):.1f}), {size} bytes")
            paints, readies, delays = page(base, options.rounds)
        finally:
            router.terminate()
            router.wait(30)
    for name, times in (("first contentful paint", paints), ("all data shown", readies), ("a new decision shown", delays)):
        print(f"{name}: {statistics.median(times):.0f} ms (worst {max(times):.0f})")
    sys.exit(1 if max(paints) > 1000 or max(delays) > 1000 else 0)


main()
