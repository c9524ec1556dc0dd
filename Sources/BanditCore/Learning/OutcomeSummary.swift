/// What an outcome table says of every cell: sums of scores and costs, from which priors are imported.
package struct OutcomeSummary: Sendable, Equatable {
    package let categoryCount: Int
    package let armCount: Int
    private(set) var rewards: [SignalSums]
    private(set) var costs: [SignalSums]
    private(set) var latencies: [SignalSums]
    /// `[category]`: prompts.
    package private(set) var rows: [Double]

    package init(categories: Int, arms: Int) {
        categoryCount = categories
        armCount = arms
        rewards = [SignalSums](repeating: SignalSums(), count: categories * arms)
        costs = rewards
        latencies = rewards
        rows = [Double](repeating: 0, count: categories)
    }

    /// Counts a prompt of a category.
    package mutating func addRow(category: Int) {
        rows[category] += 1
    }

    /// Adds what an arm scored (in [0, 1]), cost (USD) and took (ms) on a prompt of a category; nil where unknown.
    package mutating func add(category: Int, arm: Int, score: Double?, costUSD: Double? = nil, latencyMS: Double? = nil)
    {
        let cell = category * armCount + arm
        Self.add(score.map { Swift.max(0, Swift.min(1, $0)) }, to: &rewards[cell])
        Self.add(costUSD, to: &costs[cell])
        Self.add(latencyMS, to: &latencies[cell])
    }

    /// Adds what was measured of an arm on several prompts of a category: scores in [0, 1], costs (USD), latencies (ms).
    package mutating func add(
        category: Int, arm: Int, rewards: SignalSums, costsUSD: SignalSums = SignalSums(),
        latenciesMS: SignalSums = SignalSums()
    ) {
        let cell = category * armCount + arm
        self.rewards[cell] = self.rewards[cell] + rewards
        costs[cell] = costs[cell] + costsUSD
        latencies[cell] = latencies[cell] + latenciesMS
    }

    private static func add(_ value: Double?, to sums: inout SignalSums) {
        guard let value, value.isFinite else { return }
        sums = sums + SignalSums(count: 1, sum: value, sumSquares: value * value)
    }

    /// A cell's rewards as pseudo-observations: its mean and mean square, worth min(mass, rows).
    package func reward(category: Int, arm: Int, mass: Double) -> SignalSums {
        Self.pseudo(rewards[category * armCount + arm], mass: mass)
    }

    /// A cell's costs (USD) or latencies (ms) as pseudo-observations, worth min(mass, rows); nothing for other signals.
    func pseudo(_ signal: Signal, category: Int, arm: Int, mass: Double) -> SignalSums {
        guard category < categoryCount, arm < armCount else { return SignalSums() }
        let cell = category * armCount + arm
        switch signal {
        case .costUSD: return Self.pseudo(costs[cell], mass: mass)
        case .latencyMS: return Self.pseudo(latencies[cell], mass: mass)
        default: return SignalSums()
        }
    }

    static func pseudo(_ sums: SignalSums, mass: Double) -> SignalSums {
        guard sums.count > 0 else { return SignalSums() }
        return sums.scaled(by: Swift.min(mass, sums.count) / sums.count)
    }
}

extension CellTable {
    /// Enters a benchmark as pseudo-observations made at `time`: min(mass, rows) a cell of reward, cost and latency, and the
    /// categories' share of the traffic.
    package mutating func addPrior(_ summary: OutcomeSummary, mass: Double, time: Double = 0) {
        precondition(
            summary.categoryCount == categoryCount && summary.armCount == armCount,
            "a benchmark needs the table's categories and arms")
        precondition(mass > 0 && mass.isFinite, "a prior's mass must be positive")
        let total = summary.rows.reduce(0, +)
        for category in 0..<categoryCount {
            for arm in 0..<armCount {
                let cell = category * armCount + arm
                for (signal, sums) in [
                    (Signal.reward, summary.rewards[cell]), (.costUSD, summary.costs[cell]),
                    (.latencyMS, summary.latencies[cell]),
                ] {
                    add(
                        signal, category: category, arm: arm, sums: OutcomeSummary.pseudo(sums, mass: mass), time: time)
                }
            }
            let rows = summary.rows[category]
            if rows > 0 {
                addDecisions(
                    Swift.min(mass, rows) * rows / total * Double(categoryCount), category: category, time: time)
            }
        }
    }
}
