#!/usr/bin/env python3
"""Writes log.jsonl.gz: what a router with three models would have logged in a day and a half. Always the same bytes.

Stands in for `bandit-router export`; the truth is below, so that the world fitted to the log can be held against it.
"""
import datetime
import gzip
import json
import math
import pathlib
import random

CATEGORIES = {"chat": 0.5, "code": 0.3, "extract": 0.2}
ARMS = ["small", "medium", "large"]
REWARD = {"chat": [0.74, 0.80, 0.82], "code": [0.42, 0.63, 0.84], "extract": [0.83, 0.80, 0.85]}
COST = {"chat": [0.00012, 0.0006, 0.0031], "code": [0.0002, 0.0011, 0.0056], "extract": [0.00008, 0.0004, 0.0022]}
RATED = 0.35
DELAY_S = 240


def main():
    chance = random.Random(7)
    now = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.timezone.utc)

    def stamp(at):
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"

    lines = []
    for index in range(4000):
        now += datetime.timedelta(seconds=chance.expovariate(1 / 30))
        category = chance.choices(list(CATEGORIES), CATEGORIES.values())[0]
        # A softmax policy with a floor, somewhat fond of the dear model.
        probabilities = {"chat": [0.5, 0.3, 0.2], "code": [0.2, 0.3, 0.5], "extract": [0.6, 0.2, 0.2]}[category]
        arm = chance.choices(range(3), probabilities)[0]
        spread = math.sqrt(math.log(1 + 0.5**2))
        line = {
            "decision_id": f"d{index:05d}",
            "time": stamp(now),
            "route": "auto",
            "category": category,
            "arms": ARMS,
            "probabilities": probabilities,
            "arm": ARMS[arm],
            "propensity": probabilities[arm],
            "cost_usd": float(f"{COST[category][arm] * math.exp(chance.gauss(-spread * spread / 2, spread)):.4g}"),
            "latency_ms": round([420, 900, 2300][arm] * math.exp(chance.gauss(-0.08, 0.4))),
            "reward": None,
        }
        if chance.random() < RATED:
            line["reward"] = 1 if chance.random() < REWARD[category][arm] else 0
            line["reward_time"] = stamp(now + datetime.timedelta(seconds=chance.expovariate(1 / DELAY_S)))
        lines.append(json.dumps(line, separators=(",", ":")))
    path = pathlib.Path(__file__).resolve().parent / "log.jsonl.gz"
    with open(path, "wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main()
