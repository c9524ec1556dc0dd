import NIOCore
import WireFormats

/// A chat body in OpenAI's shape, said in Anthropic's. Texts are copied as they are escaped, numbers with their digits.
struct AnthropicRequest {
    private let body: JSONDocument
    private let model: String
    private let memory: ThinkingMemory
    private var output = ByteBuffer()
    /// What could not be said as it was, in the client's words.
    private(set) var adjusted: [String] = []

    /// Members whose meaning is carried over, or that mean nothing to a provider.
    private static let known: Set<String> = [
        "model", "messages", "bandit", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature",
        "top_p", "top_k", "thinking", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format", "user",
        "reasoning_effort", "cache_control", "n", "logprobs", "top_logprobs", "modalities", "functions",
        "function_call",
        "audio", "logit_bias",
    ]
    /// Names in the header that says what was left out.
    private static let maxAdjusted = 16

    init(_ body: JSONDocument, model: String, memory: ThinkingMemory) {
        self.body = body
        self.model = model
        self.memory = memory
    }

    mutating func translated(stream: Bool) throws(DialectError) -> ByteBuffer {
        try refuseWhatHasNoCounterpart()
        guard let messages = body.member("messages"), messages.kind == .array else {
            throw DialectError("messages must be an array", param: "messages")
        }
        var effort = AnthropicEffort(body, model: model)
        let isForced = body.member("tool_choice").map { $0.isString("required") || $0.kind == .object } ?? false
        if isForced { effort.forgo() }
        var turns = try self.turns(messages, keepsThinking: effort.thinks)
        if effort.thinks, turns.lacksThinking || turns.isPrefilled {
            effort.forgo()
            turns = try self.turns(messages, keepsThinking: false)
        }
        turns.adjusted.forEach { adjust($0) }
        if effort.isForgone { adjust(effort.member) }

        output = ByteBufferAllocator().buffer(capacity: body.text.readableBytes + 256)
        output.writeStaticString(#"{"model":"#)
        JSONString.append(model, to: &output)
        writeLimit(effort)
        write(turns)
        if stream { output.writeStaticString(#","stream":true"#) }
        try writeSampling(thinks: effort.thinks)
        let schema = try self.schema()
        effort.write(to: &output, format: schema)
        try writeStops()
        try writeTools(called: turns.calledTools)
        if let user = body.member("user"), user.kind == .string {
            output.writeStaticString(#","metadata":{"user_id":"#)
            write(user)
            output.writeStaticString("}")
        }
        if let mark = body.member("cache_control"), mark.kind == .object {
            output.writeStaticString(#","cache_control":"#)
            write(mark)
        }
        output.writeStaticString("}")
        noteWhatIsLeftOut()
        return output
    }

    private mutating func adjust(_ name: String) {
        if adjusted.count < Self.maxAdjusted, !adjusted.contains(name) { adjusted.append(name) }
    }

    private func turns(_ messages: JSONValue, keepsThinking: Bool) throws(DialectError) -> AnthropicTurns {
        try AnthropicTurns(messages, keepsThinking: keepsThinking) { [memory, model] in
            memory.thinking(before: $0, of: model)
        }
    }

    /// Should have been seen before an arm of this dialect was drawn (``RequestFeatures``).
    private func refuseWhatHasNoCounterpart() throws(DialectError) {
        let features = RequestFeatures(body).intersection(AnthropicDialect.unspeakableFeatures)
        guard let first = RequestFeatures.named.first(where: { features.contains($0.feature) }) else { return }
        throw DialectError("\(first.name) cannot be said to this arm's provider", param: first.param)
    }

    private mutating func noteWhatIsLeftOut() {
        var names: [String] = []
        body.root.forEachMember { name, value in
            if !Self.known.contains(name), !value.isNull, !RequestRepair.isUsual(name, value) { names.append(name) }
            return names.count < Self.maxAdjusted
        }
        names.forEach { adjust(String($0.prefix(64))) }
    }

    private mutating func write(_ value: JSONValue) { output.writeImmutableBuffer(value.rawBytes) }

    // MARK: - Limits, sampling, format

    private mutating func writeLimit(_ effort: AnthropicEffort) {
        output.writeStaticString(#","max_tokens":"#)
        if let limit = effort.limit { write(limit) } else { output.writeString("\(effort.usualLimit)") }
    }

    private mutating func writeSampling(thinks: Bool) throws(DialectError) {
        if let temperature = body.member("temperature"), let value = temperature.double {
            if thinks {
                // Thinking takes no other temperature.
                if value != 1 { adjust("temperature") }
            } else {
                output.writeStaticString(#","temperature":"#)
                // OpenAI's scale ends at 2, Anthropic's at 1.
                if value > 1 {
                    output.writeStaticString("1")
                    adjust("temperature")
                } else {
                    write(temperature)
                }
            }
        }
        for name in ["top_p", "top_k"] as [StaticString] {
            guard let value = body.member(name), !value.isNull else { continue }
            guard !thinks else {
                adjust(name.description)
                continue
            }
            output.writeString(",\"\(name)\":")
            write(value)
        }
    }

    private mutating func writeStops() throws(DialectError) {
        guard let stop = body.member("stop"), !stop.isNull else { return }
        let words: [JSONValue]
        switch stop.kind {
        case .array: words = stop.elements
        case .string: words = [stop]
        default: throw DialectError("stop must be a string or an array of strings", param: "stop")
        }
        // White space alone is refused.
        let said = words.filter { $0.string?.contains { !$0.isWhitespace } ?? false }
        if said.count < words.count { adjust("stop") }
        guard !said.isEmpty else { return }
        output.writeStaticString(#","stop_sequences":["#)
        for (index, word) in said.enumerated() {
            if index > 0 { output.writeStaticString(",") }
            write(word)
        }
        output.writeStaticString("]")
    }

    /// The schema that the answer shall follow.
    private func schema() throws(DialectError) -> JSONValue? {
        guard let format = body.member("response_format"), format.member("type")?.isString("json_schema") ?? false
        else {
            return nil
        }
        guard let schema = format.member("json_schema")?.member("schema"), schema.kind == .object else {
            throw DialectError("json_schema must have a schema", param: "response_format.json_schema.schema")
        }
        return schema
    }

    // MARK: - Turns

    private mutating func write(_ turns: AnthropicTurns) {
        output.writeStaticString(#","messages":["#)
        for (index, turn) in turns.turns.enumerated() {
            if index > 0 { output.writeStaticString(",") }
            output.writeString(#"{"role":"\#(turn.isUsers ? "user" : "assistant")","content":["#)
            for (position, block) in turn.blocks.enumerated() {
                if position > 0 { output.writeStaticString(",") }
                output.writeImmutableBuffer(block.json)
            }
            output.writeStaticString("]}")
        }
        output.writeStaticString("]")
        guard !turns.system.isEmpty else { return }
        output.writeStaticString(#","system":"#)
        guard turns.systemHasMarks else {
            let texts = turns.system.compactMap { (try? JSONValue(parsing: $0))?.member("text")?.string }
            return JSONString.append(texts.joined(separator: "\n\n"), to: &output)
        }
        output.writeStaticString("[")
        for (index, block) in turns.system.enumerated() {
            if index > 0 { output.writeStaticString(",") }
            output.writeImmutableBuffer(block)
        }
        output.writeStaticString("]")
    }

    // MARK: - Tools

    private mutating func writeTools(called: [String]) throws(DialectError) {
        var written = 0
        func begin(_ output: inout ByteBuffer) {
            output.writeStaticString(written == 0 ? #","tools":["# : ",")
            written += 1
        }
        for (index, tool) in (body.member("tools")?.elements ?? []).enumerated() {
            if let type = tool.member("type")?.string, type != "function" {
                // A tool that another provider would run: nobody insists on it.
                adjust("tool:\(type.prefix(40))")
                continue
            }
            guard let function = tool.member("function"), let name = function.member("name"), name.kind == .string
            else {
                throw DialectError("a tool must be a function with a name", param: "tools[\(index)]")
            }
            begin(&output)
            output.writeStaticString(#"{"name":"#)
            write(name)
            if let description = function.member("description"), description.kind == .string {
                output.writeStaticString(#","description":"#)
                write(description)
            }
            output.writeStaticString(#","input_schema":"#)
            if let parameters = function.member("parameters"), parameters.kind == .object, !parameters.isEmpty {
                write(parameters)
            } else {
                output.writeStaticString(#"{"type":"object","properties":{}}"#)
            }
            if let strict = function.member("strict"), strict.bool == true {
                output.writeStaticString(#","strict":true"#)
            }
            if let mark = tool.member("cache_control") ?? function.member("cache_control"), mark.kind == .object {
                output.writeStaticString(#","cache_control":"#)
                write(mark)
            }
            output.writeStaticString("}")
        }
        let hasOwn = written > 0
        if !hasOwn {
            // Calls in the history without the tools they are of are refused.
            for name in called {
                begin(&output)
                output.writeStaticString(#"{"name":"#)
                JSONString.append(name, to: &output)
                output.writeStaticString(#","input_schema":{"type":"object","properties":{}}}"#)
            }
        }
        guard written > 0 else { return }
        output.writeStaticString("]")
        if hasOwn { try writeToolChoice() } else { output.writeStaticString(#","tool_choice":{"type":"none"}"#) }
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
}
