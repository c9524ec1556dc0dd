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

    /// Milliseconds with three decimals.
    package static func milliseconds(_ nanoseconds: Int64) -> String {
        decimal(UInt64(max(0, nanoseconds)) / 1000, decimals: 3, isNegative: false)
    }

    /// US dollars, exact: nine decimals without trailing zeros.
    package static func usd(_ amount: NanoDollars) -> String {
        var rest = UInt64(amount.magnitude)
        var decimals = 9
        while decimals > 0, rest % 10 == 0 {
            rest /= 10
            decimals -= 1
        }
        return decimal(rest, decimals: decimals, isNegative: amount < 0)
    }

    /// A number of so many units of the last decimal, in the string's own bytes: made of pieces it costs four strings.
    private static func decimal(_ units: UInt64, decimals: Int, isNegative: Bool) -> String {
        var rest = units
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var at = 24
            var digits = 0
            while digits <= decimals || rest > 0 {
                if digits == decimals, decimals > 0 {
                    at -= 1
                    buffer[at] = UInt8(ascii: ".")
                }
                at -= 1
                buffer[at] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
                digits += 1
            }
            if isNegative {
                at -= 1
                buffer[at] = UInt8(ascii: "-")
            }
            for index in at..<24 { buffer[index - at] = buffer[index] }
            return 24 - at
        }
    }
}
