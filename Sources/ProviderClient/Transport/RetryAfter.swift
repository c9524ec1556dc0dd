import WireFormats

/// Reads how long a provider asks to be left alone.
package enum RetryAfter {
    /// How long to wait, microseconds; nil where the text says no time, and for a time that has passed.
    ///
    /// Seconds, whole or not; durations as they stand in `x-ratelimit-reset-*` (`20ms`, `7.66s`, `6m0s`); seconds or milliseconds since 1970,
    /// told from seconds to wait by their size; the three dates of HTTP (RFC 9110, 5.6.7); RFC 3339. At most a day.
    ///
    /// - Parameter now: microseconds since 1970.
    package static func microseconds(_ text: String?, now: Int64) -> Int64? {
        guard let text else { return nil }
        let trimmed = String(
            text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        if let number = Double(trimmed), number.isFinite, number >= 0 {
            if number >= 1e12 { return remaining(until: number * 1e3, now: now) }
            if number >= 1e9 { return remaining(until: number * 1e6, now: now) }
            return bounded(number * 1e6)
        }
        if let length = duration(trimmed) { return bounded(length) }
        guard let date = httpDate(trimmed) ?? RFC3339.microseconds(trimmed) else { return nil }
        return remaining(until: Double(date), now: now)
    }

    private static let longest: Double = 86_400e6

    private static func bounded(_ microseconds: Double) -> Int64 { Int64(saturating: min(microseconds, longest)) }

    private static func remaining(until instant: Double, now: Int64) -> Int64? {
        let left = instant - Double(now)
        return left > 0 ? bounded(left) : nil
    }

    /// `1h2m3.5s`, `20ms`: numbers, each with its unit, in microseconds.
    private static func duration(_ text: String) -> Double? {
        var rest = text[...]
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits) else { return nil }
            switch unit {
            case "d": sum += number * 86_400e6
            case "h": sum += number * 3_600e6
            case "m": sum += number * 60e6
            case "s": sum += number * 1e6
            case "ms": sum += number * 1e3
            case "us", "µs", "μs": sum += number
            case "ns": sum += number / 1e3
            default: return nil
            }
        }
        return sum
    }

    /// A date in any of the forms that RFC 9110 wants read, as microseconds since 1970:
    ///
    ///     Sun, 06 Nov 1994 08:49:37 GMT
    ///     Sunday, 06-Nov-94 08:49:37 GMT
    ///     Sun Nov  6 08:49:37 1994
    package static func httpDate(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        switch parts.count {
        case 6 where isGMT(parts[5]): return instant(parts[1], parts[2], parts[3], parts[4])
        case 5: return instant(parts[2], parts[1], parts[4], parts[3])
        case 4 where isGMT(parts[3]):
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, date[2].count == 2, let year = Int(date[2]) else { return nil }
            // Dates of this form are of this time: a wait does not reach back into the last century.
            return instant(date[0], date[1], year < 70 ? "20\(date[2])" : "19\(date[2])", parts[2])
        default: return nil
        }
    }

    private static func isGMT(_ zone: Substring) -> Bool { zone == "GMT" || zone == "UTC" }

    private static func instant(
        _ day: Substring, _ month: Substring, _ year: Substring, _ time: Substring
    ) -> Int64? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard let index = months.firstIndex(of: String(month)), day.count <= 2, year.count == 4 else { return nil }
        let number = index + 1 < 10 ? "0\(index + 1)" : "\(index + 1)"
        return RFC3339.microseconds("\(year)-\(number)-\(day.count == 1 ? "0" : "")\(day)T\(time)Z")
    }
}

/// The headers by which providers say when they may be asked again.
enum RetryHints {
    /// What a refusal says of it, in the words of ``RetryAfter``; nil where it says nothing.
    ///
    /// - Parameters:
    ///   - status: of the refusal; when a limit is full again is of interest only where it is what was met (429).
    ///   - header: the value of a header, nil where it is not there.
    static func text(status: Int, now: Int64, header: (String) -> String?) -> String? {
        guard status >= 400 else { return nil }
        if let milliseconds = header("retry-after-ms"), let number = Double(milliseconds), number.isFinite, number >= 0
        {
            return "\(number)ms"
        }
        if let text = header("retry-after"), RetryAfter.microseconds(text, now: now) != nil { return text }
        guard status == 429 else { return nil }
        let limits = resets.compactMap { (reset, remaining) -> (text: String, wait: Int64, isSpent: Bool)? in
            guard let text = header(reset), let wait = RetryAfter.microseconds(text, now: now) else { return nil }
            return (text, wait, header(remaining) == "0")
        }
        // The one that was met, where it is told; never too early.
        let spent = limits.filter(\.isSpent)
        return (spent.isEmpty ? limits : spent).max { $0.wait < $1.wait }?.text
    }

    /// When a limit is full again, and what is left of it.
    private static let resets = [
        ("x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"),
        ("x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"),
        ("x-ratelimit-reset-input-tokens", "x-ratelimit-remaining-input-tokens"),
        ("x-ratelimit-reset-output-tokens", "x-ratelimit-remaining-output-tokens"),
        ("x-ratelimit-reset", "x-ratelimit-remaining"),
        ("anthropic-ratelimit-requests-reset", "anthropic-ratelimit-requests-remaining"),
        ("anthropic-ratelimit-input-tokens-reset", "anthropic-ratelimit-input-tokens-remaining"),
        ("anthropic-ratelimit-output-tokens-reset", "anthropic-ratelimit-output-tokens-remaining"),
        ("anthropic-ratelimit-tokens-reset", "anthropic-ratelimit-tokens-remaining"),
    ]
}
