import WireFormats

/// Where clients put the name of a session, beside the router's own `x-session-id` and `bandit.session_id`: in the order in which they
/// count. What is empty or longer than a name is not one, and is passed over.
enum SessionSources {
    /// Headers, in lower case.
    static let headers: [StaticString] = [
        "x-claude-code-session-id", "session_id", "session-id", "x-litellm-session-id", "x-openwebui-chat-id",
        "x-conversation-id", "x-thread-id", "helicone-session-id",
    ]

    /// Members of `metadata`.
    static let metadata: [StaticString] = ["session_id", "conversation_id", "thread_id", "chat_id"]

    /// Members of the body.
    static let members: [StaticString] = ["session_id", "litellm_session_id", "conversation_id", "thread_id"]

    /// Bytes of a name at the most.
    static let limit = 512

    static func isName(_ text: String) -> Bool { 1...limit ~= text.utf8.count }

    /// What names the session in a body.
    static func session(in document: JSONDocument) -> (id: String, source: String)? {
        if let metadata = document.member("metadata"), metadata.kind == .object {
            // Claude Code: `user_…_account_…_session_…`, of which the session is kept and nothing else.
            if let user = metadata.member("user_id")?.string, let mark = user.firstRange(of: "_session_") {
                let id = String(user[mark.upperBound...])
                if isName(id) { return (id, "metadata.user_id") }
            }
            for name in Self.metadata {
                if let id = metadata.member(name)?.string, isName(id) { return (id, "metadata.\(name)") }
            }
        }
        for name in members {
            if let id = document.member(name)?.string, isName(id) { return (id, name.description) }
        }
        return nil
    }
}
