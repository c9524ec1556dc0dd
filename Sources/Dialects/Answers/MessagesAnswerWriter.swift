import NIOCore
import WireFormats

/// Writes whole answers as messages of Anthropic's.
enum MessagesAnswerWriter {
    static func body(_ answer: WholeAnswer, _ context: AnswerContext) -> ByteBuffer {
        var json = JSONBytes(capacity: 1_024)
        json.object { json in
            json.member("id", InboundShape.messages.answerID(context.id))
            json.member("type", "message")
            json.member("role", "assistant")
            json.member("model", answer.model ?? context.model)
            json.key("content")
            json.array { json in
                for part in answer.parts {
                    json.object { write(part, context, &$0) }
                }
            }
            writeStop(answer.finalStop, &json)
            json.key("usage")
            (answer.usage ?? TokenUsage(promptTokens: 0, completionTokens: 0)).writeMessages(to: &json)
        }
        return json.buffer
    }

    static func writeStop(_ stop: AnswerStop, _ json: inout JSONBytes) {
        let reason =
            switch stop {
            case .end: "end_turn"
            case .length: "max_tokens"
            case .toolCalls: "tool_use"
            case .refusal: "refusal"
            case .stopSequence: "stop_sequence"
            case .pause: "pause_turn"
            }
        json.member("stop_reason", reason)
        if case .stopSequence(let word) = stop {
            json.member("stop_sequence", word)
        } else {
            json.member("stop_sequence", nil as String?)
        }
    }

    private static func write(_ part: WholeAnswer.Part, _ context: AnswerContext, _ json: inout JSONBytes) {
        switch part {
        case .text(let text, _), .refusal(let text):
            json.member("type", "text")
            json.member("text", text)
        case .reasoning(let reasoning):
            json.member("type", "thinking")
            json.member("thinking", reasoning.text)
            json.member("signature", reasoning.seal?.travelling ?? "")
        case .call(let call):
            json.member("type", "tool_use")
            json.member("id", ToolCall.legal(context.callID(call.head, call.index)))
            json.member("name", context.names[call.head.name].name)
            json.member("input", raw: call.object)
        }
    }
}

/// Writes an answer as the events of a message: one block is open at a time, and a second call waits for the first.
struct MessagesStreamWriter: AnswerStreamWriter {
    private enum Block: Equatable {
        case none, text, thinking
        case call(Int)
    }

    private let context: AnswerContext
    private var model: String
    private var hasBegun = false
    private var block = Block.none
    private var blocks = 0
    private var usage: TokenUsage?
    private var stop: AnswerStop?
    private var hasCalls = false
    /// Calls that have begun while another was open, in their order, with what came of them.
    private var waiting: [Waiting] = []

    private struct Waiting {
        let index: Int
        let head: ToolCallHead
        var pieces = EscapedText()
        var hasEnded = false
    }

    init(_ context: AnswerContext) {
        self.context = context
        model = context.model
    }

    mutating func write(_ event: AnswerEvent, to output: inout ByteBuffer) {
        switch event {
        case .begin(_, let name):
            if let name { model = name }
        case .usage(let more):
            if usage == nil { usage = more } else { usage?.update(with: more) }
            return
        case .logprobs: return
        default: begin(&output)
        }
        switch event {
        case .begin, .usage, .logprobs: break
        case .text(let text), .refusal(let text):
            open(.text, &output) { json in
                json.member("type", "text")
                json.member("text", "")
            }
            delta(&output, "text_delta", "text", text)
        case .reasoning(let text):
            openThinking(&output)
            delta(&output, "thinking_delta", "thinking", text)
        case .seal(let seal):
            openThinking(&output)
            delta(&output, "signature_delta", "signature", EscapedText(seal.travelling))
            close(&output)
        case .call(let index, let head):
            hasCalls = true
            if case .call = block {
                waiting.append(Waiting(index: index, head: head))
            } else {
                openCall(index, head, &output)
            }
        case .arguments(let index, let piece):
            if block == .call(index) {
                delta(&output, "input_json_delta", "partial_json", piece)
            } else if let at = waiting.firstIndex(where: { $0.index == index }) {
                waiting[at].pieces.append(piece)
            }
        case .callEnd(let index):
            if block == .call(index) {
                close(&output)
                openWaiting(&output)
            } else if let at = waiting.firstIndex(where: { $0.index == index }) {
                waiting[at].hasEnded = true
            }
        case .stop(let stop): self.stop = self.stop ?? stop
        }
    }

