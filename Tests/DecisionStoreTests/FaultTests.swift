import CSQLite
import DecisionStore
import Foundation
import RoutingEngine
import Synchronization
import TestSupport
import Testing

/// What a store does when the disk, the file or another program fails it: no false acknowledgement, no crash, a reason in its
/// health, and no help needed once the cause is gone.
@Suite("Faults")
struct FaultTests {
    private func options(_ vfs: FaultyVFS? = nil, waitingLimit: Int = 10_000) -> StoreOptions {
        var options = StoreFixture.options()
        options.beatSeconds = 0.02
        options.busyTimeoutMS = 20
        options.waitingLimit = waitingLimit
        options.vfs = vfs?.name
        return options
    }

    /// Waits for something that another thread brings about; ten seconds at the most.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<2000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    enum Fault: CaseIterable, Sendable {
        case diskFull
        case failedWrite
        case failedWriteLater
        case failedSync
        case readOnly

        func strike(_ vfs: FaultyVFS) {
            switch self {
            case .diskFull: vfs.failWrites(SQLITE_FULL)
            case .failedWrite: vfs.failWrites(SQLITE_IOERR | (3 << 8))
            case .failedWriteLater: vfs.failWrites(SQLITE_IOERR | (3 << 8), after: 3)
            case .failedSync: vfs.failSyncs(SQLITE_IOERR | (4 << 8))
            case .readOnly: vfs.failWrites(SQLITE_READONLY)
            }
        }

