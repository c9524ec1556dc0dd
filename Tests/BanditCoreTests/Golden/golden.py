"""Golden numbers for BanditCoreTests: python3 golden.py > ../GoldenTables.swift  (numpy, scipy; some minutes).

Propensities are computed by another road than the code's: K integrals with SciPy's incomplete beta for the other arms'
distribution functions, dense panels in logit x, refined at every kink.
"""
import numpy as np
from scipy import special, stats

X, W = np.polynomial.legendre.leggauss(24)


def log_density(a, b, v):
    """log density of logit X."""
    m = a / (a + b)
    w = v - (np.log(a) - np.log(b))
    peak = a * np.log(m) + b * np.log1p(-m) - special.betaln(a, b)
    if a + b > 1e4:      # betaln has lost digits: Stirling's remainder instead
        d = lambda z: 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) if z > 30 else \
            special.gammaln(z) - (z - .5) * np.log(z) + z - .5 * np.log(2 * np.pi)
        peak = .5 * np.log(a * b / (2 * np.pi * (a + b))) - d(a) - d(b) + d(a + b)
    # min() in both branches: expm1 must not overflow on the side that is thrown away
    up = -b * w - (a + b) * np.log1p((1 - m) * np.expm1(-np.maximum(w, 0)))
    down = a * w - (a + b) * np.log1p(m * np.expm1(np.minimum(w, 0)))
    return peak + np.where(w > 0, up, down)


def cdf_logit(a, b, v):
    """P(logit X <= v), with the power law where x underflows."""
    v = np.asarray(v, float)
    low = np.exp(a * v - np.log(a) - special.betaln(a, b))
    high = -np.expm1(-b * v - np.log(b) - special.betaln(a, b))
    with np.errstate(over="ignore"):
        mid = np.where(v < 0, special.betainc(a, b, special.expit(v)), 1 - special.betainc(b, a, special.expit(-v)))
    return np.where(v < -37, low, np.where(v > 37, high, mid))


def cdf(a, b, x, y):
    """P(X <= x) where y = 1 - x."""
    x, y = np.clip(x, 0, 1), np.clip(y, 0, 1)
    return np.where(x < y, special.betainc(a, b, x), 1 - special.betainc(b, a, y))


def window(a, b, drop=40.0):
    mode, s = np.log(a) - np.log(b), np.sqrt((a + b) / a / b)
    top = log_density(a, b, mode)
    lo, hi = s, s
    while top - log_density(a, b, mode - lo) < drop:
        lo *= 1.2
    while top - log_density(a, b, mode + hi) < drop:
        hi *= 1.2
    return mode - lo, mode + hi, s


def propensities(a, b, pen):
    a, b, pen = (np.asarray(z, float) for z in (a, b, pen))
    out = np.zeros(len(a))
    for k in range(len(a)):
        lo, hi, s = window(a[k], b[k])
        marks = {lo, hi}
        for j in range(len(a)):
            l, h, sj = window(a[j], b[j])
            if pen[j] == pen[k]:
                points = [np.log(a[j]) - np.log(b[j]) + c * sj for c in np.arange(-9, 9.1, .25)] + list(np.linspace(l, h, 60))
                reach = max(abs(l), abs(h))
                points += [sign * 4 * 1.15 ** i for sign in (1, -1) for i in range(80) if 4 * 1.15 ** i < reach]
            else:
                x = special.expit(np.concatenate([np.linspace(l, h, 200), [-800, 800], np.log(a[j]) - np.log(b[j]) + sj * np.arange(-9, 9.1, .25)]))
                x = x - pen[j] + pen[k]
                edges = np.array([-pen[j] + pen[k], 1 - pen[j] + pen[k]])
                fine = np.concatenate([[e + sign * 2.0 ** -i for i in range(1, 60)] for e in edges for sign in (1, -1)] + [edges, x])
                fine = fine[(fine > 0) & (fine < 1)]
                points = list(special.logit(fine))
        # all arms' marks
            marks.update(p for p in points if lo < p < hi)
        step = np.unique(np.concatenate([np.array(sorted(marks)), np.linspace(lo, hi, 400), np.log(a[k]) - np.log(b[k]) + s * np.arange(-9, 9.1, .125)]))
        step = step[(step >= lo) & (step <= hi)]
        half, mid = np.diff(step) / 2, (step[1:] + step[:-1]) / 2
        v = (mid[:, None] + half[:, None] * X).ravel()
        f = (half[:, None] * W).ravel() * np.exp(log_density(a[k], b[k], v))
        x, y = special.expit(v), special.expit(-v)
        for j in range(len(a)):
            if j != k:
                d = pen[j] - pen[k]
                f = f * (cdf_logit(a[j], b[j], v) if d == 0 else cdf(a[j], b[j], x + d, y - d))
        out[k] = f.sum()
    return out


