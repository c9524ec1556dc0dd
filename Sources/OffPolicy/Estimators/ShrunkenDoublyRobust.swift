/// dros: dr with λw/(w² + λ) for w (Su, Dimakopoulou, Krishnamurthy and Dudík 2020, optimistic shrinkage).
package struct ShrunkenDoublyRobust: OffPolicyEstimator {
    /// λ > 0; infinite is dr, 0 the model alone.
    package let lambda: Double
    private var mean: SummandMean

    package init(lambda: Double, shift: Double) {
        self.lambda = lambda
        mean = SummandMean(moments: Moments(shift: shift))
    }

    package mutating func add(_ rows: RowSums) {
        mean.moments.add(rows.count, sum: rows.modelled.shrunken.sum(), squares: rows.modelled.shrunkenSquares.sum())
    }

    package func get() -> PointEstimate { mean.estimate }
    package var sums: SIMD4<Double> { mean.sums }
    package static func value(sums: SIMD4<Double>) -> Double { SummandMean.value(sums: sums) }

    package func influence(_ row: RowBlock.Row) -> Double {
        let weight = lambda * row.weight / (row.weight * row.weight + lambda)
        return row.modelOfPolicy + weight * (row.reward - row.modelOfArm) - mean.moments.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.mean = left.mean + right.mean
        return result
    }
}
