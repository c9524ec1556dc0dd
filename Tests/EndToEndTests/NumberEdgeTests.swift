import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("numbers from outside")
    struct NumberEdgeTests {
        /// Every limit that counts with tokens or money is on: arithmetic happens where it can.
        private static let file = RouterFile(
            armKeys: [
                "a": "price: \(RouterFile.price), context_window: 100000",
                "c": "price: { input_per_million_usd: 1, output_per_million_usd: 0 }, capabilities: [embeddings]",
            ],
            routeKeys: ["affinity: none", "budget: { usd_per_day: 1000000 }"],
            routes: ["{ id: embed, arms: [c] }"],
            sections: [
                "limits: { tokens_per_minute: 1000000000000, requests_per_minute: 1000000, usd_per_day: 1000000000 }"
            ])

        private static let texts = NumberEdges.texts + [#""100""#, "true", "[]", "{}", #""""#, "1.0e0x"]

        @Test(
            "a limit of answer that is no whole number from 1 is refused and named, on every endpoint; the router goes on"
        )
        func limits() async throws {
            try await withRouter(Self.file) { world in
                for name in ["max_tokens", "max_completion_tokens", "max_output_tokens"] {
                    for text in Self.texts {
                        let member = "\"\(name)\":\(text)"
                        var calls = [
                            ("/v1/chat/completions", World.body(member)),
                            ("/v1/chat/completions", World.body(member + #","stream":true"#)),
                            ("/v1/embeddings", #"{"model":"c","input":"x",\#(member)}"#),
                        ]
                        if name == "max_tokens" { calls.append(("/v1/decisions", "{\(member)}")) }
                        for (path, body) in calls {
                            let answer = try await world.post(path, body)
                            if NumberEdges.isCount(text) {
                                #expect(answer.status < 500, "\(path) \(body): \(answer.text)")
                                continue
                            }
                            #expect(answer.status == 400, "\(path) \(body): \(answer.status) \(answer.text)")
                            // What is no JSON has no parameter.
                            if answer.json["error"]["code"].string != "invalid_json" {
                                #expect(answer.json["error"]["code"].string == "invalid_value", "\(answer.text)")
                                #expect(answer.json["error"]["param"].string == name, "\(answer.text)")
                            }
                        }
                    }
                }
                #expect(try await world.chat(#""max_tokens":null"#).status == 200)
                #expect(world.router.isRunning)
            }
        }

        @Test(
            "whatever a provider says was used, whole and streamed, the router serves on, and its sums stay numbers",
            arguments: [true, false])
        func usage(hasLimits: Bool) async throws {
            struct Words: Sendable {
                let prompt: String
                let completion: String
            }
            let words = NumberEdges.texts.flatMap {
                [Words(prompt: $0, completion: "5"), Words(prompt: $0, completion: $0)]
            }
            let turn = Counter()
            let upstream = try RawUpstream { request in
                let say = words[turn.next() % words.count]
                let usage =
                    #"{"prompt_tokens":\#(say.prompt),"completion_tokens":\#(say.completion),"total_tokens":\#(say.completion),"#
                    + #""prompt_tokens_details":{"cached_tokens":\#(say.prompt)}}"#
                if request.text.contains(#""stream":true"#) {
                    return .stream([
                        #"data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"}}]}"#
                            + "\n\n",
                        #"data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n",
                        #"data: {"id":"c","choices":[],"usage":\#(usage)}"# + "\n\n", "data: [DONE]\n\n",
                    ])
                }
                if request.head.contains("/embeddings") {
                    return .json(
                        #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"usage":\#(usage)}"#
                    )
                }
                return .json(
                    #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"#
                        + #""usage":\#(usage)}"#)
            }
            defer { upstream.stop() }
            var file = Self.file
            if !hasLimits { (file.sections, file.routeKeys) = ([], ["affinity: none"]) }
            try await withRouter(file, upstream: upstream.port) { world in
                for _ in words {
                    // What was said to be spent may be more than the day's limit.
                    for answer in [
                        try await world.chat(), try await world.chat(#""stream":true"#),
                        try await world.post("/v1/embeddings", #"{"model":"c","input":"x"}"#),
                    ] { #expect([200, 429].contains(answer.status), "\(answer.text)") }
                }
                #expect(world.router.isRunning)
                for path in ["/metrics", "/v1/usage?by=arm", "/v1/arms", "/v1/posteriors"] {
                    let answer = try await world.get(path)
                    #expect(
                        answer.status == 200 && !answer.text.lowercased().contains("nan,"), "\(path): \(answer.text)")
                }
                let tokens = try await world.get("/v1/usage").json["data"][0]
                #expect(
                    (tokens["prompt_tokens"].number ?? -1) >= 0 && (tokens["cost_usd"].number ?? -1) >= 0, "\(tokens)")
                #expect(try await world.run(["verify"]).status == 0)
            }
        }

        @Test(
            "limits of keys and fields of arms at the edges of numbers are refused and named, or do not stop the router"
        )
        func administration() async throws {
            try await withRouter(Self.file) { world in
                let admin = try await world.makeKey("--scope", "admin")
                for text in NumberEdges.texts {
                    for name in ["requests_per_minute", "tokens_per_minute", "concurrent", "usd_per_day"] {
                        let made = try await world.post(
                            "/v1/admin/keys",
                            #"{"name":"k","scopes":["chat","feedback"],"limits":{"\#(name)":\#(text)}}"#, key: admin)
                        guard let key = made.json["key"].string else {
                            #expect(made.status == 400, "\(name) \(text): \(made.text)")
                            continue
                        }
                        for _ in 0..<2 {
                            let answer = try await world.chat(key: key)
                            #expect([200, 429].contains(answer.status), "\(name) \(text): \(answer.text)")
                        }
                    }
                    for field in [
                        #""context_window":\#(text)"#, #""canary_share":\#(text)"#,
                        #""price":{"input_per_million_usd":\#(text),"output_per_million_usd":\#(text)}"#,
                        #""prior":{"mean":\#(text),"strength":\#(text)}"#,
                        #""expected_tokens":{"input":\#(text),"output":\#(text)}"#,
                    ] {
                        let call = HTTPCall(
                            "PATCH", "/v1/admin/arms/b", headers: [("Content-Type", "application/json")],
                            body: Array("{\(field)}".utf8))
                        let changed = try await world.call(call, key: admin)
                        #expect([200, 400].contains(changed.status), "\(field): \(changed.text)")
                        #expect(try await world.chat(key: admin).status < 500)
                    }
                    let decided = try await world.post("/v1/decisions", "{}", key: admin)
                    let id = try #require(
                        decided.json["id"].string ?? decided.json["decision_id"].string, "\(decided.text)")
                    let outcome = try await world.post(
                        "/v1/decisions/\(id)/outcome",
                        #"{"prompt_tokens":\#(text),"completion_tokens":\#(text),"latency_ms":\#(text),"cost_usd":\#(text)}"#,
                        key: admin)
                    #expect(outcome.status < 500, "\(text): \(outcome.text)")
                    let judged = try await world.feedback(id, text, key: admin)
                    #expect(judged.status < 500, "\(text): \(judged.text)")
                }
                #expect(world.router.isRunning)
                #expect(try await world.get("/v1/posteriors", key: admin).status == 200)
                #expect(try await world.run(["verify"]).status == 0)
            }
        }
    }
}
