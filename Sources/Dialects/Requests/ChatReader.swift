import WireFormats

/// Reads OpenAI's chat requests.
struct ChatReader {
    private var conversation = Conversation()

    /// Members that are read, or mean nothing to another provider.
    private static let known: Set<String> = [
        "model", "messages", "bandit", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature",
        "top_p", "top_k", "thinking", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format", "user",
        "reasoning_effort", "cache_control", "n", "logprobs", "top_logprobs", "modalities", "functions",
        "function_call", "audio", "logit_bias", "seed", "presence_penalty", "frequency_penalty", "verbosity",
        "service_tier", "metadata", "prompt_cache_key", "safety_identifier",
    ]

    static func conversation(of body: JSONDocument) throws(DialectError) -> Conversation {
        guard let messages = body.member("messages"), messages.kind == .array else {
            throw DialectError("messages must be an array", param: "messages")
        }
        var reader = ChatReader()
        reader.readTools(body)
        for (index, message) in messages.elements.enumerated() { try reader.read(message, "messages[\(index)]") }
        reader.readSettings(body)
        try reader.readFormat(body)
        return reader.conversation
    }

    // MARK: - Messages

    private mutating func read(_ message: JSONValue, _ path: String) throws(DialectError) {
        switch message.member("role")?.string {
        case "system", "developer": conversation.add(system: try parts(of: message, path))
        case "user":
            conversation.add(try parts(of: message, path), as: .user)
        case "assistant":
            var parts = reasoning(of: message)
            parts += try self.parts(of: message, path)
            if let refusal = EscapedText(message.member("refusal")), !refusal.isEmpty {
                parts.append(.refusal(refusal))
            }
            parts += try calls(of: message, path)
            conversation.add(parts, as: .assistant)
        case "tool":
            guard let id = message.member("tool_call_id")?.string else {
                throw DialectError("a tool's message must say which call it answers", param: "\(path).tool_call_id")
            }
            let result = ToolResult(
                id: id, parts: try parts(of: message, path), mark: message.member("cache_control"))
            conversation.add([.toolResult(result)], as: .user)
        default: throw DialectError("the role is not one this arm's provider knows", param: "\(path).role")
        }
    }

    private func parts(of message: JSONValue, _ path: String) throws(DialectError) -> [Part] {
        guard let content = message.member("content") else { return [] }
        let isResult = message.member("role")?.isString("tool") ?? false
        if let text = EscapedText(content) {
            let mark = isResult ? nil : message.member("cache_control")
            return text.isEmpty ? [] : [.text(TextPart(text, mark: mark))]
        }
        guard content.kind == .array else {
            guard content.isNull else { throw DialectError("content must be a string or an array", param: path) }
            return []
        }
        var parts: [Part] = []
        for (index, part) in content.elements.enumerated() {
            parts.append(try self.part(part, "\(path).content[\(index)]"))
        }
        return parts
    }

    private func part(_ part: JSONValue, _ path: String) throws(DialectError) -> Part {
        let mark = part.member("cache_control")
        switch part.member("type")?.string {
        case "text":
            guard let text = EscapedText(part.member("text")) else { break }
            return .text(TextPart(text, mark: mark))
        case "refusal":
            guard let text = EscapedText(part.member("refusal")) else { break }
            return .refusal(text)
        case "image_url":
            let image = part.member("image_url")
            let url = image?.kind == .string ? image : image?.member("url")
            guard let media = Media(imageURL: url, detail: image?.member("detail"), mark: mark) else {
                throw DialectError("an image must have a URL, and one with data must be in base64", param: path)
            }
            return .image(media)
        case "input_audio":
            let audio = part.member("input_audio")
            guard let data = EscapedText(audio?.member("data")), let format = EscapedText(audio?.member("format"))
            else { break }
            return .audio(data, format: format)
        case "file":
            guard let media = Media(file: part.member("file"), mark: mark) else {
                throw DialectError("a file must be a PDF in base64, or a URL of one", param: path)
            }
            return .document(media)
        default: break
        }
        throw DialectError("this kind of content cannot be said to this arm's provider", param: path)
    }

