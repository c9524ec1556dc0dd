/// Microseconds since 1970-01-01T00:00:00Z, the unit of every instant in events, the store and the learner.
package typealias Timestamp = Int64

/// Money inside the router: billionths of a US dollar. An unknown cost is nil, never 0.
package typealias NanoDollars = Int64

extension NanoDollars {
    /// The amount in US dollars.
    package var usd: Double { Double(self) / 1e9 }

    /// A billion dollars: no amount from outside is taken to be more, so that several of them can be added.
    package static var most: NanoDollars { 1_000_000_000_000_000_000 }

    /// The nearest amount to `usd` dollars, within ±``most``; nil where it is not a number.
    package init?(usd: Double) {
        guard usd.isFinite else { return nil }
        self = Swift.max(-Self.most, Swift.min(Self.most, NanoDollars(saturating: (usd * 1e9).rounded())))
    }

    /// The sum, saturating.
    package func adding(_ other: NanoDollars) -> NanoDollars {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}

/// Division that rounds towards minus infinity; `divisor` > 0.
package func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-(value + 1)) / divisor) - 1
}
