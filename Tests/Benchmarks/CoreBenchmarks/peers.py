"""Speeds of peers on the tasks of CoreBenchmarks: NumPy, and MABWiser, SMPyBandits, Vowpal Wabbit where they are installed.

    python3 -m venv .build/peers && .build/peers/bin/pip install 'scipy<1.14' mabwiser SMPyBandits vowpalwabbit
    swift build -c release --product CoreBenchmarks
    .build/peers/bin/python Tests/Benchmarks/CoreBenchmarks/peers.py .build/release/CoreBenchmarks

With the path of CoreBenchmarks it runs that first, so that both columns come from one run on one machine. Processor time of
one thread, the best of three rounds (Swift: of five). A package that is missing or does not import is named with the
reason (SMPyBandits 0.9.7 does not import on SciPy 1.14 and later).
"""
import subprocess
import sys
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


def numpy_propensities(rounds):
    rng = np.random.default_rng(3)
    a, b = 30 + 17.3 * np.arange(10), 20 + 9.1 * np.arange(10)
    for _ in range(rounds):
        np.bincount(rng.beta(a, b, size=(100_000, 10)).argmax(1), minlength=10) / 100_000


def vowpal_wabbit(rounds, k=10):
    """Epsilon-greedy over ten constant regressions, VW's nearest relative of the task: predict, draw, learn."""
    from vowpalwabbit import Workspace

    rng = np.random.default_rng(1)
    means = np.linspace(.2, .74, k)
    model = Workspace(f"--cb_explore {k} --epsilon 0.05 --quiet")
    for _ in range(rounds):
        p = np.array(model.predict("| constant"))
        arm = int(np.searchsorted(np.cumsum(p), rng.random() * p.sum()))
        arm = min(arm, k - 1)
        cost = -float(rng.random() < means[arm])
        model.learn(f"{arm + 1}:{cost}:{p[arm]} | constant")
    model.finish()


def main():
    if len(sys.argv) > 1:
        subprocess.run([sys.argv[1], "policies", "distribution"], check=True)
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

    except ImportError as error:
        print(f"  MABWiser: {error}")
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
    except Exception as error:
        print(f"  SMPyBandits: {type(error).__name__}: {error}")
    try:
        line("Vowpal Wabbit, epsilon-greedy", best(5_000, vowpal_wabbit))
    except Exception as error:
        print(f"  Vowpal Wabbit: {type(error).__name__}: {error}")
    print("action distribution, 10 arms")
    line("numpy, 100,000 draws (± 1.6e-3)", best(2, numpy_propensities))


if __name__ == "__main__":
    main()
