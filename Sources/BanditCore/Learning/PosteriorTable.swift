/// The posterior of every cell of a route: what decisions are made from, by category.
package struct PosteriorTable: Sendable, Equatable {
    /// `[category]`, by the table's index; categories that were not asked for have no arms.
    package internal(set) var states: [CategoryState]
    /// `[arm]`: variance-matched factors.
    package internal(set) var factors: [Double]
    /// τ² of the pooled fit; nil where nothing is pooled.
    package internal(set) var interactionVariance: Double?
    package let model: LearningModel
    /// Arms the posterior is of.
    package let arms: ArmSet

    /// The state of a category, by its index in the table.
    package subscript(category: Int) -> CategoryState {
        _read { yield states[category] }
        _modify { yield &states[category] }
    }

    package var categoryCount: Int { states.count }

    /// Renews one cell's evidence and posterior from the table, keeping its prior, factor and penalty: O(1), no
    /// allocation. Between refits; without forgetting, or soon after the last refit (other cells are not aged).
    package mutating func update(category: Int, arm: Int, from table: CellTable, asOf time: Double = 0) {
        let factor = table.factor(asOf: time)
        if model.pooling == .global {
            var sums = SignalSums()
            for g in states.indices { sums = sums + model.evidence(of: table, category: g, arm: arm, factor: factor) }
            let loss = (0..<states.count).reduce(0) { $0 + table.weightedLoss(category: $1, arm: arm, factor: factor) }
            for g in states.indices where states[g].armCount > 0 {
                states[g].setEvidence(sums, loss: loss, factor: factors[arm], arm: arm)
            }
        } else {
            let sums = model.evidence(of: table, category: category, arm: arm, factor: factor)
            let loss = table.weightedLoss(category: category, arm: arm, factor: factor)
            states[category].setEvidence(sums, loss: loss, factor: factors[arm], arm: arm)
        }
    }

    /// Renews every arm's evidence in a category, as of a time: O(arms), for forgetting between refits.
    package mutating func update(category: Int, from table: CellTable, asOf time: Double) {
        for arm in arms { update(category: category, arm: arm, from: table, asOf: time) }
    }
}

extension CategoryState {
    /// Smallest shape of a posterior.
    static let leastShape = 1e-3

    /// Takes all evidence out of the counts, before it is put in anew: `total` is then that of a state made from nothing, to the
    /// last bit.
    mutating func forgetEvidence() {
        for arm in 0..<armCount { self[.count, arm] = 0 }
        total = 0
    }

    /// Puts evidence in; the posterior is prior + factor × evidence.
    mutating func setEvidence(_ sums: SignalSums, loss: Double, factor: Double, arm: Int) {
        // What cannot be said leaves the prior.
        let sums = sums.isFinite ? sums : SignalSums()
        let loss = loss.isFinite ? loss : 0
        total += sums.count - self[.count, arm]
        self[.count, arm] = sums.count
        self[.rewardSum, arm] = sums.sum
        self[.rewardSumSquares, arm] = sums.sumSquares
        self[.weightedLoss, arm] = loss
        self[.alpha, arm] = Swift.max(Self.leastShape, self[.priorAlpha, arm] + factor * sums.sum)
        self[.beta, arm] = Swift.max(Self.leastShape, self[.priorBeta, arm] + factor * (sums.count - sums.sum))
    }
}
