import BanditCore
import DecisionStore
import Foundation
import RoutingEngine
import Testing

@Suite("Retention")
struct RetentionTests {
    private func options() -> StoreOptions {
        var options = StoreFixture.options()
        options.retention = 30 * StoreFixture.day
        options.feedbackWindow = 7 * StoreFixture.day
        options.snapshotEvery = 50
        options.beatSeconds = 0.01
        return options
    }

    /// Ten decisions a day with outcomes; feedback up to six days later.
    private func live(_ days: Int, _ fixture: StoreFixture, _ store: DecisionStore) async throws -> [Decision] {
        var all: [Decision] = []
        for day in 0..<days {
            for _ in 0..<10 {
                fixture.advance(by: StoreFixture.day / 10)
                let decision = fixture.decision(key: "k")
                store.record(decision)
                store.record(fixture.outcome(of: decision, served: "a", completion: "c-\(decision.id)"))
                all.append(decision)
            }
            for decision in all[max(0, (day - 5) * 10)...].prefix(5) {
                _ = try await store.submit(
                    .boolean(day % 2 == 0), on: decision, key: "i\(day)-\(decision.id)", at: fixture.now)
            }
        }
        return all
    }

    @Test("old decisions go with all that belongs to them; what was learned stays, and verify still proves the rest")
    func prunes() async throws {
        let fixture = try StoreFixture(options())
        var store = try fixture.open()
        let all = try await live(60, fixture, store)
        for _ in 0..<4000 {
            if try await store.decision(all[290].id) == nil { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        let kept = try await store.decisions(limit: 1000)
        #expect(kept.count == 301, "thirty days of ten, and the one that is exactly so old")
        #expect(try await store.decision(all[298].id) == nil)
        #expect(try await store.decision(all[300].id)?.outcome != nil)
        #expect(
            try await store.submitFeedback(
                [
                    FeedbackSubmission(
                        target: .completion("c-\(all[0].id)"), metric: "satisfaction", value: .boolean(true))
                ],
                author: FeedbackAuthor(), received: fixture.now)[0] == .failure(.decisionNotFound))
        let state = store.learnerState
        let cell = try #require(state.existingAddress(route: "auto", category: "code", arm: "a"))
        #expect(state.routes[cell.route].cells.cost(category: cell.category, arm: cell.arm, asOf: 0).count == 600)
        #expect(try await store.usage(by: []).map(\.requests) == [600])

        // A correction of old feedback, after its beginning was folded away, is still a correction.
        let rewards = store.rewards("a")
        let judged = try #require(
            kept.first { $0.reward == 1 && fixture.now - $0.decision.time < 7 * StoreFixture.day })
        #expect(try await store.submit(.boolean(false), on: judged.decision, at: fixture.now).get().status == .replaced)
        #expect(store.rewards("a") == (rewards.count, rewards.sum - 1))

        let before = store.learnerState
        store.close()
        let report = try StoreArchive(path: fixture.path, options: fixture.options).verify()
        #expect(report.isEqual, "\(report.problems)")
        #expect(report.startsFromBase && report.entries > 100)
        store = try fixture.open()
        #expect(store.learnerState.encoded() == before.encoded())
    }

    @Test("the log is streamed in order with what evaluation needs, beside a router that writes")
    func stream() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let all = try await live(3, fixture, store)
        let silent = fixture.decision(arm: "b", kind: .pinned)
        store.record(silent)
        let failed = fixture.decision()
        store.record(failed)
        _ = await store.recordAndWait(fixture.outcome(of: failed, served: nil, status: .error, cost: nil))
        let archive = try StoreArchive(path: fixture.path, options: fixture.options)
        var lines: [StoredDecision] = []
        try archive.forEachLoggedDecision { lines.append($0) }
        #expect(lines.map(\.id) == (all + [silent, failed]).map(\.id))
        #expect(try archive.decisionCount() == 32)
        let first = lines[0]
        #expect((first.arms, first.probabilities, first.propensity) == (["a", "b"], [0.7, 0.3], 0.7))
        #expect((first.cost, first.latencyMS, first.servedArm) == (1_000_000, 812.345, "a"))
        #expect(lines.map(\.reward) == (try await rewards(store, lines)))
        #expect(lines.contains { $0.reward == 1 } && lines.contains { $0.reward == nil })
        #expect(lines[30].kind == .pinned && lines[30].servedArm == "b" && lines[30].cost == nil)
        #expect(lines[31].servedArm == nil && lines[31].latencyMS == nil)
        struct Enough: Error {}
        #expect(throws: Enough.self) { try archive.forEachLoggedDecision { _ in throw Enough() } }
    }

    private func rewards(_ store: DecisionStore, _ lines: [StoredDecision]) async throws -> [Double?] {
        var rewards: [Double?] = []
        for line in lines { rewards.append(try await store.decision(line.id)?.reward) }
        return rewards
    }

    @Test("the state of any earlier place in the log can be had again")
    func history() async throws {
        var options = StoreFixture.options()
        options.snapshotEvery = 7
        let fixture = try StoreFixture(options)
        let store = try fixture.open()
        var states: [(Int64, LearnerState)] = []
        for index in 0..<40 {
            let decision = fixture.decision()
            guard case .stored(let sequence) = await store.recordAndWait(decision) else {
                Issue.record("not stored")
                continue
            }
            states.append((sequence, store.learnerState))
            if index % 2 == 0 { _ = try await store.submit(.boolean(true), on: decision) }
        }
        for (sequence, state) in states {
            #expect(try await store.learnerState(asOf: sequence)?.encoded() == state.encoded())
        }
    }
}
