import RoutingEngine

/// What was served in some stretch of time.
struct TrafficSample: HistorySample, Equatable {
    /// Length of the stretch that was watched, seconds; rates are counts over it.
    var seconds = 0.0
    /// Requests that ended, by how.
    var succeeded = 0
    var failed = 0
    var cancelled = 0
    /// Refused before a decision (bad requests, keys, limits).
    var refused = 0
    var promptTokens = 0
    var completionTokens = 0
    var cost: NanoDollars = 0
    /// Counts of whole request times in the buckets of `MetricHistogram.seconds`.
    var durations = [Int](repeating: 0, count: MetricHistogram.seconds.count + 1)
    /// Decisions that got a reward, and the sum of it.
    var rewarded = 0
    var rewardSum = 0.0
    /// Requests by the arm that served.
    var arms: [String: Int] = [:]

    var requests: Int { succeeded + failed + cancelled }

    mutating func merge(_ later: TrafficSample) {
        seconds += later.seconds
        succeeded += later.succeeded
        failed += later.failed
        cancelled += later.cancelled
        refused += later.refused
        promptTokens.addSaturated(later.promptTokens)
        completionTokens.addSaturated(later.completionTokens)
        cost.addSaturated(later.cost)
        for index in durations.indices { durations[index] += later.durations[index] }
        rewarded += later.rewarded
        rewardSum += later.rewardSum
        arms.merge(later.arms, uniquingKeysWith: +)
    }

    /// A quantile of the request times in milliseconds, by linear interpolation within its bucket; nil without requests.
    func latencyMS(_ quantile: Double) -> Double? {
        let total = durations.reduce(0, +)
        guard total > 0 else { return nil }
        let rank = quantile * Double(total)
        var below = 0.0
        for (index, count) in durations.enumerated() where count > 0 {
            let reached = below + Double(count)
            if reached >= rank || index == durations.count - 1 {
                let bounds = MetricHistogram.seconds
                // The last bucket has no upper bound: its lower one is all that is known.
                guard index < bounds.count else { return bounds[bounds.count - 1] * 1000 }
                let low = index == 0 ? 0 : bounds[index - 1]
                return (low + (bounds[index] - low) * max(0, rank - below) / Double(count)) * 1000
            }
            below = reached
        }
        return MetricHistogram.seconds.last.map { $0 * 1000 }
    }

    /// What happened between two readings of the counters.
    init(from before: MetricTotals, to after: MetricTotals, seconds: Double) {
        self.seconds = seconds
        succeeded = after.succeeded - before.succeeded
        failed = after.failed - before.failed
        cancelled = after.cancelled - before.cancelled
        refused = after.refused - before.refused
        promptTokens = after.promptTokens.subtractingSaturated(before.promptTokens)
        completionTokens = after.completionTokens.subtractingSaturated(before.completionTokens)
        cost = after.cost.subtractingSaturated(before.cost)
        for index in durations.indices { durations[index] = after.durations[index] - before.durations[index] }
        for (arm, count) in after.arms {
            let added = count - (before.arms[arm] ?? 0)
            if added > 0 { arms[arm] = added }
        }
    }

    init() {}
}
