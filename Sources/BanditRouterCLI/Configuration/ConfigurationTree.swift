/// An ordered tree of values that can be written as YAML and as JSON.
package indirect enum ConfigurationTree: Sendable, Equatable {
    case text(String)
    /// Written as it is: a number, a duration, a truth value.
    case literal(String)
    case list([ConfigurationTree])
    case section([(key: String, value: ConfigurationTree)])

    package static func == (left: Self, right: Self) -> Bool { left.json == right.json }

    /// YAML that a configuration reader understands as the same values (`$` doubled, text quoted where it must be).
    package var yaml: String {
        var lines: [String] = []
        write(to: &lines, indentation: "")
        return lines.joined(separator: "\n") + "\n"
    }

    /// One line of JSON; durations are strings.
    package var json: String {
        switch self {
        case .text(let text): quotedJSON(text)
        case .literal(let literal):
            literal == "true" || literal == "false" || Double(literal) != nil ? literal : quotedJSON(literal)
        case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .section(let entries):
            "{" + entries.map { "\(quotedJSON($0.key)):\($0.value.json)" }.joined(separator: ",") + "}"
        }
    }

    /// The value under a path such as `routes[0].policy.kind`; nil where there is none.
    package func value(at path: String) -> ConfigurationTree? {
        var tree = self
        for step in path.split(whereSeparator: { $0 == "." || $0 == "[" }) {
            switch tree {
            case .section(let entries):
                guard let next = entries.first(where: { $0.key == step })?.value else { return nil }
                tree = next
            case .list(let items):
                guard let index = Int(step.dropLast()), items.indices.contains(index) else { return nil }
                tree = items[index]
            default: return nil
            }
        }
        return tree
    }

    private func write(to lines: inout [String], indentation: String) {
        switch self {
        case .text, .literal: lines.append(indentation + scalarYAML)
        case .list(let items):
            for item in items {
                let start = lines.count
                item.write(to: &lines, indentation: indentation + "  ")
                lines[start] = indentation + "- " + lines[start].dropFirst(indentation.count + 2)
            }
        case .section(let entries):
            for (key, value) in entries {
                if let inline = value.inlineYAML {
                    lines.append("\(indentation)\(key): \(inline)")
                } else {
                    lines.append("\(indentation)\(key):")
                    value.write(to: &lines, indentation: indentation + "  ")
                }
            }
        }
    }

    /// On one line, where that is how a person would write it.
    private var inlineYAML: String? {
        switch self {
        case .text, .literal: scalarYAML
        case .list(let items):
            items.allSatisfy(\.isPlain) ? "[" + items.map(\.scalarYAML).joined(separator: ", ") + "]" : nil
        case .section(let entries): entries.isEmpty ? "{}" : nil
        }
    }

    private var isPlain: Bool {
        switch self {
        case .text(let text): isPlainYAML(text)
        case .literal: true
        case .list, .section: false
        }
    }

    private var scalarYAML: String {
        switch self {
        case .literal(let literal): literal
        case .text(let text):
            isPlainYAML(text)
                ? text
                : quotedJSON(text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
        case .list, .section: preconditionFailure("no scalar")
        }
    }
}

/// Whether a text can stand without quotes anywhere and still be read as text.
private func isPlainYAML(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 60 else { return false }
    guard text.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || "._/+-".utf8.contains($0) }) else {
        return false
    }
    return !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
}

private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

/// A JSON string, which YAML reads as a double-quoted scalar.
private func quotedJSON(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        default:
            if isUnsafe(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result + "\""
}

/// Characters that YAML forbids or folds; those beyond U+FFFF are all printable there.
private func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, 0xE123: true
    default: false
    }
}
