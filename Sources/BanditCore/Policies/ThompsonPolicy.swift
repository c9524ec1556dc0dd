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

    /// The arm of the largest sampled utility. Draws that tie (utilities that underflow to the same end) are shared evenly
    /// by keeping the later with probability 1/(number of ties so far).
    @inline(__always)
    static func sample(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        precondition(!eligible.isEmpty, "a draw needs an eligible arm")
        let concentration = state.concentration
        var (best, chosen, ties) = (-Double.infinity, -1, 1)
        for arm in eligible {
            let alpha = Swift.max(CategoryState.leastShape, state[.alpha, arm] * concentration)
            let beta = Swift.max(CategoryState.leastShape, state[.beta, arm] * concentration)
            let value = generator.beta(alpha, beta) - state[.penalty, arm]
            if value > best || chosen < 0 {
                best = value
                chosen = arm
                ties = 1
            } else if value == best {
                ties += 1
                if generator.index(below: ties) == 0 { chosen = arm }
            }
        }
        return chosen
    }
}
