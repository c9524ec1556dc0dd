/// dm: mean of q(x,π), the model fitted on all rows. Nothing bounds its bias.
///
/// ψ = q(x,π) + ω(r − q_a), ω = Σ over the category's rows of π_e(arm) / rows of the cell: the error of the cells' means, which the
/// spread of q(x,π) alone leaves out.
package struct DirectMethod: Sendable {
    private var model: Moments
    /// `[cell]`: Σ (q(x,π) − shift)(r − q_a) and Σ (r − q_a)².
    private var residuals: [SIMD2<Double>]

    package init(shift: Double, cellCount: Int) {
        model = Moments(shift: shift)
        residuals = [SIMD2<Double>](repeating: .zero, count: cellCount)
    }

    /// `sums` is of the same rows; `cellValues[cell]` is the model fitted on all rows.
    mutating func add(_ rows: RowBlock, _ sums: RowSums, cellValues: [Double]) {
        model.add(rows.count, sum: sums.modelled.fullModels.sum(), squares: sums.modelled.fullModelSquares.sum())
        let shift = model.shift
        let cellValues = cellValues.span
        var residuals = residuals.mutableSpan
        for row in 0..<rows.count {
            let cell = Int(rows.cells[row])
            let residual = rows.rewards[row] - cellValues[unchecked: cell]
            residuals[unchecked: cell] += SIMD2(rows.fullModelOfPolicy[row] - shift, residual) * residual
        }
    }

    /// `mass[cell]`: Σ of the policy's probability of the arm over the category's rows.
    package func get(mass: [Double], sums: CellSums, cellValues: [Double]) -> PointEstimate {
        guard model.count > 0 else { return .undefined }
        let n = Double(model.count)
        var total = model.shiftedSum
        var squares = model.shiftedSquares
        for (cell, omega) in Self.omega(mass: mass, sums: sums).enumerated() where omega > 0 {
            total += omega * (sums.totals[cell] - sums.counts[cell] * cellValues[cell])
            squares += 2 * omega * residuals[cell][0] + omega * omega * residuals[cell][1]
        }
        let variance = n > 1 ? max(0, squares - total * total / n) / (n - 1) : .nan
        return PointEstimate(value: model.mean, standardError: (variance / n).squareRoot())
    }

    /// ω of every cell; 0 where nothing was seen.
    package static func omega(mass: [Double], sums: CellSums) -> [Double] {
        mass.indices.map { sums.counts[$0] > 0 ? mass[$0] / sums.counts[$0] : 0 }
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.model = left.model + right.model
        for cell in result.residuals.indices { result.residuals[cell] += right.residuals[cell] }
        return result
    }
}
