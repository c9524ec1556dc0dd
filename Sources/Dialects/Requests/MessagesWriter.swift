import NIOCore
import WireFormats

/// Says a conversation as a request for Anthropic's messages.
struct MessagesWriter {
    private let conversation: Conversation
    private let thinking: ClaudeThinking
    private var adjusted: Adjustments

    static func write(
        _ conversation: Conversation, _ settings: ArmSettings
    ) throws(DialectError) -> (ByteBuffer, Adjustments) {
        var conversation = conversation
        let thinking = conversation.prepareForClaude(settings)
        var writer = MessagesWriter(
            conversation: conversation, thinking: thinking, adjusted: conversation.adjusted)
        return (writer.body(settings), writer.adjusted)
    }

    private mutating func body(_ settings: ArmSettings) -> ByteBuffer {
        var json = JSONBytes(capacity: 4_096)
        json.object { json in
            json.member("model", settings.model)
            if let limit = conversation.limit {
                json.member("max_tokens", limit)
            } else {
                json.member("max_tokens", thinking.limit(settings))
            }
            json.key("messages")
            json.array { writeTurns(&$0) }
            writeSystem(&json)
            if conversation.stream { json.member("stream", true) }
            writeSampling(&json)
            thinking.write(to: &json)
            writeOutput(&json)
            if !conversation.sampling.stops.isEmpty {
                json.key("stop_sequences")
                json.array { json in conversation.sampling.stops.forEach { json.value($0) } }
            }
            writeTools(&json)
            if let user = conversation.user {
                json.key("metadata")
                json.object { $0.member("user_id", user) }
            }
        }
        adjusted.addOpenAIs(conversation)
        return json.buffer
    }

    private mutating func writeSampling(_ json: inout JSONBytes) {
        let sampling = conversation.sampling
        if let temperature = sampling.temperature, let value = temperature.double {
            if thinking.thinks {
                // Thinking takes no other temperature.
                if value != 1 { adjusted.add("temperature") }
            } else if value > 1 {
                // OpenAI's scale ends at 2, Anthropic's at 1.
                json.member("temperature", 1)
                adjusted.add("temperature")
            } else {
                json.member("temperature", temperature)
            }
        }
        for (name, value) in [("top_p", sampling.topP), ("top_k", sampling.topK)] {
            guard let value else { continue }
            if thinking.thinks { adjusted.add(name) } else { json.member(name, value) }
        }
    }

    private func writeOutput(_ json: inout JSONBytes) {
        var schema: JSONValue?
        if case .schema(let said, _, _, _) = conversation.output { schema = said }
        guard thinking.effort != nil || schema != nil else { return }
        json.key("output_config")
        json.object { json in
            if let effort = thinking.effort { json.member("effort", effort) }
            guard let schema else { return }
            json.key("format")
            json.object { json in
                json.member("type", "json_schema")
                json.member("schema", schema)
            }
        }
    }

    private func writeSystem(_ json: inout JSONBytes) {
        guard let instruction = conversation.instruction else { return }
        guard conversation.instructions.contains(where: { $0.mark != nil }) else {
            json.member("system", instruction)
            return
        }
        json.key("system")
        json.array { json in conversation.instructions.forEach { Self.write($0, &json) } }
    }

    // MARK: - Turns

    private mutating func writeTurns(_ json: inout JSONBytes) {
        for turn in conversation.turns {
            json.object { json in
                json.member("role", turn.role == .assistant ? "assistant" : "user")
                json.key("content")
                json.array { json in turn.parts.forEach { write($0, &json) } }
            }
        }
    }

    private mutating func write(_ part: Part, _ json: inout JSONBytes) {
        switch part {
        case .text(let text): Self.write(text, &json)
        case .refusal(let text): Self.write(TextPart(text), &json)
        case .image(let media): Self.write(media, as: "image", &json)
        case .document(let media): Self.write(media, as: "document", &json)
        case .audio: break
        case .reasoning(let reasoning): Self.write(reasoning, &json)
        case .toolCall(let call):
            let input = call.argumentsObject { adjusted.add($0) }
            json.object { json in
                json.member("type", "tool_use")
                json.member("id", ToolCall.legal(call.id))
                json.member("name", call.name)
                json.member("input", raw: input)
                json.member("cache_control", call.mark)
            }
        case .toolResult(let result): write(result, &json)
        }
    }

    private mutating func write(_ result: ToolResult, _ json: inout JSONBytes) {
        json.object { json in
            json.member("type", "tool_result")
            json.member("tool_use_id", ToolCall.legal(result.id))
            json.key("content")
            let isPlain = result.parts.allSatisfy { part in
                guard case .text(let text) = part else { return false }
                return text.mark == nil
            }
            if isPlain {
                json.value(result.parts.text)
            } else {
                json.array { json in result.parts.filter { !$0.isEmptyText }.forEach { write($0, &json) } }
            }
            if result.isError { json.member("is_error", true) }
            json.member("cache_control", result.mark)
        }
    }

    private static func write(_ text: TextPart, _ json: inout JSONBytes) {
        json.object { json in
            json.member("type", "text")
            json.member("text", text.text)
            json.member("cache_control", text.mark)
        }
    }

    private static func write(_ media: Media, as type: String, _ json: inout JSONBytes) {
        json.object { json in
            json.member("type", type)
            json.key("source")
            json.object { json in
                switch media.source {
                case .base64(let data, let mediaType):
                    json.member("type", "base64")
                    json.member("media_type", mediaType)
                    json.member("data", data)
                case .url(let url):
                    json.member("type", "url")
                    json.member("url", url)
                }
            }
            if type == "document", let name = media.name, !name.isEmpty { json.member("title", name) }
            json.member("cache_control", media.mark)
        }
    }

