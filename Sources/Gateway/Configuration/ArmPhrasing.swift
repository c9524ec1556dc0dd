package import Dialects
import NIOCore
package import ProviderClient
import RoutingEngine
import WireFormats

/// How an arm is asked, beyond what its model is called.
package struct ArmPhrasing: Sendable, Equatable {
    /// nil: the first of its provider's.
    package var dialect: OutboundShape?
    /// The most tokens of an answer; nil: not known.
    package var maxOutputTokens: Int?
    /// How it is told how much to think; nil: as its dialect does.
    package var reasoning: AskedModel.Reasoning?
    /// JSON objects in the words of the chat API: what overrules the client, and what fills in what it does not say.
    package var params: String?
    package var defaults: String?
    /// Whose sealed values it understands; nil: those of its provider and model.
    package var realm: String?

    package init() {}

    /// How long its answers may be, as far as that is said here; a limit of thinking comes on top of what is usual.
    var answerTokens: AnswerTokens {
        func limit(_ text: String?) -> Int? {
            guard let text, let said = try? JSONDocument(parsing: ByteBuffer(string: text)) else { return nil }
            return ArmSettings.limitNames.compactMap { said.member($0)?.int }.max()
        }
        return AnswerTokens(overruled: limit(params), usual: limit(defaults) ?? maxOutputTokens)
    }

    /// For requests to a model of a provider.
    func asked(_ model: String, provider: String) -> AskedModel {
        var asked = AskedModel(
            model, realm: realm ?? "\(provider)/\(model)", maxOutputTokens: maxOutputTokens, reasoning: reasoning)
        asked.params = params.flatMap { try? JSONDocument(parsing: ByteBuffer(string: $0)) }
        asked.defaults = defaults.flatMap { try? JSONDocument(parsing: ByteBuffer(string: $0)) }
        return asked
    }
}

extension ProviderKind {
    /// The dialects that its models are asked in; the first is the usual one.
    package var dialects: [OutboundShape] {
        switch self {
        case .openai: [.chat, .responses]
        case .openaiResponses: [.responses, .chat]
        case .anthropic: [.messages]
        case .gemini: [.gemini]
        case .vertex: [.gemini, .messages]
        case .azure: [.chat, .responses, .messages]
        case .bedrock: [.converse, .messages, .chat]
        case .simulated: [.chat, .messages, .responses]
        }
    }
}
