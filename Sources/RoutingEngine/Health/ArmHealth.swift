import Synchronization

/// The breakers of all arms, shared by all requests.
package final class ArmHealth: Sendable {
    private let breakers: Mutex<[String: CircuitBreaker]>
    private let definition: Mutex<HealthDefinition>
    private let clock: @Sendable () -> Timestamp

    /// - Parameter clock: a steady one; a wall clock that is set back would keep arms out of service for as long.
    package init(_ definition: HealthDefinition, clock: @escaping @Sendable () -> Timestamp = SteadyClock.now) {
        self.definition = Mutex(definition)
        self.clock = clock
        breakers = Mutex([:])
    }

    /// Takes over a reloaded definition; breakers start anew where it changed.
    package func reload(_ new: HealthDefinition) {
        let changed = definition.withLock { current in
            defer { current = new }
            return current != new
        }
        if changed { breakers.withLock { $0.removeAll() } }
    }

    /// The arms that may not be asked now, with the reason.
    package func refusals(of arms: [String]) -> [(position: Int, reason: ExclusionReason)] {
        breakers.withLock { breakers in
            guard !breakers.isEmpty else { return [] }
            let now = clock()
            var out: [(position: Int, reason: ExclusionReason)] = []
            for (position, arm) in arms.enumerated() {
                if let reason = breakers[arm]?.refusal(at: now) { out.append((position, reason)) }
            }
            return out
        }
    }

    package func state(of arm: String) -> CircuitBreaker.State {
        breakers.withLock { $0[arm]?.state(at: clock()) } ?? .closed
    }

    /// Records that a request is about to ask `arm`; false where it may not (another request is the probe).
    package func begin(_ arm: String) -> Bool {
        breakers.withLock { $0[arm]?.begin(at: clock()) ?? true }
    }

    package func succeeded(_ arm: String) {
        // An arm without a breaker never failed: nothing to record, nothing to allocate on the usual path.
        breakers.withLock { $0[arm]?.succeeded() }
    }

    package func failed(_ arm: String, retryAfter: Timestamp? = nil) {
        let definition = definition.withLock { $0 }
        breakers.withLock { $0[arm, default: CircuitBreaker(definition)].failed(at: clock(), retryAfter: retryAfter) }
    }

    package func ended(_ arm: String) {
        breakers.withLock { $0[arm]?.ended(at: clock()) }
    }
}
