/// What can be wrong with a `${…}` of a value.
package enum ExpansionError: Error, Equatable {
    /// The variable is not set and the value gives no default.
    case unset(name: String, nearest: String?)
    /// The `${` has no `}`, or what is between them is no name.
    case malformed(String)

    /// What to tell the author of the file.
    package var reason: String {
        switch self {
        case .unset(let name, _):
            "the environment variable \(name) is not set, and no default is given (write ${\(name):-default})"
        case .malformed(let reason): reason
        }
    }

    package var suggestion: String? {
        switch self {
        case .unset(_, let nearest): nearest
        case .malformed: nil
        }
    }
}

/// Replaces `${NAME}` and `${NAME:-default}` in a value by the environment's values.
///
/// A default stands in for a variable that is unset or empty, as in a shell; it is taken as it is (no `${` inside).
/// `$$` is a single `$`; any other `$` stands for itself, so that `^\d+$` needs no care.
///
/// - Returns: the text, and whether anything came from the environment or a default.
package func expandEnvironment(
    in text: String, environment: [String: String]
) throws(ExpansionError) -> (text: String, isExpanded: Bool) {
    guard text.unicodeScalars.contains("$") else { return (text, false) }
    var result = String.UnicodeScalarView()
    var isExpanded = false
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
        guard scalar == "$" else {
            result.append(scalar)
            continue
        }
        switch rest.first {
        case "$":
            rest.removeFirst()
            result.append("$")
        case "{":
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "}") else {
                throw .malformed("“${” without “}” (write $${ for a literal “${”)")
            }
            result.append(contentsOf: try value(of: rest[..<end], environment: environment).unicodeScalars)
            isExpanded = true
            rest = rest[rest.index(after: end)...]
        default:
            result.append("$")
        }
    }
    return (String(result), isExpanded)
}

private func value(
    of reference: String.UnicodeScalarView.SubSequence, environment: [String: String]
) throws(ExpansionError) -> String {
    let nameEnd = reference.firstIndex { !isNameScalar($0) } ?? reference.endIndex
    let name = String(String.UnicodeScalarView(reference[..<nameEnd]))
    let tail = String(String.UnicodeScalarView(reference[nameEnd...]))
    guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else {
        throw .malformed("“${” must be followed by the name of an environment variable (write $${ for a literal “${”)")
    }
    if tail.isEmpty {
        guard let value = environment[name] else {
            throw .unset(name: name, nearest: nearestName(to: name, among: environment.keys.sorted()))
        }
        return value
    }
    guard tail.hasPrefix(":-") else {
        throw .malformed("“${\(name)” must be followed by “}” or “:-default}”")
    }
    let fallback = String(tail.dropFirst(2))
    guard !fallback.contains("${") else {
        throw .malformed("the default of ${\(name):-…} cannot itself contain “${”")
    }
    return environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
}

private func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
}
