import RoutingEngine

/// A current value of feedback on a decision: what one source says in one metric.
struct FeedbackEntry: Sendable, Equatable {
    /// Number of the metric's name.
    var metric: Int
    var source: Int
    var value: FeedbackValue
    /// Number of the name of the key that gave it; 0 without one.
    var author: Int
    /// Whether it counts; not where the author's influence was capped or removed.
    var counted: Bool
    /// The revision's place in the log.
    var sequence: Int64
}

/// How many pieces of feedback make one reward: the weighted mean over a decision's current values, metrics × sources.
struct RewardRule: Sendable {
    private let metrics: [(name: Int, metric: FeedbackMetric)]
    /// Number of the metric that speaks of the arm drawn, whichever served; nil where none is configured.
    let drawnMetric: Int?
    /// The part of an observation that one of a decision counts for which the router only made.
    let decideOnlyShare: Double

    /// What a decision's feedback is worth to its arms.
    struct Rewards: Equatable {
        /// Of the arm that served.
        var served: Double?
        /// Of the arm drawn, where it is not the one that served.
        var drawn: Double?
        /// What the decision shows as its reward.
        var shown: Double?
    }

    /// - Parameter number: the number of a metric's name.
    init(
        _ options: StoreOptions, number: (String) throws(StoreError) -> Int
    ) throws(StoreError) {
        decideOnlyShare = options.decideOnlyShare
        var numbered: [(Int, FeedbackMetric)] = []
        for metric in options.metrics.sorted(by: { $0.id < $1.id }) { numbered.append((try number(metric.id), metric)) }
        self.metrics = numbered
        drawnMetric = numbered.first { $0.1.speaksOfDrawnArm }?.0
    }

    /// What the arm that served earns, and the arm drawn where another served, or none.
    func rewards(_ entries: [FeedbackEntry], served: Int?, drawn: Int) -> Rewards {
        guard served != drawn else {
            let reward = reward(entries)
            return Rewards(served: reward, drawn: nil, shown: reward)
        }
        guard let drawnMetric, entries.contains(where: { $0.metric == drawnMetric }) else {
            let reward = served == nil ? nil : reward(entries)
            return Rewards(served: reward, drawn: nil, shown: reward)
        }
        let ofServed = served == nil ? nil : reward(entries.filter { $0.metric != drawnMetric })
        let ofDrawn = reward(entries.filter { $0.metric == drawnMetric })
        return Rewards(served: ofServed, drawn: ofDrawn, shown: served == nil ? ofDrawn : ofServed)
    }

    /// The reward in [0, 1]; nil where nothing counts.
    ///
    /// Summed in the order of metric and source, so that equal values give equal bits in whatever order they came. Values of metrics
    /// that are not configured (any more), or outside their range, do not count.
    func reward(_ entries: [FeedbackEntry]) -> Double? {
        if entries.count == 1, entries[0].counted {
            // A weight times a value divided by the weight is not always the value.
            return metrics.first { $0.name == entries[0].metric }?.metric.reward(of: entries[0].value)
        }
        var sum = 0.0
        var weight = 0.0
        var alone = 0.0
        var count = 0
        for (name, metric) in metrics {
            for source in FeedbackSource.allCases.indices {
                for entry in entries where entry.metric == name && entry.source == source && entry.counted {
                    guard let reward = metric.reward(of: entry.value) else { continue }
                    sum += metric.weight * reward
                    weight += metric.weight
                    alone = reward
                    count += 1
                }
            }
        }
        return count == 0 ? nil : count == 1 ? alone : min(1, max(0, sum / weight))
    }
}

/// Numbers under which a source is stored; those of `FeedbackSource.allCases`, never to be changed.
extension FeedbackSource {
    var number: Int {
        switch self {
        case .user: 0
        case .judge: 1
        case .system: 2
        }
    }

    init?(number: Int) {
        switch number {
        case 0: self = .user
        case 1: self = .judge
        case 2: self = .system
        default: return nil
        }
    }
}
