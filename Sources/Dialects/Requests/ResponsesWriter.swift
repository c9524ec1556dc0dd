import NIOCore
import WireFormats

/// Says a conversation as a request for OpenAI's responses; nothing is stored there.
struct ResponsesWriter {
    private let conversation: Conversation
    private var adjusted: Adjustments

    static func write(
        _ conversation: Conversation, _ settings: ArmSettings
    ) throws(DialectError) -> (ByteBuffer, Adjustments) {
        var writer = ResponsesWriter(conversation: conversation, adjusted: conversation.adjusted)
        return (try writer.body(settings), writer.adjusted)
    }

    private mutating func body(_ settings: ArmSettings) throws(DialectError) -> ByteBuffer {
        if conversation.hasMarks { adjusted.add("cache_control") }
        var json = JSONBytes(capacity: 4_096)
        json.object { json in
            json.member("model", settings.model)
            if let instruction = conversation.instruction { json.member("instructions", instruction) }
            json.key("input")
            json.array { json in conversation.turns.forEach { write($0, &json) } }
            json.member("store", false)
            if conversation.stream { json.member("stream", true) }
            writeSampling(&json)
            writeReasoning(settings, &json)
            writeText(&json)
            writeTools(&json)
            writeHints(&json)
        }
        return json.buffer
    }

    private mutating func writeSampling(_ json: inout JSONBytes) {
        let sampling = conversation.sampling
        json.member("max_output_tokens", conversation.limit)
        json.member("temperature", sampling.temperature)
        json.member("top_p", sampling.topP)
        if sampling.topK != nil { adjusted.add("top_k") }
        if sampling.seed != nil { adjusted.add("seed") }
        if let penalty = sampling.presencePenalty, penalty.double != 0 { adjusted.add("presence_penalty") }
        if let penalty = sampling.frequencyPenalty, penalty.double != 0 { adjusted.add("frequency_penalty") }
        if let count = sampling.topLogprobs, count > 0 { json.member("top_logprobs", count) }
    }

    /// Families of models that reason whether they are told to or not.
    private static let reasoners = ["gpt-5", "o1", "o3", "o4", "codex"]

    private func writeReasoning(_ settings: ArmSettings, _ json: inout JSONBytes) {
        var includes: [String] = []
        // Asked of a model that does not reason it is refused.
        let reasons =
            conversation.thinking?.word != nil || settings.reasoning != nil
            || Self.reasoners.contains { settings.model.hasPrefix($0) || settings.model.contains("/\($0)") }
        if reasons {
            includes.append("reasoning.encrypted_content")
            json.key("reasoning")
            json.object { json in
                if let word = conversation.thinking?.word { json.member("effort", word) }
                json.member("summary", "auto")
            }
        }
        if conversation.sampling.topLogprobs != nil { includes.append("message.output_text.logprobs") }
        if !includes.isEmpty { json.member("include", includes) }
    }

    private func writeText(_ json: inout JSONBytes) {
        let verbosity = conversation.hints.verbosity.flatMap { $0.kind == .string ? $0 : nil }
        guard conversation.output != nil || verbosity != nil else { return }
        json.key("text")
        json.object { json in
            if let output = conversation.output {
                json.key("format")
                json.object { json in
                    guard case .schema(let schema, let name, let description, let strict) = output else {
                        json.member("type", "json_object")
                        return
                    }
                    json.member("type", "json_schema")
                    json.member("name", name ?? EscapedText("answer"))
                    if let description { json.member("description", description) }
                    json.member("schema", schema)
                    json.member("strict", strict?.bool ?? true)
                }
            }
            json.member("verbosity", verbosity)
        }
    }

    private mutating func writeHints(_ json: inout JSONBytes) {
        let hints = conversation.hints
        if let user = conversation.user {
            if user.byteCount <= 64 { json.member("user", user) } else { adjusted.add("metadata") }
        }
        if let metadata = hints.metadata, metadata.kind == .object { json.member("metadata", metadata) }
        json.member("service_tier", hints.serviceTier)
        json.member("prompt_cache_key", hints.promptCacheKey)
        json.member("safety_identifier", hints.safetyIdentifier)
        json.member("truncation", hints.truncation)
    }

    // MARK: - Tools

