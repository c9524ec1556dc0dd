/// What rows that nobody rated could hide (Manski 1990, rule 33 of DESIGN-experiments): the policy's value were all their rewards 0, and
/// were all 1.
package struct MissingFeedback: Sendable {
    /// A share of silent decisions that needs no second thought.
    package static let tolerance = 0.05
    /// How much wider than the interval the bounds may be.
    private static let tolerableWidth = 1.25

    /// Share of the fresh rows without a reward.
    package let rate: Double
    /// Share of this policy's decisions that would be without one.
    package let policyRate: Double
    package let valueIfAllZero: Double
    package let valueIfAllOne: Double
    /// Standard errors of both.
    package let errors: (zero: Double, one: Double)
    /// Both ends with their standard errors: where the value lies whatever the silent think.
    package let bounds: Interval
    /// Every reward given is the same.
    package let isOneValued: Bool

    /// Nil where no row is silent, or none carries weight.
    package init?(_ weights: FreshWeights, confidence: Double, clustered: Bool) {
        guard !weights.silent.isEmpty, let share = weights.silentShare else { return nil }
        rate = Double(weights.silent.count) / Double(weights.count)
        policyRate = share
        let clusters = clustered ? weights.clusters : nil
        let all = weights.used + weights.silent
        let mean = weights.total / Double(all.count)
        let rewards = weights.rewards
        func end(_ silent: Double) -> (value: Double, error: Double, halfWidth: Double) {
            let filled = rewards + [Double](repeating: silent, count: weights.silent.count)
            let value = Self.ratio(all, filled)
            let influence = all.indices.map { all[$0] * (filled[filled.startIndex + $0] - value) / mean }
            let error = MeanError(influence, clusters: clusters)
            return (value, error?.value ?? 1, error?.halfWidth(confidence) ?? 1)
        }
        let (low, high) = (end(0), end(1))
        valueIfAllZero = low.value
        valueIfAllOne = high.value
        errors = (low.error, high.error)
        bounds = Interval(low: low.value - low.halfWidth, high: high.value + high.halfWidth).cut(to: 0...1)
        isOneValued = rewards.allSatisfy { $0 == rewards.first }
    }

    /// Of the parts of a log (``PolicyPart``).
    package init(
        silent: Int, fresh: Int, policyRate: Double, ifAllZero: (value: Double, error: Double),
        ifAllOne: (value: Double, error: Double), isOneValued: Bool, confidence: Double
    ) {
        rate = Double(silent) / Double(max(1, fresh))
        self.policyRate = policyRate
        valueIfAllZero = ifAllZero.value
        valueIfAllOne = ifAllOne.value
        errors = (ifAllZero.error, ifAllOne.error)
        self.isOneValued = isOneValued
        let factor = MeanError.factor(confidence: confidence, degrees: nil)
        bounds = Interval(
            low: ifAllZero.value - factor * ifAllZero.error, high: ifAllOne.value + factor * ifAllOne.error
        ).cut(to: 0...1)
    }

    private static func ratio(_ weights: [Double], _ values: ArraySlice<Double>) -> Double {
        var sum = 0.0
        var total = 0.0
        for (weight, value) in zip(weights, values) {
            sum += weight * value
            total += weight
        }
        return sum / total
    }

    /// Whether an estimate from the rated rows stands (nil: yes), or why it is weak. `interval`: its own. `isAssumed`: that silence says
    /// nothing is taken for granted.
    package func doubt(interval: Interval?, rates: SilentRates, isAssumed: Bool) -> String? {
        let silent = "\(Diagnostics.percent(policyRate)) of what this policy would choose is silent"
        if isOneValued {
            return "\(silent), and every reward given is the same: those who answer are not those who do not."
        }
        guard policyRate > Self.tolerance, !isAssumed else { return nil }
        if let interval, bounds.high - bounds.low <= Self.tolerableWidth * (interval.high - interval.low) { return nil }
        return
            "\(silent): whatever the silent think, the value lies in [\(Diagnostics.short(bounds.low)), \(Diagnostics.short(bounds.high))]. "
            + rates.sentence
    }

    /// Where the difference of two policies' values lies whatever the silent think: both share every silent row, which counts for the one
    /// that weighs it more. Both are of the same rows.
    package static func difference(
        _ left: FreshWeights, _ right: FreshWeights, confidence: Double, clustered: Bool
    ) -> Interval {
        let clusters = clustered ? left.clusters : nil
        let sides = [left, right].map { $0.used + $0.silent }
        let means = [left, right].map { $0.total / Double($0.count) }
        let rated = left.used.count
        let rewards = left.rewards
        /// `sign` 1: the least difference, −1: the largest.
        func end(_ sign: Double) -> (value: Double, halfWidth: Double) {
            let filled =
                rewards
                + left.silent.indices.map { index in
                    sign * (sides[0][rated + index] / means[0] - sides[1][rated + index] / means[1]) < 0 ? 1.0 : 0.0
                }
            let values = sides.map { ratio($0, filled) }
            let influence = sides[0].indices.map { row in
                let value = filled[filled.startIndex + row]
                return sides[0][row] * (value - values[0]) / means[0] - sides[1][row] * (value - values[1]) / means[1]
            }
            return (values[0] - values[1], MeanError(influence, clusters: clusters)?.halfWidth(confidence) ?? 1)
        }
        let (low, high) = (end(1), end(-1))
        return Interval(low: low.value - low.halfWidth, high: high.value + high.halfWidth).cut(to: -1...1)
    }

    /// How much less content than the answering the silent may be on average before a claim falls: its lower bound under "silence says
    /// nothing" over the share missing.
    package static func breakdownPoint(lowOfClaim: Double, shares: [Double]) -> Double {
        lowOfClaim / max(1e-12, shares.reduce(0, +))
    }
}

