import NIOCore
import ProviderClient
import SimulatedProvider
import Testing
import WireFormats

@Suite("the simulated provider")
struct SimulatedProviderTests {
    private static let hello = #"{"model":"m","messages":[{"role":"user","content":"hello there, how are you"}]}"#

    @Test("the same seed, the same answers; another seed, others")
    func deterministic() async throws {
        func answers(_ seed: UInt64) async throws -> [String] {
            var answers: [String] = []
            try await withProvider(models: [SimulatedModel(id: "m", answerTokens: 5...40)], seed: seed) { _, client in
                for _ in 0..<4 {
                    answers.append(
                        String(buffer: try await client.raw("POST", "/v1/chat/completions", Self.hello).body))
                }
            }
            return answers
        }
        let first = try await answers(1)
        #expect(try await answers(1) == first)
        #expect(try await answers(2) != first)
        #expect(Set(first).count > 1)
    }

    @Test("a model is made worse while it runs, in one category or all, and good again")
    func quality() async throws {
        let model = SimulatedModel(id: "m", quality: ["code": 0.9], defaultQuality: 0.5)
        try await withProvider(models: [model]) { provider, client in
            #expect(provider.quality(of: "m", category: "code") == 0.9)
            let whole = try await client.raw("POST", "/_quality", #"{"model":"m","quality":0.1}"#)
            #expect(whole.head.status == 204)
            _ = try await client.raw("POST", "/_quality", #"{"model":"m","quality":0.3,"category":"math"}"#)
            #expect(provider.quality(of: "m", category: "code") == 0.1)
            #expect(provider.quality(of: "m", category: "math") == 0.3)
            for (body, status) in [
                (#"{"model":"m","quality":1.1}"#, 400), (#"{"model":"x","quality":0.1}"#, 404), ("{}", 400),
            ] {
                #expect(try await client.raw("POST", "/_quality", body).head.status == status)
            }
            _ = try await client.raw("DELETE", "/_quality")
            #expect(provider.quality(of: "m", category: "code") == 0.9)
        }
    }

    @Test("what was asked is told: headers, body byte for byte, and how it ended")
    func record() async throws {
        try await withProvider { provider, client in
            let body = #"{"model":"m" ,"messages":[{"role":"user","content":"é"}],"temperature":0.70,"x":[1e2]}"#
            _ = try await client.raw(
                "POST", "/v1/chat/completions", body, headers: [("Authorization", "Bearer k1"), ("X-Two", "a")])
            let call = try #require(provider.calls.first)
            #expect(String(buffer: call.body) == body)
            #expect(call.header("authorization") == "Bearer k1")
            #expect(call.header("X-Two") == "a")
            #expect(call.header("host") != nil)
            #expect(call.model == "m")
            #expect(call.isStream == false)
            #expect(call.state == .complete)
            let told = try JSONDocument(parsing: try await client.raw("GET", "/_calls").body)
            let first = try #require(told.member("calls")?.elements.first)
            #expect(first.member("body")?.string == body)
            #expect(first.member("path")?.string == "/v1/chat/completions")
            #expect(first.member("headers")?.elements.contains { $0.elements.map(\.string) == ["x-two", "a"] } == true)
            _ = try await client.raw("DELETE", "/_calls")
            #expect(provider.calls.isEmpty)
        }
    }

    @Test("scripts are used up in order, also those that came over HTTP")
    func scripts() async throws {
        try await withProvider { provider, client in
            let answer = try await client.raw(
                "POST", "/_script",
                #"{"model":"m","plans":[{"status":500,"times":2},{"status":429,"headers":{"Retry-After":"3"}},{"tokens":2}]}"#
            )
            #expect(answer.head.status == 204)
            var statuses: [Int] = []
            for _ in 0..<5 {
                statuses.append(try await client.raw("POST", "/v1/chat/completions", Self.hello).head.status)
            }
            #expect(statuses == [500, 500, 429, 200, 200])
            provider.script([FaultPlan(status: 418, times: 0)], for: "m")
            for _ in 0..<3 {
                #expect(try await client.raw("POST", "/v1/chat/completions", Self.hello).head.status == 418)
            }
            _ = try await client.raw("DELETE", "/_script")
            #expect(try await client.raw("POST", "/v1/chat/completions", Self.hello).head.status == 200)
            #expect(
                try await client.raw("POST", "/_script", #"{"model":"m","plans":[{"fault":"nonsense"}]}"#).head.status
                    == 400)
        }
    }

    @Test("unknown models, unknown faults and bodies that are none are refused in the provider's shape")
    func refusals() async throws {
        try await withProvider(apiKey: "right") { _, client in
            let key = [("Authorization", "Bearer right")]
            for (body, status) in [
                (#"{"model":"other","messages":[]}"#, 404), (#"{"model":"m!nonsense"}"#, 404), ("{", 400),
                (#"{"messages":[]}"#, 400),
            ] {
                let answer = try await client.raw("POST", "/v1/chat/completions", body, headers: key)
                #expect(answer.head.status == status)
                #expect(
                    try JSONDocument(parsing: answer.body).member("error")?.member("message")?.string?.isEmpty == false)
            }
            #expect(try await client.raw("POST", "/v1/chat/completions", Self.hello).head.status == 401)
            #expect(
                try await client.raw("POST", "/v1/messages", Self.hello, headers: [("x-api-key", "right")]).head.status
                    == 200)
        }
    }

    @Test("models are listed, embeddings are unit vectors that depend on the text")
    func modelsAndEmbeddings() async throws {
        try await withProvider(models: SimulatedModel.demo) { _, client in
            let list = try JSONDocument(parsing: try await client.raw("GET", "/v1/models").body)
            #expect(
                list.member("data")?.elements.compactMap { $0.member("id")?.string } == SimulatedModel.demo.map(\.id))
            let answer = try await client.raw(
                "POST", "/v1/embeddings", #"{"model":"sim-small","input":["a","b","a"],"dimensions":16}"#)
            let checked = try AnswerCheck.openAI(answer, expecting: .embeddings).get()
            #expect(checked.usage?.promptTokens == 1)
            let vectors = try JSONDocument(parsing: answer.body).member("data")?.elements.map {
                $0.member("embedding")?.elements.compactMap(\.double) ?? []
            }
            let found = try #require(vectors)
            #expect(found.map(\.count) == [16, 16, 16])
            #expect(found[0] == found[2] && found[0] != found[1])
            #expect(abs(found[1].reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
        }
    }

    @Test("a limit cuts the answer and says so; a tool that must be called is called", arguments: [false, true])
    func limitsAndTools(stream: Bool) async throws {
        for dialect in [OpenAIDialect(), AnthropicDialect()] as [any ProviderDialect] {
            try await withProvider { _, client in
                let limited =
                    #"{"model":"m","stream":\#(stream),"max_tokens":3,"messages":[{"role":"user","content":"x"}]}"#
                guard case .answer(_, let summary) = try await client.chat(dialect, model: "m", body: limited) else {
                    Issue.record("no answer")
                    return
                }
                #expect(summary.finishReason == "length")
                #expect(summary.usage?.completionTokens == 3)
                let withTool = #"""
                    {"model":"m","stream":\#(stream),"messages":[{"role":"user","content":"x"}],"tool_choice":"required",
                     "tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]}
                    """#
                guard case .answer(let text, let called) = try await client.chat(dialect, model: "m", body: withTool)
                else {
                    Issue.record("no answer")
                    return
                }
                #expect(called.finishReason == "tool_calls")
                #expect(text.contains(#""name":"look_up""#))
            }
        }
    }

    @Test("a client that leaves in the middle of a stream is seen to have left")
    func disconnection() async throws {
        try await withProvider { provider, client in
            let stream = try await client.transport.stream(
                UpstreamRequest(
                    url: client.base + "/v1/chat/completions",
                    body: ByteBuffer(string: #"{"model":"m!stall@2","stream":true,"messages":[]}"#)))
            #expect(try await stream.next() != nil)
            #expect(provider.calls.first?.state == .running)
            stream.cancel()
            let call = await provider.call { $0.state != .running }
            #expect(call.state == .disconnected)
        }
    }

    @Test("scripted times are kept: nothing comes before they are over")
    func scriptedTimes() async throws {
        try await withProvider { provider, client in
            provider.script(
                [FaultPlan(timeToFirstTokenMilliseconds: 80, tokenGapMilliseconds: 10, tokens: 4)], for: "m")
            let answer = try await client.raw("POST", "/v1/chat/completions", Self.hello)
            #expect(answer.timings.firstByteNanoseconds >= 110_000_000)
            provider.script([FaultPlan(delayToHeadersMilliseconds: 60, tokens: 1)], for: "m")
            let late = try await client.raw("POST", "/v1/chat/completions", Self.hello)
            #expect(late.timings.firstByteNanoseconds >= 60_000_000)
        }
    }

    @Test("the demo's models differ by category: none is the best everywhere")
    func quality() {
        let provider = SimulatedProvider(models: SimulatedModel.demo)
        #expect(provider.quality(of: "sim-large", category: "code") == 0.92)
        #expect(provider.quality(of: "sim-large", category: "unheard of") == 0.7)
        #expect(provider.quality(of: "nobody", category: "code") == 0)
        let categories = ["code", "math", "writing", "general"]
        let best = categories.map { category in
            SimulatedModel.demo.max {
                provider.quality(of: $0.id, category: category) < provider.quality(of: $1.id, category: category)
            }?.id
        }
        #expect(Set(best).count == 3)
    }
}
