/// What the learner can be told. Everything that is learned is told in one of these, in the order of the log.
package enum LearnerEvent: Sendable, Equatable {
    /// A decision was made; counts the category's share of the traffic and the arm's share of the choices.
    case decided(CellAddress, time: Timestamp)
    /// An upstream call ended; a fault of the arm or not.
    ///
    /// In all of these `share` is the part of an observation that it counts for, in (0, 1]: less than one for what only a client says.
    case attempted(CellAddress, time: Timestamp, failed: Bool, share: Double = 1)
    /// The arm that answered did so at this cost and latency, each nil where unknown.
    case served(CellAddress, time: Timestamp, costUSD: Double?, latencyMS: Double?, share: Double = 1)
    /// A request ended, at a cost that is nil where unknown, of failed attempts too: what budgets go by.
    case ended(CellAddress, time: Timestamp, cost: NanoDollars?)
    /// What `attempted` and `served` told of a decision is taken back; each part where it is not nil.
    case withdrawn(
        CellAddress, time: Timestamp, failed: Bool?, costUSD: Double?, latencyMS: Double?, share: Double = 1)
    /// The cost that `ended` told is taken back; the request stays counted.
    case refunded(CellAddress, time: Timestamp, cost: NanoDollars?)
    /// The reward of a decision changed from `previous` to `current`, each in [0, 1] or nil for none.
    ///
    /// The address is that of the arm that served; `time` is the decision's, so that late feedback weighs as little as prompt
    /// feedback on the same decision. `propensity` is the probability with which that arm was drawn; nil where it was not the
    /// arm drawn (then importance-weighted policies learn nothing from it).
    case rewarded(
        CellAddress, time: Timestamp, propensity: Double?, previous: Double?, current: Double?, share: Double = 1)
}
