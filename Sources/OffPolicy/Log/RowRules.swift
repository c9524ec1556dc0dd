/// What makes the numbers of a row valid (DESIGN-evaluation, rule 7).
package enum RowRules {
    /// How far a sum of probabilities may be from 1, and relative to the larger a propensity from the arm's probability.
    private static let tolerance = 1e-6
    /// What sums of doubles are off by at most: no reason to look for rounding.
    private static let exactTolerance = 1e-9
    /// Numbers written with so many decimals may have been rounded; with fewer the rounding would weigh too much.
    private static let roundedDecimals = 3...6

    /// Checks a vector of probabilities over `armCount` arms. One whose sum is off only by what rounding to 3 … 6 decimals can do
    /// is divided by its sum.
    ///
    /// - Returns: by how much the sum was off, where the vector was changed; else 0.
    package static func settle(
        _ values: UnsafeMutableBufferPointer<Double>, armCount: Int, field: @autoclosure () -> String
    ) throws(RowFault) -> Double {
        guard values.count == armCount else {
            throw RowFault(field: field(), .length, reason: "\(values.count) numbers for \(armCount) arms")
        }
        var sum = 0.0
        for value in values {
            guard value >= 0, value <= 1 else {
                throw RowFault(field: field(), .range, reason: "\(value) is outside [0, 1]")
            }
            sum += value
        }
        let off = abs(sum - 1)
        if off <= exactTolerance { return 0 }
        guard
            let decimals = roundedDecimals.first(where: { decimals in values.allSatisfy { isRounded($0, decimals) } }),
            off <= Double(armCount) * halfStep(decimals)
        else {
            if off <= tolerance { return 0 }
            throw RowFault(field: field(), .sum, reason: "the probabilities sum to \(sum), not to 1")
        }
        for index in values.indices { values[index] /= sum }
        return off
    }

    /// Half of the last of so many decimals, with room for what doubles cannot hold.
    private static func halfStep(_ decimals: Int) -> Double {
        var step = 0.5
        for _ in 0..<decimals { step /= 10 }
        return step * (1 + 1e-9)
    }

    private static func isRounded(_ value: Double, _ decimals: Int) -> Bool {
        var scaled = value
        for _ in 0..<decimals { scaled *= 10 }
        return abs(scaled - scaled.rounded()) < 1e-6
    }

    /// Whether `rounded` is `value` with 3 … 6 decimals.
    private static func isRounding(_ rounded: Double, of value: Double) -> Bool {
        roundedDecimals.contains { isRounded(rounded, $0) && abs(rounded - value) <= halfStep($0) }
    }

    /// The propensity of a row: the logged one, or the arm's probability where none was logged. NaN stands for absent. Where one of
    /// the two is the other rounded, the finer one counts.
    ///
    /// - Parameters:
    ///   - written: the arm's probability as the log has it.
    ///   - probability: the same after ``settle(_:armCount:field:)``.
    package static func propensity(_ logged: Double, written: Double, probability: Double) throws(RowFault)
        -> (value: Double, isRounded: Bool)
    {
        if logged.isNaN {
            guard !probability.isNaN else {
                throw RowFault(field: "propensity", .missing, reason: "missing, and so are the probabilities")
            }
            guard probability > 0 else {
                throw RowFault(field: "probabilities", .range, reason: "the arm drawn has probability 0")
            }
            return (probability, false)
        }
        guard logged > 0, logged <= 1 else {
            throw RowFault(field: "propensity", .range, reason: "\(logged) is outside (0, 1]")
        }
        if written.isNaN { return (logged, false) }
        if abs(logged - written) <= tolerance * max(logged, written) {
            return (written == probability ? logged : probability, false)
        }
        if isRounding(written, of: logged) { return (logged, true) }
        guard probability > 0, isRounding(logged, of: probability) else {
            throw RowFault(
                field: "propensity", .mismatch, reason: "\(logged), but the arm's probability is \(written)")
        }
        return (probability, true)
    }

    /// A reward; NaN stands for absent.
    package static func check(reward: Double) throws(RowFault) {
        if reward < 0 || reward > 1 {
            throw RowFault(field: "reward", .range, reason: "\(reward) is outside [0, 1]")
        }
    }

    /// A cost or a latency; NaN stands for absent.
    package static func check(notNegative value: Double, field: String) throws(RowFault) {
        if value < 0 { throw RowFault(field: field, .range, reason: "\(value) is negative") }
    }
}
