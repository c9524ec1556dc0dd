import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("feedback")
    struct FeedbackTests {
        static let metrics = """
            feedback:
              window: 7d
              metrics:
                - { id: satisfaction, kind: boolean, weight: 1 }
                - { id: rating, kind: scale, min: 1, max: 5, weight: 3 }
            """

        private func decide(_ world: World, _ more: String = "") async throws -> String {
            let answer = try await world.chat(more)
            #expect(answer.status == 200, "\(answer.text)")
            return try #require(answer.header("x-bandit-decision-id"))
        }

        @Test("applied, duplicate, replaced, retracted: each says what it did, and the posterior follows")
        func statuses() async throws {
            try await withRouter { world in
                let id = try await decide(world)
                func say(_ value: String, _ status: String, reward: JSON, n: Double, sum: Double) async throws
                    -> String?
                {
                    let answer = try await world.feedback(id, value)
                    #expect(answer.status == 200, "\(answer.text)")
                    #expect(answer.json.names == ["feedback_id", "decision_id", "status", "arm", "category", "reward"])
                    #expect(
                        answer.json["status"].string == status && answer.json["reward"] == reward,
                        "\(value): \(answer.text)")
                    #expect(answer.json["decision_id"].string == id && answer.json["arm"].string == "a")
                    #expect(answer.json["category"].string == "general")
                    let cell = try await world.cell("a")
                    #expect(cell["n"].number == n && cell["reward_sum"].number == sum, "\(value): \(cell)")
                    return answer.json["feedback_id"].string
                }
                _ = try await say("null", "duplicate", reward: .null, n: 0, sum: 0)
                let first = try await say("true", "applied", reward: .number(1), n: 1, sum: 1)
                #expect(try await say("true", "duplicate", reward: .number(1), n: 1, sum: 1) == first)
                let second = try await say("false", "replaced", reward: .number(0), n: 1, sum: 0)
                #expect(second != first)
                #expect(try await say("false", "duplicate", reward: .number(0), n: 1, sum: 0) == second)
                _ = try await say("null", "retracted", reward: .null, n: 0, sum: 0)
                _ = try await say("null", "duplicate", reward: .null, n: 0, sum: 0)
                _ = try await say("true", "applied", reward: .number(1), n: 1, sum: 1)
                let shown = try await world.settled(id)
                #expect(shown["feedback"].list.count == 1 && shown["reward"].number == 1)
                #expect(
                    shown["feedback"][0]["value"].bool == true
                        && shown["feedback"][0]["metric"].string == "satisfaction")
                #expect(shown["feedback"][0]["source"].string == "user" && shown["feedback"][0]["comment"] == .null)
            }
        }

        @Test("metrics and sources make one weighted reward, and a decision counts once")
        func weighting() async throws {
            try await withRouter(RouterFile(sections: [Self.metrics])) { world in
                let id = try await decide(world)
                #expect(try await world.feedback(id, "true").json["reward"].number == 1)
                let rating = try await world.feedback(id, "2", #""metric":"rating""#)
                // (1·1 + 3·0.25) / 4
                #expect(rating.json["reward"].number == 0.4375)
                let judge = try await world.feedback(
                    id, "5",
                    #""metric":"rating","source":"judge","comment":"fine","observed_at":"2026-01-02T03:04:05Z""#)
                // (1 + 3·0.25 + 3·1) / 7
                #expect(abs((judge.json["reward"].number ?? 0) - 4.75 / 7) < 1e-12)
                let cell = try await world.cell("a")
                #expect(cell["n"].number == 1 && abs((cell["reward_sum"].number ?? 0) - 4.75 / 7) < 1e-9)
                #expect(cell["observed_mean"].number.map { abs($0 - 4.75 / 7) < 1e-9 } == true)
                let alpha = try #require(cell["alpha"].number)
                let beta = try #require(cell["beta"].number)
                #expect(cell["mean"].number == alpha / (alpha + beta))
                let shown = try await world.settled(id)
                #expect(shown["feedback"].list.count == 3)
                #expect(
                    shown["feedback"].list.contains { $0["comment"].string == "fine" && $0["source"].string == "judge" }
                )
            }
        }

        @Test("what is not of the metric's kind, unknown, missing or twofold is refused, naming the parameter")
        func refusals() async throws {
            try await withRouter(RouterFile(sections: [Self.metrics])) { world in
                let id = try await decide(world)
                for (value, more, code, param) in [
                    ("1", "", "invalid_value", "value"), ("\"true\"", "", "invalid_value", "value"),
                    ("true", #""metric":"rating""#, "invalid_value", "value"),
                    ("0.999", #""metric":"rating""#, "invalid_value", "value"),
                    ("5.001", #""metric":"rating""#, "invalid_value", "value"),
                    ("\"3\"", #""metric":"rating""#, "invalid_value", "value"),
                    ("true", #""metric":"x""#, "unknown_metric", "metric"),
                    ("true", #""metric":1"#, "invalid_value", "metric"),
                    ("true", #""source":"god""#, "invalid_value", "source"),
                    ("true", #""comment":1"#, "invalid_value", "comment"),
                    ("true", #""observed_at":"yesterday""#, "invalid_value", "observed_at"),
                    ("true", #""idempotency_key":"""#, "invalid_value", "idempotency_key"),
                    ("true", #""completion_id":"x""#, "invalid_value", "completion_id"),
                    ("true", #""reward":1"#, "unknown_parameter", "reward"),
                ] {
                    expectError(
                        try await world.feedback(id, value, more), 400, code, param: param,
                        type: "invalid_request_error")
                }
                expectError(
                    try await world.post("/v1/feedback", #"{"decision_id":"\#(id)"}"#), 400,
                    "missing_required_parameter", param: "value")
                expectError(
                    try await world.post("/v1/feedback", #"{"value":true}"#), 400, "missing_required_parameter",
                    param: "decision_id")
                for body in ["", "[]", "{\"value\":NaN}", "{", "nope"] {
                    expectError(try await world.post("/v1/feedback", body), 400, "invalid_json")
                }
                for unknown in ["", "x", "01890a5d-ac96-774b-bcce-b302099a8057"] {
                    expectError(
                        try await world.feedback(unknown, "true"), 404, "decision_not_found", param: "decision_id")
                }
                #expect(try await world.settled(id)["feedback"] == .array([]))
            }
        }

        @Test(
            "an idempotency key answers a replay without effect, also after newer feedback; another body is a conflict")
        func idempotency() async throws {
            try await withRouter { world in
                let id = try await decide(world)
                let first = try await world.feedback(id, "true", headers: [("Idempotency-Key", "k1")])
                #expect(first.json["status"].string == "applied")
                #expect(try await world.feedback(id, "false").json["status"].string == "replaced")
                for _ in 0..<2 {
                    let replay = try await world.feedback(id, "true", headers: [("Idempotency-Key", "k1")])
                    #expect(replay.status == 200 && replay.json["status"].string == "duplicate")
                    #expect(replay.json["feedback_id"] == first.json["feedback_id"])
                }
                #expect(try await world.cell("a")["reward_sum"].number == 0)
                expectError(
                    try await world.feedback(id, "false", #""idempotency_key":"k1""#), 409, "idempotency_conflict",
                    param: "idempotency_key")
                let long = String(repeating: "k", count: 255)
                #expect(
                    try await world.feedback(id, "true", #""idempotency_key":"\#(long)""#).json["status"].string
                        == "replaced")
                expectError(
                    try await world.feedback(id, "true", headers: [("Idempotency-Key", long + "k")]), 400,
                    "invalid_value",
                    param: "idempotency_key")
            }
        }

        @Test("two identical posts at once: one applied, the others duplicates of it")
        func together() async throws {
            try await withRouter { world in
                let id = try await decide(world)
                let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                    for _ in 0..<8 {
                        group.addTask { try await world.feedback(id, "true", headers: [("Idempotency-Key", "same")]) }
                    }
                    return try await group.reduce(into: [HTTPAnswer]()) { $0.append($1) }
                }
                #expect(answers.count { $0.json["status"].string == "applied" } == 1)
                #expect(answers.count { $0.json["status"].string == "duplicate" } == 7)
                #expect(Set(answers.map { $0.json["feedback_id"].string }).count == 1)
                #expect(try await world.cell("a")["n"].number == 1)
            }
        }

        @Test("a completion id names the decision; one that two decisions share names none")
        func completionID() async throws {
            let ids = ["one", "two", "two"]
            let counter = Counter()
            let upstream = try RawUpstream { _ in
                .json(
                    #"{"id":"\#(ids[counter.next()])","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}"#
                )
            }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let first = try await decide(world)
                for _ in 0..<2 { _ = try await decide(world) }
                func say(_ completion: String) async throws -> HTTPAnswer {
                    try await world.post("/v1/feedback", #"{"completion_id":"\#(completion)","value":true}"#)
                }
                let answer = try await say("one")
                #expect(answer.status == 200 && answer.json["decision_id"].string == first)
                expectError(try await say("two"), 409, "ambiguous_completion_id", param: "completion_id")
                expectError(try await say("three"), 404, "decision_not_found", param: "completion_id")
            }
        }

        @Test("feedback goes to the arm that served, through failover and pinning, and not where none served")
        func credit() async throws {
            try await withRouter { world in
                world.provider.script([FaultPlan(status: 500)], for: "m-a")
                let fallen = try await world.chat()
                #expect(fallen.header("x-bandit-arm") == "b" && fallen.header("x-bandit-attempts") == "2")
                let answer = try await world.feedback(fallen.header("x-bandit-decision-id"), "true")
                #expect(answer.json["arm"].string == "b")
                #expect(try await world.cell("b")["n"].number == 1)
                #expect(try await world.cell("a")["n"].number == 0)

                let pinned = try await decide(world, #""model":"c","bandit":{"category":"math"}"#)
                #expect(try await world.feedback(pinned, "true").json["arm"].string == "c")
                #expect(try await world.cell("c", category: "math")["n"].number == 1)

                world.provider.script([FaultPlan(status: 500)], for: "m-b")
                let failed = try await world.chat(#""model":"b""#)
                let id = failed.header("x-bandit-decision-id")
                #expect(failed.status == 502 && id != nil)
                _ = try await world.settled(id)
                expectError(try await world.feedback(id, "true"), 409, "decision_not_served", param: "decision_id")
            }
        }

        @Test("the next decision reflects the feedback before it")
        func learning() async throws {
            try await withRouter(
                RouterFile(policy: "{ kind: best-mean, pooling: none }", routeKeys: ["affinity: none"])
            ) { world in
                for _ in 0..<30 {
                    let answer = try await world.chat()
                    guard answer.header("x-bandit-arm") == "a" else { break }
                    #expect(try await world.feedback(answer.header("x-bandit-decision-id"), "false").status == 200)
                    // What a client may rely on: 100 ms after the acknowledgement. Here the picture that reading publishes.
                    _ = try await world.cell("a")
                }
                #expect(try await world.chat().header("x-bandit-arm") == "b")
            }
        }

        @Test("a batch answers every item in order, keeps the good ones, and later items see earlier ones")
        func batch() async throws {
            try await withRouter { world in
                let id = try await decide(world)
                let items = [
                    #"{"decision_id":"\#(id)","value":true}"#, #"{"decision_id":"\#(id)","value":true}"#,
                    #"{"decision_id":"\#(id)","value":3}"#,
                    #"{"decision_id":"\#(id)","value":false}"#, "7", #"{"decision_id":"x","value":false}"#,
                ]
                let expected = [
                    "applied", "duplicate", "invalid_value", "replaced", "invalid_json", "decision_not_found",
                ]
                func words(_ answer: HTTPAnswer) -> [String] {
                    answer.json["results"].list.map { $0["status"].string ?? $0["error"]["code"].string ?? "?" }
                }
                let array = try await world.post("/v1/feedback/batch", "[\(items.joined(separator: ","))]")
                #expect(array.status == 200 && words(array) == expected, "\(array.text)")
                #expect(array.json["results"].list.map { $0["index"].number } == [0, 1, 2, 3, 4, 5])
                #expect(array.json["accepted"].number == 3 && array.json["rejected"].number == 3)
                #expect(try await world.cell("a")["reward_sum"].number == 0)

                let lines = try await world.call(
                    HTTPCall(
                        "POST", "/v1/feedback/batch", headers: [("Content-Type", "application/x-ndjson")],
                        body: Array("\(items[0])\nnot json\n\n\(items[3])\n".utf8)))
                #expect(words(lines) == ["replaced", "invalid_json", "replaced"], "\(lines.text)")
                expectError(try await world.post("/v1/feedback/batch", items[0]), 400, "invalid_json")
                expectError(try await world.post("/v1/feedback/batch", "[1,"), 400, "invalid_json")
                let empty = try await world.post("/v1/feedback/batch", "[]")
                #expect(
                    empty.status == 200 && empty.json["results"] == .array([]) && empty.json["accepted"].number == 0)
                let many = "[" + Array(repeating: items[0], count: 10_001).joined(separator: ",") + "]"
                expectError(try await world.post("/v1/feedback/batch", many), 413, "too_many_items")
                let full = "[" + Array(repeating: items[0], count: 10_000).joined(separator: ",") + "]"
                let taken = try await world.post("/v1/feedback/batch", full)
                #expect(taken.status == 200 && taken.text.hasSuffix(#""accepted":10000,"rejected":0}"#))
                #expect(taken.text.prefix(200).contains(#""status":"replaced""#))
            }
        }

        @Test("past the window feedback is expired and changes nothing")
        func expired() async throws {
            try await withRouter(RouterFile(sections: ["feedback: { window: 200ms }"])) { world in
                let id = try await decide(world)
                let expired = try await eventually {
                    try await world.feedback(id, "null").json["status"].string == "expired"
                }
                #expect(expired)
                #expect(try await world.feedback(id, "true").json["status"].string == "expired")
                #expect(try await world.cell("a")["n"].number == 0)
            }
        }

        @Test("a decision without a call: its outcome is posted, and feedback follows its arm")
        func ownClient() async throws {
            try await withRouter { world in
                let decided = try await world.post(
                    "/v1/decisions", #"{"route":"auto","category":"math","session_id":"s"}"#)
                #expect(decided.status == 200 && world.asked.isEmpty)
                let id = try #require(decided.json["decision_id"].string)
                #expect(decided.json["arm"].string == "a" && decided.json["served_arm"].string == "a")
                #expect(
                    decided.json["outcome"]["status"].string == "pending" && decided.json["category"].string == "math")
                #expect(try await world.feedback(id, "true").json["status"].string == "applied")
                let reported = try await world.post(
                    "/v1/decisions/\(id)/outcome",
                    #"{"arm":"b","prompt_tokens":10,"completion_tokens":5,"latency_ms":12,"completion_id":"mine"}"#)
                #expect(reported.status == 200, "\(reported.text)")
                #expect(
                    reported.json["served_arm"].string == "b" && reported.json["outcome"]["cost_usd"].number == 0.02)
                // Nobody saw the router serve it: it counts a quarter.
                #expect(try await world.cell("b", category: "math")["n"].number == 0.25)
                #expect(try await world.cell("a", category: "math")["n"].number == 0)
                expectError(
                    try await world.post("/v1/decisions", #"{"rout":"auto"}"#), 400, "unknown_parameter", param: "rout")
                expectError(
                    try await world.post("/v1/decisions", #"{"route":"x"}"#), 404, "model_not_found", param: "model")
                expectError(
                    try await world.post("/v1/decisions/\(id)/outcome", #"{"arm":"zzz"}"#), 400, "invalid_value",
                    param: "arm")
                expectError(
                    try await world.post("/v1/decisions/01890a5d-ac96-774b-bcce-b302099a8057/outcome", "{}"), 404,
                    "decision_not_found", param: "decision_id")
            }
        }
    }
}
