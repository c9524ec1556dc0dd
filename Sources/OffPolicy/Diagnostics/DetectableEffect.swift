/// How large a difference from the logged policy this log would show.
package enum DetectableEffect {
    /// Chance of showing it.
    package static let power = 0.8

    /// The smallest true difference between a policy and `logged` whose interval excludes 0 with probability ``power``:
    /// (z at confidence + z at power)·SE of the difference, by dr where it is known, else snips. Nil where neither is.
    package static func minimum(_ evaluation: PolicyEvaluation, confidence: Double) -> Double? {
        let stream = evaluation.stream
        let estimator: any OffPolicyEstimator
        let shift = evaluation.rewards.meanReward
        if evaluation.knowsPolicy {
            var robust = DoublyRobust(shift: shift)
            stream.forEachBlock(partEnds: [evaluation.range.count]) { rows, _ in robust.add(rows) }
            estimator = robust
        } else {
            var normalized = SelfNormalized(shift: shift)
            stream.forEachBlock(partEnds: [evaluation.range.count]) { rows, _ in normalized.add(rows) }
            estimator = normalized
        }
        guard estimator.get().value != nil else { return nil }
        var moments = Moments(shift: 0)
        stream.forEachBlock(partEnds: [evaluation.range.count]) { rows, _ in
            for index in 0..<rows.count {
                let row = rows[index]
                let difference = estimator.influence(row) - (row.reward - shift)
                moments.add(1) { _ in SIMD4(difference, 0, 0, 0) }
            }
        }
        return moments.standardError.map {
            (NormalQuantile.value(0.5 + confidence / 2) + NormalQuantile.value(power)) * $0
        }
    }
}
