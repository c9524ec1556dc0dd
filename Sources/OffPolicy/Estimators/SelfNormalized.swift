/// snips: Σwr/Σw (Swaminathan and Joachims 2015): a ratio, unmoved when all rewards move by a constant.
///
/// ψ = w(r − V)/w̄.
package struct SelfNormalized: OffPolicyEstimator {
    private var weights: Moments
    private var weighted: Moments
    /// Σ w·(w·r'), the cross term, with r' = r − shift.
    private var cross = 0.0
    private let shift: Double

    package init(shift: Double) {
        self.shift = shift
        weights = Moments(shift: 0)
        weighted = Moments(shift: 0)
    }

    package mutating func add(_ rows: RowSums) {
        let sums = rows.weighted
        weights.add(rows.count, sum: sums.weights.sum(), squares: sums.weightSquares.sum())
        weighted.add(rows.count, sum: sums.distances.sum(), squares: sums.distanceSquares.sum())
        cross += sums.weightTimesDistance.sum()
    }

    package func get() -> PointEstimate {
        let total = weights.total
        guard total > 0 else { return .undefined }
        let value = weighted.total / total  // relative to the shift
        let n = Double(weights.count)
        let squares = weighted.shiftedSquares - 2 * value * cross + value * value * weights.shiftedSquares
        let mean = total / n
        let error = n > 1 ? (max(0, squares) / (n - 1) / n).squareRoot() / mean : nil
        return PointEstimate(value: shift + value, standardError: error)
    }

    package var sums: SIMD4<Double> {
        SIMD4(Double(weights.count), weighted.total + shift * weights.total, weights.total, 0)
    }
    package static func value(sums: SIMD4<Double>) -> Double { sums[1] / sums[2] }

    /// What rare events are counted from.
    var rareSums: RareEvents.Sums {
        var sums = RareEvents.Sums()
        sums.count = Double(weights.count)
        sums.weight = weights.total
        sums.weightSquares = weights.shiftedSquares
        sums.reward = weighted.total + shift * weights.total
        sums.squaresTimesReward = cross + shift * weights.shiftedSquares
        sums.rewardSquares = weighted.shiftedSquares + 2 * shift * cross + shift * shift * weights.shiftedSquares
        return sums
    }

    package func influence(_ row: RowBlock.Row) -> Double {
        let value = shift + weighted.total / weights.total
        return row.weight * (row.reward - value) / weights.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.weights = left.weights + right.weights
        result.weighted = left.weighted + right.weighted
        result.cross = left.cross + right.cross
        return result
    }
}
