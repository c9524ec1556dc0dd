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

    @Test("all keys of a group together influence no more of a cell and day than the group's cap")
    func groupCap() async throws {
        var options = StoreFixture.options()
        (options.influenceCap, options.groupInfluenceCap) = (3, 5)
        let fixture = try StoreFixture(options)
        let store = try fixture.open()
        var counted = 0
        for index in 0..<9 {
            let decision = fixture.decision(group: "team")
            _ = await store.recordAndWait(decision)
            let author = FeedbackAuthor(keyID: "key-\(index % 3)", group: "team", isAdministrator: false)
            counted += try await store.submit(.boolean(true), on: decision, author: author).get().reward == nil ? 0 : 1
        }
        #expect(counted == 5)
        let other = fixture.decision(group: "others")
        _ = await store.recordAndWait(other)
        let author = FeedbackAuthor(keyID: "key-9", group: "others", isAdministrator: false)
        #expect(try await store.submit(.boolean(true), on: other, author: author).get().reward == 1)
        #expect(store.rewards("a").count == 6)
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: options).verify().isEqual)
    }

    @Test(
        "a quarantine takes back what a key reported of its own calls, live and after a restart",
        arguments: [nil, 14 * StoreFixture.day] as [Timestamp?])
    func reports(halfLife: Timestamp?) async throws {
        var options = StoreFixture.options()
        if let halfLife { options.halfLives["auto"] = halfLife }
        let fixture = try StoreFixture(options)
        var store = try fixture.open()
        func report(_ author: FeedbackAuthor, cost: NanoDollars?, served: String? = "a") async throws {
            var decision = fixture.decision()
            decision.isDecideOnly = true
            _ = await store.recordAndWait(decision)
            let outcome = fixture.outcome(
                of: decision, served: served, status: served == nil ? .error : .ok, cost: cost)
            #expect(try await store.submit(outcome, author: author) == .stored)
        }
        func sums(_ signal: Signal) throws -> SignalSums {
            let state = store.learnerState
            let cell = try #require(state.existingAddress(route: "auto", category: "code", arm: "a"))
            return state.routes[cell.route].cells.sums(
                signal, category: cell.category, arm: cell.arm, asOf: Double(fixture.now))
        }
        try await report(honest, cost: 1_000_000)
        let before = try [sums(.costUSD), sums(.latencyMS), sums(.failure)]
        for _ in 0..<5 { try await report(attacker, cost: 900_000_000_000) }
        for _ in 0..<5 { try await report(attacker, cost: nil, served: nil) }
        #expect(try sums(.failure).sum > 4.9 && sums(.costUSD).sum > 4000)
        _ = try await store.quarantine(keyID: "attacker", at: fixture.now)
        // What comes after it does not count either.
        try await report(attacker, cost: 900_000_000_000)
        func isClean() throws -> Bool {
            try zip([sums(.costUSD), sums(.latencyMS), sums(.failure)], before).allSatisfy {
                abs($0.count - $1.count) < 1e-6 && abs($0.sum - $1.sum) < 1e-6
            }
        }
        #expect(try isClean())
        #expect(store.learnerState.route("auto")?.spend.spent == 1_000_000)
        let live = store.learnerState.encoded()
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: options).verify().isEqual)
        store = try fixture.open()
        #expect(store.learnerState.encoded() == live)
        store.close()
    }

    /// As configured by default.
    private func defaults() -> StoreOptions {
        var options = StoreFixture.options()
        (options.influenceCap, options.groupInfluenceCap, options.decideOnlyShare) = (200, 500, 0.25)
        return options
    }

    @Test(
        "feedback on 200 decisions that nobody served moves an arm little, with a key and without",
        arguments: ["k", nil])
    func decideOnly(key: String?) async throws {
        let fixture = try StoreFixture(defaults())
        var store = try fixture.open()
        let author = FeedbackAuthor(keyID: key, group: key ?? "", isAdministrator: true)
        var last: Decision?
        for _ in 0..<200 {
            var decision = fixture.decision(key: key)
            decision.isDecideOnly = true
            _ = await store.recordAndWait(decision)
            _ = try await store.submit(.boolean(true), on: decision, author: author)
            last = decision
        }
        // 20 of them count, as a quarter of a reward each.
        #expect(store.rewards("a") == (5, 5))
        let prior = ArmPrior(mean: 0.61, strength: 4)
        #expect((prior.mean * prior.strength + 5) / (prior.strength + 5) < 0.85)
        // Retracted, nothing is left, not even a rounding.
        let state = store.learnerState.encoded()
        let one = fixture.decision(category: "math", key: key)
        var decision = one
        decision.isDecideOnly = true
        _ = await store.recordAndWait(decision)
        _ = try await store.submit(.boolean(true), on: decision, author: author)
        _ = try await store.submit(.retraction, on: decision, author: author)
        let address = try #require(
            store.learnerState.existingAddress(route: "auto", category: "math", arm: "a"))
        #expect(
            store.learnerState.routes[address.route].cells.reward(
                category: address.category, arm: address.arm, asOf: 0) == SignalSums())
        #expect(store.learnerState.encoded() != state)
        #expect(try await store.decision(try #require(last).id)?.decision.isDecideOnly == true)

        // Live, after a restart, and folded from the beginning: the same.
        let before = store.learnerState.encoded()
        store.close()
        let report = try StoreArchive(path: fixture.path, options: fixture.options).verify()
        #expect(report.isEqual, "\(report.problems)")
        store = try fixture.open()
        #expect(store.learnerState.encoded() == before)
        // Another weight is another fold of the same log.
        var options = fixture.options
        options.decideOnlyShare = 1
        try await store.reload(options)
        #expect(store.rewards("a") == (20, 20))
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
