/// dr: mean of q(x,π) + w(r − q_a) (Dudík, Langford and Li 2011). Unbiased when the model of a row has not seen the row.
package struct DoublyRobust: OffPolicyEstimator {
    private(set) var mean: SummandMean

    package init(shift: Double) { mean = SummandMean(moments: Moments(shift: shift)) }

    package mutating func add(_ rows: RowBlock) {
        mean.moments.add(rows.count) {
            let residual = RowBlock.four(rows.rewards, $0) - RowBlock.four(rows.modelOfArm, $0)
            return RowBlock.four(rows.modelOfPolicy, $0) + RowBlock.four(rows.weights, $0) * residual
        }
    }

    package func get() -> PointEstimate { mean.estimate }
    package var sums: SIMD4<Double> { mean.sums }
    package static func value(sums: SIMD4<Double>) -> Double { SummandMean.value(sums: sums) }

    package func influence(_ row: RowBlock.Row) -> Double {
        row.modelOfPolicy + row.weight * (row.reward - row.modelOfArm) - mean.moments.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.mean = left.mean + right.mean
        return result
    }
}
