package import RoutingEngine
import Synchronization

/// Holds keys to their limits: requests and tokens a minute, concurrent requests, dollars a day.
package final class KeyLimiter: Sendable {
    /// What one key has used and has in flight.
    private struct Account {
        var requests: TokenBucket?
        var tokens: TokenBucket?
        var inFlight = 0
        /// Days since the epoch (UTC) that `spent` counts.
        var day: Int64 = 0
        var spent: NanoDollars = 0
        var reserved: NanoDollars = 0
        var limits = KeyLimits()
    }

    /// A request that was let in; it must be settled exactly once.
    package struct Admission: Sendable {
        fileprivate let keyID: String?
        fileprivate let reserved: NanoDollars
        fileprivate let day: Int64

        /// For callers without a key: nothing is held.
        package static let free = Admission(keyID: nil, reserved: 0, day: 0)
    }

    private struct State {
        var accounts: [String: Account] = [:]
        /// What keys spent on `earlierDay` before this process began, by key id.
        var earlier: [String: NanoDollars] = [:]
        var earlierDay: Int64 = -1
    }

    private let state = Mutex(State())

    package init() {}

    /// Tells what keys spent today before this process began.
    package func resume(spentToday: [String: NanoDollars], now: Timestamp) {
        state.withLock { state in
            state.earlier = spentToday
            state.earlierDay = now / Self.dayLength
        }
    }

    /// The first instant of the day (UTC) that money is counted on.
    static func startOfDay(_ now: Timestamp) -> Timestamp { now / dayLength * dayLength }

    private static let dayLength: Timestamp = 86_400 * 1_000_000

    /// Lets a request in, or says which limit it would break; then nothing is taken.
    ///
    /// - Parameter worstCase: the most the request can cost; nil where an arm's price is unknown (a key with a daily limit is then
    ///   charged what is known afterwards).
    package func admit(
        _ caller: Caller, worstCase: @autoclosure () -> NanoDollars?, now: Timestamp
    ) throws(GatewayError) -> Admission {
        guard let id = caller.keyID, caller.limits != KeyLimits() else { return .free }
        let worstCase = worstCase()
        let limits = caller.limits
        let seconds = Double(now) / 1e6
        let day = now / Self.dayLength
        let result: Result<Admission, GatewayError> = state.withLock { state in
            var account =
                state.accounts[id] ?? Account(day: day, spent: state.earlierDay == day ? state.earlier[id] ?? 0 : 0)
            defer { state.accounts[id] = account }
            if account.limits != limits {
                account.limits = limits
                account.requests = limits.requestsPerMinute.map { TokenBucket(perMinute: $0, at: seconds) }
                account.tokens = limits.tokensPerMinute.map { TokenBucket(perMinute: $0, at: seconds) }
            }
            if account.day != day {
                account.day = day
                account.spent = 0
            }
            if let limit = limits.concurrent, account.inFlight >= limit {
                return .failure(
                    GatewayError(
                        429, "concurrency_limit_exceeded", "The key has \(limit) requests in flight, its limit.",
                        retryAfter: 1))
            }
            if let wait = account.tokens?.admits(at: seconds) {
                return .failure(Self.rateLimited("tokens", limits.tokensPerMinute, wait))
            }
            if let limit = limits.costPerDay,
                account.spent + account.reserved + (worstCase ?? 0) > limit
            {
                let untilTomorrow = ((day + 1) * Self.dayLength - now) / 1_000_000
                return .failure(
                    GatewayError(
                        429, "budget_exceeded",
                        "What the request may cost would exceed the key's limit of \(limit.usd) USD a day.",
                        retryAfter: Int(max(1, untilTomorrow))))
            }
            if let wait = account.requests?.take(1, at: seconds) {
                return .failure(Self.rateLimited("requests", limits.requestsPerMinute, wait))
            }
            account.inFlight += 1
            let reserved = limits.costPerDay == nil ? 0 : worstCase ?? 0
            account.reserved += reserved
            return .success(Admission(keyID: id, reserved: reserved, day: day))
        }
        return try result.get()
    }

    /// Gives back what an admission held and charges what was really used.
    ///
    /// - Parameters:
    ///   - tokens: nil where the provider did not say.
    ///   - cost: nil where it is not known: then what was reserved counts as spent, so that no key gets around its limit by leaving
    ///     before the usage is told.
    package func settle(_ admission: Admission, tokens: Int?, cost: NanoDollars?, now: Timestamp) {
        guard let id = admission.keyID else { return }
        state.withLock { state in
            guard var account = state.accounts[id] else { return }
            account.inFlight -= 1
            account.reserved -= admission.reserved
            // Money counts on the day on which it was asked for.
            if account.day == admission.day { account.spent += cost ?? admission.reserved }
            if let tokens { account.tokens?.charge(Double(tokens), at: Double(now) / 1e6) }
            state.accounts[id] = account
        }
    }

    private static func rateLimited(_ what: String, _ limit: Int?, _ wait: Double) -> GatewayError {
        GatewayError(
            429, "rate_limit_exceeded", "The key is limited to \(limit ?? 0) \(what) a minute.",
            retryAfter: max(1, Int(wait.rounded(.up))))
    }
}
