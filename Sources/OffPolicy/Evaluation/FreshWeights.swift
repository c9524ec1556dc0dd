/// What a policy's weights are on all fresh rows of a range, those somebody rated and those nobody did.
package struct FreshWeights: Sendable {
    /// Of the rows with a reward, and of the silent ones.
    package let used: [Double]
    package let silent: [Double]
    package let log: DecisionLog
    package let range: Range<Int>

    package init(_ used: [Double], _ silent: [Double], log: DecisionLog, range: Range<Int>) {
        self.used = used
        self.silent = silent
        self.log = log
        self.range = range
    }

    package var count: Int { used.count + silent.count }
    package var total: Double { used.reduce(0, +) + silent.reduce(0, +) }
    /// Of the rows with a reward.
    package var rewards: ArraySlice<Double> { log.rows.reward[range] }

    /// The share of the policy's decisions that nobody would rate; nil where no row carries weight.
    package var silentShare: Double? { total > 0 ? silent.reduce(0, +) / total : nil }

    /// The sessions of all rows, silent ones last.
    package var clusters: Clusters {
        let rated = log.rows.sessions(in: range)
        return Clusters(
            sessions: silent.isEmpty ? rated : rated + log.silentRows.sessions(in: log.silentRange(beside: range)))
    }

    /// A column of all rows, silent ones last; NaN where a row has none.
    package func column(_ path: KeyPath<LogRows, [Double]>) -> [Double] {
        func part(_ rows: LogRows, _ range: Range<Int>) -> [Double] {
            let values = rows[keyPath: path]
            return values.isEmpty ? [Double](repeating: .nan, count: range.count) : Array(values[range])
        }
        return part(log.rows, range) + (silent.isEmpty ? [] : part(log.silentRows, log.silentRange(beside: range)))
    }
}

extension DecisionLog {
    /// The silent rows among those a range of the used rows is cut from: rows before it are for training, rated or not.
    package func silentRange(beside range: Range<Int>) -> Range<Int> {
        guard range.lowerBound > 0, range.lowerBound < rows.count else { return 0..<silentRows.count }
        let first = rows.number[range.lowerBound]
        return (silentRows.number.firstIndex { $0 >= first } ?? silentRows.count)..<silentRows.count
    }
}
