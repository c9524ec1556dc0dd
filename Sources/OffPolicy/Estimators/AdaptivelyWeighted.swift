/// aw-aipw: dr terms γ weighted so that logs of learners give normal estimates (Hadad, Hirshberg, Zhan, Wager and Athey 2021,
/// doi:10.1073/pnas.2014602118; for contexts Zhan, Hadad, Hirshberg and Athey 2021, doi:10.1145/3447548.3467456, "StableVar").
///
/// V = Σhγ/Σh with h_t = (mean over contexts of Σ over arms of π²/p_t)^(−½): terms count less at times when the learner gave the
/// policy's arms little chance. h_t must be settled before row t, its category included, or V is biased: the mean over contexts is
/// taken over the categories as often as they came before t, each with the probabilities of its last row. The model must be of the past.
///
/// Weighing each category by itself instead makes narrower intervals that do not hold: a category has few rows, and bad luck among
/// the first lowers the weights of those to come, so that it is not outweighed (measured −.012, and 92.7 % for 95 %).
package struct AdaptivelyWeighted: Sendable {
    private var count = 0.0
    private var weight = 0.0
    private var weighted = 0.0
    /// Σ h²γ², Σ h²γ, Σ h².
    private var squares = SIMD4<Double>.zero
    /// `[row]`: h and γ.
    private var terms: [SIMD2<Double>] = []

    init(_ stream: RowStream) {
        guard let masses = stream.policy.masses, stream.log.rows.hasProbabilities(in: stream.range) else { return }
        let rows = stream.log.rows
        let lengths = stream.log.names.armLists.map(\.count)
        var spreads = SpreadOfPast(categoryCount: stream.log.names.categories.count)
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
                // Before the first row nothing but that row says how the learner starts.
                let past = spreads.mean ?? min(spread, SpreadOfPast.limit)
                add(
                    item.modelOfPolicy + item.weight * (item.reward - item.modelOfArm),
                    weight: past > 0 ? 1 / past.squareRoot() : 0)
                spreads.observe(spread, category: Int(rows.category[row]))
                row += 1
            }
        }
    }

    private mutating func add(_ term: Double, weight: Double) {
        count += 1
        self.weight += weight
        weighted += weight * term
        squares += SIMD4(term * term, term, 1, 0) * (weight * weight)
        terms.append(SIMD2(weight, term))
    }

    /// ψ of every row, h(γ − V)·n/Σh; nil where there is no value.
    func influences() -> [Double]? {
        guard weight > 0 else { return nil }
        let value = weighted / weight
        let mean = weight / count
        return terms.map { $0[0] * ($0[1] - value) / mean }
    }

    /// Undefined where the log lacks probabilities or no row carries weight.
    package func get() -> PointEstimate {
        guard weight > 0 else { return .undefined }
        let value = weighted / weight
        guard count > 1 else { return PointEstimate(value: value, standardError: nil) }
        let variance = max(0, squares[0] - 2 * value * squares[1] + value * value * squares[2]) / (weight * weight)
        return PointEstimate(value: value, standardError: (variance * count / (count - 1)).squareRoot())
    }
}

/// Σ over arms of π²/p as it stood before a row, averaged over the categories seen.
private struct SpreadOfPast {
    /// What an arm without a chance counts as, so that sums stay finite.
    static let limit = 1e12

    private var counts: [Double]
    private var last: [Double]
    private var total = 0.0
    private var count = 0.0

    init(categoryCount: Int) {
        counts = [Double](repeating: 0, count: categoryCount)
        last = counts
    }

    /// Nil before the first row.
    var mean: Double? { count > 0 ? max(0, total) / count : nil }

    mutating func observe(_ spread: Double, category: Int) {
        let spread = min(spread, Self.limit)
        total += (counts[category] + 1) * spread - counts[category] * last[category]
        last[category] = spread
        counts[category] += 1
        count += 1
    }
}
