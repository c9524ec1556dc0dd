import WireFormats

/// Reads OpenAI's requests for responses.
struct ResponsesReader {
    private var conversation = Conversation()

    private static let known: Set<String> = [
        "model", "instructions", "input", "bandit", "stream", "stream_options", "max_output_tokens", "temperature",
        "top_p", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "user", "metadata",
        "service_tier", "prompt_cache_key", "safety_identifier", "truncation", "store", "include", "top_logprobs",
        "client_metadata", "prompt_cache_retention",
    ]

    static func conversation(of body: JSONDocument) throws(DialectError) -> Conversation {
        var reader = ResponsesReader()
        reader.readTools(body.member("tools"), namespace: nil)
        if let instructions = EscapedText(body.member("instructions")), !instructions.isEmpty {
            reader.conversation.instructions.append(TextPart(instructions))
        }
        if let text = EscapedText(body.member("input")) {
            reader.conversation.add([.text(TextPart(text))], as: .user)
        } else {
            guard let input = body.member("input"), input.kind == .array else {
                throw DialectError("input must be a string or an array", param: "input")
            }
            // Tools may stand among the items, and calls of them before.
            for item in input.elements where item.member("type")?.isString("additional_tools") ?? false {
                reader.readTools(item.member("tools"), namespace: nil)
            }
            for (index, item) in input.elements.enumerated() { try reader.read(item, "input[\(index)]") }
        }
        reader.readChoice(body.member("tool_choice"))
        try reader.readSettings(body)
        return reader.conversation
    }

    // MARK: - Items

    private mutating func read(_ item: JSONValue, _ path: String) throws(DialectError) {
        switch item.member("type")?.string {
        case nil, "message": try readMessage(item, path)
        case "function_call": try readCall(item, item.member("arguments"), isFreeform: false, path)
        case "custom_tool_call": try readCall(item, item.member("input"), isFreeform: true, path)
        case "function_call_output": try readResult(item, isFreeform: false, path)
        case "custom_tool_call_output": try readResult(item, isFreeform: true, path)
        case "reasoning": conversation.add([.reasoning(reasoning(item))], as: .assistant)
        case "additional_tools": break
        case "agent_message":
            if let text = EscapedText(item.member("text") ?? item.member("message")), !text.isEmpty {
                conversation.add([.text(TextPart(text))], as: .assistant)
            }
        case "compaction", "context_compaction": conversation.adjusted.sealed += 1
        case .some(let other): conversation.adjusted.add("input:\(other)")
        }
    }

    private mutating func readMessage(_ item: JSONValue, _ path: String) throws(DialectError) {
        let parts = try item.member("content").map { value throws(DialectError) in
            try self.parts(of: value, "\(path).content")
        }
        switch item.member("role")?.string {
        case "user": conversation.add(parts ?? [], as: .user)
        case "assistant": conversation.add(parts ?? [], as: .assistant)
        case "system", "developer": conversation.add(system: parts ?? [])
        default: throw DialectError("role must be user, assistant, system or developer", param: "\(path).role")
        }
    }

    private func parts(of content: JSONValue, _ path: String) throws(DialectError) -> [Part] {
        if let text = EscapedText(content) { return text.isEmpty ? [] : [.text(TextPart(text))] }
        guard content.kind == .array else { throw DialectError("content must be a string or an array", param: path) }
        var parts: [Part] = []
        for (index, part) in content.elements.enumerated() { parts.append(try self.part(part, "\(path)[\(index)]")) }
        return parts
    }

    private func part(_ part: JSONValue, _ path: String) throws(DialectError) -> Part {
        switch part.member("type")?.string {
        case "input_text", "output_text", "text", "summary_text", "reasoning_text":
            guard let text = EscapedText(part.member("text")) else { break }
            return .text(TextPart(text))
        case "refusal":
            guard let text = EscapedText(part.member("refusal")) else { break }
            return .refusal(text)
        case "input_image":
            guard let media = Media(imageURL: part.member("image_url"), detail: part.member("detail")) else { break }
            return .image(media)
        case "input_file":
            guard let media = Media(file: part) else { break }
            return .document(media)
        case "input_audio":
            let audio = part.member("input_audio")
            guard let data = EscapedText(audio?.member("data")), let format = EscapedText(audio?.member("format"))
            else { break }
            return .audio(data, format: format)
        default: break
        }
        throw DialectError("this kind of content cannot be said to this arm's provider", param: path)
    }

    private mutating func readCall(
        _ item: JSONValue, _ arguments: JSONValue?, isFreeform: Bool, _ path: String
    ) throws(DialectError) {
        guard let id = item.member("call_id")?.string, let name = item.member("name")?.string else {
            throw DialectError("a call must have a call_id and a name", param: path)
        }
        let wireName = conversation.names.wireName(
            name, namespace: item.member("namespace")?.string, isFreeform: isFreeform ? true : nil)
        let call = ToolCall(
            id: id, name: wireName, arguments: .text(EscapedText(arguments) ?? EscapedText()), isFreeform: isFreeform,
            seal: nil)
        conversation.add([.toolCall(call)], as: .assistant)
    }

