#!/usr/bin/env python3
"""ParetoBandit's seven budgets: BanditRouter beside the package `paretobandit` on the same rows, in the same orders.

    Simulations/budget-frontier/compare_peers.py .build/release/bandit-router [--seeds 20] [--budgets 7]

The peers come from PyPI into a virtual environment of their own (`.venv` beside this file; numpy, scikit-learn, paretobandit). The
table is the one of scenario.yaml. ParetoBandit's own embedding (MiniLM) is a download of hundreds of megabytes, so its contexts are
TF-IDF → SVD(25) vectors plus the bias, fitted on the rows that do not stream; its warm-up priors belong to that embedding and are
replaced by the second comparison's. Two comparisons:

    cold    nothing is known but the price list; all rows stream
    primed  the rows whose FNV-1a hash of the id is even are known beforehand, with every model's score: BanditRouter imports them as
            a prior of mass 100, ParetoBandit learns them as offline data (its priors are made so); the others stream

ParetoBandit runs with the settings of its paper's first experiment (alpha and gamma of BEST_K3_HPARAMS, adaptive pacing, no static
cost penalty).
"""
import argparse
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
BUDGETS = [2.929143e-5, 8.288493e-5, 2.345366e-4, 6.636599e-4, 1.877935e-3, 5.313927e-3, 1.503663e-2]
ARMS = {
    "meta-llama/llama-3.1-8b-instruct": (0.1, 0.1),
    "mistralai/mistral-large-2512": (0.5, 1.5),
    "google/gemini-2.5-pro": (1.25, 10.0),
}
PACKAGES = ["numpy>=1.26", "scikit-learn>=1.4", "paretobandit==0.1.1"]


