"""Regret of independent numpy implementations on one Bernoulli problem: python3 regret.py > ../RegretBands.swift.

All runs of a policy go side by side as array rows. The bands are mean ± 5 standard errors of 160 runs, widened by a tenth.
"""
import numpy as np
from scipy import special

MEANS = np.array([.9, .8, .8, .7, .6])
ROUNDS, RUNS = 5000, 160


def kl(p, q):
    return special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q)


def kl_upper(p, level):
    low, high = p.copy(), np.ones_like(p)
    for _ in range(26):
        mid = (low + high) / 2
        ok = kl(p, mid) <= level
        low, high = np.where(ok, mid, low), np.where(ok, high, mid)
    return low


def play(name, rng):
    k = len(MEANS)
    n, s = np.zeros((RUNS, k)), np.zeros((RUNS, k))
    loss = np.zeros((RUNS, k))
    regret = np.zeros(RUNS)
    rows = np.arange(RUNS)
    for t in range(ROUNDS):
        total = max(1, t)
        p = None
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, lt = s / n, np.log(total)
            if name == "thompson":
                index = rng.beta(1 + s, 1 + n - s)
            elif name == "ucb1":
                index = mean + np.sqrt(2 * lt / n)
            elif name == "ucb-tuned":
                index = mean + np.sqrt(lt / n * np.minimum(.25, mean * (1 - mean) + np.sqrt(2 * lt / n)))
            elif name == "ucb-v":
                index = mean + np.sqrt(2 * mean * (1 - mean) * lt / n) + 3 * lt / n
            elif name == "kl-ucb":
                index = kl_upper(np.nan_to_num(mean, nan=.5), lt / np.maximum(n, 1e-9))
            elif name == "moss":
                index = mean + np.sqrt(1.175 * np.maximum(0, np.log(total / (k * n))) / n)
            elif name == "softmax":
                index = mean + .5 / np.sqrt(n) * rng.gumbel(size=(RUNS, k))
            elif name == "epsilon-greedy":
                index = (1 + s) / (2 + n)
                index = np.where(rng.random((RUNS, 1)) < .1, rng.random((RUNS, k)), index)
            elif name == "uniform":
                index = rng.random((RUNS, k))
            elif name == "exp3-ix":
                x = np.sqrt(2 * np.log(k) / (k * total)) * (loss - loss.min(1, keepdims=True))
                p = np.exp(-x)
            elif name == "tsallis-inf":
                y = loss - loss.min(1, keepdims=True)
                eta = 2 / np.sqrt(total)
                low, high = np.full((RUNS, 1), 1.0), np.full((RUNS, 1), np.sqrt(k))
                for _ in range(30):
                    mid = (low + high) / 2
                    big = ((eta * y / 2 + mid) ** -2).sum(1, keepdims=True) > 1
                    low, high = np.where(big, mid, low), np.where(big, high, mid)
                p = (eta * y / 2 + low) ** -2
            elif name == "square-cb":
                m = (1 + s) / (2 + n)
                gap = m.max(1, keepdims=True) - m
                p = 1 / (k + 10 * np.sqrt(total) * gap)
                best = m.argmax(1)
                p[rows, best] = 0
                p[rows, best] = 1 - p.sum(1)
        if p is not None:
            p = p / p.sum(1, keepdims=True)
            arm = (p.cumsum(1) > rng.random((RUNS, 1))).argmax(1)
        else:
            if name in ("ucb1", "ucb-tuned", "ucb-v", "kl-ucb", "moss", "softmax"):
                index = np.where(n == 0, 1e9, index)
            arm = (index + 1e-9 * rng.random((RUNS, k))).argmax(1)
        reward = (rng.random(RUNS) < MEANS[arm]).astype(float)
        n[rows, arm] += 1
        s[rows, arm] += reward
        if p is not None:
            gamma = .01 if name in ("exp3-ix", "tsallis-inf") else 0
            loss[rows, arm] += (1 - reward) / (p[rows, arm] + gamma)
        regret += MEANS.max() - MEANS[arm]
    return regret


def main():
    print("// Made by Golden/regret.py; do not edit.\n\n/// Regret after 5,000 rounds on Bernoulli arms of means .9 .8 .8 .7 .6.")
    print("enum RegretBands {\n    static let bernoulli: [(String, ClosedRange<Double>)] = [")
    for i, name in enumerate(["thompson", "ucb1", "ucb-tuned", "ucb-v", "kl-ucb", "moss",
                              "epsilon-greedy", "softmax", "exp3-ix", "tsallis-inf", "square-cb", "uniform"]):
        r = play(name, np.random.default_rng(i))
        half = 5 * r.std(ddof=1) / np.sqrt(RUNS)
        print(flush=True, end="")
        print(f'        ("{name}", {.9 * (r.mean() - half):.1f}...{1.1 * (r.mean() + half):.1f}),')
    print("    ]\n}")


if __name__ == "__main__":
    main()
