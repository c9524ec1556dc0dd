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
        let costs = expectations(
            .costUSD, of: table, guesses: listCostUSD, arms: arms, categories: categories, asOf: time)
        let latencies = expectations(
            .latencyMS, of: table, guesses: guessedLatencyMS, arms: arms, categories: categories, asOf: time)
        let decay = table.factor(asOf: time)
        var states = [CategoryState](
            repeating: CategoryState(armCount: 0, concentration: concentration), count: table.categoryCount)
        let global = pooling == .global
        let totals = arms.indices.map { column in
            categories.indices.reduce(SignalSums()) { $0 + cells[$1 * arms.count + column] }
        }
        let lossTotals = arms.map { arm in
            categories.reduce(0.0) { $0 + table.weightedLoss(category: $1, arm: arm, factor: decay) }
        }
        for (row, category) in categories.enumerated() {
            var state = CategoryState(armCount: table.armCount, concentration: concentration)
            for (column, arm) in arms.enumerated() {
                let cell = row * arms.count + column
                let mean = fit?.priorMean[cell] ?? priors[arm].mean
                let mass = fit?.priorMass[cell] ?? priors[arm].strength
                state[.priorAlpha, arm] = mean * mass
                state[.priorBeta, arm] = (1 - mean) * mass
                let loss =
                    global ? lossTotals[column] : table.weightedLoss(category: category, arm: arm, factor: decay)
                state.setEvidence(
                    global ? totals[column] : cells[cell], loss: loss, factor: factors[arm], arm: arm)
                state[.expectedCostUSD, arm] = costs[cell]
                state[.expectedLatencyMS, arm] = latencies[cell]
            }
            state.price(arms: arms, rewardPerUSD: rewardPerUSD, rewardPerMS: rewardPerMS)
            states[category] = state
        }
        return PosteriorTable(
            states: states, factors: factors, interactionVariance: fit?.interactionVariance, model: self,
            arms: ArmSet(arms))
    }

    /// `[category][arm]`: expected cost or latency: the cell's own mean shrunk to the arm's by `costMass` observations, the
    /// arm's shrunk to its guess by one; NaN where neither is known.
    private func expectations(
        _ signal: Signal, of table: CellTable, guesses: [Double?], arms: [Int], categories: [Int], asOf time: Double
    ) -> [Double] {
        let factor = table.factor(asOf: time)
        var result = [Double](repeating: .nan, count: arms.count * categories.count)
        for (column, arm) in arms.enumerated() {
            let cells = categories.map { category in
                let own = table.sums(signal, category: category, arm: arm, factor: factor)
                guard let benchmark else { return own }
                return own + benchmark.summary.pseudo(signal, category: category, arm: arm, mass: benchmark.mass)
            }
            let all = cells.reduce(SignalSums(), +)
            let guess = arm < guesses.count ? guesses[arm] : nil
            let mean: Double
            if let guess {
                mean = (all.sum + guess) / (all.count + 1)
            } else if let observed = all.mean {
                mean = observed
            } else {
                continue
            }
            for (row, own) in cells.enumerated() {
                let cell = pooling == .global ? all : own
                result[row * arms.count + column] = (cell.sum + costMass * mean) / (cell.count + costMass)
            }
        }
        return result
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
