/// Numbers whose conditional mean is the policy's value, or 1 minus it, and that are bounded below: what a confidence sequence bets on.
struct PseudoOutcomes {
    /// Mean V.
    var forValue: [Double] = []
    /// Mean 1 − V.
    var forComplement: [Double] = []
    /// All numbers are at least −floor.
    var floor = 0.0

    /// w·r and w·(1 − r).
    static func inversePropensity(_ stream: RowStream) -> PseudoOutcomes {
        let rewards = stream.log.rows.reward
        let lower = stream.range.lowerBound
        let weights = stream.weights.values
        return PseudoOutcomes(
            forValue: weights.indices.map { weights[$0] * rewards[lower + $0] },
            forComplement: weights.indices.map { weights[$0] * (1 - rewards[lower + $0]) })
    }

    /// How far dr's numbers may fall below 0. Small: large weights use little of the model; large: bets must be small.
    private static let robustFloor = 1.0

    /// Doubly robust numbers with the model held back so that they are at least −k (Waudby-Smith, Wu, Ramdas, Karampatziakis and
    /// Mineiro 2022, arXiv:2210.10768): w·r − min(w·q_a, k) + Σ over arms of min(π_e·q, k·π_0). Needs both policies' probabilities
    /// of every arm; the model is that of the past.
    static func doublyRobust(_ stream: RowStream) -> PseudoOutcomes? {
        guard let masses = stream.policy.masses, stream.log.rows.hasProbabilities(in: stream.range),
            stream.rewards.crossFit == .past
        else { return nil }
        let k = robustFloor
        let rows = stream.log.rows
        let names = stream.log.names
        var past = PastRewardModel(
            kind: stream.rewards.model, categoryCount: names.categories.count, armCount: names.arms.count)
        defer { past.deallocate() }
        var outcomes = PseudoOutcomes(floor: k)
        outcomes.forValue.reserveCapacity(stream.range.count)
        outcomes.forComplement.reserveCapacity(stream.range.count)
        for row in stream.range {
            let category = Int(rows.category[row])
            let target = Int(masses.starts[row])
            let logged = Int(rows.probabilities.starts[row])
            var model = 0.0
            var complement = 0.0
            for (position, arm) in names.armLists[Int(rows.armList[row])].enumerated() {
                let wanted = masses.values[target + position]
                let limit = k * rows.probabilities.values[logged + position]
                let value = past.value(category: category, arm: arm)
                model += min(wanted * value, limit)
                complement += min(wanted * (1 - value), limit)
            }
            let weight = stream.weights.values[row - stream.range.lowerBound]
            let arm = Int(rows.arm[row])
            let value = past.value(category: category, arm: arm)
            let reward = rows.reward[row]
            outcomes.forValue.append(weight * reward - min(weight * value, k) + model)
            outcomes.forComplement.append(weight * (1 - reward) - min(weight * (1 - value), k) + complement)
            past.observe(category: category, arm: arm, reward: reward)
        }
        return outcomes
    }

    func interval(confidence: Double) -> Interval {
        Interval.anytime(forValue: forValue, forComplement: forComplement, confidence: confidence, floor: floor)
    }
}

/// Confidence sequences looked at while a log grows.
package enum ConfidenceSequences {
    /// The intervals of ips and (where the log has all probabilities) dr after each of `counts` rows, all at once valid.
    package static func both(_ evaluation: PolicyEvaluation, at counts: [Int]) -> [(EstimatorKind, [Interval])] {
        let stream = evaluation.stream
        var outcomes = [(EstimatorKind.ips, PseudoOutcomes.inversePropensity(stream))]
        if let robust = PseudoOutcomes.doublyRobust(stream) { outcomes.append((.dr, robust)) }
        return outcomes.map { kind, numbers in
            (
                kind,
                Interval.anytime(
                    forValue: numbers.forValue, forComplement: numbers.forComplement,
                    confidence: evaluation.settings.confidence, floor: numbers.floor, at: counts)
            )
        }
    }
}
