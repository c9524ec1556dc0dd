import RealModule

/// Rewards normal around a mean a cell, clamped to [0, 1]: graded feedback.
package struct GaussianEnvironment: Environment {
    package let categories: [String]
    package let arms: [String]
    package let weights: [Double]
    /// `reward` is the mean before clamping.
    package let means: CellMeans
    /// Standard deviation before clamping, `[category][arm]`, > 0.
    package let deviations: [Double]
    package let costSpread: Double
    package let latencySpread: Double

    package init(
        categories: [String], arms: [String], weights: [Double]? = nil, means: CellMeans, deviations: [Double],
        costSpread: Double = 0, latencySpread: Double = 0
    ) {
        precondition(means.reward.count == categories.count * arms.count, "a mean a cell")
        precondition(deviations.count == means.reward.count && deviations.allSatisfy { $0 > 0 }, "a deviation a cell")
        self.categories = categories
        self.arms = arms
        self.weights = weights ?? categories.map { _ in 1 }
        self.means = means
        self.deviations = deviations
        self.costSpread = costSpread
        self.latencySpread = latencySpread
    }

    package var passLength: Int? { nil }

    package func world(random: CounterRandom, replication: Int) -> World {
        World(
            cells: CellWorld(
                arms: arms.count, random: random, weights: weights, means: means, costSpread: costSpread,
                latencySpread: latencySpread),
            deviations: deviations)
    }

    /// E[min(1, max(0, X))] for X normal.
    static func clampedMean(_ mean: Double, deviation: Double) -> Double {
        func below(_ z: Double) -> Double { 0.5 * Double.erfc(-z / 2.0.squareRoot()) }
        func density(_ z: Double) -> Double { Double.exp(-0.5 * z * z) / (2 * Double.pi).squareRoot() }
        let low = -mean / deviation
        let high = (1 - mean) / deviation
        return mean * (below(high) - below(low)) + deviation * (density(low) - density(high)) + 1 - below(high)
    }

    package struct World: CellBasedWorld {
        package var cells: CellWorld
        let deviations: [Double]

        package var drifts: Bool { false }

        package func outcome(_ query: Query, arm: Int, round: Int) -> ArmOutcome {
            let cell = query.category * cells.arms + arm
            let mean = cells.means.reward[cell] * cells.conditions[arm].scoreFactor
            let reward = mean + deviations[cell] * cells.random.normal(.outcome, round: round, arm: arm)
            return ArmOutcome(
                reward: min(1, max(0, reward)), costUSD: cells.cost(category: query.category, arm: arm, round: round),
                latencyMS: cells.latency(category: query.category, arm: arm, round: round))
        }

        package func expectation(category: Int, arm: Int, round: Int) -> ArmOutcome {
            let cell = category * cells.arms + arm
            let mean = cells.means.reward[cell] * cells.conditions[arm].scoreFactor
            return cells.expectation(
                reward: GaussianEnvironment.clampedMean(mean, deviation: deviations[cell]), category: category, arm: arm
            )
        }
    }
}
