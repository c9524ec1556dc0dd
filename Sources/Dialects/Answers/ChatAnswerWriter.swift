import NIOCore
import WireFormats

/// Writes whole answers as chat completions.
enum ChatAnswerWriter {
    static func body(_ answer: WholeAnswer, _ context: AnswerContext) -> ByteBuffer {
        var json = JSONBytes(capacity: 1_024)
        json.object { json in
            json.member("id", InboundShape.chat.answerID(context.id))
            json.member("object", "chat.completion")
            json.member("created", context.created)
            json.member("model", answer.model ?? context.model)
            json.key("choices")
            json.array { json in
                json.object { json in
                    json.member("index", 0)
                    json.key("message")
                    json.object { writeMessage(answer, context, &$0) }
                    json.key("logprobs")
                    writeLogprobs(answer, &json)
                    json.member("finish_reason", answer.finalStop.finishReason)
                }
            }
            if let usage = answer.usage {
                json.key("usage")
                usage.writeChat(to: &json)
            }
        }
        return json.buffer
    }

    private static func writeMessage(_ answer: WholeAnswer, _ context: AnswerContext, _ json: inout JSONBytes) {
        json.member("role", "assistant")
        var text: EscapedText?
        var refusal: EscapedText?
        for part in answer.parts {
            switch part {
            case .text(let piece, _): text = text.map { $0.appending(piece) } ?? piece
            case .refusal(let piece): refusal = refusal.map { $0.appending(piece) } ?? piece
            default: break
            }
        }
        if let text { json.member("content", text) } else { json.member("content", nil as String?) }
        if let refusal { json.member("refusal", refusal) } else { json.member("refusal", nil as String?) }
        let reasoning = answer.reasoning
        let thought = reasoning.reduce(EscapedText()) { $0.appending($1.text) }
        if !thought.isEmpty { json.member("reasoning_content", thought) }
        let sealed = reasoning.filter { $0.seal != nil }
        if !sealed.isEmpty {
            json.key("reasoning_details")
            json.array { json in sealed.forEach { writeDetail($0, &json) } }
        }
        let calls = answer.calls
        guard !calls.isEmpty else { return }
        json.key("tool_calls")
        json.array { json in
            for call in calls {
                json.object { json in
                    writeHead(call.head, call.index, context, &json) { json in
                        let isFreeform = context.names[call.head.name].isFreeform
                        if isFreeform {
                            json.member("input", call.freeText)
                        } else {
                            json.member("arguments", call.text)
                        }
                    }
                }
            }
        }
    }

    /// What is sealed, with what it seals, for clients that say it again.
    static func writeDetail(_ reasoning: Reasoning, _ json: inout JSONBytes) {
        guard let seal = reasoning.seal else { return }
        json.object { json in
            json.member("type", "reasoning.encrypted")
            if !reasoning.text.isEmpty { json.member("text", reasoning.text) }
            json.member("data", seal.travelling)
        }
    }

    /// A call's members but its number.
    static func writeHead(
        _ head: ToolCallHead, _ index: Int, _ context: AnswerContext, _ json: inout JSONBytes,
        arguments: (inout JSONBytes) -> Void
    ) {
        let identity = context.names[head.name]
        json.member("id", context.callID(head, index))
        json.member("type", identity.isFreeform ? "custom" : "function")
        json.key(identity.isFreeform ? "custom" : "function")
        json.object { json in
            json.member("name", identity.name)
            arguments(&json)
        }
        guard let seal = head.seal else { return }
        json.key("extra_content")
        json.object { json in
            json.key("google")
            json.object { $0.member("thought_signature", seal.travelling) }
        }
    }

    private static func writeLogprobs(_ answer: WholeAnswer, _ json: inout JSONBytes) {
        var lists: [JSONValue] = []
        for case .text(_, let more) in answer.parts { lists += more }
        guard !lists.isEmpty else { return json.null() }
        json.object { json in
            json.key("content")
            json.array { json in for list in lists { list.elements.forEach { json.value($0) } } }
        }
    }
}

/// Writes an answer as chunks of a chat completion.
struct ChatStreamWriter: AnswerStreamWriter {
    private let context: AnswerContext
    private var model: String
    private var hasBegun = false
    private var usage: TokenUsage?
    private var stop: AnswerStop?
    private var reasoning = EscapedText()
    /// By the reader's number.
    private var calls: [Int: Call] = [:]
    private var order: [Int] = []

    private struct Call {
        let number: Int
        let isFreeform: Bool
        var hasArguments = false
        var hasEnded = false
        /// Held back where the client wants text and the provider gives the object that holds it.
        var held: WholeAnswer.Call?
    }

    init(_ context: AnswerContext) {
        self.context = context
        model = context.model
    }

