import WireFormats

/// Reads the answers of Bedrock's Converse, whole and as the payloads of its events.
struct ConverseAnswerReader: AnswerReader {
    private let realm: String
    /// Calls by the number of their block.
    private var calls: [Int: Int] = [:]
    private var hasStopped = false
    private(set) var isDone = false

    init(realm: String) { self.realm = realm }

    mutating func read(whole answer: JSONDocument, into events: inout [AnswerEvent]) throws(AnswerFault) {
        guard let content = answer.member("output")?.member("message")?.member("content"), content.kind == .array else {
            throw answer.has("message") || answer.has("Message") ? .error(answer.root) : .empty("output")
        }
        events.append(.begin(id: nil, model: nil))
        var place = 0
        content.forEachElement { block in
            if let text = EscapedText(block.member("text")), !text.isEmpty { events.append(.text(text)) }
            if let reasoning = block.member("reasoningContent") { read(reasoning, into: &events) }
            if let use = block.member("toolUse") {
                begin(use, place, into: &events)
                if let input = use.member("input"), input.kind == .object, !input.isEmpty {
                    events.append(.arguments(index: calls[place] ?? 0, EscapedText(json: input)))
                }
                events.append(.callEnd(index: calls[place] ?? 0))
            }
            place += 1
            return true
        }
        if let usage = TokenUsage(converse: answer.member("usage")) { events.append(.usage(usage)) }
        try stop(answer.member("stopReason")?.string ?? "end_turn", into: &events)
    }

    mutating func read(
        frame: JSONDocument, named event: String?, into events: inout [AnswerEvent]
    ) throws(AnswerFault) {
        let place = frame.member("contentBlockIndex")?.int ?? 0
        switch event {
        case "messageStart": events.append(.begin(id: nil, model: nil))
        case "contentBlockStart":
            if let use = frame.member("start")?.member("toolUse") { begin(use, place, into: &events) }
        case "contentBlockDelta":
            guard let delta = frame.member("delta") else { return }
            if let text = EscapedText(delta.member("text")), !text.isEmpty { events.append(.text(text)) }
            if let reasoning = delta.member("reasoningContent") { read(reasoning, into: &events) }
            if let text = EscapedText(delta.member("toolUse")?.member("input")), !text.isEmpty, let call = calls[place]
            {
                events.append(.arguments(index: call, text))
            }
        case "contentBlockStop": if let call = calls[place] { events.append(.callEnd(index: call)) }
        case "messageStop": try stop(frame.member("stopReason")?.string ?? "end_turn", into: &events)
        case "metadata":
            isDone = hasStopped
            if let usage = TokenUsage(converse: frame.member("usage")) { events.append(.usage(usage)) }
        case let name? where name.hasSuffix("Exception") || name == "error": throw .error(frame.root)
        default: break
        }
    }

    private mutating func begin(_ use: JSONValue, _ place: Int, into events: inout [AnswerEvent]) {
        let index = calls.count
        calls[place] = index
        let head = ToolCallHead(
            id: use.member("toolUseId")?.string ?? "", name: use.member("name")?.string ?? "", seal: nil)
        events.append(.call(index: index, head))
    }

    /// Whole (`reasoningText`) or in pieces.
    private func read(_ reasoning: JSONValue, into events: inout [AnswerEvent]) {
        let source = reasoning.member("reasoningText") ?? reasoning
        if let text = EscapedText(source.member("text")), !text.isEmpty { events.append(.reasoning(text)) }
        if let signature = source.member("signature")?.string, !signature.isEmpty {
            events.append(.seal(Seal(.signature, signature, realm: realm)))
        }
        if let data = reasoning.member("redactedContent")?.string {
            events.append(.seal(Seal(.redacted, data, realm: realm)))
        }
    }

    private mutating func stop(_ reason: String, into events: inout [AnswerEvent]) throws(AnswerFault) {
        let stop: AnswerStop
        switch reason {
        case "max_tokens", "model_context_window_exceeded": stop = .length
        case "tool_use": stop = .toolCalls
        case "stop_sequence": stop = .stopSequence(nil)
        case "content_filtered", "guardrail_intervened": stop = .refusal
        case "malformed_model_output", "malformed_tool_use":
            throw .malformed("the provider's answer ended with \(reason)")
        default: stop = .end
        }
        hasStopped = true
        events.append(.stop(stop.with(calls: !calls.isEmpty)))
    }
}
