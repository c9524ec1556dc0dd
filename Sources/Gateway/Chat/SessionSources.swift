import NIOCore
import WireFormats

/// Where clients put the name of a session, beside the router's own `x-session-id` and `bandit.session_id`: in the order in which they
/// count. What is empty or longer than a name is not one, and is passed over.
enum SessionSources {
    /// Headers, in lower case.
    static let headers: [StaticString] = [
        "session_id", "session-id", "x-litellm-session-id", "x-openwebui-chat-id",
        "x-conversation-id", "x-thread-id", "helicone-session-id",
    ]

    /// Members of `metadata`.
    static let metadata: [StaticString] = ["session_id", "conversation_id", "thread_id", "chat_id"]

    /// Members of the body.
    static let members: [StaticString] = ["session_id", "litellm_session_id", "conversation_id", "thread_id"]

    /// Bytes of a name at the most.
    static let limit = 512

    /// The session in what Claude Code calls a user: `user_…_account_…_session_…`, or an object with a `session_id` written as text.
    /// Nothing else of it is kept.
    private static func agentSession(_ user: String) -> String? {
        if let mark = user.firstRange(of: "_session_") { return String(user[mark.upperBound...]) }
        guard user.utf8.first == UInt8(ascii: "{") else { return nil }
        return (try? JSONDocument(parsing: ByteBuffer(string: user)))?.member("session_id")?.string
    }

    static func isName(_ text: String) -> Bool { 1...limit ~= text.utf8.count }

    /// What names the session of a request that does not name it in the router's own words.
    static func session(in document: JSONDocument, _ fields: RequestFields) -> (id: String, source: String)? {
        if let id = fields.agentSession { return (id, "x-claude-code-session-id") }
        if let metadata = document.member("metadata"), metadata.kind == .object {
            if let id = metadata.member("user_id")?.string.flatMap(agentSession), isName(id) {
                return (id, "metadata.user_id")
            }
            for name in Self.metadata {
                if let id = metadata.member(name)?.string, isName(id) { return (id, "metadata.\(name)") }
            }
        }
        if let session = fields.foreignSession { return session }
        for name in members {
            if let id = document.member(name)?.string, isName(id) { return (id, name.description) }
        }
        return nil
    }
}
