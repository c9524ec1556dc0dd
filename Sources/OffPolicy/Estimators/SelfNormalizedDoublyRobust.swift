/// sndr: mean of q(x,π) plus C, C = Σw(r − q_a)/Σw (Thomas and Brunskill 2016, weighted doubly robust, one step).
///
/// ψ = (q(x,π) − mean) + w(r − q_a − C)/w̄.
package struct SelfNormalizedDoublyRobust: OffPolicyEstimator {
    private var model: Moments
    private var weights: Moments
    private var correction: Moments
    /// Sums of products: w·(wd), q'·(wd), q'·w with d = r − q_a, q' = q(x,π) − shift.
    private var products = SIMD4<Double>.zero

    package init(shift: Double) {
        model = Moments(shift: shift)
        weights = Moments(shift: 0)
        correction = Moments(shift: 0)
    }

    package mutating func add(_ rows: RowSums) {
        let sums = rows.modelled
        model.add(rows.count, sum: sums.models.sum(), squares: sums.modelSquares.sum())
        weights.add(rows.count, sum: rows.weighted.weights.sum(), squares: rows.weighted.weightSquares.sum())
        correction.add(rows.count, sum: sums.corrections.sum(), squares: sums.correctionSquares.sum())
        products += SIMD4(
            sums.weightTimesCorrection.sum(), sums.modelTimesCorrection.sum(), sums.modelTimesWeight.sum(), 0)
    }

    package func get() -> PointEstimate {
        let total = weights.total
        guard total > 0 else { return .undefined }
        let n = Double(weights.count)
        let c = correction.total / total
        let mean = total / n
        let modelMean = model.shiftedSum / n
        // Both parts of ψ have mean 0: its squares are those of the parts and twice the cross products.
        let modelSquares = model.shiftedSquares - n * modelMean * modelMean
        let correctionSquares = correction.shiftedSquares - 2 * c * products[0] + c * c * weights.shiftedSquares
        let cross = products[1] - c * products[2]
        let squares = modelSquares + correctionSquares / (mean * mean) + 2 * cross / mean
        let error = n > 1 ? (max(0, squares) / (n - 1) / n).squareRoot() : nil
        return PointEstimate(value: model.mean + c, standardError: error)
    }

    package var sums: SIMD4<Double> { SIMD4(Double(weights.count), model.total, correction.total, weights.total) }
    package static func value(sums: SIMD4<Double>) -> Double { sums[1] / sums[0] + sums[2] / sums[3] }

    package func influence(_ row: RowBlock.Row) -> Double {
        let c = correction.total / weights.total
        return row.modelOfPolicy - model.mean + row.weight * (row.reward - row.modelOfArm - c) / weights.mean
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.model = left.model + right.model
        result.weights = left.weights + right.weights
        result.correction = left.correction + right.correction
        result.products += right.products
        return result
    }
}
