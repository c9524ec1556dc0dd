/// A pattern searched in a user's text, ignoring case, in time linear in the text.
///
/// The syntax is that of RE2 (see `PatternReader`). Spaces at the end of the text are not looked at, so `\?$` finds a
/// question that ends in a newline; of a text longer than the scope, its start and a part of its end are searched, as if they
/// stood on lines of their own.
package struct TextPattern: Sendable {
    /// How much of a text is searched.
    package enum Scope: Sendable {
        /// `QueryFeatures.textLimitBytes` of the start and a quarter as many of the end.
        case text
        /// 200 bytes of the start and 100 of the end: where instructions stand, before or after the material.
        case instruction

        var headBytes: Int { self == .text ? QueryFeatures.textLimitBytes : 200 }
        var tailBytes: Int { self == .text ? QueryFeatures.textLimitBytes / 4 : 100 }
    }

    package let source: String
    package let scope: Scope
    private let matcher: Matcher

    private enum Matcher: Sendable {
        case automaton(PatternAutomaton)
        /// Too large for a table: walked state by state.
        case program(PatternStates)
    }

    /// - Throws: `invalid_pattern` with the place and the reason.
    package init(_ source: String, scope: Scope = .text) throws(CategoryError) {
        let program = try PatternProgram(try PatternReader.read(source), source: source)
        self.source = source
        self.scope = scope
        if let automaton = PatternAutomaton(program) {
            matcher = .automaton(automaton)
        } else {
            matcher = .program(PatternStates(program: program))
        }
    }

    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var end = bytes.count
            while end > 0, bytes[end - 1] == 0x20 || (0x09...0x0D).contains(bytes[end - 1]) { end -= 1 }
            let trimmed = UnsafeBufferPointer(rebasing: bytes[..<end])
            guard trimmed.count > scope.headBytes + scope.tailBytes else { return search(trimmed) }
            let head = trimmed[..<TokenizedText.boundary(atOrBefore: scope.headBytes, in: trimmed)]
            let tail = trimmed[TokenizedText.boundary(atOrBefore: trimmed.count - scope.tailBytes, in: trimmed)...]
            return search(Array(head) + [0x0A] + Array(tail))
        }
    }

    private func search(_ bytes: some Sequence<UInt8>) -> Bool {
        switch matcher {
        case .automaton(let automaton): automaton.matches(bytes)
        case .program(let states): states.matches(bytes)
        }
    }
}

extension PatternStates {
    /// The search without a table: O(text × pattern).
    func matches(_ bytes: some Sequence<UInt8>) -> Bool {
        var kernel = [program.start]
        var before = PatternContext.edge
        var marks = PunctuationScanner()
        for byte in bytes {
            let symbol = marks.isPunctuation(byte) ? Int(byte) + 128 : Int(byte)
            let after = PatternAutomaton.context(of: symbol)
            guard let places = closure(of: kernel, before: before, after: after) else { return true }
            kernel = advance(places, by: byte)
            before = after
        }
        return closure(of: kernel, before: before, after: .edge) == nil
    }
}
