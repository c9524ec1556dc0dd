import BanditCore
import DecisionStore
import Foundation
import RoutingEngine
import Testing

/// A log brought from one store into another.
@Suite("Archive")
struct ArchiveTests {
    private static let hour: Timestamp = 3_600_000_000

    /// Sums that decay, so that another order of the same entries would give other bits.
    private static func options() -> StoreOptions {
        var options = StoreFixture.options()
        options.halfLives = ["auto": hour]
        return options
    }

    /// A log with everything that can be in one.
    private static func fill(_ fixture: StoreFixture, count: Int = 60) async throws {
        let store = try fixture.open()
        defer { store.close() }
        var earlier: [Decision] = []
        for index in 0..<count {
            fixture.advance(by: 137_000_019)
            let decision = fixture.decision(
                arm: index % 3 == 0 ? "b" : "a", category: index % 2 == 0 ? "code" : "math",
                kind: index % 11 == 0 ? .sticky : .fresh, key: "key-\(index % 3)")
            store.record(decision)
            if index % 5 == 0 { store.serving(decision.id, arm: "b", completionID: "stream-\(index)") }
            if index % 4 != 3 {
                var outcome = fixture.outcome(
                    of: decision, served: index % 5 == 0 ? "b" : index % 7 == 6 ? nil : decision.arm,
                    status: index % 7 == 6 ? .error : .ok,
                    completion: index % 5 == 0 ? "stream-\(index)" : "c-\(index)",
                    cost: index % 9 == 0 ? nil : NanoDollars(1000 + index))
                if index % 5 == 0 {
                    outcome.attempts.insert(
                        Attempt(
                            arm: "a", succeeded: false, httpStatus: 503, error: "status_503", latencyMS: 12.5,
                            isArmFault: true), at: 0)
                }
                _ = await store.recordAndWait(outcome)
            }
            earlier.append(decision)
            guard index >= 7 else { continue }
            let author = FeedbackAuthor(keyID: "key-\(index % 4)")
            for (step, past) in [index - 7, index / 2].enumerated() {
                _ = try await store.submit(
                    index % 6 == 5 ? .retraction : .boolean(index % 2 == 0), on: earlier[past],
                    source: step == 0 ? .user : .judge, comment: index % 8 == 0 ? "\"quoted\"\n" : nil,
                    key: index % 3 == 0 ? "retry-\(index)-\(step)" : nil, author: author, at: fixture.now)
            }
            _ = try await store.submit(
                .number(Double(1 + index % 5)), on: earlier[index - 3], metric: "rating", author: author,
                at: fixture.now)
            if index == 40 { _ = try await store.quarantine(keyID: "key-1", at: fixture.now) }
        }
    }

    private static func all(_ fixture: StoreFixture, upTo limit: Int64 = .max) throws -> [ArchivedDecision] {
        var found: [ArchivedDecision] = []
        let archive = try StoreArchive(path: fixture.path, options: fixture.options)
        try archive.forEachArchived(after: 0, upTo: limit) { found.append($0) }
        return found
    }

    private static func bring(_ source: StoreFixture, into target: StoreImport, from first: Int = 0) throws {
        let archive = try StoreArchive(path: source.path, options: source.options)
        if first == 0 {
            for quarantine in try archive.quarantines(upTo: .max) { try target.add(quarantine) }
            if let base = try archive.base() { try target.add(base) }
        }
        for decision in try all(source).dropFirst(first) { try target.add(decision) }
    }

    private static func state(_ fixture: StoreFixture) throws -> LearnerState {
        let archive = try StoreArchive(path: fixture.path, options: fixture.options)
        return try #require(try archive.learnerState(asOf: .max))
    }

