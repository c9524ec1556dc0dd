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
    /// What is known of the block that is being written.
    private var block = Block.other
    /// The blocks of thinking that have their seals, joined by commas.
    private var sealed = ByteBuffer()
    private let askedModel: String
    private let memory: ThinkingMemory

    private enum Block {
        case other
        /// Whether a piece of its arguments has come; what its beginning gave for them.
        case tool(hasArguments: Bool, input: ByteBuffer?)
        /// What stands between the quotes, as it came.
        case thinking(ByteBuffer, signature: ByteBuffer?)
    }

    /// Thinking beyond this is not kept for the next turn.
    private static let maxThinkingBytes = 4 << 20

    /// Whether anything was said that a client would miss.
    private var hasSpoken = false

    /// - Parameters:
    ///   - model: as it was asked for.
    ///   - memory: what is thought before a tool is called is remembered there.
    init(model: String, created: Int, hidesUsage: Bool, memory: ThinkingMemory) {
        self.model = model
        askedModel = model
        self.memory = memory
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
        case "content_block_stop": endBlock(&reading)
        case "message_delta": end(message, &reading)
        case "message_stop": stop(&reading)
        case "error":
            let error = message.member("error") ?? message.root
            reading.fault = AnswerCheck.fault(in: error, head: UpstreamHead(status: 200), isTranslated: true)
        // Pings, and what is yet to be invented.
        default: break
        }
        return reading
    }

    private mutating func begin(_ event: JSONDocument, _ reading: inout FrameReading) {
        let message = event.member("message")
        summary.id = message?.member("id")?.string
        if let name = message?.member("model")?.string { model = name }
        summary.usage = TokenUsage(anthropic: message?.member("usage"))
        summary.usageIsEarly = true
        reading.output = .replaced(chunk { $0.writeStaticString(#"{"role":"assistant","content":""}"#) })
    }

    private mutating func beginBlock(_ event: JSONDocument, _ reading: inout FrameReading) {
        guard let block = event.member("content_block"), let type = block.member("type") else { return }
        self.block = .other
        if type.isString("thinking") {
            self.block = .thinking(ByteBuffer(), signature: nil)
        } else if type.isString("redacted_thinking") {
            seal(ByteBuffer(bytes: block.rawBytes.readableBytesView), &reading)
        }
        guard type.isString("tool_use") else { return }
        // As a rule it is empty, and what it is comes in pieces.
        let input = block.member("input").flatMap { $0.kind == .object && !$0.isEmpty ? $0.rawBytes : nil }
        self.block = .tool(hasArguments: false, input: input.map { ByteBuffer(bytes: $0.readableBytesView) })
        if sealed.readableBytes > 0, let id = block.member("id")?.string {
            memory.remember(sealed, before: id, of: askedModel)
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

    /// The end of a block: arguments that never came are an empty object, and thinking has its seal.
    private mutating func endBlock(_ reading: inout FrameReading) {
        switch block {
        case .other: break
        case .tool(let hasArguments, let input):
            guard !hasArguments else { break }
            reading.output = .replaced(
                chunk { output in
                    output.writeString(#"{"tool_calls":[{"index":\#(toolCalls - 1),"function":{"arguments":"#)
                    JSONString.append(input.map { String(buffer: $0) } ?? "{}", to: &output)
                    output.writeStaticString("}}]}")
                })
        case .thinking(let text, let signature):
            guard let signature else { break }
            var json = ByteBuffer(staticString: #"{"type":"thinking","thinking":""#)
            json.writeImmutableBuffer(text)
            json.writeStaticString(#"","signature":"#)
            json.writeImmutableBuffer(signature)
            json.writeStaticString("}")
            seal(json, &reading)
        }
        block = .other
    }

    /// Shows a sealed block to the client, so that it can be said again, and keeps it for clients that will not.
    private mutating func seal(_ json: ByteBuffer, _ reading: inout FrameReading) {
        guard sealed.readableBytes + json.readableBytes <= Self.maxThinkingBytes else { return }
        if sealed.readableBytes > 0 { sealed.writeStaticString(",") }
        sealed.writeImmutableBuffer(json)
        reading.output = .replaced(
            chunk { output in
                output.writeStaticString(#"{"thinking_blocks":["#)
                output.writeImmutableBuffer(json)
                output.writeStaticString("]}")
            })
    }

    /// Keeps the pieces of the block that is being written, as far as they are needed at its end.
    private mutating func keep(_ delta: JSONValue) {
        switch block {
        case .other: break
        case .tool(_, let input):
            if let json = delta.member("partial_json"), json.range.count > 2 {
                block = .tool(hasArguments: true, input: input)
            }
        case .thinking(var text, let signature):
            if let seal = delta.member("signature"), seal.kind == .string, seal.range.count > 2 {
                block = .thinking(text, signature: ByteBuffer(bytes: seal.rawBytes.readableBytesView))
            } else if let more = delta.member("thinking"), more.kind == .string, more.range.count > 2 {
                block = .other
                // With a part missing its seal would not fit.
                guard text.readableBytes + more.range.count <= Self.maxThinkingBytes else { break }
                text.writeBytes(more.rawBytes.readableBytesView.dropFirst().dropLast())
                block = .thinking(text, signature: signature)
            }
        }
    }

    private mutating func readDelta(_ event: JSONDocument, _ reading: inout FrameReading) {
        guard let delta = event.member("delta") else { return }
        keep(delta)
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
            summary.usageIsEarly = false
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
