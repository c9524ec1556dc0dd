import NIOCore
import WireFormats

/// One record of another system's export: an object of a JSON file or a record of a CSV file, with values looked up by path.
struct ForeignRow {
    /// The line, or the row where rows are no lines.
    let number: Int
    let countsRows: Bool
    private let content: Content

    private enum Content {
        case object(JSONValue)
        case record([String: String])
    }

    init(object: JSONValue, number: Int, countsRows: Bool) {
        (content, self.number, self.countsRows) = (.object(object), number, countsRows)
    }

    init(record: [String: String], number: Int) {
        (content, self.number, countsRows) = (.record(record), number, false)
    }

    /// The names of the row's members.
    var names: [String] {
        switch content {
        case .object(let value): value.members.map(\.key)
        case .record(let fields): Array(fields.keys)
        }
    }

    /// The value at a path: `a.b.c`, where `a.b` may also be a name with a point in it. Nil where there is none, or null, or an empty
    /// cell of a table.
    subscript(path: String) -> ForeignValue? {
        switch content {
        case .object(let value):
            return Self.find(path[...], in: value).flatMap { $0.isNull ? nil : .json($0) }
        case .record(let fields):
            return fields[path].flatMap { $0.isEmpty ? nil : .cell($0) }
        }
    }

    private static func find(_ path: Substring, in value: JSONValue) -> JSONValue? {
        var found: JSONValue?
        var nested: JSONValue?
        var rest: Substring = ""
        value.forEachMember { name, member in
            if name == path { found = member }
            if member.kind == .object, path.hasPrefix(name), path.dropFirst(name.count).first == "." {
                nested = member
                rest = path.dropFirst(name.count + 1)
            }
            return true
        }
        return found ?? nested.flatMap { find(rest, in: $0) }
    }
}

/// A value of a foreign row: JSON's, or the text of a cell.
enum ForeignValue {
    case json(JSONValue)
    case cell(String)

    /// The string, or the number or boolean as it is written; nil for lists and objects.
    var text: String? {
        switch self {
        case .cell(let text): text
        case .json(let value):
            switch value.kind {
            case .string: value.string
            case .number, .boolean: String(buffer: value.rawBytes)
            default: nil
            }
        }
    }

    /// A number, or a text that is one, or 1 and 0 for true and false.
    var number: Double? {
        if case .json(let value) = self, value.kind == .number { return value.double }
        guard let text else { return nil }
        switch text.lowercased() {
        case "true": return 1
        case "false": return 0
        default: return Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
    }

    /// The elements of a list, also of one that a cell holds as JSON; nil for anything else.
    var elements: [ForeignValue]? {
        let value: JSONValue
        switch self {
        case .json(let found): value = found
        case .cell(let text):
            guard let parsed = try? JSONValue(parsing: ByteBuffer(string: text)) else { return nil }
            value = parsed
        }
        return value.kind == .array ? value.elements.map { .json($0) } : nil
    }

    /// What it is, for a message.
    var excerpt: String {
        var found = text ?? ""
        if text == nil, case .json(let value) = self { found = String(buffer: value.rawBytes) }
        return found.count <= 40 ? found : found.prefix(40) + "…"
    }
}