    @Test("into an empty store: the same entries, the same places, the same state bit for bit, and verify agrees")
    func empty() async throws {
        let source = try StoreFixture(Self.options())
        try await Self.fill(source)
        let target = try StoreFixture(Self.options())
        let incoming = try StoreImport(path: target.path, options: target.options)
        try Self.bring(source, into: incoming)
        try incoming.finish(at: source.now)
        #expect(incoming.report == .init(imported: 60, present: 0))
        #expect(try Self.all(target) == Self.all(source))
        #expect(try Self.state(target).encoded() == Self.state(source).encoded())
        let report = try StoreArchive(path: target.path, options: target.options).verify()
        #expect(report.isEqual, "\(report.problems)")
        #expect(report.entries > 200)

        // What was answered under a key is answered again, an answer is found by its id, and use is counted.
        let store = try target.open()
        let origin = try source.open()
        let known = try #require(
            try Self.all(source).first { !$0.answers.isEmpty && $0.outcome?.completionID != nil })
        let completion = try #require(known.outcome?.completionID)
        for one in [store, origin] {
            let byCompletion = try await one.submitFeedback(
                [FeedbackSubmission(target: .completion(completion), metric: "satisfaction", value: .retraction)],
                author: FeedbackAuthor(), received: known.decision.time)
            #expect(try byCompletion[0].get().decisionID == known.decision.id)
        }
        #expect(try await store.usage(by: [.arm, .key, .day]) == origin.usage(by: [.arm, .key, .day]))
        store.close()
        origin.close()
    }

    @Test("into a store with a log of its own it follows after that; what is there already is left alone")
    func second() async throws {
        let source = try StoreFixture(Self.options())
        try await Self.fill(source)
        let target = try StoreFixture(Self.options())
        let store = try target.open()
        let own = target.decision(category: "math")
        _ = await store.recordAndWait(own)
        _ = try await store.submit(.boolean(true), on: own, author: FeedbackAuthor(keyID: "key-2"))
        _ = try await store.quarantine(keyID: "key-2", at: target.now)
        store.close()
        var incoming = try StoreImport(path: target.path, options: target.options)
        try Self.bring(source, into: incoming)
        try incoming.finish(at: source.now)
        incoming = try StoreImport(path: target.path, options: target.options)
        try Self.bring(source, into: incoming)
        try incoming.finish(at: source.now)
        #expect(incoming.report == .init(imported: 0, present: 60))
        let there = try Self.all(target)
        #expect(there.count == 61)
        #expect(there[1...].allSatisfy { $0.decision.stateVersion == Decision.unknownStateVersion })
        // A key in quarantine here does not count for having spoken elsewhere.
        #expect(there.flatMap(\.revisions).filter { $0.keyID == "key-2" }.dropFirst().allSatisfy { !$0.counted })
        #expect(there.flatMap(\.revisions).contains { $0.keyID == "key-0" && $0.counted })
        let report = try StoreArchive(path: target.path, options: target.options).verify()
        #expect(report.isEqual, "\(report.problems)")
    }

    @Test("an import that is cut off keeps routers out until it is finished or undone")
    func cutOff() async throws {
        let source = try StoreFixture(Self.options())
        try await Self.fill(source)
        let target = try StoreFixture(Self.options())
        let before = try target.open()
        let own = target.decision()
        _ = await before.recordAndWait(own)
        before.close()
        let untouched = try Self.state(target)

        func begin() throws {
            // Killed: what was committed in chunks is there, the rest is not.
            let incoming = try StoreImport(path: target.path, options: target.options, chunk: 8)
            let archive = try StoreArchive(path: source.path, options: source.options)
            for quarantine in try archive.quarantines(upTo: .max) { try incoming.add(quarantine) }
            for decision in try Self.all(source).prefix(21) { try incoming.add(decision) }
        }
        try begin()
        do {
            _ = try target.open()
            Issue.record("half a log was opened")
        } catch let error as StoreError {
            #expect(error.message.contains("import --undo"))
        }
        #expect(try !StoreArchive(path: target.path, options: target.options).verify().isEqual)
        try StoreImport(path: target.path, options: target.options).undo()
        #expect(try Self.state(target) == untouched)
        #expect(try StoreArchive(path: target.path, options: target.options).verify().isEqual)

        try begin()
        let incoming = try StoreImport(path: target.path, options: target.options)
        #expect(incoming.done == 16)
        #expect(try incoming.resumesAfter == Self.all(source)[15].decision.id)
        try Self.bring(source, into: incoming, from: 16)
        try incoming.finish(at: source.now)
        let report = try StoreArchive(path: target.path, options: target.options).verify()
        #expect(report.isEqual, "\(report.problems)")

        // The same as an import that was never cut off.
        let other = try StoreFixture(Self.options())
        let store = try other.open()
        _ = await store.recordAndWait(own)
        store.close()
        let whole = try StoreImport(path: other.path, options: other.options)
        try Self.bring(source, into: whole)
        try whole.finish(at: source.now)
        #expect(try Self.state(other).encoded() == Self.state(target).encoded())
        #expect(try Self.all(other) == Self.all(target))
    }

    @Test("what is kept of deleted entries comes along, but only into an empty store")
    func base() async throws {
        var options = Self.options()
        options.feedbackWindow = 2 * Self.hour
        options.retention = 2 * Self.hour
        options.beatSeconds = 0.02
        let source = try StoreFixture(options)
        try await Self.fill(source)
        source.advance(by: Self.hour)
        let pruning = try source.open()
        let archive = try StoreArchive(path: source.path, options: options)
        for _ in 0..<1000 where try archive.base() == nil || (try archive.decisionCount()) > 40 {
            try await Task.sleep(for: .milliseconds(5))
        }
        pruning.close()
        #expect(try archive.base() != nil)
        #expect(try archive.decisionCount() < 60)

        let target = try StoreFixture(options)
        var incoming = try StoreImport(path: target.path, options: options)
        try Self.bring(source, into: incoming)
        try incoming.finish(at: source.now)
        #expect(try Self.state(target).encoded() == Self.state(source).encoded())
        #expect(try StoreArchive(path: target.path, options: options).verify().isEqual)
        incoming = try StoreImport(path: target.path, options: options)
        let base = try #require(try archive.base())
        #expect(throws: StoreError.self) { try incoming.add(base) }
    }

    @Test("what the log was at a place is the same for ever")
    func asOf() async throws {
        let fixture = try StoreFixture(Self.options())
        try await Self.fill(fixture, count: 20)
        let limit = try StoreArchive(path: fixture.path, options: fixture.options).lastSequence()
        let before = try Self.all(fixture, upTo: limit)
        let store = try fixture.open()
        for archived in before {
            _ = try await store.submit(.boolean(true), on: archived.decision, author: FeedbackAuthor(keyID: "key-1"))
            store.record(fixture.outcome(of: archived.decision, served: "b"))
        }
        _ = try await store.quarantine(keyID: "key-2", at: fixture.now)
        _ = await store.recordAndWait(fixture.decision())
        store.close()
        #expect(try Self.all(fixture, upTo: limit) == before)
        #expect(try Self.all(fixture) != before)
    }

    @Test("a preview of a quarantine says what it will change, and changes nothing")
    func preview() async throws {
        let fixture = try StoreFixture(Self.options())
        try await Self.fill(fixture)
        let archive = try StoreArchive(path: fixture.path, options: fixture.options)
        let before = try Self.state(fixture)
        let preview = try archive.previewQuarantine(keyID: "key-0")
        #expect(!preview.isQuarantined && !preview.differences.isEmpty && preview.decisions > 5)
        #expect(preview.before == before)
        #expect(try Self.state(fixture) == before)
        #expect(try !archive.isQuarantined(keyID: "key-0"))
        let store = try fixture.open()
        #expect(try await store.quarantine(keyID: "key-0", at: fixture.now) == preview.differences)
        store.close()
        #expect(try Self.state(fixture).encoded() == preview.after.encoded())
        #expect(try archive.previewQuarantine(keyID: "key-0").isQuarantined)
        let unknown = try archive.previewQuarantine(keyID: "never seen")
        #expect(unknown.differences.isEmpty && unknown.decisions == 0)
    }
}
