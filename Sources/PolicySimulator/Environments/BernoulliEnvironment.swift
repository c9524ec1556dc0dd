/// Rewards 0 or 1 with a mean a cell: the textbook world.
package struct BernoulliEnvironment: Environment {
    package let categories: [String]
    package let arms: [String]
    /// Share of each category in the traffic, relative; > 0 somewhere.
    package let weights: [Double]
    package let means: CellMeans
    package let costSpread: Double
    package let latencySpread: Double

    package init(
        categories: [String], arms: [String], weights: [Double]? = nil, means: CellMeans, costSpread: Double = 0,
        latencySpread: Double = 0
    ) {
        precondition(means.reward.count == categories.count * arms.count, "a mean a cell")
        self.categories = categories
        self.arms = arms
        self.weights = weights ?? categories.map { _ in 1 }
        self.means = means
        self.costSpread = costSpread
        self.latencySpread = latencySpread
    }

    package var passLength: Int? { nil }

    package func world(random: CounterRandom, replication: Int) -> World {
        World(
            cells: CellWorld(
                arms: arms.count, random: random, weights: weights, means: means, costSpread: costSpread,
                latencySpread: latencySpread))
    }

    package struct World: CellBasedWorld {
        package var cells: CellWorld

        package var drifts: Bool { false }

        private func mean(_ category: Int, _ arm: Int) -> Double {
            min(1, cells.means.reward[category * cells.arms + arm] * cells.conditions[arm].scoreFactor)
        }

        package func outcome(_ query: Query, arm: Int, round: Int) -> ArmOutcome {
            let success = cells.random.uniform(.outcome, round: round, arm: arm) < mean(query.category, arm)
            return ArmOutcome(
                reward: success ? 1 : 0, costUSD: cells.cost(category: query.category, arm: arm, round: round),
                latencyMS: cells.latency(category: query.category, arm: arm, round: round))
        }

        package func expectation(category: Int, arm: Int, round: Int) -> ArmOutcome {
            cells.expectation(reward: mean(category, arm), category: category, arm: arm)
        }
    }
}
