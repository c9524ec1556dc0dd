/// What a prompt offers for made-up values: they look as if it had been read.
struct PromptHints: Sendable {
    let text: String
    let numbers: [Double]
    /// Words that look like names.
    let names: [String]

    private static let maxBytes = 4_096
    /// Capital letters at the beginning of a sentence make no name.
    private static let commonWords: Set<String> = [
        "A", "An", "And", "Are", "As", "At", "Can", "Create", "Do", "Does", "Extract", "Find", "For", "From",
        "Generate", "Get",
        "Give", "Hello", "Hi", "How", "I", "If", "In", "Is", "It", "JSON", "Let", "List", "Make", "My", "No", "Of",
        "On",
        "Please", "Return", "Say", "She", "He", "Show", "So", "Tell", "That", "The", "There", "They", "This", "To",
        "Use", "We",
        "What", "What's", "When", "Where", "Which", "Who", "Why", "Will", "With", "Write", "Yes", "You", "Your",
    ]

    init(_ prompt: String) {
        let text = String(decoding: prompt.utf8.prefix(Self.maxBytes), as: UTF8.self)
        self.text = text
        var numbers: [Double] = []
        var names: [String] = []
        for word in text.split(whereSeparator: { $0.isWhitespace || "\"'()[]{}:;".contains($0) }) {
            let bare = word.trimming { ".,!?$€%".contains($0) }
            if let number = Double(bare), number.isFinite {
                numbers.append(number)
            } else if bare.first?.isUppercase ?? false, bare.allSatisfy({ $0.isLetter || $0 == "-" }),
                !Self.commonWords.contains(String(bare))
            {
                names.append(String(bare))
            }
        }
        self.numbers = numbers
        self.names = names
    }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = drop(while: isTrimmed)
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
