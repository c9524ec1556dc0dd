import NIOCore
import ProviderClient
import Testing
import WireFormats

/// What comes in another form than was asked for, or under another name than its own.
@Suite("answers in another form")
struct AnswerFormTests {
    private static let chunks = [
        #"{"id":"c","object":"chat.completion.chunk","created":7,"model":"x","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
        #"{"id":"c","created":7,"model":"x","choices":[{"index":0,"delta":{"content":"h\ud83d"},"finish_reason":null}]}"#,
        #"{"id":"c","created":7,"model":"x","choices":[{"index":0,"delta":{"content":"\ude00é"},"finish_reason":""}]}"#,
        #"{"id":"c","created":7,"model":"x","choices":[{"index":1,"delta":{"content":"two","reasoning_content":"hm"},"finish_reason":"length"}]}"#,
        #"{"id":"c","created":7,"model":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"id":"c","created":7,"model":"x","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}}"#,
    ]
    private static let stream = chunks.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n"

    private func relayed(
        _ text: String, contentType: String?, splits: Int = 1, hidesUsage: Bool = false,
        dialect: any ProviderDialect = OpenAIDialect()
    ) -> (sent: String, summary: StreamSummary, fault: UpstreamFault?) {
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: hidesUsage)
        var relay = dialect.streamRelay(
            head: UpstreamHead(status: 200, contentType: contentType), model: "m", prepared: prepared)
        var sent = ""
        var fault: UpstreamFault?
        func take(_ action: StreamAction) {
            switch action {
            case .hold: break
            case .forward(let bytes), .finish(let bytes): sent += String(buffer: bytes)
            case .fault(let why): fault = why
            case .abort(_, let why): fault = why
            }
        }
        var rest = ByteBuffer(string: text)
        while let piece = rest.readSlice(length: min(splits, rest.readableBytes)), piece.readableBytes > 0 {
            take(relay.receive(piece))
        }
        take(relay.finish())
        return (sent, relay.summary, fault)
    }

    private func answer(_ body: String, contentType: String? = "application/json", status: Int = 200) -> UpstreamAnswer
    {
        UpstreamAnswer(
            head: UpstreamHead(status: status, contentType: contentType), body: ByteBuffer(string: body),
            timings: UpstreamTimings(firstByteNanoseconds: 1, totalNanoseconds: 2, reusedConnection: true))
    }

    @Test(
        "an event stream is one under any content type, with a mark or blank lines before it, in any pieces",
        arguments: [
            "text/event-stream", "text/plain; charset=utf-8", "application/json", "application/octet-stream",
            "binary/octet-stream", "application/x-ndjson", "text/html", nil,
        ])
    func anyContentType(contentType: String?) {
        for (before, kept) in [
            ("", ""), ("\u{FEFF}", ""), ("\n\n", "\n\n"), (": hello\n\n", ": hello\n\n"),
            ("retry: 300\n\n", "retry: 300\n\n"), ("event: x\n", "event: x\n"), ("id:1\n", "id:1\n"),
        ] {
            for splits in [1, 2, 5, 10_000] {
                let result = relayed(before + Self.stream, contentType: contentType, splits: splits)
                #expect(result.sent == kept + Self.stream, "\(before.debugDescription) in pieces of \(splits)")
                #expect(result.fault == nil)
            }
        }
    }

    @Test("a whole answer where a stream was asked for becomes one, under any content type")
    func wholeForStream() throws {
        let whole = #"""
            {"id":"c","object":"chat.completion","created":7,"model":"x","system_fingerprint":"fp","choices":[
             {"index":0,"message":{"role":"assistant","content":"h\u00e9","tool_calls":[
               {"id":"t","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"u","type":"function"}]},
              "logprobs":null,"finish_reason":"tool_calls"},{"index":1,"message":{"role":"assistant","content":"b"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":4,"completion_tokens":2}}
            """#
        let head =
            #"data: {"object":"chat.completion.chunk","id":"c","created":7,"model":"x","system_fingerprint":"fp","choices":["#
        let said =
            head
            + #"{"index":0,"delta":{"role":"assistant","content":"h\u00e9","tool_calls":["#
            + #"{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":"{}"}},"#
            + #"{"index":1,"id":"u","type":"function"}]},"finish_reason":null},"#
            + #"{"index":1,"delta":{"role":"assistant","content":"b"},"finish_reason":null}]}"# + "\n\n"
        let ends =
            head
            + #"{"index":0,"delta":{},"finish_reason":"tool_calls"},{"index":1,"delta":{},"finish_reason":"stop"}]}"#
            + "\n\n"
        let usage = head + #"],"usage":{"prompt_tokens":4,"completion_tokens":2}}"# + "\n\n"
        for contentType in ["application/json", "text/plain", "text/event-stream", nil] {
            for text in [whole, "\u{FEFF}" + whole, "\n \n" + whole] {
                let result = relayed(text, contentType: contentType, splits: 7)
                #expect(result.sent == said + ends + usage + "data: [DONE]\n\n")
                #expect(result.summary.id == "c")
                #expect(result.summary.finishReason == "tool_calls")
                #expect(result.summary.usage == TokenUsage(promptTokens: 4, completionTokens: 2))
                #expect(
                    relayed(text, contentType: contentType, hidesUsage: true).sent == said + ends + "data: [DONE]\n\n")
            }
        }
    }

    @Test("Anthropic: a whole answer where a stream was asked for becomes one")
    func anthropicWholeForStream() {
        let whole =
            #"{"id":"msg","model":"x","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}"#
        let result = relayed(
            whole, contentType: "application/json", hidesUsage: true, dialect: AnthropicDialect(now: { 5 }))
        let head = #"data: {"object":"chat.completion.chunk","id":"msg","created":5,"model":"x","choices":[{"index":0,"#
        #expect(
            result.sent == head + #""delta":{"role":"assistant","content":"hi"},"finish_reason":null}]}"# + "\n\n"
                + head
                + #""delta":{},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n")
    }

    @Test("a stream where a whole answer was asked for is put together, under any content type")
    func streamForWhole() throws {
        let expected =
            #"{"object":"chat.completion","id":"c","created":7,"model":"x","usage":{"prompt_tokens":4,"completion_tokens":2},"choices":["#
            + #"{"index":0,"message":{"role":"assistant","content":"h\ud83d\ude00é"},"finish_reason":"stop"},"#
            + #"{"index":1,"message":{"role":"assistant","content":"two","reasoning_content":"hm"},"finish_reason":"length"}]}"#
        for contentType in ["text/event-stream", "application/json", "text/plain", nil] {
            for text in [Self.stream, "\u{FEFF}" + Self.stream, ": x\n\n" + Self.stream] {
                let checked = try OpenAIDialect().checkChat(answer(text, contentType: contentType), model: "m").get()
                #expect(try members(String(buffer: checked.body)) == members(expected))
                #expect(checked.id == "c")
                #expect(checked.usage == TokenUsage(promptTokens: 4, completionTokens: 2))
            }
        }
    }

    /// A choice's message parsed, so that the order of members does not matter.
    private func members(_ text: String) throws -> [String: String] {
        let document = try JSONDocument(parsing: ByteBuffer(string: text))
        return Dictionary(
            uniqueKeysWithValues: document.root.members.map {
                ($0.key, $0.value.string ?? String(buffer: $0.value.rawBytes))
            })
    }

    @Test("tool calls in pieces are put together by their index, and lose it")
    func toolCallsForWhole() throws {
        func chunk(_ delta: String, _ finish: String = "null") -> String {
            #"data: {"id":"c","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"# + "\n\n"
        }
        let text =
            chunk(#"{"role":"assistant","content":null}"#)
            + chunk(#"{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}]}"#)
            + chunk(#"{"tool_calls":[{"index":1,"id":"u","type":"function","function":{"name":"g","arguments":"{"}}]}"#)
            + chunk(
                #"{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}"#
            )
            + chunk(
                #"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"arguments":"}"}}]}"#
            )
            + chunk("{}", #""tool_calls""#) + "data: [DONE]\n\n"
        let checked = try OpenAIDialect().checkChat(answer(text), model: "m").get()
        #expect(
            String(buffer: checked.body)
                == #"{"object":"chat.completion","id":"c","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":["#
                + #"{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},"#
                + #"{"id":"u","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#
        )
    }

    @Test("Anthropic: a stream where a whole answer was asked for is put together")
    func anthropicStreamForWhole() throws {
        let text = [
            #"{"type":"message_start","message":{"id":"msg","model":"x","usage":{"input_tokens":9,"output_tokens":1}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"he"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"llo"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
            #"{"type":"message_stop"}"#,
        ].map { "event: x\ndata: \($0)\n\n" }.joined()
        let checked = try AnthropicDialect(now: { 5 }).checkChat(answer(text), model: "m").get()
        let document = try JSONDocument(parsing: checked.body)
        #expect(document.member("choices")?.elements.first?.member("message")?.member("content")?.string == "hello")
        #expect(checked.finishReason == "stop")
        #expect(checked.usage == TokenUsage(promptTokens: 9, completionTokens: 2))
        #expect(document.member("usage")?.member("total_tokens")?.int == 11)
    }

    @Test("a broken stream where a whole answer was asked for is a fault, whatever came before")
    func brokenStreamForWhole() {
        func fault(_ text: String) -> UpstreamFault.Kind? {
            OpenAIDialect().checkChat(answer(text), model: "m").fault?.kind
        }
        let start = "data: \(Self.chunks[0])\n\ndata: \(Self.chunks[1])\n\n"
        #expect(fault(start) == .unfinished)
        #expect(fault(start + "data: {\n\n") == .malformedFrame)
        #expect(fault(start + #"data: {"error":{"message":"x"}}"# + "\n\n") == .errorObject)
        #expect(fault("data: [DONE]\n\n") == .unfinished)
    }

    @Test("a whole answer behind a byte-order mark is read, and loses it")
    func mark() throws {
        let body = #"{"id":"c","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}"#
        let checked = try OpenAIDialect().checkChat(answer("\u{FEFF}" + body), model: "m").get()
        #expect(String(buffer: checked.body) == body)
    }
}
