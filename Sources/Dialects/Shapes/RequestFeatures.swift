import NIOCore
package import WireFormats

/// What a request says that not every dialect has words for: a bit each, found by one walk over the request.
///
/// Each pair of dialects has a mask of the bits that cannot be said (``unspeakable(from:to:)``); whether an arm can be asked is one AND.
/// What only leans an answer one way (a seed, penalties, effort) is no feature: it is left out where it cannot be said, and named as
/// adjusted.
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

    /// Words at which the answer is to end, and more of them than some take.
    package static let stop = RequestFeatures(rawValue: 1 << 12)
    package static let stopsOverFour = RequestFeatures(rawValue: 1 << 13)
    package static let stopsOverFive = RequestFeatures(rawValue: 1 << 14)
    /// An image, or a document, that the provider is to fetch.
    package static let imageURL = RequestFeatures(rawValue: 1 << 15)
    package static let documentURL = RequestFeatures(rawValue: 1 << 16)
    /// One tool at a time.
    package static let parallelOff = RequestFeatures(rawValue: 1 << 17)
    /// The beginning of the answer, as the last turn.
    package static let prefill = RequestFeatures(rawValue: 1 << 18)
    package static let citations = RequestFeatures(rawValue: 1 << 19)
    /// Tool servers that the provider asks.
    package static let mcp = RequestFeatures(rawValue: 1 << 20)
    /// A machine of the provider's.
    package static let container = RequestFeatures(rawValue: 1 << 21)

    /// Every feature with its name in reasons and messages, and the member of the request that asks for it.
    package static let named: [(feature: RequestFeatures, name: String, param: String)] = [
        (.choices, "n", "n"), (.logprobs, "logprobs", "logprobs"), (.logitBias, "logit_bias", "logit_bias"),
        (.audioOut, "audio_out", "modalities"), (.audioIn, "audio_in", "messages"),
        (.jsonObject, "json_object", "response_format"), (.customTool, "custom_tool", "tools"),
        (.serverTool, "server_tool", "tool_choice"), (.functions, "functions", "functions"),
        (.fileID, "file_id", "messages"), (.documentType, "document_type", "messages"),
        (.unknownPart, "content_part", "messages"), (.stop, "stop", "stop"), (.stopsOverFour, "stops_over_4", "stop"),
        (.stopsOverFive, "stops_over_5", "stop"), (.imageURL, "image_url", "messages"),
        (.documentURL, "document_url", "messages"), (.parallelOff, "parallel_off", "parallel_tool_calls"),
        (.prefill, "prefill", "messages"), (.citations, "citations", "messages"), (.mcp, "mcp", "tools"),
        (.container, "container", "container"),
    ]

    /// In the order of ``named``.
    package var names: [String] { Self.named.filter { contains($0.feature) }.map(\.name) }

    /// Walks over a request.
    package init(_ body: JSONDocument, in shape: InboundShape) {
        switch shape {
        case .chat: self.init(body)
        case .messages: self.init(messages: body)
        case .responses: self.init(responses: body)
        }
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
        if body.member("parallel_tool_calls")?.bool == false { note(.parallelOff) }
        noteStops(body.member("stop"))
        readTools(body)
        var last: JSONValue?
        body.member("messages")?.forEachElement { message in
            readMessage(message)
            last = message
            return true
        }
        if last?.member("role")?.isString("assistant") ?? false { note(.prefill) }
    }

    mutating func noteStops(_ stop: JSONValue?) {
        guard let stop else { return }
        let count = stop.kind == .string ? 1 : stop.elements.count
        if count > 0 { note(.stop) }
        if count > 4 { note(.stopsOverFour) }
        if count > 5 { note(.stopsOverFive) }
    }

    /// - Parameter feature: of what is not in the URL itself.
    mutating func noteURL(_ url: JSONValue?, _ feature: RequestFeatures) {
        guard let url = EscapedText(url), !url.isEmpty, !url.bytes.readableBytesView.starts(with: "data:".utf8) else {
            return
        }
        note(feature)
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
        if type.isString("text") || type.isString("refusal") { return }
        if type.isString("image_url") {
            let image = part.member("image_url")
            return noteURL(image?.kind == .string ? image : image?.member("url"), .imageURL)
        }
        if type.isString("input_audio") { return note(.audioIn) }
        guard type.isString("file") else { return note(.unknownPart) }
        let file = part.member("file")
        if let id = file?.member("file_id"), !id.isNull { return note(.fileID) }
        switch FilePart(file) {
        case .unknown: note(.documentType)
        case .url: note(.documentURL)
        case .pdf: break
        }
    }

    mutating func note(_ feature: RequestFeatures) { formUnion(feature) }
}
