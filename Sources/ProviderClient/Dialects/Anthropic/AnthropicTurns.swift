import NIOCore
import WireFormats

/// The messages of a chat as the turns Anthropic takes, and what makes them legal there.
///
/// Anthropic is stricter than those clients talk to as a rule: turns alternate and have content, the first is the user's, every call of a tool
/// is answered in the next turn and nothing else is. Histories that were cut or stitched together are mended; what was changed is named
/// in ``adjusted``.
struct AnthropicTurns {
    struct Block {
        enum Kind: Equatable {
            case text, thinking, other
            case toolUse(id: String)
            case toolResult(id: String)
        }

        let kind: Kind
        var json: ByteBuffer

        /// Of a call.
        var callID: String? {
            guard case .toolUse(let id) = kind else { return nil }
            return id
        }

        /// The call that it answers.
        var answeredID: String? {
            guard case .toolResult(let id) = kind else { return nil }
            return id
        }
    }

    struct Turn {
        let isUsers: Bool
        var blocks: [Block]
    }

    private(set) var turns: [Turn] = []
    /// Blocks of text, from wherever in the list they stood.
    private(set) var system: [ByteBuffer] = []
    /// Whether one of them is a mark for the provider's cache.
    private(set) var systemHasMarks = false
    private(set) var adjusted: [String] = []
    /// The names of the tools that were called.
    private(set) var calledTools: [String] = []
    /// What thinking led to a call; nil: not known.
    private let thinking: (_ callID: String) -> ByteBuffer?
    /// Whether thinking of earlier turns is said again.
    private let keepsThinking: Bool

    /// - Parameters:
    ///   - keepsThinking: whether the model is to think; without, earlier thinking is left out.
    ///   - thinking: the blocks of thinking before a call, joined by commas.
    init(
        _ messages: JSONValue, keepsThinking: Bool, thinking: @escaping (_ callID: String) -> ByteBuffer?
    ) throws(DialectError) {
        self.keepsThinking = keepsThinking
        self.thinking = thinking
        for (index, message) in messages.elements.enumerated() { try read(message, "messages[\(index)]") }
        answerCalls()
        alternate()
    }

    /// Whether the last turn is the assistant's, which it shall go on with.
    var isPrefilled: Bool { turns.last.map { !$0.isUsers } ?? false }

    /// Whether a turn of the loop that is going on calls a tool without its thinking: the model must not think then.
    var lacksThinking: Bool {
        // The loop began with the last turn of the user's that is no tool's answer.
        for turn in turns.reversed() {
            if turn.isUsers {
                guard turn.blocks.contains(where: { $0.answeredID != nil }) else {
                    return false
                }
            } else if turn.blocks.contains(where: { $0.callID != nil }), turn.blocks.first?.kind != .thinking {
                return true
            }
        }
        return false
    }

    private mutating func adjust(_ name: String) {
        if !adjusted.contains(name) { adjusted.append(name) }
    }

    // MARK: - Reading

    private mutating func read(_ message: JSONValue, _ path: String) throws(DialectError) {
        switch message.member("role")?.string {
        case "system", "developer": try readSystem(message, path)
        case "user": add(try parts(of: message, path), isUsers: true)
        case "assistant":
            let calls = try self.calls(of: message, path)
            let said = try parts(of: message, path)
            add(
                said.isEmpty && calls.isEmpty ? [] : thoughts(before: calls, of: message) + said + calls, isUsers: false
            )
        case "tool": turns.append(Turn(isUsers: true, blocks: [try result(message, path)]))
        default: throw DialectError("the role is not one this arm's provider knows", param: "\(path).role")
        }
    }

    private mutating func add(_ blocks: [Block], isUsers: Bool) {
        // A turn of nothing is refused.
        if blocks.isEmpty { adjust("content") } else { turns.append(Turn(isUsers: isUsers, blocks: blocks)) }
    }

    private mutating func readSystem(_ message: JSONValue, _ path: String) throws(DialectError) {
        if !turns.isEmpty { adjust("system") }
        for block in try parts(of: message, path) {
            guard block.kind == .text else { throw DialectError("only text can stand here", param: "\(path).content") }
            system.append(block.json)
        }
        let places = [message] + (message.member("content")?.elements ?? [])
        if places.contains(where: { $0.member("cache_control")?.kind == .object }) {
            systemHasMarks = true
        }
    }