    private func writeTools(_ json: inout JSONBytes) {
        guard !conversation.tools.isEmpty else { return }
        json.key("tools")
        json.array { json in
            for tool in conversation.tools {
                json.object { json in
                    json.member("type", tool.isFreeform ? "custom" : "function")
                    json.member("name", tool.name)
                    if let description = tool.description { json.member("description", description) }
                    if tool.isFreeform {
                        // Chats have the grammar an object deeper.
                        if let grammar = tool.format?.member("grammar") {
                            json.key("format")
                            json.object { json in
                                json.member("type", "grammar")
                                json.member("syntax", grammar.member("syntax"))
                                json.member("definition", grammar.member("definition"))
                            }
                        } else {
                            json.member("format", tool.format)
                        }
                    } else {
                        json.member("parameters", raw: tool.objectSchema)
                        json.member("strict", tool.isStrict?.bool ?? false)
                    }
                }
            }
        }
        switch conversation.choice {
        case nil: break
        case .auto?: json.member("tool_choice", "auto")
        case ToolChoice.none?: json.member("tool_choice", "none")
        case .required?: json.member("tool_choice", "required")
        case .tool(let name)?:
            let isFreeform = conversation.names[name].isFreeform
            json.key("tool_choice")
            json.object { json in
                json.member("type", isFreeform ? "custom" : "function")
                json.member("name", name)
            }
        }
        if let parallel = conversation.parallel { json.member("parallel_tool_calls", parallel) }
    }

    // MARK: - Items

    private mutating func write(_ turn: Conversation.Turn, _ json: inout JSONBytes) {
        var said: [Part] = []
        let role =
            switch turn.role {
            case .system: "developer"
            case .user: "user"
            case .assistant: "assistant"
            }
        func flush(_ json: inout JSONBytes) {
            guard !said.isEmpty else { return }
            json.object { json in
                json.member("type", "message")
                json.member("role", role)
                guard turn.role != .assistant else {
                    // As parts they would have to have the ids of messages that are stored there.
                    json.member("content", Self.text(of: said))
                    return
                }
                json.key("content")
                json.array { json in said.forEach { Self.write($0, &json) } }
            }
            said = []
        }
        for part in turn.parts {
            switch part {
            case .text, .refusal, .image, .document, .audio: said.append(part)
            case .toolCall(let call):
                flush(&json)
                Self.write(call, &json)
            case .toolResult(let result):
                flush(&json)
                write(result, &json)
            case .reasoning(let reasoning):
                flush(&json)
                Self.write(reasoning, &json)
            }
        }
        flush(&json)
    }

    private static func text(of parts: [Part]) -> EscapedText {
        parts.reduce(into: EscapedText()) { text, part in
            switch part {
            case .text(let piece): text.append(piece.text)
            case .refusal(let piece): text.append(piece)
            default: break
            }
        }
    }

    private static func write(_ part: Part, _ json: inout JSONBytes) {
        json.object { json in
            switch part {
            case .text(let text):
                json.member("type", "input_text")
                json.member("text", text.text)
            case .refusal(let text):
                json.member("type", "input_text")
                json.member("text", text)
            case .image(let media):
                json.member("type", "input_image")
                json.member("detail", media.detail ?? EscapedText("auto"))
                json.key("image_url")
                ChatWriter.write(media, &json)
            case .document(let media):
                json.member("type", "input_file")
                if case .url(let url) = media.source {
                    json.member("file_url", url)
                } else {
                    json.member("filename", media.name ?? EscapedText("document.pdf"))
                    json.key("file_data")
                    ChatWriter.write(media, &json)
                }
            case .audio, .toolCall, .toolResult, .reasoning: break
            }
        }
    }

    private static func write(_ call: ToolCall, _ json: inout JSONBytes) {
        json.object { json in
            json.member("type", call.isFreeform ? "custom_tool_call" : "function_call")
            json.member("call_id", call.id)
            json.member("name", call.name)
            if call.isFreeform {
                if case .text(let text) = call.arguments {
                    json.member("input", text)
                } else {
                    json.member("input", "")
                }
            } else {
                json.member("arguments", call.argumentsText)
            }
        }
    }

    private mutating func write(_ result: ToolResult, _ json: inout JSONBytes) {
        if result.isError { adjusted.add("is_error") }
        json.object { json in
            json.member("type", result.isFreeform ? "custom_tool_call_output" : "function_call_output")
            json.member("call_id", result.id)
            let prefix = EscapedText(result.isError ? "Error: " : "")
            guard result.parts.contains(where: \.isMedia) else {
                json.key("output")
                json.value(escaped: prefix.bytes, result.parts.text.bytes)
                return
            }
            json.key("output")
            json.array { json in
                if result.isError { Self.write(.text(TextPart(prefix)), &json) }
                result.parts.forEach { Self.write($0, &json) }
            }
        }
    }

    private static func write(_ reasoning: Reasoning, _ json: inout JSONBytes) {
        guard let seal = reasoning.seal, seal.kind == .encrypted else { return }
        let halves = seal.value.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return }
        json.object { json in
            json.member("type", "reasoning")
            if !halves[0].isEmpty { json.member("id", String(halves[0])) }
            json.key("summary")
            json.array { json in
                guard !reasoning.text.isEmpty else { return }
                json.object { json in
                    json.member("type", "summary_text")
                    json.member("text", reasoning.text)
                }
            }
            json.member("encrypted_content", String(halves[1]))
        }
    }
}
