/// A dialect that clients ask in.
///
/// A dialect is the shape of bodies, answers and streams; where they are sent, and with which credentials, is a carrier's.
package enum InboundShape: String, Sendable, Hashable, CaseIterable {
    /// OpenAI's chat completions.
    case chat
    /// Anthropic's messages.
    case messages
    /// OpenAI's responses.
    case responses

    /// The dialect of providers that has the same shape.
    package var own: OutboundShape {
        switch self {
        case .chat: .chat
        case .messages: .messages
        case .responses: .responses
        }
    }
}
