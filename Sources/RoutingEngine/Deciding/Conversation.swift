/// What a request without a session's name tells of the conversation that it belongs to. Ids are keyed hashes: no text is kept.
package struct Conversation: Sendable {
    /// Of system prompt and first human turn: what stays the same from the first request of a conversation to its last.
    package let opening: String
    /// Whether nobody has answered yet: such a request begins a conversation.
    package let isOpening: Bool
    /// Of all that was said up to the last answer, and up to now; nil where that is too long, or the request is the first.
    ///
    /// The first is what the request before this one was asked with, so that one follows from the other.
    package let soFar: @Sendable () -> (before: String, now: String)?

    package init(
        opening: String, isOpening: Bool, soFar: @escaping @Sendable () -> (before: String, now: String)? = { nil }
    ) {
        self.opening = opening
        self.isOpening = isOpening
        self.soFar = soFar
    }
}

/// Where a request's seat is looked for, where it is kept, and how that is said in the log.
struct SessionPlace {
    /// What named it: a header, a parameter, or ``byOpening`` or ``byTurns``.
    let source: String
    let id: String
    let seat: SessionTable.Seat?
    /// nil: a fresh decision takes no seat.
    let keeps: SessionTable.Key?

    static let byOpening = "conversation"
    static let byTurns = "conversation_turns"

    /// Looks a request's seat up.
    ///
    /// A conversation is known by its opening, once a request that was nothing but that opening took a seat: the same opening alone is
    /// drawn anew each time, so that an application that asks all its questions with one prompt still explores. Where no such
    /// request was seen (examples stand before the question, the first turn went elsewhere, history was lost) the turns themselves
    /// tell what follows what.
    init?(of request: DecisionRequest, on route: RouteDefinition, in table: SessionTable) {
        func key(_ session: String) -> SessionTable.Key {
            SessionTable.Key(route: route.id, group: request.keyGroup, session: session)
        }
        guard route.affinity != .none else { return nil }
        if let session = request.session {
            source = request.sessionSource ?? "session_id"
            id = session
            seat = table.seat(key(session))
            keeps = key(session)
            return
        }
        guard route.affinity == .conversation, let conversation = request.conversation else { return nil }
        let opening = key(conversation.opening)
        if conversation.isOpening {
            source = Self.byOpening
            id = conversation.opening
            seat = nil
            keeps = opening
        } else if let known = table.seat(opening) {
            source = Self.byOpening
            id = conversation.opening
            seat = known
            keeps = opening
        } else {
            guard let turns = conversation.soFar() else { return nil }
            source = Self.byTurns
            id = turns.now
            seat = table.seat(key(turns.before))
            keeps = key(turns.now)
        }
    }
}
