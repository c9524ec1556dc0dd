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
        case .text(let text): return quoted(text)
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
                + members.map { "\(inner)\(quoted($0)): \(render($1, indent: inner))" }.joined(separator: ",\n")
                + "\n\(indent)}"
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let code = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
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
