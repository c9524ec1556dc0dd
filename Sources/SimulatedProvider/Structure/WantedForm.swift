import NIOCore
import WireFormats

/// In what form a request wants its answer, OpenAI's requests and Anthropic's.
enum WantedForm: Sendable {
    case prose
    /// JSON, by a schema where one is given.
    case json(schema: JSONValue?)
    case tool(name: String, schema: JSONValue?)

    init(_ body: JSONDocument) {
        let tools = Self.tools(body)
        if let tool = Self.forced(body, tools) {
            self = .tool(name: tool.name, schema: tool.schema)
        } else if let format = body.member("output_config")?.member("format") {
            self = .json(schema: format.member("schema"))
        } else if let format = body.member("text")?.member("format"), let type = format.member("type") {
            if type.isString("json_schema") {
                self = .json(schema: format.member("schema"))
            } else {
                self = type.isString("json_object") ? .json(schema: Self.schemaInWords(body)) : .prose
            }
        } else if let format = body.member("response_format"), let type = format.member("type") {
            if type.isString("json_schema") {
                self = .json(schema: format.member("json_schema")?.member("schema"))
            } else {
                self = type.isString("json_object") ? .json(schema: Self.schemaInWords(body)) : .prose
            }
        } else {
            self = .prose
        }
    }

    private static func tools(_ body: JSONDocument) -> [(name: String, schema: JSONValue?)] {
        (body.member("tools")?.elements ?? []).compactMap { tool in
            let function = tool.member("function")
            guard let name = (function ?? tool).member("name")?.string else { return nil }
            return (name, function?.member("parameters") ?? tool.member("input_schema") ?? tool.member("parameters"))
        }
    }

    /// The tool that the request insists on. Where any will do, the first that was not called yet for the newest question, the last when
    /// all were: agents put the one that ends their loop there.
    private static func forced(
        _ body: JSONDocument, _ tools: [(name: String, schema: JSONValue?)]
    ) -> (name: String, schema: JSONValue?)? {
        guard let choice = body.member("tool_choice") else { return nil }
        if choice.isString("required") || choice.member("type")?.isString("any") ?? false {
            let called = calledTools(body)
            return tools.first { !called.contains($0.name) } ?? tools.last
        }
        guard let name = (choice.member("function") ?? choice).member("name")?.string else { return nil }
        return tools.first { $0.name == name } ?? (name, nil)
    }

    /// Since the last turn of the user's that is no tool's answer.
    private static func calledTools(_ body: JSONDocument) -> Set<String> {
        var called: Set<String> = []
        (body.member("messages") ?? body.member("input"))?.forEachElement { message in
            if message.member("type")?.isString("function_call") ?? false, let name = message.member("name")?.string {
                called.insert(name)
            }
            let content = message.member("content")
            // A new question may stand in one turn with the answers before it.
            let blocks = content?.elements ?? []
            let isToolsAnswer =
                !blocks.isEmpty && blocks.allSatisfy { $0.member("type")?.isString("tool_result") ?? false }
            if message.member("role")?.isString("user") ?? false, !isToolsAnswer { called.removeAll() }
            for call in message.member("tool_calls")?.elements ?? [] {
                if let name = call.member("function")?.member("name")?.string { called.insert(name) }
            }
            for block in blocks where block.member("type")?.isString("tool_use") ?? false {
                if let name = block.member("name")?.string { called.insert(name) }
            }
            return true
        }
        return called
    }

    /// A schema in the prompt, as libraries put it there for models that know no other way.
    private static func schemaInWords(_ body: JSONDocument) -> JSONValue? {
        var found: JSONValue?
        body.member("messages")?.forEachElement { message in
            guard let text = message.member("content")?.string else { return true }
            found = schema(in: text) ?? found
            return true
        }
        return found
    }

    private static let maxSchemaBytes = 64 << 10
    private static let maxStarts = 8

    private static func schema(in text: String) -> JSONValue? {
        let bytes = Array(text.utf8.prefix(maxSchemaBytes))
        var starts = 0
        for start in bytes.indices where bytes[start] == UInt8(ascii: "{") {
            starts += 1
            guard starts <= maxStarts else { return nil }
            guard let end = Self.end(ofObjectAt: start, in: bytes),
                let value = try? JSONValue(parsing: ByteBuffer(bytes: bytes[start..<end])),
                value.member("properties")?.kind == .object
            else { continue }
            return value
        }
        return nil
    }

    /// Behind the brace that closes the one at `start`; strings are skipped.
    private static func end(ofObjectAt start: Int, in bytes: [UInt8]) -> Int? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for index in start..<bytes.count {
            let byte = bytes[index]
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
        }
        return nil
    }
}
