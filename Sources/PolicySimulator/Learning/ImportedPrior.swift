package import BanditCore

/// What a table of outcomes says of every cell, as pseudo-observations: a warm start.
package struct ImportedPrior: Sendable, Equatable {
    /// `[category][arm]`; counts are at most the mass asked for, and 0 where the table has no rows.
    package let reward: [SignalSums]
    package let costUSD: [SignalSums]
    package let latencyMS: [SignalSums]
    /// `[category]`: decisions added to the category's share of the traffic.
    package let decisions: [Double]

    /// min(mass, rows of the cell) pseudo-observations a cell, of reward, cost, latency and the categories' shares.
    ///
    /// - Parameters:
    ///   - categoryOfRow: `[row]`, in 0 ..< categories; rows outside are left out.
    ///   - arms: columns of the table to read, in the order of the arms; nil: an arm that the table does not know.
    ///   - mass: pseudo-observations a cell, > 0.
    package init(table: OutcomeTable, categoryOfRow: [Int], categories: Int, arms: [Int?], mass: Double) {
        precondition(categoryOfRow.count == table.rowCount, "a category a row")
        var rows = [[Int]](repeating: [], count: categories)
        for (row, category) in categoryOfRow.enumerated() where category >= 0 && category < categories {
            rows[category].append(row)
        }
        var rewards: [SignalSums] = []
        var costs: [SignalSums] = []
        var latencies: [SignalSums] = []
        for category in 0..<categories {
            for arm in arms {
                func sums(_ value: (Int, Int) -> Double) -> SignalSums {
                    guard let arm else { return SignalSums() }
                    var all = SignalSums()
                    for row in rows[category] {
                        let x = value(row, arm)
                        if !x.isNaN { all = all + SignalSums(count: 1, sum: x, sumSquares: x * x) }
                    }
                    return all.count > 0 ? all.scaled(by: min(mass, all.count) / all.count) : all
                }
                rewards.append(sums { table.score(row: $0, model: $1) })
                costs.append(sums { table.costUSD(row: $0, model: $1) })
                latencies.append(sums { table.latencyMS(row: $0, model: $1) })
            }
        }
        reward = rewards
        costUSD = costs
        latencyMS = latencies
        let total = Double(rows.reduce(0) { $0 + $1.count })
        decisions = rows.map { own in
            own.isEmpty ? 0 : min(mass, Double(own.count)) * Double(own.count) / total * Double(categories)
        }
    }
}