    private mutating func calls(of message: JSONValue, _ path: String) throws(DialectError) -> [Part] {
        var calls: [Part] = []
        for (index, call) in (message.member("tool_calls")?.elements ?? []).enumerated() {
            let custom = call.member("custom")
            guard let id = call.member("id")?.string, let function = custom ?? call.member("function"),
                let name = function.member("name")?.string
            else {
                throw DialectError(
                    "a tool call must have an id and a function with a name", param: "\(path).tool_calls[\(index)]")
            }
            let text = function.member(custom == nil ? "arguments" : "input")
            // Some clients send the object itself.
            let arguments: Arguments =
                text?.kind == .object ? .object(text!) : .text(EscapedText(text) ?? EscapedText())
            let seal = call.member("extra_content")?.member("google")?.member("thought_signature")?.string
            calls.append(
                .toolCall(
                    ToolCall(
                        id: id, name: conversation.names.wireName(name), arguments: arguments,
                        isFreeform: custom != nil, seal: seal.map { Seal(received: $0, as: .thought) },
                        mark: call.member("cache_control"))))
        }
        return calls
    }

    /// What the assistant thought, as far as the client carries it.
    private func reasoning(of message: JSONValue) -> [Part] {
        var parts: [Part] = []
        for block in message.member("thinking_blocks")?.elements ?? [] {
            if let reasoning = Reasoning(block: block) { parts.append(.reasoning(reasoning)) }
        }
        if parts.isEmpty {
            for detail in message.member("reasoning_details")?.elements ?? [] {
                guard let data = detail.member("data")?.string, let seal = Seal(travelled: data) else { continue }
                let text = EscapedText(detail.member("text")) ?? EscapedText()
                parts.append(.reasoning(Reasoning(text: text, seal: seal)))
            }
        }
        let said = EscapedText(message.member("reasoning_content")) ?? EscapedText(message.member("reasoning"))
        if parts.isEmpty, let said, !said.isEmpty { parts = [.reasoning(Reasoning(text: said))] }
        return parts
    }

    // MARK: - Tools

    private mutating func readTools(_ body: JSONDocument) {
        for tool in body.member("tools")?.elements ?? [] {
            let type = tool.member("type")?.string ?? "function"
            guard type == "function" || type == "custom",
                let function = tool.member(type == "custom" ? "custom" : "function"),
                let name = function.member("name")?.string
            else {
                conversation.offers.append(type)
                continue
            }
            let isFreeform = type == "custom"
            conversation.tools.append(
                Tool(
                    name: conversation.names.wireName(name, isFreeform: isFreeform),
                    description: EscapedText(function.member("description")),
                    schema: isFreeform ? nil : function.member("parameters"), isStrict: function.member("strict"),
                    isFreeform: isFreeform, format: function.member("format"),
                    mark: tool.member("cache_control") ?? function.member("cache_control")))
        }
        guard let choice = body.member("tool_choice"), !choice.isNull else { return }
        conversation.parallel = nil
        switch choice.string {
        case "auto": conversation.choice = .auto
        case "none": conversation.choice = ToolChoice.none
        case "required": conversation.choice = .required
        default:
            let named = choice.member("function") ?? choice.member("custom")
            if let name = named?.member("name")?.string {
                conversation.choice = .tool(conversation.names.wireName(name))
            } else if let allowed = choice.member("allowed_tools") {
                conversation.restrict(
                    to: (allowed.member("tools")?.elements ?? []).compactMap {
                        ($0.member("function") ?? $0.member("custom"))?.member("name")?.string
                    }, mode: allowed.member("mode"))
            }
        }
    }

    // MARK: - Settings

    private mutating func readSettings(_ body: JSONDocument) {
        conversation.parallel = body.member("parallel_tool_calls")?.bool
        conversation.stream = body.member("stream")?.bool ?? false
        conversation.wantsUsage = body.member("stream_options")?.member("include_usage")?.bool ?? !conversation.stream
        conversation.limit = [body.member("max_completion_tokens"), body.member("max_tokens")].compactMap { $0 }
            .first { $0.kind == .number }
        conversation.sampling = Sampling(body)
        conversation.sampling.readStops(body.member("stop"))
        if body.member("logprobs")?.bool == true {
            conversation.sampling.topLogprobs = body.member("top_logprobs")?.int ?? 0
        }
        if let thinking = body.member("thinking"), thinking.kind == .object {
            conversation.thinking = Thinking(anthropic: thinking, effort: nil)
        } else if let word = body.member("reasoning_effort")?.string {
            conversation.thinking = word == "none" ? .off : .effort(word)
        }
        conversation.user = EscapedText(body.member("user"))
        conversation.hints = Hints(
            verbosity: body.member("verbosity"), serviceTier: body.member("service_tier"),
            metadata: body.member("metadata"), promptCacheKey: body.member("prompt_cache_key"),
            safetyIdentifier: body.member("safety_identifier"))
        conversation.hints.noteOthers(body, known: Self.known)
    }

