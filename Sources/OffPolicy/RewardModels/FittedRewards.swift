/// The reward models every row of a range sees, as far as they can be fitted beforehand; shared by all policies of a call.
package struct FittedRewards: Sendable {
    package let model: RewardModel
    package let crossFit: CrossFit
    package let sums: CellSums
    /// The model of all rows, `[category][arm]`.
    package let full: [Double]
    /// The model of each fold's rows, `[fold][category][arm]`; empty unless folds were asked for.
    let folds: [[Double]]
    /// The mean of what is estimated: the origin sums of squares are taken from.
    package let meanReward: Double

    package init(_ log: DecisionLog, range: Range<Int>, model: RewardModel, crossFit: CrossFit) {
        self.model = model
        self.crossFit = crossFit
        let sums = CellSums(log.rows, names: log.names, range: range)
        self.sums = sums
        full = model.fit(sums)
        if case .folds(let count) = crossFit {
            folds = (0..<count).map { fold in
                model.fit(sums - CellSums(log.rows, names: log.names, range: range) { $0 % count == fold })
            }
        } else {
            folds = []
        }
        let total = sums.totals.reduce(0, +)
        meanReward = range.isEmpty ? 0.5 : total / Double(range.count)
    }
}
