/// How large a difference from the logged policy this log would show.
package enum DetectableEffect {
    /// Chance of showing it.
    package static let power = 0.8

    /// The smallest true difference between a policy and `logged` whose interval excludes 0 with probability ``power``:
    /// (z at confidence + z at power)·SE of the difference, by dr where it is known, else snips. Nil where neither is.
    package static func minimum(_ evaluation: PolicyEvaluation, confidence: Double) -> Double? {
        let stream = evaluation.stream
        let shift = evaluation.rewards.meanReward
        let parameters = EstimatorParameters(defaultsFor: evaluation.weights)
        var suite = EstimatorSuite(parameters, shift: shift)
        stream.forEachBlock(partEnds: [evaluation.range.count]) { rows, _ in
            suite.add(
                RowSums(rows, parameters: parameters, shift: shift, largestWeight: evaluation.weights.largest))
        }
        let estimator = suite[evaluation.knowsPolicy ? .dr : .snips]!
        guard estimator.get().value != nil else { return nil }
        var influence: [Double] = []
        influence.reserveCapacity(evaluation.range.count)
        stream.forEachBlock(partEnds: [evaluation.range.count]) { rows, _ in
            for index in 0..<rows.count {
                let row = rows[index]
                influence.append(estimator.influence(row) - (row.reward - shift))
            }
        }
        return MeanError(influence, clusters: evaluation.clusters).map {
            $0.halfWidth(confidence) + NormalQuantile.value(power) * $0.value
        }
    }
}
