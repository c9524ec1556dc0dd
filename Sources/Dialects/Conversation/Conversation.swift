package import WireFormats

/// A request in no dialect: what is asked of a model, whoever asks and whoever is asked.
///
/// Made only where the client's dialect is not the arm's. Texts are slices of the client's bytes as they are escaped, numbers keep their
/// digits.
package struct Conversation: Sendable {
    package enum Role: Sendable { case system, user, assistant }

    package struct Turn: Sendable {
        package var role: Role
        package var parts: [Part]
    }

    /// What stands before the turns.
    package var instructions: [TextPart] = []
    /// Systems' turns among them stand where the client had them.
    package var turns: [Turn] = []
    package var tools: [Tool] = []
    /// Tools that a provider runs itself, by the client's name for their kind: offers, which nobody insists on.
    package var offers: [String] = []
    package var choice: ToolChoice?
    /// Whether several tools may be called at once; nil: not said.
    package var parallel: Bool?
    package var output: OutputFormat?
    package var sampling = Sampling()
    /// Of the answer's tokens, in its digits.
    package var limit: JSONValue?
    package var thinking: Thinking?
    package var stream = false
    /// Whether the client of a stream wants its usage: those of messages and responses always get it.
    package var wantsUsage = true
    /// Who asks, as the client says it.
    package var user: EscapedText?
    package var hints = Hints()
    package var names = ToolNames()
    /// What was left out or made to fit while the request was read, by the client's names.
    package var adjusted = Adjustments()

    package init() {}

    /// Adds parts to the last turn where it is of this role, else begins one.
    mutating func add(_ parts: [Part], as role: Role) {
        guard !parts.isEmpty else { return }
        if let last = turns.indices.last, turns[last].role == role {
            turns[last].parts += parts
        } else {
            turns.append(Turn(role: role, parts: parts))
        }
    }

    /// What a system says: before the first turn it is among the instructions.
    mutating func add(system parts: [Part]) {
        guard turns.isEmpty else { return turns.append(Turn(role: .system, parts: parts)) }
        for case .text(let text) in parts { instructions.append(text) }
    }
}

/// A text, and a client's mark for the provider's cache after it.
package struct TextPart: Sendable {
    package var text: EscapedText
    package var mark: JSONValue?

    package init(_ text: EscapedText, mark: JSONValue? = nil) {
        self.text = text
        self.mark = mark
    }
}

package enum Part: Sendable {
    case text(TextPart)
    case image(Media)
    case document(Media)
    /// In base64, with its format's name.
    case audio(EscapedText, format: EscapedText)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    case reasoning(Reasoning)
    case refusal(EscapedText)
}

/// An image or a document.
package struct Media: Sendable {
    package enum Source: Sendable {
        case base64(EscapedText, type: String)
        case url(EscapedText)
    }

    package var source: Source
    /// A document's.
    package var name: EscapedText?
    /// How closely an image is to be looked at, in OpenAI's words.
    package var detail: EscapedText?
    package var mark: JSONValue?
}

/// A call of a tool that a model has made.
package struct ToolCall: Sendable {
    package var id: String
    /// As providers know it (``ToolNames``).
    package var name: String
    package var arguments: Arguments
    package var isFreeform = false
    /// What the provider wants back with the call.
    package var seal: Seal?
    package var mark: JSONValue?
}

/// A call's arguments: the text that a model wrote, or the object it says.
package enum Arguments: Sendable {
    case text(EscapedText)
    case object(JSONValue)
}

package struct ToolResult: Sendable {
    /// Of the call that it answers.
    package var id: String
    package var parts: [Part]
    package var isError = false
    package var isFreeform = false
    package var mark: JSONValue?
}

/// What a model thought before it said something.
package struct Reasoning: Sendable {
    package var text: EscapedText
    package var seal: Seal?

    package init(text: EscapedText, seal: Seal? = nil) {
        self.text = text
        self.seal = seal
    }
}

package struct Tool: Sendable {
    /// As providers know it (``ToolNames``).
    package var name: String
    package var description: EscapedText?
    /// A JSON schema; nil: a tool without parameters, or one that takes free text.
    package var schema: JSONValue?
    package var isStrict: JSONValue?
    /// Whether it takes free text, of which form is told by the provider's own word (`format`).
    package var isFreeform = false
    package var format: JSONValue?
    package var mark: JSONValue?
}

package enum ToolChoice: Sendable {
    case auto, none, required
    case tool(String)
}

package enum OutputFormat: Sendable {
    /// JSON without a schema.
    case object
    case schema(JSONValue, name: EscapedText?, description: EscapedText?, strict: JSONValue?)
}

/// What steers how an answer is drawn; each value as the client wrote it.
package struct Sampling: Sendable {
    package var temperature: JSONValue?
    package var topP: JSONValue?
    package var topK: JSONValue?
    package var seed: JSONValue?
    package var presencePenalty: JSONValue?
    package var frequencyPenalty: JSONValue?
    package var stops: [EscapedText] = []
    /// How many alternatives are to be told for each token; nil: no probabilities.
    package var topLogprobs: Int?
}

/// How much a model is to think.
package enum Thinking: Sendable, Equatable {
    case off
    /// In words: `none minimal low medium high xhigh max`.
    case effort(String)
    /// In tokens.
    case budget(Int)
    /// As much as the model sees fit.
    case adaptive
}

/// What only OpenAI's dialects have words for.
package struct Hints: Sendable {
    package var verbosity: JSONValue?
    package var serviceTier: JSONValue?
    package var metadata: JSONValue?
    package var promptCacheKey: JSONValue?
    package var safetyIdentifier: JSONValue?
    package var truncation: JSONValue?
    /// Members that no other dialect has.
    package var others: [String] = []
}

/// What of a client's request could not be said as it was, by its names; a bounded list without repetitions.
package struct Adjustments: Sendable, Equatable {
    package private(set) var names: [String] = []
    /// Sealed values that were left out.
    package var sealed = 0

    /// Names in the header that says what was left out.
    static let most = 16
    private static let longest = 64

    package init() {}

    package mutating func add(_ name: some StringProtocol) {
        let name =
            name.utf8.count <= Self.longest
            ? String(name) : String(decoding: name.utf8.prefix(Self.longest), as: UTF8.self)
        if names.count < Self.most, !names.contains(name) { names.append(name) }
    }

    package mutating func add(_ others: Adjustments) {
        others.names.forEach { add($0) }
        sealed = sealed.addingSaturated(others.sealed)
    }

    /// With the count of sealed values among them.
    package var all: [String] { sealed == 0 ? names : names + ["sealed:\(sealed)"] }
}
