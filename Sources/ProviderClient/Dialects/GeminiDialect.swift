package import Dialects

/// Google's `generateContent`, at its own address and at Vertex.
///
/// Model and streaming are in the address (`/models/M:streamGenerateContent?alt=sse`), which is the carrier's to make.
package struct GeminiDialect: ProviderDialect {
    private let translation: Translation

    /// - Parameter seals: whose sealed values are; shared by all dialects of a configuration.
    package init(seals: SealTable = SealTable()) { translation = Translation(to: .gemini, seals: seals) }

    package var chatPath: String { "/models" }
    package var embeddingsPath: String? { nil }

    package func headers(apiKey: String?) -> [(String, String)] {
        let type = [("Content-Type", "application/json")]
        guard let apiKey, !apiKey.isEmpty else { return type }
        return type + [("x-goog-api-key", apiKey)]
    }

    package func unspeakable(in shape: InboundShape) -> RequestFeatures {
        RequestFeatures.unspeakable(from: shape, to: .gemini)
    }

    package func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        try translation.request(request)
    }

    package func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        translation.check(answer, to: prepared)
    }

    package func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay {
        translation.relay(head, to: prepared)
    }
}

/// Bedrock's Converse.
///
/// Model and streaming are in the address (`/model/M/converse-stream`), which is the carrier's to make; so is the signature, where the key
/// is none of the kind that is sent as it is.
package struct ConverseDialect: ProviderDialect {
    private let translation: Translation

    /// - Parameter seals: whose sealed values are; shared by all dialects of a configuration.
    package init(seals: SealTable = SealTable()) { translation = Translation(to: .converse, seals: seals) }

    package var chatPath: String { "/model" }
    package var embeddingsPath: String? { nil }
    package func headers(apiKey: String?) -> [(String, String)] { OpenAIDialect().headers(apiKey: apiKey) }

    package func unspeakable(in shape: InboundShape) -> RequestFeatures {
        RequestFeatures.unspeakable(from: shape, to: .converse)
    }

    package func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        try translation.request(request)
    }

    package func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        translation.check(answer, to: prepared)
    }

    package func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay {
        translation.relay(head, to: prepared)
    }
}
