/// What the world and the learner had come to after a number of rounds.
package struct Checkpoint: Sendable, Equatable, Codable {
    /// Rounds done.
    package var round: Int
    package var cumulativeReward: Double
    /// USD; nil where costs are unknown.
    package var cumulativeCostUSD: Double?
    package var cumulativeUtility: Double?
    package var cumulativeRegret: Double?
    /// Reward per USD that the budget's price stands at; nil without a budget.
    package var shadowPrice: Double?
}

/// One replication of one policy.
package struct RunResult: Sendable, Equatable, Codable {
    /// Position in the scenario's list.
    package var policy: Int
    package var replication: Int
    package var rounds: Int
    package var meanReward: Double
    package var meanRewardLastQuarter: Double
    /// nil where the cost of some round is unknown.
    package var meanCostUSD: Double?
    package var meanUtility: Double?
    /// Against the best arm of the round's category in expected utility; nil where utilities are unknown.
    package var cumulativeRegret: Double?
    /// A round, against the best arm of that very prompt; nil where worlds have no prompts.
    package var regretPerPrompt: Double?
    /// `[arm]`: share of the rounds.
    package var armShares: [Double]
    package var checkpoints: [Checkpoint]
    /// `[bin][category][arm]`: choices in each stretch of the run.
    package var choices: [Int]
}
