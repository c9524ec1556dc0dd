import RealModule

/// An interval of values.
package struct Interval: Sendable, Equatable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// value ± z·SE.
    package static func normal(value: Double, standardError: Double, confidence: Double) -> Interval {
        let half = NormalQuantile.value(0.5 + confidence / 2) * standardError
        return Interval(low: value - half, high: value + half)
    }

    /// Maurer and Pontil 2009 (Theorem 4, two-sided) for the mean of n numbers in an interval of length `range`, cut to [0, 1]:
    /// value ± [√(2 s² ln(4/α)/n) + 7·range·ln(4/α)/(3(n − 1))], s² = n·SE².
    package static func empiricalBernstein(
        value: Double, standardError: Double, count: Int, range: Double, confidence: Double,
        cut: ClosedRange<Double> = 0...1
    ) -> Interval {
        let term = Double.log(4 / (1 - confidence))
        let half = standardError * (2 * term).squareRoot() + 7 * range * term / (3 * Double(count - 1))
        return Interval(low: max(cut.lowerBound, value - half), high: min(cut.upperBound, value + half))
    }

    /// Its part within what a value can be; the nearest end where it lies outside.
    package func cut(to range: ClosedRange<Double>) -> Interval {
        Interval(
            low: min(max(low, range.lowerBound), range.upperBound),
            high: min(max(high, range.lowerBound), range.upperBound))
    }

    /// The smallest interval that holds both.
    package func hull(_ other: Interval) -> Interval {
        Interval(low: min(low, other.low), high: max(high, other.high))
    }

    /// Widened by what a shrunken estimator may be off at most.
    package func widened(below: Double, above: Double) -> Interval { Interval(low: low - below, high: high + above) }
}

/// How an interval is made.
package enum IntervalMethod: String, Sendable, CaseIterable {
    case bootstrap
    case normal
    case empiricalBernstein = "empirical-bernstein"
    case anytime
    /// The gamma interval of counts, for rare events.
    case gamma
}
