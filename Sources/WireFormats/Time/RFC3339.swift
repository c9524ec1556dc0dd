/// Times as RFC 3339 writes them, to and from microseconds since the epoch.
package enum RFC3339 {
    /// `2026-01-02T03:04:05.678Z` or with an offset, a space in the place of the `T` included; nil where it is none. More than six
    /// decimals are cut.
    package static func microseconds(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        guard bytes.count >= 20, bytes.count <= 40 else { return nil }
        func number(_ start: Int, _ count: Int) -> Int64? {
            var value: Int64 = 0
            for index in start..<start + count {
                guard index < bytes.count, bytes[index] &- 0x30 < 10 else { return nil }
                value = value * 10 + Int64(bytes[index] - 0x30)
            }
            return value
        }
        guard let year = number(0, 4), bytes[4] == 0x2d, let month = number(5, 2), bytes[7] == 0x2d,
            let day = number(8, 2),
            bytes[10] | 0x20 == 0x74 || bytes[10] == 0x20, let hour = number(11, 2), bytes[13] == 0x3a,
            let minute = number(14, 2),
            bytes[16] == 0x3a,
            let second = number(17, 2), (1...12).contains(month), day >= 1, day <= daysIn(month, year), hour < 24,
            minute < 60,
            second <= 60
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == 0x2e {
            at += 1
            let first = at
            var scale: Int64 = 100_000
            while at < bytes.count, bytes[at] &- 0x30 < 10 {
                fraction += Int64(bytes[at] - 0x30) * scale
                scale /= 10
                at += 1
            }
            guard at > first else { return nil }
        }
        guard at < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[at] | 0x20 == 0x7a {
            guard at + 1 == bytes.count else { return nil }
        } else {
            guard bytes[at] == 0x2b || bytes[at] == 0x2d, at + 6 == bytes.count, let hours = number(at + 1, 2),
                bytes[at + 3] == 0x3a, let minutes = number(at + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[at] == 0x2b ? 60 : -60)
        }
        let days = daysSinceEpoch(year, month, day)
        return (days * 86400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + fraction
    }

    /// As of the text's UTF-8 bytes.
    package static func microseconds(_ text: String) -> Int64? { microseconds(text.utf8) }

    /// With milliseconds and `Z`; what is finer is cut.
    package static func text(microseconds: Int64) -> String { text(microseconds, decimals: 3) }

    /// With microseconds and `Z`: nothing is cut.
    package static func exactText(microseconds: Int64) -> String { text(microseconds, decimals: 6) }

    private static func text(_ microseconds: Int64, decimals: Int) -> String {
        let (seconds, rest) = floorDivide(microseconds, 1_000_000)
        let (days, inDay) = floorDivide(seconds, 86_400)
        let (year, month, day) = civil(days)
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
        }
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(inDay / 3600, 2) + ":"
            + padded(inDay / 60 % 60, 2) + ":" + padded(inDay % 60, 2) + "." + padded(rest, 6).prefix(decimals) + "Z"
    }

    /// Quotient towards minus infinity and a remainder that is not negative, for any value.
    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant's algorithm).
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400).0
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097).0
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
