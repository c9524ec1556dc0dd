import DecisionStore
import RoutingEngine
import Testing

@Suite("Usage and lists")
struct UsageTests {
    private let hour: Timestamp = 3_600_000_000

    /// Six hours of one request every ten minutes, with two keys, two arms and some of unknown cost.
    private func fill(_ fixture: StoreFixture, _ store: DecisionStore) async -> [(Decision, Outcome)] {
        var all: [(Decision, Outcome)] = []
        for index in 0..<36 {
            let decision = fixture.decision(
                arm: index % 3 == 0 ? "b" : "a", category: index % 2 == 0 ? "code" : "math",
                key: index % 4 == 0 ? nil : "k",
                time: StoreFixture.start + 20 * hour + Timestamp(index) * hour / 6)
            let outcome = fixture.outcome(
                of: decision, served: index % 9 == 5 ? nil : decision.arm, status: index % 9 == 5 ? .error : .ok,
                cost: index % 5 == 0 ? nil : NanoDollars(index))
            store.record(decision)
            _ = await store.recordAndWait(outcome)
            all.append((decision, outcome))
        }
        return all
    }

    private func expected(_ requests: [(Decision, Outcome)]) -> UsageRow {
        var row = UsageRow()
        for (_, outcome) in requests {
            row.requests += 1
            row.promptTokens += outcome.promptTokens ?? 0
            row.completionTokens += outcome.completionTokens ?? 0
            row.cost += outcome.cost ?? 0
            row.unknownCostRequests += outcome.cost == nil ? 1 : 0
            row.errors += outcome.status == .error ? 1 : 0
        }
        return row
    }

    @Test("counts equal those of the requests, whole hours or cut ones", arguments: [0, 1, 599, 1800, 3600, 12_345])
    func ranges(offsetSeconds: Int) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let all = await fill(fixture, store)
        let from = StoreFixture.start + 20 * hour + Timestamp(offsetSeconds) * 1_000_000
        for length in [1, 10 * 60, 3600, 9000, 86_400] {
            let to = from + Timestamp(length) * 1_000_000
            let inside = all.filter { $0.0.time >= from && $0.0.time < to }
            let rows = try await store.usage(from: from, to: to, by: [])
            #expect(rows == (inside.isEmpty ? [] : [expected(inside)]), "\(length) s")
        }
        #expect(try await store.usage(by: []) == [expected(all)])
        #expect(try await store.usage(from: from, to: from, by: []) == [])
    }

    @Test("rows are broken down by arm, category, key, route and day")
    func groups() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let all = await fill(fixture, store)
        let rows = try await store.usage(by: [.arm, .key])
        #expect(rows.count == 4)
        for row in rows {
            var row = row
            let inside = all.filter { ($0.1.servedArm ?? $0.0.arm) == row.arm && ($0.0.keyID ?? "") == row.keyID }
            (row.arm, row.keyID) = (nil, nil)
            #expect(row == expected(inside))
        }
        let days = try await store.usage(by: [.day, .route])
        #expect(days.map(\.route) == ["auto", "auto"])
        #expect(days.map(\.requests).reduce(0, +) == 36)
        #expect(days.compactMap(\.day) == days.compactMap(\.day).sorted())
        #expect(try await store.usage(by: [.category]).map(\.category).sorted { $0! < $1! } == ["code", "math"])
    }

    @Test("decisions are listed newest first, by filter, and page by page")
    func lists() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let all = await fill(fixture, store)
        let newest = try await store.decisions(limit: 5)
        #expect(newest.map(\.decision.id) == all.suffix(5).reversed().map(\.0.id))
        let next = try await store.decisions(DecisionFilter(before: newest[4].decision.id), limit: 1000)
        #expect(next.map(\.decision.id) == all.dropLast(5).reversed().map(\.0.id))
        let filter = DecisionFilter(route: "auto", category: "math", arm: "b", keyID: "k")
        let found = try await store.decisions(filter, limit: 100)
        let expected = all.filter {
            $0.0.category == "math" && ($0.1.servedArm ?? $0.0.arm) == "b" && $0.0.keyID == "k"
        }
        #expect(found.map(\.decision.id) == expected.reversed().map(\.0.id) && !found.isEmpty)
        #expect(try await store.decisions(DecisionFilter(route: "unheard of"), limit: 10).isEmpty)
        #expect(try await store.decisions(limit: 0).isEmpty)
    }
}
