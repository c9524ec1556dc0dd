import BanditCore

/// The price of money that keeps a budget: two prices and how often each is used.
///
/// Spend falls in the price, with steps where posteriors are narrow; the mixture of the two prices beside the step meets the
/// budget exactly, and the mixture of their two action distributions is the exact propensity.
package struct ShadowPrices: Sendable, Equatable {
    /// Reward per USD; 0: the budget does not bind.
    package var low: Double
    /// Reward per USD, ≥ `low`.
    package var high: Double
    /// Probability of the low price, in [0, 1].
    package var shareOfLow: Double

    package init(low: Double, high: Double, shareOfLow: Double) {
        self.low = low
        self.high = high
        self.shareOfLow = shareOfLow
    }

    /// Money has no price.
    package static let none = ShadowPrices(low: 0, high: 0, shareOfLow: 1)

    /// What is had of two distributions, of which the second is asked for only where it has a part.
    func mixture(low: () -> ActionDistribution, high: () -> ActionDistribution) -> ActionDistribution {
        if shareOfLow >= 1 || self.low == self.high { return low() }
        if shareOfLow <= 0 { return high() }
        return low().mixed(with: high(), share: shareOfLow)
    }

    /// The mean price, reward per USD.
    package var mean: Double { shareOfLow * low + (1 - shareOfLow) * high }
    /// USD that one point of quality is worth at the mean price; nil where the budget does not bind.
    package var dollarsPerQuality: Double? { mean > 0 ? 1 / mean : nil }
}