rng = np.random.default_rng(5)
CASES = {
    "five flat": ([1] * 5, [1] * 5, None),
    "fresh against sharp": ([1, 9000, 8900, 5, 50], [1, 1000, 1100, 2, 8], None),
    "ordinary": ([60, 50, 30, 20], [40, 50, 30, 40], None),
    "a million against two": ([9e5, 1, 2], [1e5, 1, 1], None),
    "near ties at 1e5": ([70000, 70100, 69950], [30000, 29900, 30050], None),
    "near ties at 1e7": ([7e6, 7.0005e6, 6.9998e6], [3e6, 2.9995e6, 3.0002e6], None),
    "Jeffreys": ([.5, 1.5, .5], [.5, .5, 2.5], None),
    "shapes below one": ([.6, .3, 1.3], [.4, .2, .7], None),
    "shapes of a hundredth": ([.01, .02, .5], [.02, .01, .5], None),
    "shapes of a thousandth": ([1e-3, 1e-3, 2e-3], [1e-3, 2e-3, 1e-3], None),
    "thousandth against a million": ([1e-3, 5e5, 30], [2e-3, 5e5, 20], None),
    "lopsided": ([2.3, 1.2, 3], [1000, 800, 1500], None),
    "rare failures": ([1000, 5000, 40], [.5, 1.5, .7], None),
    "hardly ever": ([.5, .7, 1.2], [5e4, 3e4, 8e4], None),
    "nearly always": ([5e4, 3e4, 8e4, 100], [.5, .03, .7, .01], None),
    "nearly always, priced": ([5e4, 3e4, 8e4], [.5, .7, 1.2], [1e-5, 0, 3e-5]),
    "hardly ever, priced": ([.5, .7, 1.2], [5e4, 3e4, 8e4], [1e-5, 0, 3e-5]),
    "identical twins": ([33.3, 33.3], [12.1, 12.1], None),
    "thirty-two arms": (list(1 + 60 * rng.random(32)), list(1 + 40 * rng.random(32)), None),
    "thirty-two sharp arms": (list(8000 + 200 * rng.random(32)), list(2000 + 60 * rng.random(32)), None),
    "ten arms of an ordinary week": (list(20 + 300 * rng.random(10)), list(10 + 100 * rng.random(10)), None),
    "priced": ([60, 50, 30, 20], [40, 50, 30, 40], [.05, 0, .02, .01]),
    "priced flat": ([1, 1, 1], [1, 1, 1], [0, .25, .5]),
    "priced fresh against sharp": ([1, 9000, 8900, 5, 50], [1, 1000, 1100, 2, 8], [.1, .3, .2, .05, 0]),
    "priced below one": ([.6, .3, 1.3], [.4, .2, .7], [.1, 0, .05]),
    "priced in two groups": ([.6, .9, 1.3, 7], [.4, 1.2, .7, 3], [.1, 0, .1, 0]),
    "priced sharp": ([7e5, 7.5e5, 8e5], [3e5, 2.5e5, 2e5], [0, .05, .1001]),
    "priced lopsided": ([1000, 500, 40], [.5, 1.5, .7], [.02, .01, .005]),
    "priced hundredth": ([.01, .02, .5], [.02, .01, .5], [0, .1, .1]),
    "priced out": ([1, 1], [1, 1], [0, 1.5]),
    "ten priced": (list(20 + 300 * rng.random(10)), list(10 + 100 * rng.random(10)), list(.1 * rng.random(10))),
    "ten fresh priced": (list(1 + rng.random(10)), list(1 + rng.random(10)), list(.1 * rng.random(10))),
}


def swift(values):
    return "[" + ", ".join(repr(float(v)) for v in values) + "]"


def wrap(text, indent):
    """Breaks a list literal at 120 columns."""
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


