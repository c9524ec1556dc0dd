/// The reference's learning schedule for simulations: every cell's own evidence at once, priors and factors every few
/// observations, continuing from the last fit instead of starting anew.
package struct IncrementalPosterior: Sendable {
    package let model: LearningModel
    /// Observations between refits (every one of the first 20 refits too).
    package let every: Int
    package private(set) var fit: PooledFit
    package private(set) var factors: [Double]
    package private(set) var observations = 0
    package private(set) var posterior: PosteriorTable

    /// Starts from what the table holds already (imported priors), with one refit where it holds anything.
    package init(model: LearningModel, table: CellTable, every: Int = 10) {
        precondition(every > 0, "refits happen every so many observations")
        self.model = model
        self.every = every
        fit = PooledFit(
            categories: table.categoryCount, priors: Array(model.priors.prefix(table.armCount)), options: model.fit)
        factors = [Double](repeating: 1, count: table.armCount)
        posterior = model.posterior(of: table, fit: fit, factors: factors)
        if !table.isEmptyOfRewards || model.benchmark != nil { refit(table, asOf: 0) }
    }

    /// Call after a reward of the cell has been added to the table.
    package mutating func observed(category: Int, arm: Int, in table: CellTable, asOf time: Double = 0) {
        observations += 1
        if observations % every == 0 || observations <= 20 {
            refit(table, asOf: time)
        } else {
            posterior.update(category: category, arm: arm, from: table, asOf: time)
        }
    }

    /// Renews priors, factors, expected costs and every cell.
    package mutating func refit(_ table: CellTable, asOf time: Double) {
        let factor = table.factor(asOf: time)
        let cells = (0..<table.categoryCount).flatMap { g in
            (0..<table.armCount).map { model.evidence(of: table, category: g, arm: $0, factor: factor) }
        }
        if model.graded {
            for k in factors.indices {
                factors[k] = VarianceMatch.factor(
                    (0..<table.categoryCount).lazy.map { cells[$0 * table.armCount + k] })
            }
        }
        if model.pooling == .pooled {
            fit.refresh(counts: cells.map(\.count), sums: cells.map(\.sum), factors: factors)
        }
        posterior = model.posterior(of: table, fit: fit, factors: factors, asOf: time)
    }
}

extension CellTable {
    /// Whether no cell holds a reward.
    var isEmptyOfRewards: Bool {
        for cell in 0..<categoryCount * armCount {
            let index = cell * Self.signals + Signal.reward.rawValue
            if keepsEverything ? !exact[index].isZero : !decayed[index].isZero { return false }
        }
        return true
    }
}
