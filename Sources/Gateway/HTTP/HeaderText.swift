import Glibc
package import RoutingEngine

/// Values of headers.
enum HeaderText {
    /// The text with everything a header cannot hold percent-encoded.
    static func visible(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return text }
        return text.utf8.map { byte in
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    /// Milliseconds with three decimals.
    static func milliseconds(_ nanoseconds: Int64) -> String {
        let micros = max(0, nanoseconds) / 1000
        let fraction = String(micros % 1000)
        return String(micros / 1000) + "." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    /// US dollars, exact: nine decimals without trailing zeros.
    static func usd(_ amount: NanoDollars) -> String {
        let magnitude = amount.magnitude
        var fraction = String(magnitude % 1_000_000_000)
        fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let whole = (amount < 0 ? "-" : "") + String(magnitude / 1_000_000_000)
        return fraction.isEmpty ? whole : whole + "." + fraction
    }
}

/// The clock that durations are measured with.
enum MonotonicTime {
    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The wall clock, in the router's unit.
package enum WallClock {
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(time.tv_sec) * 1_000_000 + Timestamp(time.tv_nsec) / 1000
    }
}