def main():
    print("// Made by Golden/golden.py; do not edit.\n")
    print("struct PropensityCase {\n    let name: String\n    let alpha: [Double]\n    let beta: [Double]\n"
          "    let penalty: [Double]\n    let probabilities: [Double]\n}\n")
    print("struct BetaCase {\n    let alpha: Double\n    let beta: Double\n    let x: Double\n    let cumulative: Double\n"
          "    let p: Double\n    let quantile: Double\n    let upper: Double\n}\n")
    print("struct RaceCase {\n    let location: [Double]\n    let scale: [Double]\n    let degrees: [Double]\n"
          "    let probabilities: [Double]\n}\n")
    print("struct IndexCase {\n    let name: String\n    let count: Double\n    let sum: Double\n    let squares: Double\n"
          "    let total: Double\n    let index: Double\n}\n")
    print("enum Golden {")
    rows = []
    for name, (a, b, pen) in CASES.items():
        pen = pen or [0] * len(a)
        p = propensities(a, b, pen)
        assert abs(p.sum() - 1) < 2e-10, (name, p.sum() - 1)
        rows.append(f'PropensityCase(name: "{name}", alpha: {swift(a)}, beta: {swift(b)}, penalty: {swift(pen)}, '
                    f'probabilities: {swift(p)})')
    emit("propensities", "PropensityCase", rows)

    rows = []
    for a, b in [(1, 1), (2, 3), (.5, .5), (.3, 1.7), (60, 40), (1e3, 5), (7e5, 3e5), (6e6, 4e6), (.01, .02), (5e-3, 40)]:
        for p in (1e-6, .025, .5, .9, 1 - 1e-6):
            d = stats.beta(a, b)
            # below 1e-290 SciPy returns the least double instead of 0
            q, r = (0.0 if z < 1e-290 else float(z) for z in (d.ppf(p), d.isf(p)))
            x = min(max(d.mean() + (p - .5) * d.std(), 1e-3), 1 - 1e-3)
            rows.append(f"BetaCase(alpha: {a!r}, beta: {b!r}, x: {float(x)!r}, cumulative: {float(d.cdf(x))!r}, p: {p!r}, "
                        f"quantile: {q!r}, upper: {r!r})")
    emit("betas", "BetaCase", rows)
    emit("gaussians", "RaceCase", [race(*c) for c in [
        ([0, .1, 1], [1, 2, .1], None), ([.5, .51, .49, .3], [.01, .01, .02, .2], None), ([0] * 8, list(range(1, 9)), None)]])
    emit("students", "RaceCase", [race(*c) for c in [
        ([0, .1, 1], [1, 2, .1], [2, 3, 10]), ([.5, .51, .49], [.01, .01, .02], [5, 100, 1.5]), ([0, 0], [1, 3], [1, 1])]])
    emit("gumbels", "RaceCase", [race(*c, gumbel=True) for c in [
        ([0, .1, 1], [1, 2, .1], None), ([.5, .6, .7], [.05, .05, .05], None), ([.5, .51, .4, .45], [.01, .02, .5, .1], None)]])
    emit("indices", "IndexCase", indices())
    print("}")


def race(location, scale, degrees, gumbel=False):
    location, scale = np.asarray(location, float), np.asarray(scale, float)
    laws = [stats.gumbel_r(m, s) if gumbel else stats.norm(m, s) if degrees is None else stats.t(d, m, s)
            for m, s, d in zip(location, scale, degrees or location)]
    # integrate over each arm's own probability: x = F_k^-1(p), refined towards both ends
    edges = np.unique(np.concatenate([10.0 ** -np.arange(0, 16.1, .25) * .5, 1 - 10.0 ** -np.arange(0, 15.1, .25) * .5,
                                      np.linspace(.0005, .9995, 1500)]))
    marks = np.concatenate([m + s * np.linspace(-12, 12, 400) for m, s in zip(location, scale)])
    out = []
    for k, law in enumerate(laws):
        e = np.unique(np.concatenate([edges, np.clip(law.cdf(marks), 1e-16, 1 - 1e-16)]))
        half, mid = np.diff(e) / 2, (e[1:] + e[:-1]) / 2
        p = (mid[:, None] + half[:, None] * X).ravel()
        w = (half[:, None] * W).ravel()
        x = np.where(p < .5, law.ppf(p), law.isf(1 - p))
        for j, other in enumerate(laws):
            if j != k:
                w = w * other.cdf(x)
        out.append(w.sum())
    assert abs(sum(out) - 1) < 1e-9, (location, sum(out) - 1)
    degrees = degrees or [0] * len(location)
    return f"RaceCase(location: {swift(location)}, scale: {swift(scale)}, degrees: {swift(degrees)}, probabilities: {swift(out)})"


def indices():
    from scipy.optimize import brentq
    rows = []

    def kl(p, q):
        return special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q)

    for n, s, q, t in [(10, 7, 7, 40), (3, 1.5, .9, 12), (500, 499, 499, 2000), (25, 0, 0, 100), (8, 8, 8, 9), (1e4, 4321.5, 2200.25, 1e6)]:
        m, v, lt = s / n, max(0, q / n - (s / n) ** 2), np.log(t)
        level = lt / n
        values = {
            "ucb1": m + np.sqrt(2 * lt / n),
            "ucb-tuned": m + np.sqrt(lt / n * min(.25, v + np.sqrt(2 * lt / n))),
            "ucb-v": m + np.sqrt(2 * v * lt / n) + 3 * lt / n,
            "kl-ucb": 1 if m == 1 else brentq(lambda z: kl(m, z) - level, m, 1 - 1e-16, xtol=1e-16, rtol=1e-15),
            "bayes-ucb": stats.beta(1 + s, 1 + n - s).isf(1 / t),
            "moss": m + np.sqrt(1.175 * max(0, np.log(t / (3 * n))) / n),
        }
        for name, value in values.items():
            rows.append(f'IndexCase(name: "{name}", count: {float(n)!r}, sum: {float(s)!r}, squares: {float(q)!r}, '
                        f'total: {float(t)!r}, index: {float(value)!r})')
    return rows


if __name__ == "__main__":
    main()
