"""Makes golden.json and the small logs beside it.

    python3 -m venv venv && venv/bin/pip install numpy pandas scikit-learn tqdm pyyaml matplotlib seaborn scipy
    venv/bin/pip install --no-deps --ignore-requires-python obp==0.5.7
    venv/bin/python make_golden.py [DATA]

DATA is the folder of real data; without it, or without obp, the parts that need them keep what golden.json holds.
Numbers come from reference_evaluation.py (values and standard errors, every option) and, where the formulas agree, from Open
Bandit Pipeline 0.5.7 itself; the script stops when the two differ by more than 1e-12. obp imports torch, which no estimator
uses: empty modules stand in for it.
"""
import csv
import gzip
import importlib.machinery
import json
import math
import pathlib
import sys
import types

import numpy as np

import reference_evaluation as ref

HERE = pathlib.Path(__file__).parent
# Outcome tables that logs are made of: rows, models.
TABLES = [("ulab_llmrouter", 300, 4), ("mmlu_pro", 251, 5)]


def import_obp():
    class Empty(types.ModuleType):
        def __getattr__(self, name):
            full = f"{self.__name__}.{name}"
            if full in sys.modules:
                return sys.modules[full]
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (object,), {})

    for name in ["torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data", "pyieoe", "pyieoe.evaluator"]:
        module = Empty(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []
        sys.modules.setdefault(name, module)
    try:
        from obp.ope import estimators
        return estimators
    except ImportError:
        return None


def synthetic(path, n, seed, with_probabilities=True, varying=True, kinds=True):
    """A log with everything that makes reading and judging hard: eligible sets that differ, in any order; rows of every kind."""
    rng = np.random.default_rng(seed)
    arms = ["a", "b/c", "d:e,f", "g@1"]
    quality = rng.uniform(0.2, 0.8, (3, len(arms)))
    with open(path, "w", encoding="utf-8") as f:
        for i in range(n):
            g = int(rng.integers(3))
            order = rng.permutation(len(arms)) if varying else np.arange(len(arms))
            size = int(rng.integers(2, len(arms) + 1)) if varying and i > 0 else len(arms)
            ids = (order if i > 0 else np.arange(len(arms)))[:size]
            p = rng.dirichlet(np.ones(size) * 2) * 0.8 + 0.2 / size
            p = p / p.sum()
            t = rng.dirichlet(np.ones(size))
            slot = int(rng.choice(size, p=p))
            reward = None if kinds and rng.random() < 0.1 else float(rng.random() < quality[g, ids[slot]])
            if reward is not None and rng.random() < 0.2:
                reward = round(float(rng.random()), 3)
            row = {"decision_id": f"id-{i}", "category": f"cat{g}", "arms": [arms[k] for k in ids], "arm": arms[ids[slot]], "propensity": float(p[slot]),
                   "reward": reward, "target_probabilities": {"new": t.tolist()}}
            if with_probabilities:
                row["probabilities"] = p.tolist()
            if kinds and i % 17 == 0:
                row["kind"] = "sticky" if i % 2 else "pinned"
            f.write(json.dumps(row) + "\n")


def obd(folder, name, path):
    """The Open Bandit Dataset as a decision log: position = category, propensities only."""
    with gzip.open(folder / "obd_men" / f"{name}.csv.gz", "rt", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    items = [str(k) for k in range(34)]
    with open(path, "w", encoding="utf-8") as f:
        for i, r in enumerate(rows):
            f.write(json.dumps({"decision_id": str(i), "category": r["position"], "arms": items, "arm": r["item_id"], "propensity": float(r["propensity_score"]), "reward": float(r["click"])}) + "\n")


def outcome_table(folder, name, path, n, arms, seed):
    """A log of a learner over an outcome table: prompts with replacement, every arm at least 5 %, more of those that did well so far."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    models = [c.split("|", 1)[1] for c in rows[0] if c.startswith("score|")][:arms]
    rng = np.random.default_rng(seed)
    sums = {}
    with open(path, "w", encoding="utf-8") as f:
        for i in range(n):
            prompt = rows[int(rng.integers(len(rows)))]
            count, total = sums.setdefault(prompt["category"], (np.full(arms, 2.0), np.ones(arms)))
            p = np.exp(4 * total / count)
            p = 0.05 + (1 - 0.05 * arms) * p / p.sum()
            p = p / p.sum()
            arm = int(rng.choice(arms, p=p))
            reward = float(prompt[f"score|{models[arm]}"])
            count[arm] += 1
            total[arm] += reward
            f.write(json.dumps({"decision_id": f"{name}-{i}", "category": prompt["category"], "arms": models, "arm": models[arm],
                                "propensity": float(p[arm]), "probabilities": p.tolist(), "reward": reward,
                                "target_probabilities": {"new": rng.dirichlet(np.ones(arms)).tolist()}}) + "\n")


def obp_values(estimators, log, pi, q, parameters):
    """Point estimates of obp where its formulas are ours: it takes dense [n, K, 1] arrays."""
    n = len(log.arm)
    common = {"reward": log.reward, "action": log.arm, "pscore": log.propensity, "action_dist": pi[:, :, None], "position": np.zeros(n, int)}
    model = {**common, "estimated_rewards_by_reg_model": q[:, :, None]}
    p = parameters
    return {
        "ips": estimators.InverseProbabilityWeighting().estimate_policy_value(**common),
        "clipped-ips": estimators.InverseProbabilityWeighting(lambda_=p["clipped-ips"]).estimate_policy_value(**common),
        "snips": estimators.SelfNormalizedInverseProbabilityWeighting().estimate_policy_value(**common),
        "dr": estimators.DoublyRobust().estimate_policy_value(**model),
        "sndr": estimators.SelfNormalizedDoublyRobust().estimate_policy_value(**model),
        "switch-dr": estimators.SwitchDoublyRobust(lambda_=p["switch-dr"]).estimate_policy_value(**model),
        "dros": estimators.DoublyRobustWithShrinkage(lambda_=p["dros"]).estimate_policy_value(**model),
        "sub-gaussian": estimators.SubGaussianInverseProbabilityWeighting(lambda_=p["sub-gaussian"]).estimate_policy_value(**common),
    }


def cases(log_name, path, policies, obp, small_parameters=True):
    log = ref.read_log(path)
    # Not only the defaults: parameters that bite.
    biting = {"clipped-ips": 1.5, "switch-dr": 1.5, "dros": 2.0, "sub-gaussian": 0.3}
    out = []
    for spec in policies:
        pi = ref.policy_matrix(log, spec)
        whole = not (spec == "logged" and log.probabilities is None)
        w = ref.weights(log, pi)
        for model, fit in [("pooled", "past"), ("cell-mean", "none"), ("pooled", "folds:3"), ("cell-mean", "folds:2"), ("pooled", "none")]:
            q = ref.reward_model(log, model, fit)
            for parameters in [{}, biting] if small_parameters else [{}]:
                used = {**ref.default_parameters(w), **parameters}
                found = {}
                for name, (value, psi) in ref.influence(log, pi, q, used).items():
                    if whole or name in ("ips", "clipped-ips", "snips", "sub-gaussian"):
                        found[name] = [float(value), ref.standard_error(psi)]
                if whole:
                    value, psi = ref.dm(log, pi, model)
                    found["dm"] = [float(value), ref.standard_error(psi)]
                value, se, kept = ref.replay(log, pi)
                if value is not None:
                    found["replay"] = [float(value), float(se)]
                case = {"log": log_name, "policy": spec, "model": model, "cross_fit": fit, "parameters": parameters, "reference": found,
                        "diagnostics": ref.diagnostics(log, spec)}
                if log.probabilities is not None:
                    case["bias_bounds"] = {e: ref.bias_bound(log, pi, e, used[e])[1] for e in used}
                    case["weight_bound"] = ref.weight_bound(log, pi)
                    psi = ref.influence(log, pi, q, used)["ips"][1]
                    b = case["weight_bound"]
                    if math.isfinite(b):
                        case["empirical_bernstein"] = {"ips": list(ref.empirical_bernstein(psi, 0, b)),
                                                       "dr": list(ref.empirical_bernstein(ref.influence(log, pi, q, used)["dr"][1], -b, b + 1))}
                if not parameters and (model, fit) == ("pooled", "past"):
                    n = len(log.arm)
                    case["anytime"] = ref.anytime(w, log.reward, [n // 3, n]).tolist()
                    case["normal"] = {e: list(ref.normal_interval(*v)) for e, v in found.items() if e in ("ips", "dr")}
                if obp is not None and whole and np.allclose(pi.sum(1), 1):  # obp wants every row to sum to 1
                    case["obp"] = {e: float(v) for e, v in obp_values(obp, log, pi, q, used).items()}
                    for e, v in case["obp"].items():
                        assert abs(v - found[e][0]) <= 1e-12, (log_name, spec, model, fit, e, v, found[e])
                out.append(case)
    return out


def main():
    obp = import_obp()
    data = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    synthetic(HERE / "mixed.jsonl", 400, 1)
    synthetic(HERE / "propensities.jsonl", 300, 2, with_probabilities=False)
    synthetic(HERE / "plain.jsonl", 300, 4, varying=False, kinds=False)
    golden = []
    for name in ["mixed", "propensities", "plain"]:
        golden += cases(name, HERE / f"{name}.jsonl", ["logged", "uniform", "column:new", "fixed:b/c"], obp)
    for name, count, arms in TABLES:
        if data is not None:
            outcome_table(data, name, HERE / f"{name}.jsonl", count, arms, seed=5)
        golden += cases(name, HERE / f"{name}.jsonl", ["logged", "uniform", "column:new"], obp)
    if data is not None:
        temporary = pathlib.Path("golden-log.jsonl")
        for name in ["random", "bts"]:
            obd(data, name, temporary)
            golden += cases(f"obd:{name}", temporary, ["uniform", "fixed:3"], obp, small_parameters=False)
        temporary.unlink()
    (HERE / "golden.json").write_text(json.dumps({"obp": obp is not None, "cases": golden}, indent=1) + "\n")
    print(f"{len(golden)} cases, obp {'compared' if obp else 'absent'}")


if __name__ == "__main__":
    main()
