/// The probability of every arm: what a policy is, given a state.
package struct ActionDistribution: Sendable, Equatable {
    /// `[arm]`: exactly 0 off the eligible set, summing to 1 within 1e-12 (all zero where no arm is eligible).
    package var probabilities: [Double]

    package init(probabilities: [Double]) {
        self.probabilities = probabilities
    }

    /// The same probability for every eligible arm.
    package init(uniformOver eligible: ArmSet, armCount: Int) {
        probabilities = [Double](repeating: 0, count: armCount)
        let share = 1 / Double(eligible.count)
        for arm in eligible { probabilities[arm] = share }
    }

    /// Certainty.
    package init(only arm: Int, armCount: Int) {
        probabilities = [Double](repeating: 0, count: armCount)
        probabilities[arm] = 1
    }

    /// Weights ≥ 0 scaled to sum to 1; uniform over `eligible` where they sum to nothing or are not finite.
    package init(weights: [Double], eligible: ArmSet) {
        var total = 0.0
        for arm in eligible { total += weights[arm] }
        guard total > 0, total.isFinite else {
            self.init(uniformOver: eligible, armCount: weights.count)
            return
        }
        var shares = [Double](repeating: 0, count: weights.count)
        for arm in eligible { shares[arm] = weights[arm] / total }
        self.init(probabilities: shares)
    }

    /// An arm with its probability; O(arms), no allocation. Some arm must have a positive probability.
    package func draw(using generator: inout Xoshiro256StarStar) -> Int {
        var left = generator.uniform()
        var last = -1
        for arm in 0..<probabilities.count {
            let probability = probabilities[arm]
            if probability <= 0 { continue }
            last = arm
            if left < probability { return arm }
            left -= probability
        }
        precondition(last >= 0, "a draw needs an arm of positive probability")
        return last
    }

    /// Every eligible arm gets at least `floor`, capped at 1/K: floor + (1 − K·floor)·probability.
    package func mixed(withFloor floor: Double, eligible: ArmSet) -> ActionDistribution {
        guard floor > 0, !eligible.isEmpty else { return self }
        let count = Double(eligible.count)
        let least = Swift.min(floor, 1 / count)
        let kept = Swift.max(0, 1 - count * least)
        var result = [Double](repeating: 0, count: probabilities.count)
        for arm in eligible { result[arm] = least + kept * probabilities[arm] }
        return ActionDistribution(probabilities: result)
    }

    /// The distribution given that the arm is one of `arms`: what a redraw over the arms left uses.
    ///
    /// Where none of them has any probability, each is as good as another.
    package func restricted(to arms: ArmSet) -> ActionDistribution {
        ActionDistribution(weights: probabilities, eligible: arms)
    }

    /// The share-weighted mixture of two distributions over the same arms; `share` in [0, 1] is that of `self`.
    package func mixed(with other: ActionDistribution, share: Double) -> ActionDistribution {
        precondition(other.probabilities.count == probabilities.count, "mixtures need the same arms")
        var result = probabilities
        for arm in result.indices { result[arm] = share * result[arm] + (1 - share) * other.probabilities[arm] }
        return ActionDistribution(probabilities: result)
    }
}
