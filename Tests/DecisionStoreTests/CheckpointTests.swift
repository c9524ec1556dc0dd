import DecisionStore
import Foundation
import RoutingEngine
import Testing

/// The write-ahead log is moved into the database while decisions are written.
@Suite("Checkpoints")
struct CheckpointTests {
    /// How often the log has begun anew: a number in its head that SQLite counts up (https://www.sqlite.org/fileformat2.html, 4.1).
    private func beginnings(_ fixture: StoreFixture) throws -> UInt32 {
        let log = try FileHandle(forReadingFrom: URL(fileURLWithPath: fixture.path + "-wal"))
        defer { try? log.close() }
        let head = try log.read(upToCount: 16) ?? Data()
        return head.dropFirst(12).reduce(0) { $0 << 8 | UInt32($1) }
    }

    @Test(
        "the log begins anew again and again under a writer that never rests, and nothing is lost",
        .timeLimit(.minutes(5)))
    func beginsAnew() async throws {
        var options = StoreFixture.options()
        options.checkpointPages = 40
        let fixture = try StoreFixture(options)
        var store = try fixture.open()
        let first = try beginnings(fixture)
        var decisions: [Decision] = []
        while try beginnings(fixture) < first + 3 {
            for _ in 0..<50 {
                let decision = fixture.decision(arm: "a")
                _ = await store.recordAndWait(decision)
                store.record(fixture.outcome(of: decision, served: "a"))
                decisions.append(decision)
            }
        }
        store.close()
        store = try fixture.open()
        for decision in decisions { #expect(try await store.decision(decision.id)?.outcome != nil) }
        store.close()
        #expect(try StoreArchive(path: fixture.path, options: options).verify().isEqual)
    }

    @Test("nothing else moves the log: SQLite itself, in the middle of a commit, does not", .timeLimit(.minutes(5)))
    func onlyHere() async throws {
        var options = StoreFixture.options()
        options.checkpointPages = .max
        let fixture = try StoreFixture(options)
        let store = try fixture.open()
        let first = try beginnings(fixture)
        // Beyond the thousand pages that SQLite is content with by itself, and the four thousand of a store that only reads and imports.
        let bytes = 4500 * (4096 + 24)
        while try Data(contentsOf: URL(fileURLWithPath: fixture.path + "-wal")).count < bytes {
            for _ in 0..<100 { _ = await store.recordAndWait(fixture.decision(arm: "a")) }
        }
        #expect(try beginnings(fixture) == first)
        store.close()
    }

    @Test("outcomes that nobody waits for are written although decisions keep coming", .timeLimit(.minutes(5)))
    func nothingStarves() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        for _ in 0..<200 {
            let decision = fixture.decision(arm: "a")
            store.record(decision)
            store.record(fixture.outcome(of: decision, served: "b"))
        }
        while store.health.queued > 0 { _ = await store.recordAndWait(fixture.decision(arm: "a")) }
        #expect(try await store.usage(by: []).reduce(0) { $0 + $1.requests } == 200)
    }
}