    mutating func end(to output: inout ByteBuffer) {
        begin(&output)
        finishCalls(&output)
        close(&output)
        var json = JSONBytes()
        json.object { json in
            json.member("type", "message_delta")
            json.key("delta")
            json.object { MessagesAnswerWriter.writeStop((stop ?? .end).with(calls: hasCalls), &$0) }
            json.key("usage")
            (usage ?? TokenUsage(promptTokens: context.estimatedInput, completionTokens: 0)).writeMessages(to: &json)
        }
        EventFrame.write("message_delta", json, to: &output)
        output.writeStaticString("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }

    // MARK: - Blocks

    private mutating func begin(_ output: inout ByteBuffer) {
        guard !hasBegun else { return }
        hasBegun = true
        var json = JSONBytes()
        json.object { json in
            json.member("type", "message_start")
            json.key("message")
            json.object { json in
                json.member("id", InboundShape.messages.answerID(context.id))
                json.member("type", "message")
                json.member("role", "assistant")
                json.member("model", model)
                json.key("content")
                json.array { _ in }
                json.member("stop_reason", nil as String?)
                json.member("stop_sequence", nil as String?)
                json.key("usage")
                var early = usage ?? TokenUsage(promptTokens: context.estimatedInput, completionTokens: 0)
                early.completionTokens = max(1, early.completionTokens)
                early.writeMessages(to: &json)
            }
        }
        EventFrame.write("message_start", json, to: &output)
    }

    private mutating func open(_ new: Block, _ output: inout ByteBuffer, _ start: (inout JSONBytes) -> Void) {
        guard block != new else { return }
        // A call that has its turn must not have those behind it go first.
        if case .call = new {} else { finishCalls(&output) }
        close(&output)
        block = new
        var json = JSONBytes()
        json.object { json in
            json.member("type", "content_block_start")
            json.member("index", blocks)
            json.key("content_block")
            json.object { start(&$0) }
        }
        EventFrame.write("content_block_start", json, to: &output)
    }

    private mutating func openThinking(_ output: inout ByteBuffer) {
        open(.thinking, &output) { json in
            json.member("type", "thinking")
            json.member("thinking", "")
            json.member("signature", "")
        }
    }

    private mutating func openCall(_ index: Int, _ head: ToolCallHead, _ output: inout ByteBuffer) {
        close(&output)
        let context = context
        open(.call(index), &output) { json in
            json.member("type", "tool_use")
            json.member("id", ToolCall.legal(context.callID(head, index)))
            json.member("name", context.names[head.name].name)
            json.key("input")
            json.object { _ in }
        }
    }

    /// The calls that wait have their turn; all but the last are over.
    private mutating func openWaiting(_ output: inout ByteBuffer) {
        while !waiting.isEmpty, block == .none {
            let next = waiting.removeFirst()
            openCall(next.index, next.head, &output)
            delta(&output, "input_json_delta", "partial_json", next.pieces)
            if next.hasEnded { close(&output) }
        }
    }

    /// Nothing more comes of any call.
    private mutating func finishCalls(_ output: inout ByteBuffer) {
        while !waiting.isEmpty {
            close(&output)
            openWaiting(&output)
        }
    }

    private mutating func close(_ output: inout ByteBuffer) {
        guard block != .none else { return }
        block = .none
        var json = JSONBytes()
        json.object { json in
            json.member("type", "content_block_stop")
            json.member("index", blocks)
        }
        blocks += 1
        EventFrame.write("content_block_stop", json, to: &output)
    }

    private func delta(_ output: inout ByteBuffer, _ type: String, _ name: String, _ text: EscapedText) {
        guard !text.isEmpty else { return }
        var json = JSONBytes()
        json.object { json in
            json.member("type", "content_block_delta")
            json.member("index", blocks)
            json.key("delta")
            json.object { json in
                json.member("type", type)
                json.member(name, text)
            }
        }
        EventFrame.write("content_block_delta", json, to: &output)
    }
}