def restart_in_venv(script=__file__):
    """Makes the virtual environment once, and runs the script again with its interpreter."""
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists():
        venv.create(HERE / ".venv", with_pip=True)
    if subprocess.run([python, "-c", "import pareto_bandit, sklearn"], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    os.execv(python, [str(python), str(pathlib.Path(script).resolve()), *sys.argv[1:]])


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


class Data:
    def __init__(self, path):
        import numpy as np

        with gzip.open(path, "rt") as file:
            rows = list(csv.DictReader(file))
        self.ids = [row["prompt_id"] for row in rows]
        self.prompts = [row["prompt"] for row in rows]
        models = [name.split("|", 1)[1] for name in rows[0] if name.startswith("score|")]
        self.reward = {a: np.array([float(row[f"score|{a}"]) for row in rows]) for a in models}
        self.cost = {a: np.array([float(row[f"cost|{a}"]) for row in rows]) for a in models}
        self.known = np.array([fnv(i) % 2 == 0 for i in self.ids])

    def contexts(self, fitted):
        """TF-IDF → SVD(25), scaled to unit variance, and a bias."""
        import numpy as np
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        tfidf = TfidfVectorizer(max_features=20000, sublinear_tf=True, stop_words=None)
        svd = TruncatedSVD(25, random_state=0)
        svd.fit(tfidf.fit_transform([self.prompts[i] for i in fitted]))
        x = svd.transform(tfidf.transform(self.prompts))
        x = (x - x[fitted].mean(0)) / np.maximum(x[fitted].std(0), 1e-9)
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
        return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def make_paretobandit(x, budget, seed):
    """The package's router with the settings of its paper's first experiment, knowing the three arms and their prices."""
    import logging

    from pareto_bandit import BanditRouter
    from pareto_bandit.budget_pacer import BudgetPacer, PacingMode
    from pareto_bandit.config import BEST_K3_HPARAMS
    from pareto_bandit.feature_service import FeatureService
    from pareto_bandit.storage import EphemeralContextStore

    logging.disable(logging.WARNING)
    return BanditRouter.create(
        model_registry={
            a: {"model_id": a, "display_name": a, "input_cost_per_m": i, "output_cost_per_m": o} for a, (i, o) in ARMS.items()
        },
        feature_service=FeatureService.for_precomputed(x.shape[1]),
        context_store=EphemeralContextStore(),
        priors="none",
        alpha=BEST_K3_HPARAMS["alpha"],
        forgetting_factor=BEST_K3_HPARAMS["forgetting_factor"],
        cost_penalty=0.0,
        budget_pacer=BudgetPacer(target_avg_spend_usd=budget, mode=PacingMode.ADAPTIVE),
        bandit_seed=seed,
    )


def prime(router, data, x, known):
    """Offline data: every arm's score on the known rows, at no passing of time."""
    for row in known:
        for arm in ARMS:
            router.update(arm, x[row], float(data.reward[arm][row]), advance_time=False)


def run_paretobandit(data, x, order, known, budget, seed):
    router = make_paretobandit(x, budget, seed)
    prime(router, data, x, known)

    def step(row):
        model, log = router.route(x[row])
        log.cost_usd = float(data.cost[model][row])
        router.process_feedback(log.request_id, reward=float(data.reward[model][row]))
        return data.reward[model][row], data.cost[model][row]

    steps = [step(row) for row in order]
    return sum(r for r, _ in steps) / len(steps), sum(c for _, c in steps) / len(steps)


def run_ours(binary, table, budget, orders, data, primed, scratch):
    scenario = {
        "title": "compare_peers",
        "environment": {"kind": "outcome-table", "table": str(table), "categories": "column", "orders": str(scratch / "orders.jsonl")},
        "arms": [
            {"id": a, "price": {"input_per_million_usd": i, "output_per_million_usd": o}} for a, (i, o) in ARMS.items()
        ],
        "policies": [
            {"id": "pooled", "kind": "thompson", "concentration": 1},
            {"id": "pooled-2", "kind": "thompson", "concentration": 2},
        ],
        "budget": {"usd_per_request": budget},
        "replications": len(orders),
        "horizon": "table",
    }
    if primed:
        scenario["prior"] = {"table": str(table), "rows": {"modulus": 2, "parts": [0]}, "mass_per_cell": 100}
    return {
        p["policy"]: [(r["mean_reward"], r["mean_cost_usd"]) for r in p["replications"]]
        for p in simulate(binary, scenario, orders, data, scratch)
    }


def simulate(binary, scenario, orders, data, scratch):
    """The policies of the result, each with its replications; the scenario finds its orders in `orders.jsonl`."""
    with open(scratch / "orders.jsonl", "w") as file:
        for order in orders:
            file.write(json.dumps([data.ids[row] for row in order]) + "\n")
    # JSON is YAML.
    (scratch / "scenario.yaml").write_text(json.dumps(scenario, indent=1))
    out = subprocess.run(
        [binary, "simulate", str(scratch / "scenario.yaml"), "--format", "json"], check=True, capture_output=True, text=True
    ).stdout
    return json.loads(out)["policies"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--budgets", type=int, default=len(BUDGETS), help="only the first so many")
    parser.add_argument("--protocols", nargs="+", choices=["cold", "primed"], default=["cold", "primed"])
    parser.add_argument("--output", help="a JSON file for the figures")
    parser.add_argument("--data", default=os.environ.get("BANDIT_ROUTER_DATA", str(HERE.parents[2] / "shared" / "data")))
    options = parser.parse_args()
    table = pathlib.Path(options.data).resolve() / "paretobandit.csv.gz"
    if not table.exists():
        sys.exit(f"skipped: {table} is not there (set BANDIT_ROUTER_DATA)")
    try:
        import pareto_bandit  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError:
        restart_in_venv()
    import numpy as np

    data = Data(table)
    everything, known, rest = np.arange(len(data.ids)), np.flatnonzero(data.known), np.flatnonzero(~data.known)
    figures = []
    print("| protocol | budget | pooled | concentration 2 | ParetoBandit | pooled − ParetoBandit, paired | spend/budget (worst run): pooled | concentration 2 | ParetoBandit |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for protocol, rows in [("cold", everything), ("primed", rest)]:
        if protocol not in options.protocols:
            continue
        # Cold, too, the contexts are fitted without labels on the rows that do not stream in the other protocol.
        x = data.contexts(known)
        for budget in BUDGETS[: options.budgets]:
            orders, peers = [], []
            for seed in range(options.seeds):
                generator = np.random.default_rng(seed)
                order = rows.copy()
                generator.shuffle(order)
                orders.append(order)
                peers.append(run_paretobandit(data, x, order, known if protocol == "primed" else [], budget, seed))
            with tempfile.TemporaryDirectory() as scratch:
                ours = run_ours(options.binary, table, budget, orders, data, protocol == "primed", pathlib.Path(scratch))
            runs = {**ours, "paretobandit": peers}

            def reward(name):
                values = np.array([r for r, _ in runs[name]])
                return f"{values.mean():.4f} ± {values.std(ddof=1) / len(values) ** 0.5:.4f}"

            def spend(name):
                values = np.array([c for _, c in runs[name]]) / budget
                return f"{values.mean():.3f} ({values.max():.3f})"

            gain = np.array([r for r, _ in runs["pooled"]]) - np.array([r for r, _ in runs["paretobandit"]])
            print(
                f"| {protocol} | {budget:.3g} | {reward('pooled')} | {reward('pooled-2')} | {reward('paretobandit')} "
                f"| {gain.mean():+.4f} ± {gain.std(ddof=1) / len(gain) ** 0.5:.4f} "
                f"| {spend('pooled')} | {spend('pooled-2')} | {spend('paretobandit')} |",
                flush=True,
            )
            figures.append({"protocol": protocol, "budget": budget, "runs": runs})
    if options.output:
        pathlib.Path(options.output).write_text(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
