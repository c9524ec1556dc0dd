import BanditCore
import DecisionStore
import RoutingEngine
import Testing

@Suite("Feedback")
struct FeedbackTests {
    @Test("applied, duplicate, replaced, retracted, and again: the status tells what changed, and the cell counts once")
    func statuses() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        #expect(await store.recordAndWait(decision) == .stored(1))

        let first = try await store.submit(.boolean(true), on: decision).get()
        #expect(first.status == .applied)
        #expect((first.arm, first.category, first.reward) == ("a", "code", 1))
        let same = try await store.submit(.boolean(true), on: decision).get()
        #expect((same.status, same.feedbackID) == (.duplicate, first.feedbackID))
        #expect(store.rewards("a") == (1, 1))

        let other = try await store.submit(.boolean(false), on: decision).get()
        #expect(other.status == .replaced && other.feedbackID != first.feedbackID && other.reward == 0)
        #expect(store.rewards("a") == (1, 0))

        let gone = try await store.submit(.retraction, on: decision).get()
        #expect(gone.status == .retracted && gone.reward == nil)
        #expect(store.rewards("a") == (0, 0))
        let again = try await store.submit(.retraction, on: decision).get()
        #expect((again.status, again.feedbackID) == (.duplicate, gone.feedbackID))
        #expect(try await store.submit(.boolean(true), on: decision).get().status == .applied)
        #expect(store.rewards("a") == (1, 1))
    }

    @Test("a retraction of what was never said is a duplicate")
    func nothingToRetract() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        let receipt = try await store.submit(.retraction, on: decision).get()
        #expect(receipt.status == .duplicate && receipt.reward == nil && receipt.feedbackID.hasPrefix("fb_"))
        #expect(store.rewards("a") == (0, 0))
    }

    @Test("several metrics and sources make one reward by their weights, and the decision counts once")
    func weights() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        #expect(try await store.submit(.boolean(true), on: decision).get().reward == 1)
        let rated = try await store.submit(.number(2), on: decision, metric: "rating").get()
        #expect(rated.reward == 1.75 / 4)
        let judged = try await store.submit(.number(5), on: decision, metric: "rating", source: .judge).get()
        #expect(judged.status == .applied)
        #expect(judged.reward == 4.75 / 7)
        #expect(store.rewards("a").count == 1)
        #expect(abs(store.rewards("a").sum - 4.75 / 7) < 1e-9)
    }

    @Test("an idempotency key answers a replay, also after newer feedback, and refuses another body")
    func idempotency() async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        let first = try await store.submit(.boolean(true), on: decision, key: "k1").get()
        _ = try await store.submit(.boolean(false), on: decision, key: "k2")
        let late = try await store.submit(.boolean(true), on: decision, key: "k1").get()
        #expect((late.status, late.feedbackID) == (.duplicate, first.feedbackID))
        #expect(store.rewards("a") == (1, 0), "the late retry undid nothing")
        #expect(
            try await store.submit(.boolean(false), on: decision, key: "k1") == .failure(.idempotencyConflict))

        store.close()
        store = try fixture.open()
        let afterRestart = try await store.submit(.boolean(true), on: decision, key: "k1").get()
        #expect((afterRestart.status, afterRestart.feedbackID) == (.duplicate, first.feedbackID))
        let otherKey = FeedbackAuthor(keyID: "someone", group: "", isAdministrator: true)
        let others = try await store.submit(.boolean(true), on: decision, key: "k1", author: otherKey).get()
        #expect(others.status == .replaced, "keys are per API key")
    }

    @Test("past the window feedback is expired and changes nothing; on its last microsecond it counts")
    func expired() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        let last = decision.time + fixture.options.feedbackWindow
        let late = try await store.submit(.boolean(true), on: decision, key: "k", at: last + 1).get()
        #expect(late.status == .expired && late.reward == nil)
        #expect(try await store.submit(.boolean(true), on: decision, key: "k", at: last + 2).get().status == .expired)
        #expect(store.rewards("a") == (0, 0))
        #expect(try await store.submit(.boolean(true), on: decision, at: last).get().status == .applied)
        #expect(try await store.submit(.boolean(false), on: decision, at: last + 1).get().status == .expired)
        #expect(store.rewards("a") == (1, 1))
    }

    @Test("a key speaks for the decisions of its group, an administrator for all")
    func groups() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision(group: "team", key: "k1")
        _ = await store.recordAndWait(decision)
        let stranger = FeedbackAuthor(keyID: "k9", group: "other", isAdministrator: false)
        #expect(
            try await store.submit(.boolean(true), on: decision, author: stranger) == .failure(.decisionForbidden))
        let colleague = FeedbackAuthor(keyID: "k2", group: "team", isAdministrator: false)
        #expect(try await store.submit(.boolean(true), on: decision, author: colleague).get().status == .applied)
        let administrator = FeedbackAuthor(keyID: "k3", group: "other", isAdministrator: true)
        #expect(try await store.submit(.boolean(false), on: decision, author: administrator).get().status == .replaced)
    }

    @Test("feedback on a decision that nobody made is refused")
    func unknown() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        #expect(try await store.submit(.boolean(true), on: fixture.decision()) == .failure(.decisionNotFound))
    }

    @Test("a completion id finds the decision of the group, and is ambiguous when two answers had it")
    func completions() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let mine = fixture.decision(group: "g")
        let theirs = fixture.decision(group: "h")
        for decision in [mine, theirs] {
            store.record(decision)
            _ = await store.recordAndWait(fixture.outcome(of: decision, served: "a", completion: "chatcmpl-1"))
        }
        let author = FeedbackAuthor(keyID: "k", group: "g", isAdministrator: false)
        func submit(_ id: String, by author: FeedbackAuthor) async throws -> Result<FeedbackReceipt, FeedbackRefusal> {
            try await store.submitFeedback(
                [FeedbackSubmission(target: .completion(id), metric: "satisfaction", value: .boolean(true))],
                author: author, received: mine.time)[0]
        }
        #expect(try await submit("chatcmpl-1", by: author).get().decisionID == mine.id)
        #expect(try await submit("chatcmpl-2", by: author) == .failure(.decisionNotFound))
        #expect(try await submit("chatcmpl-1", by: FeedbackAuthor()) == .failure(.ambiguousCompletionID))
    }

    @Test("in a batch later items see earlier ones, and bad items spoil only themselves")
    func batch() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        func item(_ value: FeedbackValue, _ target: DecisionID) -> FeedbackSubmission {
            FeedbackSubmission(target: .decision(target), metric: "satisfaction", value: value)
        }
        let results = try await store.submitFeedback(
            [
                item(.boolean(true), decision.id), item(.boolean(true), fixture.decision().id),
                item(.boolean(true), decision.id), item(.boolean(false), decision.id), item(.retraction, decision.id),
            ], author: FeedbackAuthor(), received: decision.time)
        #expect(results.map { try? $0.get().status } == [.applied, nil, .duplicate, .replaced, .retracted])
        #expect(results[1] == .failure(.decisionNotFound))
    }

    @Test("of many identical posts at once one is applied and the others are its duplicates")
    func simultaneous() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        let receipts = try await withThrowingTaskGroup(of: FeedbackReceipt.self) { group in
            for _ in 0..<50 {
                group.addTask { try await store.submit(.boolean(true), on: decision, key: "same").get() }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.count { $0.status == .applied } == 1)
        #expect(receipts.count { $0.status == .duplicate } == 49)
        #expect(Set(receipts.map(\.feedbackID)).count == 1)
        #expect(store.rewards("a") == (1, 1))
    }
}
