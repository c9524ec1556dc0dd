import BanditCore
import DecisionStore
import RoutingEngine
import Testing

/// Who earns the reward.
@Suite("Credit")
struct CreditTests {
    @Test("after a fallback the arm that served earns the reward, with no propensity of the arm drawn")
    func fallback() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        store.record(decision)
        var outcome = fixture.outcome(of: decision, served: "b")
        outcome.attempts.insert(
            Attempt(arm: "a", succeeded: false, httpStatus: 503, error: "status", latencyMS: 12, isArmFault: true),
            at: 0)
        _ = await store.recordAndWait(outcome)
        let receipt = try await store.submit(.boolean(true), on: decision).get()
        #expect(receipt.arm == "b")
        #expect(store.rewards("a") == (0, 0))
        #expect(store.rewards("b") == (1, 1))
        let record = try #require(try await store.decision(decision.id))
        #expect(record.outcome == outcome)
        #expect(record.servedArm == "b" && record.reward == 1)
    }

    @Test(
        "feedback while the stream runs goes to the arm that was announced, and stays there", arguments: [false, true])
    func duringTheStream(restarts: Bool) async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        let decision = fixture.decision(arm: "a")
        store.record(decision)
        store.serving(decision.id, arm: "b", completionID: "c-1")
        let receipt = try await store.submitFeedback(
            [FeedbackSubmission(target: .completion("c-1"), metric: "satisfaction", value: .boolean(true))],
            author: FeedbackAuthor(), received: decision.time)[0].get()
        #expect(receipt.arm == "b" && receipt.status == .applied)
        if restarts {
            store.close()
            store = try fixture.open()
        }
        #expect(store.rewards("b") == (1, 1))
        _ = await store.recordAndWait(
            fixture.outcome(of: decision, served: "b", status: .error, completion: "c-1", cost: nil))
        #expect(store.rewards("b") == (1, 1))
        #expect(store.rewards("a") == (0, 0))
        #expect(try await store.decision(decision.id)?.completionID == "c-1")
    }

    @Test("decisions may be written before older outcomes; feedback never is, nor the end of the store")
    func orderOfWriting() async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        var decisions: [Decision] = []
        for _ in 0..<100 {
            let decision = fixture.decision(arm: "a")
            _ = await store.recordAndWait(decision)
            store.record(fixture.outcome(of: decision, served: "b"))
            decisions.append(decision)
        }
        let receipt = try await store.submit(.boolean(true), on: decisions[99]).get()
        #expect(receipt.arm == "b")
        for decision in decisions { #expect(try await store.decision(decision.id)?.outcome != nil) }
        let last = fixture.decision(arm: "a")
        store.record(last)
        store.record(fixture.outcome(of: last, served: "b"))
        store.close()
        store = try fixture.open()
        #expect(try await store.decision(last.id)?.outcome != nil)
        #expect(store.rewards("b") == (1, 1))
    }

    @Test("a decision that was only asked for belongs to the arm drawn until its outcome names another")
    func postedOutcome() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        var decision = fixture.decision(arm: "a", group: "g")
        decision.isDecideOnly = true
        store.record(decision)
        #expect(try await store.submit(.boolean(true), on: decision).get().arm == "a")
        #expect(store.rewards("a") == (1, 1))
        let author = FeedbackAuthor(keyID: "k", group: "g", isAdministrator: false)
        let outcome = fixture.outcome(of: decision, served: "b")
        #expect(
            try await store.submit(outcome, author: FeedbackAuthor(group: "x", isAdministrator: false))
                == .decisionForbidden)
        #expect(try await store.submit(outcome, author: author) == .stored)
        #expect(store.rewards("a") == (0, 0))
        #expect(store.rewards("b") == (1, 1))
        #expect(try await store.submit(fixture.outcome(of: decision, served: "a"), author: author) == .alreadyStored)
        #expect(store.rewards("b") == (1, 1))
        #expect(
            try await store.submit(fixture.outcome(of: fixture.decision(), served: "a"), author: author)
                == .decisionNotFound)
    }

    @Test("what the router asked itself nobody reports on, not while it streams and not after")
    func servedByTheRouter() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let author = FeedbackAuthor(isAdministrator: true)
        let decision = fixture.decision(arm: "a")
        store.record(decision)
        let lie = fixture.outcome(of: decision, served: nil, status: .error)
        #expect(try await store.submit(lie, author: author) == .decisionServed)
        store.serving(decision.id, arm: "a", completionID: "c")
        #expect(try await store.submit(lie, author: author) == .decisionServed)
        var truth = fixture.outcome(of: decision, served: "a")
        store.record(truth)
        #expect(try await store.submit(lie, author: author) == .decisionServed)
        try await store.settle()
        // Known since it began to stream.
        truth.completionID = "c"
        let told = try await store.decision(decision.id)?.outcome
        #expect(told == truth)
    }

    @Test("where no arm served feedback is refused, and what was said before the failure is taken back")
    func nobodyServed() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        store.record(decision)
        _ = try await store.submit(.boolean(true), on: decision)
        _ = await store.recordAndWait(fixture.outcome(of: decision, served: nil, status: .error, cost: nil))
        #expect(store.rewards("a") == (0, 0))
        #expect(try await store.submit(.boolean(false), on: decision) == .failure(.decisionNotServed))
    }

    @Test("pinned and sticky decisions earn as fresh ones do", arguments: [DecisionKind.pinned, .sticky])
    func kinds(kind: DecisionKind) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision(kind: kind)
        store.record(decision)
        _ = await store.recordAndWait(fixture.outcome(of: decision, served: "a"))
        _ = try await store.submit(.boolean(true), on: decision)
        #expect(store.rewards("a") == (1, 1))
    }

    @Test(
        "a broken or cancelled answer teaches neither cost nor latency",
        arguments: [OutcomeStatus.error, .cancelled, .ok])
    func brokenAnswers(status: OutcomeStatus) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        store.record(decision)
        _ = await store.recordAndWait(fixture.outcome(of: decision, served: "a", status: status))
        let state = store.learnerState
        let cell = try #require(state.existingAddress(route: "auto", category: "code", arm: "a"))
        let cells = state.routes[cell.route].cells
        let expected = status == .ok ? 1.0 : 0
        #expect(cells.sums(.costUSD, category: cell.category, arm: cell.arm, asOf: 0).count == expected)
        let latency = cells.sums(.latencyMS, category: cell.category, arm: cell.arm, asOf: 0)
        #expect(latency.count == expected)
        if status == .ok { #expect(abs(latency.sum - 812.345) < 1e-6) }
    }
}