        var code: StoreError.Code {
            switch self {
            case .diskFull: .diskFull
            case .readOnly: .readOnly
            default: .inputOutput
            }
        }
    }

    @Test(
        "a failing disk: feedback is refused, decisions wait in memory, and all is written when it is well again",
        arguments: Fault.allCases)
    func failingDisk(fault: Fault) async throws {
        let vfs = FaultyVFS()
        let fixture = try StoreFixture(options(vfs))
        let store = try fixture.open()
        let before = fixture.decision()
        #expect(await store.recordAndWait(before) == .stored(1))
        #expect(try await store.submit(.boolean(true), on: before).get().status == .applied)

        fault.strike(vfs)
        let refused = await #expect(throws: StoreError.self) { try await store.submit(.boolean(false), on: before) }
        #expect(refused?.code == .unavailable)
        #expect(vfs.struck.load(ordering: .relaxed) > 0, "the fault was met")
        let during = fixture.decision(arm: "b")
        #expect(await store.recordAndWait(during) == .buffered)
        let outcome = fixture.outcome(of: during, served: "b", completion: "c")
        #expect(await store.recordAndWait(outcome) == .buffered)
        let health = store.health
        #expect(!health.isWritable && health.reason?.code == fault.code && health.waiting == 1)
        #expect(health.reason?.message.contains("store.sqlite") == true)
        await #expect(throws: StoreError.self) { try await store.submit(.boolean(true), on: during) }
        await #expect(throws: StoreError.self) { try await store.deleteKey("k", at: 1) }
        #expect(store.rewards("a") == (1, 1), "what was refused taught nothing")
        let waiting = try await store.decision(during.id)
        #expect(waiting?.decision == during && waiting?.outcome == outcome)

        vfs.heal()
        #expect(try await eventually { store.health.isWritable && store.health.waiting == 0 })
        #expect(try await store.submit(.boolean(true), on: during).get().status == .applied)
        #expect(store.rewards("b") == (1, 1))
        #expect(store.rewards("a") == (1, 1))
        let kept = try #require(try await store.decision(during.id))
        #expect(kept.outcome == outcome && kept.sequence > 0)
        #expect(store.health.dropped == 0)
        let live = store.learnerState
        store.close()
        let report = try StoreArchive(path: fixture.path, options: fixture.options).verify()
        #expect(report.isEqual, "\(report.problems)")
        let reopened = try fixture.open()
        #expect(reopened.learnerState.encoded() == live.encoded())
    }

    @Test("an idle store notices that it cannot be written, without a request")
    func idle() async throws {
        let vfs = FaultyVFS()
        let fixture = try StoreFixture(options(vfs))
        let store = try fixture.open()
        vfs.failWrites(SQLITE_FULL)
        #expect(try await eventually { !store.health.isWritable })
        #expect(store.health.reason?.code == .diskFull)
        vfs.heal()
        #expect(try await eventually { store.health.isWritable })
    }

    @Test("of more decisions than may wait the oldest are dropped with their outcomes, and counted")
    func overflow() async throws {
        let vfs = FaultyVFS()
        let fixture = try StoreFixture(options(vfs, waitingLimit: 10))
        let store = try fixture.open()
        vfs.failWrites(SQLITE_FULL)
        let decisions = (0..<25).map { _ in fixture.decision() }
        for decision in decisions {
            #expect(await store.recordAndWait(decision) == .buffered)
            #expect(await store.recordAndWait(fixture.outcome(of: decision, served: "a")) == .buffered)
        }
        #expect(store.health.waiting == 10 && store.health.dropped == 15)
        vfs.heal()
        #expect(try await eventually { store.health.isWritable && store.health.waiting == 0 })
        _ = await store.recordAndWait(fixture.decision())
        let kept = try await store.decisions(limit: 100).map(\.decision.id).reversed().dropLast()
        #expect(Array(kept) == decisions.suffix(10).map(\.id))
        #expect(try await store.decision(decisions[24].id)?.outcome != nil)
        #expect(store.health.dropped == 15)
    }

    @Test("another program that holds the file: refused while it does, well when it lets go")
    func lockedByAnother() async throws {
        let fixture = try StoreFixture(options())
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        let other = try SQLiteFile(fixture.path)
        try other.execute("BEGIN IMMEDIATE")
        let refused = await #expect(throws: StoreError.self) { try await store.submit(.boolean(true), on: decision) }
        #expect(refused?.code == .unavailable)
        #expect(store.health.reason?.code == .locked)
        #expect(await store.recordAndWait(fixture.decision()) == .buffered)
        #expect(try await store.decision(decision.id) != nil, "reading goes on")
        try other.execute("ROLLBACK")
        #expect(try await eventually { store.health.isWritable && store.health.waiting == 0 })
        #expect(try await store.submit(.boolean(true), on: decision).get().status == .applied)
    }

    @Test("a file that is taken away, or replaced by another store, is not written; the right one is when it is back")
    func replaced() async throws {
        let fixture = try StoreFixture(options())
        let store = try fixture.open()
        let decision = fixture.decision()
        _ = await store.recordAndWait(decision)
        let aside = fixture.folder + "/aside"
        try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: true)
        func move(from: String, to: String) throws {
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: from + suffix) {
                // A look at the stranger may have left a file of that name.
                try? FileManager.default.removeItem(atPath: to + suffix)
                try FileManager.default.moveItem(atPath: from + suffix, toPath: to + suffix)
            }
        }
        try move(from: fixture.path, to: aside + "/store.sqlite")
        #expect(try await eventually { !store.health.isWritable })
        await #expect(throws: StoreError.self) { try await store.submit(.boolean(true), on: decision) }
        #expect(!FileManager.default.fileExists(atPath: fixture.path), "no empty store takes its place")

        let stranger = try StoreFixture()
        try stranger.open().close()
        try FileManager.default.copyItem(atPath: stranger.path, toPath: fixture.path)
        #expect(try await eventually { store.health.reason?.message.contains("another store") == true })
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: fixture.path + suffix) }

        try move(from: aside + "/store.sqlite", to: fixture.path)
        #expect(try await eventually { store.health.isWritable })
        #expect(try await store.submit(.boolean(true), on: decision).get().status == .applied)
    }

    @Test("a WAL cut anywhere loses whole transactions from its end, never half of one")
    func truncatedWAL() async throws {
        let fixture = try StoreFixture(options())
        let store = try fixture.open()
        var decisions: [Decision] = []
        for _ in 0..<20 {
            decisions.append(fixture.decision())
            _ = await store.recordAndWait(decisions[decisions.count - 1])
            _ = try await store.submit(.boolean(true), on: decisions[decisions.count - 1])
        }
        let wal = try Data(contentsOf: URL(fileURLWithPath: fixture.path + "-wal"))
        for share in 0...10 {
            let copy = try StoreFixture(fixture.options)
            try FileManager.default.copyItem(atPath: fixture.path, toPath: copy.path)
            try wal.prefix(wal.count * share / 10).write(to: URL(fileURLWithPath: copy.path + "-wal"))
            // A cut inside the creation of the store leaves no store, which is said; after it, a prefix of what happened.
            guard let reopened = try? copy.open() else { continue }
            let kept = try await reopened.decisions(limit: 100).reversed()
            #expect(kept.map(\.decision.id) == decisions.prefix(kept.count).map(\.id))
            #expect(kept.dropLast().allSatisfy { $0.reward == 1 })
            #expect(reopened.rewards("a").count == Double(kept.count { $0.reward == 1 }))
            if share == 10 { #expect(kept.count == 20) }
            reopened.close()
            #expect(try StoreArchive(path: copy.path, options: copy.options).verify().isEqual)
        }
    }

    @Test(
        "a flipped byte never crashes the store, and verify finds it where it changes pages, names, state or feedback")
    func flippedBytes() async throws {
        let fixture = try StoreFixture(options())
        let store = try fixture.open()
        for _ in 0..<300 {
            let decision = fixture.decision()
            store.record(decision)
            store.record(fixture.outcome(of: decision, served: "a", completion: "c-\(decision.id)"))
        }
        let newest = try await store.decisions(limit: 50)
        for record in newest { _ = try await store.submit(.boolean(true), on: record.decision) }
        store.close()
        let file = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        var noticed = 0
        var position = 137
        while position < file.count {
            var damaged = file
            damaged[position] ^= 0x55
            let copy = try StoreFixture(fixture.options)
            try damaged.write(to: URL(fileURLWithPath: copy.path))
            let isEqual = (try? StoreArchive(path: copy.path, options: copy.options).verify().isEqual) ?? false
            if !isEqual { noticed += 1 }
            // Opening may work, since not every page is looked at; then it serves.
            if let reopened = try? copy.open() {
                _ = await reopened.recordAndWait(copy.decision())
                reopened.close()
            }
            position += max(4096, file.count / 40) + 13
        }
        #expect(noticed > 0)
    }

    @Test("changed state, changed feedback and changed rewards are found by verify")
    func tampering() async throws {
        for sql in [
            "UPDATE feedback_revision SET value = 0 WHERE seq = (SELECT max(seq) FROM feedback_revision)",
            "UPDATE feedback SET value = 0",
            "DELETE FROM feedback",
            "UPDATE snapshot SET state = (SELECT state FROM snapshot ORDER BY seq LIMIT 1) WHERE seq = (SELECT max(seq) FROM snapshot)",
            "UPDATE outcome SET cost = 7",
            "DELETE FROM outcome",
            "UPDATE usage_hour SET requests = requests + 1",
        ] {
            let fixture = try StoreFixture(options())
            for _ in 0..<2 {
                // Closed twice, so that there are two snapshots.
                let store = try fixture.open()
                let decision = fixture.decision()
                store.record(decision)
                store.record(fixture.outcome(of: decision, served: "a"))
                _ = try await store.submit(.boolean(true), on: decision)
                store.close()
            }
            #expect(try StoreArchive(path: fixture.path, options: fixture.options).verify().isEqual)
            try SQLiteFile(fixture.path).execute(sql)
            let report = try StoreArchive(path: fixture.path, options: fixture.options).verify()
            #expect(!report.isEqual, "\(sql)")
        }
    }

    @Test("an entry that the database will not take is dropped alone; its neighbours in the transaction are kept")
    func rejectedEntry() async throws {
        let fixture = try StoreFixture(options())
        let store = try fixture.open()
        var monster = fixture.decision()
        monster.propensity = .nan
        let neighbours = (0..<5).map { _ in fixture.decision() }
        for decision in neighbours.prefix(3) { store.record(decision) }
        let answer = await withCheckedContinuation { continuation in
            store.record(monster) { continuation.resume(returning: $0) }
        }
        #expect(answer == .dropped)
        for decision in neighbours.suffix(2) { #expect(await store.recordAndWait(decision) != .buffered) }
        #expect(store.health.isWritable && store.health.dropped == 1)
        #expect(try await store.decisions(limit: 10).count == 5)
    }
}
