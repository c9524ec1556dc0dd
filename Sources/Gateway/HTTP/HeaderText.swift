import Glibc
package import RoutingEngine

/// Values of headers.
package enum HeaderText {
    /// The text with everything a header cannot hold percent-encoded.
    package static func visible(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return text }
        return text.utf8.map { byte in
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    /// The text with control characters and everything beyond ASCII percent-encoded; spaces may stay.
    static func printable(_ text: String) -> String {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text : visible(text)
    }

    /// Milliseconds with three decimals.
    package static func milliseconds(_ nanoseconds: Int64) -> String {
        let micros = max(0, nanoseconds) / 1000
        return String(micros / 1000) + "." + padded(UInt64(micros % 1000), digits: 3)
    }

    /// A number below 10 to the power `digits`, with zeros in front.
    private static func padded(_ number: UInt64, digits: Int) -> String {
        let text = String(number)
        let zeros: StaticString = "000000000"
        guard text.utf8.count < digits else { return text }
        return String(zeros.description.prefix(digits - text.utf8.count)) + text
    }

    /// US dollars, exact: nine decimals without trailing zeros.
    package static func usd(_ amount: NanoDollars) -> String {
        let magnitude = UInt64(amount.magnitude)
        let whole = (amount < 0 ? "-" : "") + String(magnitude / 1_000_000_000)
        var fraction = magnitude % 1_000_000_000
        guard fraction > 0 else { return whole }
        var digits = 9
        while fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        return whole + "." + padded(fraction, digits: digits)
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
