extension Seal.Kind {
    /// The dialect whose providers make such values.
    var home: OutboundShape {
        switch self {
        case .signature, .redacted: .messages
        case .encrypted: .responses
        case .thought: .gemini
        }
    }

    /// Whether providers asked in this dialect take such values.
    func isSaid(in shape: OutboundShape) -> Bool { home == shape || home == .messages && shape == .converse }
}

extension Conversation {
    /// Leaves only what the arm can have sealed itself: what is of another realm is removed with what it seals, and what nobody knows is
    /// said in its own dialect only. Calls whose client does not carry what was sealed with them get it from the table.
    mutating func prepareSeals(for shape: OutboundShape, realm: String, table: SealTable?) {
        for turn in turns.indices where turns[turn].role == .assistant {
            var parts: [Part] = []
            var sealedAway = 0
            for part in turns[turn].parts {
                switch part {
                case .reasoning(let reasoning):
                    guard let seal = reasoning.seal else { continue }
                    if Self.isOwn(seal, in: shape, realm, table) {
                        parts.append(part)
                    } else {
                        sealedAway += 1
                    }
                case .toolCall(var call):
                    if let seal = call.seal, !Self.isOwn(seal, in: shape, realm, table) {
                        call.seal = nil
                        sealedAway += 1
                    }
                    parts.append(.toolCall(call))
                default: parts.append(part)
                }
            }
            adjusted.sealed += sealedAway
            if let table { Self.restore(&parts, in: shape, realm, table) }
            turns[turn].parts = parts
        }
    }

    private static func isOwn(_ seal: Seal, in shape: OutboundShape, _ realm: String, _ table: SealTable?) -> Bool {
        guard seal.kind.isSaid(in: shape) else { return false }
        if let known = seal.realm ?? table?.realm(of: seal.value) { return known == realm }
        return seal.kind.home == shape
    }

    private static func restore(_ parts: inout [Part], in shape: OutboundShape, _ realm: String, _ table: SealTable) {
        let hasReasoning = parts.contains { part in
            guard case .reasoning = part else { return false }
            return true
        }
        var before: [Part] = []
        for index in parts.indices {
            guard case .toolCall(var call) = parts[index] else { continue }
            for reasoning in table.reasoning(before: call.id, of: realm) {
                guard let seal = reasoning.seal, seal.kind.isSaid(in: shape) else { continue }
                if seal.kind == .thought {
                    if call.seal == nil { call.seal = seal }
                } else if !hasReasoning {
                    before.append(.reasoning(reasoning))
                }
            }
            parts[index] = .toolCall(call)
        }
        parts = before + parts
    }
}
