extension CellTable {
    /// The table of some categories and arms, in the order given; every bit of their sums is kept.
    ///
    /// - Parameters:
    ///   - categories: row indices, each once; nil: a row without observations.
    ///   - arms: column indices, each once; nil: a column without observations.
    package func selecting(categories rows: [Int?], arms columns: [Int?]) -> CellTable {
        var result = CellTable(
            categories: rows.count, arms: columns.count, forgetting: forgetting,
            implicitExploration: implicitExploration)
        result.epoch = epoch
        for (row, category) in rows.enumerated() {
            guard let category else { continue }
            for (column, arm) in columns.enumerated() {
                guard let arm else { continue }
                let source = cell(category, arm)
                let target = row * columns.count + column
                for signal in 0..<Self.signals {
                    if keepsEverything {
                        result.exact[target * Self.signals + signal] = exact[source * Self.signals + signal]
                    } else {
                        result.decayed[target * Self.signals + signal] = decayed[source * Self.signals + signal]
                    }
                }
                if keepsEverything {
                    result.exactLoss[target] = exactLoss[source]
                } else {
                    result.decayedLoss[target] = decayedLoss[source]
                }
            }
            if keepsEverything {
                result.exactTraffic[row] = exactTraffic[category]
            } else {
                result.decayedTraffic[row] = decayedTraffic[category]
            }
        }
        return result
    }
}
