import WireFormats

/// Reads OpenAI's responses, whole and as events.
struct ResponsesAnswerReader: AnswerReader {
    private let realm: String
    private var hasBegun = false
    /// Calls by their place in the output, with what came of them.
    private var calls: [Int: (index: Int, hasArguments: Bool, hasEnded: Bool)] = [:]
    private var hasRefused = false
    private var hasSpoken = false
    private(set) var isDone = false

    init(realm: String) { self.realm = realm }

    mutating func read(whole answer: JSONDocument, into events: inout [AnswerEvent]) throws(AnswerFault) {
        if let error = answer.member("error"), !error.isNull { throw .error(answer.root) }
        guard let output = answer.member("output"), output.kind == .array else { throw .empty("output") }
        guard answer.member("status")?.isString("failed") != true else { throw .error(answer.root) }
        begin(answer.root, into: &events)
        var place = 0
        output.forEachElement { item in
            readWhole(item, place: place, into: &events)
            place += 1
            return true
        }
        end(answer.root, into: &events)
    }

    mutating func read(
        frame: JSONDocument, named event: String?, into events: inout [AnswerEvent]
    ) throws(AnswerFault) {
        let type = frame.member("type")?.string ?? event ?? ""
        switch type {
        case "response.created", "response.in_progress":
            if let response = frame.member("response") { begin(response, into: &events) }
        case "response.output_text.delta":
            if let text = EscapedText(frame.member("delta")), !text.isEmpty {
                hasSpoken = true
                events.append(.text(text))
            }
            if let logprobs = frame.member("logprobs"), logprobs.kind == .array, !logprobs.isEmpty {
                events.append(.logprobs(logprobs))
            }
        case "response.refusal.delta":
            if let text = EscapedText(frame.member("delta")), !text.isEmpty {
                hasRefused = true
                events.append(.refusal(text))
            }
        case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
            if let text = EscapedText(frame.member("delta")), !text.isEmpty { events.append(.reasoning(text)) }
        case "response.output_item.added": if let item = frame.member("item") { add(item, place(frame), into: &events) }
        case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
            guard let text = EscapedText(frame.member("delta")), !text.isEmpty, let call = calls[place(frame)] else {
                return
            }
            calls[place(frame)]?.hasArguments = true
            events.append(.arguments(index: call.index, text))
        case "response.output_item.done":
            if let item = frame.member("item") { finish(item, place(frame), into: &events) }
        case "response.completed", "response.incomplete":
            isDone = true
            let response = frame.member("response") ?? frame.root
            begin(response, into: &events)
            end(response, into: &events)
        case "response.failed": throw .error(frame.member("response") ?? frame.root)
        case "error": throw .error(frame.root)
        default: break
        }
    }

    private func place(_ frame: JSONDocument) -> Int { frame.member("output_index")?.int ?? 0 }

    private mutating func begin(_ response: JSONValue, into events: inout [AnswerEvent]) {
        guard !hasBegun else { return }
        hasBegun = true
        events.append(.begin(id: response.member("id")?.string, model: response.member("model")?.string))
    }

    private mutating func add(_ item: JSONValue, _ place: Int, into events: inout [AnswerEvent]) {
        let isFreeform = item.member("type")?.isString("custom_tool_call") ?? false
        guard isFreeform || item.member("type")?.isString("function_call") ?? false, calls[place] == nil else { return }
        let index = calls.count
        calls[place] = (index, false, false)
        let head = ToolCallHead(
            id: item.member("call_id")?.string ?? "", name: item.member("name")?.string ?? "", isFreeform: isFreeform,
            seal: nil)
        events.append(.call(index: index, head))
    }

    /// An item is whole: what of it had not come as a piece is taken from it.
    private mutating func finish(_ item: JSONValue, _ place: Int, into events: inout [AnswerEvent]) {
        switch item.member("type")?.string {
        case "function_call", "custom_tool_call":
            add(item, place, into: &events)
            guard let call = calls[place], !call.hasEnded else { return }
            if !call.hasArguments,
                let text = EscapedText(item.member("arguments") ?? item.member("input")), !text.isEmpty
            {
                events.append(.arguments(index: call.index, text))
            }
            calls[place] = (call.index, true, true)
            events.append(.callEnd(index: call.index))
        case "reasoning": seal(item, into: &events)
        default: break
        }
    }

    private func seal(_ item: JSONValue, into events: inout [AnswerEvent]) {
        guard let value = item.member("encrypted_content")?.string, !value.isEmpty else { return }
        events.append(.seal(Seal(.encrypted, "\(item.member("id")?.string ?? "")\n\(value)", realm: realm)))
    }

    private mutating func readWhole(_ item: JSONValue, place: Int, into events: inout [AnswerEvent]) {
        switch item.member("type")?.string {
        case "message":
            item.member("content")?.forEachElement { part in
                if let text = EscapedText(part.member("text")), !text.isEmpty {
                    hasSpoken = true
                    events.append(.text(text))
                }
                if let logprobs = part.member("logprobs"), logprobs.kind == .array, !logprobs.isEmpty {
                    events.append(.logprobs(logprobs))
                }
                if let text = EscapedText(part.member("refusal")), !text.isEmpty {
                    hasRefused = true
                    events.append(.refusal(text))
                }
                return true
            }
        case "reasoning":
            let pieces = (item.member("summary")?.elements ?? []) + (item.member("content")?.elements ?? [])
            for piece in pieces {
                if let text = EscapedText(piece.member("text")), !text.isEmpty { events.append(.reasoning(text)) }
            }
            seal(item, into: &events)
        default: finish(item, place, into: &events)
        }
    }

    private func end(_ response: JSONValue, into events: inout [AnswerEvent]) {
        if let usage = TokenUsage(responses: response.member("usage")) { events.append(.usage(usage)) }
        var stop = AnswerStop.end
        if let reason = response.member("incomplete_details")?.member("reason") {
            stop = reason.isString("content_filter") ? .refusal : .length
        } else if hasRefused, !hasSpoken {
            stop = .refusal
        }
        events.append(.stop(stop.with(calls: !calls.isEmpty)))
    }
}
