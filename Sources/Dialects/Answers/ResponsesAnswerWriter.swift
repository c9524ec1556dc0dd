import NIOCore
import WireFormats

/// Writes whole answers as responses of OpenAI's.
enum ResponsesAnswerWriter {
    static func body(_ answer: WholeAnswer, _ context: AnswerContext) -> ByteBuffer {
        var items: [ByteBuffer] = []
        for part in answer.parts { items.append(item(part, number: items.count, context)) }
        return response(
            ending(answer.finalStop, hasRefusal: answer.hasRefusal), model: answer.model ?? context.model, items: items,
            usage: answer.usage, context
        ).buffer
    }

    /// How a response stands.
    enum State {
        case inProgress, completed
        case incomplete(String)
    }

    static func ending(_ stop: AnswerStop, hasRefusal: Bool) -> State {
        switch stop {
        case .length: .incomplete("max_output_tokens")
        case .refusal: hasRefusal ? .completed : .incomplete("content_filter")
        case .end, .toolCalls, .stopSequence, .pause: .completed
        }
    }

    static func response(
        _ state: State, model: String, items: [ByteBuffer], usage: TokenUsage?, _ context: AnswerContext
    ) -> JSONBytes {
        var json = JSONBytes(capacity: 1_024)
        json.object { json in
            json.member("id", InboundShape.responses.answerID(context.id))
            json.member("object", "response")
            json.member("created_at", context.created)
            switch state {
            case .inProgress: json.member("status", "in_progress")
            case .completed: json.member("status", "completed")
            case .incomplete: json.member("status", "incomplete")
            }
            json.member("error", nil as String?)
            json.key("incomplete_details")
            if case .incomplete(let reason) = state { json.object { $0.member("reason", reason) } } else { json.null() }
            json.member("model", model)
            json.key("output")
            json.array { json in items.forEach { json.raw($0) } }
            writeRequest(context.request, &json)
            json.key("usage")
            if let usage { usage.writeResponses(to: &json) } else { json.null() }
        }
        return json
    }

    /// What a response repeats of its request, with what counts where it says nothing.
    private static func writeRequest(_ request: JSONDocument?, _ json: inout JSONBytes) {
        func member(_ name: StaticString, otherwise usual: StaticString) {
            json.key(name.description)
            if let value = request?.member(name) { json.value(value) } else { json.raw(usual.description) }
        }
        member("parallel_tool_calls", otherwise: "true")
        member("tool_choice", otherwise: "\"auto\"")
        member("tools", otherwise: "[]")
        member("instructions", otherwise: "null")
        member("metadata", otherwise: "{}")
        member("temperature", otherwise: "null")
        member("top_p", otherwise: "null")
        member("max_output_tokens", otherwise: "null")
        member("reasoning", otherwise: "null")
        member("text", otherwise: "null")
        member("truncation", otherwise: "\"disabled\"")
        json.member("previous_response_id", nil as String?)
        // What is translated is kept by nobody.
        json.member("store", false)
    }

    /// An item of the output, whole.
    static func item(_ part: WholeAnswer.Part, number: Int, _ context: AnswerContext) -> ByteBuffer {
        var json = JSONBytes()
        json.object { json in
            switch part {
            case .text(let text, let logprobs):
                writeMessageHead(number, "completed", context, &json)
                json.key("content")
                json.array { json in json.object { writeText(text, logprobs, &$0) } }
            case .refusal(let text):
                writeMessageHead(number, "completed", context, &json)
                json.key("content")
                json.array { json in json.object { writeRefusal(text, &$0) } }
            case .reasoning(let reasoning): writeReasoning(reasoning, number, context, &json)
            case .call(let call):
                let isFreeform = context.names[call.head.name].isFreeform
                writeCallHead(call.head, call.index, number, isFreeform ? nil : "completed", context, &json)
                if isFreeform { json.member("input", call.freeText) } else { json.member("arguments", call.text) }
            }
        }
        return json.buffer
    }

    static func writeMessageHead(
        _ number: Int, _ status: String, _ context: AnswerContext, _ json: inout JSONBytes
    ) {
        json.member("type", "message")
        json.member("id", "msg_\(context.id)_\(number)")
        json.member("status", status)
        json.member("role", "assistant")
    }

    static func writeText(_ text: EscapedText, _ logprobs: [JSONValue], _ json: inout JSONBytes) {
        json.member("type", "output_text")
        json.member("text", text)
        json.key("annotations")
        json.array { _ in }
        json.key("logprobs")
        json.array { json in for list in logprobs { list.elements.forEach { json.value($0) } } }
    }

