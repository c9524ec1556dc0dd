"""Speeds of Python peers on the tasks of CoreBenchmarks: python3 peers.py  (numpy; MABWiser, SMPyBandits where installed).

Processor time of one thread, the best of three rounds, like the Swift figures; run it right after them on the same machine.
"""
import time

import numpy as np


def best(rounds, body):
    times = []
    for _ in range(3):
        start = time.process_time()
        body(rounds)
        times.append((time.process_time() - start) / rounds)
    return min(times)


def line(name, seconds):
    print(f"  {name:<46}{seconds * 1e6:10.2f} µs {1e-6 / seconds:10.4f} M/s")


def numpy_thompson(rounds):
    rng = np.random.default_rng(1)
    means = np.linspace(.2, .74, 10)
    a, b = np.ones(10), np.ones(10)
    for _ in range(rounds):
        arm = rng.beta(a, b).argmax()
        reward = rng.random() < means[arm]
        a[arm] += reward
        b[arm] += 1 - reward


def numpy_linear(rounds, d=26, k=5):
    rng = np.random.default_rng(2)
    inverse, theta = np.tile(np.eye(d), (k, 1, 1)), np.zeros((k, d))
    for _ in range(rounds):
        x = rng.normal(size=d)
        v = inverse @ x
        arm = (theta @ x + .5 * np.sqrt(v @ x) * rng.normal(size=k)).argmax()
        u, s = v[arm], 1 + v[arm] @ x
        inverse[arm] -= np.outer(u, u) / s
        theta[arm] += u * (.3 * x[0] - theta[arm] @ x) / s


def numpy_vector_linear(rounds, d=26, k=5):
    """As most packages do it: a vector normal an arm."""
    rng = np.random.default_rng(2)
    inverse, theta = np.tile(np.eye(d), (k, 1, 1)), np.zeros((k, d))
    for _ in range(rounds):
        x = rng.normal(size=d)
        arm = np.array([rng.multivariate_normal(theta[j], .25 * inverse[j]) @ x for j in range(k)]).argmax()
        u = inverse[arm] @ x
        s = 1 + u @ x
        inverse[arm] -= np.outer(u, u) / s
        theta[arm] += u * (.3 * x[0] - theta[arm] @ x) / s


def numpy_propensities(rounds):
    rng = np.random.default_rng(3)
    a, b = 30 + 17.3 * np.arange(10), 20 + 9.1 * np.arange(10)
    for _ in range(rounds):
        np.bincount(rng.beta(a, b, size=(100_000, 10)).argmax(1), minlength=10) / 100_000


def main():
    print("draw + update, 10 arms")
    line("numpy Thompson", best(20_000, numpy_thompson))
    try:
        from mabwiser.mab import MAB, LearningPolicy

        def mabwiser(rounds):
            rng = np.random.default_rng(1)
            means = np.linspace(.2, .74, 10)
            mab = MAB(list(range(10)), LearningPolicy.ThompsonSampling())
            mab.fit(list(range(10)), [0] * 10)
            for _ in range(rounds):
                arm = mab.predict()
                mab.partial_fit([arm], [int(rng.random() < means[arm])])

        line("MABWiser Thompson", best(1_000, mabwiser))

        def mabwiser_linear(rounds, policy=None):
            rng = np.random.default_rng(2)
            mab = MAB(list(range(5)), LearningPolicy.LinTS(alpha=.5))
            mab.fit(list(range(5)), [0] * 5, rng.normal(size=(5, 26)))
            for _ in range(rounds):
                x = rng.normal(size=(1, 26))
                arm = mab.predict(x)
                mab.partial_fit([arm], [.3 * x[0, 0]], x)

        linear = best(200, mabwiser_linear)
    except ImportError:
        linear = None
        print("  MABWiser is not installed")
    try:
        from SMPyBandits.Policies import Thompson

        def smpy(rounds):
            rng = np.random.default_rng(1)
            means = np.linspace(.2, .74, 10)
            policy = Thompson(10)
            policy.startGame()
            for _ in range(rounds):
                arm = policy.choice()
                policy.getReward(arm, int(rng.random() < means[arm]))

        line("SMPyBandits Thompson", best(5_000, smpy))
    except ImportError:
        print("  SMPyBandits is not installed, or does not import on this SciPy")
    print("linear Thompson, d = 26, 5 arms, decide + learn")
    line("numpy, scalar trick", best(5_000, numpy_linear))
    line("numpy, vector normals", best(200, numpy_vector_linear))
    if linear:
        line("MABWiser LinTS", linear)
    print("action distribution, 10 arms")
    line("numpy, 100,000 draws (± 1.6e-3)", best(2, numpy_propensities))


if __name__ == "__main__":
    main()
