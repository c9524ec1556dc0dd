package import Dialects

/// A dialect that no client speaks (Google's `generateContent`, Bedrock's Converse): everything is said in other words.
package struct TranslatedDialect: ProviderDialect {
    private let translation: Translation

    /// - Parameter seals: whose sealed values are.
    package init(to outbound: OutboundShape, seals: SealTable = SealTable()) {
        translation = Translation(to: outbound, seals: seals)
    }

    package func unspeakable(in shape: InboundShape) -> RequestFeatures {
        RequestFeatures.unspeakable(from: shape, to: translation.outbound)
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
