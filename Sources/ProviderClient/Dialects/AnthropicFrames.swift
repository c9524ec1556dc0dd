import NIOCore
import WireFormats

/// What the events of Anthropic's stream say, as OpenAI's chunks.
struct AnthropicFrames: StreamFrames {
    private let hidesUsage: Bool
    private let created: Int
    private var model: String
    private(set) var summary = StreamSummary()
    private(set) var isFinished = false
    /// How many tool calls have begun; the last one is being written.
    private var toolCalls = 0
    /// Whether anything was said that a client would miss.
    private var hasSpoken = false

    init(model: String, created: Int, hidesUsage: Bool) {
        self.model = model
        self.created = created
        self.hidesUsage = hidesUsage
    }

    mutating func read(_ event: ServerSentEvent, data: ByteBuffer, of parser: ServerSentEventParser) -> FrameReading {
        var reading = FrameReading(output: .dropped)
        if KeepAlive.isOne(data, event: event.event) {
            reading.output = .replaced(KeepAlive.comment)
            return reading
        }
        // Some servers of this dialect end as OpenAI does.
        if OpenAIFrames.isDone(data) {
            stop(&reading)
            return reading
        }
        guard let message = try? JSONDocument(parsing: data), message.isObject else {
            reading.fault = UpstreamFault(.malformedFrame, "the provider sent a frame that is not a JSON object")
            return reading
        }
        switch message.member("type")?.string {
        case "message_start": begin(message, &reading)
        case "content_block_start": beginBlock(message, &reading)
        case "content_block_delta": readDelta(message, &reading)
        case "message_delta": end(message, &reading)
        case "message_stop": stop(&reading)
        case "error":
            let error = message.member("error") ?? message.root
            reading.fault = AnswerCheck.fault(in: error, head: UpstreamHead(status: 200), isTranslated: true)
        // Pings, the ends of blocks, and what is yet to be invented.
        default: break
        }
        return reading
    }

    private mutating func begin(_ event: JSONDocument, _ reading: inout FrameReading) {
        let message = event.member("message")
        summary.id = message?.member("id")?.string
        if let name = message?.member("model")?.string { model = name }
        summary.usage = TokenUsage(anthropic: message?.member("usage"))
        reading.output = .replaced(chunk { $0.writeStaticString(#"{"role":"assistant","content":""}"#) })
    }

    private mutating func beginBlock(_ event: JSONDocument, _ reading: inout FrameReading) {
        guard let block = event.member("content_block"), block.member("type")?.isString("tool_use") ?? false else {
            return
        }
        toolCalls += 1
        hasSpoken = true
        reading.commits = true
        reading.output = .replaced(
            chunk { output in
                output.writeString(#"{"tool_calls":[{"index":\#(toolCalls - 1),"id":"#)
                JSONString.append(block.member("id")?.string ?? "", to: &output)
                output.writeStaticString(#","type":"function","function":{"name":"#)
                JSONString.append(block.member("name")?.string ?? "", to: &output)
                output.writeStaticString(#","arguments":""}}]}"#)
            })
    }

    private mutating func readDelta(_ event: JSONDocument, _ reading: inout FrameReading) {
        guard let delta = event.member("delta") else { return }
        // The texts are copied as they are escaped.
        func say(_ name: StaticString, _ before: String, _ after: StaticString) {
            guard let text = delta.member(name), text.kind == .string, text.range.count > 2 else { return }
            summary.contentBytes += text.range.count - 2
            hasSpoken = true
            reading.commits = true
            reading.output = .replaced(
                chunk { output in
                    output.writeString(before)
                    output.writeImmutableBuffer(text.rawBytes)
                    output.writeStaticString(after)
                })
        }
        switch delta.member("type")?.string {
        case "text_delta": say("text", #"{"content":"#, "}")
        case "thinking_delta": say("thinking", #"{"reasoning_content":"#, "}")
        case "input_json_delta":
            say(
                "partial_json", #"{"tool_calls":[{"index":\#(max(0, toolCalls - 1)),"function":{"arguments":"#, "}}]}")
        default: break
        }
    }

    private mutating func end(_ event: JSONDocument, _ reading: inout FrameReading) {
        if let counted = TokenUsage(anthropic: event.member("usage")) {
            // The counts are running totals; the input is often said at the beginning only.
            if summary.usage == nil { summary.usage = counted } else { summary.usage?.update(with: counted) }
        }
        guard let reason = event.member("delta")?.member("stop_reason")?.string else { return }
        isFinished = true
        let finishReason = AnthropicDialect.finishReason(reason)
        summary.finishReason = finishReason
        reading.commits = true
        reading.output = .replaced(chunk(finishReason: finishReason) { $0.writeStaticString("{}") })
    }

    private mutating func stop(_ reading: inout FrameReading) {
        reading.isDone = true
        var output = ByteBuffer()
        if !isFinished {
            guard hasSpoken else {
                reading.fault = UpstreamFault(
                    .unfinished, "the provider's stream says it is done before its answer is")
                return
            }
            let reason = toolCalls > 0 ? "tool_calls" : "stop"
            isFinished = true
            summary.finishReason = reason
            summary.isReasonAssumed = true
            reading.commits = true
            output = chunk(finishReason: reason, isAssumed: true) { $0.writeStaticString("{}") }
        }
        if !hidesUsage, let usage = summary.usage {
            beginChunk(&output)
            output.writeStaticString(#""choices":[],"usage":"#)
            usage.writeOpenAI(to: &output)
            output.writeStaticString("}\n\n")
        }
        output.writeStaticString(StreamRelay.done)
        reading.output = .replaced(output)
    }

    private func beginChunk(_ output: inout ByteBuffer) {
        output.writeStaticString(#"data: {"id":"#)
        JSONString.append(summary.id ?? "", to: &output)
        output.writeString(#","object":"chat.completion.chunk","created":\#(created),"model":"#)
        JSONString.append(model, to: &output)
        output.writeStaticString(",")
    }

    private func chunk(
        finishReason: String? = nil, isAssumed: Bool = false, _ writeDelta: (inout ByteBuffer) -> Void
    ) -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: 256)
        beginChunk(&output)
        output.writeStaticString(#""choices":[{"index":0,"delta":"#)
        writeDelta(&output)
        output.writeString(#","finish_reason":\#(finishReason.map { "\"\($0)\"" } ?? "null")"#)
        output.writeStaticString(isAssumed ? #","native_finish_reason":null}]}"# : "}]}")
        output.writeStaticString("\n\n")
        return output
    }
}