    private mutating func readResult(_ item: JSONValue, isFreeform: Bool, _ path: String) throws(DialectError) {
        guard let id = item.member("call_id")?.string else {
            throw DialectError("an output must say which call it answers", param: "\(path).call_id")
        }
        let parts = try item.member("output").map { value throws(DialectError) in
            try self.parts(of: value, "\(path).output")
        }
        conversation.add([.toolResult(ToolResult(id: id, parts: parts ?? [], isFreeform: isFreeform))], as: .user)
    }

    private func reasoning(_ item: JSONValue) -> Reasoning {
        var text = EscapedText()
        for part in (item.member("summary")?.elements ?? []) + (item.member("content")?.elements ?? []) {
            guard let piece = EscapedText(part.member("text")) else { continue }
            if !text.isEmpty { text.append(EscapedText("\n\n")) }
            text.append(piece)
        }
        guard let value = item.member("encrypted_content")?.string, !value.isEmpty else {
            return Reasoning(text: text)
        }
        let seal =
            Seal(travelled: value) ?? Seal(.encrypted, "\(item.member("id")?.string ?? "")\n\(value)", realm: nil)
        return Reasoning(text: text, seal: seal)
    }

    // MARK: - Tools and settings

    private mutating func readTools(_ tools: JSONValue?, namespace: String?) {
        for tool in tools?.elements ?? [] {
            let type = tool.member("type")?.string ?? "function"
            switch (type, tool.member("name")?.string) {
            case ("function", let name?), ("custom", let name?):
                let isFreeform = type == "custom"
                let wireName = conversation.names.wireName(name, namespace: namespace, isFreeform: isFreeform)
                // Of two with a name the newest counts.
                conversation.tools.removeAll { $0.name == wireName }
                conversation.tools.append(
                    Tool(
                        name: wireName, description: EscapedText(tool.member("description")),
                        schema: isFreeform ? nil : tool.member("parameters"), isStrict: tool.member("strict"),
                        isFreeform: isFreeform, format: tool.member("format")))
            case ("namespace", let name?) where namespace == nil: readTools(tool.member("tools"), namespace: name)
            default: conversation.offers.append(type)
            }
        }
    }

    private mutating func readChoice(_ choice: JSONValue?) {
        guard let choice, !choice.isNull else { return }
        switch choice.string ?? choice.member("type")?.string {
        case "auto": conversation.choice = .auto
        case "none": conversation.choice = ToolChoice.none
        case "required": conversation.choice = .required
        case "function", "custom":
            guard let name = choice.member("name")?.string else { break }
            conversation.choice = .tool(
                conversation.names.wireName(name, namespace: choice.member("namespace")?.string))
        case "allowed_tools":
            conversation.restrict(
                to: (choice.member("tools")?.elements ?? []).compactMap { $0.member("name")?.string },
                mode: choice.member("mode"))
        default: break
        }
    }

    private mutating func readSettings(_ body: JSONDocument) throws(DialectError) {
        conversation.parallel = body.member("parallel_tool_calls")?.bool
        conversation.stream = body.member("stream")?.bool ?? false
        conversation.limit = body.member("max_output_tokens").flatMap { $0.kind == .number ? $0 : nil }
        conversation.sampling = Sampling(body)
        let include = body.member("include")?.elements ?? []
        if include.contains(where: { $0.isString("message.output_text.logprobs") }) {
            conversation.sampling.topLogprobs = body.member("top_logprobs")?.int ?? 0
        }
        if let word = body.member("reasoning")?.member("effort")?.string {
            conversation.thinking = word == "none" ? .off : .effort(word)
        }
        let text = body.member("text")
        if let format = text?.member("format") {
            switch format.member("type")?.string {
            case "json_object": conversation.output = .object
            case "json_schema":
                guard let schema = format.member("schema"), schema.kind == .object else {
                    throw DialectError("json_schema must have a schema", param: "text.format.schema")
                }
                conversation.output = .schema(
                    schema, name: EscapedText(format.member("name")),
                    description: EscapedText(format.member("description")), strict: format.member("strict"))
            default: break
            }
        }
        conversation.user = EscapedText(body.member("user"))
        conversation.hints = Hints(
            verbosity: text?.member("verbosity"), serviceTier: body.member("service_tier"),
            metadata: body.member("metadata"), promptCacheKey: body.member("prompt_cache_key"),
            safetyIdentifier: body.member("safety_identifier"), truncation: body.member("truncation"))
        conversation.hints.noteOthers(body, known: Self.known)
    }
}
