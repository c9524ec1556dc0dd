package import DecisionStore
package import RoutingEngine
import Synchronization

/// Holds keys, and the router as a whole, to their limits: requests and tokens a minute, concurrent requests, dollars a day.
///
/// Everything a request needs of both is looked at and taken under one lock, so that no race lets more in than a limit says;
/// callers without limits never take it. Minutes go by a steady clock, which nobody sets; days (UTC) by the wall clock's times given.
package final class KeyLimiter: Sendable {
    /// A request that was let in; it must be settled exactly once.
    package struct Admission: Sendable {
        /// The key whose account was charged; nil where it has no limits.
        fileprivate let keyID: String?
        fileprivate let isGlobal: Bool
        /// What is held of daily limits.
        package let reserved: NanoDollars
        fileprivate let day: Int64
        /// What the caller has left, for the answer's headers; nil where no limit a minute applies.
        package let status: RateLimitStatus?

        /// Where no limit applies: nothing is held.
        package static let free = Admission(keyID: nil, isGlobal: false, reserved: 0, day: 0, status: nil)
    }

    private struct State {
        var accounts: [String: LimitAccount] = [:]
        /// Of all requests together; nil where there are no such limits.
        var global: LimitAccount?
        /// What keys spent on `earlierDay` before this process began, by key id.
        var earlier: [String: NanoDollars] = [:]
        /// What everybody spent on `earlierDay` before this process began.
        var earlierTotal: NanoDollars = 0
        var earlierDay: Int64 = -1

        /// The key's account under its limits of now.
        func account(_ keyID: String, _ limits: KeyLimits, day: Int64, now: Double) -> LimitAccount {
            var account =
                accounts[keyID]
                ?? LimitAccount(limits, day: day, spent: earlierDay == day ? earlier[keyID] ?? 0 : 0, now: now)
            account.change(to: limits, now: now)
            return account
        }
    }

    private let state = Mutex(State())
    /// Whether there are limits for all requests together: read on every request, so not under the lock.
    private let hasGlobal = Atomic(false)

    private let steady: @Sendable () -> Timestamp

    /// - Parameter steady: a clock that nobody sets, microseconds.
    package init(steady: @escaping @Sendable () -> Timestamp = SteadyClock.now) { self.steady = steady }

    /// Of the steady clock.
    private var seconds: Double { Double(steady()) / 1e6 }

    /// Takes over the limits of all requests together; what they spent and have in flight goes on counting.
    package func limitAll(to limits: KeyLimits, now: Timestamp) {
        let seconds = self.seconds
        state.withLock { state in
            if state.global != nil {
                // Kept also without limits: what is in flight was counted in it and will leave it.
                state.global?.change(to: limits, now: seconds)
            } else if limits != KeyLimits() {
                let day = now / Self.dayLength
                state.global = LimitAccount(
                    limits, day: day, spent: state.earlierDay == day ? state.earlierTotal : 0, now: seconds)
            }
        }
        hasGlobal.store(limits != KeyLimits(), ordering: .releasing)
    }

    /// Takes up the limits where the process before this one left them: the day's money, and the buckets as they were filled and
    /// emptied since `recent`, when all are taken to have been full.
    ///
    /// - Parameters:
    ///   - limits: of the keys in force, by id.
    ///   - recent: the first instant that `history` knows the requests of.
    package func resume(_ history: LimitHistory, limits: [String: KeyLimits], recent: Timestamp, now: Timestamp) {
        let day = now / Self.dayLength
        // The steady clock's time of the wall clock's 0, as things are now.
        let origin = steady().subtractingSaturated(now)
        let start = Double(origin.addingSaturated(recent)) / 1e6
        let total = history.spent.values.reduce(NanoDollars(0)) { $0.adding($1) }
        var uses: [String: [LimitHistory.Use]] = [:]
        for use in history.uses { if let id = use.keyID { uses[id, default: []].append(use) } }
        state.withLock { state in
            state.earlier = history.spent
            state.earlierTotal = total
            state.earlierDay = day
            for (id, limits) in limits where limits != KeyLimits() {
                var account = LimitAccount(limits, day: day, spent: history.spent[id] ?? 0, now: start)
                account.replay(uses[id] ?? [], until: now, origin: origin)
                state.accounts[id] = account
            }
            if let limits = state.global?.limits {
                var account = LimitAccount(limits, day: day, spent: total, now: start)
                account.replay(history.uses, until: now, origin: origin)
                state.global = account
            }
        }
    }

    /// How far back a bucket's level is looked for: one that was emptied further than it fills in this time begins too full.
    package static let recentLength: Timestamp = 3_600 * 1_000_000

    /// The first instant of the day (UTC) that money is counted on.
    static func startOfDay(_ now: Timestamp) -> Timestamp { now / dayLength * dayLength }

    private static let dayLength: Timestamp = 86_400 * 1_000_000

    /// Lets a request in, or says which limit it would break; then nothing is taken.
    ///
    /// - Parameter worstCase: the most the request can cost; nil where no price is known (a daily limit is then charged what is
    ///   known afterwards). Asked for only where a limit applies.
    package func admit(
        _ caller: Caller, worstCase: @autoclosure () -> NanoDollars?, now: Timestamp
    ) throws(GatewayError) -> Admission {
        let isGlobal = hasGlobal.load(ordering: .acquiring)
        let keyID = caller.limits == KeyLimits() ? nil : caller.keyID
        guard keyID != nil || isGlobal else { return .free }
        let worst = worstCase() ?? 0
        let seconds = self.seconds
        let day = now / Self.dayLength
        let untilTomorrow = Int(max(1, (Self.dayLength - now % Self.dayLength) / 1_000_000))
        let result: Result<Admission, GatewayError> = state.withLock { state in
            var own = keyID.map { state.account($0, caller.limits, day: day, now: seconds) }
            defer { if let keyID, let own { state.accounts[keyID] = own } }
            var refusal = own?.obstacle(
                worstCase: worst, day: day, untilTomorrow: untilTomorrow, now: seconds, holder: "key")
            if refusal == nil, isGlobal {
                refusal = state.global?.obstacle(
                    worstCase: worst, day: day, untilTomorrow: untilTomorrow, now: seconds, holder: "router")
            }
            if refusal == nil {
                own?.enter(worstCase: worst, now: seconds)
                if isGlobal { state.global?.enter(worstCase: worst, now: seconds) }
            }
            var status = own?.status(at: seconds)
            if isGlobal, let all = state.global?.status(at: seconds) { status = status?.stricter(all) ?? all }
            if var refusal {
                refusal.rateLimit = status
                return .failure(refusal)
            }
            return .success(
                Admission(
                    keyID: keyID, isGlobal: isGlobal, reserved: worst, day: own?.day ?? state.global?.day ?? day,
                    status: status))
        }
        return try result.get()
    }

    /// Gives back what an admission held and charges what was really used.
    ///
    /// - Parameters:
    ///   - tokens: nil where the provider did not say.
    ///   - cost: as it stands in the log; nil where it is not known: nothing is charged then, live as after a restart.
    package func settle(_ admission: Admission, tokens: Int?, cost: NanoDollars?) {
        guard admission.keyID != nil || admission.isGlobal else { return }
        let (seconds, spent) = (self.seconds, max(0, cost ?? 0))
        state.withLock { state in
            if let id = admission.keyID {
                state.accounts[id]?.leave(
                    reserved: admission.reserved, cost: spent, tokens: tokens, day: admission.day, now: seconds)
            }
            if admission.isGlobal {
                state.global?.leave(
                    reserved: admission.reserved, cost: spent, tokens: tokens, day: admission.day, now: seconds)
            }
        }
    }

    /// Whether nothing stands against a request that costs nothing; takes nothing.
    package func hasRoom(_ caller: Caller, now: Timestamp) -> Bool {
        let isGlobal = hasGlobal.load(ordering: .acquiring)
        let keyID = caller.limits == KeyLimits() ? nil : caller.keyID
        guard keyID != nil || isGlobal else { return true }
        let (seconds, day) = (self.seconds, now / Self.dayLength)
        return state.withLock { state in
            var own = keyID.map { state.account($0, caller.limits, day: day, now: seconds) }
            let refusal =
                own?.obstacle(worstCase: 0, day: day, untilTomorrow: 1, now: seconds, holder: "key")
                ?? (isGlobal
                    ? state.global?.obstacle(worstCase: 0, day: day, untilTomorrow: 1, now: seconds, holder: "router")
                    : nil)
            return refusal == nil
        }
    }

    /// Charges what the router itself spent on a caller's request before it was let in, as on embeddings for its category.
    ///
    /// - Parameters:
    ///   - tokens: nil where the provider did not say.
    ///   - cost: nil where it is not known.
    /// - Returns: whether a limit counts it: then the store must know of it, too.
    @discardableResult
    package func charge(_ caller: Caller, tokens: Int?, cost: NanoDollars?, now: Timestamp) -> Bool {
        let isGlobal = hasGlobal.load(ordering: .acquiring)
        let keyID = caller.limits == KeyLimits() ? nil : caller.keyID
        guard keyID != nil || isGlobal else { return false }
        let (seconds, day) = (self.seconds, now / Self.dayLength)
        state.withLock { state in
            if let keyID {
                var own = state.account(keyID, caller.limits, day: day, now: seconds)
                own.charge(cost: cost ?? 0, tokens: tokens ?? 0, day: day, now: seconds)
                state.accounts[keyID] = own
            }
            if isGlobal { state.global?.charge(cost: cost ?? 0, tokens: tokens ?? 0, day: day, now: seconds) }
        }
        return true
    }

    /// Charges what a client says that a decision cost which it served itself; the log counts it, so limits do.
    ///
    /// - Parameter keyID: of the key that was given the decision.
    package func charge(keyID: String?, outcome: Outcome, decidedAt: Timestamp, now: Timestamp) {
        let (seconds, day) = (self.seconds, decidedAt / Self.dayLength)
        guard day == now / Self.dayLength else { return }
        let cost = max(0, outcome.cost ?? 0)
        state.withLock { state in
            if let keyID { state.accounts[keyID]?.charge(cost: cost, tokens: 0, day: day, now: seconds) }
            state.global?.charge(cost: cost, tokens: 0, day: day, now: seconds)
        }
    }
}
