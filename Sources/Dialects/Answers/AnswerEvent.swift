package import WireFormats

/// What happens in an answer, in no dialect. Texts are pieces of JSON strings as they are escaped.
package enum AnswerEvent: Sendable {
    /// The provider's id and the model's name, where it says them.
    case begin(id: String?, model: String?)
    case text(EscapedText)
    /// Of the tokens of the text before, as OpenAI lists them.
    case logprobs(JSONValue)
    case reasoning(EscapedText)
    /// Ends a stretch of reasoning, of which this is the seal.
    case seal(Seal)
    case refusal(EscapedText)
    /// A call begins; pieces of its arguments follow under its number.
    case call(index: Int, ToolCallHead)
    case arguments(index: Int, EscapedText)
    /// All of a call's arguments have come.
    case callEnd(index: Int)
    /// A running total.
    case usage(TokenUsage)
    case stop(AnswerStop)
}

/// A call as it begins.
package struct ToolCallHead: Sendable {
    /// Empty where the provider gives none.
    package var id: String
    /// As providers know it.
    package var name: String
    /// Whether what follows is free text, not an object.
    package var isFreeform = false
    package var seal: Seal?

    package init(id: String, name: String, isFreeform: Bool = false, seal: Seal? = nil) {
        self.id = id
        self.name = name
        self.isFreeform = isFreeform
        self.seal = seal
    }
}

/// Why an answer ended.
package enum AnswerStop: Sendable, Equatable {
    case end, length, toolCalls, refusal
    /// At one of the client's words, where the provider says at which.
    case stopSequence(String?)
    /// The provider wants to be asked to go on.
    case pause

    /// A call wins over an ordinary end.
    package func with(calls: Bool) -> AnswerStop { calls && self == .end ? .toolCalls : self }

    /// In OpenAI's words.
    package var finishReason: String {
        switch self {
        case .end, .stopSequence, .pause: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .refusal: "content_filter"
        }
    }
}

/// An answer that is none.
package enum AnswerFault: Error, Sendable {
    /// Not what the dialect says.
    case malformed(String)
    /// An error in the provider's words: the object that holds them.
    case error(JSONValue)
    /// No answer in it.
    case empty(String)
}

/// Reads an answer of one dialect, whole or frame by frame.
package protocol AnswerReader: Sendable {
    /// Reads a whole answer.
    mutating func read(whole answer: JSONDocument, into events: inout [AnswerEvent]) throws(AnswerFault)
    /// Reads a frame's data, which is no keep-alive.
    mutating func read(frame: JSONDocument, named event: String?, into events: inout [AnswerEvent]) throws(AnswerFault)
    /// Whether nothing more comes.
    var isDone: Bool { get }
}

extension OutboundShape {
    /// A reader of one answer.
    ///
    /// - Parameter realm: of what the provider seals.
    package func reader(realm: String) -> any AnswerReader {
        switch self {
        case .chat: ChatAnswerReader()
        case .responses: ResponsesAnswerReader(realm: realm)
        case .messages: MessagesAnswerReader(realm: realm)
        case .gemini: GeminiAnswerReader(realm: realm)
        case .converse: ConverseAnswerReader(realm: realm)
        }
    }
}
