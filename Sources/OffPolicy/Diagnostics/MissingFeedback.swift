/// What rows that nobody rated could hide (Manski 1990): the policy's value were all their rewards 0, and were all 1.
package struct MissingFeedback: Sendable, Equatable {
    /// Share of the fresh rows without a reward.
    package let rate: Double
    package let valueIfAllZero: Double
    package let valueIfAllOne: Double

    /// By inverse propensity over all fresh rows. `rest`: the policy on the rows without a reward; nil when there are none such.
    package init?(_ evaluation: PolicyEvaluation, rest: TargetPolicy?) {
        let silent = evaluation.log.silentRows
        // Rows before the range are for training, rated or not.
        let first = evaluation.range.lowerBound == 0 ? 0 : evaluation.log.rows.number[evaluation.range.lowerBound]
        let start = silent.number.firstIndex { $0 >= first } ?? silent.count
        let range = start..<silent.count
        guard !range.isEmpty, let rest else { return nil }
        let weights = ImportanceWeights(rest, silent, range: range)
        let used = evaluation.weights
        let rewards = evaluation.log.rows.reward
        let lower = evaluation.range.lowerBound
        var earned = 0.0
        for index in used.values.indices { earned += used.values[index] * rewards[lower + index] }
        let total = used.sum + weights.sum
        guard total > 0 else { return nil }
        rate = Double(range.count) / Double(range.count + evaluation.range.count)
        valueIfAllZero = earned / total
        valueIfAllOne = (earned + weights.sum) / total
    }
}
