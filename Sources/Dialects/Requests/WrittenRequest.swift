package import NIOCore
package import WireFormats

/// A request in an arm's dialect.
package struct WrittenRequest: Sendable {
    package var body: ByteBuffer
    package var adjusted: Adjustments
    /// What the provider calls the tools by.
    package var names: ToolNames
    package var wantsStream: Bool
}

extension Conversation {
    /// Reads a client's request.
    package init(_ body: JSONDocument, in shape: InboundShape) throws(DialectError) {
        guard body.isObject else { throw DialectError("the body must be a JSON object", param: nil) }
        self =
            switch shape {
            case .chat: try ChatReader.conversation(of: body)
            case .messages: try MessagesReader.conversation(of: body)
            case .responses: try ResponsesReader.conversation(of: body)
            }
    }

    /// Says it in an arm's dialect.
    ///
    /// - Throws: where something in it has no words there that should have made the arm ineligible (``RequestFeatures``).
    package func written(
        in shape: OutboundShape, for settings: ArmSettings, seals: SealTable? = nil
    ) throws(DialectError) -> WrittenRequest {
        var conversation = self
        settings.apply(to: &conversation)
        conversation.answerCalls()
        conversation.prepareSeals(for: shape, realm: settings.realm, table: seals)
        for offer in conversation.offers { conversation.adjusted.add("tool:\(offer)") }
        conversation.hints.others.forEach { conversation.adjusted.add($0) }
        var (body, adjusted) =
            switch shape {
            case .chat: try ChatWriter.write(conversation, settings)
            case .responses: try ResponsesWriter.write(conversation, settings)
            case .messages: try MessagesWriter.write(conversation, settings)
            case .gemini: try GeminiWriter.write(conversation, settings)
            case .converse: try ConverseWriter.write(conversation, settings)
            }
        body = settings.merged(into: body)
        adjusted.sealed = conversation.adjusted.sealed
        return WrittenRequest(
            body: body, adjusted: adjusted, names: conversation.names, wantsStream: conversation.stream)
    }
}

extension ArmSettings {
    /// The body with the configuration's own members: those of no known name, and those of `raw`.
    func merged(into body: ByteBuffer) -> ByteBuffer {
        guard params != nil || defaults != nil, let document = try? JSONDocument(parsing: body) else { return body }
        var present: Set<String> = []
        document.root.forEachMember { name, value in
            if !value.isNull { present.insert(name) }
            return true
        }
        var additions: [(name: String, value: JSONValue)] = []
        for (said, overrules) in [(defaults, false), (params, true)] {
            func add(_ name: String, _ value: JSONValue) {
                if overrules || !present.contains(name) { additions.append((name, value)) }
            }
            said?.root.forEachMember { name, value in
                if !Self.known.contains(name) { add(name, value) }
                if name == "raw" { for (name, value) in value.members { add(name, value) } }
                return true
            }
        }
        guard !additions.isEmpty else { return body }
        var json = JSONBytes(capacity: body.readableBytes + 256)
        json.object { json in
            document.root.forEachMember { name, value in
                if !additions.contains(where: { $0.name == name }) { json.member(name, value) }
                return true
            }
            var written: Set<String> = []
            for addition in additions.reversed() where written.insert(addition.name).inserted {
                json.member(addition.name, raw: addition.value.rawBytes)
            }
        }
        return json.buffer
    }
}

/// The members that more than one dialect writes in the same way.
enum Written {
    static func noArguments() -> ByteBuffer { ByteBuffer(staticString: "{}") }
    static let emptySchema = ByteBuffer(staticString: #"{"type":"object","properties":{}}"#)
}

extension Tool {
    /// The name of the one member of a tool that takes free text, where only objects are taken.
    static let freeformMember = "input"

    /// The schema as providers take it that know functions only.
    var objectSchema: ByteBuffer {
        if isFreeform {
            return ByteBuffer(
                staticString: """
                    {"type":"object","properties":{"input":{"type":"string"}},"required":["input"],\
                    "additionalProperties":false}
                    """)
        }
        guard let schema, schema.kind == .object, !schema.isEmpty else { return Written.emptySchema }
        return schema.rawBytes
    }

    /// The description; of a tool that takes free text with the grammar it is to follow.
    var fullDescription: EscapedText? {
        guard isFreeform, let definition = (format?.member("grammar") ?? format)?.member("definition")?.string else {
            return description
        }
        let syntax = (format?.member("grammar") ?? format)?.member("syntax")?.string ?? "lark"
        var text = description ?? EscapedText()
        text.append(EscapedText("\n\nThe input must follow this \(syntax) grammar:\n\(definition)"))
        return text
    }
}

extension ToolCall {
    /// The arguments as a text; of a tool that takes free text as the object that holds it.
    var argumentsText: EscapedText {
        switch arguments {
        case .object(let object): return EscapedText(json: object)
        case .text(let text):
            if isFreeform { return EscapedText(String(buffer: argumentsObject())) }
            return text.isEmpty ? EscapedText("{}") : text
        }
    }

    /// The arguments as an object: cut or stray ones become an empty one.
    package func argumentsObject(_ adjust: (String) -> Void = { _ in }) -> ByteBuffer {
        switch arguments {
        case .object(let object): return object.rawBytes
        case .text(let text):
            if isFreeform {
                var json = JSONBytes()
                json.object { $0.member(Tool.freeformMember, text) }
                return json.buffer
            }
            if text.isEmpty { return Written.noArguments() }
            let plain = ByteBuffer(string: text.string)
            if let object = try? JSONDocument(parsing: plain), object.isObject { return object.root.rawBytes }
            adjust("arguments")
            return Written.noArguments()
        }
    }
}
