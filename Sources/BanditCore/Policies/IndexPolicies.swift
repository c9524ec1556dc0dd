internal import RealModule

/// A policy that plays the largest index; ties are shared evenly. Arms without observations come first.
package protocol IndexPolicy: Policy {
    /// The optimistic value of a played arm's reward; `t` ≥ 1 is the category's number of rewards.
    func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double
}

extension IndexPolicy {
    @inline(__always)
    func best(_ state: CategoryState, _ eligible: ArmSet) -> ArmSet {
        let t = Swift.max(1, state.total)
        let count = eligible.count
        return Greedy.best(eligible) { arm in
            state[.count, arm] > 0
                ? index(arm, state, eligibleCount: count, t: t) - state[.penalty, arm] : .infinity
        }
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        Greedy.distribution(best(state, eligible), armCount: state.armCount)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        Greedy.draw(best(state, eligible), using: &generator)
    }
}

extension CategoryState {
    /// Observed mean of a played arm.
    @inline(__always)
    func empiricalMean(_ arm: Int) -> Double { self[.rewardSum, arm] / self[.count, arm] }

    /// Observed mean squared deviation of a played arm.
    @inline(__always)
    func empiricalVariance(_ arm: Int) -> Double {
        let mean = empiricalMean(arm)
        return Swift.max(0, self[.rewardSumSquares, arm] / self[.count, arm] - mean * mean)
    }
}

/// UCB1 (Auer, Cesa-Bianchi & Fischer 2002): mean + √(c·ln t/n), c = 2 in the paper.
package struct UCB1Policy: IndexPolicy {
    package let c: Double
    package var kind: PolicyKind { .ucb1 }

    package init(c: Double = 2) { self.c = c }

    package func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double {
        state.empiricalMean(arm) + (c * Double.log(t) / state[.count, arm]).squareRoot()
    }
}

/// UCB1-Tuned (Auer, Cesa-Bianchi & Fischer 2002): mean + √(ln t/n · min(¼, variance + √(2 ln t/n))).
package struct UCBTunedPolicy: IndexPolicy {
    package var kind: PolicyKind { .ucbTuned }

    package init() {}

    package func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double {
        let rate = Double.log(t) / state[.count, arm]
        let bound = state.empiricalVariance(arm) + (2 * rate).squareRoot()
        return state.empiricalMean(arm) + (rate * Swift.min(0.25, bound)).squareRoot()
    }
}

/// UCB-V (Audibert, Munos & Szepesvári 2009): mean + √(2·variance·ζ ln t/n) + 3c·ζ ln t/n.
package struct UCBVPolicy: IndexPolicy {
    package let zeta: Double
    package let c: Double
    package var kind: PolicyKind { .ucbV }

    package init(zeta: Double = 1, c: Double = 1) {
        self.zeta = zeta
        self.c = c
    }

    package func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double {
        let rate = zeta * Double.log(t) / state[.count, arm]
        return state.empiricalMean(arm) + (2 * state.empiricalVariance(arm) * rate).squareRoot() + 3 * c * rate
    }
}

/// KL-UCB (Garivier & Cappé 2011): the largest q with n·kl(mean, q) ≤ ln t + c·ln ln t; c = 0 in practice, 3 in the proof.
package struct KLUCBPolicy: IndexPolicy {
    package let c: Double
    package var kind: PolicyKind { .klUCB }

    package init(c: Double = 0) { self.c = c }

    package func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double {
        let logT = Double.log(t)
        let level = logT + (c > 0 && logT > 1 ? c * Double.log(logT) : 0)
        return BernoulliKL.upperBound(mean: state.empiricalMean(arm), level: level / state[.count, arm])
    }
}

/// Bayes-UCB (Kaufmann, Cappé & Garivier 2012): the posterior's quantile at 1 − 1/(t·(ln T)^c).
package struct BayesUCBPolicy: IndexPolicy {
    /// 0 in practice, 5 in the proof.
    package let c: Double
    /// T; 0: t in its place.
    package let horizon: Double
    package var kind: PolicyKind { .bayesUCB }

    package init(c: Double = 0, horizon: Double = 0) {
        self.c = c
        self.horizon = horizon
    }

    package func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double {
        let logT = Double.log(Swift.max(t, horizon))
        let tail = 1 / (t * (c > 0 && logT > 1 ? Double.pow(logT, c) : 1))
        // One round old, the quantile is at level 0: every posterior reaches it at its lower end.
        let level = Swift.min(tail, 0.5)
        return BetaPosterior(alpha: state[.alpha, arm], beta: state[.beta, arm]).upperQuantile(level)
    }
}

/// MOSS (Audibert & Bubeck 2009): mean + √(max(0, ln(T/(K·n)))/n); without a horizon its anytime form (Degenne & Perchet
/// 2016): mean + √((1 + alpha)/2 · max(0, ln(t/(K·n)))/n).
package struct MOSSPolicy: IndexPolicy {
    package let horizon: Double
    package let alpha: Double
    package var kind: PolicyKind { .moss }

    package init(horizon: Double = 0, alpha: Double = 1.35) {
        self.horizon = horizon
        self.alpha = alpha
    }

    package func index(_ arm: Int, _ state: CategoryState, eligibleCount: Int, t: Double) -> Double {
        let n = state[.count, arm]
        let known = horizon > 0
        let logarithm = Swift.max(0, Double.log((known ? horizon : t) / (Double(eligibleCount) * n)))
        return state.empiricalMean(arm) + ((known ? 1 : 0.5 * (1 + alpha)) * logarithm / n).squareRoot()
    }
}
