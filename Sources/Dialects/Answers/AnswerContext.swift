import NIOCore
package import WireFormats

/// What an answer is written with that is not in it.
package struct AnswerContext: Sendable {
    /// Made into the ids of what is translated: the decision's, without hyphens.
    package var id: String
    /// The arm's, where the provider does not say its own.
    package var model: String
    /// Of what the arm's provider seals.
    package var realm: String
    /// Seconds since the epoch.
    package var created: Int
    /// What the client calls its tools.
    package var names: ToolNames
    /// Whether the client of a stream is told what it used.
    package var wantsUsage: Bool
    /// Tokens of the prompt, estimated: what is told before the provider has counted.
    package var estimatedInput: Int
    /// The client's request, some of which a response repeats.
    package var request: JSONDocument?

    package init(
        id: String, model: String, realm: String, created: Int, names: ToolNames = ToolNames(), wantsUsage: Bool = true,
        estimatedInput: Int = 0, request: JSONDocument? = nil
    ) {
        self.id = id
        self.model = model
        self.realm = realm
        self.created = created
        self.names = names
        self.wantsUsage = wantsUsage
        self.estimatedInput = estimatedInput
        self.request = request
    }

    /// A call's id: the provider's, or one that no other call of the conversation has.
    func callID(_ head: ToolCallHead, _ index: Int) -> String {
        head.id.isEmpty ? "call_\(id)_\(index)" : head.id
    }
}

/// An answer put together from what happened in it.
package struct WholeAnswer: Sendable {
    package enum Part: Sendable {
        case text(EscapedText, logprobs: [JSONValue])
        case reasoning(Reasoning)
        case refusal(EscapedText)
        case call(Call)
    }

    package struct Call: Sendable {
        package var index: Int
        package var head: ToolCallHead
        package var arguments = EscapedText()

        /// As the object it is; one that is none becomes an empty one.
        var object: ByteBuffer {
            ToolCall(id: "", name: "", arguments: .text(arguments), isFreeform: head.isFreeform, seal: nil)
                .argumentsObject()
        }

        /// As a text that says an object.
        package var text: EscapedText { arguments.isEmpty ? EscapedText("{}") : arguments }

        /// Of a tool that takes free text.
        var freeText: EscapedText {
            guard !head.isFreeform else { return arguments }
            let value = try? JSONDocument(parsing: .init(string: arguments.string))
            return EscapedText(value?.member("input")) ?? arguments
        }
    }

    package private(set) var id: String?
    package private(set) var model: String?
    package private(set) var parts: [Part] = []
    package private(set) var usage: TokenUsage?
    package private(set) var stop: AnswerStop?
    /// Whether a stretch of reasoning has ended with its seal.
    private var reasoningEnded = true

    package init() {}

    package init(_ events: [AnswerEvent]) { events.forEach { add($0) } }

    /// Why it ended; where nobody said so, as what is in it tells.
    var finalStop: AnswerStop {
        (stop ?? .end).with(calls: parts.contains { if case .call = $0 { true } else { false } })
    }

    package mutating func add(_ event: AnswerEvent) {
        switch event {
        case .begin(let id, let model):
            self.id = self.id ?? id
            self.model = self.model ?? model
        case .text(let piece):
            if case .text? = parts.last {
                parts[parts.count - 1].append(piece)
            } else {
                parts.append(.text(piece, logprobs: []))
            }
        case .logprobs(let list):
            if case .text(let text, let logprobs)? = parts.last {
                parts[parts.count - 1] = .text(text, logprobs: logprobs + [list])
            }
        case .reasoning(let piece):
            if !reasoningEnded, case .reasoning? = parts.last {
                parts[parts.count - 1].append(piece)
            } else {
                parts.append(.reasoning(Reasoning(text: piece)))
                reasoningEnded = false
            }
        case .seal(let seal):
            if !reasoningEnded, seal.kind != .redacted, case .reasoning(var reasoning)? = parts.last {
                reasoning.seal = seal
                parts[parts.count - 1] = .reasoning(reasoning)
            } else {
                parts.append(.reasoning(Reasoning(text: EscapedText(), seal: seal)))
            }
            reasoningEnded = true
        case .refusal(let piece):
            if case .refusal? = parts.last {
                parts[parts.count - 1].append(piece)
            } else {
                parts.append(.refusal(piece))
            }
        case .call(let index, let head): parts.append(.call(Call(index: index, head: head)))
        case .arguments(let index, let piece):
            for at in parts.indices.reversed() {
                guard case .call(let call) = parts[at], call.index == index else { continue }
                parts[at].append(piece)
                break
            }
        case .callEnd: break
        case .usage(let more): if usage == nil { usage = more } else { usage?.update(with: more) }
        case .stop(let stop): self.stop = self.stop ?? stop
        }
    }

    package var calls: [Call] {
        parts.compactMap { part in
            guard case .call(let call) = part else { return nil }
            return call
        }
    }

    var reasoning: [Reasoning] {
        parts.compactMap { part in
            guard case .reasoning(let reasoning) = part else { return nil }
            return reasoning
        }
    }
}

extension WholeAnswer.Part {
    /// Goes on with what it says: a text, a refusal, reasoning, a call's arguments. In place, so that a long answer in many pieces is
    /// copied a few times, not once a piece.
    mutating func append(_ piece: EscapedText) {
        self = Self.taken(&self).appending(piece)
    }

    /// The part, of which nothing is left where it was.
    private static func taken(_ part: inout Self) -> Self {
        var taken = Self.refusal(EscapedText())
        swap(&taken, &part)
        return taken
    }

    private consuming func appending(_ piece: EscapedText) -> Self {
        switch consume self {
        case .text(var text, let logprobs):
            text.append(piece)
            return .text(text, logprobs: logprobs)
        case .refusal(var text):
            text.append(piece)
            return .refusal(text)
        case .reasoning(var reasoning):
            reasoning.text.append(piece)
            return .reasoning(reasoning)
        case .call(var call):
            call.arguments.append(piece)
            return .call(call)
        }
    }
}
