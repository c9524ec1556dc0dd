/// What a pattern says, after reading.
indirect enum PatternNode: Equatable {
    case empty
    case characters(ScalarSet)
    case sequence([PatternNode])
    case either([PatternNode])
    case repeated(PatternNode, atLeast: Int, atMost: Int?)
    case assertion(PatternAssertion)
}

enum PatternAssertion: Equatable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
}

/// Reads the regular expressions users write (the syntax RE2 and Go share): literals, classes, groups, alternation,
/// repetition, anchors, `\b`, `\d \w \s`, `\p{Script}`, flags `(?ims)`. Look-around and back-references are refused: they
/// are what makes matching exponential.
struct PatternReader {
    static let repetitionLimit = 1_000
    static let depthLimit = 100

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var dotMatchesNewline = false
    private var anchorsMatchLines = false

    /// - Throws: `invalid_pattern` with the place and the reason.
    static func read(_ source: String) throws(CategoryError) -> PatternNode {
        var reader = PatternReader(scalars: Array(source.unicodeScalars))
        guard !reader.scalars.isEmpty else { throw reader.failure("it is empty") }
        let node = try reader.alternatives()
        guard reader.position == reader.scalars.count else { throw reader.failure("unmatched ')'") }
        return node
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private func failure(_ why: String) -> CategoryError {
        CategoryError(
            .invalidPattern,
            "invalid pattern '\(String(String.UnicodeScalarView(scalars)))' at character \(position + 1): \(why)")
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func alternatives() throws(CategoryError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw failure("groups are nested too deeply") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(CategoryError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let atom = try atom()
            parts.append(try repetition(of: atom))
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repetition(of atom: PatternNode) throws(CategoryError) -> PatternNode {
        var atom = atom
        while let scalar = next {
            let bounds: (Int, Int?)
            switch scalar {
            case "*": (bounds, position) = ((0, nil), position + 1)
            case "+": (bounds, position) = ((1, nil), position + 1)
            case "?": (bounds, position) = ((0, 1), position + 1)
            case "{":
                guard let counted = try countedRepetition() else { return atom }
                bounds = counted
            default: return atom
            }
            atom = .repeated(atom, atLeast: bounds.0, atMost: bounds.1)
            // Lazy and possessive marks change which match is found, not whether there is one.
            if next == "?" || next == "+" { position += 1 }
        }
        return atom
    }

    /// `{n}`, `{n,}`, `{n,m}`; nil when the brace stands for itself.
    private mutating func countedRepetition() throws(CategoryError) -> (Int, Int?)? {
        guard let close = scalars[position...].firstIndex(of: "}") else { return nil }
        let body = String(String.UnicodeScalarView(scalars[(position + 1)..<close]))
        let parts = body.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let low = Int(parts[0]), body.utf8.allSatisfy({ $0 == 0x2C || $0 < 0x3A })
        else { return nil }
        let high = parts.count == 1 ? low : parts[1].isEmpty ? nil : Int(parts[1])
        if parts.count == 2, !parts[1].isEmpty, high == nil { return nil }
        guard low <= Self.repetitionLimit, (high ?? low) <= Self.repetitionLimit else {
            throw failure("more than \(Self.repetitionLimit) repetitions")
        }
        guard high.map({ $0 >= low }) ?? true else { throw failure("the bounds {\(body)} are the wrong way round") }
        position = close + 1
        return (low, high)
    }

    private mutating func atom() throws(CategoryError) -> PatternNode {
        let scalar = scalars[position]
        switch scalar {
        case "(": return try group()
        case "[": return .characters(try bracket())
        case "*", "+", "?": throw failure("'\(scalar)' has nothing to repeat")
        case "\\": return try escape()
        case ".":
            position += 1
            return .characters(dotMatchesNewline ? .all : ScalarSet([0x0A...0x0A]).inverted)
        case "^":
            position += 1
            return .assertion(anchorsMatchLines ? .lineStart : .textStart)
        case "$":
            position += 1
            return .assertion(anchorsMatchLines ? .lineEnd : .textEnd)
        default:
            position += 1
            return .characters(ScalarSet(scalar).ignoringCase)
        }
    }

    private mutating func group() throws(CategoryError) -> PatternNode {
        position += 1
        let outer = (dotMatchesNewline, anchorsMatchLines)
        if take("?") {
            if take("=") || take("!") { throw failure("look-around is not supported: patterns run in linear time") }
            if take("P") || next == "<" {
                guard take("<"), next != "=", next != "!", let close = scalars[position...].firstIndex(of: ">") else {
                    throw failure("look-around is not supported: patterns run in linear time")
                }
                position = close + 1
            } else {
                var isOn = true
                while let flag = next, flag != ":", flag != ")" {
                    switch flag {
                    case "i": if !isOn { throw failure("patterns always ignore case; remove the flag '-i'") }
                    case "m": anchorsMatchLines = isOn
                    case "s": dotMatchesNewline = isOn
                    case "-": isOn = false
                    default: throw failure("unknown flag '\(flag)'")
                    }
                    position += 1
                }
                if take(")") { return .empty }  // flags for the rest of the enclosing group
                guard take(":") else { throw failure("the group is not closed") }
            }
        }
        let node = try alternatives()
        guard take(")") else { throw failure("the group is not closed") }
        (dotMatchesNewline, anchorsMatchLines) = outer
        return node
    }

    private mutating func escape() throws(CategoryError) -> PatternNode {
        guard position + 1 < scalars.count else { throw failure("a backslash at the end") }
        switch scalars[position + 1] {
        case "b": return assertion(.wordBoundary)
        case "B": return assertion(.notWordBoundary)
        case "A": return assertion(.textStart)
        case "z", "Z": return assertion(.textEnd)
        case "1"..."9": throw failure("back-references are not supported: patterns run in linear time")
        default: return .characters(try escapedSet().ignoringCase)
        }
    }

    private mutating func assertion(_ assertion: PatternAssertion) -> PatternNode {
        position += 2
        return .assertion(assertion)
    }

    /// A class or a character after a backslash.
    private mutating func escapedSet() throws(CategoryError) -> ScalarSet {
        guard position + 1 < scalars.count else { throw failure("a backslash at the end") }
        let scalar = scalars[position + 1]
        position += 2
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .wordCharacters
        case "W": return ScalarSet.wordCharacters.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "n": return ScalarSet("\n")
        case "t": return ScalarSet("\t")
        case "r": return ScalarSet("\r")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "p", "P":
            let name = try braced()
            guard let set = ScalarSet.named[name.lowercased()] else {
                throw failure("unknown script '\(name)'; known: \(ScalarSet.named.keys.sorted().joined(separator: ", "))")
            }
            return scalar == "P" ? set.inverted : set
        case "x" where next == "{": return try hexadecimal(try braced())
        case "x": return try hexadecimal(try digits(2))
        case "u": return try hexadecimal(next == "{" ? try braced() : try digits(4))
        default:
            guard !(scalar.isASCII && scalar.properties.isAlphabetic) && !("0"..."9" ~= scalar) else {
                position -= 2
                throw failure("unknown escape '\\\(scalar)'")
            }
            return ScalarSet(scalar)
        }
    }

    private mutating func braced() throws(CategoryError) -> String {
        guard take("{"), let close = scalars[position...].firstIndex(of: "}") else { throw failure("'{…}' is missing") }
        defer { position = close + 1 }
        return String(String.UnicodeScalarView(scalars[position..<close]))
    }

    private mutating func digits(_ count: Int) throws(CategoryError) -> String {
        guard position + count <= scalars.count else { throw failure("hexadecimal digits are missing") }
        defer { position += count }
        return String(String.UnicodeScalarView(scalars[position..<(position + count)]))
    }

    private func hexadecimal(_ digits: String) throws(CategoryError) -> ScalarSet {
        guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw failure("'\(digits)' is not a character's number")
        }
        return ScalarSet(scalar)
    }

    private mutating func bracket() throws(CategoryError) -> ScalarSet {
        position += 1
        let isInverted = take("^")
        var set = ScalarSet([])
        var isFirst = true
        while true {
            guard let scalar = next else { throw failure("the class '[' is not closed") }
            if scalar == "]", !isFirst { break }
            isFirst = false
            if scalar == "[", position + 1 < scalars.count, scalars[position + 1] == ":" {
                set = set.union(try posixClass())
                continue
            }
            let low = try bracketMember()
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set = set.union(low)
                continue
            }
            position += 1
            let high = try bracketMember()
            guard let from = low.single, let to = high.single, from <= to else {
                throw failure("the range in the class is not in order")
            }
            set = set.union(ScalarSet([from...to]))
        }
        position += 1
        set = set.ignoringCase
        return isInverted ? set.inverted : set
    }

    private mutating func bracketMember() throws(CategoryError) -> ScalarSet {
        guard let scalar = next else { throw failure("the class '[' is not closed") }
        if scalar == "\\" {
            if position + 1 < scalars.count, scalars[position + 1] == "b" {
                position += 2
                return ScalarSet("\u{08}")
            }
            return try escapedSet()
        }
        position += 1
        return ScalarSet(scalar)
    }

    private mutating func posixClass() throws(CategoryError) -> ScalarSet {
        position += 2
        guard let colon = scalars[position...].firstIndex(of: ":"), colon + 1 < scalars.count, scalars[colon + 1] == "]",
            let set = ScalarSet.posix[String(String.UnicodeScalarView(scalars[position..<colon]))]
        else { throw failure("unknown class; known: \(ScalarSet.posix.keys.sorted().joined(separator: ", "))") }
        position = colon + 2
        return set
    }
}
