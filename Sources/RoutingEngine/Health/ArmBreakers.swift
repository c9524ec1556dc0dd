/// Whose request a fault happened to: by this a broken arm is told from requests that break it.
package struct FaultWitness: Sendable, Equatable {
    /// Id of the key that asked; nil without keys.
    package var key: String?
    /// Tells what was asked from what else was asked; looked at without keys only.
    package var request: UInt64

    package init(key: String? = nil, request: UInt64 = 0) {
        self.key = key
        self.request = request
    }
}

/// What a fault says of its cause.
package enum FaultCause: Sendable {
    /// The arm or the account it is asked with: nothing that a client sends can bring it about.
    case arm
    /// The arm, or a request that it cannot bear.
    case unclear
}

/// The breakers of one arm: one that stands for everybody, and one for each key whose own requests fail.
///
/// Whoever knows five prompts that make a provider fail must not take its arms from all others. So a fault that a request may have
/// caused counts against the arm for the key that asked; it counts for everybody only once the run of faults without a success
/// between holds those of two keys, each for half of `failures_to_open` at the most. Without keys nobody can tell callers apart: then
/// one and the same request counts once, where the arm lately answered others.
package struct ArmBreakers: Sendable {
    private let definition: HealthDefinition
    private var shared: CircuitBreaker
    private var own: [String: CircuitBreaker] = [:]
    /// Faults of unclear cause since the last success, by key.
    private var faultsByKey: [String: Int] = [:]
    /// What was asked when they happened, without keys.
    private var failedRequests: Set<UInt64> = []
    /// What the arm answered last, without keys.
    private var answeredRequests: [UInt64] = []
    private var answeredAt: Timestamp?
    /// Whether it was opened by what no client can bring about.
    private var isArmsFault = false

    /// Keys and requests that are told apart at the most.
    private static let witnessLimit = 256
    private static let answeredLimit = 16
    /// How long an answer shows that an arm works, microseconds.
    private static let evidenceLength: Timestamp = 600 * 1_000_000

    package init(_ definition: HealthDefinition) {
        self.definition = definition
        shared = CircuitBreaker(definition)
    }

    /// Why the arm may not be asked now with this key; nil where it may.
    package func refusal(for key: String?, at now: Timestamp) -> ExclusionReason? {
        shared.refusal(at: now) ?? key.flatMap { own[$0]?.refusal(at: now) }
    }

    /// How long it may not be asked with this key, microseconds; nil where it may.
    package func rest(for key: String?, at now: Timestamp) -> Timestamp? {
        let rests = [shared.rest(at: now), key.flatMap { own[$0]?.rest(at: now) }]
        return rests.compactMap { $0 }.max()
    }

    /// What users see: how it stands for everybody, or for the only key that asks for it.
    package func state(at now: Timestamp) -> CircuitBreaker.State {
        let state = shared.state(at: now)
        guard state == .closed, faultsByKey.count == 1, let key = faultsByKey.keys.first else { return state }
        return own[key]?.state(at: now) ?? state
    }

    /// How many keys it is not asked for now.
    package func refusedKeys(at now: Timestamp) -> Int {
        own.values.reduce(0) { $0 + ($1.refusal(at: now) == nil ? 0 : 1) }
    }

    /// Records that a request is about to ask the arm.
    ///
    /// - Parameter evenIfOpen: no arm is closed, and this one is the least bad.
    /// - Returns: whether it may; false where another request is the probe.
    package mutating func begin(for key: String?, at now: Timestamp, evenIfOpen: Bool = false) -> Bool {
        if let key, own[key]?.refusal(at: now) != nil { return evenIfOpen }
        guard shared.begin(at: now) else { return evenIfOpen }
        if let key { _ = own[key]?.begin(at: now) }
        return true
    }

    package mutating func succeeded(_ witness: FaultWitness, at now: Timestamp) {
        shared.succeeded()
        isArmsFault = false
        if !faultsByKey.isEmpty { faultsByKey.removeAll() }
        if !failedRequests.isEmpty { failedRequests.removeAll() }
        if let key = witness.key {
            own[key] = nil
        } else {
            answeredAt = now
            guard answeredRequests.last != witness.request else { return }
            if answeredRequests.count >= Self.answeredLimit { answeredRequests.removeFirst() }
            answeredRequests.append(witness.request)
        }
    }

    /// Records a fault of the arm.
    ///
    /// - Parameter retryAfter: how long the provider asked not to be called, microseconds; nil where it did not say.
    package mutating func failed(
        _ witness: FaultWitness, _ cause: FaultCause, at now: Timestamp, retryAfter: Timestamp? = nil
    ) {
        if let retryAfter { shared.cool(for: retryAfter, at: now) }
        if cause == .arm || shared.isProbing {
            shared.failed(at: now)
            if cause == .arm { isArmsFault = true }
        } else if let key = witness.key {
            failed(key, at: now)
        } else if isNews(witness.request, at: now) {
            shared.failed(at: now)
        }
    }

    private mutating func failed(_ key: String, at now: Timestamp) {
        if own[key] == nil, own.count >= Self.witnessLimit { own = own.filter { $0.value.refusal(at: now) != nil } }
        if own[key] != nil || own.count < Self.witnessLimit {
            own[key, default: CircuitBreaker(definition)].failed(at: now)
        }
        if faultsByKey[key] != nil || faultsByKey.count < Self.witnessLimit { faultsByKey[key, default: 0] += 1 }
        let most = (definition.failuresToOpen + 1) / 2
        let faults = faultsByKey.values.reduce(0) { $0 + min($1, most) }
        if faultsByKey.count > 1, faults >= definition.failuresToOpen { shared.open(at: now) }
    }

    /// Whether a fault without a key tells more than the last one did.
    private mutating func isNews(_ request: UInt64, at now: Timestamp) -> Bool {
        let isNew = failedRequests.count >= Self.witnessLimit || failedRequests.insert(request).inserted
        // An arm that answers nobody, or no longer answers this very request, is broken, whatever it is asked.
        guard let answeredAt, now - answeredAt < Self.evidenceLength else { return true }
        return isNew || answeredRequests.contains(request)
    }

    /// Records that a call ended without saying anything of the arm's health.
    package mutating func ended(for key: String?, at now: Timestamp) {
        shared.ended(at: now)
        if let key { own[key]?.ended(at: now) }
    }

    /// How bad an arm is that is not asked because its breaker is open: an order among such arms, the least bad first.
    package func badness(for key: String?, at now: Timestamp) -> (isArmsFault: Bool, openedAt: Timestamp)? {
        guard refusal(for: key, at: now) == .breakerOpen else { return nil }
        let openedAt = shared.openedAt ?? key.flatMap { own[$0]?.openedAt } ?? now
        return (isArmsFault && shared.openedAt != nil, openedAt)
    }
}
