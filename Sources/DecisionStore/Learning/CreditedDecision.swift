import RoutingEngine

/// A cell by the numbers of its names.
struct NamedCell: Sendable, Hashable {
    var route: Int
    var category: Int
    var arm: Int
}

/// A learner event before its cell has an address.
enum StoredEvent: Sendable, Equatable {
    case decided(NamedCell, time: Timestamp)
    case attempted(NamedCell, time: Timestamp, failed: Bool, share: Double)
    case served(NamedCell, time: Timestamp, costUSD: Double?, latencyMS: Double?, share: Double)
    case ended(NamedCell, time: Timestamp, cost: NanoDollars?)
    /// What was told of calls is taken back; each part where it is not nil.
    case withdrawn(NamedCell, time: Timestamp, failed: Bool?, costUSD: Double?, latencyMS: Double?, share: Double)
    /// What was told of a request's cost is taken back.
    case refunded(NamedCell, time: Timestamp, cost: NanoDollars?)
    case rewarded(
        NamedCell, time: Timestamp, propensity: Double?, previous: Double?, current: Double?, share: Double)
}

/// What must be known of a decision to credit what follows it, and the credit rules themselves.
///
/// A pure state machine: the writer and the refold drive the same one, from the rows of the log in the order of `seq`, and each
/// method returns what the learner is to be told.
struct CreditedDecision: Sendable, Equatable {
    /// Its place in the log.
    var sequence: Int64
    var time: Timestamp
    var route: Int
    var category: Int
    /// The arm drawn.
    var arm: Int
    var propensity: Double
    /// Whether the arm was drawn from a distribution (kind `fresh`).
    var isDraw: Bool
    /// Numbers of the names of the key that asked and of its group; 0 without one.
    var key: Int
    var keyGroup: Int
    /// Whether the router only chose, and nobody it knows of served: what is said of it counts for less.
    var isDecideOnly: Bool
    /// The arm that earns the reward: the arm drawn until something says otherwise; nil where an outcome said that none served.
    var servedArm: Int?
    var hasOutcome = false
    var hasServing = false
    var entries: [FeedbackEntry] = []

    private func cell(_ arm: Int) -> NamedCell { NamedCell(route: route, category: category, arm: arm) }

    /// The decision itself: counts the category's traffic.
    var decided: StoredEvent { .decided(cell(arm), time: time) }

    /// Who earns what at a moment.
    private struct Standing {
        var served: Int?
        var rewards: RewardRule.Rewards
    }

    private func standing(_ rule: RewardRule) -> Standing {
        Standing(served: servedArm, rewards: rule.rewards(entries, served: servedArm, drawn: arm))
    }

    /// The reward moves from one arm to another, or changes, or both; and so does what the arm drawn earns where it did not serve.
    private func move(from old: Standing, to new: Standing, _ rule: RewardRule) -> [StoredEvent] {
        var events: [StoredEvent] = []
        func rewarded(_ served: Int, previous: Double?, current: Double?) -> StoredEvent {
            .rewarded(
                cell(served), time: time, propensity: isDraw && served == arm ? propensity : nil, previous: previous,
                current: current, share: share(rule))
        }
        if old.served == new.served {
            if let arm = new.served, old.rewards.served != new.rewards.served {
                events.append(rewarded(arm, previous: old.rewards.served, current: new.rewards.served))
            }
        } else {
            if let arm = old.served, old.rewards.served != nil {
                events.append(rewarded(arm, previous: old.rewards.served, current: nil))
            }
            if let arm = new.served, new.rewards.served != nil {
                events.append(rewarded(arm, previous: nil, current: new.rewards.served))
            }
        }
        if old.rewards.drawn != new.rewards.drawn {
            events.append(rewarded(arm, previous: old.rewards.drawn, current: new.rewards.drawn))
        }
        return events
    }

    /// The part of an observation that one of this decision counts for.
    private func share(_ rule: RewardRule) -> Double { isDecideOnly ? rule.decideOnlyShare : 1 }

    /// The answer's head went out: this arm serves, whatever was drawn. The first word stands.
    mutating func serve(_ served: Int, rule: RewardRule) -> [StoredEvent] {
        guard !hasServing, !hasOutcome else { return [] }
        hasServing = true
        return setServed(served, rule: rule)
    }

