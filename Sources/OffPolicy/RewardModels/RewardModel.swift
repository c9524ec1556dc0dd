/// How the mean reward of a cell is estimated (DESIGN-evaluation, rule 18).
package enum RewardModel: String, Sendable, CaseIterable {
    /// The cell's mean shrunk to the arm's mean over all categories, that to the overall mean, each with
    /// ``RewardModel/strength`` pseudo-observations, and the overall mean to ½ with one.
    case pooled
    /// The cell's mean; an empty cell takes the arm's, an unseen arm the overall mean (½ where nothing is known).
    case cellMean = "cell-mean"

    /// Pseudo-observations of the pooled model.
    package static let strength = 4.0

    /// The value of every cell, `[category][arm]`.
    package func fit(_ sums: CellSums) -> [Double] {
        let (armCounts, armTotals) = sums.byArm
        let count = armCounts.reduce(0, +)
        let total = armTotals.reduce(0, +)
        let arms = sums.armCount
        var values = [Double](repeating: 0, count: sums.counts.count)
        switch self {
        case .pooled:
            let overall = (total + 0.5) / (count + 1)
            let byArm = (0..<arms).map { (armTotals[$0] + Self.strength * overall) / (armCounts[$0] + Self.strength) }
            for cell in values.indices {
                values[cell] =
                    (sums.totals[cell] + Self.strength * byArm[cell % arms]) / (sums.counts[cell] + Self.strength)
            }
        case .cellMean:
            let overall = count > 0 ? total / count : 0.5
            let byArm = (0..<arms).map { armCounts[$0] > 0 ? armTotals[$0] / armCounts[$0] : overall }
            for cell in values.indices {
                values[cell] = sums.counts[cell] > 0 ? sums.totals[cell] / sums.counts[cell] : byArm[cell % arms]
            }
        }
        return values
    }
}

/// Which rows the model of a row may have seen (DESIGN-evaluation, rule 19).
package enum CrossFit: Sendable, Equatable {
    /// The rows before it: unbiased on logs of learners too.
    case past
    /// The rows of the other folds; row i is in fold i mod F. F ≥ 2.
    case folds(Int)
    /// All rows, itself included.
    case none

    /// `past`, `folds:F` or `none`.
    package init?(_ text: String) {
        if text == "past" {
            self = .past
        } else if text == "none" {
            self = .none
        } else if text.hasPrefix("folds:"), let folds = Int(text.dropFirst(6)), folds >= 2, folds <= 1000 {
            self = .folds(folds)
        } else {
            return nil
        }
    }
}
