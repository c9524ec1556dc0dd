import NIOCore
import WireFormats

/// Says a conversation as a request for Google's `generateContent`; model and streaming are in its address.
struct GeminiWriter {
    private let conversation: Conversation
    private var adjusted: Adjustments
    /// The documented word for a call that another model has made.
    private static let skippedSignature = "skip_thought_signature_validator"

    static func write(
        _ conversation: Conversation, _ settings: ArmSettings
    ) throws(DialectError) -> (ByteBuffer, Adjustments) {
        var conversation = conversation
        conversation.alternate()
        var writer = GeminiWriter(conversation: conversation, adjusted: conversation.adjusted)
        try writer.refuseWhatIsOutside()
        return (writer.body(settings), writer.adjusted)
    }

    /// What is to be fetched: the router fetches nothing, nor does the provider.
    private func refuseWhatIsOutside() throws(DialectError) {
        guard conversation.hasOutsideMedia else { return }
        throw DialectError("an image or a document by its URL cannot be said to this arm's provider", param: "messages")
    }

    private mutating func body(_ settings: ArmSettings) -> ByteBuffer {
        if conversation.hasMarks { adjusted.add("cache_control") }
        var json = JSONBytes(capacity: 4_096)
        json.object { json in
            if let instruction = conversation.instruction {
                json.key("systemInstruction")
                json.object { json in
                    json.key("parts")
                    json.array { json in json.object { $0.member("text", instruction) } }
                }
            }
            json.key("contents")
            json.array { writeContents(settings, &$0) }
            writeTools(&json)
            writeGeneration(settings, &json)
        }
        if conversation.user != nil { adjusted.add("user") }
        if conversation.parallel == false { adjusted.add("parallel_tool_calls") }
        adjusted.addHints(conversation)
        return json.buffer
    }

    private mutating func writeGeneration(_ settings: ArmSettings, _ json: inout JSONBytes) {
        let sampling = conversation.sampling
        var generation = JSONBytes()
        generation.object { json in
            json.member("temperature", sampling.temperature)
            json.member("topP", sampling.topP)
            json.member("topK", sampling.topK)
            if let limit = conversation.limit {
                json.member("maxOutputTokens", limit)
            } else if let limit = settings.maxOutputTokens {
                json.member("maxOutputTokens", limit)
            }
            if !sampling.stops.isEmpty {
                json.key("stopSequences")
                json.array { json in sampling.stops.forEach { json.value($0) } }
            }
            json.member("seed", sampling.seed)
            json.member("presencePenalty", sampling.presencePenalty)
            json.member("frequencyPenalty", sampling.frequencyPenalty)
            if let output = conversation.output {
                json.member("responseMimeType", "application/json")
                if case .schema(let schema, _, _, _) = output { json.member("responseJsonSchema", schema) }
            }
            writeThinking(settings, &json)
        }
        guard generation.bytes.count > 2 else { return }
        json.member("generationConfig", raw: generation.buffer)
    }

    /// A level or a number of tokens, never both.
    private mutating func writeThinking(_ settings: ArmSettings, _ json: inout JSONBytes) {
        guard let thinking = conversation.thinking else { return }
        let wantsBudget = settings.reasoning.map { $0 == .budget } ?? settings.model.contains("gemini-2")
        json.key("thinkingConfig")
        json.object { json in
            json.member("includeThoughts", thinking != .off)
            if wantsBudget {
                switch thinking {
                case .off: json.member("thinkingBudget", 0)
                case .adaptive: json.member("thinkingBudget", -1)
                case .budget(let tokens): json.member("thinkingBudget", tokens)
                case .effort(let word): json.member("thinkingBudget", ClaudeThinking.budgets[word] ?? -1)
                }
                return
            }
            switch thinking {
            case .adaptive: break
            case .off:
                adjusted.add("reasoning_effort")
                json.member("thinkingLevel", "LOW")
            case .budget, .effort:
                switch thinking.word {
                case "minimal": json.member("thinkingLevel", "MINIMAL")
                case "low": json.member("thinkingLevel", "LOW")
                case "medium": json.member("thinkingLevel", "MEDIUM")
                default: json.member("thinkingLevel", "HIGH")
                }
            }
        }
    }

    // MARK: - Tools

