import NIOCore
import WireFormats

/// A chat body in OpenAI's shape, said in Anthropic's. Texts are copied as they are escaped, numbers with their digits.
struct AnthropicRequest {
    private let body: JSONDocument
    private var output = ByteBuffer()
    /// The role of the message being written; messages of one role in a row become one.
    private var openRole: String?
    private var isFirstBlock = true
    private var system: [String] = []

    init(_ body: JSONDocument) {
        self.body = body
    }

    mutating func translated(model: String, stream: Bool) throws(DialectError) -> ByteBuffer {
        try refuseWhatHasNoCounterpart()
        output = ByteBufferAllocator().buffer(capacity: body.text.readableBytes + 256)
        output.writeStaticString(#"{"model":"#)
        JSONString.append(model, to: &output)
        writeLimit()
        try writeMessages()
        if !system.isEmpty {
            output.writeStaticString(#","system":"#)
            JSONString.append(system.joined(separator: "\n\n"), to: &output)
        }
        if stream { output.writeStaticString(#","stream":true"#) }
        try writeSampling()
        try writeTools()
        if let user = body.member("user"), user.kind == .string {
            output.writeStaticString(#","metadata":{"user_id":"#)
            write(user)
            output.writeStaticString("}")
        }
        output.writeStaticString("}")
        return output
    }

    private func refuseWhatHasNoCounterpart() throws(DialectError) {
        func refuse(_ name: StaticString, unless isFine: (JSONValue) -> Bool) throws(DialectError) {
            guard let value = body.member(name), !value.isNull, !isFine(value) else { return }
            throw DialectError("\(name) cannot be said to this arm's provider", param: name.description)
        }
        try refuse("n") { $0.int == 1 }
        try refuse("logprobs") { $0.bool == false }
        try refuse("response_format") { $0.member("type")?.isString("text") ?? false }
        try refuse("functions") { _ in false }
        try refuse("audio") { _ in false }
        try refuse("modalities") { $0.elements.allSatisfy { $0.isString("text") } }
    }

    private mutating func write(_ value: JSONValue) { output.writeImmutableBuffer(value.rawBytes) }

    private mutating func writeLimit() {
        output.writeStaticString(#","max_tokens":"#)
        let limit = [body.member("max_completion_tokens"), body.member("max_tokens")].compactMap { $0 }
            .first { !$0.isNull }
        if let limit { write(limit) } else { output.writeStaticString(AnthropicDialect.defaultMaxTokens) }
    }

    private mutating func writeSampling() throws(DialectError) {
        if let temperature = body.member("temperature"), let value = temperature.double {
            output.writeStaticString(#","temperature":"#)
            // OpenAI's scale ends at 2, Anthropic's at 1.
            if value > 1 { output.writeStaticString("1") } else { write(temperature) }
        }
        for name in ["top_p", "top_k", "thinking"] as [StaticString] {
            guard let value = body.member(name), !value.isNull else { continue }
            output.writeString(",\"\(name)\":")
            write(value)
        }
        guard let stop = body.member("stop"), !stop.isNull else { return }
        output.writeStaticString(#","stop_sequences":"#)
        switch stop.kind {
        case .array: write(stop)
        case .string:
            output.writeStaticString("[")
            write(stop)
            output.writeStaticString("]")
        default: throw DialectError("stop must be a string or an array of strings", param: "stop")
        }
    }

    // MARK: - Tools

    private mutating func writeTools() throws(DialectError) {
        guard let tools = body.member("tools"), !tools.isNull, !tools.isEmpty else { return }
        output.writeStaticString(#","tools":["#)
        for (index, tool) in tools.elements.enumerated() {
            guard let function = tool.member("function"), let name = function.member("name"), name.kind == .string
            else {
                throw DialectError("a tool must be a function with a name", param: "tools[\(index)]")
            }
            if index > 0 { output.writeStaticString(",") }
            output.writeStaticString(#"{"name":"#)
            write(name)
            if let description = function.member("description"), description.kind == .string {
                output.writeStaticString(#","description":"#)
                write(description)
            }
            output.writeStaticString(#","input_schema":"#)
            if let parameters = function.member("parameters"), parameters.kind == .object {
                write(parameters)
            } else {
                output.writeStaticString(#"{"type":"object","properties":{}}"#)
            }
            output.writeStaticString("}")
        }
        output.writeStaticString("]")
        try writeToolChoice()
    }

    private mutating func writeToolChoice() throws(DialectError) {
        let choice = body.member("tool_choice")
        let isSequential = body.member("parallel_tool_calls")?.bool == false
        let isSaid = choice.map { !$0.isNull } ?? false
        guard isSaid || isSequential else { return }
        output.writeStaticString(#","tool_choice":{"type":"#)
        switch isSaid ? choice?.string : "auto" {
        case "auto": output.writeStaticString(#""auto""#)
        case "none":
            output.writeStaticString(#""none"}"#)
            return
        case "required": output.writeStaticString(#""any""#)
        default:
            guard let name = choice?.member("function")?.member("name"), name.kind == .string else {
                throw DialectError("tool_choice must be auto, none, required or a function", param: "tool_choice")
            }
            output.writeStaticString(#""tool","name":"#)
            write(name)
        }
        if isSequential { output.writeStaticString(#","disable_parallel_tool_use":true"#) }
        output.writeStaticString("}")
    }

    // MARK: - Messages

    private mutating func writeMessages() throws(DialectError) {
        guard let messages = body.member("messages"), messages.kind == .array else {
            throw DialectError("messages must be an array", param: "messages")
        }
        output.writeStaticString(#","messages":["#)
        var isFirst = true
        for (index, message) in messages.elements.enumerated() {
            let path = "messages[\(index)]"
            switch message.member("role")?.string {
            case "system", "developer": system.append(try text(of: message.member("content"), path))
            case "user":
                begin("user", &isFirst)
                try writeContent(message.member("content"), path)
            case "assistant":
                begin("assistant", &isFirst)
                try writeContent(message.member("content"), path)
                try writeToolCalls(message, path)
            case "tool":
                begin("user", &isFirst)
                try writeToolResult(message, path)
            default: throw DialectError("the role is not one this arm's provider knows", param: "\(path).role")
            }
        }
        if openRole != nil { output.writeStaticString("]}") }
        output.writeStaticString("]")
    }

    private mutating func begin(_ role: String, _ isFirst: inout Bool) {
        guard openRole != role else { return }
        if openRole != nil { output.writeStaticString("]}") }
        if !isFirst { output.writeStaticString(",") }
        isFirst = false
        openRole = role
        isFirstBlock = true
        output.writeString(#"{"role":"\#(role)","content":["#)
    }

    private mutating func beginBlock() {
        if !isFirstBlock { output.writeStaticString(",") }
        isFirstBlock = false
    }

    private mutating func writeContent(_ content: JSONValue?, _ path: String) throws(DialectError) {
        guard let content, !content.isNull else { return }
        if content.kind == .string {
            // Anthropic refuses empty text blocks.
            if content.range.count > 2 { writeText(content, cacheControl: nil) }
            return
        }
        guard content.kind == .array else {
            throw DialectError("content must be a string or an array", param: "\(path).content")
        }
        for (index, part) in content.elements.enumerated() {
            let partPath = "\(path).content[\(index)]"
            switch part.member("type")?.string {
            case "text", "refusal":
                guard let text = part.member("text") ?? part.member("refusal"), text.kind == .string else {
                    throw DialectError("a text part must have a text", param: partPath)
                }
                if text.range.count > 2 { writeText(text, cacheControl: part.member("cache_control")) }
            case "image_url": try writeImage(part.member("image_url")?.member("url")?.string, partPath)
            default: throw DialectError("this kind of content cannot be said to this arm's provider", param: partPath)
            }
        }
    }

    private mutating func writeText(_ text: JSONValue, cacheControl: JSONValue?) {
        beginBlock()
        output.writeStaticString(#"{"type":"text","text":"#)
        write(text)
        if let cacheControl, cacheControl.kind == .object {
            output.writeStaticString(#","cache_control":"#)
            write(cacheControl)
        }
        output.writeStaticString("}")
    }

    private mutating func writeImage(_ url: String?, _ path: String) throws(DialectError) {
        guard let url else { throw DialectError("an image must have a URL", param: path) }
        beginBlock()
        output.writeStaticString(#"{"type":"image","source":"#)
        if url.hasPrefix("data:") {
            guard let comma = url.firstIndex(of: ","), url[..<comma].hasSuffix(";base64") else {
                throw DialectError("an image's data URL must be in base64", param: path)
            }
            let type = url[..<comma].dropFirst(5).dropLast(7)
            output.writeStaticString(#"{"type":"base64","media_type":"#)
            JSONString.append(type, to: &output)
            output.writeStaticString(#","data":"#)
            JSONString.append(url[url.index(after: comma)...], to: &output)
        } else {
            output.writeStaticString(#"{"type":"url","url":"#)
            JSONString.append(url, to: &output)
        }
        output.writeStaticString("}}")
    }

    private mutating func writeToolCalls(_ message: JSONValue, _ path: String) throws(DialectError) {
        for (index, call) in (message.member("tool_calls")?.elements ?? []).enumerated() {
            let callPath = "\(path).tool_calls[\(index)]"
            guard let id = call.member("id"), let function = call.member("function"),
                let name = function.member("name"),
                id.kind == .string, name.kind == .string
            else { throw DialectError("a tool call must have an id and a function with a name", param: callPath) }
            let arguments = ByteBuffer(string: function.member("arguments")?.string ?? "")
            beginBlock()
            output.writeStaticString(#"{"type":"tool_use","id":"#)
            write(id)
            output.writeStaticString(#","name":"#)
            write(name)
            output.writeStaticString(#","input":"#)
            if arguments.readableBytes == 0 {
                output.writeStaticString("{}")
            } else {
                guard let input = try? JSONDocument(parsing: arguments), input.isObject else {
                    throw DialectError(
                        "arguments must be a JSON object in a string", param: "\(callPath).function.arguments")
                }
                output.writeImmutableBuffer(arguments)
            }
            output.writeStaticString("}")
        }
    }

    private mutating func writeToolResult(_ message: JSONValue, _ path: String) throws(DialectError) {
        guard let id = message.member("tool_call_id"), id.kind == .string else {
            throw DialectError("a tool's message must say which call it answers", param: "\(path).tool_call_id")
        }
        let content = try text(of: message.member("content"), path)
        beginBlock()
        output.writeStaticString(#"{"type":"tool_result","tool_use_id":"#)
        write(id)
        output.writeStaticString(#","content":"#)
        JSONString.append(content, to: &output)
        output.writeStaticString("}")
    }

    /// Content that can only be text, as one string.
    private func text(of content: JSONValue?, _ path: String) throws(DialectError) -> String {
        guard let content, !content.isNull else { return "" }
        if let text = content.string { return text }
        guard content.kind == .array else {
            throw DialectError("content must be a string or an array", param: "\(path).content")
        }
        var texts: [String] = []
        for (index, part) in content.elements.enumerated() {
            guard let text = part.member("text")?.string else {
                throw DialectError("only text can stand here", param: "\(path).content[\(index)]")
            }
            texts.append(text)
        }
        return texts.joined(separator: "\n")
    }
}