    static func writeRefusal(_ text: EscapedText, _ json: inout JSONBytes) {
        json.member("type", "refusal")
        json.member("refusal", text)
    }

    static func writeReasoning(
        _ reasoning: Reasoning, _ number: Int, _ context: AnswerContext, _ json: inout JSONBytes
    ) {
        json.member("type", "reasoning")
        json.member("id", "rs_\(context.id)_\(number)")
        json.key("summary")
        json.array { json in
            guard !reasoning.text.isEmpty else { return }
            json.object { writeSummary(reasoning.text, &$0) }
        }
        if let seal = reasoning.seal { json.member("encrypted_content", seal.travelling) }
    }

    static func writeSummary(_ text: EscapedText, _ json: inout JSONBytes) {
        json.member("type", "summary_text")
        json.member("text", text)
    }

    static func writeCallHead(
        _ head: ToolCallHead, _ index: Int, _ number: Int, _ status: String?, _ context: AnswerContext,
        _ json: inout JSONBytes
    ) {
        let identity = context.names[head.name]
        json.member("type", identity.isFreeform ? "custom_tool_call" : "function_call")
        json.member("id", callItemID(identity, number, context))
        json.member("call_id", context.callID(head, index))
        json.member("name", identity.name)
        if let namespace = identity.namespace { json.member("namespace", namespace) }
        if let status { json.member("status", status) }
    }

    static func callItemID(_ identity: ToolNames.Identity, _ number: Int, _ context: AnswerContext) -> String {
        "\(identity.isFreeform ? "ctc" : "fc")_\(context.id)_\(number)"
    }
}

extension WholeAnswer {
    var hasRefusal: Bool { parts.contains { if case .refusal = $0 { true } else { false } } }
}

/// Writes an answer as the events of a response: every event has its number, every item is told of before anything of it is.
struct ResponsesStreamWriter: AnswerStreamWriter {
    private let context: AnswerContext
    private var model: String
    private var hasBegun = false
    private var sequence = 0
    var nextSequenceNumber: Int { sequence }
    private var usage: TokenUsage?
    private var stop: AnswerStop?
    private var hasRefusal = false
    /// What has been said so far, in the order of the output, and whether it is whole.
    private var items: [(part: WholeAnswer.Part, isDone: Bool)] = []
    /// The item of text, refusal or reasoning that is open.
    private var open: Int?
    /// The items of calls, by the reader's numbers.
    private var calls: [Int: Int] = [:]

    init(_ context: AnswerContext) {
        self.context = context
        model = context.model
    }

    mutating func write(_ event: AnswerEvent, to output: inout ByteBuffer) {
        switch event {
        case .begin(_, let name):
            if let name { model = name }
            begin(&output)
        case .text(let piece): text(piece, &output)
        case .logprobs(let list):
            if let open, case .text(let text, let logprobs) = items[open].part {
                items[open].part = .text(text, logprobs: logprobs + [list])
            }
        case .reasoning(let piece): reasoning(piece, &output)
        case .seal(let seal): self.seal(seal, &output)
        case .refusal(let piece): refusal(piece, &output)
        case .call(let index, let head): beginCall(index, head, &output)
        case .arguments(let index, let piece): add(piece, to: index, &output)
        case .callEnd(let index): if let number = calls[index] { finish(number, &output) }
        case .usage(let more): if usage == nil { usage = more } else { usage?.update(with: more) }
        case .stop(let stop):
            begin(&output)
            self.stop = self.stop ?? stop
        }
    }

    mutating func end(to output: inout ByteBuffer) {
        begin(&output)
        for number in items.indices { finish(number, &output) }
        let stop = (stop ?? .end).with(calls: !calls.isEmpty)
        let state = ResponsesAnswerWriter.ending(stop, hasRefusal: hasRefusal)
        var name = "response.completed"
        if case .incomplete = state { name = "response.incomplete" }
        writeResponse(name, state, &output)
    }

    // MARK: - Events

    private mutating func event(
        _ name: String, _ output: inout ByteBuffer, item: Int? = nil, _ members: (inout JSONBytes) -> Void
    ) {
        var json = JSONBytes()
        json.object { json in
            json.member("type", name)
            json.member("sequence_number", sequence)
            if let item { json.member("output_index", item) }
            members(&json)
        }
        sequence += 1
        EventFrame.write(name, json, to: &output)
    }

