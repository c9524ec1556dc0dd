package import NIOCore
package import WireFormats

extension InboundShape {
    /// A whole answer as the events of the stream that was asked for: for providers that answer whole where a stream was wanted.
    ///
    /// - Parameter answer: in this shape.
    /// - Returns: nil for what is no answer, and for chats, whose streams are of chunks.
    package func events(of answer: JSONDocument) -> ByteBuffer? {
        var output = ByteBufferAllocator().buffer(capacity: 2 * answer.text.readableBytes + 1_024)
        switch self {
        case .chat: return nil
        case .messages:
            guard let content = answer.member("content"), content.kind == .array else { return nil }
            MessageEvents.write(answer, content, to: &output)
        case .responses:
            guard let items = answer.member("output"), items.kind == .array else { return nil }
            var events = ResponseEvents()
            events.write(answer, items, to: &output)
        }
        return output
    }

    /// The whole answer that the events of a stream tell, in this shape: for providers that stream where nobody wanted it.
    ///
    /// - Parameter events: their data, in order; the stream has ended well.
    /// - Returns: nil where they tell of none, and for chats.
    package func whole(ofEvents events: [JSONDocument]) -> ByteBuffer? {
        switch self {
        case .chat: nil
        case .messages: MessageEvents.whole(events)
        case .responses:
            events.last { ["response.completed", "response.incomplete"].contains($0.member("type")?.string) }?
                .member("response").flatMap { $0.kind == .object ? $0.rawBytes : nil }
        }
    }
}

extension JSONBytes {
    /// The members of an object, some of them with other values.
    fileprivate mutating func members(of object: JSONValue, _ others: [String: StaticString]) {
        object.forEachMember { name, value in
            if let other = others[name], !value.isNull {
                key(name)
                raw(other.description)
            } else {
                member(name, raw: value.rawBytes)
            }
            return true
        }
    }
}

/// Anthropic's events.
private enum MessageEvents {
    /// Blocks whose `input` comes in pieces.
    private static let calls: Set<String> = ["tool_use", "server_tool_use", "mcp_tool_use"]

    private static func event(_ name: String, _ output: inout ByteBuffer, _ write: (inout JSONBytes) -> Void) {
        var json = JSONBytes()
        json.object { json in
            json.member("type", name)
            write(&json)
        }
        EventFrame.write(name, json, to: &output)
    }

    static func write(_ message: JSONDocument, _ content: JSONValue, to output: inout ByteBuffer) {
        event("message_start", &output) { json in
            json.key("message")
            json.object {
                $0.members(of: message.root, ["content": "[]", "stop_reason": "null", "stop_sequence": "null"])
            }
        }
        var index = 0
        content.forEachElement { block in
            write(block, index, to: &output)
            index += 1
            return true
        }
        event("message_delta", &output) { json in
            json.key("delta")
            json.object { json in
                for name in ["stop_reason", "stop_sequence"] as [StaticString] {
                    json.key(name.description)
                    if let value = message.member(name) { json.value(value) } else { json.null() }
                }
            }
            if let usage = message.member("usage") { json.member("usage", raw: usage.rawBytes) }
        }
        event("message_stop", &output) { _ in }
    }

    private static func write(_ block: JSONValue, _ index: Int, to output: inout ByteBuffer) {
        let type = block.member("type")?.string ?? ""
        let isCall = calls.contains(type)
        var others: [String: StaticString] = [:]
        switch type {
        case "text": others = ["text": "\"\"", "citations": "[]"]
        case "thinking": others = ["thinking": "\"\"", "signature": "\"\""]
        case _ where isCall: others = ["input": "{}"]
        default: break
        }
        event("content_block_start", &output) { json in
            json.member("index", index)
            json.key("content_block")
            json.object { $0.members(of: block, others) }
        }
        func delta(_ type: String, _ name: String, _ value: JSONValue?) {
            guard let value, value.range.count > 2 else { return }
            event("content_block_delta", &output) { json in
                json.member("index", index)
                json.key("delta")
                json.object { json in
                    json.member("type", type)
                    json.member(name, raw: value.rawBytes)
                }
            }
        }
        switch type {
        case "text":
            block.member("citations")?.forEachElement {
                delta("citations_delta", "citation", $0)
                return true
            }
            delta("text_delta", "text", block.member("text"))
        case "thinking":
            delta("thinking_delta", "thinking", block.member("thinking"))
            delta("signature_delta", "signature", block.member("signature"))
        case _ where isCall:
            event("content_block_delta", &output) { json in
                json.member("index", index)
                json.key("delta")
                json.object { json in
                    json.member("type", "input_json_delta")
                    json.member("partial_json", block.member("input").map { String(buffer: $0.rawBytes) } ?? "{}")
                }
            }
        default: break
        }
        event("content_block_stop", &output) { $0.member("index", index) }
    }

