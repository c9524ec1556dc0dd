import WireFormats

/// Reads chat completions, whole and in chunks; of several choices the first.
struct ChatAnswerReader: AnswerReader {
    private var hasBegun = false
    /// By the provider's number: whether the call has been named; pieces before that wait.
    private var named: Set<Int> = []
    private var waiting: [Int: (id: String, pieces: EscapedText)] = [:]
    private(set) var isDone = false

    mutating func read(whole answer: JSONDocument, into events: inout [AnswerEvent]) throws(AnswerFault) {
        try read(frame: answer, named: nil, into: &events)
        guard hasBegun, answer.member("choices")?.elements.isEmpty == false else {
            throw .empty("choices")
        }
    }

    mutating func read(
        frame: JSONDocument, named event: String?, into events: inout [AnswerEvent]
    ) throws(AnswerFault) {
        if let error = frame.member("error"), !error.isNull { throw .error(frame.root) }
        if event == "error", !frame.has("choices") { throw .error(frame.root) }
        if !hasBegun {
            hasBegun = true
            events.append(.begin(id: frame.member("id")?.string, model: frame.member("model")?.string))
        }
        var failure: AnswerFault?
        frame.member("choices")?.forEachElement { choice in
            guard (choice.member("index")?.int ?? 0) == 0 else { return true }
            do throws(AnswerFault) { try read(choice, into: &events) } catch { failure = error }
            return failure == nil
        }
        if let failure { throw failure }
        if let usage = TokenUsage(openAI: frame.member("usage")) { events.append(.usage(usage)) }
    }

    private mutating func read(_ choice: JSONValue, into events: inout [AnswerEvent]) throws(AnswerFault) {
        if let error = choice.member("error"), error.kind == .object || error.kind == .string { throw .error(choice) }
        let delta = choice.member("delta") ?? choice.member("message")
        if let text = said(delta, "reasoning_content") ?? said(delta, "reasoning") { events.append(.reasoning(text)) }
        if let text = said(delta, "content") { events.append(.text(text)) }
        if let logprobs = choice.member("logprobs")?.member("content"), logprobs.kind == .array, !logprobs.isEmpty {
            events.append(.logprobs(logprobs))
        }
        if let text = said(delta, "refusal") { events.append(.refusal(text)) }
        var position = 0
        delta?.member("tool_calls")?.forEachElement { call in
            readCall(call, position: position, into: &events)
            position += 1
            return true
        }
        guard let reason = choice.member("finish_reason")?.string, !reason.isEmpty else { return }
        switch reason {
        case "length": events.append(.stop(.length))
        case "tool_calls", "function_call": events.append(.stop(.toolCalls))
        case "content_filter": events.append(.stop(.refusal))
        case "error": throw .error(choice)
        default: events.append(.stop(.end))
        }
    }

    private func said(_ delta: JSONValue?, _ name: StaticString) -> EscapedText? {
        guard let value = delta?.member(name) else { return nil }
        if let text = EscapedText(value) { return text.isEmpty ? nil : text }
        // Some send the parts of a message.
        let texts = value.elements.compactMap { EscapedText($0.member("text")) }.filter { !$0.isEmpty }
        guard var text = texts.first else { return nil }
        texts.dropFirst().forEach { text.append($0) }
        return text
    }

    private mutating func readCall(_ call: JSONValue, position: Int, into events: inout [AnswerEvent]) {
        let index = min(max(call.member("index")?.int ?? position, 0), 1_023)
        let custom = call.member("custom")
        let function = custom ?? call.member("function")
        let name = function?.member("name")?.string ?? ""
        let pieces = function?.member(custom == nil ? "arguments" : "input")
        var text = EscapedText(pieces) ?? EscapedText()
        if let pieces, pieces.kind == .object { text = EscapedText(json: pieces) }
        if !named.contains(index) {
            var held = waiting.removeValue(forKey: index) ?? ("", EscapedText())
            if let id = call.member("id")?.string, !id.isEmpty { held.id = id }
            guard !name.isEmpty else {
                held.pieces.append(text)
                waiting[index] = held
                return
            }
            named.insert(index)
            events.append(
                .call(index: index, ToolCallHead(id: held.id, name: name, isFreeform: custom != nil, seal: nil)))
            if !held.pieces.isEmpty { events.append(.arguments(index: index, held.pieces)) }
        }
        if !text.isEmpty { events.append(.arguments(index: index, text)) }
    }
}
