/// Takes a failing arm out of service and lets one request at a time find out whether it is back.
///
/// A pure state machine: every method is told the time and returns or changes values only.
///
///     closed ──faults in a row──▶ open ──openFor passes──▶ half-open (one probe) ──success──▶ closed
///                                  ▲                              │
///                                  └────────── fault ─────────────┘
///
/// A `Retry-After` from the provider cools the arm down without counting as broken: `cooldown` is independent of the breaker.
package struct CircuitBreaker: Sendable, Equatable {
    /// What users see as `health.state`.
    package enum State: String, Sendable, CaseIterable {
        case closed
        case open
        case halfOpen = "half_open"
        case cooldown
    }

    private enum Phase: Equatable {
        case closed(consecutiveFaults: Int)
        case open(since: Timestamp)
        /// One request is asking the arm; nobody else may, until it answers or `since + openFor` passes.
        case probing(since: Timestamp)
    }

    private var phase: Phase = .closed(consecutiveFaults: 0)
    private var coolUntil: Timestamp = .min
    private let failuresToOpen: Int
    private let openFor: Timestamp

    /// Longest time for which a `Retry-After` is obeyed: ten minutes.
    package static let longestCooldown: Timestamp = 600 * 1_000_000

    package init(_ definition: HealthDefinition) {
        failuresToOpen = max(1, definition.failuresToOpen)
        openFor = Timestamp(saturating: definition.openFor / .microseconds(1))
    }

    /// Why the arm may not be asked now; nil where it may.
    package func refusal(at now: Timestamp) -> ExclusionReason? {
        if now < coolUntil { return .cooldown }
        switch phase {
        case .closed: return nil
        case .open(let since): return now - since >= openFor ? nil : .breakerOpen
        // A probe that never reports back (its process was stopped, its outcome lost) must not close the arm for ever.
        case .probing(let since): return now - since >= openFor ? nil : .breakerOpen
        }
    }

    /// How long it may not be asked, microseconds; nil where it may.
    package func rest(at now: Timestamp) -> Timestamp? {
        guard refusal(at: now) != nil else { return nil }
        return max(coolUntil, openedAt.map { $0 + openFor } ?? coolUntil) - now
    }

    package func state(at now: Timestamp) -> State {
        switch phase {
        case .probing: return .halfOpen
        case .open(let since): return now - since >= openFor ? .halfOpen : .open
        case .closed: return now < coolUntil ? .cooldown : .closed
        }
    }

    /// Records that a request is about to ask the arm. After an open period this request is the probe.
    ///
    /// - Returns: whether it may; false where another request took the probe in between.
    package mutating func begin(at now: Timestamp) -> Bool {
        switch phase {
        case .closed: return true
        case .open(let since), .probing(let since):
            guard now - since >= openFor else { return false }
            phase = .probing(since: now)
            return true
        }
    }

    package mutating func succeeded() {
        phase = .closed(consecutiveFaults: 0)
    }

    /// Records a fault of the arm.
    ///
    /// - Parameter retryAfter: how long the provider asked not to be called, microseconds; nil where it did not say.
    package mutating func failed(at now: Timestamp, retryAfter: Timestamp? = nil) {
        if let retryAfter { cool(for: retryAfter, at: now) }
        switch phase {
        case .closed(let faults):
            phase = faults + 1 >= failuresToOpen ? .open(since: now) : .closed(consecutiveFaults: faults + 1)
        case .probing:
            phase = .open(since: now)
        case .open:
            break  // an answer to a call from before the breaker opened: it must not prolong the pause
        }
    }

    /// Leaves the arm alone for so long, microseconds, as its provider asked.
    package mutating func cool(for retryAfter: Timestamp, at now: Timestamp) {
        guard retryAfter > 0 else { return }
        // The later of two deadlines stands: a second, shorter one must not bring the arm back early.
        coolUntil = max(coolUntil, now + min(retryAfter, Self.longestCooldown))
    }

    /// Opens without counting: whoever looks at faults otherwise has seen enough of them.
    package mutating func open(at now: Timestamp) {
        switch phase {
        case .closed, .probing: phase = .open(since: now)
        case .open: break
        }
    }

    package var isProbing: Bool { if case .probing = phase { true } else { false } }

    /// Since when it is open, or was before it was probed; nil while it is closed.
    package var openedAt: Timestamp? {
        switch phase {
        case .closed: nil
        case .open(let since), .probing(let since): since
        }
    }

    /// Records that a call ended without saying anything of the arm's health (the client left, the request was at fault).
    package mutating func ended(at now: Timestamp) {
        // The probe taught nothing: the next request may probe at once.
        if case .probing = phase { phase = .open(since: now - openFor) }
    }
}