    /// A block as its events tell it.
    private struct Block {
        let start: JSONValue
        /// Of strings, what stands between their quotes, by the member's name.
        var pieces: [String: ByteBuffer] = [:]
        var input = ""
        var citations: [ByteBuffer] = []

        mutating func add(_ delta: JSONValue) {
            switch delta.member("type")?.string {
            case "text_delta": join(delta, "text")
            case "thinking_delta": join(delta, "thinking")
            case "signature_delta": join(delta, "signature")
            case "input_json_delta": input += delta.member("partial_json")?.string ?? ""
            case "citations_delta": if let citation = delta.member("citation") { citations.append(citation.rawBytes) }
            default: break
            }
        }

        private mutating func join(_ delta: JSONValue, _ name: StaticString) {
            guard let value = delta.member(name), value.kind == .string else { return }
            let bytes = value.rawBytes
            let inner = bytes.getSlice(at: bytes.readerIndex + 1, length: bytes.readableBytes - 2) ?? ByteBuffer()
            pieces[name.description, default: ByteBuffer()].writeImmutableBuffer(inner)
        }

        func write(to json: inout JSONBytes) {
            var left = pieces
            start.forEachMember { name, value in
                if let piece = left.removeValue(forKey: name) {
                    json.member(name, escaped: piece)
                } else if name == "input", let whole = try? JSONDocument(parsing: ByteBuffer(string: input)) {
                    json.member(name, raw: whole.text)
                } else if name == "citations", !citations.isEmpty {
                    json.key(name)
                    json.array { json in citations.forEach { json.raw($0) } }
                } else {
                    json.member(name, raw: value.rawBytes)
                }
                return true
            }
            for (name, piece) in left { json.member(name, escaped: piece) }
        }
    }

    static func whole(_ events: [JSONDocument]) -> ByteBuffer? {
        var message: JSONValue?
        var blocks: [Int: Block] = [:]
        var ending: JSONDocument?
        for event in events {
            let index = event.member("index")?.int ?? 0
            switch event.member("type")?.string {
            case "message_start": message = event.member("message")
            case "content_block_start": blocks[index] = event.member("content_block").map { Block(start: $0) }
            case "content_block_delta": if let delta = event.member("delta") { blocks[index]?.add(delta) }
            case "message_delta": ending = event
            default: break
            }
        }
        guard let message, message.kind == .object, let ending else { return nil }
        let delta = ending.member("delta")
        var json = JSONBytes(capacity: 1_024)
        json.object { json in
            message.forEachMember { name, value in
                switch name {
                case "content":
                    json.key(name)
                    json.array { json in
                        for index in blocks.keys.sorted() { json.object { blocks[index]?.write(to: &$0) } }
                    }
                case "stop_reason": json.member(name, raw: delta?.member("stop_reason")?.rawBytes ?? value.rawBytes)
                case "stop_sequence": json.member(name, raw: delta?.member("stop_sequence")?.rawBytes ?? value.rawBytes)
                case "usage": json.member(name, raw: merged(value, ending.member("usage")))
                default: json.member(name, raw: value.rawBytes)
                }
                return true
            }
        }
        return json.buffer
    }

    /// The counts at the start, and over them those at the end.
    private static func merged(_ start: JSONValue, _ end: JSONValue?) -> ByteBuffer {
        guard let end, end.kind == .object, start.kind == .object else { return start.rawBytes }
        var last: Set<String> = []
        end.forEachMember { name, _ in
            last.insert(name)
            return true
        }
        var json = JSONBytes()
        json.object { json in
            start.forEachMember { name, value in
                if !last.contains(name) { json.member(name, raw: value.rawBytes) }
                return true
            }
            json.members(of: end, [:])
        }
        return json.buffer
    }
}

/// The events of OpenAI's responses.
private struct ResponseEvents {
    private var number = 0

    private mutating func event(_ name: String, _ output: inout ByteBuffer, _ write: (inout JSONBytes) -> Void) {
        var json = JSONBytes()
        json.object { json in
            json.member("type", name)
            json.member("sequence_number", number)
            write(&json)
        }
        EventFrame.write(name, json, to: &output)
        number += 1
    }

