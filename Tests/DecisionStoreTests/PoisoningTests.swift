import BanditCore
import DecisionStore
import Foundation
import RoutingEngine
import Testing

@Suite("Poisoning")
struct PoisoningTests {
    private let attacker = FeedbackAuthor(keyID: "attacker", group: "", isAdministrator: true)
    private let honest = FeedbackAuthor(keyID: "honest", group: "", isAdministrator: true)

    @Test("a key influences no more decisions of a cell and day than the cap, others are not held back by it")
    func cap() async throws {
        var options = StoreFixture.options()
        options.influenceCap = 3
        let fixture = try StoreFixture(options)
        let store = try fixture.open()
        var decisions: [Decision] = []
        for _ in 0..<6 {
            let decision = fixture.decision()
            _ = await store.recordAndWait(decision)
            decisions.append(decision)
        }
        for (index, decision) in decisions.enumerated() {
            let receipt = try await store.submit(.boolean(false), on: decision, author: attacker).get()
            #expect(receipt.status == .applied)
            #expect(receipt.reward == (index < 3 ? 0 : nil))
        }
        #expect(store.rewards("a") == (3, 0))
        // A decision it has influenced may be corrected; a capped one stays without influence.
        #expect(try await store.submit(.boolean(true), on: decisions[0], author: attacker).get().reward == 1)
        #expect(try await store.submit(.boolean(true), on: decisions[5], author: attacker).get().reward == nil)
        #expect(
            try await store.submit(.boolean(true), on: decisions[5], source: .judge, author: honest).get().reward == 1)
        #expect(store.rewards("a") == (4, 2))
        let record = try #require(try await store.decision(decisions[5].id))
        #expect(record.feedback.map(\.counts) == [false, true])
        // Another cell, and another day, have room again.
        let elsewhere = fixture.decision(category: "math")
        _ = await store.recordAndWait(elsewhere)
        #expect(try await store.submit(.boolean(false), on: elsewhere, author: attacker).get().reward == 0)
        let tomorrow = decisions[4].time + StoreFixture.day
        #expect(
            try await store.submit(.boolean(true), on: decisions[4], author: attacker, at: tomorrow).get().reward == 1)
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: options).verify().isEqual)
    }

    @Test("quarantine takes back what a key taught, says how much, and keeps it out; every refold agrees")
    func quarantine() async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        var decisions: [Decision] = []
        for index in 0..<6 {
            let decision = fixture.decision(arm: index % 2 == 0 ? "a" : "b")
            _ = await store.recordAndWait(decision)
            _ = try await store.submit(.boolean(true), on: decision, source: .judge, author: honest)
            if index < 4 { _ = try await store.submit(.boolean(false), on: decision, author: attacker) }
            decisions.append(decision)
        }
        #expect(store.rewards("a") == (3, 2) && store.rewards("b") == (3, 2))
        let difference = try await store.quarantine(keyID: "attacker", at: fixture.now)
        #expect(difference.map(\.arm) == ["a", "b"] && difference.map(\.decisions) == [2, 2])
        #expect(difference.map(\.rewardChange) == [1, 1] && difference.map(\.countChange) == [0, 0])
        #expect(store.rewards("a") == (3, 3) && store.rewards("b") == (3, 3))
        #expect(try await store.quarantine(keyID: "attacker", at: fixture.now).isEmpty)
        #expect(try await store.quarantine(keyID: "never seen", at: fixture.now).isEmpty)
        let later = try await store.submit(.boolean(false), on: decisions[5], author: attacker).get()
        #expect(later.status == .applied && later.reward == 1)
        let live = store.learnerState
        store.close()
        let report = try StoreArchive(path: fixture.path, options: fixture.options).verify()
        #expect(report.isEqual, "\(report.problems)")
        // Without its snapshots the store folds everything again.
        var options = fixture.options
        options.metrics.append(FeedbackMetric(id: "unused", kind: .boolean))
        store = try fixture.open(options)
        #expect(store.learnerState.encoded() == live.encoded())
    }

    @Test("a quarantine asked for by another process is carried out by the router")
    func requested() async throws {
        var options = StoreFixture.options()
        options.beatSeconds = 0.02
        let fixture = try StoreFixture(options)
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        _ = try await store.submit(.boolean(false), on: decision, author: attacker)
        #expect(store.rewards("a").count == 1)
        try KeyDesk(path: fixture.path).requestQuarantine(keyID: "attacker", at: fixture.now)
        for _ in 0..<2000 where store.rewards("a").count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(store.rewards("a") == (0, 0))
    }
}
