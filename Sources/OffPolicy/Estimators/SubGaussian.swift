/// sub-gaussian: mean of w/(1 − λ + λw)·r (Metelli, Russo and Restelli 2021). λ in [0, 1]; 0 is ips.
package struct SubGaussian: OffPolicyEstimator {
    package let lambda: Double
    private var mean: SummandMean

    package init(lambda: Double, shift: Double) {
        self.lambda = lambda
        mean = SummandMean(moments: Moments(shift: shift))
    }

    package mutating func add(_ rows: RowSums) {
        mean.moments.add(rows.count, sum: rows.weighted.flattened.sum(), squares: rows.weighted.flattenedSquares.sum())
    }

    package func get() -> PointEstimate { mean.estimate }
    package var sums: SIMD4<Double> { mean.sums }
    package static func value(sums: SIMD4<Double>) -> Double { SummandMean.value(sums: sums) }

    package func influence(_ row: RowBlock.Row) -> Double {
        row.weight * row.reward / (1 - lambda + lambda * row.weight) - mean.moments.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.mean = left.mean + right.mean
        return result
    }
}
