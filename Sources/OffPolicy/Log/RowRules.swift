/// What makes the numbers of a row valid (DESIGN-evaluation, rule 7).
package enum RowRules {
    /// A vector of probabilities over `armCount` arms.
    package static func check(_ values: UnsafeBufferPointer<Double>, armCount: Int, field: @autoclosure () -> String)
        throws(RowFault)
    {
        guard values.count == armCount else {
            throw RowFault(field: field(), reason: "\(values.count) numbers for \(armCount) arms")
        }
        var sum = 0.0
        for value in values {
            guard value >= 0, value <= 1 else { throw RowFault(field: field(), reason: "\(value) is outside [0, 1]") }
            sum += value
        }
        guard abs(sum - 1) <= 1e-6 else {
            throw RowFault(field: field(), reason: "the probabilities sum to \(sum), not to 1")
        }
    }

    /// The propensity of a row: the logged one, or the arm's probability where none was logged. NaN stands for absent.
    package static func propensity(_ logged: Double, probability: Double) throws(RowFault) -> Double {
        if logged.isNaN {
            guard !probability.isNaN else {
                throw RowFault(field: "propensity", reason: "missing, and so are the probabilities")
            }
            guard probability > 0 else {
                throw RowFault(field: "probabilities", reason: "the arm drawn has probability 0")
            }
            return probability
        }
        guard logged > 0, logged <= 1 else {
            throw RowFault(field: "propensity", reason: "\(logged) is outside (0, 1]")
        }
        if !probability.isNaN, abs(logged - probability) > 1e-6 * max(logged, probability) {
            throw RowFault(field: "propensity", reason: "\(logged), but the arm's probability is \(probability)")
        }
        return logged
    }

    /// A reward; NaN stands for absent.
    package static func check(reward: Double) throws(RowFault) {
        if reward < 0 || reward > 1 { throw RowFault(field: "reward", reason: "\(reward) is outside [0, 1]") }
    }

    /// A cost or a latency; NaN stands for absent.
    package static func check(notNegative value: Double, field: String) throws(RowFault) {
        if value < 0 { throw RowFault(field: field, reason: "\(value) is negative") }
    }
}
