/// What the fresh rows say of one arm: how often it should have been drawn, how often it was, how often nobody rated it.
package struct ArmTally: Sendable, Equatable {
    /// Fresh rows where the arm was eligible.
    package var eligibleRows = 0
    /// Fresh rows that drew it.
    package var draws = 0
    /// Of these, the ones without a reward.
    package var withoutReward = 0
    /// Σ probability and Σ p(1 − p) over the rows that have all probabilities, and how often the arm was drawn in those.
    package var expectedDraws = 0.0
    package var drawVariance = 0.0
    package var comparableDraws = 0
    /// Σ 1/propensity over its draws: near `eligibleRows` when propensities are right.
    package var inversePropensities = 0.0

    package init() {}

    /// (drawn − expected)/standard deviation; nil where chance had no part.
    package var zScore: Double? {
        drawVariance > 1e-9 ? (Double(comparableDraws) - expectedDraws) / drawVariance.squareRoot() : nil
    }
}

/// One tenth of the range of logged probabilities: what was promised, what came.
package struct CalibrationBin: Sendable, Equatable {
    package var count = 0.0
    package var probability = 0.0
    package var drawn = 0.0

    package init() {}
}

extension DecisionLog {
    /// Standard deviations at which an arm's draws and its propensities no longer agree: chance goes that far once in 10⁹ arms.
    package static let calibrationLimit = 6.0

    /// Sentences about arms that were drawn more or less often than their logged probabilities say.
    var calibrationDoubts: [String] {
        tallies.indices.compactMap { arm in
            guard let z = tallies[arm].zScore, abs(z) > Self.calibrationLimit else { return nil }
            return
                "Arm \(names.arms[arm]) was drawn \(tallies[arm].comparableDraws) times where the logged probabilities promise "
                + "\(Int(saturating: tallies[arm].expectedDraws.rounded())): the logged probabilities are not those of the draws."
        }
    }
}
