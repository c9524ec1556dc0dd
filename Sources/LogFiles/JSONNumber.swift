import Foundation

/// Numbers as JSON spells them, to the nearest double.
enum JSONNumber {
    /// Powers of five that fit 64 bits; 10^k = 5^k·2^k.
    private static let powersOfFive: [UInt64] = {
        var powers: [UInt64] = [1]
        for _ in 1...27 { powers.append(powers.last! * 5) }
        return powers
    }()
    private static let exactPowersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The number at `start` and where it ends; nil where the text is no JSON number. Infinite when it is too large.
    static func parse(_ base: UnsafePointer<UInt8>, from start: Int, to limit: Int) -> (value: Double, end: Int)? {
        var at = start
        var isNegative = false
        if at < limit, base[at] == 0x2d {
            isNegative = true
            at += 1
        }
        var mantissa: UInt64 = 0
        var digits = 0  // significant ones
        var exponent = 0
        let whole = at
        while at < limit, base[at] &- 0x30 < 10 {
            if digits < 19 {
                mantissa = mantissa &* 10 &+ UInt64(base[at] &- 0x30)
                if mantissa != 0 { digits += 1 }
            } else {
                digits += 1
                exponent += 1
            }
            at += 1
        }
        guard at > whole, base[whole] != 0x30 || at == whole + 1 else { return nil }
        if at < limit, base[at] == 0x2e {
            at += 1
            let fraction = at
            while at < limit, base[at] &- 0x30 < 10 {
                if digits < 19 {
                    mantissa = mantissa &* 10 &+ UInt64(base[at] &- 0x30)
                    if mantissa != 0 { digits += 1 }
                    exponent -= 1
                } else {
                    digits += 1
                }
                at += 1
            }
            guard at > fraction else { return nil }
        }
        if at < limit, base[at] | 0x20 == 0x65 {
            at += 1
            var isBelow = false
            if at < limit, base[at] == 0x2b || base[at] == 0x2d {
                isBelow = base[at] == 0x2d
                at += 1
            }
            let first = at
            var power = 0
            while at < limit, base[at] &- 0x30 < 10 {
                power = min(power * 10 + Int(base[at] &- 0x30), 100_000)
                at += 1
            }
            guard at > first else { return nil }
            exponent += isBelow ? -power : power
        }
        // Digits were cut off, or the powers at hand do not reach: the slow way is as exact.
        let value =
            digits <= 19
            ? exact(mantissa, exponent) ?? slow(base + start, at - start, isNegative)
            : slow(base + start, at - start, isNegative)
        return (isNegative ? -value : value, at)
    }

    /// mantissa·10^exponent to the nearest double, ties to even; nil where 64-bit powers do not reach.
    private static func exact(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        if exponent == 0, mantissa < 1 << 53 { return Double(mantissa) }
        if mantissa < 1 << 53, exponent >= -22, exponent <= 22 {
            // Both are exact, so one rounding is all there is (Clinger 1990).
            return exponent < 0
                ? Double(mantissa) / exactPowersOfTen[-exponent] : Double(mantissa) * exactPowersOfTen[exponent]
        }
        guard exponent < 0, exponent >= -27 else { return nil }
        // mantissa / 5^k as 64 bits of quotient and a remainder that only says "more than that".
        let divisor = powersOfFive[-exponent]
        let divisorShift = divisor.leadingZeroBitCount
        let scaledDivisor = divisor << UInt64(divisorShift)
        let mantissaShift = mantissa.leadingZeroBitCount
        var high = mantissa << UInt64(mantissaShift)
        var low: UInt64 = 0
        var power = exponent + divisorShift - mantissaShift - 64
        if high >= scaledDivisor {
            low = high << 63
            high >>= 1
            power += 1
        }
        let (quotient, remainder) = scaledDivisor.dividingFullWidth((high, low))
        return rounded(quotient, power, isInexact: remainder != 0)
    }

    /// quotient·2^power with a sticky bit below, rounded to 53 bits; the range is far from the subnormal numbers.
    private static func rounded(_ quotient: UInt64, _ power: Int, isInexact: Bool) -> Double {
        let shift = UInt64(64 - quotient.leadingZeroBitCount - 53)
        var kept = quotient >> shift
        let rest = quotient & ((1 << shift) - 1)
        let half: UInt64 = 1 << (shift - 1)
        if rest > half || rest == half && (isInexact || kept & 1 == 1) { kept += 1 }
        return Double(sign: .plus, exponent: power + Int(shift), significand: Double(kept))
    }

    /// The C library's conversion of the text, without its sign.
    private static func slow(_ text: UnsafePointer<UInt8>, _ count: Int, _ isNegative: Bool) -> Double {
        let digits = isNegative ? 1 : 0
        let string = String(decoding: UnsafeBufferPointer(start: text + digits, count: count - digits), as: UTF8.self)
        return strtod(string, nil)
    }
}
