import RoutingEngine
import Testing

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    let definition = HealthDefinition(failuresToOpen: 3, openFor: .seconds(30))
    static let second: Timestamp = 1_000_000

    func opened(at now: Timestamp) -> CircuitBreaker {
        var breaker = CircuitBreaker(definition)
        for _ in 0..<3 { breaker.failed(at: now) }
        return breaker
    }

    @Test(
        "opens at the last of the configured faults in a row, not before, and a success in between starts the count anew"
    )
    func opens() {
        var breaker = CircuitBreaker(definition)
        breaker.failed(at: 0)
        breaker.failed(at: 0)
        #expect(breaker.refusal(at: 0) == nil)
        breaker.succeeded()
        breaker.failed(at: 0)
        breaker.failed(at: 0)
        #expect(breaker.state(at: 0) == .closed)
        breaker.failed(at: 0)
        #expect(breaker.state(at: 0) == .open)
        #expect(breaker.refusal(at: 29 * Self.second) == .breakerOpen)
    }

    @Test("after the pause exactly one request probes; the others are refused until it is back")
    func oneProbe() {
        var breaker = opened(at: 0)
        let later = 30 * Self.second
        let began1 = breaker.begin(at: later - 1)
        #expect(began1 == false)
        #expect(breaker.refusal(at: later) == nil)
        let began2 = breaker.begin(at: later)
        #expect(began2)
        #expect(breaker.state(at: later) == .halfOpen)
        #expect(breaker.refusal(at: later) == .breakerOpen)
        let began3 = breaker.begin(at: later)
        #expect(began3 == false)
    }

    @Test(
        "a probe that succeeds closes, one that fails opens for a whole pause, one that teaches nothing frees the probe"
    )
    func probeEnds() {
        let later = 30 * Self.second
        var closes = opened(at: 0)
        _ = closes.begin(at: later)
        closes.succeeded()
        #expect(closes.state(at: later) == .closed)
        let began4 = closes.begin(at: later)
        #expect(began4)

        var fails = opened(at: 0)
        _ = fails.begin(at: later)
        fails.failed(at: later + 1)
        #expect(fails.refusal(at: later + 29 * Self.second) == .breakerOpen)
        #expect(fails.refusal(at: later + 1 + 30 * Self.second) == nil)

        var cancelled = opened(at: 0)
        _ = cancelled.begin(at: later)
        cancelled.ended(at: later + 1)
        let began5 = cancelled.begin(at: later + 1)
        #expect(began5)
    }

    @Test("a probe whose end is never reported does not close the arm for ever")
    func lostProbe() {
        var breaker = opened(at: 0)
        _ = breaker.begin(at: 30 * Self.second)
        let began6 = breaker.begin(at: 59 * Self.second)
        #expect(began6 == false)
        let began7 = breaker.begin(at: 60 * Self.second)
        #expect(began7)
    }

    @Test("Retry-After cools down without opening; the later of two deadlines stands; ten minutes at the most")
    func cooldown() {
        var breaker = CircuitBreaker(definition)
        breaker.failed(at: 0, retryAfter: 20 * Self.second)
        breaker.failed(at: 0, retryAfter: 5 * Self.second)
        #expect(breaker.refusal(at: 19 * Self.second) == .cooldown)
        #expect(breaker.state(at: 19 * Self.second) == .cooldown)
        #expect(breaker.refusal(at: 20 * Self.second) == nil)
        breaker.succeeded()
        breaker.failed(at: 0, retryAfter: 86_400 * Self.second)
        #expect(breaker.refusal(at: 599 * Self.second) == .cooldown)
        #expect(breaker.refusal(at: 600 * Self.second) == nil)
    }

    @Test("answers to calls from before it opened do not prolong the pause")
    func lateFaults() {
        var breaker = opened(at: 0)
        breaker.failed(at: 20 * Self.second)
        #expect(breaker.refusal(at: 30 * Self.second) == nil)
    }
}
