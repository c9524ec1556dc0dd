/// How much of its limits a caller has left, as `x-ratelimit-*` headers tell it: OpenAI's names, so that its SDKs and their users
/// know them.
package struct RateLimitStatus: Sendable, Equatable {
    /// One bucket: what it holds at the most, what is left, and how long until it is full again.
    package struct Bucket: Sendable, Equatable {
        package var limit: Int
        /// Never below 0, though a bucket of tokens may be overdrawn.
        package var remaining: Int
        package var resetSeconds: Double

        package init(limit: Int, remaining: Int, resetSeconds: Double) {
            self.limit = limit
            self.remaining = remaining
            self.resetSeconds = resetSeconds
        }
    }

    package var requests: Bucket?
    package var tokens: Bucket?

    package init(requests: Bucket? = nil, tokens: Bucket? = nil) {
        self.requests = requests
        self.tokens = tokens
    }

    /// Of two limits that both apply, the one that will refuse first.
    func stricter(_ other: RateLimitStatus) -> RateLimitStatus {
        func least(_ one: Bucket?, _ two: Bucket?) -> Bucket? {
            guard let one, let two else { return one ?? two }
            return two.remaining < one.remaining ? two : one
        }
        return RateLimitStatus(requests: least(requests, other.requests), tokens: least(tokens, other.tokens))
    }

    /// Names in lower case and values, in a fixed order.
    package var fields: [(name: String, value: String)] {
        var fields: [(String, String)] = []
        for (bucket, what) in [(requests, "requests"), (tokens, "tokens")] {
            guard let bucket else { continue }
            fields.append(("x-ratelimit-limit-" + what, String(bucket.limit)))
            fields.append(("x-ratelimit-remaining-" + what, String(bucket.remaining)))
            fields.append(("x-ratelimit-reset-" + what, Self.duration(bucket.resetSeconds)))
        }
        return fields
    }

    /// Go's notation, as OpenAI writes it: `0s`, `20ms`, `1.5s`, `6m0s`, `1h0m30s`; rounded up to milliseconds.
    package static func duration(_ seconds: Double) -> String {
        let milliseconds = Int(saturating: (max(0, min(seconds, 1e9)) * 1000).rounded(.up))
        if milliseconds == 0 { return "0s" }
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        var tail = String(rest / 1000)
        if rest % 1000 != 0 {
            var fraction = String(rest % 1000 + 1000).dropFirst()
            while fraction.last == "0" { fraction = fraction.dropLast() }
            tail += "." + fraction
        }
        if minutes == 0 { return tail + "s" }
        return (minutes < 60 ? "\(minutes)m" : "\(minutes / 60)h\(minutes % 60)m") + tail + "s"
    }
}