    private static func write(_ reasoning: Reasoning, _ json: inout JSONBytes) {
        guard let seal = reasoning.seal else { return }
        json.object { json in
            if seal.kind == .redacted {
                json.member("type", "redacted_thinking")
                json.member("data", seal.value)
            } else {
                json.member("type", "thinking")
                json.member("thinking", reasoning.text)
                json.member("signature", seal.value)
            }
        }
    }

    // MARK: - Tools

    private mutating func writeTools(_ json: inout JSONBytes) {
        let madeUp = conversation.tools.isEmpty ? conversation.calledTools : []
        guard !conversation.tools.isEmpty || !madeUp.isEmpty else { return }
        json.key("tools")
        json.array { json in
            for tool in conversation.tools {
                if tool.isFreeform { adjusted.add("custom_tool") }
                json.object { json in
                    json.member("name", tool.name)
                    if let description = tool.fullDescription { json.member("description", description) }
                    json.member("input_schema", raw: tool.objectSchema)
                    if tool.isStrict?.bool == true { json.member("strict", true) }
                    json.member("cache_control", tool.mark)
                }
            }
            // Calls in the history without the tools they are of are refused.
            for name in madeUp {
                json.object { json in
                    json.member("name", name)
                    json.member("input_schema", raw: Written.emptySchema)
                }
            }
        }
        guard madeUp.isEmpty else {
            json.key("tool_choice")
            json.object { $0.member("type", "none") }
            return
        }
        guard conversation.choice != nil || conversation.parallel == false else { return }
        json.key("tool_choice")
        json.object { json in
            switch conversation.choice {
            case nil, .auto?: json.member("type", "auto")
            case ToolChoice.none?:
                json.member("type", "none")
                return
            case .required?: json.member("type", "any")
            case .tool(let name)?:
                json.member("type", "tool")
                json.member("name", name)
            }
            if conversation.parallel == false { json.member("disable_parallel_tool_use", true) }
        }
    }
}

extension Adjustments {
    /// What only OpenAI's dialects have words for.
    mutating func addOpenAIs(_ conversation: Conversation) {
        let sampling = conversation.sampling
        if sampling.seed != nil { add("seed") }
        if let penalty = sampling.presencePenalty, penalty.double != 0 { add("presence_penalty") }
        if let penalty = sampling.frequencyPenalty, penalty.double != 0 { add("frequency_penalty") }
        addHints(conversation)
    }

    mutating func addHints(_ conversation: Conversation) {
        let hints = conversation.hints
        if let word = hints.verbosity?.string, word != "medium" { add("verbosity") }
        if let tier = hints.serviceTier?.string, tier != "auto", tier != "default" { add("service_tier") }
        if let metadata = hints.metadata, metadata.kind == .object, !metadata.isEmpty { add("metadata") }
        if hints.promptCacheKey?.kind == .string { add("prompt_cache_key") }
        if hints.safetyIdentifier?.kind == .string { add("safety_identifier") }
        if let truncation = hints.truncation?.string, truncation != "disabled" { add("truncation") }
    }
}

extension ToolCall {
    /// Ids of other providers may have characters that Anthropic does not take; the same id becomes the same.
    package static func legal(_ id: String) -> String {
        if !id.isEmpty, id.utf8.allSatisfy(ToolNames.isLegal) { return id }
        let letters = id.utf8.map { ToolNames.isLegal($0) ? $0 : UInt8(ascii: "_") }
        return letters.isEmpty ? "call" : String(decoding: letters, as: UTF8.self)
    }
}

extension Conversation {
    /// Makes the turns legal for models of Anthropic's, wherever they are asked, and says how much they are to think.
    mutating func prepareForClaude(_ settings: ArmSettings) -> ClaudeThinking {
        var thinking = ClaudeThinking(self.thinking, limit: limit, settings: settings)
        let member = "reasoning_effort"
        switch choice {
        case .required?, .tool?: thinking.forgo()
        default: break
        }
        if !thinking.thinks { dropReasoning() }
        alternate()
        if thinking.thinks, lacksThinking || isPrefilled {
            thinking.forgo()
            dropReasoning()
            turns.removeAll(where: \.parts.isEmpty)
        }
        if thinking.isForgone { adjusted.add(member) }
        let stops = sampling.stops.filter { !$0.isBlank }
        // White space alone is refused.
        if stops.count < sampling.stops.count {
            adjusted.add("stop")
            sampling.stops = stops
        }
        return thinking
    }

    /// Without thinking, earlier thinking is left out.
    private mutating func dropReasoning() {
        for turn in turns.indices where turns[turn].role == .assistant {
            turns[turn].parts.removeAll { part in
                guard case .reasoning = part else { return false }
                return true
            }
        }
    }

    /// Whether a turn of the loop that is going on calls a tool without its thinking: the model must not think then.
    var lacksThinking: Bool {
        // The loop began with the last turn of the user's that is no tool's answer.
        for turn in turns.reversed() {
            if turn.role == .user {
                let answers = turn.parts.contains { part in
                    guard case .toolResult = part else { return false }
                    return true
                }
                if !answers { return false }
            } else if !turn.calls.isEmpty {
                guard case .reasoning? = turn.parts.first else { return true }
            }
        }
        return false
    }
}
