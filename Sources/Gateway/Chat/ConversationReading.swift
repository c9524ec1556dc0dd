import Dialects
import NIOCore
import WireFormats

/// What the turns of a request tell of it, whatever its shape: what the prompt is made of, what people said, and which conversation it is.
struct ConversationReading {
    var reader: PromptReader
    private(set) var turns = ConversationTurns()
    /// What is said once for all turns; the first of several.
    private(set) var system: String?
    /// What people said, in order, without what their tools put around it.
    private(set) var humanTexts: [String] = []
    /// Tools that are offered among the turns.
    private(set) var hasTools = false
    private let harness: HarnessText
    /// Of the first turn of a user's, as it was said.
    private var opening: String?
    private var end = 0
    private var isArray = false

    /// - Parameter bodyBytes: of the whole request.
    init(bodyBytes: Int, harness: HarnessText) {
        reader = PromptReader(bodyBytes: bodyBytes)
        self.harness = harness
    }

    mutating func read(_ document: JSONDocument, in shape: InboundShape) throws(GatewayError) {
        switch shape {
        case .chat: try readMessages(document.member("messages"))
        case .messages:
            if let prompt = document.member("system"), !prompt.isNull { system = systemText(prompt) }
            try readMessages(document.member("messages"))
        case .responses:
            if let instructions = document.member("instructions"), !instructions.isNull {
                system = text(of: instructions)
            }
            try readItems(document.member("input"))
        }
    }

    /// Turns with a role and a content.
    mutating func readMessages(_ messages: JSONValue?) throws(GatewayError) {
        try readList(messages, "messages") { reading, message in reading.readMessage(message) }
    }

    private mutating func readItems(_ input: JSONValue?) throws(GatewayError) {
        if let input, input.kind == .string {
            addUser(input)
            turns.messages = input.rawBytes
            return finishTurns()
        }
        try readList(input, "input") { reading, item in reading.readItem(item) }
    }

    private mutating func readList(
        _ list: JSONValue?, _ name: String, _ read: (inout ConversationReading, JSONValue) -> Void
    ) throws(GatewayError) {
        guard let list, !list.isNull else { throw .missing(name) }
        guard list.kind == .array, !list.isEmpty else {
            throw .invalidValue(name, "it must be a non-empty array of objects")
        }
        var index = 0
        var failure: GatewayError?
        list.forEachElement { element in
            guard element.kind == .object else {
                failure = .invalidValue("\(name)[\(index)]", "it must be an object")
                return false
            }
            index += 1
            read(&self, element)
            end = element.range.upperBound - list.range.lowerBound
            return true
        }
        if let failure { throw failure }
        turns.messages = list.rawBytes
        finishTurns()
    }

    private mutating func finishTurns() {
        if let opening { turns.opening = [system ?? "", opening] }
    }

    private mutating func readMessage(_ message: JSONValue) {
        let (role, content) = message.members("role", "content")
        if role?.isString("assistant") == true || role?.isString("model") == true { noteAnswer() }
        let isUser = role?.isString("user") == true
        guard let content else {
            if isUser { addNothing() }
            return
        }
        if isUser {
            addUser(content)
        } else if system == nil, role?.isString("system") == true || role?.isString("developer") == true {
            system = systemText(content)
        } else {
            reader.read(content)
        }
    }

    /// An item of a response's input; a message may leave out that it is one.
    private mutating func readItem(_ item: JSONValue) {
        guard let type = item.member("type")?.string, type != "message" else { return readMessage(item) }
        switch type {
        case "additional_tools":
            if let tools = item.member("tools"), tools.kind == .array, !tools.isEmpty { hasTools = true }
        case _ where type.hasSuffix("_output"):
            if let output = item.member("output") { reader.read(output) }
        // Calls, reasoning, and what providers ran themselves: what was answered before.
        default: noteAnswer()
        }
    }

    private mutating func noteAnswer() {
        turns.isOpening = false
        turns.bytesBefore = end
    }

    private mutating func addNothing() {
        if opening == nil { opening = "" }
        humanTexts.append("")
    }

    private mutating func addUser(_ content: JSONValue) {
        let said = text(of: content)
        if opening == nil { opening = said.isEmpty ? String(buffer: content.rawBytes) : said }
        let human = harness.removed(from: said)
        // What is nothing but a tool's result, or the harness's own words, is no turn of a person's.
        if !human.isEmpty || humanTexts.isEmpty && said.isEmpty { humanTexts.append(human) }
    }

    /// Without the line by which an agent accounts for itself.
    private mutating func systemText(_ content: JSONValue) -> String {
        harness.withoutAttribution(text(of: content))
    }

    /// The text of a content, its text parts joined.
    private mutating func text(of content: JSONValue) -> String {
        if let text = content.string {
            reader.read(content)
            return text
        }
        var texts: [String] = []
        reader.read(content) { texts.append($0) }
        return texts.joined(separator: "\n")
    }
}