/// How often decisions stay without a reward, by arm and by category.
package struct SilentRates: Sendable, Equatable {
    package struct Rate: Sendable, Equatable {
        package let name: String
        package let draws: Int
        package let silent: Int
        package var share: Double { Double(silent) / Double(draws) }
    }

    /// Rates differ where one is so far from the whole, in share and in standard deviations.
    private static let leastDifference = 0.05
    private static let leastDeviations = 4.0
    private static let named = 4

    package let byArm: [Rate]
    package let byCategory: [Rate]
    package let overall: Double

    package init(_ log: DecisionLog) {
        func rate(_ name: String, _ tallies: [ArmTally]) -> Rate? {
            let draws = tallies.reduce(0) { $0 + $1.draws }
            return draws == 0
                ? nil : Rate(name: name, draws: draws, silent: tallies.reduce(0) { $0 + $1.withoutReward })
        }
        let arms = log.names.arms.indices.compactMap { arm in rate(log.names.arms[arm], log.cells.map { $0[arm] }) }
        byArm = arms
        byCategory = log.cells.indices.compactMap { rate(log.names.categories[$0], log.cells[$0]) }
        let draws = arms.reduce(0) { $0 + $1.draws }
        overall = draws == 0 ? 0 : Double(arms.reduce(0) { $0 + $1.silent }) / Double(draws)
    }

    package var differByArm: Bool { differ(byArm) }
    package var differByCategory: Bool { differ(byCategory) }

    private func differ(_ rates: [Rate]) -> Bool {
        rates.contains { rate in
            let n = Double(rate.draws)
            let distance = abs(rate.share - overall)
            return distance > Self.leastDifference
                && distance > Self.leastDeviations * (overall * (1 - overall) / n).squareRoot()
        }
    }

    /// Who is silent how often: by arm, by category where there are several.
    package var sentence: String {
        func list(_ rates: [Rate]) -> String {
            let sorted = rates.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
            let shown =
                sorted.count <= Self.named
                ? sorted : Array(sorted.prefix(Self.named / 2) + sorted.suffix(Self.named / 2))
            let words = shown.map { "\($0.name.isEmpty ? "''" : $0.name) \(Diagnostics.percent($0.share))" }
            return words.joined(separator: ", ") + (sorted.count > shown.count ? " of \(sorted.count)" : "")
        }
        func clause(_ word: String, _ rates: [Rate], differs: Bool) -> String {
            differs ? "The share of silence differs by \(word) (\(list(rates)))" : "Silent by \(word): \(list(rates))"
        }
        var clauses = [clause("arm", byArm, differs: differByArm)]
        if byCategory.count > 1 { clauses.append(clause("category", byCategory, differs: differByCategory)) }
        return clauses.joined(separator: ". ") + "."
    }
}
