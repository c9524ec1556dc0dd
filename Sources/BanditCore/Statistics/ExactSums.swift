/// Sums that nothing is forgotten from, in fixed point: order does not matter, a retraction leaves exactly nothing.
///
/// Values are rounded to 2⁻³² once, on entry; their squares are then exact in units of 2⁻⁶⁴. Addition wraps, so that no
/// sequence of additions and retractions can trap; |value| ≤ 2²² (`limit`) leaves room for 2³⁸ extreme observations.
struct ExactSums: Sendable, Equatable {
    /// Σ weight in units of 2⁻³².
    var count: Int64 = 0
    /// Σ weight·value in units of 2⁻³².
    var sum: Int128 = 0
    /// Σ weight·value² in units of 2⁻⁶⁴.
    var sumSquares: Int128 = 0

    static let one: Int64 = 1 << 32
    static let limit = 0x1p22

    /// A value in units of 2⁻³², clamped to ±`limit`.
    static func fixed(_ value: Double) -> Int64 {
        // Truncation after adding half rounds; `rounded()` would be a call into the C library.
        let scaled = Swift.max(-limit, Swift.min(limit, value)) * 0x1p32
        return Int64(trusted: scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    }

    mutating func add(_ value: Double, sign: Int64) {
        let fixed = Self.fixed(value)
        let square = fixed.multipliedFullWidth(by: fixed)
        let wide = Int128(truncatingIfNeeded: square.high) << 64 | Int128(truncatingIfNeeded: square.low)
        count &+= sign &* Self.one
        sum &+= Int128(truncatingIfNeeded: sign &* fixed)
        sumSquares &+= sign < 0 ? 0 &- wide : wide
    }

    /// Adds a part of an observation; with the same arguments and the other sign it is taken back whole.
    mutating func add(_ value: Double, share: Double, sign: Int64) {
        if share == 1 { return add(value, sign: sign) }
        let value = Swift.max(-Self.limit, Swift.min(Self.limit, value))
        add(SignalSums(count: share, sum: share * value, sumSquares: share * value * value), sign: sign)
    }

    /// Adds pseudo-observations: the three sums as they are, rounded to the fixed point.
    mutating func add(_ sums: SignalSums, sign: Int64) {
        count &+= sign &* Self.fixed(sums.count)
        sum &+= Int128(truncatingIfNeeded: sign &* Self.fixed(sums.sum))
        sumSquares &+= Int128(truncatingIfNeeded: sign &* Self.fixed(sums.sumSquares)) << 32
    }

    mutating func add(_ other: ExactSums) {
        count &+= other.count
        sum &+= other.sum
        sumSquares &+= other.sumSquares
    }

    mutating func subtract(_ other: ExactSums) {
        count &-= other.count
        sum &-= other.sum
        sumSquares &-= other.sumSquares
    }

    var isZero: Bool { count == 0 && sum == 0 && sumSquares == 0 }

    var sums: SignalSums {
        if count <= 0 { return SignalSums() }
        return SignalSums(
            count: Double(count) * 0x1p-32, sum: Self.double(sum) * 0x1p-32,
            sumSquares: Self.double(sumSquares) * 0x1p-64)
    }

    /// The nearest double within an ulp, without the generic conversion (which is an order of magnitude slower).
    static func double(_ value: Int128) -> Double {
        if let small = Int64(exactly: value) { return Double(small) }
        let magnitude = value.magnitude
        let result =
            Double(UInt64(truncatingIfNeeded: magnitude >> 64)) * 0x1p64 + Double(UInt64(truncatingIfNeeded: magnitude))
        return value < 0 ? -result : result
    }
}
