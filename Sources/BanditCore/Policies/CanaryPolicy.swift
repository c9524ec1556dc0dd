/// Another policy, with a fixed share of the requests for some arms (canaries): new ones that are to be tried on little traffic,
/// whatever the policy believes of them.
///
/// An eligible canary gets exactly its share, no less while the belief in it is low and no more while it is high; the base policy
/// distributes what is left among the other eligible arms. Where only canaries are eligible, or their shares add up to more than
/// 1, they share everything in proportion. `distribution` and `draw` are equal in law, so propensities stay exact.
package struct CanaryPolicy: Policy {
    package let base: any Policy
    /// `[arm]`, in [0, 1]; 0: no canary.
    package let shares: [Double]
    private let canaries: ArmSet
    package var kind: PolicyKind { base.kind }

    package init(_ base: any Policy, shares: [Double]) {
        precondition(shares.allSatisfy { $0 >= 0 && $0 <= 1 }, "a canary's share is a probability")
        self.base = base
        self.shares = shares
        canaries = ArmSet(shares.indices.filter { shares[$0] > 0 })
    }

    /// The probability that the eligible canaries have together.
    private func taken(_ trying: ArmSet, of eligible: ArmSet) -> Double {
        if trying == eligible { return 1 }
        var sum = 0.0
        for arm in trying { sum += shares[arm] }
        return Swift.min(1, sum)
    }

    private func scale(_ trying: ArmSet, to total: Double) -> Double {
        var sum = 0.0
        for arm in trying { sum += shares[arm] }
        return total / sum
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        let trying = eligible.intersection(canaries)
        if trying.isEmpty { return base.distribution(state, eligible: eligible) }
        let total = taken(trying, of: eligible)
        var result =
            total < 1
            ? base.distribution(state, eligible: eligible.subtracting(canaries))
            : ActionDistribution(probabilities: [Double](repeating: 0, count: state.armCount))
        for arm in result.probabilities.indices { result.probabilities[arm] *= 1 - total }
        let factor = scale(trying, to: total)
        for arm in trying { result.probabilities[arm] = shares[arm] * factor }
        return result
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let trying = eligible.intersection(canaries)
        if trying.isEmpty { return base.draw(state, eligible: eligible, using: &generator) }
        let total = taken(trying, of: eligible)
        var left = generator.uniform()
        if left >= total { return base.draw(state, eligible: eligible.subtracting(canaries), using: &generator) }
        let factor = scale(trying, to: total)
        var last = -1
        for arm in trying {
            last = arm
            left -= shares[arm] * factor
            if left < 0 { return arm }
        }
        return last
    }
}
