import Dialects
import RoutingEngine

/// Which of the proxied endpoints a request is for.
enum ProxiedEndpoint: Sendable, CaseIterable {
    case chat
    case messages
    case responses
    /// What came before chats: asked as one, and answered in its own words.
    case completions
    case embeddings

    /// Of the endpoint, in logs.
    var name: String {
        switch self {
        case .chat: "chat"
        case .messages: "messages"
        case .responses: "responses"
        case .completions: "completions"
        case .embeddings: "embeddings"
        }
    }

    var path: String {
        switch self {
        case .chat: "/v1/chat/completions"
        case .messages: "/v1/messages"
        case .responses: "/v1/responses"
        case .completions: "/v1/completions"
        case .embeddings: "/v1/embeddings"
        }
    }

    /// Of a path as it is written here.
    init?(path: String) {
        switch path {
        case "/v1/chat/completions": self = .chat
        case "/v1/messages": self = .messages
        case "/v1/responses": self = .responses
        case "/v1/completions": self = .completions
        case "/v1/embeddings": self = .embeddings
        default: return nil
        }
    }

    /// What a request is once it is read: a completion is a chat by then.
    var shape: InboundShape {
        switch self {
        case .chat, .completions, .embeddings: .chat
        case .messages: .messages
        case .responses: .responses
        }
    }

    /// How whoever asks at a path is told of an error, be there something at it or not.
    static func inbound(ofPath path: some StringProtocol, speaksAnthropic: Bool = false) -> any InboundDialect {
        let parts = path.prefix { $0 != "?" }.split(separator: "/")
        if parts.contains("messages") || speaksAnthropic && parts.contains("models") { return MessagesInbound() }
        return ChatInbound()
    }

    /// How its clients are answered.
    func inbound(at now: Timestamp) -> any InboundDialect {
        switch shape {
        case .chat: ChatInbound()
        case .messages: MessagesInbound()
        case .responses: ResponsesInbound(created: Int(clamping: now / 1_000_000))
        }
    }
}
