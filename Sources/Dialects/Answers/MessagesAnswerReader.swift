import WireFormats

/// Reads Anthropic's messages, whole and as events.
struct MessagesAnswerReader: AnswerReader {
    private enum Block {
        case other, text, thinking
        case tool(index: Int, hasArguments: Bool, input: JSONValue?)
    }

    private let realm: String
    private var block = Block.other
    private var calls = 0
    private(set) var isDone = false

    init(realm: String) { self.realm = realm }

    mutating func read(whole answer: JSONDocument, into events: inout [AnswerEvent]) throws(AnswerFault) {
        if let error = answer.member("error"), !error.isNull { throw .error(answer.root) }
        let reason = answer.member("stop_reason")?.string
        // An answer that says nothing has an empty list and a reason; one that is no answer has none.
        guard let content = answer.member("content"), content.kind == .array, reason != nil || !content.isEmpty else {
            throw .empty("content")
        }
        events.append(.begin(id: answer.member("id")?.string, model: answer.member("model")?.string))
        content.forEachElement { block in
            begin(block, into: &events)
            if let text = EscapedText(block.member("text")), !text.isEmpty { events.append(.text(text)) }
            if let text = EscapedText(block.member("thinking")), !text.isEmpty { events.append(.reasoning(text)) }
            if let signature = block.member("signature")?.string, !signature.isEmpty {
                events.append(.seal(Seal(.signature, signature, realm: realm)))
            }
            end(into: &events)
            return true
        }
        if let usage = TokenUsage(anthropic: answer.member("usage")) { events.append(.usage(usage)) }
        let stop = reason.map { Self.stop($0, sequence: answer.member("stop_sequence")) } ?? .end
        events.append(.stop(stop.with(calls: calls > 0)))
    }

    mutating func read(
        frame: JSONDocument, named event: String?, into events: inout [AnswerEvent]
    ) throws(AnswerFault) {
        switch frame.member("type")?.string {
        case "message_start":
            let message = frame.member("message")
            events.append(.begin(id: message?.member("id")?.string, model: message?.member("model")?.string))
            if let usage = TokenUsage(anthropic: message?.member("usage")) { events.append(.usage(usage)) }
        case "content_block_start":
            if let block = frame.member("content_block") { begin(block, into: &events) }
        case "content_block_delta": if let delta = frame.member("delta") { read(delta, into: &events) }
        case "content_block_stop": end(into: &events)
        case "message_delta":
            if let usage = TokenUsage(anthropic: frame.member("usage")) { events.append(.usage(usage)) }
            guard let delta = frame.member("delta"), let reason = delta.member("stop_reason")?.string else { return }
            let stop = Self.stop(reason, sequence: delta.member("stop_sequence"))
            events.append(.stop(stop.with(calls: calls > 0)))
        case "message_stop": isDone = true
        case "error": throw .error(frame.member("error") ?? frame.root)
        // Pings, and what is yet to be invented.
        default: break
        }
    }

    private mutating func begin(_ block: JSONValue, into events: inout [AnswerEvent]) {
        self.block = .other
        switch block.member("type")?.string {
        case "text": self.block = .text
        case "thinking": self.block = .thinking
        case "redacted_thinking":
            if let data = block.member("data")?.string {
                events.append(.seal(Seal(.redacted, data, realm: realm)))
            }
        case "tool_use":
            // As a rule it is empty, and what it is comes in pieces.
            let input = block.member("input").flatMap { $0.kind == .object && !$0.isEmpty ? $0 : nil }
            self.block = .tool(index: calls, hasArguments: false, input: input)
            let head = ToolCallHead(
                id: block.member("id")?.string ?? "", name: block.member("name")?.string ?? "", seal: nil)
            events.append(.call(index: calls, head))
            calls += 1
        default: break
        }
    }

    private mutating func read(_ delta: JSONValue, into events: inout [AnswerEvent]) {
        switch delta.member("type")?.string {
        case "text_delta":
            if let text = EscapedText(delta.member("text")), !text.isEmpty { events.append(.text(text)) }
        case "thinking_delta":
            if let text = EscapedText(delta.member("thinking")), !text.isEmpty { events.append(.reasoning(text)) }
        case "signature_delta":
            if let signature = delta.member("signature")?.string, !signature.isEmpty {
                events.append(.seal(Seal(.signature, signature, realm: realm)))
            }
        case "input_json_delta":
            guard case .tool(let index, _, let input) = block,
                let text = EscapedText(delta.member("partial_json")), !text.isEmpty
            else { return }
            block = .tool(index: index, hasArguments: true, input: input)
            events.append(.arguments(index: index, text))
        default: break
        }
    }

    private mutating func end(into events: inout [AnswerEvent]) {
        if case .tool(let index, let hasArguments, let input) = block {
            if !hasArguments, let input {
                events.append(.arguments(index: index, EscapedText(json: input)))
            }
            events.append(.callEnd(index: index))
        }
        block = .other
    }

    static func stop(_ reason: String, sequence: JSONValue?) -> AnswerStop {
        switch reason {
        case "max_tokens", "model_context_window_exceeded": .length
        case "tool_use": .toolCalls
        case "refusal": .refusal
        case "stop_sequence": .stopSequence(sequence?.string)
        case "pause_turn": .pause
        default: .end
        }
    }
}
