import NIOCore
import WireFormats

/// The chunks of an event stream put together to the whole answer that was asked for: for providers that stream where nobody wanted it.
///
/// Knows hardly a field: texts that come in pieces are joined, objects merged, lists merged by their elements' `index` or else
/// appended to, so that what providers invent comes through as well.
struct ChunkFold {
    private indirect enum Value {
        /// JSON text.
        case raw(ByteBuffer)
        /// What stands between a string's quotes, escaped as it came: the halves of a character may come in two chunks.
        case text(ByteBuffer)
        case object([(name: String, value: Value)])
        case list([Value])
    }

    /// Of the chunks themselves: the first that says something counts, but for what is known at the end only.
    private var head: [(name: String, value: Value)] = []
    private var choices: [Value] = []

    /// Names whose strings are said whole, if more than once.
    private static let wholeStrings: Set<String> = ["id", "role", "type", "object", "model", "finish_reason", "format"]

    /// The whole answer in the frames; nil where there is none.
    static func whole(_ frames: ByteBuffer) -> ByteBuffer? {
        var fold = ChunkFold()
        var parser = ServerSentEventParser()
        parser.append(frames)
        while let event = try? parser.next() {
            guard let data = event.data, let chunk = try? JSONDocument(parsing: data), chunk.isObject else { continue }
            fold.add(chunk)
        }
        return fold.choices.isEmpty ? nil : fold.answer()
    }

    private mutating func add(_ chunk: JSONDocument) {
        chunk.root.forEachMember { name, value in
            switch name {
            case "choices":
                value.forEachElement { choice in
                    Self.merge(choice, into: &choices)
                    return true
                }
            case "object": break
            default:
                guard !value.isNull else { return true }
                head.removeAll { $0.name == name }
                head.append((name, .raw(value.rawBytes)))
            }
            return true
        }
    }

    // MARK: - Putting together

    private static func made(of value: JSONValue) -> Value {
        switch value.kind {
        case .string: .text(inside(value))
        case .object: .object(value.members.map { ($0.key, made(of: $0.value)) })
        case .array: .list(value.elements.map(made))
        case .number, .boolean, .null: .raw(value.rawBytes)
        }
    }

    /// What stands between a string's quotes.
    private static func inside(_ string: JSONValue) -> ByteBuffer {
        let bytes = string.rawBytes
        return bytes.getSlice(at: bytes.readerIndex + 1, length: bytes.readableBytes - 2) ?? ByteBuffer()
    }

    private static func merge(_ new: JSONValue, named name: String, into old: inout Value) {
        switch (old, new.kind) {
        case (_, .null): break
        case (.text(var text), .string):
            guard text.readableBytes == 0 || !wholeStrings.contains(name) else { return }
            let more = inside(new)
            // A name is said again with every piece of the arguments by some.
            guard name != "name" || text != more else { return }
            old = .raw(ByteBuffer())
            text.writeImmutableBuffer(more)
            old = .text(text)
        case (.object(var members), .object):
            old = .raw(ByteBuffer())
            new.forEachMember { key, value in
                if let at = members.firstIndex(where: { $0.name == key }) {
                    merge(value, named: key, into: &members[at].value)
                } else {
                    members.append((key, made(of: value)))
                }
                return true
            }
            old = .object(members)
        case (.list(var list), .array):
            old = .raw(ByteBuffer())
            new.forEachElement { element in
                merge(element, into: &list)
                return true
            }
            old = .list(list)
        default: old = made(of: new)
        }
    }

    /// Adds an element to a list: to the one of its `index`, where it has one.
    private static func merge(_ element: JSONValue, into list: inout [Value]) {
        guard let index = element.member("index")?.int else { return list.append(made(of: element)) }
        // As a rule they stand in the order of their indexes; else they are looked for, but not among thousands.
        let place =
            list.indices.contains(index) && has(list[index], index)
            ? index : list.prefix(searchLimit).firstIndex { has($0, index) }
        if let place { merge(element, named: "", into: &list[place]) } else { list.append(made(of: element)) }
    }

    private static let searchLimit = 256

    private static func has(_ value: Value, _ index: Int) -> Bool {
        guard case .object(let members) = value else { return false }
        return members.contains { member in
            guard member.name == "index", case .raw(let digits) = member.value else { return false }
            return Int(String(buffer: digits)) == index
        }
    }

    // MARK: - Writing

    private func answer() -> ByteBuffer {
        var output = ByteBuffer(staticString: #"{"object":"chat.completion""#)
        for (name, value) in head {
            output.writeStaticString(",")
            JSONString.append(name, to: &output)
            output.writeStaticString(":")
            Self.write(value, to: &output)
        }
        output.writeStaticString(#","choices":["#)
        for (position, choice) in choices.enumerated() {
            if position > 0 { output.writeStaticString(",") }
            Self.writeChoice(choice, to: &output)
        }
        output.writeStaticString("]}")
        return output
    }

    /// A choice with its delta as the message.
    private static func writeChoice(_ choice: Value, to output: inout ByteBuffer) {
        guard case .object(var members) = choice else { return write(choice, to: &output) }
        for at in members.indices where members[at].name == "delta" {
            members[at].name = "message"
            guard case .object(var message) = members[at].value else { continue }
            if !message.contains(where: { $0.name == "role" }) {
                message.insert(("role", .text(ByteBuffer(staticString: "assistant"))), at: 0)
            }
            if !message.contains(where: { $0.name == "content" }) {
                message.append(("content", .raw(ByteBuffer(staticString: "null"))))
            }
            // The numbers are for putting pieces together; whole answers have none.
            for call in message.indices where message[call].name == "tool_calls" {
                guard case .list(let calls) = message[call].value else { continue }
                message[call].value = .list(
                    calls.map { value in
                        guard case .object(let members) = value else { return value }
                        return .object(members.filter { $0.name != "index" })
                    })
            }
            members[at].value = .object(message)
        }
        write(.object(members), to: &output)
    }

    private static func write(_ value: Value, to output: inout ByteBuffer) {
        switch value {
        case .raw(let bytes): output.writeImmutableBuffer(bytes)
        case .text(let inside):
            output.writeStaticString("\"")
            output.writeImmutableBuffer(inside)
            output.writeStaticString("\"")
        case .object(let members):
            output.writeStaticString("{")
            for (position, member) in members.enumerated() {
                if position > 0 { output.writeStaticString(",") }
                JSONString.append(member.name, to: &output)
                output.writeStaticString(":")
                write(member.value, to: &output)
            }
            output.writeStaticString("}")
        case .list(let values):
            output.writeStaticString("[")
            for (position, value) in values.enumerated() {
                if position > 0 { output.writeStaticString(",") }
                write(value, to: &output)
            }
            output.writeStaticString("]")
        }
    }
}
