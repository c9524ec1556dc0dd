import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("chat")
    struct ChatTests {
        @Test("a body goes upstream byte for byte but for model and bandit, and the answer comes back byte for byte")
        func passage() async throws {
            let answer =
                #"{ "id":"chatcmpl-1", "choices":[{"index":0,"message":{"role":"assistant","content":"H\u00e9 \/ 1.10"},"#
                + #""finish_reason":"stop"}],"x_new":[1.50,1e+2], "usage":{"prompt_tokens":10,"completion_tokens":5}}"#
                + "\n"
            let upstream = try RawUpstream { _ in
                .json(answer, headers: ["X-Secret: 1", "Set-Cookie: a=b", "Server: up"])
            }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let before = "{ \"temperature\" :1.50,\n\"big\":12345678901234567890, \"s\":\"\\u00e9\\/\","
                let after =
                    " \"messages\":[{\"role\":\"user\",\"content\":\"Hi\",\"name\":null}],\t\"x-unknown\":{\"a\":[ ]} , \"n\":1E2"
                let sent = try await world.post(
                    "/v1/chat/completions",
                    before + " \"model\" : \"auto\"," + after + ",\"bandit\":{\"session_id\":\"s\"}}",
                    headers: [
                        ("Authorization", "Bearer client-secret"), ("Cookie", "c=1"), ("X-Bandit-Category", "code"),
                        ("X-Session-Id", "s-1"), ("X-Custom", "mine"), ("User-Agent", "client/1"),
                        ("X-Request-Id", "req-7"),
                    ])
                #expect(sent.status == 200 && sent.text == answer)
                #expect(sent.header("content-type") == "application/json" && sent.header("x-secret") == nil)
                #expect(sent.header("set-cookie") == nil && sent.header("server") == nil)

                let request = try #require(upstream.requests.first)
                #expect(request.text == before + " \"model\" : \"m-a\"," + after + "}")
                #expect(upstream.requests.count == 1)
                let lines = request.head.components(separatedBy: "\r\n")
                #expect(lines.first == "POST /v1/chat/completions HTTP/1.1")
                #expect(lines.contains { $0.lowercased() == "authorization: bearer sk-upstream" })
                let names = Set(lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() })
                #expect(
                    names.isSubset(of: [
                        "host", "accept", "accept-encoding", "authorization", "content-type", "content-length",
                    ]), "\(request.head)")
                #expect(!request.head.contains("client-secret") && !request.head.lowercased().contains("bandit"))
            }
        }

        @Test("the answer's headers say who served, how likely that was and what it cost")
        func headers() async throws {
            try await withRouter { world in
                let answer = try await world.chat(headers: [("X-Request-Id", "my-id-1"), ("X-Bandit-Category", "math")])
                #expect(answer.status == 200)
                #expect(answer.header("x-request-id") == "my-id-1")
                #expect(answer.header("x-bandit-arm") == "a" && answer.header("x-bandit-category") == "math")
                #expect(answer.header("x-bandit-propensity") == "1.0" && answer.header("x-bandit-attempts") == "1")
                #expect(answer.header("x-bandit-policy") == "fixed")
                #expect(answer.header("x-bandit-overhead-ms").flatMap(Double.init).map { $0 >= 0 } == true)
                let id = try #require(answer.header("x-bandit-decision-id"))
                #expect(
                    id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil,
                    "\(id)")

                let usage = answer.json["usage"]
                let prompt = try #require(usage["prompt_tokens"].number)
                let completion = try #require(usage["completion_tokens"].number)
                let cost = (prompt * 1000 + completion * 2000) / 1e6
                #expect(answer.header("x-bandit-cost-usd").flatMap(Double.init) == cost)

                let decision = try await world.settled(id)
                #expect(decision["decision_id"].string == id && decision["route"].string == "auto")
                #expect(decision["category"].string == "math" && decision["kind"].string == "fresh")
                #expect(
                    decision["arms"] == .array(["a", "b", "c"].map(JSON.string))
                        && decision["eligible"] == decision["arms"])
                #expect(decision["probabilities"] == .array([.number(1), .number(0), .number(0)]))
                #expect(decision["arm"].string == "a" && decision["served_arm"].string == "a")
                #expect(
                    decision["propensity"].number == 1 && decision["reward"] == .null
                        && decision["excluded"] == .array([]))
                #expect(decision["attempts"].list.count == 1 && decision["attempts"][0]["arm"].string == "a")
                #expect(
                    decision["attempts"][0]["status"].string == "ok"
                        && decision["attempts"][0]["http_status"].number == 200)
                #expect(decision["attempts"][0]["error"] == .null && decision["feedback"] == .array([]))
                let outcome = decision["outcome"]
                #expect(outcome["status"].string == "ok" && outcome["prompt_tokens"].number == prompt)
                #expect(outcome["completion_tokens"].number == completion && outcome["cost_usd"].number == cost)
                #expect((outcome["latency_ms"].number ?? 0) > 0)
            }
        }

        @Test("a request id that is not 1 to 128 visible characters is replaced")
        func requestID() async throws {
            try await withRouter { world in
                for (offered, kept) in [
                    (String(repeating: "x", count: 128), true), (String(repeating: "x", count: 129), false),
                    ("a b", false),
                    ("café", false),
                ] {
                    for path in ["/v1/chat/completions", "/v1/decisions"] {
                        let answer = try await world.post(path, World.body(), headers: [("X-Request-Id", offered)])
                        #expect(answer.status == 200)
                        let got = try #require(answer.header("x-request-id"))
                        #expect((got == offered) == kept && !got.isEmpty, "\(got)")
                    }
                }
            }
        }

        @Test("without prices a cost is unknown, not zero")
        func unknownCost() async throws {
            try await withRouter(RouterFile(armKeys: ["a": ""])) { world in
                let answer = try await world.chat()
                #expect(answer.status == 200 && answer.header("x-bandit-cost-usd") == nil)
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["cost_usd"] == .null && decision["outcome"]["prompt_tokens"].number != nil)
            }
        }

        @Test("what a provider does not count is estimated from bytes, and marked so", arguments: [false, true])
        func estimatedUsage(streams: Bool) async throws {
            try await withRouter { world in
                world.provider.script([FaultPlan(tokens: 40, fault: .noUsage)], for: "m-a")
                let answer = try await world.chat(#""stream":\#(streams)"#)
                // An estimate is not what the call cost.
                #expect(answer.status == 200 && answer.header("x-bandit-cost-usd") == nil)
                let outcome = try await world.settled(answer.header("x-bandit-decision-id"))["outcome"]
                #expect(outcome["tokens_estimated"].bool == true, "\(outcome)")
                let prompt = try #require(outcome["prompt_tokens"].number)
                let completion = try #require(outcome["completion_tokens"].number)
                // Forty words of prose are some two hundred bytes.
                #expect((5...40).contains(prompt) && (25...100).contains(completion), "\(outcome)")
                let cost = try #require(outcome["cost_usd"].number)
                #expect(abs(cost - (prompt * 1000 + completion * 2000) / 1e6) < 1e-9)
                let counted = try await world.chat(#""stream":\#(streams)"#)
                #expect(
                    try await world.settled(counted.header("x-bandit-decision-id"))["outcome"]["tokens_estimated"].bool
                        == false)
            }
        }

        @Test("an arm's id as model pins the arm; absent and null mean the route auto")
        func pinning() async throws {
            try await withRouter { world in
                for (model, arm, kind) in [
                    (#""model":"b""#, "b", "pinned"), (#""model":"auto""#, "a", "fresh"), ("", "a", "fresh"),
                    (#""model":null"#, "a", "fresh"),
                ] {
                    let answer = try await world.chat(model)
                    #expect(answer.status == 200 && answer.header("x-bandit-arm") == arm)
                    #expect(answer.header("x-bandit-propensity") == "1.0")
                    let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                    #expect(decision["kind"].string == kind)
                }
                #expect(world.asked == ["m-b", "m-a", "m-a", "m-a"])
                expectError(try await world.chat(#""model":"nope""#), 404, "model_not_found", param: "model")
            }
        }

        @Test("the category comes from the header, else the body, else a pattern, else it is general")
        func categories() async throws {
            try await withRouter { world in
                for (more, question, headers, category) in [
                    (#""bandit":{"category":"math"}"#, "```", [("X-Bandit-Category", "code")], "code"),
                    (#""bandit":{"category":"math"}"#, "```", [], "math"), ("", "fix ``` this", [], "code"),
                    ("", "Hello", [], "general"),
                ] {
                    let answer = try await world.chat(more, question, headers: headers)
                    #expect(answer.status == 200 && answer.header("x-bandit-category") == category)
                }
                expectError(
                    try await world.chat(headers: [("X-Bandit-Category", "x")]), 400, "unknown_category",
                    param: "x-bandit-category")
                expectError(
                    try await world.chat(#""bandit":{"category":"x"}"#), 400, "unknown_category",
                    param: "bandit.category")
            }
        }

        @Test("a session keeps its arm, and its decisions are sticky; sessions of another route or none are free")
        func sessions() async throws {
            try await withRouter(RouterFile(policy: "{ kind: uniform }")) { world in
                for (index, extension_) in [
                    ([("X-Session-Id", "s0")], ""), ([], #""bandit":{"session_id":"s1"}"#),
                    ([], #""metadata":{"session_id":"s2"}"#),
                ].enumerated() {
                    let first = try await world.chat(extension_.1, headers: extension_.0)
                    let arm = first.header("x-bandit-arm")
                    #expect(
                        try await world.settled(first.header("x-bandit-decision-id"))["kind"].string == "fresh",
                        "\(index)")
                    for _ in 0..<8 {
                        let next = try await world.chat(extension_.1, headers: extension_.0)
                        #expect(next.header("x-bandit-arm") == arm && next.header("x-bandit-propensity") == "1.0")
                        #expect(
                            try await world.settled(next.header("x-bandit-decision-id"))["kind"].string == "sticky",
                            "\(index)")
                    }
                }
                var arms: Set<String> = []
                for _ in 0..<40 { arms.insert(try await world.chat().header("x-bandit-arm") ?? "") }
                #expect(arms == ["a", "b", "c"])
            }
        }

        @Test("explore off takes the best expected arm with propensity 1")
        func exploreOff() async throws {
            let file = RouterFile(
                policy: "{ kind: uniform }", routeKeys: ["exploration: { floor: 0.1 }", "affinity: none"])
            try await withRouter(file) { world in
                for _ in 0..<10 {
                    for (more, headers) in [("", [("X-Bandit-Explore", "off")]), (#""bandit":{"explore":"off"}"#, [])] {
                        let answer = try await world.chat(more, headers: headers)
                        #expect(answer.header("x-bandit-arm") == "a" && answer.header("x-bandit-propensity") == "1.0")
                    }
                }
                expectError(
                    try await world.chat(headers: [("X-Bandit-Explore", "maybe")]), 400, "invalid_value",
                    param: "x-bandit-explore")
            }
        }

        @Test("a cap on the cost excludes the arms whose worst case is above it, with the reason")
        func maxCost() async throws {
            let file = RouterFile(
                armKeys: ["b": "price: { input_per_million_usd: 0.1, output_per_million_usd: 0.1 }", "c": ""])
            try await withRouter(file) { world in
                let answer = try await world.chat(#""max_tokens":100"#, headers: [("X-Bandit-Max-Cost-USD", "0.001")])
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b")
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(
                    Set(decision["excluded"].list.map { "\($0["arm"].string ?? "") \($0["reason"].string ?? "")" })
                        == ["a max_cost", "c max_cost"])
                let refused = try await world.chat(#""max_tokens":100,"bandit":{"max_cost_usd":0}"#)
                expectError(refused, 400, "no_capable_arm", param: "model")
                for bad in ["-1", "nan", "inf", "x"] {
                    expectError(
                        try await world.chat(headers: [("X-Bandit-Max-Cost-USD", bad)]), 400, "invalid_value",
                        param: "x-bandit-max-cost-usd")
                }
            }
        }

        @Test("capabilities and context windows decide who is eligible, with a reason each")
        func capabilities() async throws {
            let file = RouterFile(
                armKeys: [
                    "a": "capabilities: [tools], context_window: 2000",
                    "b": "capabilities: [json, vision], context_window: 100",
                    "c": "context_window: 100",
                ])
            try await withRouter(file) { world in
                let image =
                    #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]}]}"#
                for (body, arm) in [
                    (World.body(#""tools":[{"type":"function","function":{"name":"f"}}]"#), "a"),
                    (World.body(#""response_format":{"type":"json_object"}"#), "b"), (image, "b"),
                    (World.body("", String(repeating: "long ", count: 200)), "a"),
                ] {
                    let answer = try await world.post("/v1/chat/completions", body)
                    #expect(answer.status == 200 && answer.header("x-bandit-arm") == arm, "\(answer.text)")
                }
                expectError(
                    try await world.chat(#""tools":[{}],"response_format":{"type":"json_object"}"#), 400,
                    "no_capable_arm",
                    param: "model")
                expectError(
                    try await world.chat("", String(repeating: "long ", count: 4000)), 400, "context_length_exceeded",
                    param: "messages")
            }
        }

        @Test("embeddings go to the arm that has them, and to no other")
        func embeddings() async throws {
            let file = RouterFile(
                arms: ["a", "e"], armKeys: ["e": "capabilities: [embeddings], price: \(RouterFile.price)"],
                routes: ["{ id: vectors, arms: [e], policy: { kind: fixed, arm: e } }"])
            try await withRouter(file) { world in
                let answer = try await world.post(
                    "/v1/embeddings", #"{"model":"vectors","input":["x","y"],"dimensions":4}"#)
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "e", "\(answer.text)")
                #expect(answer.json["data"].list.count == 2 && answer.json["data"][0]["embedding"].list.count == 4)
                #expect(world.provider.calls.last?.path == "/v1/embeddings" && world.asked.last == "m-e")
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "ok" && decision["route"].string == "vectors")
                expectError(try await world.chat(#""model":"vectors""#), 400, "no_capable_arm", param: "model")
                expectError(
                    try await world.post("/v1/embeddings", #"{"model":"auto","input":"x"}"#), 400, "no_capable_arm",
                    param: "model")
                expectError(
                    try await world.post("/v1/embeddings", #"{"model":"vectors"}"#), 400, "missing_required_parameter",
                    param: "input")
            }
        }

        @Test("models lists routes and arms in OpenAI's shape, and each can be asked for")
        func models() async throws {
            try await withRouter { world in
                let list = try await world.get("/v1/models")
                #expect(list.status == 200 && list.json["object"].string == "list")
                #expect(list.json["data"].list.compactMap { $0["id"].string } == ["auto", "a", "b", "c"])
                for model in list.json["data"].list {
                    #expect(
                        model.names == [
                            "id", "object", "type", "display_name", "created", "created_at", "lifecycle", "owned_by",
                        ] && model["object"].string == "model" && model["type"].string == "model")
                    let one = try await world.get("/v1/models/\(model["id"].string ?? "")")
                    #expect(one.status == 200 && one.json == model)
                }
                expectError(try await world.get("/v1/models/nope"), 404, "model_not_found", param: "model")
            }
        }

        @Test("requests of both kinds can share a connection, also when they are sent ahead")
        func pipelining() async throws {
            try await withRouter { world in
                let calls = [
                    HTTPCall("GET", "/health/live"), HTTPCall("POST", "/v1/chat/completions", json: World.body()),
                    HTTPCall("GET", "/v1/models"), HTTPCall("POST", "/v1/chat/completions", json: "{"),
                    HTTPCall("POST", "/v1/chat/completions", json: World.body()), HTTPCall("GET", "/nothing"),
                ]
                let statuses = try await blocking { [port = world.port] in
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    try connection.send(calls.flatMap(\.bytes))
                    return try calls.map { _ in try connection.readAnswer().status }
                }
                #expect(statuses == [200, 200, 200, 400, 200, 404])
            }
        }

        @Test("a client of HTTP/1.0 gets answers without chunks, and keeps its connection where it asks for that")
        func oldClients() async throws {
            try await withRouter { world in
                let whole = World.body()
                let streamed = World.body(#""stream":true"#)
                let answers = try await blocking { [port = world.port] in
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    func ask(_ body: String, _ more: String) throws -> HTTPAnswer {
                        try connection.send(
                            "POST /v1/chat/completions HTTP/1.0\r\n\(more)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                        )
                        return try connection.readAnswer()
                    }
                    // The third one's end is the end of the connection: `readAnswer` reads as far as that.
                    return [
                        try ask(whole, "Connection: keep-alive\r\n"), try ask(whole, "Connection: keep-alive\r\n"),
                        try ask(streamed, "Connection: keep-alive\r\n"),
                    ]
                }
                #expect(answers.map(\.status) == [200, 200, 200])
                #expect(answers.map { $0.header("connection") } == ["keep-alive", "keep-alive", "close"])
                #expect(answers[1].json["choices"][0]["message"]["role"].string == "assistant")
                #expect(answers[2].header("transfer-encoding") == nil && answers[2].header("content-length") == nil)
                #expect(answers[2].events.last == "[DONE]" && answers[2].text.hasPrefix("data: "))
            }
        }
    }
}
