/// aw-aipw: dr terms weighted so that logs of learners give normal estimates (Hadad, Hirshberg, Zhan, Wager and Athey 2021,
/// doi:10.1073/pnas.2014602118), within categories.
///
/// Within a category h_t = (Σ over arms of π_e²/p_t)^(−½), the constant-allocation rate for stochastic policies: terms whose
/// propensities were small count less. V = Σ over categories of (rows' share) · Σhγ/Σh. The model must be of the past.
package struct AdaptivelyWeighted: Sendable {
    private var categories: [Stratum]

    private struct Stratum: Sendable {
        var count = 0.0
        var weight = 0.0
        var weighted = 0.0
        /// Σ h²γ², Σ h²γ, Σ h².
        var squares = SIMD4<Double>.zero
    }

    init(_ stream: RowStream) {
        categories = [Stratum](repeating: Stratum(), count: stream.log.names.categories.count)
        guard let masses = stream.policy.masses, stream.log.rows.hasProbabilities(in: stream.range) else { return }
        let rows = stream.log.rows
        let lengths = stream.log.names.armLists.map(\.count)
        var row = stream.range.lowerBound
        stream.forEachBlock(partEnds: [stream.range.count]) { block, _ in
            for offset in 0..<block.count {
                let target = Int(masses.starts[row])
                let logged = Int(rows.probabilities.starts[row])
                var spread = 0.0
                for index in 0..<lengths[Int(rows.armList[row])] {
                    let mass = masses.values[target + index]
                    if mass > 0 { spread += mass * mass / rows.probabilities.values[logged + index] }
                }
                let item = block[offset]
                let term = item.modelOfPolicy + item.weight * (item.reward - item.modelOfArm)
                add(term, weight: spread > 0 ? 1 / spread.squareRoot() : 0, category: Int(rows.category[row]))
                row += 1
            }
        }
    }

    private mutating func add(_ term: Double, weight: Double, category: Int) {
        categories[category].count += 1
        categories[category].weight += weight
        categories[category].weighted += weight * term
        categories[category].squares += SIMD4(term * term, term, 1, 0) * (weight * weight)
    }

    /// Undefined where the log lacks probabilities or a category carries no weight.
    package func get() -> PointEstimate {
        let total = categories.reduce(0) { $0 + $1.count }
        var value = 0.0
        var variance = 0.0
        var spread = 0.0
        for category in categories where category.count > 0 {
            guard category.weight > 0 else { return .undefined }
            let share = category.count / total
            let mean = category.weighted / category.weight
            let squares = category.squares
            value += share * mean
            spread += share * mean * mean
            variance +=
                share * share * max(0, squares[0] - 2 * mean * squares[1] + mean * mean * squares[2])
                / (category.weight * category.weight)
        }
        guard total > 1 else { return PointEstimate(value: total > 0 ? value : nil, standardError: nil) }
        // The categories' shares are estimated too.
        variance += max(0, spread - value * value) / total
        return PointEstimate(value: value, standardError: variance.squareRoot())
    }
}
