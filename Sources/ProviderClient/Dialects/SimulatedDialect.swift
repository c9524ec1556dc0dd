package import Dialects

/// How simulated arms are asked: in the dialect of whoever asks, since they speak all that clients do.
package struct SimulatedDialect: ProviderDialect {
    private let chat = OpenAIDialect()
    private let messages = AnthropicDialect()
    private let responses = ResponsesDialect()

    package init() {}

    private func own(_ shape: InboundShape) -> any ProviderDialect {
        switch shape {
        case .chat: chat
        case .messages: messages
        case .responses: responses
        }
    }

    package func speaks(_ shape: InboundShape) -> Bool { true }

    package func unspeakable(in shape: InboundShape) -> RequestFeatures { own(shape).unspeakable(in: shape) }

    package func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        try own(request.shape).request(request)
    }

    package func checkWhole(
        _ answer: UpstreamAnswer, to prepared: PreparedRequest, model: String
    ) -> Result<CheckedAnswer, UpstreamFault> {
        own(prepared.shape).checkWhole(answer, to: prepared, model: model)
    }

    package func streamRelay(head: UpstreamHead, model: String, prepared: PreparedRequest) -> StreamRelay {
        own(prepared.shape).streamRelay(head: head, model: model, prepared: prepared)
    }
}
