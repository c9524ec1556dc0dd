/// A world that gives in every cell what the users of a router gave there: rewards drawn from those that a decision log shows.
///
/// ``LogFit`` makes it of a log.
package struct LoggedEnvironment: Environment {
    package let categories: [String]
    package let arms: [String]
    /// Share of each category in the traffic, relative.
    package let weights: [Double]
    /// Means of cost and latency; those of `reward` are of the distributions beside it.
    package let means: CellMeans
    package let rewards: RewardDistributions
    package let costSpread: Double
    package let latencySpread: Double

    /// The distribution of rewards in every cell over the values that occur.
    package struct RewardDistributions: Sendable, Equatable {
        /// In [0, 1], ascending.
        package let values: [Double]
        /// `[category][arm][value]`: P(reward ≤ value); the last of each cell is 1.
        package let cumulative: [Double]

        /// - Precondition: a probability for every cell and value; those of a cell sum to 1.
        package init(values: [Double], probabilities: [Double]) {
            precondition(!values.isEmpty && probabilities.count % values.count == 0, "a probability a value")
            self.values = values
            var sums = probabilities
            for first in stride(from: 0, to: sums.count, by: values.count) {
                for value in first + 1..<first + values.count { sums[value] += sums[value - 1] }
                sums[first + values.count - 1] = 1
            }
            cumulative = sums
        }

        /// The value at a quantile in [0, 1).
        @inline(__always)
        func value(cell: Int, at quantile: Double) -> Double {
            let first = cell * values.count
            for value in 0..<values.count - 1 where quantile < cumulative[first + value] { return values[value] }
            return values[values.count - 1]
        }

        /// Mean of min(1, factor · reward).
        package func mean(cell: Int, factor: Double = 1) -> Double {
            var (mean, before) = (0.0, 0.0)
            for value in values.indices {
                let sum = cumulative[cell * values.count + value]
                mean += (sum - before) * min(1, factor * values[value])
                before = sum
            }
            return mean
        }
    }

    package init(
        categories: [String], arms: [String], weights: [Double], means: CellMeans, rewards: RewardDistributions,
        costSpread: Double, latencySpread: Double
    ) {
        precondition(means.reward.count == categories.count * arms.count, "a mean a cell")
        precondition(rewards.cumulative.count == means.reward.count * rewards.values.count, "a distribution a cell")
        self.categories = categories
        self.arms = arms
        self.weights = weights
        self.means = means
        self.rewards = rewards
        self.costSpread = costSpread
        self.latencySpread = latencySpread
    }

    package var passLength: Int? { nil }

    package func world(random: CounterRandom, replication: Int) -> World {
        World(
            cells: CellWorld(
                arms: arms.count, random: random, weights: weights, means: means, costSpread: costSpread,
                latencySpread: latencySpread),
            rewards: rewards)
    }

    package struct World: CellBasedWorld {
        package var cells: CellWorld
        let rewards: RewardDistributions

        package var drifts: Bool { false }

        package func outcome(_ query: Query, arm: Int, round: Int) -> ArmOutcome {
            let drawn = rewards.value(
                cell: query.category * cells.arms + arm,
                at: cells.random.uniform(.outcome, round: round, arm: arm))
            return ArmOutcome(
                reward: min(1, drawn * cells.conditions[arm].scoreFactor),
                costUSD: cells.cost(category: query.category, arm: arm, round: round),
                latencyMS: cells.latency(category: query.category, arm: arm, round: round))
        }

        package func expectation(category: Int, arm: Int, round: Int) -> ArmOutcome {
            let factor = cells.conditions[arm].scoreFactor
            return cells.expectation(
                reward: rewards.mean(cell: category * cells.arms + arm, factor: factor), category: category, arm: arm)
        }
    }
}