    private mutating func readFormat(_ body: JSONDocument) throws(DialectError) {
        guard let format = body.member("response_format") else { return }
        switch format.member("type")?.string {
        case "json_object": conversation.output = .object
        case "json_schema":
            let inner = format.member("json_schema")
            guard let schema = inner?.member("schema"), schema.kind == .object else {
                throw DialectError("json_schema must have a schema", param: "response_format.json_schema.schema")
            }
            conversation.output = .schema(
                schema, name: EscapedText(inner?.member("name")),
                description: EscapedText(inner?.member("description")),
                strict: inner?.member("strict"))
        default: break
        }
    }
}

extension Conversation {
    /// Leaves only the tools of these names (the client's) to be called.
    mutating func restrict(to allowed: [String], mode: JSONValue?) {
        choice = mode?.isString("required") ?? false ? .required : .auto
        guard !allowed.isEmpty else { return }
        tools = tools.filter { allowed.contains(names[$0.name].name) }
    }
}

extension Sampling {
    /// The members that go by these names in every dialect.
    init(_ body: JSONDocument) {
        func value(_ name: StaticString) -> JSONValue? { body.member(name).flatMap { $0.isNull ? nil : $0 } }
        temperature = value("temperature")
        topP = value("top_p")
        topK = value("top_k")
        seed = value("seed")
        presencePenalty = value("presence_penalty")
        frequencyPenalty = value("frequency_penalty")
    }

    mutating func readStops(_ stop: JSONValue?) {
        guard let stop else { return }
        stops = (stop.kind == .string ? [stop] : stop.elements).compactMap { EscapedText($0) }
    }
}

extension Hints {
    /// What says what would be so without it is not worth a word.
    private static func isUsual(_ name: String, _ value: JSONValue) -> Bool {
        switch name {
        case "store", "background": value.bool == false
        case "top_logprobs", "logprobs": value.bool == false || value.int == 0
        case "n": value.double == 1
        case "max_tool_calls", "prediction": false
        case "include": value.isEmpty
        case "truncation": value.isString("disabled")
        default: value.isNull
        }
    }

    mutating func noteOthers(_ body: JSONDocument, known: Set<String>) {
        var names: [String] = []
        body.root.forEachMember { name, value in
            if !known.contains(name), !value.isNull, !Self.isUsual(name, value) { names.append(name) }
            return names.count < Adjustments.most
        }
        others = names
    }
}

extension Thinking {
    /// `thinking` and `output_config.effort` of Anthropic's.
    init?(anthropic thinking: JSONValue?, effort: JSONValue?) {
        let type = thinking?.member("type")?.string
        if type == "disabled" {
            self = .off
        } else if let word = effort?.string {
            self = .effort(word)
        } else if type == "enabled" {
            self = .budget(min(max(thinking?.member("budget_tokens")?.int ?? 0, 0), Self.mostBudget))
        } else if type == "adaptive" {
            self = .adaptive
        } else {
            return nil
        }
    }

    /// What a client's budget is taken for at most.
    private static let mostBudget = 1_000_000
}

extension Reasoning {
    /// A block of Anthropic's; nil: another block.
    init?(block: JSONValue) {
        if block.member("type")?.isString("redacted_thinking") ?? false, let data = block.member("data")?.string {
            self.init(text: EscapedText(), seal: Seal(received: data, as: .redacted))
        } else if block.member("type")?.isString("thinking") ?? false {
            let signature = block.member("signature")?.string ?? ""
            self.init(
                text: EscapedText(block.member("thinking")) ?? EscapedText(),
                seal: signature.isEmpty ? nil : Seal(received: signature, as: .signature))
        } else {
            return nil
        }
    }
}
