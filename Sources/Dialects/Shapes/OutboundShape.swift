/// A dialect that providers are asked in.
package enum OutboundShape: String, Sendable, Hashable, CaseIterable {
    /// OpenAI's chat completions, and the many servers that speak it.
    case chat
    /// OpenAI's responses.
    case responses
    /// Anthropic's messages.
    case messages
    /// Google's `generateContent`.
    case gemini
    /// Bedrock's Converse.
    case converse

    /// The dialect of clients that has the same shape; nil where clients cannot ask in it.
    package var inbound: InboundShape? {
        switch self {
        case .chat: .chat
        case .responses: .responses
        case .messages: .messages
        case .gemini, .converse: nil
        }
    }
}
