/// How the mean reward of a cell is estimated (DESIGN-evaluation, rule 18).
package enum RewardModel: String, Sendable, CaseIterable {
    /// The cell's mean shrunk to the arm's mean over all categories, that to the overall mean, each with
    /// ``RewardModel/strength`` pseudo-observations, and the overall mean to ½ with one.
    case pooled
    /// The cell's mean; an empty cell takes the arm's, an unseen arm the overall mean (½ where nothing is known).
    case cellMean = "cell-mean"

    /// Pseudo-observations of the pooled model.
    package static let strength = 4.0

    /// The value of a cell from the count and sum of its rows and of its arm's, and the overall mean.
    @inline(__always)
    func value(cell: (count: Double, total: Double), arm: (count: Double, total: Double), overall: Double) -> Double {
        switch self {
        case .pooled:
            let ofArm = (arm.total + Self.strength * overall) / (arm.count + Self.strength)
            return (cell.total + Self.strength * ofArm) / (cell.count + Self.strength)
        case .cellMean:
            if cell.count > 0 { return cell.total / cell.count }
            return arm.count > 0 ? arm.total / arm.count : overall
        }
    }

    /// The overall mean of `count` rows with rewards of `total` in all.
    @inline(__always)
    func overall(count: Double, total: Double) -> Double {
        switch self {
        case .pooled: (total + 0.5) / (count + 1)
        case .cellMean: count > 0 ? total / count : 0.5
        }
    }

    /// The value of every cell, `[category][arm]`.
    package func fit(_ sums: CellSums) -> [Double] {
        let (armCounts, armTotals) = sums.byArm
        let count = armCounts.reduce(0, +)
        let total = armTotals.reduce(0, +)
        let arms = sums.armCount
        let overall = overall(count: count, total: total)
        var values = [Double](repeating: 0, count: sums.counts.count)
        for cell in values.indices {
            values[cell] = value(
                cell: (sums.counts[cell], sums.totals[cell]),
                arm: (armCounts[cell % arms], armTotals[cell % arms]), overall: overall)
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
