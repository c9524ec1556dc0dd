extension LearningModel {
    /// The posterior of the given arms and categories (all of the table's by default) as of a time: a pure function of the
    /// table's sums, whatever order they came in.
    ///
    /// Arms that are left out take no part in the pooled fit and keep an uninformed state.
    package func posterior(
        of table: CellTable, arms: [Int]? = nil, categories: [Int]? = nil, asOf time: Double = 0
    ) -> PosteriorTable {
        let arms = arms ?? Array(0..<table.armCount)
        let categories = categories ?? Array(0..<table.categoryCount)
        precondition(priors.count >= table.armCount, "every arm of the table needs a prior")
        let factor = table.factor(asOf: time)
        let cells = categories.flatMap { g in arms.map { evidence(of: table, category: g, arm: $0, factor: factor) } }
        var factors = [Double](repeating: 1, count: table.armCount)
        if graded {
            for (column, arm) in arms.enumerated() {
                factors[arm] = VarianceMatch.factor(categories.indices.lazy.map { cells[$0 * arms.count + column] })
            }
        }
        let fit =
            pooling == .pooled ? pooledFit(cells, arms: arms, categories: categories.count, factors: factors) : nil
        return assemble(table, arms: arms, categories: categories, cells: cells, factors: factors, fit: fit, asOf: time)
    }

    private func pooledFit(_ cells: [SignalSums], arms: [Int], categories: Int, factors: [Double]) -> PooledFit {
        var result = PooledFit(categories: categories, priors: arms.map { priors[$0] }, options: fit)
        if cells.contains(where: { $0.count > 0 }) {
            result.fit(counts: cells.map(\.count), sums: cells.map(\.sum), factors: arms.map { factors[$0] })
        }
        return result
    }

    /// A posterior with the priors of a fit (the incremental one of a simulation, say) instead of a fresh one.
    package func posterior(
        of table: CellTable, fit: PooledFit, factors: [Double], asOf time: Double = 0
    ) -> PosteriorTable {
        precondition(fit.arms == table.armCount && fit.categories == table.categoryCount, "the fit is of another shape")
        let arms = Array(0..<table.armCount)
        let categories = Array(0..<table.categoryCount)
        let factor = table.factor(asOf: time)
        let cells = categories.flatMap { g in arms.map { evidence(of: table, category: g, arm: $0, factor: factor) } }
        return assemble(table, arms: arms, categories: categories, cells: cells, factors: factors, fit: fit, asOf: time)
    }

    private func assemble(
        _ table: CellTable, arms: [Int], categories: [Int], cells: [SignalSums], factors: [Double], fit: PooledFit?,
        asOf time: Double
    ) -> PosteriorTable {
        var states = [CategoryState](
            repeating: CategoryState(armCount: 0), count: table.categoryCount)
        for category in categories { states[category] = CategoryState(armCount: table.armCount) }
        renew(
            &states, from: table, arms: arms, categories: categories, cells: cells, factors: factors, fit: fit,
            asOf: time)
        return PosteriorTable(
            states: states, factors: factors, interactionVariance: fit?.interactionVariance, model: self,
            arms: ArmSet(arms))
    }

    /// Puts priors, evidence, the concentration, expected costs and prices into states, in place.
    ///
    /// - Parameters:
    ///   - states: `[category]` of the table; those of `categories` have an entry for every arm of the table.
    ///   - arms: positions in the table, in the order of the columns of `cells` and `fit`.
    ///   - cells: `[category][arm]`: rewards.
    ///   - factors: `[arm]` of the table.
    func renew(
        _ states: inout [CategoryState], from table: CellTable, arms: [Int], categories: [Int], cells: [SignalSums],
        factors: [Double], fit: PooledFit?, asOf time: Double
    ) {
        let decay = table.factor(asOf: time)
        expect(.costUSD, .expectedCostUSD, in: &states, from: table, listCostUSD, arms, categories, factor: decay)
        expect(
            .latencyMS, .expectedLatencyMS, in: &states, from: table, guessedLatencyMS, arms, categories, factor: decay)
        let global = pooling == .global
        let rewards = cells.reduce(0) { $0 + ($1.isFinite ? $1.count : 0) }
        let concentration = concentration.value(rewards: rewards, arms: arms.count)
        for category in categories {
            states[category].forgetEvidence()
            states[category].concentration = concentration
        }
        for (column, arm) in arms.enumerated() {
            var (all, allLoss) = (SignalSums(), 0.0)
            if global {
                for (row, category) in categories.enumerated() {
                    all = all + cells[row * arms.count + column]
                    allLoss += table.weightedLoss(category: category, arm: arm, factor: decay)
                }
            }
            for (row, category) in categories.enumerated() {
                let cell = row * arms.count + column
                let mean = fit?.priorMean[cell] ?? priors[arm].mean
                let mass = fit?.priorMass[cell] ?? priors[arm].strength
                states[category][.priorAlpha, arm] = mean * mass
                states[category][.priorBeta, arm] = (1 - mean) * mass
                let loss = global ? allLoss : table.weightedLoss(category: category, arm: arm, factor: decay)
                states[category].setEvidence(global ? all : cells[cell], loss: loss, factor: factors[arm], arm: arm)
            }
        }
        for category in categories {
            states[category].price(arms: arms, rewardPerUSD: rewardPerUSD, rewardPerMS: rewardPerMS)
        }
    }

    /// Expected costs or latencies: the cell's own mean shrunk to the arm's by `costMass` observations, the arm's shrunk to its
    /// guess by one; NaN where neither is known.
    private func expect(
        _ signal: Signal, _ field: CategoryState.Field, in states: inout [CategoryState], from table: CellTable,
        _ guesses: [Double?], _ arms: [Int], _ categories: [Int], factor: Double
    ) {
        func observed(_ category: Int, _ arm: Int) -> SignalSums {
            let own = table.sums(signal, category: category, arm: arm, factor: factor)
            guard let benchmark else { return own }
            return own + benchmark.summary.pseudo(signal, category: category, arm: arm, mass: benchmark.mass)
        }
        for arm in arms {
            var all = SignalSums()
            for category in categories { all = all + observed(category, arm) }
            let guess = arm < guesses.count ? guesses[arm] : nil
            let mean: Double? = guess.map { (all.sum + $0) / (all.count + 1) } ?? all.mean
            for category in categories {
                guard let mean else {
                    states[category][field, arm] = .nan
                    continue
                }
                let cell = pooling == .global ? all : observed(category, arm)
                states[category][field, arm] = (cell.sum + costMass * mean) / (cell.count + costMass)
            }
        }
    }
}

extension CategoryState {
    /// Sets every arm's penalty from its expected cost and latency. An arm of which one is unknown pays as much as the
    /// dearest arm of which it is known, so that not knowing a price is never an advantage.
    package mutating func price(arms: [Int], rewardPerUSD: Double, rewardPerMS: Double) {
        func dearest(_ field: Field) -> Double {
            arms.reduce(0) { self[field, $1].isNaN ? $0 : Swift.max($0, self[field, $1]) }
        }
        let (cost, latency) = (dearest(.expectedCostUSD), dearest(.expectedLatencyMS))
        for arm in arms {
            let own = (self[.expectedCostUSD, arm], self[.expectedLatencyMS, arm])
            self[.penalty, arm] =
                rewardPerUSD * (own.0.isNaN ? cost : own.0) + rewardPerMS * (own.1.isNaN ? latency : own.1)
        }
    }
}
