import BanditCore

/// What each arm is worth in each category under the present conditions: the yardstick of regret.
struct ExpectedUtilities: Sendable {
    private let arms: Int
    private let rewardPerUSD: Double
    private let rewardPerMS: Double
    /// `[category][arm]`; NaN where unknown.
    private var values: [Double]
    /// `[category]`: over the arms that serve.
    private var best: [Double]

    init(categories: Int, arms: Int, rewardPerUSD: Double, rewardPerMS: Double) {
        self.arms = arms
        self.rewardPerUSD = rewardPerUSD
        self.rewardPerMS = rewardPerMS
        values = [Double](repeating: .nan, count: categories * arms)
        best = [Double](repeating: .nan, count: categories)
    }

    /// reward − priced cost − priced latency; a quantity without a price does not matter, and may be unknown.
    @inline(__always)
    func utility(_ outcome: ArmOutcome) -> Double {
        var utility = outcome.reward
        if rewardPerUSD > 0 { utility -= rewardPerUSD * outcome.costUSD }
        if rewardPerMS > 0 { utility -= rewardPerMS * outcome.latencyMS }
        return utility
    }

    mutating func renew(category: Int, round: Int, world: some SimulatedWorld, present: ArmSet) {
        for arm in 0..<arms {
            values[category * arms + arm] = utility(world.expectation(category: category, arm: arm, round: round))
        }
        best[category] = greatest(category, among: present)
    }

    /// NaN where some arm's value is unknown.
    func greatest(_ category: Int, among arms: ArmSet) -> Double {
        var greatest = -Double.infinity
        for arm in arms {
            let value = values[category * self.arms + arm]
            if value.isNaN { return .nan }
            greatest = max(greatest, value)
        }
        return greatest
    }

    @inline(__always)
    func regret(category: Int, arm: Int, eligible: ArmSet, present: ArmSet) -> Double {
        let greatest = eligible == present ? best[category] : greatest(category, among: eligible)
        return greatest - values[category * arms + arm]
    }
}
