package import Dialects
import Glibc
import NIOCore
import WireFormats

/// Anthropic's messages API, asked as its own clients ask and translated from and to OpenAI's chat API, or by way of a conversation in no
/// dialect from any other.
///
/// What Anthropic has no word for makes its arms ineligible (``unspeakable``): several choices, log probabilities, JSON without a schema,
/// audio. What only leans an answer one way is left out and named as adjusted; fields it does not know would be refused upstream.
package struct AnthropicDialect: ProviderDialect {
    /// Seconds since the epoch, for `created`.
    private let now: @Sendable () -> Int

    /// Of calls answered by this provider's models; shared by all requests of a configuration.
    private let memory = ThinkingMemory()

    static let unspeakableFeatures: RequestFeatures = [
        .choices, .logprobs, .logitBias, .audioOut, .audioIn, .jsonObject, .customTool, .serverTool, .functions,
        .fileID,
        .documentType, .unknownPart,
    ]

    package func speaks(_ shape: InboundShape) -> Bool { shape == .messages }

    package func unspeakable(in shape: InboundShape) -> RequestFeatures {
        switch shape {
        case .chat: Self.unspeakableFeatures
        case .messages, .responses: RequestFeatures.unspeakable(from: shape, to: .messages)
        }
    }

    private let translation: Translation

    /// - Parameters:
    ///   - seals: whose sealed values are; shared by all dialects of a configuration.
    ///   - now: seconds since the epoch, for `created`.
    package init(seals: SealTable = SealTable(), now: @escaping @Sendable () -> Int = { Glibc.time(nil) }) {
        self.now = now
        translation = Translation(to: .messages, seals: seals, now: now)
    }

    package func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        if request.shape == .messages { return try NativeMessages.request(request) }
        // Only the way of a conversation in no dialect knows what configurations say.
        guard request.shape == .chat, !request.arm.hasWishes else { return try translation.request(request) }
        let body = request.body
        guard body.isObject else { throw DialectError("the body must be a JSON object", param: nil) }
        let wantsStream = body.member("stream")?.bool ?? false
        let includesUsage = body.member("stream_options")?.member("include_usage")?.bool ?? false
        var translation = AnthropicRequest(body, model: request.arm.model, memory: memory)
        let translated = try translation.translated(stream: wantsStream)
        var prepared = PreparedRequest(
            body: translated, wantsStream: wantsStream, hidesUsage: wantsStream && !includesUsage,
            adjusted: translation.adjusted)
        prepared.outbound = .messages
        return prepared
    }

    package func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        if prepared.shape == .messages { return NativeMessages.check(answer) }
        if prepared.translation != nil { return translation.check(answer, to: prepared) }
        return AnthropicAnswer.check(answer, model: model, created: now(), memory: memory)
    }

    package func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay {
        if prepared.translation != nil { return translation.relay(head, to: prepared) }
        if prepared.shape == .messages {
            return StreamRelay(head: head, frames: NativeMessagesFrames(), hidesUsage: false, shape: .messages) {
                self.checkWhole($0, to: prepared, model: model)
            }
        }
        return StreamRelay(
            head: head,
            frames: AnthropicFrames(model: model, created: now(), hidesUsage: prepared.hidesUsage, memory: memory),
            hidesUsage: prepared.hidesUsage
        ) { self.checkWhole($0, to: prepared, model: model) }
    }

    /// Why an answer ended, in OpenAI's words.
    static func finishReason(_ stopReason: String) -> String {
        switch stopReason {
        case "max_tokens", "model_context_window_exceeded": "length"
        case "tool_use": "tool_calls"
        case "refusal": "content_filter"
        default: "stop"
        }
    }
}

extension TokenUsage {
    /// As OpenAI's `usage` object.
    func writeOpenAI(to buffer: inout ByteBuffer) {
        buffer.writeString(
            #"{"prompt_tokens":\#(promptTokens),"completion_tokens":\#(completionTokens),"#
                + #""total_tokens":\#(totalTokens),"#
                + #""prompt_tokens_details":{"cached_tokens":\#(cachedPromptTokens ?? 0)}}"#)
    }
}
