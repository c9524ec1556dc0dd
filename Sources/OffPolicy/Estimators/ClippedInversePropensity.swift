/// clipped-ips: mean of min(w, c)·r (Ionides 2008, doi:10.1198/106186008X320456). Too low by at most the weight cut away.
package struct ClippedInversePropensity: OffPolicyEstimator {
    /// c > 0.
    package let maximumWeight: Double
    private var mean: SummandMean

    package init(maximumWeight: Double, shift: Double) {
        self.maximumWeight = maximumWeight
        mean = SummandMean(moments: Moments(shift: shift))
    }

    package mutating func add(_ rows: RowSums) {
        let sums = rows.clipped ?? rows.inversePropensity
        mean.moments.add(rows.count, sum: sums.sum, squares: sums.squares)
    }

    package func get() -> PointEstimate { mean.estimate }
    package var sums: SIMD4<Double> { mean.sums }
    package static func value(sums: SIMD4<Double>) -> Double { SummandMean.value(sums: sums) }

    package func influence(_ row: RowBlock.Row) -> Double {
        min(row.weight, maximumWeight) * row.reward - mean.moments.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.mean = left.mean + right.mean
        return result
    }
}
