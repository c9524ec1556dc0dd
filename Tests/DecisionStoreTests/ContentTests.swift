import DecisionStore
import RoutingEngine
import Testing

@Suite("Content")
struct ContentTests {
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<4000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    @Test("what was said is kept with its decision, over a restart, and goes with it when that is too old")
    func keeps() async throws {
        var options = StoreFixture.options()
        options.retention = 30 * StoreFixture.day
        options.feedbackWindow = 7 * StoreFixture.day
        options.beatSeconds = 0.01
        let fixture = try StoreFixture(options)
        var store = try fixture.open()
        let (said, silent) = (fixture.decision(key: "k"), fixture.decision(key: "k"))
        let content = DecisionContent(decisionID: said.id, request: Array("{\"a\":1}".utf8), answer: [0xFF, 0x00])
        for decision in [said, silent] { #expect(await store.recordAndWait(decision) != .dropped) }
        store.keep(content)
        // Of a decision that is not there nothing is kept.
        let unknown = fixture.decision(key: "k").id
        store.keep(DecisionContent(decisionID: unknown, request: [1], answer: nil))
        #expect(await store.recordAndWait(fixture.outcome(of: said, served: "a", completion: "c")) != .dropped)
        #expect(try await store.content(said.id) == content)
        #expect(try await store.content(silent.id) == nil)
        #expect(try await store.content(unknown) == nil)
        store.close()
        store = try fixture.open()
        #expect(try await store.content(said.id) == content)
        // Days pass and the log goes on: a clock that nothing else agrees with would delete nothing.
        for _ in 0..<32 {
            fixture.advance(by: StoreFixture.day)
            #expect(await store.recordAndWait(fixture.decision(key: "k")) != .dropped)
            try await Task.sleep(for: .milliseconds(15))
        }
        #expect(try await eventually { try await store.decision(said.id) == nil })
        #expect(try await store.content(said.id) == nil)
        store.close()
    }

    @Test("what finds no room is dropped and counted; the decisions and outcomes beside it are not")
    func drops() async throws {
        let fixture = try StoreFixture(StoreFixture.options())
        let store = try fixture.open()
        let piece = [UInt8](repeating: 7, count: DecisionContent.limitBytes)
        let decisions = (0..<80).map { _ in fixture.decision(key: "k") }
        // More than may wait, faster than it can be written.
        for decision in decisions {
            store.record(decision)
            store.keep(DecisionContent(decisionID: decision.id, request: piece, answer: nil))
        }
        #expect(await store.recordAndWait(fixture.outcome(of: decisions[79], served: "a", completion: "c")) != .dropped)
        var kept = 0
        for decision in decisions {
            #expect(try await store.decision(decision.id) != nil)
            if try await store.content(decision.id) != nil { kept += 1 }
        }
        #expect(kept + store.health.contentDropped == decisions.count)
        #expect(kept >= DecisionContent.waitingLimitBytes / DecisionContent.limitBytes && store.health.dropped == 0)
        store.close()
    }
}
