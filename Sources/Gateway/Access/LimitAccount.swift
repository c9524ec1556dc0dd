import DecisionStore
import RoutingEngine

/// What one holder of limits (a key, or the router as a whole) has used and has in flight.
struct LimitAccount {
    private(set) var limits: KeyLimits
    private var requests: TokenBucket?
    private var tokens: TokenBucket?
    private var inFlight = 0
    /// Days since the epoch (UTC) that `spent` counts.
    private(set) var day: Int64
    private var spent: NanoDollars
    private var reserved: NanoDollars = 0

    /// - Parameters:
    ///   - day: whose money `spent` is, in days since the epoch.
    ///   - now: here and below, seconds of a steady clock.
    init(_ limits: KeyLimits, day: Int64, spent: NanoDollars, now: Double) {
        self.limits = limits
        self.day = day
        self.spent = spent
        fill(at: now)
    }

    private mutating func fill(at now: Double) {
        requests = limits.requestsPerMinute.map { TokenBucket(perMinute: $0, at: now) }
        tokens = limits.tokensPerMinute.map { TokenBucket(perMinute: $0, at: now) }
    }

    /// Takes over other limits: buckets begin full, what is in flight and spent stays.
    mutating func change(to limits: KeyLimits, now: Double) {
        guard limits != self.limits else { return }
        self.limits = limits
        fill(at: now)
    }

    /// Begins a day. After a step of the clock back over midnight the day that had begun goes on: none begins twice.
    private mutating func turn(to day: Int64) {
        guard day > self.day || day < self.day - 1 else { return }
        self.day = day
        spent = 0
    }

    /// What stands against a request, if anything; takes nothing.
    ///
    /// - Parameters:
    ///   - holder: whose limits these are, for the message: `key` or `router`.
    ///   - untilTomorrow: whole seconds to the next UTC day.
    mutating func obstacle(
        worstCase: NanoDollars, day: Int64, untilTomorrow: Int, now: Double, holder: String
    ) -> GatewayError? {
        turn(to: day)
        if let limit = limits.concurrent, inFlight >= limit {
            return GatewayError(
                429, "concurrency_limit_exceeded", "The \(holder) has \(limit) requests in flight, its limit.",
                retryAfter: 1)
        }
        if let wait = tokens?.admits(at: now) {
            return Self.rateLimited(holder, "tokens", limits.tokensPerMinute, wait)
        }
        if let limit = limits.costPerDay, spent.addingSaturated(reserved).addingSaturated(worstCase) > limit {
            return GatewayError(
                429, "budget_exceeded",
                "What the request may cost would exceed the \(holder)'s limit of \(limit.usd) USD a day.",
                retryAfter: untilTomorrow)
        }
        if let wait = requests?.waits(for: 1, at: now) {
            return Self.rateLimited(holder, "requests", limits.requestsPerMinute, wait)
        }
        return nil
    }

    private static func rateLimited(_ holder: String, _ what: String, _ limit: Int?, _ wait: Double) -> GatewayError {
        GatewayError(
            429, "rate_limit_exceeded", "The \(holder) is limited to \(limit ?? 0) \(what) a minute.",
            retryAfter: max(1, Int(saturating: wait.rounded(.up))))
    }

    /// Takes a request in that nothing stood against.
    mutating func enter(worstCase: NanoDollars, now: Double) {
        inFlight += 1
        reserved.addSaturated(worstCase)
        _ = requests?.take(1, at: now)
    }

    /// Gives back what was held and charges what was used.
    ///
    /// - Parameter day: on which the request was let in: money counts on the day on which it was asked for.
    mutating func leave(reserved held: NanoDollars, cost: NanoDollars, tokens used: Int?, day: Int64, now: Double) {
        inFlight -= 1
        reserved = max(0, reserved.subtractingSaturated(held))
        if self.day == day { spent.addSaturated(cost) }
        if let used { tokens?.charge(Double(used), at: now) }
    }

    /// Charges what was used beside requests.
    ///
    /// - Parameter day: today's, in days since the epoch.
    mutating func charge(cost: NanoDollars, tokens used: Int, day: Int64, now: Double) {
        turn(to: day)
        spent.addSaturated(cost)
        tokens?.charge(Double(used), at: now)
    }

    /// Empties the buckets by what was used before this process began.
    ///
    /// - Parameters:
    ///   - uses: with times of the wall clock; those after `now` were made under a wrong one and count as of now.
    ///   - origin: what the steady clock shows where the wall clock shows 0.
    mutating func replay(_ uses: [LimitHistory.Use], until now: Timestamp, origin: Timestamp) {
        guard requests != nil || tokens != nil else { return }
        var events: [(time: Timestamp, requests: Double, tokens: Double)] = []
        for use in uses {
            if use.isRequest { events.append((min(use.time, now), 1, 0)) }
            if let tokens = use.tokens, tokens > 0 {
                events.append((min(use.endedAt ?? use.time, now), 0, Double(tokens)))
            }
        }
        for event in events.sorted(by: { $0.time < $1.time }) {
            let seconds = Double(origin.addingSaturated(event.time)) / 1e6
            // What was let in under a higher limit leaves this one empty, not in debt.
            if event.requests > 0, let left = requests?.level(at: seconds) {
                requests?.charge(min(event.requests, max(0, left)), at: seconds)
            }
            if event.tokens > 0 { tokens?.charge(event.tokens, at: seconds) }
        }
    }

    /// What is left; nil where neither requests nor tokens are limited.
    mutating func status(at now: Double) -> RateLimitStatus? {
        guard requests != nil || tokens != nil else { return nil }
        var status = RateLimitStatus()
        if let limit = limits.requestsPerMinute, let left = requests?.level(at: now) {
            status.requests = .init(
                limit: limit, remaining: max(0, Int(saturating: left)), resetSeconds: Self.reset(limit, left))
        }
        if let limit = limits.tokensPerMinute, let left = tokens?.level(at: now) {
            status.tokens = .init(
                limit: limit, remaining: max(0, Int(saturating: left)), resetSeconds: Self.reset(limit, left))
        }
        return status
    }

    /// Seconds until a bucket is full again.
    private static func reset(_ limit: Int, _ left: Double) -> Double {
        max(0, (Double(limit) - left) * 60 / Double(limit))
    }
}
