import NIOCore

/// Follows an answer for what its provider sealed, so that clients which drop it can go on.
package struct SealMemory: Sendable {
    private var text = EscapedText()
    private var sealed: [Reasoning] = []
    private var hasCalls = false
    private var bytes = 0

    /// Thinking beyond this is not kept for the next turn.
    private static let maxBytes = 4 << 20

    package init() {}

    package mutating func note(_ event: AnswerEvent, _ context: AnswerContext, in table: SealTable) {
        switch event {
        case .reasoning(let piece):
            bytes += piece.byteCount
            if bytes <= Self.maxBytes { text.append(piece) }
        case .seal(let seal):
            bytes += seal.value.utf8.count
            // With a part missing its seal would not fit.
            if bytes <= Self.maxBytes {
                sealed.append(Reasoning(text: seal.kind == .redacted ? EscapedText() : text, seal: seal))
            }
            text = EscapedText()
        case .call(let index, let head):
            var kept = hasCalls ? [] : sealed
            if let seal = head.seal { kept.append(Reasoning(text: EscapedText(), seal: seal)) }
            hasCalls = true
            table.remember(kept, before: context.callID(head, index), of: context.realm)
        default: break
        }
    }
}

extension SealTable {
    /// Keeps what was sealed in a whole answer.
    package func remember(_ answer: WholeAnswer, _ context: AnswerContext) {
        var kept = answer.reasoning
        for call in answer.calls {
            if let seal = call.head.seal { kept.append(Reasoning(text: EscapedText(), seal: seal)) }
            remember(kept, before: context.callID(call.head, call.index), of: context.realm)
            kept = []
        }
    }
}