    mutating func write(_ event: AnswerEvent, to output: inout ByteBuffer) {
        switch event {
        case .begin(_, let name):
            if let name { model = name }
            begin(&output)
        case .text(let text): delta(&output) { $0.member("content", text) }
        case .logprobs(let list):
            chunk(&output, finish: nil, logprobs: list) { _ in }
        case .reasoning(let text):
            reasoning.append(text)
            delta(&output) { $0.member("reasoning_content", text) }
        case .seal(let seal):
            let sealed = Reasoning(text: seal.kind == .redacted ? EscapedText() : reasoning, seal: seal)
            reasoning = EscapedText()
            delta(&output) { json in
                json.key("reasoning_details")
                json.array { ChatAnswerWriter.writeDetail(sealed, &$0) }
            }
        case .refusal(let text): delta(&output) { $0.member("refusal", text) }
        case .call(let index, let head): beginCall(index, head, &output)
        case .arguments(let index, let piece): add(piece, to: index, &output)
        case .callEnd(let index): endCall(index, &output)
        case .usage(let more): if usage == nil { usage = more } else { usage?.update(with: more) }
        case .stop(let stop):
            order.forEach { endCall($0, &output) }
            guard self.stop == nil else { return }
            self.stop = stop.with(calls: !calls.isEmpty)
            chunk(&output, finish: self.stop?.finishReason, logprobs: nil) { _ in }
        }
    }

    mutating func end(to output: inout ByteBuffer) {
        if stop == nil { write(.stop(.end), to: &output) }
        if context.wantsUsage, let usage {
            var json = JSONBytes()
            json.object { json in
                writeHead(&json)
                json.key("choices")
                json.array { _ in }
                json.key("usage")
                usage.writeChat(to: &json)
            }
            EventFrame.write(json, to: &output)
        }
        output.writeStaticString("data: [DONE]\n\n")
    }

    // MARK: - Calls

    private mutating func beginCall(_ index: Int, _ head: ToolCallHead, _ output: inout ByteBuffer) {
        guard calls[index] == nil else { return }
        let isFreeform = context.names[head.name].isFreeform
        var call = Call(number: calls.count, isFreeform: isFreeform)
        if isFreeform, !head.isFreeform { call.held = WholeAnswer.Call(index: index, head: head) }
        calls[index] = call
        order.append(index)
        let context = context
        delta(&output) { json in
            json.key("tool_calls")
            json.array { json in
                json.object { json in
                    json.member("index", call.number)
                    ChatAnswerWriter.writeHead(head, index, context, &json) { json in
                        json.member(isFreeform ? "input" : "arguments", "")
                    }
                }
            }
        }
    }

    private mutating func add(_ piece: EscapedText, to index: Int, _ output: inout ByteBuffer) {
        guard var call = calls[index], !call.hasEnded, !piece.isEmpty else { return }
        if call.held != nil {
            call.held?.arguments.append(piece)
        } else {
            call.hasArguments = true
            write(piece, of: call, &output)
        }
        calls[index] = call
    }

    private mutating func write(_ piece: EscapedText, of call: Call, _ output: inout ByteBuffer) {
        delta(&output) { json in
            json.key("tool_calls")
            json.array { json in
                json.object { json in
                    json.member("index", call.number)
                    json.key(call.isFreeform ? "custom" : "function")
                    json.object { $0.member(call.isFreeform ? "input" : "arguments", piece) }
                }
            }
        }
    }

    private mutating func endCall(_ index: Int, _ output: inout ByteBuffer) {
        guard let call = calls[index], !call.hasEnded else { return }
        calls[index]?.hasEnded = true
        if let held = call.held {
            if !held.freeText.isEmpty { write(held.freeText, of: call, &output) }
        } else if !call.hasArguments, !call.isFreeform {
            write(EscapedText("{}"), of: call, &output)
        }
    }

    // MARK: - Chunks

    private mutating func begin(_ output: inout ByteBuffer) {
        guard !hasBegun else { return }
        hasBegun = true
        chunk(&output, finish: nil, logprobs: nil) { json in
            json.member("role", "assistant")
            json.member("content", "")
        }
    }

    private mutating func delta(_ output: inout ByteBuffer, _ members: (inout JSONBytes) -> Void) {
        begin(&output)
        chunk(&output, finish: nil, logprobs: nil, members)
    }

    private func chunk(
        _ output: inout ByteBuffer, finish: String?, logprobs: JSONValue?, _ delta: (inout JSONBytes) -> Void
    ) {
        var json = JSONBytes()
        json.object { json in
            writeHead(&json)
            json.key("choices")
            json.array { json in
                json.object { json in
                    json.member("index", 0)
                    json.key("delta")
                    json.object { delta(&$0) }
                    if let logprobs {
                        json.key("logprobs")
                        json.object { $0.member("content", logprobs) }
                    }
                    json.member("finish_reason", finish)
                }
            }
        }
        EventFrame.write(json, to: &output)
    }

    private func writeHead(_ json: inout JSONBytes) {
        json.member("id", InboundShape.chat.answerID(context.id))
        json.member("object", "chat.completion.chunk")
        json.member("created", context.created)
        json.member("model", model)
    }
}

extension EscapedText {
    func appending(_ other: EscapedText) -> EscapedText {
        var text = self
        text.append(other)
        return text
    }
}
