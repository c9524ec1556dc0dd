#!/usr/bin/env python3
"""Writes expected.json of every scenario: its figures at reduced size, which the tests run again.

Usage: Simulations/update_expected.py BANDIT_ROUTER [NAME ...]
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
METRICS = ["mean_reward", "mean_cost_usd", "cumulative_regret"]
SIZES = {"budget-frontier": (1, 600), "perturbed-budget": (1, 800), "warm-start": (2, None), "outcome-tables": (2, None)}


def main():
    binary, names = sys.argv[1], sys.argv[2:]
    for scenario in sorted(HERE.glob("*/scenario.yaml")):
        name = scenario.parent.name
        if names and name not in names:
            continue
        replications, horizon = SIZES.get(name, (2, None))
        command = [binary, "simulate", str(scenario), "--format", "json", "--replications", str(replications)]
        if horizon:
            command += ["--horizon", str(horizon)]
        summary = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        policies = {
            policy["policy"]: {m: policy["mean"][m] for m in METRICS if policy["mean"][m] is not None}
            for policy in summary["policies"]
        }
        expected = {"replications": replications, "policies": policies}
        if horizon:
            expected["horizon"] = horizon
        (scenario.parent / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
        print(name)


if __name__ == "__main__":
    main()
