package import Dialects
package import NIOCore
package import WireFormats

/// OpenAI's chat API, and the many servers that speak it.
package struct OpenAIDialect: ProviderDialect {
    private let translation: Translation

    /// - Parameter seals: whose sealed values are; shared by all dialects of a configuration.
    package init(seals: SealTable = SealTable()) { translation = Translation(to: .chat, seals: seals) }

    /// Appended to the provider's `base_url`, which includes the version.
    package static let embeddingsPath = "/embeddings"

    package func speaks(_ shape: InboundShape) -> Bool { shape == .chat }

    /// Of a chat everything can be said.
    package func unspeakable(in shape: InboundShape) -> RequestFeatures {
        RequestFeatures.unspeakable(from: shape, to: .chat)
    }

    /// The headers of every request for embeddings; nothing of the client's is among them.
    package static func headers(apiKey: String?) -> [(String, String)] {
        let type = [("Content-Type", "application/json")]
        guard let apiKey, !apiKey.isEmpty else { return type }
        return type + [("Authorization", "Bearer \(apiKey)")]
    }

    /// The client's bytes, but: `model` is the arm's, what its configuration says is said, `bandit` is gone, and a stream whose client set no `stream_options` asks
    /// for its usage.
    package func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        guard request.shape == .chat else { return try translation.request(request) }
        let (body, foreignSeals) = request.ownBody
        guard body.isObject else { throw DialectError("the body must be a JSON object", param: nil) }
        let wantsStream = body.member("stream")?.bool ?? false
        var splice = JSONSplice(body)
        splice.set("model", to: request.arm.model)
        splice.remove("bandit")
        let hidesUsage = wantsStream && body.member("stream_options")?.isNull ?? true
        if hidesUsage { splice.set("stream_options", to: ByteBuffer(staticString: #"{"include_usage":true}"#)) }
        return PreparedRequest(
            body: splice.applied(), wantsStream: wantsStream, hidesUsage: hidesUsage,
            adjusted: foreignSeals > 0 ? ["sealed:\(foreignSeals)"] : [])
    }

    /// The client's bytes with `model` and `bandit` treated as in a chat.
    package func embeddingsBody(_ body: JSONDocument, model: String) throws(DialectError) -> ByteBuffer {
        guard body.isObject else { throw DialectError("the body must be a JSON object", param: nil) }
        var splice = JSONSplice(body)
        splice.set("model", to: model)
        splice.remove("bandit")
        return splice.applied()
    }

    package func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        prepared.translation == nil
            ? AnswerCheck.openAI(answer, expecting: .chat) : translation.check(answer, to: prepared)
    }

    package func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay {
        guard prepared.translation == nil else { return translation.relay(head, to: prepared) }
        return StreamRelay(
            head: head, frames: OpenAIFrames(hidesUsage: prepared.hidesUsage), hidesUsage: prepared.hidesUsage
        ) { self.checkWhole($0, to: prepared, model: model) }
    }
}
