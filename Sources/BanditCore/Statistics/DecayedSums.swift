/// Sums of observations that fade, relative to the start of the table's epoch.
///
/// The number of raw observations held is kept beside the sums: when it returns to nothing, so do they, whatever rounding
/// left behind.
struct DecayedSums: Sendable, Equatable {
    var held: Int64 = 0
    var count = 0.0
    var sum = 0.0
    var sumSquares = 0.0

    mutating func add(_ value: Double, weight: Double, sign: Double) {
        add(
            SignalSums(count: sign * weight, sum: sign * weight * value, sumSquares: sign * weight * value * value),
            held: sign < 0 ? -1 : 1)
    }

    mutating func add(_ sums: SignalSums, held more: Int64) {
        held &+= more
        if held == 0 {
            self = DecayedSums()
        } else {
            count += sums.count
            sum += sums.sum
            sumSquares += sums.sumSquares
        }
    }

    /// Exact unless a sum becomes subnormal: the factor is a power of two.
    mutating func scale(by factor: Double) {
        count *= factor
        sum *= factor
        sumSquares *= factor
    }

    var isZero: Bool { held == 0 && count == 0 && sum == 0 && sumSquares == 0 }

    func sums(factor: Double) -> SignalSums {
        if held <= 0 || count <= 0 { return SignalSums() }
        return SignalSums(count: count * factor, sum: sum * factor, sumSquares: Swift.max(0, sumSquares * factor))
    }
}
