import Foundation
import NIOCore
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Anthropic arms")
    struct AnthropicTests {
        /// `a` is Anthropic's, `b` OpenAI's, both of the simulated provider.
        private static func withWorld(_ body: (World) async throws -> Void) async throws {
            let provider = makeProvider()
            // The port is known once it runs: a second provider stands in for Anthropic.
            let anthropic = makeProvider(apiKey: "sk-ant-secret")
            let port = try await anthropic.start()
            let file = RouterFile(
                arms: ["a", "b"], providerOfArm: ["a": "claude"],
                providers: [
                    "{ id: claude, kind: anthropic, base_url: \"http://127.0.0.1:\(port)/v1\", api_key: sk-ant-secret }"
                ])
            anthropicProvider = anthropic
            defer { anthropicProvider = nil }
            try await withRouter(file, provider: provider, body)
            await anthropic.stop()
        }

        /// Tests of the suite run one after the other.
        nonisolated(unsafe) private static var anthropicProvider: SimulatedProvider?

        private var claude: SimulatedProvider { get throws { try #require(Self.anthropicProvider) } }

        @Test("a whole answer: the request is Anthropic's, the answer OpenAI's, with usage, cost and finish reason")
        func whole() async throws {
            try await Self.withWorld { world in
                let answer = try await world.post(
                    "/v1/chat/completions",
                    #"{"model":"auto","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},{"role":"user","content":"And now?"}],"stop":["END"],"max_completion_tokens":3,"temperature":0.5}"#
                )
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "a", "\(answer.text)")
                #expect(answer.json["object"].string == "chat.completion" && answer.json["model"].string == "m-a")
                let choice = answer.json["choices"][0]
                #expect(choice["message"]["role"].string == "assistant" && choice["finish_reason"].string == "length")
                #expect(choice["message"]["content"].string?.isEmpty == false)
                #expect(answer.json["usage"]["completion_tokens"].number == 3)
                let call = try #require(try claude.calls.first)
                #expect(call.path == "/v1/messages" && call.header("x-api-key") == "sk-ant-secret")
                #expect(call.header("anthropic-version") == "2023-06-01" && call.header("authorization") == nil)
                let sent = JSON(Array(call.body.readableBytesView))
                #expect(sent["model"].string == "m-a" && sent["max_tokens"].number == 3)
                #expect(sent["temperature"].number == 0.5 && sent["stop_sequences"] == .array([.string("END")]))
                #expect(String(describing: sent["system"]).contains("Be brief."))
                #expect(sent["messages"].list.compactMap { $0["role"].string } == ["user", "assistant", "user"])
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                let prompt = try #require(answer.json["usage"]["prompt_tokens"].number)
                #expect(decision["outcome"]["tokens_estimated"].bool == false)
                #expect(abs((decision["outcome"]["cost_usd"].number ?? 0) - (prompt * 1000 + 3 * 2000) / 1e6) < 1e-12)
                #expect(world.asked.isEmpty)
                #expect(try await world.chat().status == 200)
                let second = JSON(Array(try claude.calls[1].body.readableBytesView))
                #expect(second["max_tokens"].number == 4096)
            }
        }

        @Test("a stream: OpenAI's chunks, one [DONE], usage when asked for and hidden when not")
        func stream() async throws {
            try await Self.withWorld { world in
                for asks in [false, true] {
                    let answer = try await world.chat(
                        #""stream":true"# + (asks ? #","stream_options":{"include_usage":true}"# : ""))
                    #expect(answer.status == 200 && answer.header("x-bandit-arm") == "a")
                    let events = answer.events
                    #expect(events.last == "[DONE]" && events.count { $0 == "[DONE]" } == 1)
                    let chunks = events.dropLast().map { JSON($0) }
                    #expect(chunks.allSatisfy { $0["object"].string == "chat.completion.chunk" })
                    #expect(chunks.first?["choices"][0]["delta"]["role"].string == "assistant")
                    #expect(chunks.compactMap { $0["choices"][0]["finish_reason"].string } == ["stop"])
                    let words = chunks.compactMap { $0["choices"][0]["delta"]["content"].string }.filter { !$0.isEmpty }
                    #expect(words.count == 5)
                    let usages = chunks.compactMap { $0["usage"]["completion_tokens"].number }
                    #expect(usages == (asks ? [5] : []))
                    let outcome = try await world.settled(answer.header("x-bandit-decision-id"))["outcome"]
                    #expect(outcome["completion_tokens"].number == 5 && (outcome["cost_usd"].number ?? 0) > 0)
                }
            }
        }

        @Test("a tool call comes back as OpenAI's, whole and streamed", arguments: [false, true])
        func tools(streams: Bool) async throws {
            try await Self.withWorld { world in
                let off = try await world.call(
                    HTTPCall("PATCH", "/v1/admin/arms/a", json: #"{"capabilities":["tools"]}"#))
                #expect(off.status == 200)
                let answer = try await world.chat(
                    #""stream":\#(streams),"tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object"}}}],"tool_choice":"required""#
                )
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "a", "\(answer.text)")
                if streams {
                    let chunks = answer.events.dropLast().map { JSON($0) }
                    let calls = chunks.compactMap {
                        $0["choices"][0]["delta"]["tool_calls"][0]["function"]["name"].string
                    }
                    #expect(calls == ["look"])
                    #expect(chunks.compactMap { $0["choices"][0]["finish_reason"].string } == ["tool_calls"])
                } else {
                    let call = answer.json["choices"][0]["message"]["tool_calls"][0]
                    #expect(call["function"]["name"].string == "look" && call["function"]["arguments"].string == "{}")
                    #expect(answer.json["choices"][0]["finish_reason"].string == "tool_calls")
                }
                let last = try #require(try claude.calls.last)
                let sent = JSON(Array(last.body.readableBytesView))
                #expect(sent["tools"][0]["name"].string == "look" && sent["tool_choice"]["type"].string == "any")
            }
        }

        @Test(
            "its faults fail over to an arm of another kind, before the first word; after it the stream ends with an error"
        )
        func faults() async throws {
            try await Self.withWorld { world in
                for streams in [false, true] {
                    for plan in [
                        FaultPlan(status: 529), FaultPlan(fault: .errorObject, atToken: 0),
                        FaultPlan(fault: .cut, atToken: 0),
                    ] {
                        try claude.script([plan], for: "m-a")
                        let answer = try await world.chat(#""stream":\#(streams)"#)
                        #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b", "\(plan): \(answer.text)")
                        // Each provider saw its own key only.
                        #expect(world.provider.calls.allSatisfy { $0.header("x-api-key") == nil })
                    }
                    // Five faults in a row would open its breaker.
                    #expect(try await world.chat().header("x-bandit-arm") == "a")
                }
                try claude.script([FaultPlan(status: 400)], for: "m-a")
                // What nobody knows may be the translation's fault: another arm is asked, if one may be.
                let other = try await world.chat()
                #expect(other.status == 200 && other.header("x-bandit-arm") == "b")
                try claude.script([FaultPlan(status: 400)], for: "m-a")
                let refused = try await world.chat(#""model":"a""#)
                #expect(refused.status == 400 && refused.json["error"]["message"].string == "scripted status 400")
                try claude.script([FaultPlan(fault: .cut, atToken: 2)], for: "m-a")
                let broken = try await world.chat(#""stream":true"#)
                #expect(JSON(broken.events.last ?? "")["error"]["code"].string == "upstream_stream_error")
                #expect(!broken.events.contains("[DONE]") && broken.header("x-bandit-arm") == "a")
            }
        }
    }
}
