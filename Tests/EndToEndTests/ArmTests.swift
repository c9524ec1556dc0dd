import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("arms: canaries, last resort, changes while serving")
    struct ArmTests {
        @Test("a canary gets its share of the requests, and its propensity is that share, whatever the policy believes")
        func canary() async throws {
            let file = RouterFile(arms: ["a", "b"], routeKeys: ["canary: { arm: b, share: 0.2 }"])
            try await withRouter(file) { world in
                var served: [String: Int] = [:]
                for _ in 0..<200 {
                    let answer = try await world.chat()
                    let arm = try #require(answer.header("x-bandit-arm"))
                    served[arm, default: 0] += 1
                    #expect(answer.header("x-bandit-propensity") == (arm == "b" ? "0.2" : "0.8"))
                }
                // Binomial(200, 0.2): 40 ± 5.7; five standard deviations either way.
                #expect((12...68).contains(served["b"] ?? 0), "\(served)")
                let steady = try await world.chat(headers: [("x-bandit-explore", "off")])
                #expect(steady.header("x-bandit-arm") == "a" && steady.header("x-bandit-propensity") == "1.0")
                let pinned = try await world.chat(#""model":"b""#)
                #expect(pinned.header("x-bandit-arm") == "b")
                let route = try await world.get("/v1/routes").json["data"][0]
                #expect(route["canary"][0]["arm"].string == "b" && route["canary"][0]["share"].number == 0.2)
            }
        }

        /// `small` has the arms a and b, and c behind them.
        private static let resort = RouterFile(
            routes: [
                "{ id: small, arms: [a, b], policy: { kind: fixed, arm: a }, fallback: { max_attempts: 1, last_resort: c } }"
            ],
            sections: ["health: { failures_to_open: 1, open_for: 1h }"])

        @Test(
            "the last resort is asked when all else failed, and answers for a route none of whose arms may be asked",
            arguments: [false, true])
        func lastResort(streams: Bool) async throws {
            try await withRouter(Self.resort) { world in
                let body = #""model":"small","stream":\#(streams)"#
                world.provider.script([FaultPlan(status: 500)], for: "m-a")
                let answer = try await world.chat(body)
                // max_attempts is 1: the last resort is one more.
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "c", "\(answer.text)")
                #expect(answer.header("x-bandit-attempts") == "2" && world.asked == ["m-a", "m-c"])
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["arm"].string == "a" && decision["served_arm"].string == "c")
                #expect(decision["attempts"].list.compactMap { $0["arm"].string } == ["a", "c"])
                let receipt = try await world.feedback(answer.header("x-bandit-decision-id"), "true")
                #expect(receipt.status == 200 && receipt.json["arm"].string == "c")
                // The breaker of `a` is open now, and then that of `b`.
                world.provider.script([FaultPlan(status: 500)], for: "m-b")
                #expect(try await world.chat(body).header("x-bandit-arm") == "c")
                world.provider.forgetCalls()
                let alone = try await world.chat(body)
                #expect(alone.status == 200 && alone.header("x-bandit-arm") == "c" && world.asked == ["m-c"])
                let why = try await world.settled(alone.header("x-bandit-decision-id"))
                #expect(why["kind"].string == "pinned" && why["arms"] == .array([.string("c")]))
                #expect(why["excluded"].list.compactMap { $0["reason"].string } == ["breaker_open", "breaker_open"])
                #expect(try await world.get("/v1/routes").json["data"][1]["fallback"]["last_resort"].string == "c")
            }
        }

        @Test(
            "when the last resort fails, too, the error names every arm that was asked; an arm asked for by name has none"
        )
        func lastResortFails() async throws {
            try await withRouter(Self.resort) { world in
                for model in ["m-a", "m-c"] { world.provider.script([FaultPlan(status: 500)], for: model) }
                let answer = try await world.chat(#""model":"small""#)
                expectError(answer, 503, "no_arm_available")
                #expect(answer.text.contains("a (status_500)") && answer.text.contains("c (status_500)"))
                #expect(world.asked == ["m-a", "m-c"] && answer.header("x-bandit-attempts") == "2")
                world.provider.forgetCalls()
                world.provider.script([FaultPlan(status: 500)], for: "m-b")
                expectError(try await world.chat(#""model":"b""#), 502, "upstream_error")
                #expect(world.asked == ["m-b"])
            }
        }

        @Test(
            "arms are added, switched off, changed and removed while serving; what is wrong is refused and changes nothing"
        )
        func changes() async throws {
            try await withRouter(RouterFile(arms: ["a", "b"], policy: "{ kind: uniform }")) { world in
                let made = try await world.post(
                    "/v1/admin/arms",
                    #"{"id":"new","provider":"up","model":"m-d","routes":["auto"],"canary_share":0.5,"capabilities":["tools"],"price":{"input_per_million_usd":1,"output_per_million_usd":2},"prior":{"mean":0.7}}"#
                )
                #expect(made.status == 201 && made.json["prior"]["mean"].number == 0.7, "\(made.text)")
                #expect(made.json["routes"] == .array([.string("auto")]) && made.json["enabled"].bool == true)
                #expect(
                    try await world.get("/v1/arms").json["data"].list.compactMap { $0["id"].string } == [
                        "a", "b", "new",
                    ])
                let tools = try await world.chat(#""tools":[{"type":"function","function":{"name":"f"}}]"#)
                #expect(tools.header("x-bandit-arm") == "new" && world.asked.last == "m-d")
                let drawn = try await world.settled(try await world.chat().header("x-bandit-decision-id"))
                #expect(drawn["arms"].list.compactMap(\.string) == ["a", "b", "new"])
                #expect(drawn["probabilities"].list.compactMap(\.number) == [0.25, 0.25, 0.5])
                #expect(
                    try await world.feedback(tools.header("x-bandit-decision-id"), "true").json["arm"].string == "new")

                let off = try await world.call(HTTPCall("PATCH", "/v1/admin/arms/new", json: #"{"enabled":false}"#))
                #expect(off.status == 200 && off.json["enabled"].bool == false)
                expectError(try await world.chat(#""model":"new""#), 503, "no_arm_available")
                let without = try await world.settled(try await world.chat().header("x-bandit-decision-id"))
                #expect(
                    without["excluded"][0]["arm"].string == "new"
                        && without["excluded"][0]["reason"].string == "disabled")
                let on = try await world.call(
                    HTTPCall(
                        "PATCH", "/v1/admin/arms/new", json: #"{"enabled":true,"model":"m-e","canary_share":null}"#))
                #expect(on.status == 200 && on.json["model"].string == "m-e")
                let renamed = try await world.chat(#""model":"new""#)
                #expect(renamed.header("x-bandit-arm") == "new" && world.asked.last == "m-e")

                let refused: [(HTTPCall, Int, String, String?)] = [
                    (
                        HTTPCall(
                            "POST", "/v1/admin/arms", json: #"{"id":"a","provider":"up","model":"m","routes":["auto"]}"#
                        ), 409, "arm_exists", "id"
                    ),
                    (
                        HTTPCall(
                            "POST", "/v1/admin/arms",
                            json: #"{"id":"auto","provider":"up","model":"m","routes":["auto"]}"#), 409, "arm_exists",
                        "id"
                    ),
                    (
                        HTTPCall("POST", "/v1/admin/arms", json: #"{"id":"x","provider":"up","model":"m"}"#), 400,
                        "missing_required_parameter", "routes"
                    ),
                    (
                        HTTPCall(
                            "POST", "/v1/admin/arms",
                            json: #"{"id":"x","provider":"nobody","model":"m","routes":["auto"]}"#), 400,
                        "invalid_value", "provider"
                    ),
                    (
                        HTTPCall(
                            "POST", "/v1/admin/arms",
                            json: #"{"id":"x","provider":"up","model":"m","routes":["nowhere"]}"#), 400,
                        "invalid_value", "routes"
                    ),
                    (
                        HTTPCall(
                            "POST", "/v1/admin/arms",
                            json: #"{"id":"-x","provider":"up","model":"m","routes":["auto"]}"#), 400, "invalid_value",
                        "id"
                    ),
                    (
                        HTTPCall(
                            "POST", "/v1/admin/arms",
                            json: #"{"id":"x","provider":"up","model":"m","routes":["auto"],"prize":1}"#), 400,
                        "unknown_parameter", "prize"
                    ),
                    (
                        HTTPCall(
                            "PATCH", "/v1/admin/arms/new",
                            json: #"{"price":{"input_per_million_usd":-1,"output_per_million_usd":1}}"#), 400,
                        "invalid_value", "price.input_per_million_usd"
                    ),
                    (
                        HTTPCall("PATCH", "/v1/admin/arms/new", json: #"{"capabilities":["tools","embeddings"]}"#), 400,
                        "invalid_value", "capabilities"
                    ),
                    (HTTPCall("PATCH", "/v1/admin/arms/none", json: "{}"), 404, "not_found", "id"),
                    (HTTPCall("PATCH", "/v1/admin/arms/new", json: #"{"id":"y"}"#), 400, "unknown_parameter", "id"),
                    (HTTPCall("DELETE", "/v1/admin/arms/none"), 404, "not_found", "id"),
                ]
                for (call, status, code, param) in refused {
                    expectError(try await world.call(call), status, code, param: param)
                }
                for (arm, status) in [("new", 204), ("a", 204), ("b", 409)] {
                    #expect(
                        try await world.call(HTTPCall("DELETE", "/v1/admin/arms/\(arm)")).status == status, "\(arm)")
                }
                expectError(try await world.chat(#""model":"new""#), 404, "model_not_found", param: "model")
                #expect(try await world.chat().header("x-bandit-arm") == "b")
                // What was learned of it stays, and the file has the last word.
                #expect(try await world.post("/v1/admin/reload", "").status == 200)
                #expect(try await world.get("/v1/arms").json["data"].list.compactMap { $0["id"].string } == ["a", "b"])
                #expect(
                    try await world.post(
                        "/v1/admin/arms", #"{"id":"new","provider":"up","model":"m-d","routes":["auto"]}"#
                    ).status == 201)
                #expect(try await world.cell("new")["n"].number == 1)
            }
        }

        @Test("an arm that was added survives a reload and a restart, as changed since; a reload says what it changed")
        func kept() async throws {
            try await withRouter(RouterFile(arms: ["a", "b"])) { world in
                let made = try await world.post(
                    "/v1/admin/arms",
                    #"{"id":"new","provider":"up","model":"m-d","routes":["auto"],"prior":{"mean":0.7,"strength":3}}"#)
                #expect(made.status == 201 && made.json["source"].string == "api")
                let changed = try await world.call(
                    HTTPCall("PATCH", "/v1/admin/arms/new", json: #"{"model":"m-e","prior":{"mean":0.6}}"#))
                #expect(changed.status == 200)
                let file = world.folder("router.yaml")
                let text = try String(contentsOfFile: file, encoding: .utf8)
                try text.replacing("id: b, provider: up, model: m-b", with: "id: b, provider: up, model: m-c")
                    .write(toFile: file, atomically: true, encoding: .utf8)
                let reloaded = try await world.post("/v1/admin/reload", "").json
                #expect(reloaded["arms"]["changed"] == .array([.string("b")]), "\(reloaded)")
                #expect(reloaded["arms"]["removed"] == .array([]) && reloaded["sections"] == .array([]))
                #expect(reloaded["added_arms"]["kept"] == .array([.string("new")]))
                func check(_ port: Int) async throws {
                    let arms = try await blocking {
                        let connection = try HTTPConnection(port: port)
                        defer { connection.close() }
                        try connection.send(HTTPCall("GET", "/v1/arms"))
                        return try connection.readAnswer().json["data"].list
                    }
                    #expect(arms.compactMap { $0["source"].string } == ["file", "file", "api"])
                    let arm = arms.last ?? .missing
                    #expect(arm["model"].string == "m-e" && arm["prior"]["mean"].number == 0.6)
                    #expect(arm["prior"]["strength"].number == 3 && arm["routes"] == .array([.string("auto")]))
                }
                try await check(world.port)
                world.router.signal(SIGKILL)
                _ = await world.router.exitStatus()
                let (router, port) = try await startRouter(world.folder)
                try await check(port)
                router.signal(SIGKILL)
                _ = await router.exitStatus()
                // The file calls another by its name: the file's is served, and the other can be forgotten.
                try text.replacing("id: b, provider", with: "id: new, provider").replacing("[a, b]", with: "[a, new]")
                    .write(toFile: file, atomically: true, encoding: .utf8)
                let (last, lastPort) = try await startRouter(world.folder)
                let models = try await blocking {
                    let connection = try HTTPConnection(port: lastPort)
                    defer { connection.close() }
                    try connection.send(HTTPCall("GET", "/v1/arms"))
                    return try connection.readAnswer().json["data"].list.compactMap { $0["model"].string }
                }
                #expect(models == ["m-a", "m-b"])
                #expect(last.errors.text.contains("left out"))
                last.signal(SIGKILL)
                _ = await last.exitStatus()
            }
        }

        @Test("adding, switching and removing arms drops no request")
        func changesUnderLoad() async throws {
            try await withRouter(RouterFile(arms: ["a", "b"], policy: "{ kind: uniform }")) { world in
                let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            var statuses: [Int] = []
                            for _ in 0..<40 {
                                statuses.append(try await world.chat(#""stream":\#(number % 2 == 0)"#).status)
                            }
                            return statuses
                        }
                    }
                    group.addTask {
                        for _ in 0..<10 {
                            let body = #"{"id":"new","provider":"up","model":"m-d","routes":["auto"]}"#
                            let made = try await world.post("/v1/admin/arms", body)
                            #expect(made.status == 201)
                            for enabled in [false, true] {
                                let call = HTTPCall("PATCH", "/v1/admin/arms/new", json: #"{"enabled":\#(enabled)}"#)
                                let changed = try await world.call(call)
                                #expect(changed.status == 200)
                            }
                            let removed = try await world.call(HTTPCall("DELETE", "/v1/admin/arms/new"))
                            #expect(removed.status == 204)
                        }
                        return []
                    }
                    return try await group.reduce(into: [Int]()) { $0 += $1 }
                }
                #expect(statuses.count == 160 && statuses.allSatisfy { $0 == 200 })
            }
        }
    }
}