    mutating func write(_ response: JSONDocument, _ items: JSONValue, to output: inout ByteBuffer) {
        let begun: [String: StaticString] = [
            "status": "\"in_progress\"", "output": "[]", "usage": "null", "incomplete_details": "null",
            "completed_at": "null",
        ]
        for name in ["response.created", "response.in_progress"] {
            event(name, &output) { json in
                json.key("response")
                json.object { $0.members(of: response.root, begun) }
            }
        }
        for (place, item) in items.elements.enumerated() { write(item, place, to: &output) }
        let isCut = response.member("status")?.isString("incomplete") ?? false
        event(isCut ? "response.incomplete" : "response.completed", &output) {
            $0.member("response", raw: response.text)
        }
    }

    private mutating func write(_ item: JSONValue, _ place: Int, to output: inout ByteBuffer) {
        let type = item.member("type")?.string ?? ""
        let others: [String: StaticString] =
            switch type {
            case "message": ["content": "[]", "status": "\"in_progress\""]
            case "function_call": ["arguments": "\"\"", "status": "\"in_progress\""]
            case "custom_tool_call": ["input": "\"\"", "status": "\"in_progress\""]
            case "reasoning": ["summary": "[]", "status": "\"in_progress\""]
            default: [:]
            }
        event("response.output_item.added", &output) { json in
            json.member("output_index", place)
            json.key("item")
            json.object { $0.members(of: item, others) }
        }
        switch type {
        case "message":
            for (index, part) in (item.member("content")?.elements ?? []).enumerated() {
                write(part: part, index, of: item, place, to: &output)
            }
        case "function_call": writeInput("response.function_call_arguments", "arguments", item, place, to: &output)
        case "custom_tool_call": writeInput("response.custom_tool_call_input", "input", item, place, to: &output)
        case "reasoning":
            for (index, part) in (item.member("summary")?.elements ?? []).enumerated() {
                write(summary: part, index, of: item, place, to: &output)
            }
        default: break
        }
        event("response.output_item.done", &output) { json in
            json.member("output_index", place)
            json.member("item", raw: item.rawBytes)
        }
    }

    private static func place(_ item: JSONValue, _ place: Int, _ json: inout JSONBytes) {
        json.key("item_id")
        if let id = item.member("id") { json.value(id) } else { json.value("") }
        json.member("output_index", place)
    }

    private mutating func writeInput(
        _ name: String, _ member: StaticString, _ item: JSONValue, _ place: Int, to output: inout ByteBuffer
    ) {
        guard let input = item.member(member) else { return }
        for (suffix, field) in [(".delta", "delta"), (".done", member.description)] {
            event(name + suffix, &output) { json in
                Self.place(item, place, &json)
                if suffix == ".done", let name = item.member("name") { json.member("name", raw: name.rawBytes) }
                json.member(field, raw: input.rawBytes)
            }
        }
    }

    private mutating func write(
        part: JSONValue, _ index: Int, of item: JSONValue, _ place: Int, to output: inout ByteBuffer
    ) {
        let isRefusal = part.member("type")?.isString("refusal") ?? false
        let name: StaticString = isRefusal ? "refusal" : "text"
        let kind = isRefusal ? "response.refusal" : "response.output_text"
        func locate(_ json: inout JSONBytes) {
            Self.place(item, place, &json)
            json.member("content_index", index)
        }
        event("response.content_part.added", &output) { json in
            locate(&json)
            json.key("part")
            json.object {
                $0.members(of: part, ["text": "\"\"", "refusal": "\"\"", "annotations": "[]", "logprobs": "[]"])
            }
        }
        if let text = part.member(name), text.kind == .string {
            for (suffix, field) in [(".delta", "delta"), (".done", name.description)] {
                event(kind + suffix, &output) { json in
                    locate(&json)
                    json.member(field, raw: text.rawBytes)
                    if !isRefusal {
                        json.key("logprobs")
                        if let logprobs = part.member("logprobs") { json.value(logprobs) } else { json.array { _ in } }
                    }
                }
            }
        }
        event("response.content_part.done", &output) { json in
            locate(&json)
            json.member("part", raw: part.rawBytes)
        }
    }

    private mutating func write(
        summary part: JSONValue, _ index: Int, of item: JSONValue, _ place: Int, to output: inout ByteBuffer
    ) {
        func locate(_ json: inout JSONBytes) {
            Self.place(item, place, &json)
            json.member("summary_index", index)
        }
        event("response.reasoning_summary_part.added", &output) { json in
            locate(&json)
            json.key("part")
            json.object { $0.members(of: part, ["text": "\"\""]) }
        }
        if let text = part.member("text") {
            for (suffix, field) in [("delta", "delta"), ("done", "text")] {
                event("response.reasoning_summary_text.\(suffix)", &output) { json in
                    locate(&json)
                    json.member(field, raw: text.rawBytes)
                }
            }
        }
        event("response.reasoning_summary_part.done", &output) { json in
            locate(&json)
            json.member("part", raw: part.rawBytes)
        }
    }
}
