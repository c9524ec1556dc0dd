import RoutingEngine
import WireFormats

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
        var text = text
        let hasBlocks = text.withUTF8 { UnsafeRawBufferPointer($0).firstRange(of: [UInt8(ascii: "<")]) != nil }
        guard hasBlocks || text.utf8.starts(with: Self.attribution.utf8) else { return text }
        var said = withoutAttribution(text)
        let kept = said.withUTF8 { withoutBlocks($0) }
        return String(String(decoding: kept, as: UTF8.self).trimmed)
    }

    /// Reads bytes: characters take ten times as long, and a turn may be megabytes.
    private func withoutBlocks(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var kept: [UInt8] = []
        var rest = 0
        for _ in 0..<Self.blockLimit {
            guard let (block, name) = nextBlock(in: text, from: rest) else { break }
            kept += text[rest..<block]
            let end = UnsafeRawBufferPointer(text).firstRange(of: Array("</\(name)>".utf8), from: block)
            guard let end else { return kept }
            rest = end.upperBound
        }
        return kept + text[rest...]
    }

    /// A text without the line by which an agent accounts for itself, where that is its first.
    func withoutAttribution(_ text: String) -> String {
        guard text.utf8.starts(with: Self.attribution.utf8) else { return text }
        return text.firstIndex(of: "\n").map { String(text[text.index(after: $0)...]) } ?? ""
    }

    private func nextBlock(in text: UnsafeBufferPointer<UInt8>, from: Int) -> (start: Int, name: Substring)? {
        var at = from
        while let start = text[at...].firstIndex(of: UInt8(ascii: "<")) {
            let name = text[(start + 1)...].prefix(while: Self.isName)
            at = start + 1
            guard !name.isEmpty, name.count <= TextLimit.name, name.endIndex < text.endIndex else { continue }
            guard [UInt8(ascii: ">"), UInt8(ascii: " ")].contains(text[name.endIndex]) else { continue }
            let word = Substring(String(decoding: name, as: UTF8.self))
            if names.contains(word) || prefixes.contains(where: { word.hasPrefix($0) }) { return (start, word) }
        }
        return nil
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80..., UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmed: Substring {
        let rest = drop { $0.isWhitespace }
        return rest.lastIndex { !$0.isWhitespace }.map { rest[...$0] } ?? ""
    }
}
