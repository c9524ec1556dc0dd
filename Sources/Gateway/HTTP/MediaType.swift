/// The forms in which bodies come.
package enum MediaType {
    /// The type a `Content-Type` names, without its parameters, in lower case.
    package static func name(_ field: String?) -> String {
        guard let field else { return "" }
        return field.prefix { $0 != ";" }.trimmed.lowercased()
    }

    /// JSON, an object a line.
    package static let lines: Set<String> = [
        "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
    ]

    /// What a body may be.
    package enum Body: Sendable, Equatable {
        case json
        case jsonOrLines

        package func accepts(_ field: String?) -> Bool {
            // As nearly all clients write it.
            if field == "application/json" { return true }
            let name = MediaType.name(field)
            return name == "application/json" || (self == .jsonOrLines && MediaType.lines.contains(name))
        }

        /// In words, for errors.
        package var words: String { self == .json ? "application/json" : "application/json or application/x-ndjson" }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return rest
    }
}
