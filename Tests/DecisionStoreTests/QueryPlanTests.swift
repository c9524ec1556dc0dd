import DecisionStore
import RoutingEngine
import TestSupport
import Testing

/// What the API reads must cost the same with a thousand decisions in the log as with a million.
@Suite("Query plans")
struct QueryPlanTests {
    static let queries: [(name: String, sql: String, indexes: [String])] = [
        ("decision by id", ReadingQueries.decision, ["USING INDEX decision_id (id=?)"]),
        (
            "what was said", ReadingQueries.content,
            ["decision_id (id=?)", "c USING INTEGER PRIMARY KEY (rowid=?)"]
        ),
        ("page of decisions", ReadingQueries.decisionPage, ["d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
        ("end of a page", ReadingQueries.firstDecision, ["USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
        (
            "begin of a page", ReadingQueries.newestBefore,
            ["USING INTEGER PRIMARY KEY (rowid<?)", "decision_id (id=?)"]
        ),
        ("feedback", ReadingQueries.feedback, ["r USING INTEGER PRIMARY KEY (rowid<?)"]),
        ("feedback of a decision", ReadingQueries.feedbackOfDecision, ["f USING PRIMARY KEY (decision=?)"]),
        ("use by the hour", ReadingQueries.usageHours, ["usage_hour USING PRIMARY KEY (hour>? AND hour<?)"]),
        ("sessions", ReadingQueries.sessions, ["d USING INTEGER PRIMARY KEY (rowid>?)"]),
        ("charges", ReadingQueries.charges, ["charge USING INDEX charge_time (time>?)"]),
        (
            "recent use", ReadingQueries.recentUse,
            ["d USING INTEGER PRIMARY KEY (rowid>?)", "o USING INDEX sqlite_autoindex_outcome_1 (decision=?)"]
        ),
        ("newest decision", "SELECT max(seq) + 1 FROM decision", ["SEARCH decision"]),
        ("oldest decision", "SELECT min(seq) FROM decision", ["SEARCH decision"]),
    ]

    @Test("no statement behind the API scans or sorts a table of the log", arguments: queries.map(\.name))
    func plans(name: String) async throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let query = try #require(Self.queries.first { $0.name == name })
        let plan = try Self.plan(query.sql, fixture)
        #expect(!plan.isEmpty)
        // The feedback of one decision is a handful, and may be sorted.
        let maySort = name == "feedback of a decision"
        for step in plan {
            #expect(!step.hasPrefix("SCAN") && (maySort || !step.contains("TEMP B-TREE")), "\(step)")
        }
        for index in query.indexes { #expect(plan.contains { $0.contains(index) }, "\(plan)") }
    }

    /// What SQLite would do, a step each.
    private static func plan(_ sql: String, _ fixture: StoreFixture) throws -> [String] {
        try SQLiteFile(fixture.path).rows("EXPLAIN QUERY PLAN " + sql).map { $0[3] }
    }

    @Test("the plans would be noticed: a statement that reads a whole table is a scan")
    func control() async throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let plan = try Self.plan("SELECT * FROM decision WHERE category = 1", fixture)
        #expect(plan.contains { $0.hasPrefix("SCAN") })
    }
}

@Suite("Pages of decisions and feedback")
struct PageTests {
    @Test("a page says where to go on, and the pages together hold every decision once")
    func pages() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        var all: [DecisionID] = []
        for index in 0..<25 {
            let decision = fixture.decision(
                arm: index % 5 == 0 ? "b" : "a", time: StoreFixture.start + Timestamp(index) * 1000)
            _ = await store.recordAndWait(decision)
            all.append(decision.id)
        }
        var filter = DecisionFilter()
        var seen: [DecisionID] = []
        var pages = 0
        repeat {
            let page = try await store.decisionPage(filter, limit: 10)
            seen += page.records.map(\.decision.id)
            filter.before = page.next
            pages += 1
        } while filter.before != nil && pages < 10
        #expect(seen == all.reversed())
        let rare = try await store.decisionPage(DecisionFilter(arm: "b"), limit: 10)
        #expect(rare.records.count == 5 && rare.next == nil)
        #expect(try await store.decisionPage(DecisionFilter(arm: "unheard of"), limit: 10).records.isEmpty)
    }

    @Test("feedback is listed as it came in, newest first, with replaced values and retractions")
    func feedback() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let decision = fixture.decision(arm: "a", category: "math")
        _ = await store.recordAndWait(decision)
        _ = await store.recordAndWait(fixture.outcome(of: decision, served: "b"))
        for value in [FeedbackValue.boolean(true), .boolean(false), .retraction] {
            _ = try await store.submit(value, on: decision, comment: "c").get()
        }
        _ = try await store.submit(.number(4.5), on: decision, metric: "rating", source: .judge).get()
        let list = try await store.feedback(limit: 10)
        #expect(list.map(\.value) == [.number(4.5), .retraction, .boolean(false), .boolean(true)])
        #expect(list.map(\.metric) == ["rating", "satisfaction", "satisfaction", "satisfaction"])
        #expect(list[0].source == .judge && list[3].comment == "c")
        #expect(list.allSatisfy { $0.decisionID == decision.id && $0.category == "math" && $0.arm == "b" })
        let older = try await store.feedback(before: list[1].sequence, limit: 1)
        #expect(older == [list[2]])
    }

    @Test("use is told by the hour")
    func hours() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let hour: Timestamp = 3_600_000_000
        for index in 0..<6 {
            let decision = fixture.decision(time: StoreFixture.start + Timestamp(index / 2) * hour)
            store.record(decision)
            _ = await store.recordAndWait(fixture.outcome(of: decision, served: "a"))
        }
        let rows = try await store.usage(by: [.hour])
        let first = StoreFixture.start / hour
        #expect(rows.map(\.hour) == [first, first + 1, first + 2] && rows.allSatisfy { $0.requests == 2 })
    }
}
