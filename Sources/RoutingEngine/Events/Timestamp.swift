/// Microseconds since 1970-01-01T00:00:00Z, the unit of every instant in events, the store and the learner.
package typealias Timestamp = Int64

/// Money inside the router: billionths of a US dollar. An unknown cost is nil, never 0.
package typealias NanoDollars = Int64

extension NanoDollars {
    /// The amount in US dollars.
    package var usd: Double { Double(self) / 1e9 }

    /// The nearest amount to `usd` dollars, saturating; nil where it is not a number.
    package init?(usd: Double) {
        guard usd.isFinite else { return nil }
        self = Int64(exactly: (usd * 1e9).rounded()) ?? (usd < 0 ? .min : .max)
    }

    /// The sum, saturating.
    package func adding(_ other: NanoDollars) -> NanoDollars {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}
