import WireFormats

/// Reads Google's answers; each chunk of a stream is one.
struct GeminiAnswerReader: AnswerReader {
    private let realm: String
    private var hasBegun = false
    private var calls = 0
    private var hasSpoken = false
    private var hasStopped = false
    /// A stream ends with its connection.
    let isDone = false

    init(realm: String) { self.realm = realm }

    mutating func read(whole answer: JSONDocument, into events: inout [AnswerEvent]) throws(AnswerFault) {
        try read(frame: answer, named: nil, into: &events)
        guard hasStopped || hasSpoken else { throw .empty("candidates") }
        if !hasStopped { events.append(.stop(AnswerStop.end.with(calls: calls > 0))) }
    }

    mutating func read(
        frame: JSONDocument, named event: String?, into events: inout [AnswerEvent]
    ) throws(AnswerFault) {
        if let error = frame.member("error"), !error.isNull { throw .error(frame.root) }
        if !hasBegun {
            hasBegun = true
            events.append(
                .begin(id: frame.member("responseId")?.string, model: frame.member("modelVersion")?.string))
        }
        let candidate = frame.member("candidates")?.elements.first { ($0.member("index")?.int ?? 0) == 0 }
        candidate?.member("content")?.member("parts")?.forEachElement { part in
            read(part, into: &events)
            return true
        }
        if let usage = TokenUsage(gemini: frame.member("usageMetadata")) { events.append(.usage(usage)) }
        if let reason = candidate?.member("finishReason")?.string {
            try stop(reason, into: &events)
        } else if candidate == nil, let reason = frame.member("promptFeedback")?.member("blockReason"),
            reason.kind == .string
        {
            // A prompt that was blocked is an empty answer.
            hasStopped = true
            events.append(.stop(.refusal))
        }
    }

    private mutating func read(_ part: JSONValue, into events: inout [AnswerEvent]) {
        if let call = part.member("functionCall"), let name = call.member("name")?.string {
            hasSpoken = true
            let seal = part.member("thoughtSignature")?.string.map { Seal(.thought, $0, realm: realm) }
            let arguments = call.member("args").flatMap { $0.kind == .object ? $0 : nil }
            events.append(
                .call(index: calls, ToolCallHead(id: call.member("id")?.string ?? "", name: name, seal: seal)))
            if let arguments, !arguments.isEmpty {
                events.append(.arguments(index: calls, EscapedText(json: arguments)))
            }
            events.append(.callEnd(index: calls))
            calls += 1
        } else if let text = EscapedText(part.member("text")), !text.isEmpty {
            if part.member("thought")?.bool == true {
                events.append(.reasoning(text))
            } else {
                hasSpoken = true
                events.append(.text(text))
            }
        }
    }

    private mutating func stop(_ reason: String, into events: inout [AnswerEvent]) throws(AnswerFault) {
        let stop: AnswerStop
        switch reason {
        case "FINISH_REASON_UNSPECIFIED": return
        case "STOP":
            guard hasSpoken else { throw .empty("parts: it says STOP and nothing else") }
            stop = .end
        case "MAX_TOKENS": stop = .length
        case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
            "MALFORMED_RESPONSE":
            throw .malformed("the provider's answer ended with \(reason)")
        default: stop = .refusal
        }
        hasStopped = true
        events.append(.stop(stop.with(calls: calls > 0)))
    }
}
