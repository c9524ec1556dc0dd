import Foundation
package import Yams

/// A YAML text as a tree of nodes with the lines they stand on.
///
/// The parser refuses a mapping in which a key is repeated and stops there. So that all of a file's problems can be
/// told at once, a repeated key's first occurrence is marked (`repetitionMark` in front of its name) and the text parsed
/// again; whoever reads the tree reports marked keys.
package struct YAMLDocument {
    /// What went wrong with the text as YAML.
    package struct SyntaxError: Error, Equatable {
        package var line: Int?
        package var reason: String
    }

    /// Precedes the names of keys that come again later in their mapping: a character of the private use area.
    package static let repetitionMark: Unicode.Scalar = "\u{E123}"
    /// Repetitions that are looked for in one file.
    package static let repetitionLimit = 100

    /// nil for an empty text or one of comments only.
    package let root: Node?

    /// Parses one document.
    ///
    /// - Throws: `SyntaxError` with the line.
    package init(text: String) throws(SyntaxError) {
        // A byte order mark says nothing in UTF-8, and the parser takes it for a value.
        let text =
            text.unicodeScalars.first == "\u{FEFF}"
            ? String(String.UnicodeScalarView(text.unicodeScalars.dropFirst())) : text
        try Self.checkCharacters(of: text)
        var marked = text
        var repetition: SyntaxError?
        for _ in 0...Self.repetitionLimit {
            do {
                root = try compose(yaml: marked, .basic)
                return
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let name = names.first?.trimmingPrefix(while: { $0.unicodeScalars.contains(Self.repetitionMark) })
                repetition = SyntaxError(
                    line: context.mark.line, reason: "the key “\(shown(String(name ?? "")))” is given more than once")
                guard let next = Self.mark(marked, at: context.mark) else { break }
                marked = next
            } catch {
                // A text that marking broke (a key behind an anchor, say) is reported for what led to the marking.
                throw repetition ?? Self.syntaxError(error, in: text)
            }
        }
        throw repetition ?? SyntaxError(line: nil, reason: "is no YAML")
    }

    /// Control characters stop the parser without a line, so they are looked for first.
    private static func checkCharacters(of text: String) throws(SyntaxError) {
        if text.unicodeScalars.contains(repetitionMark) {
            let line = line(in: text) { $0 == repetitionMark }
            throw SyntaxError(line: line, reason: "contains the private character U+E123, which has no meaning here")
        }
        func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x85: false
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: true
            default: false
            }
        }
        guard let forbidden = text.unicodeScalars.first(where: isForbidden) else { return }
        let code = String(forbidden.value, radix: 16, uppercase: true)
        throw SyntaxError(
            line: line(in: text, where: isForbidden),
            reason: "contains the control character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)")
    }

    private static func line(in text: String, where condition: (Unicode.Scalar) -> Bool) -> Int {
        1 + text.unicodeScalars.prefix { !condition($0) }.count { $0 == "\n" }
    }

    /// What is missing at the end of a text is found on the line after its last, which no editor shows.
    private static func syntaxError(_ error: any Error, in text: String) -> SyntaxError {
        var error = unclampedSyntaxError(error, in: text)
        let lineBreaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
        error.line = error.line.map { min($0, 1 + text.unicodeScalars.count(where: lineBreaks.contains)) }
        return error
    }

    private static func unclampedSyntaxError(_ error: any Error, in text: String) -> SyntaxError {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _):
            let lines = text.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
            let indentation = mark.line <= lines.count ? lines[mark.line - 1].prefix { $0 == " " || $0 == "\t" } : ""
            if indentation.contains("\t") {
                return SyntaxError(line: mark.line, reason: "a tab cannot indent YAML; use spaces")
            }
            return SyntaxError(line: mark.line, reason: sentence(problem, context))
        case .parser(let context, let problem, let mark, _), .composer(let context, let problem, let mark, _):
            return SyntaxError(line: mark.line, reason: sentence(problem, context))
        case .reader(let problem, let offset, _, _):
            let line = offset.map { 1 + text.prefix($0).count { $0.isNewline } }
            return SyntaxError(line: line, reason: "not valid YAML: \(problem)")
        default:
            return SyntaxError(line: nil, reason: "not valid YAML")
        }
    }

    private static func sentence(_ problem: String, _ context: YamlError.Context?) -> String {
        "not valid YAML: \(context.map { "\($0.text), " } ?? "")\(problem)"
    }

    /// The text with the key that begins at `mark` marked; nil where nothing begins there.
    private static func mark(_ text: String, at mark: Mark) -> String? {
        var scalars = text.unicodeScalars
        var line = 1
        var column = 1
        var index = scalars.startIndex
        while index < scalars.endIndex, (line, column) != (mark.line, mark.column) {
            let scalar = scalars[index]
            index = scalars.index(after: index)
            switch scalar {
            case "\r" where index < scalars.endIndex && scalars[index] == "\n": continue
            // The parser's line breaks, which are more than an editor's.
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": (line, column) = (line + 1, 1)
            default: column += 1
            }
        }
        guard index < scalars.endIndex else { return nil }
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        scalars.insert(repetitionMark, at: index)
        return String(scalars)
    }
}

/// A piece of a file as a message shows it: on one line, without control characters, not too long.
package func shown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(60) {
        let isVisible = scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
        result += isVisible ? String(scalar) : scalar.escaped(asASCII: true)
    }
    return text.unicodeScalars.count > 60 ? result + "…" : result
}
