import BanditCore
import Gateway
import RoutingEngine
import Synchronization
import Testing

@Suite("when all arms rest")
struct RestingTests {
    /// A clock that stands still until it is moved.
    private final class Time: Sendable {
        let now = Atomic<Int64>(1_000_000)
    }

    private func health(_ time: Time, failuresToOpen: Int = 5) -> ArmHealth {
        ArmHealth(
            HealthDefinition(failuresToOpen: failuresToOpen, openFor: .seconds(40)),
            clock: { time.now.load(ordering: .relaxed) })
    }

    private func refusal(_ reasons: [ExclusionReason]) -> RoutingRefusal {
        .noArmAvailable(zip(["a", "b", "c"], reasons).map { Exclusion(arm: $0, reason: $1) })
    }

    @Test("the shortest rest is that of the arm that is back first; nil where one may be asked now")
    func shortest() {
        let time = Time()
        let health = health(time)
        health.failed("a", retryAfter: 30_000_000)
        #expect(health.shortestRest(of: ["a", "b"]) == nil)
        health.failed("b", retryAfter: 12_000_000)
        #expect(health.shortestRest(of: ["a", "b"]) == 12_000_000)
        time.now.add(10_000_000, ordering: .relaxed)
        #expect(health.shortestRest(of: ["a", "b"]) == 2_000_000)
        #expect(health.shortestRest(of: ["a"]) == 20_000_000)
        time.now.add(3_000_000, ordering: .relaxed)
        #expect(health.shortestRest(of: ["a", "b"]) == nil)
        #expect(health.shortestRest(of: []) == nil)
    }

    @Test("an open breaker rests until it lets a probe through, a limited arm behind it longer")
    func breaker() {
        let time = Time()
        let health = health(time, failuresToOpen: 1)
        health.failed("a")
        #expect(health.shortestRest(of: ["a"]) == 40_000_000)
        time.now.add(15_000_000, ordering: .relaxed)
        #expect(health.shortestRest(of: ["a"]) == 25_000_000)
        health.failed("a", retryAfter: 60_000_000)
        #expect(health.shortestRest(of: ["a"]) == 60_000_000)
    }

    @Test("limited by their providers alone: 429 with the rest; otherwise 503 with it")
    func answers() {
        for (reasons, status, code) in [
            ([.cooldown, .cooldown, .cooldown], 429, "rate_limit_exceeded"),
            ([.cooldown, .contextWindow, .cooldown], 429, "rate_limit_exceeded"),
            ([.cooldown, .breakerOpen, .cooldown], 503, "no_arm_available"),
            ([.breakerOpen, .breakerOpen], 503, "no_arm_available"), ([.disabled], 503, "no_arm_available"),
        ] as [([ExclusionReason], Int, String)] {
            let error = GatewayError.refusal(refusal(reasons), rest: 11_000_001)
            #expect(error.status == status && error.code == code, "\(reasons)")
            #expect(error.retryAfter == 12)
            #expect(GatewayError.refusal(refusal(reasons)).retryAfter == 1)
        }
    }
}
