/// What the fresh rows say of one arm, or of one arm in one category: how often it should have been drawn, how often it was, how often
/// nobody rated it.
package struct ArmTally: Codable, Sendable, Equatable {
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
    /// Rows with propensities only: where the arm was eligible, those that drew it, and over these Σ 1/p and Σ (1 − p)/p².
    package var blindEligibleRows = 0
    package var blindDraws = 0
    package var inversePropensities = 0.0
    package var inverseVariance = 0.0

    package init() {}

    /// (drawn − expected)/standard deviation; nil where chance had no part.
    package var zScore: Double? {
        drawVariance > 1e-9 ? (Double(comparableDraws) - expectedDraws) / drawVariance.squareRoot() : nil
    }

    /// Share of its draws that nobody rated; nil where it was never drawn.
    package var silentShare: Double? { draws > 0 ? Double(withoutReward) / Double(draws) : nil }

    /// Takes in a row that has all probabilities.
    mutating func note(isDrawn: Bool, probability: Double) {
        expectedDraws += probability
        drawVariance += probability * (1 - probability)
        if isDrawn { comparableDraws += 1 }
    }

    /// Takes in a row that has the propensity of its draw only.
    mutating func note(isDrawn: Bool, propensity: Double) {
        blindEligibleRows += 1
        guard isDrawn else { return }
        let inverse = min(PropensityCheck.largestInverse, 1 / propensity)
        blindDraws += 1
        inversePropensities += inverse
        inverseVariance += (1 - propensity) * inverse * inverse
    }

    package static func += (left: inout ArmTally, right: ArmTally) {
        left.eligibleRows += right.eligibleRows
        left.draws += right.draws
        left.withoutReward += right.withoutReward
        left.expectedDraws += right.expectedDraws
        left.drawVariance += right.drawVariance
        left.comparableDraws += right.comparableDraws
        left.blindEligibleRows += right.blindEligibleRows
        left.blindDraws += right.blindDraws
        left.inversePropensities += right.inversePropensities
        left.inverseVariance += right.inverseVariance
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
    /// `[arm]`, over all categories.
    package var tallies: [ArmTally] {
        var tallies = [ArmTally](repeating: ArmTally(), count: names.arms.count)
        for category in cells { for arm in category.indices { tallies[arm] += category[arm] } }
        return tallies
    }
}
