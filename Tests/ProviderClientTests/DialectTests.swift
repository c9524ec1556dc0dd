import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("dialects: requests and whole answers")
struct DialectTests {
    private func request(_ dialect: any ProviderDialect, _ body: String, model: String = "m-1") throws
        -> PreparedRequest
    {
        try dialect.chatRequest(try JSONDocument(parsing: ByteBuffer(string: body)), model: model)
    }

    // MARK: - OpenAI

    @Test("OpenAI: the client's bytes, with the arm's model and without bandit")
    func openAIBytes() throws {
        let body = #"""
            {
              "bandit" : {"category": "code", "x": [1, "}"]},
              "messages":[{"role":"user","content":"h\u00e9 — 漢"}], "temperature": 0.700, "seed": 12345678901234567890,
              "model" : "auto", "vendor_x": {"model":"keep","bandit":1}, "stream": false
            }
            """#
        let expected = #"""
            {
              "messages":[{"role":"user","content":"h\u00e9 — 漢"}], "temperature": 0.700, "seed": 12345678901234567890,
              "model" : "m-1", "vendor_x": {"model":"keep","bandit":1}, "stream": false
            }
            """#
        let prepared = try request(OpenAIDialect(), body)
        #expect(String(buffer: prepared.body) == expected)
        #expect(prepared.wantsStream == false)
        #expect(prepared.hidesUsage == false)
    }

    @Test(
        "OpenAI: usage is asked for in a stream whose client set no options, and only there",
        arguments: [
            (#"{"stream":true}"#, #"{"stream":true,"model":"m-1","stream_options":{"include_usage":true}}"#, true),
            (
                #"{"stream":true,"stream_options":null}"#,
                #"{"stream":true,"stream_options":{"include_usage":true},"model":"m-1"}"#, true
            ),
            (#"{"stream":true,"stream_options":{}}"#, #"{"stream":true,"stream_options":{},"model":"m-1"}"#, false),
            (
                #"{"stream":true,"stream_options":{"include_usage":true}}"#,
                #"{"stream":true,"stream_options":{"include_usage":true},"model":"m-1"}"#, false
            ),
            (#"{"stream":false}"#, #"{"stream":false,"model":"m-1"}"#, false), ("{}", #"{"model":"m-1"}"#, false),
        ])
    func openAIUsage(body: String, expected: String, hides: Bool) throws {
        let prepared = try request(OpenAIDialect(), body)
        #expect(String(buffer: prepared.body) == expected)
        #expect(prepared.hidesUsage == hides)
    }

    @Test("embeddings are asked for with the key, where there is one")
    func headers() {
        #expect(OpenAIDialect.embeddingsPath == "/embeddings")
        #expect(
            OpenAIDialect.headers(apiKey: "k").map { "\($0.0): \($0.1)" } == [
                "Content-Type: application/json", "Authorization: Bearer k",
            ])
        #expect(OpenAIDialect.headers(apiKey: nil).count == 1)
    }

    private func answer(_ body: String, status: Int = 200, contentType: String? = "application/json") -> UpstreamAnswer
    {
        UpstreamAnswer(
            head: UpstreamHead(status: status, contentType: contentType), body: ByteBuffer(string: body),
            timings: UpstreamTimings(firstByteNanoseconds: 1, totalNanoseconds: 2, reusedConnection: true))
    }

    @Test("OpenAI: a whole answer is passed on as it is, and read")
    func openAIAnswer() throws {
        let body = #"""
            {"id":"c-1","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":8}},"extra":1.0}
            """#
        let checked = try OpenAIDialect().checkChat(answer(body), model: "m").get()
        #expect(String(buffer: checked.body) == body)
        #expect(checked.id == "c-1")
        #expect(checked.finishReason == "stop")
        #expect(checked.usage == TokenUsage(promptTokens: 10, completionTokens: 5, cachedPromptTokens: 8))
    }

    @Test(
        "what is not an answer is a fault of its kind",
        arguments: [
            ("", UpstreamFault.Kind.empty), ("<html>", .notJSON), ("[]", .notJSON), (#"{"choices":[{"#, .notJSON),
            ("null", .notJSON), (#"{"error":{"message":"no"}}"#, .errorObject),
            (#"{"error":"no","choices":[{}]}"#, .errorObject),
            ("{}", .noChoices), (#"{"choices":null}"#, .noChoices), (#"{"choices":[]}"#, .noChoices),
            (#"{"choices":{}}"#, .noChoices),
        ])
    func faults(body: String, kind: UpstreamFault.Kind) {
        #expect(OpenAIDialect().checkChat(answer(body), model: "m").fault?.kind == kind)
        if kind != .noChoices { #expect(AnthropicDialect().checkChat(answer(body), model: "m").fault?.kind == kind) }
    }

    @Test("a provider's words of an error are kept, cut to what a message may be")
    func words() {
        let long = String(repeating: "x", count: 20_000)
        let fault = OpenAIDialect().checkChat(
            answer(#"{"error":{"message":"\#(long)","type":"t","code":"c","param":"p"}}"#, status: 422), model: "m"
        ).fault
        #expect(fault?.message.count == 16_384)
        #expect(fault?.isClients == true)
        #expect([fault?.code, fault?.type, fault?.param] == ["c", "t", "p"])
        #expect(
            OpenAIDialect().checkChat(answer(#"{"error":{"code":402}}"#, status: 402), model: "m").fault?.code == "402")
        #expect(
            OpenAIDialect().checkChat(answer("gateway down", status: 502), model: "m").fault?.message
                == "gateway down")
        #expect(
            OpenAIDialect().checkChat(answer(#"{"detail":"xyzzy"}"#, status: 409), model: "m").fault?.message == "xyzzy"
        )
        #expect(OpenAIDialect().checkChat(answer("", status: 307), model: "m").fault?.kind == .redirect)
    }

    // MARK: - Anthropic

    @Test(
        "Anthropic: what OpenAI's chat says, in Anthropic's words",
        arguments: [
            (
                #"{"messages":[{"role":"user","content":"hi"}]}"#,
                #"{"model":"m-1","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}"#
            ),
            (
                #"""
                {"model":"auto","stream":true,"max_completion_tokens":7,"max_tokens":9,"temperature":1.7,"top_p":0.90,"stop":"END",
                 "user":"u","messages":[{"role":"system","content":"be \"kind\""},{"role":"developer","content":[{"type":"text","text":"short"}]},
                 {"role":"user","content":"a\u00e9"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}],"bandit":{},"seed":1}
                """#,
                #"{"model":"m-1","max_tokens":7,"messages":[{"role":"user","content":[{"type":"text","text":"a\u00e9"}]},"#
                    + #"{"role":"assistant","content":[{"type":"text","text":"b"}]},"#
                    + #"{"role":"user","content":[{"type":"text","text":"c"}]}],"system":"be \"kind\"\n\nshort","stream":true,"#
                    + #""temperature":1,"top_p":0.90,"stop_sequences":["END"],"metadata":{"user_id":"u"}}"#
            ),
            (
                #"""
                {"messages":[{"role":"user","content":[{"type":"text","text":"see"},
                 {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]},
                 {"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"q\": 1.0}"}},
                  {"id":"t2","type":"function","function":{"name":"g","arguments":""}}]},
                 {"role":"tool","tool_call_id":"t1","content":"r1"},{"role":"tool","tool_call_id":"t2","content":[{"type":"text","text":"r2"}]},
                 {"role":"user","content":"go on"}],"stop":["a","b"],"parallel_tool_calls":false,
                 "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","x":1.50}}},
                  {"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"f"}}}
                """#,
                #"{"model":"m-1","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"see"},"#
                    + #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},"#
                    + #"{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]},{"role":"assistant","content":["#
                    + #"{"type":"tool_use","id":"t1","name":"f","input":{"q": 1.0}},{"type":"tool_use","id":"t2","name":"g","input":{}}]},"#
                    + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"r1"},"#
                    + #"{"type":"tool_result","tool_use_id":"t2","content":"r2"},{"type":"text","text":"go on"}]}],"#
                    + #""stop_sequences":["a","b"],"tools":[{"name":"f","description":"d","input_schema":{"type":"object","x":1.50}},"#
                    + #"{"name":"g","input_schema":{"type":"object","properties":{}}}],"#
                    + #""tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}}"#
            ),
        ])
    func anthropicRequest(body: String, expected: String) throws {
        let prepared = try request(AnthropicDialect(), body)
        #expect(String(buffer: prepared.body) == expected)
        #expect(throws: Never.self) { try JSONDocument(parsing: prepared.body) }
    }

    @Test(
        "Anthropic: what cannot be said names the member",
        arguments: [
            (#"{"messages":[],"n":2}"#, "n"), (#"{"messages":[],"logprobs":true}"#, "logprobs"),
            (#"{"messages":[],"response_format":{"type":"json_object"}}"#, "response_format"),
            (#"{"messages":1}"#, "messages"),
            (#"{"messages":[{"role":"function","content":"x"}]}"#, "functions"),
            (#"{"messages":[{"role":"elder","content":"x"}]}"#, "messages[0].role"),
            (#"{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}"#, "messages"),
            (#"{"messages":[{"role":"user","content":5}]}"#, "messages[0].content"),
            (
                #"{"messages":[{"role":"user","content":"a"},{"role":"tool","content":"x"}]}"#,
                "messages[1].tool_call_id"
            ),
            (#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}"#, "messages[0].tool_calls[0]"),
            (#"{"messages":[],"tools":[{"type":"function"}]}"#, "tools[0]"), (#"{"messages":[],"stop":4}"#, "stop"),
            (
                #"{"messages":[],"response_format":{"type":"json_schema","json_schema":{}}}"#,
                "response_format.json_schema.schema"
            ),
        ])
    func anthropicRefusals(body: String, param: String) {
        let error = #expect(throws: DialectError.self) { try request(AnthropicDialect(), body) }
        #expect(error?.param == param)
    }

    @Test("Anthropic: what says nothing is let through: n of 1, no log probabilities, text as the format")
    func anthropicHarmless() throws {
        let body =
            #"{"messages":[],"n":1,"logprobs":false,"response_format":{"type":"text"},"stop":null,"tools":[],"modalities":["text"]}"#
        #expect(
            String(buffer: try request(AnthropicDialect(), body).body)
                == #"{"model":"m-1","max_tokens":4096,"messages":[]}"#)
    }

    @Test("Anthropic: a whole answer in OpenAI's shape")
    func anthropicAnswer() throws {
        let body = #"""
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"hm"},
             {"type":"text","text":"a\u00e9\n"},{"type":"text","text":"b"},{"type":"tool_use","id":"t","name":"f","input":{"q": 1.0}}],
             "stop_reason":"tool_use","usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":5,"output_tokens":3}}
            """#
        let checked = try AnthropicDialect(now: { 1_700 }).checkChat(answer(body), model: "m").get()
        #expect(
            String(buffer: checked.body)
                == #"{"id":"msg_1","object":"chat.completion","created":1700,"model":"claude-x","choices":[{"index":0,"message":"#
                + #"{"role":"assistant","content":"aé\nb","reasoning_content":"hm","tool_calls":[{"id":"t","type":"function","#
                + #""function":{"name":"f","arguments":"{\"q\": 1.0}"}}]},"finish_reason":"tool_calls"}],"#
                + #""usage":{"prompt_tokens":115,"completion_tokens":3,"total_tokens":118,"prompt_tokens_details":{"cached_tokens":100}}}"#
        )
        var usage = TokenUsage(promptTokens: 115, completionTokens: 3, cachedPromptTokens: 100)
        usage.cacheWriteTokens = 5
        #expect(checked.usage == usage)
        #expect(throws: Never.self) { try JSONDocument(parsing: checked.body) }
        for (reason, expected) in [
            ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("refusal", "content_filter"),
        ] {
            let plain = answer(#"{"content":[],"stop_reason":"\#(reason)"}"#)
            #expect(try AnthropicDialect().checkChat(plain, model: "m").get().finishReason == expected)
        }
    }
}

extension Result where Failure == UpstreamFault {
    var fault: UpstreamFault? {
        if case .failure(let fault) = self { fault } else { nil }
    }
}
