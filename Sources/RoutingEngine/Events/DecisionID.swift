/// Identifies one decision: a UUID of version 7 (RFC 9562), so that ids sort by the time they were made.
package struct DecisionID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The first eight bytes: 48 bits of milliseconds since the epoch, the version, 12 bits of the microseconds within.
    package let high: UInt64
    /// The last eight bytes: the variant and 62 random bits.
    package let low: UInt64

    /// Makes an id for an instant.
    ///
    /// - Parameters:
    ///   - time: microseconds since the epoch.
    ///   - random: 64 random bits, of which 62 are kept.
    package init(time: Timestamp, random: UInt64) {
        let milliseconds = UInt64(max(0, time / 1000))
        // 0 ... 3996: fits the 12 bits that RFC 9562 leaves to what is below the millisecond.
        let within = UInt64(max(0, time % 1000)) << 2
        high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (within & 0x0FFF)
        low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the canonical text form, in either case; nil for anything that is no UUID.
    package init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                position += 1
                continue
            }
            let value: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = UInt64(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = UInt64(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
            guard digits < 32 else { return nil }
            if digits < 16 { high = high << 4 | value } else { low = low << 4 | value }
            digits += 1
            position += 1
        }
        guard digits == 32, position == 36 else { return nil }
        self.high = high
        self.low = low
    }

    /// The instant the id was made for, microseconds since the epoch (to 250 ns below the millisecond).
    package var time: Timestamp { Timestamp(high >> 16) * 1000 + Timestamp((high & 0x0FFF) >> 2) }

    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            Self.write(high, digits: 0..<8, to: buffer, at: 0)
            Self.write(high, digits: 8..<12, to: buffer, at: 9)
            Self.write(high, digits: 12..<16, to: buffer, at: 14)
            Self.write(low, digits: 0..<4, to: buffer, at: 19)
            Self.write(low, digits: 4..<16, to: buffer, at: 24)
            buffer[8] = UInt8(ascii: "-")
            buffer[13] = UInt8(ascii: "-")
            buffer[18] = UInt8(ascii: "-")
            buffer[23] = UInt8(ascii: "-")
            return 36
        }
    }

    /// The text form without its hyphens.
    package var digits: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            Self.write(high, digits: 0..<16, to: buffer, at: 0)
            Self.write(low, digits: 0..<16, to: buffer, at: 16)
            return 32
        }
    }

    @inline(__always)
    private static func write(
        _ word: UInt64, digits: Range<Int>, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        for digit in digits {
            let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit * 4)) & 15
            buffer[start + digit - digits.lowerBound] = value + (value < 10 ? 0x30 : 0x61 - 10)
        }
    }

    /// The last bytes are random already: more need not be mixed. Whoever makes ids of their own choice gains a slower look-up of their
    /// own requests, of which a table holds a bounded number.
    package func hash(into hasher: inout Hasher) { hasher.combine(low) }

    package static func < (left: DecisionID, right: DecisionID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
