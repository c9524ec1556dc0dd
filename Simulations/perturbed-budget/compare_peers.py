#!/usr/bin/env python3
"""ParetoBandit's three perturbations: BanditRouter beside the package `paretobandit`, on the same rows in the same orders.

    Simulations/perturbed-budget/compare_peers.py .build/release/bandit-router [--seeds 20] [--protocols cold primed]

Cold all rows stream and nothing is known before; primed, both know the rows whose FNV-1a hash of the id is even (a prior of mass 100, and
ParetoBandit's offline data), and the others stream. Half-way, under a budget of 1.9e-3 USD a request, one thing changes:

    price    the dear model costs a tenth
    quality  the middle model loses a quarter of its score
    arrival  a fourth model is there

BanditRouter is told of the arrival only; it sees prices in what requests cost. ParetoBandit runs both ways: seeing the same, and told of
the new price, as its own demo does. The learner that forgets has the half-life of ParetoBandit's γ = 0.997. Compared is the last quarter of the stream, and with the learner of the same kind in a world that was so from the
beginning: the difference between the two is what the change still costs. Peers, contexts and settings: ../budget-frontier/compare_peers.py.
"""
import argparse
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "budget-frontier"))
import compare_peers as frontier  # noqa: E402

LLAMA, MISTRAL, GEMINI = frontier.ARMS
NEWCOMER, NEWCOMER_PRICE = "google/gemini-2.5-flash", (0.3, 2.5)
BUDGET = 1.877935e-3
CHANGES = {
    "price": {"arm": GEMINI, "price": "0.1x"},
    "quality": {"arm": MISTRAL, "score": "0.75x"},
    "arrival": {"add": NEWCOMER},
}
POLICIES = [
    {"id": "pooled", "kind": "thompson", "concentration": 1},
    {"id": "concentration 2", "kind": "thompson", "concentration": 2},
    {"id": "forgetting", "kind": "thompson", "concentration": 1, "forgetting": {"half_life_rounds": 231}, "exploration": {"floor": 0.005}},
]


def run_paretobandit(data, x, order, known, change, at, seed, told=False):
    """Mean reward of the last quarter and mean cost of all; the change comes before step `at`."""
    router = frontier.make_paretobandit(x, BUDGET, seed)
    frontier.prime(router, data, x, known)
    steps = []
    for index, row in enumerate(order):
        changed = index >= at
        if index == at and change == "price" and told:
            i, o = frontier.ARMS[GEMINI]
            router.update_model_pricing(GEMINI, input_cost_per_m=i / 10, output_cost_per_m=o / 10)
        if index == at and change == "arrival":
            i, o = NEWCOMER_PRICE
            router.register_model(NEWCOMER, speed="balanced", input_cost_per_m=i, output_cost_per_m=o)
        model, log = router.route(x[row])
        reward, cost = float(data.reward[model][row]), float(data.cost[model][row])
        if changed and change == "quality" and model == MISTRAL:
            reward *= 0.75
        if changed and change == "price" and model == GEMINI:
            cost *= 0.1
        log.cost_usd = cost
        router.process_feedback(log.request_id, reward=reward)
        steps.append((reward, cost))
    quarter = steps[len(steps) * 3 // 4 :]
    return sum(r for r, _ in quarter) / len(quarter), sum(c for _, c in steps) / len(steps)


def run_ours(binary, table, orders, data, primed, change, at, scratch):
    arms = dict(frontier.ARMS)
    if change == "arrival":
        arms[NEWCOMER] = NEWCOMER_PRICE
    scenario = {
        "title": "compare_peers",
        "environment": {
            "kind": "outcome-table", "table": str(table), "categories": "column", "orders": str(scratch / "orders.jsonl"),
            "perturbations": [{"at": at, **CHANGES[change]}],
        },
        "arms": [{"id": a, "price": {"input_per_million_usd": i, "output_per_million_usd": o}} for a, (i, o) in arms.items()],
        "policies": POLICIES,
        "budget": {"usd_per_request": BUDGET},
        "replications": len(orders),
        "horizon": "table",
    }
    if primed:
        scenario["prior"] = {"table": str(table), "rows": {"modulus": 2, "parts": [0]}, "mass_per_cell": 100}
    return {
        p["policy"]: [(r["mean_reward_last_quarter"], r["mean_cost_usd"]) for r in p["replications"]]
        for p in frontier.simulate(binary, scenario, orders, data, scratch)
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--protocols", nargs="+", choices=["cold", "primed"], default=["cold", "primed"])
    parser.add_argument("--data", default=os.environ.get("BANDIT_ROUTER_DATA", str(HERE.parents[2] / "shared" / "data")))
    options = parser.parse_args()
    table = pathlib.Path(options.data).resolve() / "paretobandit.csv.gz"
    if not table.exists():
        sys.exit(f"skipped: {table} is not there (set BANDIT_ROUTER_DATA)")
    try:
        import pareto_bandit  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError:
        frontier.restart_in_venv(__file__)
    import numpy as np

    data = frontier.Data(table)
    everything, known, rest = np.arange(len(data.ids)), np.flatnonzero(data.known), np.flatnonzero(~data.known)
    x = data.contexts(known)
    print("| protocol | change | policy | reward, last quarter | had it always been so | spend/budget (worst run) |")
    print("|---|---|---|---|---|---|", flush=True)
    for protocol, change in [(protocol, change) for protocol in options.protocols for change in CHANGES]:
        primed = protocol == "primed"
        rows, lessons = (rest, known) if primed else (everything, [])
        orders = []
        for seed in range(options.seeds):
            order = rows.copy()
            np.random.default_rng(seed).shuffle(order)
            orders.append(order)
        runs = []
        for at in (len(rows) // 2, 0):
            with tempfile.TemporaryDirectory() as scratch:
                result = run_ours(options.binary, table, orders, data, primed, change, at, pathlib.Path(scratch))
            for name, told in [("ParetoBandit", False)] + [("ParetoBandit, told", True)] * (change == "price"):
                result[name] = [
                    run_paretobandit(data, x, order, lessons, change, at, seed, told) for seed, order in enumerate(orders)
                ]
            runs.append(result)
        for name in runs[0]:
            (changed, always) = (np.array([r for r, _ in run[name]]) for run in runs)
            spend = np.array([c for _, c in runs[0][name]]) / BUDGET

            def figure(values):
                return f"{values.mean():.4f} ± {values.std(ddof=1) / len(values) ** 0.5:.4f}"

            print(
                f"| {protocol} | {change} | {name} | {figure(changed)} | {figure(always)} | {spend.mean():.3f} ({spend.max():.3f}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