    private mutating func writeTools(_ json: inout JSONBytes) {
        guard !conversation.tools.isEmpty else { return }
        json.key("tools")
        json.array { json in
            json.object { json in
                json.key("functionDeclarations")
                json.array { json in
                    for tool in conversation.tools {
                        if tool.isFreeform { adjusted.add("custom_tool") }
                        json.object { json in
                            json.member("name", tool.name)
                            json.member("description", tool.fullDescription ?? EscapedText())
                            json.member("parametersJsonSchema", raw: tool.objectSchema)
                        }
                    }
                }
            }
        }
        guard let choice = conversation.choice else { return }
        json.key("toolConfig")
        json.object { json in
            json.key("functionCallingConfig")
            json.object { json in
                switch choice {
                case .auto: json.member("mode", "AUTO")
                case .none: json.member("mode", "NONE")
                case .required: json.member("mode", "ANY")
                case .tool(let name):
                    json.member("mode", "ANY")
                    json.member("allowedFunctionNames", [name])
                }
            }
        }
    }

    // MARK: - Contents

    private mutating func writeContents(_ settings: ArmSettings, _ json: inout JSONBytes) {
        let wantsSignatures = !settings.model.contains("gemini-2") && !settings.model.contains("gemini-1")
        var names: [String: String] = [:]
        for turn in conversation.turns {
            for call in turn.calls { names[call.id] = call.name }
            let results = turn.parts.filter { part in
                guard case .toolResult = part else { return false }
                return true
            }
            if !results.isEmpty {
                // Answers of tools stand alone in their turn.
                Self.content("user", &json) { json in
                    for case .toolResult(let result) in results { write(result, names[result.id] ?? "tool", &json) }
                }
            }
            let said = turn.parts.filter { part in
                switch part {
                case .toolResult, .reasoning: false
                default: true
                }
            }
            guard !said.isEmpty else { continue }
            Self.content(turn.role == .assistant ? "model" : "user", &json) { json in
                var isFirstCall = true
                for part in said {
                    guard case .toolCall(let call) = part else {
                        Self.write(part, &json)
                        continue
                    }
                    write(call, needsSignature: wantsSignatures && isFirstCall, &json)
                    isFirstCall = false
                }
            }
        }
    }

    private static func content(_ role: String, _ json: inout JSONBytes, _ parts: (inout JSONBytes) -> Void) {
        json.object { json in
            json.member("role", role)
            json.key("parts")
            json.array { parts(&$0) }
        }
    }

    private mutating func write(_ call: ToolCall, needsSignature: Bool, _ json: inout JSONBytes) {
        let arguments = call.argumentsObject { adjusted.add($0) }
        json.object { json in
            json.key("functionCall")
            json.object { json in
                json.member("name", call.name)
                json.member("args", raw: arguments)
            }
            if let seal = call.seal {
                json.member("thoughtSignature", seal.value)
            } else if needsSignature {
                json.member("thoughtSignature", Self.skippedSignature)
            }
        }
    }

    private mutating func write(_ result: ToolResult, _ name: String, _ json: inout JSONBytes) {
        if result.isError { adjusted.add("is_error") }
        let media = result.parts.filter(\.isMedia)
        json.object { json in
            json.key("functionResponse")
            json.object { json in
                json.member("name", name)
                json.key("response")
                json.object { $0.member(result.isError ? "error" : "result", result.parts.text) }
                guard !media.isEmpty else { return }
                json.key("parts")
                json.array { json in media.forEach { Self.write($0, &json) } }
            }
        }
    }

    private static func write(_ part: Part, _ json: inout JSONBytes) {
        switch part {
        case .text(let text): json.object { $0.member("text", text.text) }
        case .refusal(let text): json.object { $0.member("text", text) }
        case .image(let media), .document(let media):
            guard case .base64(let data, let type) = media.source else { return }
            writeData(data, EscapedText(type), &json)
        case .audio(let data, let format):
            var type = EscapedText("audio/")
            type.append(format)
            writeData(data, type, &json)
        case .toolCall, .toolResult, .reasoning: break
        }
    }

    private static func writeData(_ data: EscapedText, _ type: EscapedText, _ json: inout JSONBytes) {
        json.object { json in
            json.key("inlineData")
            json.object { json in
                json.member("mimeType", type)
                json.member("data", data)
            }
        }
    }
}

extension Conversation {
    /// Whether an image or a document lies elsewhere.
    var hasOutsideMedia: Bool {
        func isOutside(_ part: Part) -> Bool {
            switch part {
            case .image(let media), .document(let media):
                if case .url = media.source { true } else { false }
            case .toolResult(let result): result.parts.contains(where: isOutside)
            default: false
            }
        }
        return turns.contains { $0.parts.contains(where: isOutside) }
    }
}
