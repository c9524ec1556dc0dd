import NIOCore
import WireFormats

/// Says a conversation as a request for Bedrock's Converse; model and streaming are in its address.
struct ConverseWriter {
    private let conversation: Conversation
    private let thinking: ClaudeThinking
    private var adjusted: Adjustments
    /// Documents in one request must not share a name.
    private var documents = 0

    static func write(
        _ conversation: Conversation, _ settings: ArmSettings
    ) throws(DialectError) -> (ByteBuffer, Adjustments) {
        var conversation = conversation
        // Other models are told nothing but by `params.raw`.
        if settings.reasoning == nil, !settings.model.contains("claude"), let thinking = conversation.thinking {
            if thinking != .off { conversation.adjusted.add("reasoning_effort") }
            conversation.thinking = nil
        }
        let thinking = conversation.prepareForClaude(settings)
        guard !conversation.hasOutsideMedia else {
            throw DialectError(
                "an image or a document by its URL cannot be said to this arm's provider", param: "messages")
        }
        var writer = ConverseWriter(
            conversation: conversation, thinking: thinking, adjusted: conversation.adjusted)
        return (writer.body(settings), writer.adjusted)
    }

    private mutating func body(_ settings: ArmSettings) -> ByteBuffer {
        var json = JSONBytes(capacity: 4_096)
        json.object { json in
            json.key("messages")
            json.array { writeTurns(&$0) }
            if !conversation.instructions.isEmpty {
                json.key("system")
                json.array { json in
                    for text in conversation.instructions {
                        json.object { $0.member("text", text.text) }
                        Self.write(mark: text.mark, &json)
                    }
                }
            }
            writeInference(settings, &json)
            writeTools(&json)
            if thinking.thinks || conversation.sampling.topK != nil && !thinking.thinks {
                json.key("additionalModelRequestFields")
                json.object { json in
                    thinking.write(to: &json)
                    // Anthropic's own member: Converse has none for it.
                    if let effort = thinking.effort {
                        json.key("output_config")
                        json.object { $0.member("effort", effort) }
                    }
                    if !thinking.thinks { json.member("top_k", conversation.sampling.topK) }
                }
            }
            writeOutput(&json)
        }
        if thinking.thinks, conversation.sampling.topK != nil { adjusted.add("top_k") }
        if conversation.user != nil { adjusted.add("user") }
        if conversation.parallel == false { adjusted.add("parallel_tool_calls") }
        adjusted.addOpenAIs(conversation)
        return json.buffer
    }

    private mutating func writeInference(_ settings: ArmSettings, _ json: inout JSONBytes) {
        let sampling = conversation.sampling
        var inference = JSONBytes()
        inference.object { json in
            if let limit = conversation.limit {
                json.member("maxTokens", limit)
            } else if thinking.thinks || settings.maxOutputTokens != nil {
                json.member("maxTokens", thinking.limit(settings))
            }
            if let temperature = sampling.temperature, let value = temperature.double {
                if thinking.thinks {
                    if value != 1 { adjusted.add("temperature") }
                } else if value > 1 {
                    json.member("temperature", 1)
                    adjusted.add("temperature")
                } else {
                    json.member("temperature", temperature)
                }
            }
            if let topP = sampling.topP {
                if thinking.thinks { adjusted.add("top_p") } else { json.member("topP", topP) }
            }
            if !sampling.stops.isEmpty {
                json.key("stopSequences")
                json.array { json in sampling.stops.forEach { json.value($0) } }
            }
        }
        guard inference.bytes.count > 2 else { return }
        json.member("inferenceConfig", raw: inference.buffer)
    }

    private func writeOutput(_ json: inout JSONBytes) {
        guard conversation.output != nil else { return }
        json.key("outputConfig")
        json.object { json in
            if case .schema(let schema, let name, let description, _) = conversation.output {
                json.key("textFormat")
                json.object { json in
                    json.member("type", "json_schema")
                    json.key("structure")
                    json.object { json in
                        json.key("jsonSchema")
                        json.object { json in
                            json.member("schema", String(buffer: schema.rawBytes))
                            if let name { json.member("name", name) }
                            if let description { json.member("description", description) }
                        }
                    }
                }
            }
        }
    }

    // MARK: - Turns

    private mutating func writeTurns(_ json: inout JSONBytes) {
        for turn in conversation.turns {
            json.object { json in
                json.member("role", turn.role == .assistant ? "assistant" : "user")
                json.key("content")
                json.array { json in
                    turn.parts.forEach { write($0, &json) }
                    // A document without a word is refused.
                    if turn.hasOnlyDocuments { json.object { $0.member("text", ".") } }
                }
            }
        }
    }

    private mutating func write(_ part: Part, _ json: inout JSONBytes) {
        switch part {
        case .text(let text):
            json.object { $0.member("text", text.text) }
            Self.write(mark: text.mark, &json)
        case .refusal(let text): json.object { $0.member("text", text) }
        case .image(let media):
            writeMedia(media, &json)
            Self.write(mark: media.mark, &json)
        case .document(let media):
            writeMedia(media, &json)
            Self.write(mark: media.mark, &json)
        case .audio: break
        case .reasoning(let reasoning): Self.write(reasoning, &json)
        case .toolCall(let call):
            let input = call.argumentsObject { adjusted.add($0) }
            json.object { json in
                json.key("toolUse")
                json.object { json in
                    json.member("toolUseId", Self.legal(call.id))
                    json.member("name", call.name)
                    json.member("input", raw: input)
                }
            }
            Self.write(mark: call.mark, &json)
        case .toolResult(let result):
            write(result, &json)
            Self.write(mark: result.mark, &json)
        }
    }