    private mutating func setServed(_ served: Int?, rule: RewardRule) -> [StoredEvent] {
        guard served != servedArm else { return [] }
        guard !entries.isEmpty else {
            servedArm = served
            return []
        }
        let before = standing(rule)
        servedArm = served
        return move(from: before, to: standing(rule), rule)
    }

    /// The answer ended, or the failure did. The first outcome stands.
    ///
    /// Every attempt that says something of its arm is counted as failed or not; one that failed through the client's fault says
    /// nothing. Cost and latency are credited to the arm that served (``StoredOutcome/observed``).
    ///
    /// - Parameter counts: whether it teaches anything but which arm served: not where a key in quarantine says it.
    mutating func end(_ outcome: StoredOutcome, rule: RewardRule, counts: Bool = true) -> [StoredEvent] {
        guard !hasOutcome else { return [] }
        hasOutcome = true
        guard counts else { return setServed(outcome.servedArm, rule: rule) }
        var events: [StoredEvent] = []
        for attempt in outcome.attempts where attempt.succeeded || attempt.isArmFault {
            events.append(.attempted(cell(attempt.arm), time: time, failed: attempt.isArmFault, share: share(rule)))
        }
        if let served = outcome.servedArm {
            let (cost, latencyUS) = outcome.observed
            if cost != nil || latencyUS != nil {
                events.append(
                    .served(
                        cell(served), time: time, costUSD: cost.map(\.usd),
                        latencyMS: latencyUS.map { Double($0) / 1000 }, share: share(rule)))
            }
        }
        events.append(.ended(cell(outcome.servedArm ?? arm), time: time, cost: outcome.cost))
        return events + setServed(outcome.servedArm, rule: rule)
    }

    /// Whether the arm drawn was asked and failed, be it that another answered then, or none, or that its stream broke.
    func drawnArmFailed(_ outcome: StoredOutcome) -> Bool {
        outcome.attempts.contains { $0.arm == arm && $0.isArmFault }
    }

    /// A value of feedback is set, or taken back.
    mutating func revise(_ entry: FeedbackEntry, rule: RewardRule) -> [StoredEvent] {
        let before = standing(rule)
        if let known = entries.firstIndex(where: { $0.metric == entry.metric && $0.source == entry.source }) {
            entries[known] = entry
        } else {
            entries.append(entry)
        }
        return move(from: before, to: standing(rule), rule)
    }

    /// Everything that one author said stops to count.
    mutating func discount(author: Int, rule: RewardRule) -> [StoredEvent] {
        let before = standing(rule)
        for index in entries.indices where entries[index].author == author { entries[index].counted = false }
        return move(from: before, to: standing(rule), rule)
    }
}

/// An outcome as stored: names as numbers, times in whole microseconds. The learner folds these values, live and again.
struct StoredOutcome: Sendable, Equatable {
    struct Attempt: Sendable, Equatable {
        var arm: Int
        var succeeded: Bool
        var httpStatus: Int?
        var error: Int?
        var latencyUS: Int64
        var isArmFault: Bool
        var cost: NanoDollars?
    }

    var status: OutcomeStatus
    var servedArm: Int?
    var attempts: [Attempt]
    var latencyUS: Int64?
    var cost: NanoDollars?

    /// Cost and latency of the arm that served, as of its own attempt where there is one: what other arms wasted before is not its
    /// doing. Nothing of an answer that broke or was cancelled: it would only teach how long it was allowed to run.
    var observed: (cost: NanoDollars?, latencyUS: Int64?) {
        guard let servedArm, status == .ok else { return (nil, nil) }
        let own = attempts.last { $0.arm == servedArm && $0.succeeded }
        return (own?.cost ?? cost, own?.latencyUS ?? latencyUS)
    }
}

/// Milliseconds as whole microseconds, saturating; 0 for what is no duration.
func microseconds(_ milliseconds: Double) -> Int64 {
    guard milliseconds.isFinite, milliseconds > 0 else { return 0 }
    return Int64(exactly: (milliseconds * 1000).rounded()) ?? .max
}
