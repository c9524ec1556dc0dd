/// A pattern searched in a user's text, ignoring case, in time linear in the text.
///
/// The syntax is that of RE2 (see `PatternReader`). Spaces at the end of the text are not looked at, so `\?$` finds a
/// question that ends in a newline; of a long text, `QueryFeatures.textLimitBytes` of the start and a quarter as many of the
/// end are searched, as if they stood on lines of their own.
package struct TextPattern: Sendable {
    package let source: String
    /// Byte strings one of which is in every text that matches (see `PatternNode.requiredLiterals`); nil: none are known.
    let requiredLiterals: [[UInt8]]?
    private let matcher: Matcher

    private enum Matcher: Sendable {
        case automaton(PatternAutomaton)
        /// Too large for a table: walked state by state.
        case program(PatternStates)
    }

    /// - Throws: `invalid_pattern` with the place and the reason.
    package init(_ source: String) throws(CategoryError) {
        let node = try PatternReader.read(source)
        let program = try PatternProgram(node, source: source)
        self.source = source
        requiredLiterals = node.requiredLiterals
        if let automaton = PatternAutomaton(program) {
            matcher = .automaton(automaton)
        } else {
            matcher = .program(PatternStates(program: program))
        }
    }

    package func matches(_ text: String) -> Bool { Self.withSearchedBytes(of: text) { matches($0) } }

    /// Whether the pattern is found in bytes of UTF-8, all of which are searched.
    func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch matcher {
        case .automaton(let automaton): automaton.matches(bytes)
        case .program(let states): states.matches(bytes)
        }
    }

    /// Calls the body with what of a text is searched.
    static func withSearchedBytes<Result>(
        of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        var text = text
        return text.withUTF8 { bytes in
            var end = bytes.count
            while end > 0, isSpace(bytes[end - 1]) { end -= 1 }
            let trimmed = UnsafeBufferPointer(rebasing: bytes[..<end])
            let limit = QueryFeatures.textLimitBytes
            guard trimmed.count > limit + limit / 4 else { return body(trimmed) }
            let head = trimmed[..<TokenizedText.boundary(atOrBefore: limit, in: trimmed)]
            let tail = trimmed[TokenizedText.boundary(atOrBefore: trimmed.count - limit / 4, in: trimmed)...]
            return (Array(head) + [0x0A] + Array(tail)).withUnsafeBufferPointer(body)
        }
    }
}

/// The first 200 and the last 100 bytes of a text, where instructions stand, before or after their material, with runs of
/// spaces made one: what the built-in patterns look at.
struct InstructionText {
    static let headBytes = 200
    static let tailBytes = 100

    let bytes: [UInt8]

    init(_ text: String) {
        var text = text
        bytes = text.withUTF8 { bytes in
            // The line break between the parts, and what a scalar that begins before the second one adds to it.
            [UInt8](unsafeUninitializedCapacity: Self.headBytes + Self.tailBytes + 4) { result, count in
                func append(_ part: Slice<UnsafeBufferPointer<UInt8>>) {
                    var previous = count == 0 ? 0 : result[count - 1]
                    for byte in part {
                        if isSpace(byte), isSpace(previous) { continue }
                        result[count] = byte
                        count += 1
                        previous = byte
                    }
                }
                if bytes.count <= Self.headBytes + Self.tailBytes {
                    append(bytes[...])
                } else {
                    append(bytes[..<TokenizedText.boundary(atOrBefore: Self.headBytes, in: bytes)])
                    result[count] = 0x0A
                    count += 1
                    append(bytes[TokenizedText.boundary(atOrBefore: bytes.count - Self.tailBytes, in: bytes)...])
                }
                while count > 0, isSpace(result[count - 1]) { count -= 1 }
            }
        }
    }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

extension PatternStates {
    /// The search without a table: O(text × pattern).
    func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
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
