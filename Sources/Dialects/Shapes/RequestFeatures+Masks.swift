extension RequestFeatures {
    /// What belongs to one provider, wherever the request came from.
    private static let providers: RequestFeatures = [
        .serverTool, .fileID, .citations, .mcp, .container, .unknownPart, .functions, .documentType,
    ]

    /// What a dialect of providers has no words for.
    private static func unspeakable(to shape: OutboundShape) -> RequestFeatures {
        switch shape {
        case .chat: providers.union([.prefill, .stopsOverFour, .stopsOverFive, .documentURL])
        case .responses:
            providers.union([
                .choices, .logitBias, .audioOut, .audioIn, .stop, .stopsOverFour, .stopsOverFive, .prefill,
            ])
        case .messages:
            providers.union([.choices, .logitBias, .audioOut, .audioIn, .logprobs, .jsonObject])
        case .gemini:
            providers.union([
                .choices, .logitBias, .audioOut, .logprobs, .stopsOverFive, .imageURL, .documentURL, .parallelOff,
                .prefill,
            ])
        case .converse:
            providers.union([
                .choices, .logitBias, .audioOut, .audioIn, .logprobs, .imageURL, .documentURL, .jsonObject,
                .parallelOff,
            ])
        }
    }

    /// What a request in a client's dialect may say and an arm's has no words for; in its own dialect all can be said.
    package static func unspeakable(from inbound: InboundShape, to outbound: OutboundShape) -> RequestFeatures {
        inbound.own == outbound ? [] : unspeakable(to: outbound)
    }

    /// What is said in other words, or in part.
    package static func adjusted(to outbound: OutboundShape) -> RequestFeatures {
        switch outbound {
        case .responses: []
        case .chat, .messages, .gemini, .converse: [.customTool]
        }
    }
}
