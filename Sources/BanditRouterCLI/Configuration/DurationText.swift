package import RoutingEngine

/// Durations as configuration files write them: a whole number and a unit, `500ms 2s 5m 1h 14d`.
package enum DurationText {
    /// What may be written, for error messages.
    package static let form = "a whole number with a unit, as in 500ms, 2s, 5m, 1h or 14d"

    /// Longest first; in microseconds.
    private static let units: [(name: String, microseconds: Timestamp)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000),
    ]

    /// The duration in microseconds; nil where the text is none or too long for 64 bits.
    package static func microseconds(_ text: String) -> Timestamp? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let count = Timestamp(digits) else { return nil }
        let unit = text.dropFirst(digits.count)
        guard let scale = units.first(where: { $0.name == unit })?.microseconds else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: scale)
        return overflow ? nil : product
    }

    /// The shortest text that reads back as the same duration, which must be whole milliseconds and not negative.
    package static func text(microseconds: Timestamp) -> String {
        precondition(microseconds >= 0 && microseconds % 1_000 == 0, "not whole milliseconds")
        guard microseconds > 0 else { return "0s" }
        for unit in units where microseconds % unit.microseconds == 0 {
            return "\(microseconds / unit.microseconds)\(unit.name)"
        }
        preconditionFailure("milliseconds divide everything that is whole milliseconds")
    }
}

extension Duration {
    /// Exact for whole microseconds up to ±292,000 years.
    package init(microseconds: Timestamp) { self = .microseconds(microseconds) }

    /// Whole microseconds, rounded towards zero.
    package var wholeMicroseconds: Timestamp {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
