/// Mean and standard error of a few numbers.
package struct MeanEstimate: Sendable, Equatable {
    package var mean: Double
    /// 0 for a single number.
    package var standardError: Double

    /// nil where any number is unknown, or there is none.
    package init?(_ values: [Double?]) {
        let known = values.compactMap { $0 }
        guard known.count == values.count, !known.isEmpty else { return nil }
        let count = Double(known.count)
        let mean = known.reduce(0, +) / count
        let squares = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        standardError = known.count > 1 ? (squares / (count - 1) / count).squareRoot() : 0
    }
}

/// Mean and quantiles of a curve's values at one round.
package struct CurvePoint: Sendable, Equatable {
    package var mean: Double
    package var low: Double
    package var median: Double
    package var high: Double

    /// Probabilities of `low` and `high`.
    package static let quantiles = (low: 0.1, high: 0.9)

    /// nil where any value is unknown.
    init?(_ values: [Double?]) {
        guard let estimate = MeanEstimate(values) else { return nil }
        let sorted = values.compactMap { $0 }.sorted()
        mean = estimate.mean
        low = Self.quantile(Self.quantiles.low, of: sorted)
        median = Self.quantile(0.5, of: sorted)
        high = Self.quantile(Self.quantiles.high, of: sorted)
    }

    /// Linear between order statistics (Hyndman & Fan's type 7).
    static func quantile(_ probability: Double, of sorted: [Double]) -> Double {
        let place = probability * Double(sorted.count - 1)
        let below = Int(saturating: place.rounded(.down))
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
}
