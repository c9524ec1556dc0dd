/// What is measured in a cell.
package enum Signal: Int, CaseIterable, Sendable {
    /// What feedback said, in [0, 1].
    case reward
    /// What a call cost, in USD.
    case costUSD
    /// How long an answer took, in milliseconds.
    case latencyMS
    /// 1 where a call failed, else 0.
    case failure
}

/// Decayed sums of a signal as of a time: number, sum and sum of squares of what was observed.
package struct SignalSums: Sendable, Equatable {
    package var count: Double
    package var sum: Double
    package var sumSquares: Double

    package init(count: Double = 0, sum: Double = 0, sumSquares: Double = 0) {
        self.count = count
        self.sum = sum
        self.sumSquares = sumSquares
    }

    var isFinite: Bool { count.isFinite && sum.isFinite && sumSquares.isFinite }

    /// Mean; nil without observations.
    package var mean: Double? { count > 0 ? sum / count : nil }

    /// Mean squared deviation (divided by the count); nil without observations.
    package var variance: Double? {
        guard let mean else { return nil }
        return Swift.max(0, sumSquares / count - mean * mean)
    }

    package static func + (left: SignalSums, right: SignalSums) -> SignalSums {
        SignalSums(
            count: left.count + right.count, sum: left.sum + right.sum, sumSquares: left.sumSquares + right.sumSquares)
    }

    package func scaled(by factor: Double) -> SignalSums {
        SignalSums(count: factor * count, sum: factor * sum, sumSquares: factor * sumSquares)
    }
}