    /// The content of a message; a mark for the cache that stands on the message is put on its last part.
    private func parts(of message: JSONValue, _ path: String) throws(DialectError) -> [Block] {
        guard let content = message.member("content"), !content.isNull else { return [] }
        let mark = message.member("cache_control")
        if content.kind == .string { return text(content, mark).map { [$0] } ?? [] }
        guard content.kind == .array else {
            throw DialectError("content must be a string or an array", param: "\(path).content")
        }
        var blocks: [Block] = []
        let list = content.elements
        for (index, part) in list.enumerated() {
            let own = part.member("cache_control") ?? (index == list.count - 1 ? mark : nil)
            if let block = try self.part(part, own, "\(path).content[\(index)]") { blocks.append(block) }
        }
        return blocks
    }

    private func part(_ part: JSONValue, _ mark: JSONValue?, _ path: String) throws(DialectError) -> Block? {
        switch part.member("type")?.string {
        case "text", "refusal":
            guard let text = part.member("text") ?? part.member("refusal"), text.kind == .string else {
                throw DialectError("a text part must have a text", param: path)
            }
            return self.text(text, mark)
        case "image_url":
            return Block(kind: .other, json: try image(part.member("image_url"), mark, path))
        case "file":
            return Block(kind: .other, json: try document(part.member("file"), mark, path))
        default: throw DialectError("this kind of content cannot be said to this arm's provider", param: path)
        }
    }