    private mutating func write(_ result: ToolResult, _ json: inout JSONBytes) {
        json.object { json in
            json.key("toolResult")
            json.object { json in
                json.member("toolUseId", Self.legal(result.id))
                json.key("content")
                json.array { json in
                    let text = result.parts.text
                    if !text.isEmpty || !result.parts.contains(where: \.isMedia) {
                        json.object { $0.member("text", text.isBlank ? EscapedText(".") : text) }
                    }
                    for part in result.parts {
                        switch part {
                        case .image(let media), .document(let media): writeMedia(media, &json)
                        default: break
                        }
                    }
                }
                if result.isError { json.member("status", "error") }
            }
        }
    }

    private mutating func writeMedia(_ media: Media, _ json: inout JSONBytes) {
        guard case .base64(let data, let type) = media.source else { return }
        let isImage = type.hasPrefix("image/")
        documents += isImage ? 0 : 1
        let number = documents
        json.object { json in
            json.key(isImage ? "image" : "document")
            json.object { json in
                let format = type.split(separator: "/").last.map(String.init) ?? "png"
                json.member("format", format == "jpg" ? "jpeg" : format)
                if !isImage { json.member("name", Self.documentName(media.name, number)) }
                json.key("source")
                json.object { $0.member("bytes", data) }
            }
        }
    }

    /// Letters, digits, single spaces, hyphens, parentheses and brackets.
    private static func documentName(_ name: EscapedText?, _ number: Int) -> String {
        let letters = (name?.string ?? "").prefix(100).map { character -> Character in
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            return isPlain || "-()[]".contains(character) ? character : "-"
        }
        return letters.isEmpty ? "document-\(number)" : "\(String(letters))-\(number)"
    }

    private static func write(_ reasoning: Reasoning, _ json: inout JSONBytes) {
        guard let seal = reasoning.seal else { return }
        json.object { json in
            json.key("reasoningContent")
            json.object { json in
                if seal.kind == .redacted {
                    json.member("redactedContent", seal.value)
                } else {
                    json.key("reasoningText")
                    json.object { json in
                        json.member("text", reasoning.text)
                        json.member("signature", seal.value)
                    }
                }
            }
        }
    }

    private static func write(mark: JSONValue?, _ json: inout JSONBytes) {
        guard let mark, mark.kind == .object else { return }
        json.object { json in
            json.key("cachePoint")
            json.object { json in
                json.member("type", "default")
                if let time = mark.member("ttl")?.string, time == "1h" { json.member("ttl", time) }
            }
        }
    }

    /// At most 64 characters, told apart by their ends.
    private static func legal(_ id: String) -> String { ToolNames.legal(id.isEmpty ? "call" : id) }

    // MARK: - Tools

    private mutating func writeTools(_ json: inout JSONBytes) {
        let madeUp = conversation.tools.isEmpty ? conversation.calledTools : []
        guard !conversation.tools.isEmpty || !madeUp.isEmpty else { return }
        var tools = conversation.tools
        // There is no word for it but to offer none.
        if case ToolChoice.none? = conversation.choice, conversation.calledTools.isEmpty {
            return
        } else if case ToolChoice.none? = conversation.choice {
            adjusted.add("tool_choice")
        }
        tools += madeUp.map { Tool(name: $0) }
        json.key("toolConfig")
        json.object { json in
            json.key("tools")
            json.array { json in
                for tool in tools {
                    if tool.isFreeform { adjusted.add("custom_tool") }
                    json.object { json in
                        json.key("toolSpec")
                        json.object { json in
                            json.member("name", tool.name)
                            if let description = tool.fullDescription, !description.isEmpty {
                                json.member("description", description)
                            }
                            json.key("inputSchema")
                            json.object { $0.member("json", raw: tool.objectSchema) }
                            if tool.isStrict?.bool == true { json.member("strict", true) }
                        }
                    }
                    Self.write(mark: tool.mark, &json)
                }
            }
            guard madeUp.isEmpty, let choice = conversation.choice else { return }
            switch choice {
            case .none: break
            case .auto: Self.writeChoice("auto", nil, &json)
            case .required: Self.writeChoice("any", nil, &json)
            case .tool(let name): Self.writeChoice("tool", name, &json)
            }
        }
    }

    private static func writeChoice(_ word: String, _ name: String?, _ json: inout JSONBytes) {
        json.key("toolChoice")
        json.object { json in
            json.key(word)
            json.object { json in if let name { json.member("name", name) } }
        }
    }
}

extension Conversation.Turn {
    fileprivate var hasOnlyDocuments: Bool {
        var hasDocument = false
        for part in parts {
            switch part {
            case .text, .refusal: return false
            case .document: hasDocument = true
            default: break
            }
        }
        return hasDocument
    }
}
