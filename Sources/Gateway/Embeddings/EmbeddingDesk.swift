package import QueryCategories
package import RoutingEngine

/// Names a text, and the model that its scores are of.
package struct EmbeddingKey: Hashable, Sendable {
    /// SHA-256.
    package let digest: [UInt8]

    package init(digest: [UInt8]) { self.digest = digest }
}

/// Under which bounds embeddings are got.
package struct EmbeddingTerms: Sendable, Equatable {
    /// Who is asked for what: a breaker speaks of one of them only.
    package let identity: String
    package let health: HealthDefinition
    package let cacheEntries: Int

    package init(identity: String, health: HealthDefinition, cacheEntries: Int) {
        self.identity = identity
        self.health = health
        self.cacheEntries = cacheEntries
    }
}

/// Who is told the scores of a text, and when a provider is asked for them: cache, calls in flight and breaker.
///
/// A pure state machine: every method is told the time, and says what is to be done. One call for a text at a time; those who
/// want the same text meanwhile wait for it. A call that somebody's patience ended goes on and fills the cache, but counts as a
/// fault: a provider that is always too slow must not cost every request its patience.
package struct EmbeddingDesk<Waiter: Sendable>: Sendable {
    package enum Step: Sendable {
        case known(EmbeddingScores)
        /// Ask the provider; the waiter hears of it.
        case call
        /// Somebody has asked; the waiter hears of it.
        case joined
        case refused(Refusal)
    }

    package enum Refusal: String, Sendable, CaseIterable {
        /// The provider failed lately.
        case breakerOpen = "breaker_open"
        /// As many calls as may be are in flight, or the one for this text is late already.
        case busy
    }

    private struct Flight: Sendable {
        var waiters: [Waiter]
        var isLate = false
    }

    /// Calls in flight, those that nobody waits for any longer among them.
    package static var flightLimit: Int { 64 }
    /// Waiters for one text.
    package static var waiterLimit: Int { 1_000 }

    private var shelf = AnswerShelf<EmbeddingKey, EmbeddingScores>(maxEntries: 0, maxBytes: .max)
    private var flights: [EmbeddingKey: Flight] = [:]
    private var terms: EmbeddingTerms?
    private var breaker = CircuitBreaker(HealthDefinition())

    package init() {}

    /// Texts whose scores are kept.
    package var count: Int { shelf.count }
    package var inFlight: Int { flights.count }
    package func breakerState(at now: Timestamp) -> CircuitBreaker.State { breaker.state(at: now) }

    /// Looks a text up, and takes the waiter in where its scores are not known.
    package mutating func ask(
        _ key: EmbeddingKey, waiter: Waiter, terms: EmbeddingTerms, now: Timestamp
    ) -> Step {
        take(terms)
        if let scores = shelf.value(key, now: now) { return .known(scores) }
        if breaker.refusal(at: now) != nil { return .refused(.breakerOpen) }
        if let flight = flights[key] {
            guard !flight.isLate, flight.waiters.count < Self.waiterLimit else { return .refused(.busy) }
            flights[key]?.waiters.append(waiter)
            return .joined
        }
        guard flights.count < Self.flightLimit else { return .refused(.busy) }
        guard breaker.begin(at: now) else { return .refused(.breakerOpen) }
        flights[key] = Flight(waiters: [waiter])
        return .call
    }

    /// Somebody waits no longer.
    package mutating func wasLate(_ key: EmbeddingKey, now: Timestamp) {
        guard flights[key]?.isLate == false else { return }
        flights[key]?.isLate = true
        breaker.failed(at: now)
    }

    /// A call ended.
    ///
    /// - Parameters:
    ///   - scores: nil where it gave none.
    ///   - retryAfter: how long the provider asked not to be called, microseconds.
    /// - Returns: whom to tell.
    package mutating func ended(
        _ key: EmbeddingKey, _ scores: EmbeddingScores?, retryAfter: Timestamp? = nil, now: Timestamp
    ) -> [Waiter] {
        guard let flight = flights.removeValue(forKey: key) else { return [] }
        if let scores {
            shelf.keep(scores, for: key, bytes: 1, until: .max)
            if !flight.isLate { breaker.succeeded() }
        } else if !flight.isLate {
            breaker.failed(at: now, retryAfter: retryAfter)
        }
        return flight.waiters
    }

    private mutating func take(_ new: EmbeddingTerms) {
        guard terms != new else { return }
        if terms?.identity != new.identity || terms?.health != new.health { breaker = CircuitBreaker(new.health) }
        shelf.limit(entries: new.cacheEntries, bytes: .max)
        terms = new
    }
}
