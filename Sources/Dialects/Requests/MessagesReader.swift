import NIOCore
import WireFormats

/// Reads Anthropic's messages requests.
struct MessagesReader {
    private var conversation = Conversation()

    private static let known: Set<String> = [
        "model", "messages", "system", "bandit", "stream", "max_tokens", "temperature", "top_p", "top_k",
        "stop_sequences", "tools", "tool_choice", "thinking", "output_config", "metadata", "service_tier",
        "cache_control", "mcp_servers", "container", "context_management",
    ]
    /// How the line begins that Claude Code tells its account's billing by; it says nothing to a model.
    private static let billing: StaticString = "x-anthropic-billing-header:"

    static func conversation(of body: JSONDocument) throws(DialectError) -> Conversation {
        guard let messages = body.member("messages"), messages.kind == .array else {
            throw DialectError("messages must be an array", param: "messages")
        }
        var reader = MessagesReader()
        reader.readTools(body)
        if let system = body.member("system") { reader.conversation.add(system: try reader.system(system)) }
        for (index, message) in messages.elements.enumerated() { try reader.read(message, "messages[\(index)]") }
        try reader.readSettings(body)
        return reader.conversation
    }

    // MARK: - Messages

    private mutating func system(_ system: JSONValue) throws(DialectError) -> [Part] {
        try parts(of: system, "system").filter { part in
            guard case .text(let text) = part else { return true }
            return !text.text.bytes.readableBytesView.starts(
                with: UnsafeRawBufferPointer(start: Self.billing.utf8Start, count: Self.billing.utf8CodeUnitCount))
        }
    }

    private mutating func read(_ message: JSONValue, _ path: String) throws(DialectError) {
        let parts = try message.member("content").map { value throws(DialectError) in
            try self.parts(of: value, "\(path).content")
        }
        switch message.member("role")?.string {
        case "user": conversation.add(parts ?? [], as: .user)
        case "assistant": conversation.add(parts ?? [], as: .assistant)
        case "system": conversation.add(system: parts ?? [])
        default: throw DialectError("role must be user, assistant or system", param: "\(path).role")
        }
    }

    private mutating func parts(of content: JSONValue, _ path: String) throws(DialectError) -> [Part] {
        if let text = EscapedText(content) { return text.isEmpty ? [] : [.text(TextPart(text))] }
        guard content.kind == .array else { throw DialectError("content must be a string or an array", param: path) }
        var parts: [Part] = []
        for (index, block) in content.elements.enumerated() { parts += try self.parts(block, "\(path)[\(index)]") }
        return parts
    }

    private mutating func parts(_ block: JSONValue, _ path: String) throws(DialectError) -> [Part] {
        let mark = block.member("cache_control")
        switch block.member("type")?.string {
        case "text":
            guard let text = EscapedText(block.member("text")) else { break }
            return [.text(TextPart(text, mark: mark))]
        case "image":
            guard let media = Media(block: block) else { break }
            return [.image(media)]
        case "document":
            let source = block.member("source")
            if source?.member("type")?.isString("text") ?? false, let text = EscapedText(source?.member("data")) {
                return [.text(TextPart(text, mark: mark))]
            }
            if source?.member("type")?.isString("content") ?? false, let content = source?.member("content") {
                return try parts(of: content, "\(path).source.content")
            }
            guard let media = Media(block: block) else { break }
            return [.document(media)]
        case "thinking", "redacted_thinking":
            return Reasoning(block: block).map { [.reasoning($0)] } ?? []
        case "tool_use":
            guard let id = block.member("id")?.string, let name = block.member("name")?.string else { break }
            let input = block.member("input")
            let arguments: Arguments =
                input.map { $0.kind == .object ? .object($0) : .text(EscapedText($0) ?? EscapedText()) }
                ?? .text(EscapedText())
            return [
                .toolCall(
                    ToolCall(id: id, name: conversation.names.wireName(name), arguments: arguments, mark: mark))
            ]
        case "tool_result":
            guard let id = block.member("tool_use_id")?.string else { break }
            let content = try block.member("content").map { value throws(DialectError) in
                value.isNull ? [] : try self.parts(of: value, "\(path).content")
            }
            return [
                .toolResult(
                    ToolResult(
                        id: id, parts: content ?? [], isError: block.member("is_error")?.bool ?? false, mark: mark))
            ]
        case "search_result":
            // What was found is text, whoever found it.
            return try block.member("content").map { value throws(DialectError) in
                try self.parts(of: value, "\(path).content")
            } ?? []
        case "mid_conv_system":
            return try block.member("content").map { value throws(DialectError) in
                try self.parts(of: value, "\(path).content")
            } ?? []
        case "tool_reference": return []
        default: break
        }
        throw DialectError("this kind of content cannot be said to this arm's provider", param: path)
    }

    // MARK: - Tools and settings

    private mutating func readTools(_ body: JSONDocument) {
        for tool in body.member("tools")?.elements ?? [] {
            let type = tool.member("type")?.string
            guard type == nil || type == "custom", let name = tool.member("name")?.string else {
                conversation.offers.append(tool.member("name")?.string ?? type ?? "tool")
                continue
            }
            conversation.tools.append(
                Tool(
                    name: conversation.names.wireName(name), description: EscapedText(tool.member("description")),
                    schema: tool.member("input_schema"), isStrict: tool.member("strict"),
                    mark: tool.member("cache_control")))
        }
        guard let choice = body.member("tool_choice") else { return }
        if choice.member("disable_parallel_tool_use")?.bool == true { conversation.parallel = false }
        switch choice.member("type")?.string {
        case "auto": conversation.choice = .auto
        case "any": conversation.choice = .required
        case "none": conversation.choice = ToolChoice.none
        case "tool":
            if let name = choice.member("name")?.string {
                conversation.choice = .tool(conversation.names.wireName(name))
            }
        default: break
        }
    }

    private mutating func readSettings(_ body: JSONDocument) throws(DialectError) {
        conversation.stream = body.member("stream")?.bool ?? false
        conversation.limit = body.member("max_tokens").flatMap { $0.kind == .number ? $0 : nil }
        conversation.sampling = Sampling(body)
        conversation.sampling.readStops(body.member("stop_sequences"))
        let configuration = body.member("output_config")
        conversation.thinking = Thinking(
            anthropic: body.member("thinking"), effort: configuration?.member("effort"))
        if let format = configuration?.member("format"), format.member("type")?.isString("json_schema") ?? false {
            guard let schema = format.member("schema"), schema.kind == .object else {
                throw DialectError("json_schema must have a schema", param: "output_config.format.schema")
            }
            conversation.output = .schema(schema, name: nil, description: nil, strict: nil)
        }
        conversation.user = EscapedText(body.member("metadata")?.member("user_id"))
        conversation.hints.noteOthers(body, known: Self.known)
        // Its words are not OpenAI's.
        if let tier = body.member("service_tier"), !tier.isNull, !tier.isString("auto") {
            conversation.hints.others.append("service_tier")
        }
    }
}
