"""Golden numbers of the learning parts: python3 golden_learning.py > ../LearningGoldenTables.swift  (numpy, scipy).

The pooled prior's come from the executable reference `pooled_thompson.py`, looked for in $BANDIT_ROUTER_REFERENCE or in
`../shared/reference` beside the package. Events are made by SplitMix64, which the tests run too.
"""
import os
import pathlib
import sys

import numpy as np
from scipy import special, stats

root = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, os.environ.get("BANDIT_ROUTER_REFERENCE", str(root.parent / "shared" / "reference")))
from pooled_thompson import Cells, PooledPrior  # noqa: E402

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


def events(seed, groups, arms, count, graded):
    """(category, arm, reward): rewards are multiples of 1/8 so that sums are exact in both languages."""
    words = SplitMix64(seed)
    for _ in range(count):
        g, k = words.next() % groups, words.next() % arms
        level = words.next() % 8
        chance = 2 + (k * 5 + g * 3) % 6
        reward = (min(8, max(0, chance + level % 3)) / 8) if graded else (1.0 if level < chance else 0.0)
        yield g, k, reward


def swift(values):
    return "[" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "]"


def wrap(text, indent):
    lines, line = [], indent
    for part in text.split(", "):
        piece = part + ", "
        if len(line) + len(piece) > 118:
            lines.append(line.rstrip())
            line = indent
        line += piece
    lines.append(line.rstrip().rstrip(","))
    return "\n".join(lines)


def emit(name, kind, rows):
    print(f"    static let {name}: [{kind}] = [")
    for row in rows:
        print(wrap(row, "        ") + ",")
    print("    ]\n")


def pooled():
    rows = []
    for seed, groups, arms, count, graded, mean, strength in [
            (7, 4, 5, 30, False, .5, 2.0), (8, 14, 15, 700, False, .5, 2.0), (9, 3, 6, 400, True, .6, 4.0), (10, 9, 2, 250, True, .5, 2.0)]:
        cells, prior = Cells(groups, arms, graded), PooledPrior(groups, arms, mean=mean, strength=strength)
        for t, (g, k, r) in enumerate(events(seed, groups, arms, count, graded), 1):
            cells.add(g, k, r)
            if t % 10 == 0 or t <= 20:
                cells.rematch()
                prior.refresh(cells)
        rows.append(f"PooledCase(seed: {seed}, categories: {groups}, arms: {arms}, count: {count}, graded: {str(graded).lower()}, "
                    f"mean: {mean}, strength: {strength}, variance: {prior.tau2!r}, factors: {swift(cells.c)}, "
                    f"means: {swift(prior.p0)}, masses: {swift(prior.m0)})")
    return rows


def glr():
    rows = []
    for law in ("bernoulli", "gaussian"):
        for seed, n in [(1, 2), (2, 15), (3, 60), (4, 200)]:
            words = SplitMix64(seed)
            x = np.array([(words.next() % 1000) / 1000 * (.5 if i < n // 2 else 1) for i in range(n)])

            def kl(p, q):
                return special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q) if law == "bernoulli" else (p - q) ** 2 / (2 * .3 ** 2)

            m = x.mean()
            values = [s * kl(x[:s].mean(), m) + (n - s) * kl(x[s:].mean(), m) for s in range(1, n)]
            rows.append(f'GLRCase(law: "{law}", seed: {seed}, count: {n}, statistic: {float(max(values))!r}, '
                        f"before: {int(np.argmax(values)) + 1})")
    return rows


def students():
    rows = []
    for df in (1, 2, 3.5, 10, 200, 1e5):
        for p in (1e-6, .025, .3, .5, .9, .999):
            rows.append(f"StudentCase(degrees: {df!r}, p: {p!r}, quantile: {float(stats.t(df).ppf(p))!r}, "
                        f"at: {p * 3 - 1!r}, cumulative: {float(stats.t(df).cdf(p * 3 - 1))!r})")
    return rows


def main():
    print("// Made by Golden/golden_learning.py; do not edit.\n")
    print("struct PooledCase {\n    let seed: UInt64\n    let categories: Int\n    let arms: Int\n    let count: Int\n"
          "    let graded: Bool\n    let mean: Double\n    let strength: Double\n    let variance: Double\n"
          "    let factors: [Double]\n    let means: [Double]\n    let masses: [Double]\n}\n")
    print("struct GLRCase {\n    let law: String\n    let seed: UInt64\n    let count: Int\n    let statistic: Double\n    let before: Int\n}\n")
    print("struct StudentCase {\n    let degrees: Double\n    let p: Double\n    let quantile: Double\n    let at: Double\n"
          "    let cumulative: Double\n}\n")
    print("enum LearningGolden {")
    emit("pooled", "PooledCase", pooled())
    emit("ratios", "GLRCase", glr())
    emit("students", "StudentCase", students())
    # Normal-inverse-gamma of prior (0.2, 2, 1.5, 0.05) and the observations 0.1 0.4 0.35 0.8, by the textbook formulas.
    x, (m0, k0, a0, b0) = np.array([.1, .4, .35, .8]), (.2, 2, 1.5, .05)
    n, m = len(x), x.mean()
    k, a = k0 + n, a0 + n / 2
    b = b0 + ((x - m) ** 2).sum() / 2 + k0 * n * (m - m0) ** 2 / (2 * k)
    t = stats.t(2 * a, (k0 * m0 + n * m) / k, np.sqrt(b / (a * k)))
    print(f"    /// Mean, variance, 2.5 % and 97.5 % quantiles.\n    static let normalInverseGamma: [Double] = "
          f"{swift([t.mean(), t.var(), t.ppf(.025), t.ppf(.975)])}")
    # A robust prior's posterior: 0.8 Beta(40, 10) + 0.2 Beta(1, 1) after 3 successes and 17 failures.
    w = np.array([.8, .2]) * np.exp([special.betaln(43, 27) - special.betaln(40, 10), special.betaln(4, 18)])
    w /= w.sum()
    mean = w @ [43 / 70, 4 / 22]
    print(f"    /// Weight of the benchmark, mean, P(X <= 0.3).\n    static let robust: [Double] = "
          f"{swift([w[0], mean, w @ [stats.beta(43, 27).cdf(.3), stats.beta(4, 18).cdf(.3)]])}")
    print("}")


if __name__ == "__main__":
    main()
