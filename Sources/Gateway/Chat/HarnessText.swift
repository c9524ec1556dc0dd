/// What the programs that people work with put into their turns: reminders, the surroundings, the output of commands. None of it says what
/// the person wants.
package struct HarnessText: Sendable {
    /// Names of blocks, `<name>…</name>`; one that ends in `*` stands for all that begin so.
    package static let usualTags = [
        "system-reminder", "command-*", "local-command-*", "environment_context", "user_instructions", "INSTRUCTIONS",
    ]

    /// How the line begins by which Claude Code accounts for itself.
    private static let attribution = "x-anthropic-billing-header:"
    /// Blocks in one turn that are looked for; what follows more of them is kept.
    private static let blockLimit = 1_000

    private let names: Set<Substring>
    private let prefixes: [Substring]

    package init(tags: [String] = Self.usualTags) {
        names = Set(tags.filter { !$0.hasSuffix("*") }.map { $0[...] })
        prefixes = tags.filter { $0.hasSuffix("*") }.map { $0.dropLast() }
    }

    /// A text without such blocks, and without the space around what is left.
    ///
    /// A block that does not end goes to the end of the text: a program cut it off.
    package func removed(from text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "<")) || text.hasPrefix(Self.attribution) else { return text }
        var kept = ""
        var rest = Substring(withoutAttribution(text))
        for _ in 0..<Self.blockLimit {
            guard let (block, name) = nextBlock(in: rest) else { break }
            kept += rest[..<block]
            let end = rest[block...].firstRange(of: "</\(name)>")?.upperBound
            rest = end.map { rest[$0...] } ?? ""
        }
        return String((kept + rest).trimmed)
    }

    /// A text without the line by which an agent accounts for itself, where that is its first.
    func withoutAttribution(_ text: String) -> String {
        guard text.hasPrefix(Self.attribution) else { return text }
        return text.firstIndex(of: "\n").map { String(text[text.index(after: $0)...]) } ?? ""
    }

    private func nextBlock(in text: Substring) -> (start: Substring.Index, name: Substring)? {
        var from = text.startIndex
        while let start = text[from...].firstIndex(of: "<") {
            let name = text[text.index(after: start)...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            from = text.index(after: start)
            guard !name.isEmpty, let next = text[name.endIndex...].first, next == ">" || next == " " else { continue }
            if names.contains(name) || prefixes.contains(where: { name.hasPrefix($0) }) { return (start, name) }
        }
        return nil
    }
}

extension String {
    fileprivate var trimmed: Substring {
        let rest = drop { $0.isWhitespace }
        return rest.lastIndex { !$0.isWhitespace }.map { rest[...$0] } ?? ""
    }
}
