"""Pooled Thompson here beside the executable reference, on identical orders of an outcome table.

    python3 compare_reference.py TABLE.csv.gz [ORDERS] [PATH OF bandit-router]

Both learn the same prompts in the same orders (concentration 2, one pass); only their random numbers differ, so that the
paired differences have mean 0 where the two learn alike. The reference is `../shared/reference/pooled_thompson.py` beside the
package, or in the folder BANDIT_ROUTER_REFERENCE names.
"""
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

root = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, os.environ.get("BANDIT_ROUTER_REFERENCE", str(root.parent / "shared" / "reference")))
from pooled_thompson import PooledThompson  # noqa: E402

SCENARIO = """\
title: beside the reference
environment: {{ kind: outcome-table, table: "{table}", categories: column, orders: orders.jsonl }}
policies:
  - {{ id: pooled, kind: thompson, concentration: 2 }}
horizon: table
replications: {orders}
seed: 1
"""


def main():
    table = pathlib.Path(sys.argv[1]).resolve()
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    router = sys.argv[3] if len(sys.argv) > 3 else str(root / ".build/release/bandit-router")
    csv.field_size_limit(1 << 30)
    rows = list(csv.DictReader(gzip.open(table, "rt", newline="")))
    columns = [c for c in rows[0] if c.startswith("score|")]
    score = np.array([[float(r[c] or 0) for c in columns] for r in rows])
    names = sorted({r["category"] for r in rows})
    group = np.array([names.index(r["category"]) for r in rows])
    shuffles = [np.random.default_rng(1_000 + j).permutation(len(rows)) for j in range(orders)]

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with open(folder / "orders.jsonl", "w") as file:
            for shuffle in shuffles:
                file.write(json.dumps([rows[i]["prompt_id"] for i in shuffle]) + "\n")
        (folder / "scenario.yaml").write_text(SCENARIO.format(table=table, orders=orders))
        subprocess.run([router, "simulate", str(folder / "scenario.yaml"), "--output", str(folder / "out")],
                       check=True, stdout=subprocess.DEVNULL)
        summary = json.loads((folder / "out" / "summary.json").read_text())
    ours = np.array([r["mean_reward"] for r in summary["policies"][0]["replications"]])

    theirs = np.zeros(orders)
    for j, shuffle in enumerate(shuffles):
        learner = PooledThompson(len(names), len(columns), seed=j, temper=2.0)
        total = 0.0
        for i in shuffle:
            arm = learner.choose(group[i])
            total += score[i, arm]
            learner.learn(group[i], arm, score[i, arm])
        theirs[j] = total / len(rows)

    def line(name, values):
        print(f"{name:<14}{values.mean():.5f} ± {values.std(ddof=1) / orders ** .5:.5f}"
              f"   (standard deviation of one pass {values.std(ddof=1):.5f})")

    print(f"{table.name}: {len(rows)} prompts, {orders} orders")
    line("bandit-router", ours)
    line("reference", theirs)
    line("difference", ours - theirs)


if __name__ == "__main__":
    main()
