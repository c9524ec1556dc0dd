/// A policy over contexts: disjoint linear models of the arms.
package enum LinearPolicy: Sendable, Equatable {
    /// LinUCB (Li et al. 2010): xᵀθ + alpha·√(xᵀA⁻¹x).
    case upperBound(alpha: Double)
    /// Linear Thompson sampling (Agrawal & Goyal 2013): xᵀθ̃ with θ̃ ~ N(θ, scale²·A⁻¹).
    ///
    /// Since arms are disjoint, xᵀθ̃ ~ N(xᵀθ, scale²·xᵀA⁻¹x) independently for each arm: K scalars are drawn instead of K
    /// vectors, and the action distribution is the normal race.
    case thompson(scale: Double)

    package var kind: PolicyKind {
        switch self {
        case .upperBound: .linUCB
        case .thompson: .linThompson
        }
    }

    /// From a specification of kind `lin-ucb` or `lin-thompson`.
    package init(_ specification: PolicySpecification) throws(PolicyError) {
        switch specification.kind {
        case .linUCB: self = .upperBound(alpha: specification.value("alpha"))
        case .linThompson: self = .thompson(scale: specification.value("scale"))
        default:
            throw PolicyError(
                code: .needsContext, message: "policy '\(specification.kind.rawValue)' does not look at contexts")
        }
    }

    /// The probability of every arm for a context; `penalty` is `[arm]` (empty: none).
    package func distribution(
        _ arms: LinearArms, context: [Double], penalty: [Double] = [], eligible: ArmSet
    ) -> ActionDistribution {
        switch self {
        case .upperBound(let alpha):
            Greedy.distribution(best(arms, context, penalty, eligible, alpha), armCount: arms.armCount)
        case .thompson(let scale):
            ActionDistribution(
                probabilities: gaussianDistribution(armCount: arms.armCount, eligible: eligible) { arm in
                    let (mean, spread) = arms.prediction(arm, context: context)
                    let deviation = scale * Swift.max(spread, Self.leastSpread).squareRoot()
                    return (mean - (penalty.isEmpty ? 0 : penalty[arm]), deviation)
                }.probabilities)
        }
    }

    /// Where a context is all zero every arm is as good as another.
    private static let leastSpread = 1e-300

    /// One arm for a context; allocates nothing.
    package func draw(
        _ arms: LinearArms, context: [Double], penalty: [Double] = [], eligible: ArmSet,
        using generator: inout Xoshiro256StarStar
    ) -> Int {
        switch self {
        case .upperBound(let alpha):
            return Greedy.draw(best(arms, context, penalty, eligible, alpha), using: &generator)
        case .thompson(let scale):
            var (best, chosen) = (-Double.infinity, -1)
            for arm in eligible {
                let (mean, spread) = arms.prediction(arm, context: context)
                let deviation = scale * Swift.max(spread, Self.leastSpread).squareRoot()
                let value = mean + deviation * generator.normal() - (penalty.isEmpty ? 0 : penalty[arm])
                if value > best || chosen < 0 {
                    best = value
                    chosen = arm
                }
            }
            precondition(chosen >= 0, "a draw needs an eligible arm")
            return chosen
        }
    }

    private func best(
        _ arms: LinearArms, _ context: [Double], _ penalty: [Double], _ eligible: ArmSet, _ alpha: Double
    ) -> ArmSet {
        Greedy.best(eligible) { arm in
            let (mean, spread) = arms.prediction(arm, context: context)
            return mean + alpha * Swift.max(0, spread).squareRoot() - (penalty.isEmpty ? 0 : penalty[arm])
        }
    }
}
