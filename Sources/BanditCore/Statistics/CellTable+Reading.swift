extension CellTable {
    /// The factor that turns stored sums into sums as of `time`.
    func factor(asOf time: Double) -> Double {
        forgetting.factor(asOf: time, epoch: epoch ?? 0)
    }

    /// The decayed sums of a signal in a cell as of a time; never negative counts.
    package func sums(_ signal: Signal, category: Int, arm: Int, asOf time: Double) -> SignalSums {
        sums(signal, category: category, arm: arm, factor: factor(asOf: time))
    }

    func sums(_ signal: Signal, category: Int, arm: Int, factor: Double) -> SignalSums {
        let index = cell(category, arm) * Self.signals + signal.rawValue
        return keepsEverything ? exact[index].sums : decayed[index].sums(factor: factor)
    }

    /// Rewards, each in [0, 1]: 0 ≤ sum ≤ count, whatever rounding left.
    package func reward(category: Int, arm: Int, asOf time: Double) -> SignalSums {
        reward(category: category, arm: arm, factor: factor(asOf: time))
    }

    func reward(category: Int, arm: Int, factor: Double) -> SignalSums {
        var sums = sums(.reward, category: category, arm: arm, factor: factor)
        sums.sum = Swift.max(0, Swift.min(sums.count, sums.sum))
        sums.sumSquares = Swift.max(0, Swift.min(sums.sum, sums.sumSquares))
        return sums
    }

    /// Costs of calls, USD.
    package func cost(category: Int, arm: Int, asOf time: Double) -> SignalSums {
        sums(.costUSD, category: category, arm: arm, asOf: time)
    }

    /// Latencies of calls, milliseconds.
    package func latency(category: Int, arm: Int, asOf time: Double) -> SignalSums {
        sums(.latencyMS, category: category, arm: arm, asOf: time)
    }

    /// Calls (count) and failed calls (sum).
    package func failure(category: Int, arm: Int, asOf time: Double) -> SignalSums {
        sums(.failure, category: category, arm: arm, asOf: time)
    }

    /// The decayed sum of importance-weighted losses of a cell.
    package func weightedLoss(category: Int, arm: Int, asOf time: Double) -> Double {
        weightedLoss(category: category, arm: arm, factor: factor(asOf: time))
    }

    func weightedLoss(category: Int, arm: Int, factor: Double) -> Double {
        let index = cell(category, arm)
        let sums = keepsEverything ? exactLoss[index].sums : decayedLoss[index].sums(factor: factor)
        return Swift.max(0, sums.sum)
    }

    /// The decayed number of decisions in a category.
    package func decisions(category: Int, asOf time: Double) -> Double {
        precondition(category >= 0 && category < categoryCount, "no such category in this table")
        return keepsEverything
            ? exactTraffic[category].sums.count : decayedTraffic[category].sums(factor: factor(asOf: time)).count
    }

    /// Cells that hold observations from more than a half-life after a time, or sums that are no numbers: as of that time not all is
    /// said of them that was observed, or nothing but their prior.
    package func cellsAhead(of time: Double) -> [(category: Int, arm: Int)] {
        guard !keepsEverything else { return [] }
        let factor = factor(asOf: time)
        var found: [(category: Int, arm: Int)] = []
        for category in 0..<categoryCount {
            for arm in 0..<armCount {
                let index = cell(category, arm)
                let signals = decayed[index * Self.signals..<(index + 1) * Self.signals]
                if signals.contains(where: { $0.isAhead(factor: factor) }) || decayedLoss[index].isAhead(factor: factor)
                {
                    found.append((category, arm))
                }
            }
        }
        return found
    }

    /// Each category's share of the traffic, `[category]`, summing to 1 over `categories`, as if every one of them had been
    /// seen once more.
    package func trafficShares(of categories: [Int], asOf time: Double) -> [Double] {
        let seen = categories.map { decisions(category: $0, asOf: time) + 1 }
        let total = seen.reduce(0, +)
        return seen.map { $0 / total }
    }
}
