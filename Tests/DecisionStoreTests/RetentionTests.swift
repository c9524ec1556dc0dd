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
            // A beat or two of the writer's, so that the day's share is deleted on its day.
            try await Task.sleep(for: .milliseconds(25))
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

    /// Waits until the writer has looked at the clock again: it runs in real time, its clocks do not.
    private func looks(_ store: DecisionStore, until isDone: () -> Bool) async throws {
        for _ in 0..<2000 where !isDone() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(isDone())
    }

    @Test("a clock that jumps 91 days ahead deletes nothing: the store says so, and believes it after a day of uptime")
    func jump() async throws {
        let fixture = try StoreFixture(options())
        let store = try fixture.open()
        let all = try await live(27, fixture, store)
        try await looks(store) { store.retentionPause == nil }
        fixture.setClock(by: 91 * StoreFixture.day)
        try await looks(store) { store.retentionPause == .clockJumped(by: 91 * StoreFixture.day) }
        for _ in 0..<20 {
            fixture.advance(by: StoreFixture.day / 24)
            try await Task.sleep(for: .milliseconds(15))
        }
        #expect(try await store.decisions(limit: 1000).count == all.count)

        // Set right: another jump, and the day begins anew; then it is as if nothing had been.
        fixture.setClock(by: -91 * StoreFixture.day)
        try await looks(store) { store.retentionPause == .clockJumped(by: -91 * StoreFixture.day) }
        for _ in 0..<49 {
            fixture.advance(by: StoreFixture.day / 48)
            try await Task.sleep(for: .milliseconds(15))
        }
        try await looks(store) { store.retentionPause == nil }
        #expect(try await store.decisions(limit: 1000).count == all.count)
    }

    @Test("a clock that is 91 days ahead at the start deletes nothing for a day, and then a share of the log a day")
    func startsAhead() async throws {
        let fixture = try StoreFixture(options())
        var store = try fixture.open()
        let all = try await live(29, fixture, store)
        store.close()
        fixture.setClock(by: 91 * StoreFixture.day)
        store = try fixture.open()
        try await looks(store) { store.retentionPause == .clockJumped(by: 91 * StoreFixture.day) }
        // A restart in the meantime shortens nothing.
        fixture.advance(by: StoreFixture.day / 2)
        try await Task.sleep(for: .milliseconds(50))
        store.close()
        store = try fixture.open()
        for _ in 0..<11 {
            fixture.advance(by: StoreFixture.day / 24)
            try await Task.sleep(for: .milliseconds(15))
        }
        #expect(store.retentionPause != nil)
        #expect(try await store.decisions(limit: 1000).count == all.count)
        // Nobody minded the alarm for a day: deleted as configured, but at most a hundred of these 290 a day.
        for _ in 0..<24 {
            fixture.advance(by: StoreFixture.day / 24)
            try await Task.sleep(for: .milliseconds(15))
        }
        let left = try await store.decisions(limit: 1000).count
        #expect(left >= all.count - 200 && left < all.count, "\(left) of \(all.count)")
    }

    @Test("entries from the future make the clock doubtful, and a week's rest does not")
    func entriesAhead() async throws {
        let fixture = try StoreFixture(options())
        var store = try fixture.open()
        let ahead = fixture.decision(time: fixture.now + 2 * StoreFixture.day)
        _ = await store.recordAndWait(ahead)
        try await looks(store) { store.retentionPause == .entriesAhead(by: 2 * StoreFixture.day) }
        _ = await store.recordAndWait(fixture.decision())
        fixture.advance(by: StoreFixture.day + 1)
        try await looks(store) { store.retentionPause == nil }
        store.close()
        fixture.setClock(by: 6 * StoreFixture.day)
        store = try fixture.open()
        _ = await store.recordAndWait(fixture.decision())
        try await Task.sleep(for: .milliseconds(50))
        #expect(store.retentionPause == nil)
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
