import BanditCore
import DecisionStore
import RoutingEngine
import Testing

/// What the router itself says of a provider that failed.
@Suite("Implicit signals")
struct ImplicitSignalTests {
    private static func options() -> StoreOptions {
        var options = StoreFixture.options()
        options.metrics += [.answered, .kept]
        return options
    }

    private func failing(_ fixture: StoreFixture, _ decision: Decision, then served: String?) -> Outcome {
        var outcome = fixture.outcome(of: decision, served: served, status: served == nil ? .error : .ok)
        let failed = Attempt(
            arm: decision.arm, succeeded: false, httpStatus: 500, error: "status_500", latencyMS: 3, isArmFault: true)
        outcome.attempts = [failed] + (served == nil ? [] : outcome.attempts)
        return outcome
    }

    @Test("without the metric a provider's failure is no reward")
    func off() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        _ = await store.recordAndWait(decision)
        _ = await store.recordAndWait(failing(fixture, decision, then: nil))
        #expect(store.rewards("a") == (0, 0))
        #expect(try await store.decision(decision.id)?.feedback.isEmpty == true)
    }

    @Test("the arm drawn earns nothing for its failure, the one that served what users say; each refold agrees")
    func fallback() async throws {
        let fixture = try StoreFixture(Self.options())
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        _ = await store.recordAndWait(decision)
        _ = await store.recordAndWait(failing(fixture, decision, then: "b"))
        #expect(store.rewards("a") == (1, 0))
        #expect(store.rewards("b") == (0, 0))
        let receipt = try await store.submit(.boolean(true), on: decision).get()
        #expect(receipt.arm == "b" && receipt.reward == 1)
        #expect(store.rewards("a") == (1, 0) && store.rewards("b") == (1, 1))
        let record = try #require(try await store.decision(decision.id))
        #expect(record.reward == 1 && record.servedArm == "b")
        let said = try #require(record.feedback.first { $0.metric == "answered" })
        #expect(said.source == .system && said.value == .boolean(false) && said.counts)

        // It can be taken back like anything else that was said.
        let back = try await store.submit(.retraction, on: decision, metric: "answered", source: .system).get()
        #expect(back.status == .retracted)
        #expect(store.rewards("a") == (0, 0) && store.rewards("b") == (1, 1))
        let live = store.learnerState
        store.close()
        let report = try StoreArchive(path: fixture.path, options: fixture.options).verify()
        #expect(report.isEqual, "\(report.problems)")
        var other = fixture.options
        other.metrics.append(FeedbackMetric(id: "unused", kind: .boolean))
        let again = try fixture.open(other)
        #expect(again.learnerState.encoded() == live.encoded())
    }

    @Test("a failure that nobody made up for is reward 0, and stays visible; feedback on it is still refused")
    func nobody() async throws {
        let fixture = try StoreFixture(Self.options())
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        _ = await store.recordAndWait(decision)
        _ = await store.recordAndWait(failing(fixture, decision, then: nil))
        #expect(store.rewards("a") == (1, 0))
        #expect(try await store.decision(decision.id)?.reward == 0)
        let refused = try await store.submit(.boolean(true), on: decision)
        #expect(refused == .failure(.decisionNotServed))
        let back = try await store.submit(.retraction, on: decision, metric: "answered", source: .system).get()
        #expect(back.status == .retracted && back.reward == nil)
        #expect(store.rewards("a") == (0, 0))
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: fixture.options).verify().isEqual)
    }

    @Test("a stream that broke was served: what users say and that it broke make one reward")
    func broken() async throws {
        let fixture = try StoreFixture(Self.options())
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        _ = await store.recordAndWait(decision)
        _ = try await store.submit(.boolean(true), on: decision)
        var outcome = failing(fixture, decision, then: nil)
        outcome.servedArm = "a"
        _ = await store.recordAndWait(outcome)
        #expect(store.rewards("a") == (1, 0.5))
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: fixture.options).verify().isEqual)
    }

    @Test("feedback given before an arm failed and another served moves to that one")
    func moves() async throws {
        let fixture = try StoreFixture(Self.options())
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        _ = await store.recordAndWait(decision)
        _ = try await store.submit(.boolean(true), on: decision)
        #expect(store.rewards("a") == (1, 1))
        _ = await store.recordAndWait(failing(fixture, decision, then: "b"))
        #expect(store.rewards("a") == (1, 0) && store.rewards("b") == (1, 1))
        // A client's own mistake says nothing of an arm.
        let mistaken = fixture.decision(arm: "b")
        _ = await store.recordAndWait(mistaken)
        var outcome = failing(fixture, mistaken, then: nil)
        outcome.attempts[0].isArmFault = false
        _ = await store.recordAndWait(outcome)
        #expect(store.rewards("b") == (1, 1))
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: fixture.options).verify().isEqual)
    }

    @Test("what the router notes of an answer counts like any other feedback")
    func noted() async throws {
        let fixture = try StoreFixture(Self.options())
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        _ = await store.recordAndWait(decision)
        store.note(
            FeedbackSubmission(
                target: .decision(decision.id), metric: "kept", value: .boolean(false), source: .system),
            received: fixture.now)
        // An entry of its own: when it is in, so is everything before it.
        _ = await store.recordAndWait(fixture.decision())
        #expect(store.rewards("a") == (1, 0))
        #expect(try await store.decision(decision.id)?.feedback.map(\.metric) == ["kept"])
    }
}
