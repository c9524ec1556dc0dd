/// Adds a run up: constant memory, whatever the horizon.
struct RunRecorder: Sendable {
    private let horizon: Int
    private let arms: Int
    private let categories: Int
    private let lastQuarter: Int
    private let schedule: [Int]
    private let hasPrompts: Bool
    private var next = 0
    private var round = 0
    private var reward = 0.0
    private var lateReward = 0.0
    private var cost = 0.0
    private var utility = 0.0
    private var regret = 0.0
    private var promptRegret = 0.0
    private var armCounts: [Int]
    private var choices: [Int]
    private var checkpoints: [Checkpoint] = []

    init(horizon: Int, categories: Int, arms: Int, hasPrompts: Bool) {
        self.horizon = horizon
        self.arms = arms
        self.categories = categories
        self.hasPrompts = hasPrompts
        lastQuarter = horizon - max(1, horizon / 4)
        schedule = CheckpointSchedule.rounds(horizon: horizon)
        armCounts = [Int](repeating: 0, count: arms)
        choices = [Int](repeating: 0, count: CheckpointSchedule.bins * categories * arms)
        checkpoints.reserveCapacity(schedule.count)
    }

    /// - Parameters:
    ///   - utility: of what happened; NaN where unknown.
    ///   - regret: in expected utility; NaN where unknown.
    ///   - promptRegret: against the best arm of the prompt; NaN where unknown.
    @inline(__always)
    mutating func add(
        category: Int, arm: Int, outcome: ArmOutcome, utility: Double, regret: Double, promptRegret: Double
    ) {
        reward += outcome.reward
        if round >= lastQuarter { lateReward += outcome.reward }
        cost += outcome.costUSD
        self.utility += utility
        self.regret += regret
        self.promptRegret += promptRegret
        armCounts[arm] += 1
        let bin = round * CheckpointSchedule.bins / horizon
        choices[(bin * categories + category) * arms + arm] += 1
        round += 1
    }

    /// Whether curves have a point after the round added last.
    @inline(__always)
    var isAtCheckpoint: Bool { schedule[next] == round }

    /// Adds a point to the curves.
    mutating func mark(shadowPrice: Double?) {
        checkpoints.append(
            Checkpoint(
                round: round, cumulativeReward: reward, cumulativeCostUSD: Self.known(cost),
                cumulativeUtility: Self.known(utility), cumulativeRegret: Self.known(regret), shadowPrice: shadowPrice))
        if next < schedule.count - 1 { next += 1 }
    }

    private static func known(_ value: Double) -> Double? { value.isNaN ? nil : value }

    func result(policy: Int, replication: Int) -> RunResult {
        precondition(round == horizon, "a run is recorded to its end")
        let rounds = Double(horizon)
        return RunResult(
            policy: policy, replication: replication, rounds: horizon, meanReward: reward / rounds,
            meanRewardLastQuarter: lateReward / Double(horizon - lastQuarter), meanCostUSD: Self.known(cost / rounds),
            meanUtility: Self.known(utility / rounds), cumulativeRegret: Self.known(regret),
            regretPerPrompt: hasPrompts ? Self.known(promptRegret / rounds) : nil,
            armShares: armCounts.map { Double($0) / rounds }, checkpoints: checkpoints, choices: choices)
    }
}
