package import Dialects
import NIOCore

/// OpenAI's responses API.
package struct ResponsesDialect: ProviderDialect {
    private let translation: Translation

    /// - Parameter seals: whose sealed values are; shared by all dialects of a configuration.
    package init(seals: SealTable = SealTable()) { translation = Translation(to: .responses, seals: seals) }

    package func speaks(_ shape: InboundShape) -> Bool { shape == .responses }

    package func unspeakable(in shape: InboundShape) -> RequestFeatures {
        RequestFeatures.unspeakable(from: shape, to: .responses)
    }

    package func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        request.shape == .responses ? try NativeResponses.request(request) : try translation.request(request)
    }

    package func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        prepared.translation == nil ? NativeResponses.check(answer) : translation.check(answer, to: prepared)
    }

    package func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay {
        guard prepared.translation == nil else { return translation.relay(head, to: prepared) }
        return StreamRelay(head: head, frames: NativeResponsesFrames(), hidesUsage: false, shape: .responses) {
            self.checkWhole($0, to: prepared, model: model)
        }
    }
}
