package import Dialects
package import WireFormats

/// What a chat request says that not every dialect has words for: a bit each, found by one walk over the request.
///
/// A dialect's mask has the bits it cannot say (``ProviderDialect/unspeakable``); whether an arm can be asked is one AND. What only leans
/// an answer one way (a seed, penalties, effort) is no feature: it is left out where it cannot be said, and named in
/// ``PreparedRequest/adjusted``.
package struct RequestFeatures: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// More than one choice.
    package static let choices = RequestFeatures(rawValue: 1 << 0)
    package static let logprobs = RequestFeatures(rawValue: 1 << 1)
    package static let logitBias = RequestFeatures(rawValue: 1 << 2)
    /// An answer that is spoken.
    package static let audioOut = RequestFeatures(rawValue: 1 << 3)
    package static let audioIn = RequestFeatures(rawValue: 1 << 4)
    /// JSON without a schema.
    package static let jsonObject = RequestFeatures(rawValue: 1 << 5)
    /// A tool that takes free text (`type: custom`).
    package static let customTool = RequestFeatures(rawValue: 1 << 6)
    /// A tool the provider runs itself and that the request insists on.
    package static let serverTool = RequestFeatures(rawValue: 1 << 7)
    /// `functions` and their answers, which came before tools.
    package static let functions = RequestFeatures(rawValue: 1 << 8)
    /// A file that lies with one provider.
    package static let fileID = RequestFeatures(rawValue: 1 << 9)
    /// A document that is no PDF.
    package static let documentType = RequestFeatures(rawValue: 1 << 10)
    /// A kind of content that the router does not know.
    package static let unknownPart = RequestFeatures(rawValue: 1 << 11)

    /// A request in a shape of another dialect, of which there is no translation.
    package static let shape = RequestFeatures(rawValue: 1 << 12)

    /// Every feature with its name in reasons and messages, and the member of the request that asks for it.
    package static let named: [(feature: RequestFeatures, name: String, param: String)] = [
        (.choices, "n", "n"), (.logprobs, "logprobs", "logprobs"), (.logitBias, "logit_bias", "logit_bias"),
        (.audioOut, "audio_out", "modalities"), (.audioIn, "audio_in", "messages"),
        (.jsonObject, "json_object", "response_format"), (.customTool, "custom_tool", "tools"),
        (.serverTool, "server_tool", "tool_choice"), (.functions, "functions", "functions"),
        (.fileID, "file_id", "messages"), (.documentType, "document_type", "messages"),
        (.unknownPart, "content_part", "messages"), (.shape, "shape", "model"),
    ]

    /// In the order of ``named``.
    package var names: [String] { Self.named.filter { contains($0.feature) }.map(\.name) }

    /// Walks over a request.
    package init(_ body: JSONDocument, in shape: InboundShape) {
        self = shape == .chat ? RequestFeatures(body) : .shape
    }

    /// Walks over a chat request.
    package init(_ body: JSONDocument) {
        self = []
        if let n = body.member("n")?.double, n > 1 { note(.choices) }
        if body.member("logprobs")?.bool == true { note(.logprobs) }
        if let bias = body.member("logit_bias"), bias.kind == .object, !bias.isEmpty { note(.logitBias) }
        if let audio = body.member("audio"), !audio.isNull { note(.audioOut) }
        if let modalities = body.member("modalities"), modalities.elements.contains(where: { !$0.isString("text") }) {
            note(.audioOut)
        }
        if body.member("response_format")?.member("type")?.isString("json_object") ?? false { note(.jsonObject) }
        if let functions = body.member("functions"), functions.kind == .array, !functions.isEmpty { note(.functions) }
        readTools(body)
        body.member("messages")?.forEachElement { message in
            readMessage(message)
            return true
        }
    }

    private mutating func readTools(_ body: JSONDocument) {
        body.member("tools")?.forEachElement { tool in
            if tool.member("type")?.isString("custom") ?? false { note(.customTool) }
            return true
        }
        guard let choice = body.member("tool_choice"), choice.kind == .object, let type = choice.member("type")?.string
        else { return }
        if type != "function" { note(type == "custom" ? .customTool : .serverTool) }
    }

    private mutating func readMessage(_ message: JSONValue) {
        let (role, content) = message.members("role", "content")
        if role?.isString("function") ?? false { note(.functions) }
        if role?.isString("assistant") ?? false {
            if let call = message.member("function_call"), !call.isNull { note(.functions) }
            message.member("tool_calls")?.forEachElement { call in
                if call.member("type")?.isString("custom") ?? false { note(.customTool) }
                return true
            }
        }
        guard let content, content.kind == .array else { return }
        content.forEachElement { part in
            readPart(part)
            return true
        }
    }

    private mutating func readPart(_ part: JSONValue) {
        guard let type = part.member("type") else { return note(.unknownPart) }
        if type.isString("text") || type.isString("image_url") || type.isString("refusal") { return }
        if type.isString("input_audio") { return note(.audioIn) }
        guard type.isString("file") else { return note(.unknownPart) }
        let file = part.member("file")
        if let id = file?.member("file_id"), !id.isNull { return note(.fileID) }
        if case .unknown = FilePart(file) { note(.documentType) }
    }

    private mutating func note(_ feature: RequestFeatures) { formUnion(feature) }
}
