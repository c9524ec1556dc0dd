/// The reward models every row of a range sees, as far as they can be fitted beforehand; shared by all policies of a call.
package struct FittedRewards: Sendable {
    package let model: RewardModel
    package let crossFit: CrossFit
    package let sums: CellSums
    /// The model of all rows, `[category][arm]`.
    package let full: [Double]
    /// The model without each fold's rows, `[fold][category][arm]`; empty unless folds were asked for.
    let folds: [[Double]]
    /// What rows are counted by, which no row's model may have seen either; nil: each by itself.
    let clusters: Clusters?
    /// The mean of what is estimated: the origin sums of squares are taken from.
    package let meanReward: Double

    /// `clusters`: of the rows of `range`.
    package init(
        _ log: DecisionLog, range: Range<Int>, model: RewardModel, crossFit: CrossFit, clusters: Clusters? = nil
    ) {
        self.clusters = clusters
        self.model = model
        self.crossFit = crossFit
        let sums = CellSums(log.rows, names: log.names, range: range)
        self.sums = sums
        full = model.fit(sums)
        if case .folds(let count) = crossFit {
            folds = (0..<count).map { fold in
                let own = CellSums(log.rows, names: log.names, range: range) { row in
                    Self.fold(row, of: count, clusters) == fold
                }
                return model.fit(sums - own)
            }
        } else {
            folds = []
        }
        let total = sums.totals.reduce(0, +)
        meanReward = range.isEmpty ? 0.5 : total / Double(range.count)
    }

    /// The fold of a row, counted from the range's first; rows of a cluster are in the same.
    @inline(__always)
    static func fold(_ row: Int, of count: Int, _ clusters: Clusters?) -> Int {
        (clusters.map { Int($0.index[row]) } ?? row) % count
    }
}
