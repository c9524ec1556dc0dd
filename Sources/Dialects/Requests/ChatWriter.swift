import NIOCore
import WireFormats

/// Says a conversation as a chat request of OpenAI's.
struct ChatWriter {
    private let conversation: Conversation
    private var adjusted: Adjustments
    private var json: JSONBytes

    static func write(
        _ conversation: Conversation, _ settings: ArmSettings
    ) throws(DialectError) -> (ByteBuffer, Adjustments) {
        var writer = ChatWriter(
            conversation: conversation, adjusted: conversation.adjusted, json: JSONBytes(capacity: 4_096))
        writer.write(settings)
        return (writer.json.buffer, writer.adjusted)
    }

    private mutating func write(_ settings: ArmSettings) {
        if conversation.hasMarks { adjusted.add("cache_control") }
        var json = JSONBytes(capacity: 4_096)
        json.object { json in
            json.member("model", settings.model)
            json.key("messages")
            json.array { writeMessages(&$0) }
            if conversation.stream {
                json.member("stream", true)
                json.key("stream_options")
                json.object { $0.member("include_usage", true) }
            }
            writeSampling(&json)
            if let word = conversation.thinking?.word { json.member("reasoning_effort", word) }
            writeFormat(&json)
            writeTools(&json)
            writeHints(&json)
        }
        self.json = json
    }

    private mutating func writeHints(_ json: inout JSONBytes) {
        let hints = conversation.hints
        if let user = conversation.user {
            if user.byteCount <= 64 { json.member("user", user) } else { adjusted.add("metadata") }
        }
        json.member("verbosity", hints.verbosity)
        json.member("service_tier", hints.serviceTier)
        json.member("prompt_cache_key", hints.promptCacheKey)
        json.member("safety_identifier", hints.safetyIdentifier)
        // Chats keep metadata only with what they store.
        if let metadata = hints.metadata, metadata.kind == .object, !metadata.isEmpty { adjusted.add("metadata") }
        if let truncation = hints.truncation, !truncation.isNull, !truncation.isString("disabled") {
            adjusted.add("truncation")
        }
    }

    private mutating func writeSampling(_ json: inout JSONBytes) {
        let sampling = conversation.sampling
        json.member("max_completion_tokens", conversation.limit)
        json.member("temperature", sampling.temperature)
        json.member("top_p", sampling.topP)
        json.member("seed", sampling.seed)
        json.member("presence_penalty", sampling.presencePenalty)
        json.member("frequency_penalty", sampling.frequencyPenalty)
        if sampling.topK != nil { adjusted.add("top_k") }
        if !sampling.stops.isEmpty {
            json.key("stop")
            json.array { json in sampling.stops.forEach { json.value($0) } }
        }
        if let count = sampling.topLogprobs {
            json.member("logprobs", true)
            if count > 0 { json.member("top_logprobs", count) }
        }
    }

    private func writeFormat(_ json: inout JSONBytes) {
        guard let output = conversation.output else { return }
        json.key("response_format")
        json.object { json in
            guard case .schema(let schema, let name, let description, let strict) = output else {
                json.member("type", "json_object")
                return
            }
            json.member("type", "json_schema")
            json.key("json_schema")
            json.object { json in
                json.member("name", name ?? EscapedText("answer"))
                if let description { json.member("description", description) }
                json.member("schema", schema)
                json.member("strict", strict?.bool ?? true)
            }
        }
    }