    /// nil where there is nothing but white space, which Anthropic refuses.
    private func text(_ text: JSONValue, _ mark: JSONValue?) -> Block? {
        guard text.range.count > 2 else { return nil }
        // Long texts have a word in them.
        if text.range.count < 1_024, text.string?.allSatisfy(\.isWhitespace) ?? true { return nil }
        var json = ByteBuffer(staticString: #"{"type":"text","text":"#)
        json.writeImmutableBuffer(text.rawBytes)
        Self.end(&json, mark)
        return Block(kind: .text, json: json)
    }

    private func image(_ image: JSONValue?, _ mark: JSONValue?, _ path: String) throws(DialectError) -> ByteBuffer {
        guard let url = image?.string ?? image?.member("url")?.string else {
            throw DialectError("an image must have a URL", param: path)
        }
        var json = ByteBuffer(staticString: #"{"type":"image","source":"#)
        if url.hasPrefix("data:") {
            guard let comma = url.firstIndex(of: ","), url[..<comma].hasSuffix(";base64") else {
                throw DialectError("an image's data URL must be in base64", param: path)
            }
            // `data:image/png;charset=utf-8;base64,…`
            let type = url[..<comma].dropFirst(5).prefix { $0 != ";" }
            Self.writeData(url[url.index(after: comma)...], type: type, to: &json)
        } else {
            Self.writeURL(url, to: &json)
        }
        Self.end(&json, mark)
        return json
    }

    private func document(_ file: JSONValue?, _ mark: JSONValue?, _ path: String) throws(DialectError) -> ByteBuffer {
        var json = ByteBuffer(staticString: #"{"type":"document","source":"#)
        switch FilePart(file) {
        case .pdf(let data): Self.writeData(data, type: "application/pdf", to: &json)
        case .url(let url): Self.writeURL(url, to: &json)
        case .unknown: throw DialectError("a file must be a PDF in base64, or a URL of one", param: path)
        }
        if let name = file?.member("filename"), name.kind == .string, name.range.count > 2 {
            json.writeStaticString(#","title":"#)
            json.writeImmutableBuffer(name.rawBytes)
        }
        Self.end(&json, mark)
        return json
    }

    private static func writeData(_ data: Substring, type: Substring, to json: inout ByteBuffer) {
        json.writeStaticString(#"{"type":"base64","media_type":"#)
        JSONString.append(type, to: &json)
        json.writeStaticString(#","data":"#)
        JSONString.append(data, to: &json)
        json.writeStaticString("}")
    }

    private static func writeURL(_ url: String, to json: inout ByteBuffer) {
        json.writeStaticString(#"{"type":"url","url":"#)
        JSONString.append(url, to: &json)
        json.writeStaticString("}")
    }

    /// Ends a block, with its mark for the cache.
    private static func end(_ json: inout ByteBuffer, _ mark: JSONValue?) {
        if let mark, mark.kind == .object {
            json.writeStaticString(#","cache_control":"#)
            json.writeImmutableBuffer(mark.rawBytes)
        }
        json.writeStaticString("}")
    }

    // MARK: - Tools and thinking

    private mutating func calls(of message: JSONValue, _ path: String) throws(DialectError) -> [Block] {
        var blocks: [Block] = []
        for (index, call) in (message.member("tool_calls")?.elements ?? []).enumerated() {
            guard let id = call.member("id")?.string, let function = call.member("function"),
                let name = function.member("name"), name.kind == .string
            else {
                throw DialectError(
                    "a tool call must have an id and a function with a name", param: "\(path).tool_calls[\(index)]")
            }
            let legalID = Self.legal(id)
            if let name = name.string, !calledTools.contains(name) { calledTools.append(name) }
            var json = ByteBuffer(staticString: #"{"type":"tool_use","id":"#)
            JSONString.append(legalID, to: &json)
            json.writeStaticString(#","name":"#)
            json.writeImmutableBuffer(name.rawBytes)
            json.writeStaticString(#","input":"#)
            json.writeImmutableBuffer(arguments(function.member("arguments")))
            json.writeStaticString("}")
            blocks.append(Block(kind: .toolUse(id: legalID), json: json))
        }
        return blocks
    }

    /// A call's arguments, which must be an object: cut or stray ones become an empty one.
    private mutating func arguments(_ arguments: JSONValue?) -> ByteBuffer {
        let empty = ByteBuffer(staticString: "{}")
        guard let arguments, !arguments.isNull else { return empty }
        // Some clients send the object itself.
        if arguments.kind == .object { return arguments.rawBytes }
        let text = ByteBuffer(string: arguments.string ?? "")
        if text.readableBytes == 0 { return empty }
        if let object = try? JSONDocument(parsing: text), object.isObject { return object.root.rawBytes }
        adjust("arguments")
        return empty
    }

    private mutating func result(_ message: JSONValue, _ path: String) throws(DialectError) -> Block {
        guard let id = message.member("tool_call_id")?.string else {
            throw DialectError("a tool's message must say which call it answers", param: "\(path).tool_call_id")
        }
        let legalID = Self.legal(id)
        var json = ByteBuffer(staticString: #"{"type":"tool_result","tool_use_id":"#)
        JSONString.append(legalID, to: &json)
        json.writeStaticString(#","content":"#)
        let content = message.member("content")
        if let content, content.kind == .array {
            let parts = try self.parts(of: message, path)
            let texts = content.elements.compactMap {
                $0.member("cache_control") == nil ? $0.member("text")?.string : nil
            }
            if texts.count == content.elements.count {
                JSONString.append(texts.joined(separator: "\n"), to: &json)
                Self.end(&json, message.member("cache_control"))
                return Block(kind: .toolResult(id: legalID), json: json)
            }
            json.writeStaticString("[")
            for (index, part) in parts.enumerated() {
                if index > 0 { json.writeStaticString(",") }
                json.writeImmutableBuffer(part.json)
            }
            json.writeStaticString("]}")
            return Block(kind: .toolResult(id: legalID), json: json)
        }
        JSONString.append(content?.string ?? "", to: &json)
        Self.end(&json, message.member("cache_control"))
        return Block(kind: .toolResult(id: legalID), json: json)
    }

    /// The thinking before what an assistant's message says: as the client carries it, or as it was remembered.
    private func thoughts(before calls: [Block], of message: JSONValue) -> [Block] {
        guard keepsThinking else { return [] }
        let carried = (message.member("thinking_blocks")?.elements ?? []).filter { block in
            // Without its seal it would be refused.
            block.member("signature")?.string?.isEmpty == false
                || block.member("type")?.isString("redacted_thinking") ?? false
        }
        if !carried.isEmpty { return carried.map { Block(kind: .thinking, json: $0.rawBytes) } }
        guard let id = calls.first?.callID, let remembered = thinking(id) else { return [] }
        return [Block(kind: .thinking, json: remembered)]
    }

    /// Ids of other providers may have characters that Anthropic does not take; the same id becomes the same.
    static func legal(_ id: String) -> String {
        let isLegal = id.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        if isLegal, !id.isEmpty { return id }
        let letters = id.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "-" ? $0 : "_" }
        return letters.isEmpty ? "call" : String(letters)
    }

    // MARK: - Making it legal

    /// Puts the answers of each turn's calls at the head of the next turn, in the order of the calls. Calls without one get one that says
    /// so; answers without a call become text.
    private mutating func answerCalls() {
        // Where each id is answered, in order; how many of those are behind. A search for each call would take a turn of thousands a minute.
        var places: [String: [(turn: Int, block: Int)]] = [:]
        for turn in turns.indices where turns[turn].isUsers {
            for block in turns[turn].blocks.indices {
                if case .toolResult(let id) = turns[turn].blocks[block].kind {
                    places[id, default: []].append((turn, block))
                }
            }
        }
        var passed: [String: Int] = [:]
        var taken: [Int: Set<Int>] = [:]
        var answers: [Int: [Block]] = [:]
        for index in turns.indices {
            let ids = turns[index].blocks.compactMap(\.callID)
            guard !ids.isEmpty else { continue }
            answers[index] = ids.map { id in
                let own = places[id] ?? []
                var at = passed[id] ?? 0
                while at < own.count, own[at].turn <= index { at += 1 }
                passed[id] = at + 1
                guard at < own.count else { return missingAnswer(to: id) }
                taken[own[at].turn, default: []].insert(own[at].block)
                return turns[own[at].turn].blocks[own[at].block]
            }
        }
        var mended: [Turn] = []
        for index in turns.indices {
            var turn = turns[index]
            if let taken = taken[index] {
                turn.blocks = turn.blocks.indices.filter { !taken.contains($0) }.map { turn.blocks[$0] }
            }
            mended.append(turn)
            if let answers = answers[index] { mended.append(Turn(isUsers: true, blocks: answers)) }
        }
        turns = mended
        // What is left answers nothing.
        var answered: Set<String> = []
        for turn in turns.indices {
            let calls = turns[turn].blocks.compactMap(\.callID)
            if !calls.isEmpty { answered = Set(calls) }
            for block in turns[turn].blocks.indices {
                guard let id = turns[turn].blocks[block].answeredID, answered.remove(id) == nil else { continue }
                turns[turn].blocks[block] = Self.asText(turns[turn].blocks[block])
                adjust("tool_call_id")
            }
        }
    }

    private mutating func missingAnswer(to id: String) -> Block {
        adjust("tool_calls")
        var json = ByteBuffer(staticString: #"{"type":"tool_result","tool_use_id":"#)
        JSONString.append(id, to: &json)
        json.writeStaticString(#","content":"No result.","is_error":true}"#)
        return Block(kind: .toolResult(id: id), json: json)
    }

    private static func asText(_ block: Block) -> Block {
        var json = ByteBuffer(staticString: #"{"type":"text","text":"#)
        let content = (try? JSONValue(parsing: block.json))?.member("content")
        let text =
            content?.string ?? content?.elements.compactMap { $0.member("text")?.string }.joined(separator: "\n") ?? ""
        JSONString.append("Result of a tool: \(text)", to: &json)
        json.writeStaticString("}")
        return Block(kind: .text, json: json)
    }

    /// Turns have content and alternate, and the first is the user's.
    private mutating func alternate() {
        var result: [Turn] = []
        for turn in turns where !turn.blocks.isEmpty {
            if let last = result.last, last.isUsers == turn.isUsers {
                result[result.count - 1].blocks += turn.blocks
            } else {
                result.append(turn)
            }
        }
        if result.isEmpty, !adjusted.isEmpty || !system.isEmpty {
            // Nobody has said anything but the system: it is what is asked.
            let words = system.isEmpty ? [Self.filler] : system.map { Block(kind: .text, json: $0) }
            system = []
            result = [Turn(isUsers: true, blocks: words)]
            adjust("messages")
        } else if let first = result.first, !first.isUsers {
            result.insert(Turn(isUsers: true, blocks: [Self.filler]), at: 0)
            adjust("messages")
        }
        trimPrefill(&result)
        turns = result
    }

    private static let filler = Block(kind: .text, json: ByteBuffer(staticString: #"{"type":"text","text":"."}"#))

    /// The beginning of an answer must not end in white space.
    private mutating func trimPrefill(_ turns: inout [Turn]) {
        guard let last = turns.last, !last.isUsers, let block = last.blocks.last, block.kind == .text,
            let text = (try? JSONValue(parsing: block.json))?.member("text")?.string, text.last?.isWhitespace ?? false
        else { return }
        var trimmed = Substring(text)
        while trimmed.last?.isWhitespace ?? false { trimmed.removeLast() }
        var json = ByteBuffer(staticString: #"{"type":"text","text":"#)
        JSONString.append(trimmed, to: &json)
        json.writeStaticString("}")
        turns[turns.count - 1].blocks[last.blocks.count - 1].json = json
    }
}
