import WireFormats

/// JSON as text, keys in the order given and numbers in their shortest exact form: the same bytes everywhere.
struct JSONText {
    enum Value {
        case null
        case number(Double)
        case integer(Int)
        case text(String)
        case list([Value])
        case object([(String, Value)])

        static func optional(_ value: Double?) -> Value { value.map(Value.number) ?? .null }
    }

    /// Objects and lists of objects are spread over lines, lists of numbers are not.
    static func render(_ value: Value, indent: String = "") -> String {
        switch value {
        case .null: return "null"
        case .number(let number): return number.isFinite ? "\(number)" : "null"
        case .integer(let number): return "\(number)"
        case .text(let text): return JSONString.quoted(text)
        case .list(let items):
            guard items.contains(where: \.isStructured) else {
                return "[" + items.map { render($0) }.joined(separator: ", ") + "]"
            }
            let inner = indent + "  "
            return "[\n" + items.map { inner + render($0, indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let inner = indent + "  "
            return "{\n"
                + members.map { "\(inner)\(JSONString.quoted($0)): \(render($1, indent: inner))" }.joined(
                    separator: ",\n")
                + "\n\(indent)}"
        }
    }
}

extension JSONText.Value {
    fileprivate var isStructured: Bool {
        switch self {
        case .list, .object: true
        default: false
        }
    }
}