    private mutating func writeResponse(
        _ name: String, _ state: ResponsesAnswerWriter.State, _ output: inout ByteBuffer
    ) {
        let whole = items.enumerated().filter(\.element.isDone).map {
            ResponsesAnswerWriter.item($0.element.part, number: $0.offset, context)
        }
        let response = ResponsesAnswerWriter.response(state, model: model, items: whole, usage: usage, context).buffer
        event(name, &output) { $0.member("response", raw: response) }
    }

    private mutating func begin(_ output: inout ByteBuffer) {
        guard !hasBegun else { return }
        hasBegun = true
        writeResponse("response.created", .inProgress, &output)
        writeResponse("response.in_progress", .inProgress, &output)
    }

    private func itemID(_ number: Int) -> String {
        switch items[number].part {
        case .text, .refusal: "msg_\(context.id)_\(number)"
        case .reasoning: "rs_\(context.id)_\(number)"
        case .call(let call):
            ResponsesAnswerWriter.callItemID(context.names[call.head.name], number, context)
        }
    }

    /// Begins an item; the one that is open is whole then.
    private mutating func add(
        _ part: WholeAnswer.Part, _ output: inout ByteBuffer, _ members: (inout JSONBytes) -> Void
    ) -> Int {
        begin(&output)
        if let open { finish(open, &output) }
        let number = items.count
        items.append((part, false))
        event("response.output_item.added", &output, item: number) { json in
            json.key("item")
            json.object { members(&$0) }
        }
        return number
    }

    // MARK: - Text and refusals

    private mutating func openMessage(_ part: WholeAnswer.Part, _ output: inout ByteBuffer) {
        let context = context
        let next = items.count
        let number = add(part, &output) { json in
            ResponsesAnswerWriter.writeMessageHead(next, "in_progress", context, &json)
            json.key("content")
            json.array { _ in }
        }
        open = number
        contentPart(number, "response.content_part.added", part, &output)
    }

    private mutating func contentPart(
        _ number: Int, _ name: String, _ part: WholeAnswer.Part, _ output: inout ByteBuffer
    ) {
        let id = itemID(number)
        event(name, &output, item: number) { json in
            json.member("item_id", id)
            json.member("content_index", 0)
            json.key("part")
            json.object { json in
                switch part {
                case .text(let text, let logprobs): ResponsesAnswerWriter.writeText(text, logprobs, &json)
                case .refusal(let text): ResponsesAnswerWriter.writeRefusal(text, &json)
                default: break
                }
            }
        }
    }

    private mutating func text(_ piece: EscapedText, _ output: inout ByteBuffer) {
        if let open, case .text = items[open].part {
            items[open].part.append(piece)
        } else {
            openMessage(.text(EscapedText(), logprobs: []), &output)
            items[items.count - 1].part = .text(piece, logprobs: [])
        }
        content("response.output_text.delta", "delta", piece, hasLogprobs: true, &output)
    }

    private mutating func refusal(_ piece: EscapedText, _ output: inout ByteBuffer) {
        hasRefusal = true
        if let open, case .refusal = items[open].part {
            items[open].part.append(piece)
        } else {
            openMessage(.refusal(EscapedText()), &output)
            items[items.count - 1].part = .refusal(piece)
        }
        content("response.refusal.delta", "delta", piece, hasLogprobs: false, &output)
    }

    private mutating func content(
        _ name: String, _ member: String, _ text: EscapedText, hasLogprobs: Bool, _ output: inout ByteBuffer
    ) {
        guard let open else { return }
        let id = itemID(open)
        event(name, &output, item: open) { json in
            json.member("item_id", id)
            json.member("content_index", 0)
            json.member(member, text)
            if hasLogprobs {
                json.key("logprobs")
                json.array { _ in }
            }
        }
    }

    // MARK: - Reasoning

    private mutating func reasoning(_ piece: EscapedText, _ output: inout ByteBuffer) {
        if let open, case .reasoning = items[open].part {
            items[open].part.append(piece)
        } else {
            openReasoning(Reasoning(text: EscapedText()), &output)
            items[items.count - 1].part = .reasoning(Reasoning(text: piece))
            summary("response.reasoning_summary_part.added", &output) { json in
                json.key("part")
                json.object { ResponsesAnswerWriter.writeSummary(EscapedText(), &$0) }
            }
        }
        summary("response.reasoning_summary_text.delta", &output) { $0.member("delta", piece) }
    }

