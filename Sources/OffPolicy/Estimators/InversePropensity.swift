/// ips: mean of w·r (Horvitz and Thompson 1952). Unbiased where the logged policy supports the evaluation policy.
package struct InversePropensity: OffPolicyEstimator {
    private var mean: SummandMean

    package init(shift: Double) { mean = SummandMean(moments: Moments(shift: shift)) }

    package mutating func add(_ rows: RowSums) {
        let sums = rows.inversePropensity
        mean.moments.add(rows.count, sum: sums.sum, squares: sums.squares)
    }

    package func get() -> PointEstimate { mean.estimate }
    package var sums: SIMD4<Double> { mean.sums }
    package static func value(sums: SIMD4<Double>) -> Double { SummandMean.value(sums: sums) }

    package func influence(_ row: RowBlock.Row) -> Double {
        row.weight * row.reward - mean.moments.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.mean = left.mean + right.mean
        return result
    }
}
