import TestSupport

/// Providers of all five dialects at one port, which say “Hello”; where they are given a tool, they call it without arguments.
///
/// Their answers are written down as the providers' own documentation shows them, not by the code that is tested.
enum DialectUpstream {
    /// The arms, by id; each is asked in another dialect.
    static let arms = ["gem", "con", "cla", "res", "gpt"]

    static func providers(port: Int) -> [String] {
        let root = "http://127.0.0.1:\(port)"
        return [
            "{ id: ge, kind: gemini, base_url: \"\(root)/v1beta\", api_key: k }",
            "{ id: br, kind: bedrock, region: us-east-1, base_url: \"\(root)\", api_key: k }",
            "{ id: an, kind: anthropic, base_url: \"\(root)/v1\", api_key: k }",
            "{ id: rs, kind: openai-responses, base_url: \"\(root)/v1\", api_key: k }",
            "{ id: oa, kind: openai, base_url: \"\(root)/v1\", api_key: k }",
        ]
    }

    static func reply(to request: RawUpstream.Request) -> RawUpstream.Reply {
        let path = String(request.head.split(separator: " ")[1])
        let calls = request.text.contains("\"look\"")
        let streams = request.text.contains("\"stream\":true")
        if path.hasSuffix(":generateContent") { return .json(gemini(calls)) }
        if path.contains(":streamGenerateContent") { return .stream(["data: \(gemini(calls))\r\n\r\n"]) }
        if path.hasSuffix("/converse") { return .json(converse(calls)) }
        if path.hasSuffix("/converse-stream") {
            return .bytes(converseStream(calls), type: "application/vnd.amazon.eventstream")
        }
        if path.hasSuffix("/messages") { return streams ? .stream(messagesStream(calls)) : .json(messages(calls)) }
        if path.hasSuffix("/responses") { return streams ? .stream(responsesStream(calls)) : .json(response(calls)) }
        return streams ? .stream(chatStream(calls)) : .json(chat(calls))
    }

    private static func gemini(_ calls: Bool) -> String {
        let part = calls ? #"{"functionCall":{"name":"look","args":{}}}"# : #"{"text":"Hello"}"#
        return #"{"candidates":[{"content":{"role":"model","parts":[\#(part)]},"finishReason":"STOP","index":0}],"#
            + #""usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7},"responseId":"r"}"#
    }

    private static func converse(_ calls: Bool) -> String {
        let block = calls ? #"{"toolUse":{"toolUseId":"t1","name":"look","input":{}}}"# : #"{"text":"Hello"}"#
        return #"{"output":{"message":{"role":"assistant","content":[\#(block)]}},"#
            + #""stopReason":"\#(calls ? "tool_use" : "end_turn")","#
            + #""usage":{"inputTokens":5,"outputTokens":2,"totalTokens":7},"metrics":{"latencyMs":3}}"#
    }

