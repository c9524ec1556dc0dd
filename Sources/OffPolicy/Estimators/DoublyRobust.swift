/// dr: mean of q(x,π) + w(r − q_a) (Dudík, Langford and Li 2011). Unbiased when the model of a row has not seen the row.
package struct DoublyRobust: OffPolicyEstimator {
    private var mean: SummandMean

    package init(shift: Double) { mean = SummandMean(moments: Moments(shift: shift)) }

    package mutating func add(_ rows: RowSums) {
        let sums = rows.doublyRobust
        mean.moments.add(rows.count, sum: sums.sum, squares: sums.squares)
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
