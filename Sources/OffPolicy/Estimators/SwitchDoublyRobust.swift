/// switch-dr: dr with w·1{w ≤ c} for w (Wang, Agarwal and Dudík 2017): the model alone where weights are large.
package struct SwitchDoublyRobust: OffPolicyEstimator {
    /// c ≥ 0.
    package let maximumWeight: Double
    private var mean: SummandMean

    package init(maximumWeight: Double, shift: Double) {
        self.maximumWeight = maximumWeight
        mean = SummandMean(moments: Moments(shift: shift))
    }

    package mutating func add(_ rows: RowBlock) {
        let limit = SIMD4(repeating: maximumWeight)
        mean.moments.add(rows.count) {
            let weight = RowBlock.four(rows.weights, $0)
            let residual = RowBlock.four(rows.rewards, $0) - RowBlock.four(rows.modelOfArm, $0)
            return RowBlock.four(rows.modelOfPolicy, $0)
                + weight.replacing(with: 0, where: weight .> limit) * residual
        }
    }

    /// Takes over the sums of dr fed with the same rows, none of whose weights exceeds c: the two are the same then.
    mutating func follow(_ doublyRobust: DoublyRobust) { mean = doublyRobust.mean }

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
