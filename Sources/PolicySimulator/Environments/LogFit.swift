package import OffPolicy

/// What a decision log says of the world it comes from: cells, traffic, and how much feedback comes, and when.
///
/// Only fresh decisions count: which arm a pinned or sticky one got is not chance. Rewards are credited to the arm that served. A
/// cell's distribution of rewards is that of its decisions, drawn towards the arm's over all categories and that towards all
/// rewards with ``RewardModel/strength`` pseudo-observations each, so that a cell hardly seen is not taken at its word. Cost and
/// latency are the cell's mean, the arm's where the cell has none.
package struct LogFit: Sendable {
    /// Distinct rewards kept as they are; beyond that they fall into this many classes of equal width.
    static let valueLimit = 32

    package let environment: LoggedEnvironment
    /// Decisions it was fitted on, with a reward or without.
    package let decisions: Int
    /// Share of them that have a reward.
    package let feedbackRate: Double
    /// Mean number of decisions between a decision and its reward; nil where the log has no times of rewards.
    package let meanDelayRounds: Double?

    /// What a log lacks.
    package struct Refusal: Error, Equatable {
        package let reason: String
    }

    /// - Parameters:
    ///   - log: with observations, prices and times of rewards.
    ///   - arms: the arms that serve in the simulation; nil: all that served in the log.
    /// - Throws: where one of them has no reward in the log.
    package init(_ log: DecisionLog, arms: [String]? = nil) throws(Refusal) {
        let names = log.names
        var served = [Double](repeating: 0, count: names.arms.count)
        for arm in log.rows.servedArm { served[Int(arm)] += 1 }
        let ids = arms ?? names.arms.indices.filter { served[$0] > 0 }.map { names.arms[$0] }
        for id in ids where names.arms.firstIndex(of: id).map({ served[$0] == 0 }) ?? true {
            throw Refusal(reason: "has no decision with a reward that “\(id)” served")
        }
        let columns = names.arms.map { ids.firstIndex(of: $0) }
        let cellOf: (LogRows, Int) -> Int? = { rows, row in
            columns[Int(rows.servedArm[row])].map { Int(rows.category[row]) * ids.count + $0 }
        }
        let cellCount = names.categories.count * ids.count
        var weights = [Double](repeating: 0, count: names.categories.count)
        for rows in [log.rows, log.silentRows] { for category in rows.category { weights[Int(category)] += 1 } }

        let rewards = Self.rewards(log.rows, cellOf, cells: cellCount, arms: ids.count)
        let sources = [log.rows, log.silentRows]
        let cost = Self.quantity(sources, \.costUSD, cellOf, cells: cellCount, arms: ids.count)
        let latency = Self.quantity(sources, \.latencyMS, cellOf, cells: cellCount, arms: ids.count)
        environment = LoggedEnvironment(
            categories: names.categories.map { $0.isEmpty ? "general" : $0 }, arms: ids, weights: weights,
            means: CellMeans(
                reward: (0..<cellCount).map { min(1, max(0, rewards.mean(cell: $0))) }, costUSD: cost.means,
                latencyMS: latency.means),
            rewards: rewards, costSpread: cost.spread, latencySpread: latency.spread)
        decisions = log.rows.count + log.silentRows.count
        feedbackRate = Double(log.rows.count) / Double(max(1, decisions))
        meanDelayRounds = Self.meanDelay(log)
    }

    // MARK: Rewards

    private static func rewards(
        _ rows: LogRows, _ cellOf: (LogRows, Int) -> Int?, cells: Int, arms: Int
    ) -> LoggedEnvironment.RewardDistributions {
        var values = Array(Set(rows.reward)).sorted()
        var classOf: (Double) -> Int = { value in values.firstIndex(of: value)! }
        if values.count > valueLimit {
            let limit = valueLimit
            values = (0..<limit).map { (Double($0) + 0.5) / Double(limit) }
            classOf = { min(limit - 1, Int(saturating: $0 * Double(limit))) }
        }
        let width = values.count
        var cellCounts = [Double](repeating: 0, count: cells * width)
        var armCounts = [Double](repeating: 0, count: arms * width)
        var allCounts = [Double](repeating: 0, count: width)
        for row in 0..<rows.count {
            guard let cell = cellOf(rows, row) else { continue }
            let value = classOf(rows.reward[row])
            cellCounts[cell * width + value] += 1
            armCounts[cell % arms * width + value] += 1
            allCounts[value] += 1
        }
        let all = shares(allCounts[...], prior: allCounts.map { _ in 1 / Double(width) }, mass: 1)
        let byArm = (0..<arms).map {
            shares(armCounts[$0 * width..<($0 + 1) * width], prior: all, mass: RewardModel.strength)
        }
        let byCell = (0..<cells).flatMap {
            shares(cellCounts[$0 * width..<($0 + 1) * width], prior: byArm[$0 % arms], mass: RewardModel.strength)
        }
        return LoggedEnvironment.RewardDistributions(values: values, probabilities: byCell)
    }

    /// (count + mass · prior)/(n + mass).
    private static func shares(_ counts: ArraySlice<Double>, prior: [Double], mass: Double) -> [Double] {
        let total = counts.reduce(0, +) + mass
        return zip(counts, prior).map { ($0 + mass * $1) / total }
    }

    // MARK: Costs, latencies

    /// Means by cell (NaN where nothing is known of the arm), and the coefficient of variation around them, of all cells together.
    private static func quantity(
        _ sources: [LogRows], _ column: KeyPath<LogRows, [Double]>, _ cellOf: (LogRows, Int) -> Int?, cells: Int,
        arms: Int
    ) -> (means: [Double], spread: Double) {
        var cellSums = [SIMD2<Double>](repeating: .zero, count: cells)
        var armSums = [SIMD2<Double>](repeating: .zero, count: arms)
        func forEach(_ body: (Int, Double) -> Void) {
            for rows in sources {
                let values = rows[keyPath: column]
                for row in values.indices where !values[row].isNaN {
                    if let cell = cellOf(rows, row) { body(cell, values[row]) }
                }
            }
        }
        forEach { cell, value in
            cellSums[cell] += SIMD2(1, value)
            armSums[cell % arms] += SIMD2(1, value)
        }
        let means = cellSums.indices.map { cell in
            let sums = cellSums[cell][0] > 0 ? cellSums[cell] : armSums[cell % arms]
            return sums[0] > 0 ? sums[1] / sums[0] : .nan
        }
        var squares = 0.0
        var count = 0.0
        forEach { cell, value in
            guard means[cell] > 0 else { return }
            let distance = value / means[cell] - 1
            squares += distance * distance
            count += 1
        }
        // A mean a cell was fitted.
        let freedom = count - Double(cellSums.filter { $0[0] > 0 }.count)
        return (means, freedom > 0 ? (squares / freedom).squareRoot() : 0)
    }

    // MARK: Delay

    /// Mean over rewarded decisions of the decisions made between them and their reward.
    private static func meanDelay(_ log: DecisionLog) -> Double? {
        let times = (log.rows.timeMicroseconds + log.silentRows.timeMicroseconds).sorted()
        /// Decisions made at `time` or before.
        func made(by time: Int64) -> Int {
            var (low, high) = (0, times.count)
            while low < high {
                let middle = (low + high) / 2
                if times[middle] <= time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        var (total, count) = (0, 0)
        for (row, reward) in log.rows.rewardTimeMicroseconds.enumerated() where reward > 0 {
            let decision = log.rows.timeMicroseconds[row]
            guard decision > 0, reward >= decision else { continue }
            total += made(by: reward) - made(by: decision)
            count += 1
        }
        return count > 0 ? Double(total) / Double(count) : nil
    }
}
