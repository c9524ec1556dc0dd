/// How the values a log calls rewards become rewards in [0, 1], more being better (`--reward-scale`, `--reward-sign`).
package struct RewardScale: Sendable, Equatable {
    /// The values that stand for 0 and for 1; where less is better, the lowest value stands for 1.
    package let lowest: Double
    package let highest: Double
    /// Whether the values are costs.
    package let isLessBetter: Bool

    /// Rewards as they are.
    package static let identity = RewardScale(lowest: 0, highest: 1)

    /// `lowest < highest`, both finite.
    package init(lowest: Double, highest: Double, isLessBetter: Bool = false) {
        precondition(lowest < highest && lowest.isFinite && highest.isFinite, "a scale has two ends")
        self.lowest = lowest
        self.highest = highest
        self.isLessBetter = isLessBetter
    }

    /// The reward of a value; NaN stands for absent.
    package func reward(_ value: Double) throws(RowFault) -> Double {
        if self == .identity {
            try RowRules.check(reward: value)
            return value
        }
        if value < lowest || value > highest {
            throw RowFault(
                field: "reward", .range, reason: "\(value) is outside the scale from \(lowest) to \(highest)")
        }
        // A negative zero would be printed as one.
        return (isLessBetter ? highest - value : value - lowest) / (highest - lowest) + 0
    }
}