    private static func converseStream(_ calls: Bool) -> [UInt8] {
        var frames = frame("messageStart", #"{"role":"assistant"}"#)
        if calls {
            frames += frame(
                "contentBlockStart",
                #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":"look"}}}"#)
        } else {
            frames += frame("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"Hel"}}"#)
            frames += frame("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"lo"}}"#)
        }
        frames += frame("contentBlockStop", #"{"contentBlockIndex":0}"#)
        frames += frame("messageStop", #"{"stopReason":"\#(calls ? "tool_use" : "end_turn")"}"#)
        return frames
            + frame(
                "metadata",
                #"{"usage":{"inputTokens":5,"outputTokens":2,"totalTokens":7},"metrics":{"latencyMs":3}}"#)
    }

    /// AWS's framing: lengths, their sum, headers, payload, the sum of all.
    private static func frame(_ type: String, _ payload: String) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func header(_ name: String, _ value: String) -> [UInt8] {
            [UInt8(name.utf8.count)] + Array(name.utf8) + [7, 0, UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let headers =
            header(":event-type", type) + header(":content-type", "application/json")
            + header(":message-type", "event")
        var bytes = number(16 + headers.count + payload.utf8.count) + number(headers.count)
        bytes += number(checksum(bytes))
        bytes += headers + Array(payload.utf8)
        return bytes + number(checksum(bytes))
    }

    /// CRC-32 (ISO 3309).
    static func checksum(_ bytes: [UInt8]) -> Int {
        var register: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return Int(register ^ 0xFFFF_FFFF)
    }

    private static func messages(_ calls: Bool) -> String {
        let block =
            calls ? #"{"type":"tool_use","id":"t1","name":"look","input":{}}"# : #"{"type":"text","text":"Hello"}"#
        return #"{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[\#(block)],"#
            + #""stop_reason":"\#(calls ? "tool_use" : "end_turn")","stop_sequence":null,"#
            + #""usage":{"input_tokens":5,"output_tokens":2}}"#
    }

    private static func messagesStream(_ calls: Bool) -> [String] {
        func event(_ type: String, _ members: String) -> String {
            "event: \(type)\ndata: {\"type\":\"\(type)\"\(members)}\n\n"
        }
        let block = calls ? #"{"type":"tool_use","id":"t1","name":"look","input":{}}"# : #"{"type":"text","text":""}"#
        let start =
            #","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"c","#
            + #""stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}"#
        let delta = event("content_block_delta", #","index":0,"delta":{"type":"text_delta","text":"Hello"}"#)
        return [event("message_start", start), event("content_block_start", #","index":0,"content_block":\#(block)"#)]
            + (calls ? [] : [delta]) + [
                event("content_block_stop", #","index":0"#),
                event(
                    "message_delta",
                    #","delta":{"stop_reason":"\#(calls ? "tool_use" : "end_turn")","stop_sequence":null},"#
                        + #""usage":{"output_tokens":2}"#), event("message_stop", ""),
            ]
    }

    private static func item(_ calls: Bool) -> String {
        calls
            ? #"{"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","arguments":"{}","status":"completed"}"#
            : #"{"type":"message","id":"m1","role":"assistant","status":"completed","content":"#
                + #"[{"type":"output_text","text":"Hello","annotations":[]}]}"#
    }

    private static func response(_ calls: Bool, status: String = "completed", output: String? = nil) -> String {
        #"{"id":"resp_1","object":"response","created_at":1,"status":"\#(status)","model":"g","error":null,"#
            + #""incomplete_details":null,"instructions":null,"metadata":{},"parallel_tool_calls":true,"#
            + #""tool_choice":"auto","tools":[],"temperature":1.0,"top_p":1.0,"output":[\#(output ?? item(calls))],"#
            + #""usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"#
            + #""output_tokens_details":{"reasoning_tokens":0},"total_tokens":7}}"#
    }

    private static func responsesStream(_ calls: Bool) -> [String] {
        var events: [(type: String, members: String)] = [
            ("response.created", #""response":\#(response(calls, status: "in_progress", output: ""))"#)
        ]
        if calls {
            events.append(
                (
                    "response.output_item.added",
                    #""output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","#
                        + #""arguments":"","status":"in_progress"}"#
                ))
            events.append(
                (
                    "response.function_call_arguments.done",
                    #""item_id":"fc_1","output_index":0,"name":"look","arguments":"{}""#
                ))
        } else {
            let place = #""item_id":"m1","output_index":0,"content_index":0"#
            events += [
                (
                    "response.output_item.added",
                    #""output_index":0,"item":{"type":"message","id":"m1","role":"assistant","status":"in_progress","#
                        + #""content":[]}"#
                ),
                (
                    "response.content_part.added",
                    place + #","part":{"type":"output_text","text":"","annotations":[]}"#
                ),
                ("response.output_text.delta", place + #","delta":"Hello""#),
                ("response.output_text.done", place + #","text":"Hello""#),
                (
                    "response.content_part.done",
                    place + #","part":{"type":"output_text","text":"Hello","annotations":[]}"#
                ),
            ]
        }
        events.append(("response.output_item.done", #""output_index":0,"item":\#(item(calls))"#))
        events.append(("response.completed", #""response":\#(response(calls))"#))
        return events.enumerated().map { number, event in
            "event: \(event.type)\ndata: {\"type\":\"\(event.type)\",\"sequence_number\":\(number),\(event.members)}\n\n"
        }
    }

    private static func chat(_ calls: Bool) -> String {
        let message =
            calls
            ? #"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","#
                + #""function":{"name":"look","arguments":"{}"}}]}"#
            : #"{"role":"assistant","content":"Hello"}"#
        return #"{"id":"c1","object":"chat.completion","created":1,"model":"g","choices":[{"index":0,"#
            + #""message":\#(message),"finish_reason":"\#(calls ? "tool_calls" : "stop")"}],"#
            + #""usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}"#
    }

    private static func chatStream(_ calls: Bool) -> [String] {
        let delta =
            calls
            ? #"{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","#
                + #""function":{"name":"look","arguments":""}}]}"#
            : #"{"role":"assistant","content":"Hello"}"#
        func chunk(_ delta: String, _ reason: String) -> String {
            #"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"g","choices":[{"index":0,"#
                + #""delta":\#(delta),"finish_reason":\#(reason)}]}"# + "\n\n"
        }
        return [
            chunk(delta, "null"), chunk("{}", calls ? #""tool_calls""# : #""stop""#),
            #"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"g","choices":[],"#
                + #""usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}"# + "\n\n",
            "data: [DONE]\n\n",
        ]
    }
}
