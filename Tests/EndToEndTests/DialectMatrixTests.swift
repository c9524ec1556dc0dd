import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// Three dialects in, five out, through the built program.
    @Suite("every dialect to every provider")
    struct DialectMatrixTests {
        private static let tools: [String: String] = [
            "/v1/chat/completions": #"[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]"#,
            "/v1/messages": #"[{"name":"look","input_schema":{"type":"object"}}]"#,
            "/v1/responses": #"[{"type":"function","name":"look","parameters":{"type":"object"}}]"#,
        ]

        private func file(_ upstream: RawUpstream, effort: String? = nil) -> RouterFile {
            var file = RouterFile(arms: DialectUpstream.arms, policy: "{ kind: uniform }")
            file.providers = DialectUpstream.providers(port: upstream.port)
            let wishes = effort.map { ", params: { reasoning_effort: \($0) }" } ?? ""
            for (arm, provider) in zip(DialectUpstream.arms, ["ge", "br", "an", "rs", "oa"]) {
                file.providerOfArm[arm] = provider
                file.armKeys[arm] = "capabilities: [tools]\(wishes)"
            }
            return file
        }

        private func body(_ path: String, _ arm: String, streams: Bool, calls: Bool = false) -> String {
            let said = #"[{"role":"user","content":"hi"}]"#
            let prompt = path == "/v1/responses" ? #""input":\#(said)"# : #""messages":\#(said),"max_tokens":50"#
            let tools = calls ? #","tools":\#(Self.tools[path] ?? "[]")"# : ""
            return #"{"model":"\#(arm)","stream":\#(streams),\#(prompt)\#(tools)}"#
        }

        /// The text of a whole answer, wherever its dialect has it.
        private func text(_ answer: JSON) -> String? {
            answer["choices"][0]["message"]["content"].string ?? answer["content"][0]["text"].string
                ?? answer["output"][0]["content"][0]["text"].string
        }

        @Test("whole and streamed, words and calls without arguments", arguments: DialectUpstream.arms)
        func matrix(arm: String) async throws {
            let upstream = try RawUpstream { DialectUpstream.reply(to: $0) }
            defer { upstream.stop() }
            try await withRouter(file(upstream)) { world in
                for path in Self.tools.keys.sorted() {
                    let whole = try await world.post(path, body(path, arm, streams: false))
                    #expect(whole.status == 200 && text(whole.json) == "Hello", "\(path): \(whole.text)")
                    #expect(whole.header("x-bandit-arm") == arm)
                    let call = try await world.post(path, body(path, arm, streams: false, calls: true))
                    let arguments =
                        call.json["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].string
                        ?? call.json["output"][0]["arguments"].string
                    if path == "/v1/messages" {
                        #expect(call.json["content"][0]["name"].string == "look", "\(call.text)")
                        #expect(call.json["content"][0]["input"] == .object([:]), "\(call.text)")
                    } else {
                        #expect(arguments == "{}", "\(path): \(call.text)")
                    }
                    let stream = try await world.post(path, body(path, arm, streams: true))
                    #expect(stream.header("content-type") == "text/event-stream")
                    let end = [
                        "/v1/chat/completions": "data: [DONE]\n\n", "/v1/messages": "message_stop",
                        "/v1/responses": "response.completed",
                    ]
                    let last = stream.text.components(separatedBy: "\n\n").suffix(2).joined(separator: "\n\n") + "\n\n"
                    #expect(last.contains(end[path] ?? "?"), "\(path): \(stream.text)")
                    #expect(!stream.text.contains("\"error\":{"), "\(path): \(stream.text)")
                }
            }
        }

        @Test("an arm's effort reaches its provider, whoever asks")
        func effort() async throws {
            let upstream = try RawUpstream { DialectUpstream.reply(to: $0) }
            defer { upstream.stop() }
            try await withRouter(file(upstream, effort: "low")) { world in
                for path in Self.tools.keys.sorted() {
                    // By way of Converse only models of Anthropic's are told (ArmWishTests), and `m-con` is none.
                    for arm in DialectUpstream.arms where arm != "con" {
                        let before = upstream.requests.count
                        let answer = try await world.post(path, body(path, arm, streams: false))
                        #expect(answer.status == 200, "\(path) \(arm): \(answer.text)")
                        let sent = try #require(upstream.requests.dropFirst(before).first)
                        #expect(sent.text.lowercased().contains(#""low""#), "\(path) \(arm): \(sent.text)")
                    }
                }
            }
        }

        @Test("what needs kept responses goes to an arm of that dialect that is named, and nowhere else")
        func kept() async throws {
            let upstream = try RawUpstream { DialectUpstream.reply(to: $0) }
            defer { upstream.stop() }
            try await withRouter(file(upstream)) { world in
                let body = { (model: String) in
                    #"{"model":"\#(model)","input":"hi","previous_response_id":"resp_0"}"#
                }
                let answer = try await world.post("/v1/responses", body("res"))
                #expect(answer.status == 200, "\(answer.text)")
                #expect(upstream.requests.last?.text.contains(#""previous_response_id":"resp_0""#) == true)
                for model in ["auto", "cla"] {
                    expectError(
                        try await world.post("/v1/responses", body(model)), 400, "unsupported_parameter",
                        param: "previous_response_id")
                }
            }
        }

        @Test("a history that another dialect's arm has written is taken by the arm that follows it")
        func seals() async throws {
            let upstream = try RawUpstream { DialectUpstream.reply(to: $0) }
            defer { upstream.stop() }
            try await withRouter(file(upstream)) { world in
                let seal = "br1.ge/m-gem.Z1NJRw"
                let blocks =
                    #"[{"type":"thinking","thinking":"x","signature":"\#(seal)"},{"type":"text","text":"before"}]"#
                let turns =
                    #"[{"role":"user","content":"q"},{"role":"assistant","content":\#(blocks)},{"role":"user","content":"r"}]"#
                let answer = try await world.post(
                    "/v1/messages", #"{"model":"cla","max_tokens":50,"messages":\#(turns)}"#)
                #expect(answer.status == 200)
                let sent = try #require(upstream.requests.last).text
                #expect(!sent.contains("br1.") && !sent.contains("thinking") && sent.contains("before"), "\(sent)")
                #expect(answer.header("x-bandit-adjusted") == "sealed:1")
            }
        }

        @Test("a provider that dies is replaced by one of another dialect, whole and streamed")
        func failover() async throws {
            let upstream = try RawUpstream { request in
                let path = request.head.split(separator: " ")[1]
                return path.hasSuffix("/messages")
                    ? .json(#"{"type":"error","error":{"type":"api_error","message":"down"}}"#, status: "500 Oops")
                    : DialectUpstream.reply(to: request)
            }
            defer { upstream.stop() }
            var file = file(upstream)
            file.policy = "{ kind: fixed, arm: cla }"
            try await withRouter(file) { world in
                for path in Self.tools.keys.sorted() {
                    for streams in [false, true] {
                        let answer = try await world.post(path, body(path, "auto", streams: streams))
                        #expect(answer.status == 200, "\(path): \(answer.text)")
                        let arm = try #require(answer.header("x-bandit-arm"))
                        #expect(arm != "cla" && answer.text.contains("Hel"), "\(path) \(arm): \(answer.text)")
                    }
                }
            }
        }

        @Test("the SDKs of the three dialects accept what every provider says")
        func libraries() async throws {
            let library = ClientLibraryTests.Library(
                name: "dialects", packages: ["anthropic", "openai"], module: "anthropic, openai", results: [])
            guard let python = try await ClientLibraryTests.python(library) else {
                print("skipped: no Python with anthropic and openai could be made here")
                return
            }
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "Python/dialect_matrix.py"
            ).path
            let upstream = try RawUpstream { DialectUpstream.reply(to: $0) }
            defer { upstream.stop() }
            try await withRouter(file(upstream)) { world in
                let arms = DialectUpstream.arms
                let result = try await OpenAISDKTests.run(
                    python, [script, "http://127.0.0.1:\(world.port)"] + arms)
                #expect(result.status == 0, "\(result.errors.suffix(2_000))")
                #expect(result.output == "\(13 * arms.count)\n", "\(result.output)")
            }
        }
    }
}
