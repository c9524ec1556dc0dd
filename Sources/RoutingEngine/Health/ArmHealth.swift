import Synchronization

/// The breakers of all arms, shared by all requests.
package final class ArmHealth: Sendable {
    private let breakers: Mutex<[String: ArmBreakers]>
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
    ///
    /// - Parameter key: id of the key that asks; nil: as for somebody who has asked nothing yet.
    package func refusals(
        of arms: [String], for key: String? = nil
    ) -> [(position: Int, reason: ExclusionReason)] {
        breakers.withLock { breakers in
            guard !breakers.isEmpty else { return [] }
            let now = clock()
            var out: [(position: Int, reason: ExclusionReason)] = []
            for (position, arm) in arms.enumerated() {
                if let reason = breakers[arm]?.refusal(for: key, at: now) { out.append((position, reason)) }
            }
            return out
        }
    }

    /// The position of the arm to ask where all that could be asked have open breakers; nil where none of them has.
    ///
    /// Arms that requests may have broken come before arms that are broken by themselves, what was opened first before what was opened
    /// last.
    package func leastBad(
        of arms: [String], among positions: some Sequence<Int>, for key: String?
    ) -> Int? {
        breakers.withLock { breakers in
            let now = clock()
            var best: (position: Int, isArmsFault: Bool, openedAt: Timestamp)?
            for position in positions {
                guard let badness = breakers[arms[position]]?.badness(for: key, at: now) else { continue }
                if let best,
                    (best.isArmsFault ? 1 : 0, best.openedAt) <= (badness.isArmsFault ? 1 : 0, badness.openedAt)
                {
                    continue
                }
                best = (position, badness.isArmsFault, badness.openedAt)
            }
            return best?.position
        }
    }

    /// How long until the first of these arms may be asked, microseconds; nil where one may be asked now.
    package func shortestRest(of arms: [String], for key: String? = nil) -> Timestamp? {
        let now = clock()
        return breakers.withLock { breakers in
            var shortest: Timestamp?
            for arm in arms {
                guard let rest = breakers[arm]?.rest(for: key, at: now) else { return nil }
                shortest = min(shortest ?? rest, rest)
            }
            return shortest
        }
    }

    package func state(of arm: String) -> CircuitBreaker.State {
        breakers.withLock { $0[arm]?.state(at: clock()) } ?? .closed
    }

    /// How many keys an arm is not asked for, because their own requests failed.
    package func refusedKeys(of arm: String) -> Int {
        breakers.withLock { $0[arm]?.refusedKeys(at: clock()) } ?? 0
    }

    /// Records that a request is about to ask `arm`; false where it may not (another request is the probe).
    ///
    /// - Parameter evenIfOpen: no arm is closed, and this one is the least bad.
    package func begin(
        _ arm: String, for key: String? = nil, evenIfOpen: Bool = false
    ) -> Bool {
        breakers.withLock { $0[arm]?.begin(for: key, at: clock(), evenIfOpen: evenIfOpen) ?? true }
    }

    package func succeeded(_ arm: String, _ witness: FaultWitness = FaultWitness()) {
        breakers.withLock { breakers in
            if breakers[arm] != nil {
                return breakers[arm, default: ArmBreakers(HealthDefinition())].succeeded(witness, at: clock())
            }
            // With keys, an arm without breakers never failed: nothing to record, nothing to allocate on the usual path.
            guard witness.key == nil, witness.request != 0 else { return }
            var new = ArmBreakers(definition.withLock { $0 })
            new.succeeded(witness, at: clock())
            breakers[arm] = new
        }
    }

    package func failed(
        _ arm: String, _ witness: FaultWitness = FaultWitness(), _ cause: FaultCause = .arm,
        retryAfter: Timestamp? = nil
    ) {
        let definition = definition.withLock { $0 }
        breakers.withLock {
            $0[arm, default: ArmBreakers(definition)].failed(witness, cause, at: clock(), retryAfter: retryAfter)
        }
    }

    package func ended(_ arm: String, for key: String? = nil) {
        breakers.withLock { $0[arm]?.ended(for: key, at: clock()) }
    }
}