    private mutating func writeTools(_ json: inout JSONBytes) {
        guard !conversation.tools.isEmpty else { return }
        json.key("tools")
        json.array { json in
            for tool in conversation.tools {
                if tool.isFreeform { adjusted.add("custom_tool") }
                json.object { json in
                    json.member("type", "function")
                    json.key("function")
                    json.object { json in
                        json.member("name", tool.name)
                        if let description = tool.fullDescription { json.member("description", description) }
                        json.member("parameters", raw: tool.objectSchema)
                        if tool.isStrict?.bool == true { json.member("strict", true) }
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
            json.key("tool_choice")
            json.object { json in
                json.member("type", "function")
                json.key("function")
                json.object { $0.member("name", name) }
            }
        }
        if let parallel = conversation.parallel { json.member("parallel_tool_calls", parallel) }
    }

    // MARK: - Messages

    private mutating func writeMessages(_ json: inout JSONBytes) {
        if let instruction = conversation.instruction {
            json.object { json in
                json.member("role", "system")
                json.member("content", instruction)
            }
        }
        for turn in conversation.turns {
            switch turn.role {
            case .system:
                json.object { json in
                    json.member("role", "system")
                    json.member("content", turn.parts.text)
                }
            case .user: writeUser(turn, &json)
            case .assistant: writeAssistant(turn, &json)
            }
        }
    }

    /// Answers of tools first, each a message; images in them come with what the user says.
    private mutating func writeUser(_ turn: Conversation.Turn, _ json: inout JSONBytes) {
        var said: [Part] = []
        var shown: [Part] = []
        for part in turn.parts {
            guard case .toolResult(let result) = part else {
                said.append(part)
                continue
            }
            var text = result.parts.text
            let media = result.parts.filter(\.isMedia)
            if !media.isEmpty {
                adjusted.add("tool_result")
                shown += media
                if !text.isEmpty { text.append(EscapedText("\n")) }
                text.append(EscapedText("(What this tool returned is shown in the next message.)"))
            }
            if result.isError {
                adjusted.add("is_error")
                var marked = EscapedText("Error: ")
                marked.append(text)
                text = marked
            }
            json.object { json in
                json.member("role", "tool")
                json.member("tool_call_id", result.id)
                json.member("content", text)
            }
        }
        said = shown + said
        guard !said.isEmpty else { return }
        json.object { json in
            json.member("role", "user")
            if said.count == 1, case .text(let text) = said[0] {
                json.member("content", text.text)
                return
            }
            json.key("content")
            json.array { json in said.forEach { Self.write($0, &json) } }
        }
    }

    private static func write(_ part: Part, _ json: inout JSONBytes) {
        switch part {
        case .text(let text): write(text.text, &json)
        case .refusal(let text): write(text, &json)
        case .image(let media):
            json.object { json in
                json.member("type", "image_url")
                json.key("image_url")
                json.object { json in
                    json.key("url")
                    write(media, &json)
                    if let detail = media.detail { json.member("detail", detail) }
                }
            }
        case .document(let media):
            json.object { json in
                json.member("type", "file")
                json.key("file")
                json.object { json in
                    json.member("filename", media.name ?? EscapedText("document.pdf"))
                    json.key("file_data")
                    write(media, &json)
                }
            }
        case .audio(let data, let format):
            json.object { json in
                json.member("type", "input_audio")
                json.key("input_audio")
                json.object { json in
                    json.member("data", data)
                    json.member("format", format)
                }
            }
        case .toolCall, .toolResult, .reasoning: break
        }
    }

    private static func write(_ text: EscapedText, _ json: inout JSONBytes) {
        json.object { json in
            json.member("type", "text")
            json.member("text", text)
        }
    }

    static func write(_ media: Media, _ json: inout JSONBytes) {
        let pieces = media.urlPieces
        if pieces.count == 1 { json.value(escaped: pieces[0]) } else { json.value(escaped: pieces[0], pieces[1]) }
    }

    private mutating func writeAssistant(_ turn: Conversation.Turn, _ json: inout JSONBytes) {
        var text: EscapedText?
        var refusal: EscapedText?
        for part in turn.parts {
            switch part {
            case .text(let piece): text = Self.joined(text, piece.text)
            case .refusal(let piece): refusal = Self.joined(refusal, piece)
            default: break
            }
        }
        let calls = turn.calls
        // A turn of nothing but thoughts.
        guard text != nil || refusal != nil || !calls.isEmpty else { return }
        json.object { json in
            json.member("role", "assistant")
            if let text { json.member("content", text) } else { json.member("content", nil as String?) }
            if let refusal { json.member("refusal", refusal) }
            guard !calls.isEmpty else { return }
            json.key("tool_calls")
            json.array { json in
                for call in calls {
                    json.object { json in
                        json.member("id", call.id)
                        json.member("type", "function")
                        json.key("function")
                        json.object { json in
                            json.member("name", call.name)
                            json.member("arguments", call.argumentsText)
                        }
                    }
                }
            }
        }
    }

    private static func joined(_ text: EscapedText?, _ more: EscapedText) -> EscapedText {
        guard var text else { return more }
        text.append(more)
        return text
    }
}
