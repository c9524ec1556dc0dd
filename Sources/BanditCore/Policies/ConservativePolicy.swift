internal import RealModule

/// Conservative exploration (Wu et al. 2016; Kazerouni et al. 2017): another policy, allowed to leave the baseline only while
/// the reward earned is, with the stated confidence, at least (1 − max_loss) of the baseline's.
///
/// An arm may be played when Σ_k n_k·L_k + L_arm ≥ (1 − max_loss)·(t + 1)·μ_baseline for every μ_baseline in its confidence
/// interval, the baseline's own plays counting μ_baseline each. Bounds are time-uniform: n·kl(mean, ·) ≤ ln(2K/δ) +
/// 3·ln(1 + ln n) (Kaufmann & Koolen 2021). Rewards are what is compared, so price the baseline's rivals with care.
package struct ConservativePolicy: Policy {
    package let base: any Policy
    package let baseline: Int
    /// In [0, 1].
    package let maxLoss: Double
    /// 1 − δ.
    package let confidence: Double
    package var kind: PolicyKind { base.kind }

    package init(_ base: any Policy, baseline: Int, maxLoss: Double = 0.05, confidence: Double = 0.95) {
        precondition(maxLoss >= 0 && maxLoss <= 1, "the largest loss is a fraction")
        precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1")
        self.base = base
        self.baseline = baseline
        self.maxLoss = maxLoss
        self.confidence = confidence
    }

    /// The eligible arms that may be played now: always the baseline, where it is eligible.
    package func allowed(_ state: CategoryState, eligible: ArmSet) -> ArmSet {
        guard eligible.contains(baseline) else { return eligible }
        var earned = 0.0
        var plays = 1.0
        for arm in 0..<state.armCount {
            plays += state[.count, arm]
            if arm != baseline { earned += state[.count, arm] * lowerBound(state, arm) }
        }
        // The condition is linear in the baseline's mean: one end of its interval is the worst.
        let weight = state[.count, baseline] - (1 - maxLoss) * plays
        let worst = weight < 0 ? upperBound(state, baseline) : lowerBound(state, baseline)
        var result = ArmSet()
        for arm in eligible where arm == baseline || earned + lowerBound(state, arm) + weight * worst >= 0 {
            result.insert(arm)
        }
        return result
    }

    private func level(_ state: CategoryState, _ n: Double) -> Double {
        let arms = Double(Swift.max(1, state.armCount))
        return (Double.log(2 * arms / (1 - confidence)) + 3 * Double.log(1 + Double.log(Swift.max(1, n)))) / n
    }

    private func lowerBound(_ state: CategoryState, _ arm: Int) -> Double {
        let n = state[.count, arm]
        return n > 0 ? BernoulliKL.lowerBound(mean: state.empiricalMean(arm), level: level(state, n)) : 0
    }

    private func upperBound(_ state: CategoryState, _ arm: Int) -> Double {
        let n = state[.count, arm]
        return n > 0 ? BernoulliKL.upperBound(mean: state.empiricalMean(arm), level: level(state, n)) : 1
    }

    /// The base policy's distribution, with the probability of arms that may not be played moved to the baseline.
    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        var result = base.distribution(state, eligible: eligible)
        guard eligible.contains(baseline) else { return result }
        for arm in eligible.subtracting(allowed(state, eligible: eligible)) {
            result.probabilities[baseline] += result.probabilities[arm]
            result.probabilities[arm] = 0
        }
        return result
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let arm = base.draw(state, eligible: eligible, using: &generator)
        return arm == baseline || allowed(state, eligible: eligible).contains(arm) ? arm : baseline
    }
}
