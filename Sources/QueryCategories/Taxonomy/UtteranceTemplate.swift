import BanditCore

/// An utterance with slots, expanded at random but reproducibly.
struct UtteranceTemplate {
    private enum Part {
        case text(String)
        case choice([[Part]])
        case lexicon(String)
    }

    private let parts: [Part]
    /// Whether there is anything to choose.
    let hasSlots: Bool

    /// - Precondition: brackets are balanced and `@names` are in the lexicon: templates are source code.
    init(_ source: String) {
        var rest = Substring(source)
        parts = Self.parse(&rest, isNested: false)
        precondition(rest.isEmpty, "unbalanced brackets in an utterance: \(source)")
        hasSlots = parts.contains { if case .text = $0 { false } else { true } }
    }

    /// The text of an utterance without slots.
    var plainText: String {
        parts.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
    }

    func expand(using generator: inout SplitMix64, lexicon: [String: [String]]) -> String {
        var result = ""
        Self.expand(parts, into: &result, &generator, lexicon)
        return result
    }

    private static func expand(
        _ parts: [Part], into result: inout String, _ generator: inout SplitMix64, _ lexicon: [String: [String]]
    ) {
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .choice(let branches):
                expand(branches[generator.index(below: branches.count)], into: &result, &generator, lexicon)
            case .lexicon(let name):
                guard let entries = lexicon[name] else { preconditionFailure("no lexicon named \(name)") }
                result += entries[generator.index(below: entries.count)]
            }
        }
    }

    private static func parse(_ rest: inout Substring, isNested: Bool) -> [Part] {
        var parts: [Part] = []
        var text = ""
        func flush() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = ""
        }
        while let character = rest.first {
            if isNested, character == "|" || character == "]" { break }
            rest.removeFirst()
            switch character {
            case "[":
                flush()
                var branches: [[Part]] = []
                repeat {
                    branches.append(parse(&rest, isNested: true))
                } while rest.popFirst() == "|"
                parts.append(.choice(branches))
            case "\\" where rest.first == "n":
                rest.removeFirst()
                text += "\n"
            case "@":
                let name = rest.prefix { $0.isLetter }
                if TaxonomyLexicon.entries[String(name)] == nil {
                    text += "@"
                } else {
                    flush()
                    rest.removeFirst(name.count)
                    parts.append(.lexicon(String(name)))
                }
            default: text.append(character)
            }
        }
        flush()
        return parts
    }
}
