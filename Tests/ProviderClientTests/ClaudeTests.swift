import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("Claude arms: nothing lost, nothing illegal")
struct ClaudeTests {
    private let dialect = AnthropicDialect(now: { 5 })

    private func sent(_ body: String, model: String = "claude-opus-5") throws -> (body: String, adjusted: [String]) {
        let prepared = try dialect.chatRequest(try JSONDocument(parsing: ByteBuffer(string: body)), model: model)
        #expect(throws: Never.self) { try JSONDocument(parsing: prepared.body) }
        return (String(buffer: prepared.body), prepared.adjusted)
    }

    private static let user = #"{"role":"user","content":"x"}"#
    private static let userTurn = #"{"role":"user","content":[{"type":"text","text":"x"}]}"#

    /// What follows the model and the limit.
    private func sent(messages: String, _ more: String = "", model: String = "claude-opus-5") throws -> (
        body: String, adjusted: [String]
    ) {
        let result = try sent(#"{"messages":[\#(messages)]\#(more)}"#, model: model)
        return (String(result.body.dropFirst(#"{"model":"","max_tokens":4096,"#.count + model.count)), result.adjusted)
    }

    // MARK: - Said in Anthropic's words

    @Test("a JSON schema is one")
    func schema() throws {
        let format =
            #","response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","x":1.50}}}"#
        let result = try sent(messages: Self.user, format)
        #expect(
            result.body
                == #""messages":[\#(Self.userTurn)],"output_config":{"format":{"type":"json_schema","schema":{"type":"object","x":1.50}}}}"#
        )
        #expect(result.adjusted == [])
    }

    @Test(
        "effort: adaptive where the model weighs it, a budget where it must be told, nothing where it cannot think",
        arguments: [
            (
                "claude-opus-5", "high", "", #""thinking":{"type":"adaptive"},"output_config":{"effort":"high"}"#,
                4_096, []
            ),
            (
                "claude-opus-4-6", "minimal", "", #""thinking":{"type":"adaptive"},"output_config":{"effort":"low"}"#,
                4_096, []
            ),
            (
                "claude-sonnet-4-5-20250929", "low", "", #""thinking":{"type":"enabled","budget_tokens":1024}"#, 5_120,
                []
            ),
            (
                "us.anthropic.claude-3-7-sonnet", "high", "", #""thinking":{"type":"enabled","budget_tokens":4096}"#,
                8_192, []
            ),
            (
                "claude-sonnet-4-20250514", "max", #","max_tokens":3000"#,
                #""thinking":{"type":"enabled","budget_tokens":2999}"#, 3_000, []
            ),
            ("claude-haiku-4-5", "high", #","max_tokens":500"#, "", 500, ["reasoning_effort"]),
            ("claude-3-5-haiku", "high", "", "", 4_096, ["reasoning_effort"]),
            ("claude-opus-5", "none", "", "", 4_096, []),
            ("claude-opus-5", "whatever", "", "", 4_096, ["reasoning_effort"]),
        ] as [(String, String, String, String, Int, [String])])
    func effort(model: String, effort: String, limit: String, thinking: String, tokens: Int, adjusted: [String]) throws
    {
        let result = try sent(#"{"messages":[\#(Self.user)],"reasoning_effort":"\#(effort)"\#(limit)}"#, model: model)
        let tail = thinking.isEmpty ? "}" : ",\(thinking)}"
        #expect(result.body == #"{"model":"\#(model)","max_tokens":\#(tokens),"messages":[\#(Self.userTurn)]\#(tail)"#)
        #expect(result.adjusted == adjusted)
    }

    @Test("thinking takes no temperature, no top_p, no forced tool: what does not go together gives way, and is named")
    func thinkingAlone() throws {
        let hot = try sent(messages: Self.user, #","reasoning_effort":"low","temperature":0.5,"top_p":0.9,"top_k":5"#)
        #expect(!hot.body.contains("temperature") && !hot.body.contains("top_"))
        #expect(hot.adjusted == ["temperature", "top_p", "top_k"])
        let tool =
            #","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","reasoning_effort":"low""#
        let forced = try sent(messages: Self.user, tool)
        #expect(!forced.body.contains("thinking") && forced.body.contains(#""tool_choice":{"type":"any"}"#))
        #expect(forced.adjusted == ["reasoning_effort"])
        let begun = try sent(
            messages: Self.user + #",{"role":"assistant","content":"So"}"#,
            #","thinking":{"type":"enabled","budget_tokens":2000}"#)
        #expect(!begun.body.contains("thinking"))
        #expect(begun.adjusted == ["thinking"])
    }

    @Test("marks for the cache stay where they are: on parts, messages, tools, the system, the request")
    func cacheControl() throws {
        let mark = #""cache_control":{"type":"ephemeral"}"#
        let messages = """
            {"role":"system","content":[{"type":"text","text":"s",\(mark)},{"type":"text","text":"t"}]},
            {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"},\(mark)},{"type":"text","text":"a"}],\(mark)},
            {"role":"assistant","content":"b",\(mark)},{"role":"user","content":"c"}
            """
        let result = try sent(
            messages: messages, #","tools":[{"type":"function","function":{"name":"f"},\#(mark)}],\#(mark)"#)
        #expect(
            result.body
                == #""messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x/y.png"},\#(mark)},"#
                + #"{"type":"text","text":"a",\#(mark)}]},{"role":"assistant","content":[{"type":"text","text":"b",\#(mark)}]},"#
                + #"{"role":"user","content":[{"type":"text","text":"c"}]}],"#
                + #""system":[{"type":"text","text":"s",\#(mark)},{"type":"text","text":"t"}],"#
                + #""tools":[{"name":"f","input_schema":{"type":"object","properties":{}},\#(mark)}],\#(mark)}"#)
        #expect(result.adjusted == [])
    }

    @Test(
        "a PDF is a document, in each of the forms that it comes in",
        arguments: [
            (
                #"{"filename":"a.pdf","file_data":"data:application/pdf;base64,QUJD"}"#,
                #"{"type":"base64","media_type":"application/pdf","data":"QUJD"},"title":"a.pdf""#
            ),
            (
                #"{"file_data":"data:application/pdf;name=a.pdf;base64,QUJD"}"#,
                #"{"type":"base64","media_type":"application/pdf","data":"QUJD"}"#
            ),
            (
                #"{"filename":"A.PDF","file_data":"QUJD"}"#,
                #"{"type":"base64","media_type":"application/pdf","data":"QUJD"},"title":"A.PDF""#
            ),
            (#"{"file_data":"https://x/y.pdf"}"#, #"{"type":"url","url":"https://x/y.pdf"}"#),
        ])
    func documents(file: String, source: String) throws {
        let result = try sent(messages: #"{"role":"user","content":[{"type":"file","file":\#(file)}]}"#)
        #expect(result.body == #""messages":[{"role":"user","content":[{"type":"document","source":\#(source)}]}]}"#)
    }

    @Test("what only leans an answer is left out and named; what is usual anyway is not")
    func adjusted() throws {
        let result = try sent(
            messages: Self.user,
            #","seed":7,"presence_penalty":0,"frequency_penalty":0.5,"store":false,"metadata":{"a":"b"},"service_tier":"auto","#
                + #""verbosity":"low","prediction":{},"vendor_x":null,"vendor_y":1,"temperature":1.5,"stop":["END"," "],"logit_bias":{}"#
        )
        #expect(
            Set(result.adjusted) == [
                "seed", "frequency_penalty", "metadata", "verbosity", "prediction", "vendor_y", "temperature", "stop",
            ])
        #expect(try sent(messages: Self.user, #","tools":[{"type":"web_search"}]"#).adjusted == ["tool:web_search"])
        let many = (0..<100).map { #","x\#($0)":1"# }.joined()
        #expect(try sent(messages: Self.user, many).adjusted.count == 16)
    }

    // MARK: - Made legal

    @Test(
        "histories that Anthropic would refuse are mended",
        arguments: [
            // Empty turns go, and their neighbours become one.
            (
                #"{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":[{"type":"text","text":"  \n"}]},{"role":"user","content":"b"}"#,
                #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#, ["content"]
            ),
            (
                #"{"role":"assistant","content":"a"},{"role":"user","content":"b"}"#,
                #"{"role":"user","content":[{"type":"text","text":"."}]},{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":[{"type":"text","text":"b"}]}"#,
                ["messages"]
            ),
            (
                #"{"role":"system","content":"only"}"#, #"{"role":"user","content":[{"type":"text","text":"only"}]}"#,
                ["messages"]
            ),
            (
                #"{"role":"user","content":""}"#, #"{"role":"user","content":[{"type":"text","text":"."}]}"#,
                ["content", "messages"]
            ),
            (
                #"{"role":"user","content":"a"},{"role":"assistant","content":"So \n"}"#,
                #"{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"text","text":"So"}]}"#,
                []
            ),
            // Arguments that were cut, calls that were not answered, answers that nobody asked for, in the wrong place.
            (
                #"{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"t.1","function":{"name":"f","arguments":"{\"q\": \"ab"}}]},{"role":"tool","tool_call_id":"t.1","content":"r"}"#,
                #"{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"t_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t_1","content":"r"}]}"#,
                ["arguments"]
            ),
            (
                #"{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"t","function":{"name":"f","arguments":"[1]"}},{"id":"u","function":{"name":"f","arguments":{"q":1}}}]},{"role":"user","content":"b"},{"role":"tool","tool_call_id":"u","content":"r"}"#,
                #"{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}},{"type":"tool_use","id":"u","name":"f","input":{"q":1}}]},"#
                    + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"No result.","is_error":true},{"type":"tool_result","tool_use_id":"u","content":"r"},{"type":"text","text":"b"}]}"#,
                ["arguments", "tool_calls"]
            ),
            (
                #"{"role":"user","content":"a"},{"role":"tool","tool_call_id":"t","content":"r"},{"role":"user","content":"b"}"#,
                #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"Result of a tool: r"},{"type":"text","text":"b"}]}"#,
                ["tool_call_id"]
            ),
        ] as [(String, String, [String])])
    func mended(messages: String, expected: String, adjusted: [String]) throws {
        let result = try sent(messages: messages)
        let body = result.body.replacing(
            #","tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"none"}"#,
            with: "")
        #expect(body == #""messages":[\#(expected)]}"#)
        #expect(result.adjusted == adjusted)
        // Calls without the tools they are of are refused as well.
        #expect((body != result.body) == messages.contains("tool_calls"))
    }

    @Test("an image in a tool's answer stays one")
    func imageOfTool() throws {
        let result = try sent(
            messages: Self.user
                + #",{"role":"assistant","tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":[{"type":"text","text":"r"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}}]}"#
        )
        #expect(
            result.body.contains(
                #"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"r"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}}]}"#
            ))
    }

    // MARK: - Thinking over tool turns

    private static let sealed = #"{"type":"thinking","thinking":"h\u00e9","signature":"S1"}"#

    private func answer() throws -> JSONDocument {
        let body =
            #"{"id":"m","model":"x","content":[\#(Self.sealed),{"type":"redacted_thinking","data":"R"},{"type":"tool_use","id":"toolu_1","name":"f","input":{}}],"stop_reason":"tool_use"}"#
        let checked = try dialect.checkChat(
            UpstreamAnswer(
                head: UpstreamHead(status: 200), body: ByteBuffer(string: body),
                timings: UpstreamTimings(firstByteNanoseconds: 1, totalNanoseconds: 2, reusedConnection: true)),
            model: "claude-opus-5"
        ).get()
        return try JSONDocument(parsing: checked.body)
    }

    /// The second turn of a loop, as a client sends it that keeps `more` of the assistant's message.
    private func secondTurn(_ more: String, model: String = "claude-opus-5") throws -> (
        body: String, adjusted: [String]
    ) {
        try sent(
            messages: Self.user
                + #",{"role":"assistant","content":null,"tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{}"}}]\#(more)},{"role":"tool","tool_call_id":"toolu_1","content":"r"}"#,
            #","tools":[{"type":"function","function":{"name":"f"}}],"reasoning_effort":"high""#, model: model)
    }

    @Test(
        "signed thinking comes back with the tool's answer: from the client, or from memory where the client drops it")
    func thinkingReturns() throws {
        let message = try #require(try answer().member("choices")?.elements.first?.member("message"))
        let blocks = try #require(message.member("thinking_blocks"))
        #expect(String(buffer: blocks.rawBytes) == #"[\#(Self.sealed),{"type":"redacted_thinking","data":"R"}]"#)
        #expect(message.member("reasoning_content")?.string == "hé")
        let expected =
            #"{"role":"assistant","content":[\#(Self.sealed),{"type":"redacted_thinking","data":"R"},{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]}"#
        for more in ["", #","thinking_blocks":\#(String(buffer: blocks.rawBytes))"#] {
            let second = try secondTurn(more)
            #expect(
                second.body.contains(expected) && second.body.contains(#""thinking":{"type":"adaptive"}"#),
                "\(second.body)")
            #expect(second.adjusted == [])
        }
        // A seal is no good for another model: it answers without thinking.
        let other = try secondTurn("", model: "claude-sonnet-5")
        #expect(!other.body.contains("thinking") && other.adjusted == ["reasoning_effort"])
    }

    @Test("thinking without a seal is not said again")
    func unsigned() throws {
        let second = try secondTurn(#","thinking_blocks":[{"type":"thinking","thinking":"x"}],"reasoning_content":"x""#)
        #expect(!second.body.contains("thinking") && second.adjusted == ["reasoning_effort"])
    }

    private func relayed(_ events: [String]) -> String {
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: true)
        var relay = dialect.streamRelay(
            head: UpstreamHead(status: 200, contentType: "text/event-stream"), model: "claude-opus-5",
            prepared: prepared)
        var sent = ""
        for event in events {
            if case .forward(let bytes) = relay.receive(ByteBuffer(string: "event: x\ndata: \(event)\n\n")) {
                sent += String(buffer: bytes)
            }
        }
        return sent
    }

    @Test("a stream shows the seal as well, and remembers it")
    func streamedThinking() throws {
        let sent = relayed([
            #"{"type":"message_start","message":{"id":"m","model":"x"}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\u00e9"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S1"}}"#,
            #"{"type":"content_block_stop","index":0}"#,
            #"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"R"}}"#,
            #"{"type":"content_block_stop","index":1}"#,
            #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}"#,
            #"{"type":"content_block_stop","index":2}"#,
        ])
        #expect(sent.contains(#""delta":{"thinking_blocks":[\#(Self.sealed)]}"#))
        #expect(sent.contains(#""delta":{"thinking_blocks":[{"type":"redacted_thinking","data":"R"}]}"#))
        let second = try secondTurn("")
        #expect(second.body.contains(#"[\#(Self.sealed),{"type":"redacted_thinking","data":"R"},{"type":"tool_use""#))
    }

    @Test(
        "arguments that never come in a stream are an empty object; those of the block's beginning are said",
        arguments: [
            ("{}", [String](), #""function":{"arguments":"{}"}"#),
            (#"{"q":1}"#, [], #""function":{"arguments":"{\"q\":1}"}"#),
            ("{}", [""], #""function":{"arguments":"{}"}"#),
            ("{}", [#"{\"q\":"#, "1}"], #""function":{"arguments":"1}"}"#),
        ])
    func argumentsOfNothing(input: String, pieces: [String], expected: String) {
        let sent = relayed(
            [
                #"{"type":"message_start","message":{"id":"m","model":"x"}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":\#(input)}}"#,
            ]
                + pieces.map {
                    #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\#($0)"}}"#
                }
                + [#"{"type":"content_block_stop","index":0}"#])
        let frames = sent.split(separator: "\n\n").map(String.init)
        #expect(frames.last?.contains(expected) ?? false, "\(sent)")
        #expect(frames.count == 2 + max(1, pieces.count { !$0.isEmpty }))
    }
}
