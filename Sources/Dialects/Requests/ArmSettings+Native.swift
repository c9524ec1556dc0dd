package import NIOCore
package import WireFormats

extension ArmSettings {
    /// A client's body for an arm that is asked in the client's own shape: ``params`` in the place of what the client said, ``defaults``
    /// where it said nothing, each in that shape's words, and ``ArmSettings/params``' `raw` as it is. Everything else is the client's.
    ///
    /// What the shape has no word for is left out, as where a client says it.
    package func filled(_ body: JSONDocument, in shape: InboundShape) -> ByteBuffer? {
        guard params != nil || defaults != nil, body.isObject else { return nil }
        var wishes = NativeWishes(body, in: shape, self)
        if let defaults { wishes.say(defaults, overrules: false) }
        if let params { wishes.say(params, overrules: true) }
        return merged(into: wishes.body)
    }
}

/// An object whose members are changed, in their order; of equal names the last counts, as it does for those who read it.
private struct EditedObject {
    private(set) var members: [(name: String, raw: ByteBuffer)] = []

    init(_ value: JSONValue?) {
        guard let value, value.kind == .object else { return }
        members = value.members.map { ($0.key, $0.value.rawBytes) }
    }

    func says(_ name: String) -> Bool {
        members.contains { $0.name == name && String(buffer: $0.raw) != "null" }
    }

    mutating func remove(_ name: String) { members.removeAll { $0.name == name } }

    mutating func set(_ name: String, _ raw: ByteBuffer) {
        if let first = members.firstIndex(where: { $0.name == name }) {
            members[first].raw = raw
            members = members.enumerated().filter { $0.offset <= first || $0.element.name != name }.map(\.element)
        } else {
            members.append((name, raw))
        }
    }

    var body: ByteBuffer {
        var json = JSONBytes(capacity: members.reduce(16) { $0 + $1.name.utf8.count + $1.raw.readableBytes + 8 })
        json.object { json in
            for member in members { json.member(member.name, raw: member.raw) }
        }
        return json.buffer
    }
}

/// What a configuration says of the requests to an arm, put into a body of a client's shape.
private struct NativeWishes {
    private let original: JSONDocument
    private let shape: InboundShape
    private let settings: ArmSettings
    private var edited: EditedObject
    /// Of the shape that takes tokens or a style instead of a word, once all is said.
    private var effort: String?

    init(_ body: JSONDocument, in shape: InboundShape, _ settings: ArmSettings) {
        original = body
        self.shape = shape
        self.settings = settings
        edited = EditedObject(body.root)
    }

    /// By what a client's shape limits the length of an answer: all names that it reads.
    private var limitNames: [String] {
        switch shape {
        case .chat: ["max_completion_tokens", "max_tokens"]
        case .messages: ["max_tokens"]
        case .responses: ["max_output_tokens"]
        }
    }

    mutating func say(_ said: JSONDocument, overrules: Bool) {
        for (name, value) in said.root.members where !value.isNull {
            switch name {
            case "max_tokens", "max_completion_tokens", "max_output_tokens": limit(name, value, overrules)
            case "reasoning_effort": think(value, overrules)
            case "stop": stop(value, overrules)
            case "verbosity" where shape == .responses: set("verbosity", in: "text", value.rawBytes, overrules)
            case "parallel_tool_calls" where shape == .messages: parallel(value, overrules)
            case "temperature", "top_p", "service_tier": set(name, value.rawBytes, overrules)
            case "top_k" where shape != .responses: set(name, value.rawBytes, overrules)
            case "parallel_tool_calls" where shape != .messages: set(name, value.rawBytes, overrules)
            case "seed", "presence_penalty", "frequency_penalty", "verbosity":
                if shape == .chat { set(name, value.rawBytes, overrules) }
            // Those of no known name, and of `raw`, are merged in at the end.
            default: break
            }
        }
    }

    private mutating func set(_ name: String, _ raw: ByteBuffer, _ overrules: Bool) {
        if overrules || !edited.says(name) { edited.set(name, raw) }
    }

    private mutating func set(_ name: String, in parent: String, _ raw: ByteBuffer, _ overrules: Bool) {
        var object = EditedObject(value(parent))
        guard overrules || !object.says(name) else { return }
        object.set(name, raw)
        edited.set(parent, object.body)
    }

    /// A member as it stands now.
    private func value(_ name: String) -> JSONValue? {
        guard let raw = edited.members.last(where: { $0.name == name })?.raw else { return nil }
        return (try? JSONDocument(parsing: raw))?.root
    }

    private mutating func limit(_ name: String, _ value: JSONValue, _ overrules: Bool) {
        guard overrules || !limitNames.contains(where: edited.says) else { return }
        let own = limitNames.contains(name) ? name : limitNames[0]
        for other in limitNames where other != own { edited.remove(other) }
        edited.set(own, value.rawBytes)
    }

    private mutating func stop(_ value: JSONValue, _ overrules: Bool) {
        switch shape {
        case .chat: set("stop", value.rawBytes, overrules)
        case .messages:
            var list = value.rawBytes
            if value.kind == .string {
                list = ByteBuffer(staticString: "[")
                list.writeImmutableBuffer(value.rawBytes)
                list.writeStaticString("]")
            }
            set("stop_sequences", list, overrules)
        case .responses: break
        }
    }

    private mutating func parallel(_ value: JSONValue, _ overrules: Bool) {
        guard let allows = value.bool, edited.says("tools") else { return }
        if !edited.says("tool_choice") { edited.set("tool_choice", ByteBuffer(staticString: #"{"type":"auto"}"#)) }
        set(
            "disable_parallel_tool_use", in: "tool_choice", ByteBuffer(string: allows ? "false" : "true"), overrules)
    }

    private mutating func think(_ value: JSONValue, _ overrules: Bool) {
        switch shape {
        case .chat: set("reasoning_effort", value.rawBytes, overrules)
        case .responses: set("effort", in: "reasoning", value.rawBytes, overrules)
        case .messages:
            if overrules || !edited.says("thinking"), let word = value.string { effort = word }
        }
    }

    /// The whole body. Thinking comes last: what it takes room from is known then.
    var body: ByteBuffer {
        guard let effort else { return edited.body }
        var wishes = self
        wishes.setThinking(effort)
        return wishes.edited.body
    }

    private mutating func setThinking(_ word: String) {
        edited.remove("thinking")
        guard word != "none" else { return }
        let thinking = ClaudeThinking(.effort(word), limit: value("max_tokens"), settings: settings)
        guard thinking.thinks else { return }
        // Thinking takes none of these.
        for name in ["temperature", "top_p", "top_k"] { edited.remove(name) }
        var json = JSONBytes()
        json.object { thinking.write(to: &$0) }
        let object = EditedObject((try? JSONDocument(parsing: json.buffer))?.root)
        for member in object.members { edited.set(member.name, member.raw) }
        if let effort = thinking.effort {
            set("effort", in: "output_config", ByteBuffer(string: JSONString.quoted(effort)), true)
        }
    }
}
