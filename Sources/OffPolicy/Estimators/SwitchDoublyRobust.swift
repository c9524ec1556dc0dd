/// switch-dr: dr with w·1{w ≤ c} for w (Wang, Agarwal and Dudík 2017): the model alone where weights are large.
package struct SwitchDoublyRobust: OffPolicyEstimator {
    /// c ≥ 0.
    package let maximumWeight: Double
    private var mean: SummandMean

    package init(maximumWeight: Double, shift: Double) {
        self.maximumWeight = maximumWeight
        mean = SummandMean(moments: Moments(shift: shift))
    }

    package mutating func add(_ rows: RowSums) {
        let sums = rows.switched ?? rows.doublyRobust
        mean.moments.add(rows.count, sum: sums.sum, squares: sums.squares)
    }

    package func get() -> PointEstimate { mean.estimate }
    package var sums: SIMD4<Double> { mean.sums }
    package static func value(sums: SIMD4<Double>) -> Double { SummandMean.value(sums: sums) }

    package func influence(_ row: RowBlock.Row) -> Double {
        let weight = row.weight <= maximumWeight ? row.weight : 0
        return row.modelOfPolicy + weight * (row.reward - row.modelOfArm) - mean.moments.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.mean = left.mean + right.mean
        return result
    }
}
