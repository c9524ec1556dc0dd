import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("Who asks for embeddings, and when")
struct EmbeddingDeskTests {
    private static let second: Timestamp = 1_000_000
    private static let terms = EmbeddingTerms(
        identity: "up m", health: HealthDefinition(failuresToOpen: 2, openFor: .seconds(30)), cacheEntries: 2)
    private static let scores = EmbeddingScores(logits: [1, 2])

    private static func key(_ number: Int) -> EmbeddingKey { EmbeddingKey(digest: [UInt8(number)]) }

    /// What a step was, in a word.
    private static func word(_ step: EmbeddingDesk<Int>.Step) -> String {
        switch step {
        case .known: "known"
        case .call: "call"
        case .joined: "joined"
        case .refused(let refusal): refusal.rawValue
        }
    }

    private static func ask(
        _ desk: inout EmbeddingDesk<Int>, _ number: Int, waiter: Int = 0, at now: Timestamp = 0,
        terms: EmbeddingTerms = terms
    ) -> String {
        word(desk.ask(key(number), waiter: waiter, terms: terms, now: now))
    }

    @Test("one call for a text; all who want it hear of it; then it is known")
    func singleFlight() {
        var desk = EmbeddingDesk<Int>()
        #expect(Self.ask(&desk, 1, waiter: 10) == "call")
        #expect(Self.ask(&desk, 1, waiter: 11) == "joined" && Self.ask(&desk, 2, waiter: 12) == "call")
        #expect(desk.inFlight == 2)
        #expect(desk.ended(Self.key(1), Self.scores, now: 1) == [10, 11])
        guard case .known(let known) = desk.ask(Self.key(1), waiter: 0, terms: Self.terms, now: 2) else {
            Issue.record("the scores are not known")
            return
        }
        #expect(known == Self.scores && desk.count == 1 && desk.inFlight == 1)
        #expect(desk.ended(Self.key(1), Self.scores, now: 3).isEmpty)
    }

    @Test("a call that failed is not remembered; enough of them open the breaker; one probe closes it")
    func breaker() {
        var desk = EmbeddingDesk<Int>()
        for number in 1...2 {
            #expect(Self.ask(&desk, number) == "call")
            #expect(desk.ended(Self.key(number), nil, now: 0) == [0])
        }
        #expect(Self.ask(&desk, 3, at: Self.second) == "breaker_open")
        #expect(desk.breakerState(at: Self.second) == .open)
        #expect(Self.ask(&desk, 3, at: 31 * Self.second) == "call")
        #expect(Self.ask(&desk, 4, at: 31 * Self.second) == "breaker_open", "only one may probe")
        _ = desk.ended(Self.key(3), Self.scores, now: 32 * Self.second)
        #expect(Self.ask(&desk, 4, at: 33 * Self.second) == "call")
        #expect(desk.breakerState(at: 33 * Self.second) == .closed)
    }

    @Test("what is known is given while the breaker is open")
    func knownThroughBreaker() {
        var desk = EmbeddingDesk<Int>()
        _ = Self.ask(&desk, 1)
        _ = desk.ended(Self.key(1), Self.scores, now: 0)
        for number in 2...3 {
            _ = Self.ask(&desk, number)
            _ = desk.ended(Self.key(number), nil, now: 0)
        }
        #expect(Self.ask(&desk, 4) == "breaker_open" && Self.ask(&desk, 1) == "known")
    }

    @Test("a provider that is always too slow counts as failing, though its answers are kept")
    func late() {
        var desk = EmbeddingDesk<Int>()
        for number in 1...2 {
            #expect(Self.ask(&desk, number) == "call")
            desk.wasLate(Self.key(number), now: 0)
            // The second one to lose patience with the same call does not count again.
            desk.wasLate(Self.key(number), now: 0)
            #expect(number == 2 || Self.ask(&desk, number) == "busy", "nobody waits for a call that is late")
        }
        #expect(Self.ask(&desk, 3) == "breaker_open")
        #expect(desk.ended(Self.key(1), Self.scores, now: Self.second) == [0])
        #expect(Self.ask(&desk, 1, at: Self.second) == "known")
        #expect(Self.ask(&desk, 3, at: Self.second) == "breaker_open", "a late answer does not close it")
    }

    @Test("as long as the provider asked not to be called, it is not")
    func retryAfter() {
        var desk = EmbeddingDesk<Int>()
        _ = Self.ask(&desk, 1)
        _ = desk.ended(Self.key(1), nil, retryAfter: 5 * Self.second, now: 0)
        #expect(Self.ask(&desk, 2, at: 4 * Self.second) == "breaker_open")
        #expect(Self.ask(&desk, 2, at: 5 * Self.second) == "call")
    }

    @Test("calls in flight and texts remembered are bounded; the text used longest ago goes first")
    func bounds() {
        var desk = EmbeddingDesk<Int>()
        for number in 0..<EmbeddingDesk<Int>.flightLimit { #expect(Self.ask(&desk, number) == "call") }
        #expect(Self.ask(&desk, 200) == "busy")
        for number in 0..<EmbeddingDesk<Int>.flightLimit { _ = desk.ended(Self.key(number), Self.scores, now: 0) }
        #expect(desk.count == 2 && desk.inFlight == 0)
        #expect(Self.ask(&desk, 62) == "known")
        _ = Self.ask(&desk, 100)
        _ = desk.ended(Self.key(100), Self.scores, now: 0)
        #expect(Self.ask(&desk, 62) == "known" && Self.ask(&desk, 63) == "call")
        var crowd = EmbeddingDesk<Int>()
        _ = Self.ask(&crowd, 1)
        for _ in 1..<EmbeddingDesk<Int>.waiterLimit { _ = Self.ask(&crowd, 1) }
        #expect(Self.ask(&crowd, 1) == "busy")
    }

    @Test("another provider or model has a breaker of its own; a smaller cache shrinks at once")
    func reload() {
        var desk = EmbeddingDesk<Int>()
        for number in 1...2 {
            _ = Self.ask(&desk, number)
            _ = desk.ended(Self.key(number), Self.scores, now: 0)
        }
        for number in 3...4 {
            _ = Self.ask(&desk, number)
            _ = desk.ended(Self.key(number), nil, now: 0)
        }
        let smaller = EmbeddingTerms(identity: "up m", health: Self.terms.health, cacheEntries: 1)
        #expect(Self.ask(&desk, 5, terms: smaller) == "breaker_open" && desk.count == 1)
        let other = EmbeddingTerms(identity: "down m", health: Self.terms.health, cacheEntries: 1)
        #expect(Self.ask(&desk, 5, terms: other) == "call")
    }
}
