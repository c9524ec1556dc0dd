import DecisionStore
import Foundation
import RoutingEngine
import TestSupport
import Testing

@Suite("Opening")
struct OpeningTests {
    @Test("what was written is there after a restart, and the state is the same bit for bit")
    func restart() async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        var decision = fixture.decision(group: "g", key: "k")
        decision.excluded = [Exclusion(arm: "c", reason: .cooldown), Exclusion(arm: "d e", reason: .budget)]
        decision.sessionID = "s\0 with a zero byte"
        decision.categoryModel = "abc"
        decision.rewardPerUSD = 20.5
        let outcome = fixture.outcome(of: decision, served: "a", completion: "id")
        store.record(decision)
        store.record(outcome)
        _ = try await store.submit(.number(4), on: decision, metric: "rating", comment: "good")
        let before = store.learnerState
        let recordBefore = try #require(try await store.decision(decision.id))
        #expect(recordBefore.decision == decision)
        #expect(recordBefore.outcome == outcome)
        #expect(recordBefore.feedback.map(\.comment) == ["good"])
        #expect(recordBefore.reward == 0.75)
        store.close()
        store = try fixture.open()
        #expect(store.learnerState.encoded() == before.encoded())
        #expect(try await store.decision(decision.id) == recordBefore)
    }

    @Test("a second router on the same store is refused, whatever name it uses, until the first is gone")
    func exclusive() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let alias = fixture.folder + "/alias.sqlite"
        try FileManager.default.createSymbolicLink(atPath: alias, withDestinationPath: fixture.path)
        for path in [fixture.path, alias] {
            let error = #expect(throws: StoreError.self) { try DecisionStore(path: path, clock: { 0 }) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains("in use by another router (process \(getpid()))") == true)
            #expect(error?.message.contains("store.sqlite") == true)
        }
        store.close()
        try DecisionStore(path: alias, clock: { 0 }).close()
    }

    @Test("the files are readable by their owner only, even where they were not before")
    func modes() async throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: fixture.path)
        let store = try fixture.open()
        _ = await store.recordAndWait(fixture.decision())
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mode =
                try FileManager.default.attributesOfItem(atPath: fixture.path + suffix)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(suffix)")
        }
    }

    @Test("a file of a later version is refused with a clear error, and left alone")
    func newerSchema() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        try SQLiteFile(fixture.path).execute("INSERT INTO grdb_migrations VALUES ('99 later')")
        let error = #expect(throws: StoreError.self) { try fixture.open() }
        #expect(error?.code == .newerSchema)
    }

    @Test("what is no database, a folder, and a place that cannot be, are refused with their names")
    func unusableFiles() throws {
        let fixture = try StoreFixture()
        try Data("this is not a database, but it is longer than a header of one".utf8).write(
            to: URL(fileURLWithPath: fixture.path))
        let garbage = #expect(throws: StoreError.self) { try fixture.open() }
        #expect(garbage?.code == .damaged)
        #expect(garbage?.message.contains("store.sqlite") == true)
        let folder = #expect(throws: StoreError.self) { try DecisionStore(path: fixture.folder, clock: { 0 }) }
        #expect(folder?.code == .cannotOpen)
        let nowhere = #expect(throws: StoreError.self) {
            try DecisionStore(path: "/proc/no/store.sqlite", clock: { 0 })
        }
        #expect(nowhere?.code == .cannotOpen)
    }

    @Test("folders that are missing are made")
    func missingFolders() throws {
        let fixture = try StoreFixture()
        try DecisionStore(path: fixture.folder + "/x/y/store.sqlite", clock: { 0 }).close()
        #expect(FileManager.default.fileExists(atPath: fixture.folder + "/x/y/store.sqlite"))
    }

    @Test("a change of weights folds the whole log again")
    func changedMetrics() async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        let decision = fixture.decision()
        store.record(decision)
        _ = try await store.submit(.boolean(true), on: decision)
        _ = try await store.submit(.number(1), on: decision, metric: "rating")
        #expect(abs(store.rewards("a").sum - 0.25) < 1e-9)
        store.close()
        var options = fixture.options
        options.metrics[1].weight = 1
        store = try fixture.open(options)
        #expect(abs(store.rewards("a").sum - 0.5) < 1e-9)
    }

    @Test("other weights and half-lives while serving: folded again beside the traffic, as if they had always been so")
    func reload() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        for index in 0..<50 {
            let decision = fixture.decision(arm: index % 2 == 0 ? "a" : "b")
            store.record(decision)
            store.record(fixture.outcome(of: decision, served: decision.arm))
            _ = try await store.submit(.boolean(index % 3 == 0), on: decision)
            _ = try await store.submit(.number(Double(1 + index % 5)), on: decision, metric: "rating")
            fixture.advance(by: 60_000_000)
        }
        var options = fixture.options
        options.metrics[1].weight = 1
        options.metrics.append(FeedbackMetric(id: "new", kind: .boolean))
        options.halfLives = ["auto": 3_600_000_000]
        options.influenceCap = 0
        async let during = store.recordAndWait(fixture.decision())
        try await store.reload(options)
        _ = await during
        let decision = fixture.decision()
        store.record(decision)
        #expect(try await store.submit(.boolean(true), on: decision, metric: "new").get().reward == 1)
        let capped = FeedbackAuthor(keyID: "k", group: "", isAdministrator: true)
        #expect(try await store.submit(.boolean(false), on: decision, author: capped).get().reward == 1)
        #expect(try await store.decision(decision.id)?.reward == 1)
        let live = store.learnerState
        #expect(live.halfLives == options.halfLives)
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: options).verify().isEqual)
        let reopened = try fixture.open(options)
        #expect(reopened.learnerState.encoded() == live.encoded())
    }
}

@Suite("Foreign hands")
struct ForeignTests {
    @Test(
        "a store with a trigger or a view is refused at opening, by every way in",
        arguments: [
            "CREATE TRIGGER judge AFTER INSERT ON decision BEGIN UPDATE api_key SET scopes = 'admin'; END",
            "CREATE TEMP VIEW unseen AS SELECT 1; CREATE VIEW seen AS SELECT * FROM api_key",
        ])
    func triggers(sql: String) throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        try SQLiteFile(fixture.path).execute(sql)
        for open in [
            { _ = try DecisionStore(path: fixture.path, clock: { 0 }) }, { _ = try KeyFile(path: fixture.path) },
        ] {
            let error = #expect(throws: StoreError.self) { try open() }
            #expect(error?.code == .damaged && error?.message.contains("no router made") == true)
        }
    }

    @Test("keys that could report outcomes before there was a scope for it can still")
    func scopes() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let file = try SQLiteFile(fixture.path)
        for (id, scopes) in [("a", "chat"), ("b", "feedback chat read"), ("c", "feedback"), ("d", "chatter")] {
            try file.execute(
                """
                INSERT INTO api_key VALUES
                    ('\(id)', 'n', 'g', CAST('\(id)' AS BLOB), '\(scopes)', NULL, NULL, NULL, NULL, 1, NULL, NULL)
                """)
        }
        try file.execute("DELETE FROM grdb_migrations WHERE identifier = '9 outcome scope'")
        let keys = try KeyFile(path: fixture.path).keys().keys
        #expect(
            Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0.scopes.joined(separator: " ")) }) == [
                "a": "chat outcome", "b": "feedback chat read outcome", "c": "feedback", "d": "chatter",
            ])
    }
}
