/// replay: mean reward of the rows kept, row i kept with probability w_i / max w (Li, Chu, Langford and Wang 2011, by rejection).
package struct RejectionReplay: OffPolicyEstimator {
    private var kept = Moments(shift: 0)
    private var rewards: Moments

    package init(shift: Double) { rewards = Moments(shift: shift) }

    package mutating func add(_ rows: RowSums) {
        // k² = k.
        kept.add(rows.count, sum: rows.weighted.kept.sum(), squares: rows.weighted.kept.sum())
        // Rows left out stand at the shift: they add nothing to either sum.
        rewards.add(rows.count, sum: rows.weighted.keptRewards.sum(), squares: rows.weighted.keptRewardSquares.sum())
    }

    package func get() -> PointEstimate {
        let n = kept.total
        guard n > 0 else { return .undefined }
        let mean = rewards.shiftedSum / n
        let squares = rewards.shiftedSquares - n * mean * mean
        return PointEstimate(
            value: rewards.shift + mean, standardError: n > 1 ? (max(0, squares) / (n - 1) / n).squareRoot() : nil)
    }

    package var sums: SIMD4<Double> {
        SIMD4(Double(kept.count), rewards.shiftedSum + rewards.shift * kept.total, kept.total, 0)
    }
    package static func value(sums: SIMD4<Double>) -> Double { sums[1] / sums[2] }

    /// What rare events among the kept rows are counted from: each weighs 1.
    var rareSums: RareEvents.Sums {
        var sums = RareEvents.Sums()
        let shift = rewards.shift
        sums.count = kept.total
        sums.weight = kept.total
        sums.weightSquares = kept.total
        sums.reward = rewards.shiftedSum + shift * kept.total
        sums.squaresTimesReward = sums.reward
        sums.rewardSquares = rewards.shiftedSquares + 2 * shift * rewards.shiftedSum + shift * shift * kept.total
        return sums
    }

    package func influence(_ row: RowBlock.Row) -> Double {
        let value = rewards.shift + rewards.shiftedSum / kept.total
        return row.kept * (row.reward - value) * Double(kept.count) / kept.total
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.kept = left.kept + right.kept
        result.rewards = left.rewards + right.rewards
        return result
    }
}
