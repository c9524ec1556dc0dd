/// A pattern as a deterministic automaton: one table look-up a byte, whatever the pattern and the text.
///
/// Symbols are bytes; those beyond ASCII come twice, as part of a letter and as part of a punctuation mark, so that `\b`
/// knows a typographic quote from an accented letter.
struct PatternAutomaton {
    static let stateLimit = 4_000
    static let tableLimit = 400_000

    /// Symbols 0–255: bytes (beyond ASCII: of letters); 256–383: bytes 128–255 of punctuation; 384: the end.
    private static let endSymbol = 384

    /// State 0: matched. State 1: the start.
    private let table: [Int32]
    private let classOfSymbol: [UInt16]
    private let classCount: Int

    /// Nil when the automaton would have too many states: then the caller walks the program itself.
    init?(_ program: PatternProgram) {
        let states = PatternStates(program: program)
        let (classOfSymbol, representatives) = Self.classes(of: program)
        let classCount = representatives.count
        var numbers: [Key: Int32] = [:]
        var pending: [Key] = []
        var table = [Int32](repeating: 0, count: classCount)
        func number(_ key: Key) -> Int32 {
            if let known = numbers[key] { return known }
            let new = Int32(numbers.count + 1)
            numbers[key] = new
            pending.append(key)
            return new
        }
        _ = number(Key(kernel: [program.start], before: .edge))
        var done = 0
        while done < pending.count {
            guard numbers.count <= Self.stateLimit, (numbers.count + 1) * classCount <= Self.tableLimit else {
                return nil
            }
            let key = pending[done]
            done += 1
            // What is reachable depends on the next symbol only by its context, so once a context is enough.
            var closures: [PatternContext: [Int]?] = [:]
            for symbol in representatives {
                let after = Self.context(of: symbol)
                if closures[after] == nil {
                    closures[after] = .some(states.closure(of: key.kernel, before: key.before, after: after))
                }
                guard let closure = closures[after] ?? nil else {
                    table.append(0)
                    continue
                }
                guard symbol != Self.endSymbol else {
                    table.append(Int32.max)  // the end without a match; never followed
                    continue
                }
                let byte = UInt8(symbol < 256 ? symbol : symbol - 128)
                table.append(number(Key(kernel: states.advance(closure, by: byte), before: after)))
            }
        }
        self.table = table
        self.classOfSymbol = classOfSymbol
        self.classCount = classCount
    }

    /// Whether the pattern occurs in the bytes (UTF-8).
    func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        table.withUnsafeBufferPointer { table in
            classOfSymbol.withUnsafeBufferPointer { classes in
                var state = 1
                var marks = PunctuationScanner()
                for byte in bytes {
                    let symbol = marks.isPunctuation(byte) ? Int(byte) + 128 : Int(byte)
                    state = Int(table[state * classCount + Int(classes[symbol])])
                    if state == 0 { return true }
                }
                return table[state * classCount + Int(classes[Self.endSymbol])] == 0
            }
        }
    }

    private struct Key: Hashable {
        let kernel: [Int]
        let before: PatternContext
    }

    static func context(of symbol: Int) -> PatternContext {
        switch symbol {
        case endSymbol: .edge
        case 0x0A: PatternContext(isEdge: false, isNewline: true, isWord: false)
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A, 0x80...0xFF:
            PatternContext(isEdge: false, isNewline: false, isWord: true)
        default: PatternContext(isEdge: false, isNewline: false, isWord: false)
        }
    }

    /// Symbols that no instruction tells apart share a class; one of each class stands for all.
    private static func classes(of program: PatternProgram) -> ([UInt16], [Int]) {
        var borders = Set<Int>([0, 0x80])
        for instruction in program.instructions {
            if case .bytes(let range, _) = instruction {
                borders.insert(Int(range.lowerBound))
                borders.insert(Int(range.upperBound) + 1)
            }
        }
        var group = 0
        var groupOfByte: [Int] = []
        for byte in 0..<256 {
            if borders.contains(byte) { group += 1 }
            groupOfByte.append(group)
        }
        var known: [ClassKey: UInt16] = [:]
        var representatives: [Int] = []
        let classOfSymbol = (0...endSymbol).map { symbol -> UInt16 in
            let byte = symbol < 256 ? symbol : symbol - 128
            let key = ClassKey(
                group: symbol == endSymbol ? -1 : groupOfByte[byte], context: context(of: symbol))
            if let number = known[key] { return number }
            known[key] = UInt16(representatives.count)
            representatives.append(symbol)
            return UInt16(representatives.count - 1)
        }
        return (classOfSymbol, representatives)
    }

    private struct ClassKey: Hashable {
        let group: Int
        let context: PatternContext
    }
}

/// Tells, byte by byte, punctuation and spaces beyond ASCII from letters: U+0080–00BF, U+2000–203F, U+3000–303F and
/// U+FF00–FF3F, by the first two bytes.
struct PunctuationScanner {
    private var remaining = 0
    private var isMark = false
    private var lead: UInt8 = 0

    @inline(__always)
    mutating func isPunctuation(_ byte: UInt8) -> Bool {
        if byte < 0x80 { return false }
        if byte >= 0xC0 {
            // The lead byte cannot tell yet: only U+0080–00BF have a lead of their own.
            lead = byte
            isMark = byte == 0xC2
            remaining = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
            return isMark || byte == 0xE2 || byte == 0xE3 || byte == 0xEF
        }
        remaining -= 1
        if remaining == 1, lead >= 0xE2 {
            isMark = (lead == 0xE2 || lead == 0xE3) && byte == 0x80 || lead == 0xEF && byte == 0xBC
            lead = 0
        }
        return isMark
    }
}
