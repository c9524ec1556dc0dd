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
        var moments = Moments(shift: 0)
        stream.forEachBlock(partEnds: [evaluation.range.count]) { rows, _ in
            for index in 0..<rows.count {
                let row = rows[index]
                moments.add(estimator.influence(row) - (row.reward - shift))
            }
        }
        return moments.standardError.map {
            (NormalQuantile.value(0.5 + confidence / 2) + NormalQuantile.value(power)) * $0
        }
    }
}
