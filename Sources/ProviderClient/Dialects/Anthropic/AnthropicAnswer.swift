import NIOCore
import WireFormats

/// Anthropic's whole answers, judged and brought into OpenAI's shape.
enum AnthropicAnswer {
    /// - Parameters:
    ///   - model: as it was asked for.
    ///   - memory: what is thought before a tool is called is remembered there.
    static func check(
        _ answer: UpstreamAnswer, model: String, created: Int, memory: ThinkingMemory
    ) -> Result<CheckedAnswer, UpstreamFault> {
        let message: JSONDocument
        switch AnswerCheck.object(in: answer, isTranslated: true) {
        case .failure(let fault): return .failure(fault)
        case .success(let found): message = found
        }
        // An answer that says nothing has an empty list and a reason; one that is no answer has none.
        let said = message.member("stop_reason")?.string
        guard let content = message.member("content"), content.kind == .array, said != nil || !content.isEmpty else {
            return .failure(AnswerCheck.nothing(in: message, lacking: "content", head: answer.head))
        }
        let calls = content.elements.contains { $0.member("type")?.isString("tool_use") ?? false }
        let stopReason = said ?? (calls ? "tool_use" : "end_turn")

        remember(content, of: model, in: memory)
        let id = message.member("id")?.string
        let usage = TokenUsage(anthropic: message.member("usage"))
        let finishReason = AnthropicDialect.finishReason(stopReason)
        var output = ByteBufferAllocator().buffer(capacity: answer.body.readableBytes + 256)
        output.writeStaticString(#"{"id":"#)
        JSONString.append(id ?? "", to: &output)
        output.writeString(#","object":"chat.completion","created":\#(created),"model":"#)
        JSONString.append(message.member("model")?.string ?? model, to: &output)
        output.writeStaticString(#","choices":[{"index":0,"message":{"role":"assistant","content":"#)
        write(content, to: &output)
        output.writeString(#"},"finish_reason":"\#(finishReason)"}]"#)
        if let usage {
            output.writeStaticString(#","usage":"#)
            usage.writeOpenAI(to: &output)
        }
        output.writeStaticString("}")
        return .success(CheckedAnswer(body: output, id: id, usage: usage))
    }

    /// The text of all text blocks (`null` where there is none), then reasoning and tool calls as members beside it.
    private static func write(_ content: JSONValue, to output: inout ByteBuffer) {
        let blocks = content.elements
        func texts(_ type: StaticString, _ name: StaticString) -> [String] {
            blocks.filter { $0.member("type")?.isString(type) ?? false }.compactMap { $0.member(name)?.string }
        }
        let text = texts("text", "text")
        if text.isEmpty { output.writeStaticString("null") } else { JSONString.append(text.joined(), to: &output) }
        let reasoning = texts("thinking", "thinking")
        if !reasoning.isEmpty {
            output.writeStaticString(#","reasoning_content":"#)
            JSONString.append(reasoning.joined(), to: &output)
        }
        let sealed = blocks.filter(isSealed)
        if !sealed.isEmpty {
            output.writeStaticString(#","thinking_blocks":["#)
            output.writeImmutableBuffer(joined(sealed))
            output.writeStaticString("]")
        }
        let calls = blocks.filter { $0.member("type")?.isString("tool_use") ?? false }
        guard !calls.isEmpty else { return }
        output.writeStaticString(#","tool_calls":["#)
        for (index, call) in calls.enumerated() {
            if index > 0 { output.writeStaticString(",") }
            output.writeStaticString(#"{"id":"#)
            JSONString.append(call.member("id")?.string ?? "", to: &output)
            output.writeStaticString(#","type":"function","function":{"name":"#)
            JSONString.append(call.member("name")?.string ?? "", to: &output)
            output.writeStaticString(#","arguments":"#)
            JSONString.append(call.member("input").map { String(buffer: $0.rawBytes) } ?? "{}", to: &output)
            output.writeStaticString("}}")
        }
        output.writeStaticString("]")
    }

    /// Whether a block of thinking can be said again: with its seal, or as nothing but one.
    static func isSealed(_ block: JSONValue) -> Bool {
        guard let type = block.member("type") else { return false }
        if type.isString("redacted_thinking") { return true }
        return type.isString("thinking") && block.member("signature")?.string?.isEmpty == false
    }

    private static func joined(_ blocks: [JSONValue]) -> ByteBuffer {
        var joined = ByteBuffer()
        for (index, block) in blocks.enumerated() {
            if index > 0 { joined.writeStaticString(",") }
            joined.writeImmutableBuffer(block.rawBytes)
        }
        return joined
    }

    private static func remember(_ content: JSONValue, of model: String, in memory: ThinkingMemory) {
        let blocks = content.elements
        let sealed = blocks.filter(isSealed)
        guard !sealed.isEmpty, let call = blocks.first(where: { $0.member("type")?.isString("tool_use") ?? false }),
            let id = call.member("id")?.string
        else { return }
        memory.remember(joined(sealed), before: id, of: model)
    }
}
