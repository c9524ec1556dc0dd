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

    /// What an observation weighs at most, whenever the sums are read: one made up to a half-life after the reading.
    static let largestWeight = 2.0

    /// Whether observations are held that were made more than a half-life after the reading: the clock was set back since. Also where
    /// the sums are no numbers.
    func isAhead(factor: Double) -> Bool {
        held > 0 && count != 0 && !(count * factor <= Self.largestWeight * Double(held))
    }

    /// The sums as of the time that a factor stands for.
    ///
    /// Observations from after the reading would weigh 2^(half-lives until then), which has no bound: all of the sums are then scaled
    /// down, so that none weighs more than ``largestWeight``. Sums that are no numbers are none.
    func sums(factor: Double) -> SignalSums {
        if held <= 0 || !(count > 0) { return SignalSums() }
        let most = Self.largestWeight * Double(held)
        let factor = count * factor <= most ? factor : most / count
        let sums = SignalSums(count: count * factor, sum: sum * factor, sumSquares: Swift.max(0, sumSquares * factor))
        return sums.isFinite ? sums : SignalSums()
    }

    /// Takes all observations for ones that were made `by` half-lives earlier, none of them weighing more than one then.
    mutating func setBack(by halfLives: Int) {
        guard held > 0, count > 0 else { return self = DecayedSums() }
        let factor = Forgetting.scale(1, by: halfLives)
        scale(by: count * factor <= Double(held) ? factor : Double(held) / count)
        if !(count.isFinite && sum.isFinite && sumSquares.isFinite) { self = DecayedSums() }
    }
}
