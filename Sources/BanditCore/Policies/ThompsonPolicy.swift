internal import RealModule

/// Thompson sampling (Thompson 1933; Agrawal & Goyal 2012): each arm with the probability that its utility is the best,
/// under Beta posteriors whose shapes are multiplied by the state's concentration.
package struct ThompsonPolicy: Policy {
    package var kind: PolicyKind { .thompson }

    package init() {}

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        ActionDistribution(probabilities: Self.race(state, eligible: eligible).probabilities)
    }

    /// The distribution with the integral's own error estimate.
    package static func race(_ state: CategoryState, eligible: ArmSet) -> RaceResult {
        thompsonDistribution(armCount: state.armCount, eligible: eligible) {
            (
                state[.alpha, $0] * state.concentration, state[.beta, $0] * state.concentration,
                state[.penalty, $0]
            )
        }
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        Self.sample(state, eligible: eligible, using: &generator)
    }

    /// The arm of the largest sampled utility. Qualities that round to the same end of [0, 1] (shapes far below 1) are told
    /// apart by their log odds, so that the law is that of `distribution`.
    @inline(__always)
    static func sample(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        precondition(!eligible.isEmpty, "a draw needs an eligible arm")
        let concentration = state.concentration
        // A local copy lives in registers.
        var random = generator
        defer { generator = random }
        var (best, bestOdds, chosen) = (-Double.infinity, Double.nan, -1)
        for arm in eligible {
            let alpha = Swift.max(CategoryState.leastShape, state[.alpha, arm] * concentration)
            let beta = Swift.max(CategoryState.leastShape, state[.beta, arm] * concentration)
            let quality: Double
            var odds = Double.nan
            if alpha >= 1 && beta >= 1 {
                quality = random.betaAtLeastOne(alpha, beta)
            } else {
                // On a copy: a generator whose address nobody takes stays in registers.
                var copy = random
                odds = copy.betaLogOdds(alpha, beta)
                random = copy
                quality = 1 / (1 + Double.exp(-odds))
            }
            let value = quality - state[.penalty, arm]
            if value > best || chosen < 0 || (value == best && odds > bestOdds) {
                best = value
                bestOdds = odds
                chosen = arm
            }
        }
        return chosen
    }
}