    private mutating func openReasoning(_ reasoning: Reasoning, _ output: inout ByteBuffer) {
        let context = context
        let next = items.count
        open = add(.reasoning(reasoning), &output) { json in
            ResponsesAnswerWriter.writeReasoning(Reasoning(text: EscapedText()), next, context, &json)
        }
    }

    private mutating func seal(_ seal: Seal, _ output: inout ByteBuffer) {
        if let open, seal.kind != .redacted, case .reasoning(var reasoning) = items[open].part {
            reasoning.seal = seal
            items[open].part = .reasoning(reasoning)
        } else {
            openReasoning(Reasoning(text: EscapedText(), seal: seal), &output)
        }
        if let open { finish(open, &output) }
    }

    private mutating func summary(_ name: String, _ output: inout ByteBuffer, _ members: (inout JSONBytes) -> Void) {
        guard let open else { return }
        let id = itemID(open)
        event(name, &output, item: open) { json in
            json.member("item_id", id)
            json.member("summary_index", 0)
            members(&json)
        }
    }

    // MARK: - Calls

    private mutating func beginCall(_ index: Int, _ head: ToolCallHead, _ output: inout ByteBuffer) {
        guard calls[index] == nil else { return }
        let context = context
        let isFreeform = context.names[head.name].isFreeform
        let next = items.count
        calls[index] = add(.call(WholeAnswer.Call(index: index, head: head)), &output) { json in
            ResponsesAnswerWriter.writeCallHead(
                head, index, next, isFreeform ? nil : "in_progress", context, &json)
            json.member(isFreeform ? "input" : "arguments", "")
        }
    }

    private mutating func add(_ piece: EscapedText, to index: Int, _ output: inout ByteBuffer) {
        guard let number = calls[index], !items[number].isDone else { return }
        items[number].part.append(piece)
        guard case .call(let call) = items[number].part else { return }
        let isFreeform = context.names[call.head.name].isFreeform
        // Where the client wants text and the provider gives the object that holds it, it is told when that is whole.
        guard !isFreeform || call.head.isFreeform else { return }
        writeDelta(piece, of: number, isFreeform: isFreeform, &output)
    }

    private mutating func writeDelta(
        _ piece: EscapedText, of number: Int, isFreeform: Bool, _ output: inout ByteBuffer
    ) {
        let id = itemID(number)
        let name = isFreeform ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta"
        event(name, &output, item: number) { json in
            json.member("item_id", id)
            json.member("delta", piece)
        }
    }

    private mutating func finishCall(_ call: WholeAnswer.Call, _ number: Int, _ output: inout ByteBuffer) {
        let id = itemID(number)
        let identity = context.names[call.head.name]
        guard !identity.isFreeform else {
            let text = call.freeText
            if !call.head.isFreeform, !text.isEmpty { writeDelta(text, of: number, isFreeform: true, &output) }
            event("response.custom_tool_call_input.done", &output, item: number) { json in
                json.member("item_id", id)
                json.member("input", text)
            }
            return
        }
        if call.arguments.isEmpty { writeDelta(call.text, of: number, isFreeform: false, &output) }
        event("response.function_call_arguments.done", &output, item: number) { json in
            json.member("item_id", id)
            json.member("name", identity.name)
            json.member("arguments", call.text)
        }
    }

    // MARK: - Ends of items

    private mutating func finish(_ number: Int, _ output: inout ByteBuffer) {
        guard !items[number].isDone else { return }
        let whole = items[number].part
        switch whole {
        case .text(let text, _):
            content("response.output_text.done", "text", text, hasLogprobs: true, &output)
            contentPart(number, "response.content_part.done", whole, &output)
        case .refusal(let text):
            content("response.refusal.done", "refusal", text, hasLogprobs: false, &output)
            contentPart(number, "response.content_part.done", whole, &output)
        case .reasoning(let reasoning):
            if !reasoning.text.isEmpty {
                summary("response.reasoning_summary_text.done", &output) { $0.member("text", reasoning.text) }
                summary("response.reasoning_summary_part.done", &output) { json in
                    json.key("part")
                    json.object { ResponsesAnswerWriter.writeSummary(reasoning.text, &$0) }
                }
            }
        case .call(let call): finishCall(call, number, &output)
        }
        items[number].isDone = true
        if open == number { open = nil }
        let item = ResponsesAnswerWriter.item(whole, number: number, context)
        event("response.output_item.done", &output, item: number) { $0.member("item", raw: item) }
    }
}
