/// What an evaluation estimates the mean of (`--metric`).
package enum Metric: Sendable, Equatable {
    case reward
    case costUSD
    case latencyMS
    /// reward − cost/dollars − latency/seconds; an absent price takes nothing off.
    case utility(dollarsPerQuality: Double?, secondsPerQuality: Double?)

    /// The value of a row; NaN where something it needs is unknown.
    @inline(__always)
    func value(reward: Double, costUSD: Double, latencyMS: Double) -> Double {
        switch self {
        case .reward: return reward
        case .costUSD: return costUSD
        case .latencyMS: return latencyMS
        case .utility(let dollars, let seconds):
            var value = reward
            if let dollars { value -= costUSD / dollars }
            if let seconds { value -= latencyMS / 1000 / seconds }
            return value
        }
    }
}
