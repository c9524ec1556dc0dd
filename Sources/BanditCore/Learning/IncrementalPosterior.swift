/// The reference's learning schedule for simulations: every cell's own evidence at once, priors and factors every few
/// observations, continuing from the last fit instead of starting anew.
///
/// Refits work in place and allocate nothing after the first.
package struct IncrementalPosterior: Sendable {
    package let model: LearningModel
    /// Observations between refits (every one of the first 20 refits too).
    package let every: Int
    /// Observations each of which is followed by a refit.
    private static let everyUpTo = 20
    package private(set) var fit: PooledFit
    package private(set) var factors: [Double]
    package private(set) var observations = 0
    package var posterior: PosteriorTable
    private let arms: [Int]
    private let categories: [Int]
    /// `[category][arm]`: rewards as of the last refit, and their counts and sums.
    private var cells: [SignalSums]
    private var counts: [Double]
    private var sums: [Double]
    private var workspace = PooledFit.Workspace()

    /// Starts from what the table holds already (imported priors), with one refit where it holds anything.
    package init(model: LearningModel, table: CellTable, every: Int = 10) {
        precondition(every > 0, "refits happen every so many observations")
        self.model = model
        self.every = every
        arms = Array(0..<table.armCount)
        categories = Array(0..<table.categoryCount)
        cells = [SignalSums](repeating: SignalSums(), count: arms.count * categories.count)
        counts = [Double](repeating: 0, count: cells.count)
        sums = counts
        fit = PooledFit(
            categories: table.categoryCount, priors: Array(model.priors.prefix(table.armCount)), options: model.fit)
        factors = [Double](repeating: 1, count: table.armCount)
        posterior = model.posterior(of: table, fit: fit, factors: factors)
        if !table.isEmptyOfRewards || model.benchmark != nil { refit(table, asOf: 0) }
    }

    /// Call after a reward of the cell has been added to the table.
    package mutating func observed(category: Int, arm: Int, in table: CellTable, asOf time: Double = 0) {
        if countObservation() {
            refit(table, asOf: time)
        } else {
            posterior.update(category: category, arm: arm, from: table, asOf: time)
        }
    }

    /// Counts a reward; whether a refit is due after it.
    package mutating func countObservation() -> Bool {
        observations += 1
        return observations <= Self.everyUpTo || observations % every == 0
    }

    /// Renews priors, factors, expected costs and every cell.
    package mutating func refit(_ table: CellTable, asOf time: Double) {
        let factor = table.factor(asOf: time)
        var cell = 0
        for g in categories {
            for k in arms {
                let rewards = model.evidence(of: table, category: g, arm: k, factor: factor)
                cells[cell] = rewards
                counts[cell] = rewards.count
                sums[cell] = rewards.sum
                cell += 1
            }
        }
        if model.graded {
            for k in arms {
                factors[k] = VarianceMatch.factor(categories.lazy.map { [cells, arms] in cells[$0 * arms.count + k] })
            }
        }
        if model.pooling == .pooled {
            fit.refresh(counts: counts, sums: sums, factors: factors, workspace: &workspace)
        }
        model.renew(
            &posterior.states, from: table, arms: arms, categories: categories, cells: cells, factors: factors,
            fit: fit, asOf: time)
        posterior.factors = factors
        posterior.interactionVariance = fit.interactionVariance
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
