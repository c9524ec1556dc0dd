import OffPolicy

/// A strict JSON reader (RFC 8259) over the bytes of one line, without building a tree: a decision log is read at the speed the
/// disk unzips.
struct JSONCursor {
    /// Arrays and objects within one another.
    static let maximumDepth = 64

    let base: UnsafePointer<UInt8>
    let count: Int
    private(set) var position = 0

    /// `line` must outlive the cursor.
    init(_ line: UnsafeBufferPointer<UInt8>) {
        base = line.baseAddress ?? UnsafePointer(bitPattern: 1)!
        count = line.count
    }

    /// A string of the text: the bytes between its quotes.
    struct Text {
        var start: Int
        var count: Int
        var isEscaped: Bool
    }

    @inline(__always)
    mutating func skipSpace() {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a else { return }
            position += 1
        }
    }

    /// The next byte that is no space; 0 at the end.
    @inline(__always)
    mutating func peek() -> UInt8 {
        skipSpace()
        return position < count ? base[position] : 0
    }

    @inline(__always)
    mutating func take(_ byte: UInt8, _ field: @autoclosure () -> String) throws(RowFault) {
        guard peek() == byte, position < count else { throw unexpected(field()) }
        position += 1
    }

    /// Takes `byte` if it is next.
    @inline(__always)
    mutating func takeIf(_ byte: UInt8) -> Bool {
        guard peek() == byte, position < count else { return false }
        position += 1
        return true
    }

    /// "expected JSON, found …" at the place reached.
    func unexpected(_ field: String) -> RowFault {
        if position >= count {
            return RowFault(field: field, .syntax, reason: "the line ends where more JSON is expected")
        }
        if base[position] < 0x20 {
            return RowFault(
                field: field, .syntax,
                reason:
                    "not valid JSON at byte \(position + 1): a control character (code \(base[position])) in a string")
        }
        if base[position] == 0x27 {
            return RowFault(
                field: field, .syntax,
                reason: "not valid JSON at byte \(position + 1): a single quote; JSON has double quotes "
                    + "(Python's str() of a dict is no JSON, json.dumps is)")
        }
        return RowFault(field: field, .syntax, reason: "not valid JSON at byte \(position + 1): \"\(word)\"")
    }

    /// What stands at the place reached, up to a separator.
    private var word: String {
        var end = position
        while end < count, end < position + 12, base[end] > 0x20, base[end] != 0x2c, base[end] != 0x7d,
            base[end] != 0x5d
        { end += 1 }
        return text(position, max(1, end - position))
    }

    /// That a value of another kind stands where `wanted` must.
    func mustBe(_ wanted: String, _ field: String) -> RowFault {
        guard let found = describeValue(field) else {
            return unexpected(field)
        }
        return RowFault(field: field, .type, reason: "must be \(wanted), is \(found)")
    }

    /// The value at the place reached in words; nil where none begins there.
    private func describeValue(_ field: String) -> String? {
        var end = self
        switch end.peek() {
        case 0x5b: return "a list"
        case 0x7b: return "an object"
        case 0x22:
            guard let text = try? end.takeText(field), let string = try? string(text, field) else { return nil }
            let excerpt = string.count <= 40 ? string : string.prefix(40) + "…"
            return "the string \"\(excerpt)\"" + Self.numberRemark(string)
        default:
            let word = end.word
            switch word {
            case "true", "false", "null": return word
            case "NaN", "Infinity", "-Infinity", "nan", "None", "True", "False":
                return "\(word), which JSON does not have"
                    + (word.hasSuffix("rue") || word.hasSuffix("alse") ? "" : ": write null where nothing is known")
            default:
                guard let (_, stop) = JSONNumber.parse(base, from: end.position, to: count) else { return nil }
                return "the number \(text(end.position, stop - end.position))"
            }
        }
    }

    /// What to do with a number in quotes.
    private static func numberRemark(_ string: String) -> String {
        if Double(string) != nil { return ": write the number without quotes" }
        let pointed = string.replacing(",", with: ".")
        return pointed != string && Double(pointed) != nil
            ? ": write \(pointed), with a decimal point and without quotes" : ""
    }

    private func text(_ start: Int, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: base + start, count: count), as: UTF8.self)
    }

    mutating func takeNull() -> Bool {
        guard peek() == 0x6e, matches("null") else { return false }
        position += 4
        return true
    }

    private func matches(_ word: StaticString) -> Bool {
        position + word.utf8CodeUnitCount <= count && bytes(position, word.utf8CodeUnitCount, equal: word)
    }

    /// Whether `count` bytes from `start` are `word`'s.
    @inline(__always)
    func bytes(_ start: Int, _ count: Int, equal word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where base[start + index] != word.utf8Start[index] { return false }
        return true
    }

    mutating func takeText(_ field: @autoclosure () -> String) throws(RowFault) -> Text {
        guard peek() == 0x22 else { throw unexpected(field()) }
        position += 1
        let start = position
        var isEscaped = false
        while position < count {
            let byte = base[position]
            if byte == 0x22 {
                position += 1
                return Text(start: start, count: position - 1 - start, isEscaped: isEscaped)
            }
            guard byte >= 0x20 else { throw unexpected(field()) }
            if byte == 0x5c {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        position = count
        throw unexpected(field())
    }

    /// A name: a string, or a whole number, which stands for its digits.
    mutating func takeName(_ field: @autoclosure () -> String) throws(RowFault) -> Text {
        let byte = peek()
        if byte == 0x22 { return try takeText(field()) }
        guard byte == 0x2d || byte &- 0x30 < 10, let (_, end) = JSONNumber.parse(base, from: position, to: count),
            (position..<end).allSatisfy({ base[$0] == 0x2d || base[$0] &- 0x30 < 10 })
        else { throw mustBe("a string", field()) }
        defer { position = end }
        return Text(start: position, count: end - position, isEscaped: false)
    }

    /// A string or a number as it is written.
    mutating func takeTime(_ field: @autoclosure () -> String) throws(RowFault) -> Text {
        if peek() == 0x22 { return try takeText(field()) }
        guard let (_, end) = JSONNumber.parse(base, from: position, to: count) else {
            throw mustBe("a time", field())
        }
        defer { position = end }
        return Text(start: position, count: end - position, isEscaped: false)
    }

    /// The text's characters.
    func string(_ text: Text, _ field: @autoclosure () -> String) throws(RowFault) -> String {
        if !text.isEscaped {
            return String(decoding: UnsafeBufferPointer(start: base + text.start, count: text.count), as: UTF8.self)
        }
        return String(decoding: try unescaped(text, field()), as: UTF8.self)
    }

    /// The text's bytes, unescaped.
    func unescaped(_ text: Text, _ field: @autoclosure () -> String) throws(RowFault) -> [UInt8] {
        if let bytes = unescape(text) { return bytes }
        throw RowFault(
            field: field(), .syntax,
            reason: hasGoodEscapes(text)
                ? "a string with half of a surrogate pair (\\ud800 … \\udfff alone), which no text has"
                : "a string with an escape JSON does not have")
    }

    /// Whether every escape is one of JSON's, halves of surrogate pairs included.
    func hasGoodEscapes(_ text: Text) -> Bool {
        var index = text.start
        let end = text.start + text.count
        while index < end {
            defer { index += 1 }
            guard base[index] == 0x5c else { continue }
            index += 1
            guard index < end else { return false }
            switch base[index] {
            case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74: break
            case 0x75: if hexadecimal(index + 1, end) == nil { return false }
            default: return false
            }
        }
        return true
    }

    private func unescape(_ text: Text) -> [UInt8]? {
        var result: [UInt8] = []
        var index = text.start
        let end = text.start + text.count
        while index < end {
            let byte = base[index]
            index += 1
            guard byte == 0x5c else {
                result.append(byte)
                continue
            }
            guard index < end else { return nil }
            let escape = base[index]
            index += 1
            switch escape {
            case 0x22, 0x5c, 0x2f: result.append(escape)
            case 0x62: result.append(0x08)
            case 0x66: result.append(0x0c)
            case 0x6e: result.append(0x0a)
            case 0x72: result.append(0x0d)
            case 0x74: result.append(0x09)
            case 0x75:
                guard var unit = hexadecimal(index, end) else { return nil }
                index += 4
                if (0xd800..<0xdc00).contains(unit) {
                    guard index + 6 <= end, base[index] == 0x5c, base[index + 1] == 0x75,
                        let low = hexadecimal(index + 2, end),
                        (0xdc00..<0xe000).contains(low)
                    else { return nil }
                    index += 6
                    unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
                }
                guard let scalar = Unicode.Scalar(unit) else { return nil }
                result.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: return nil
            }
        }
        return result
    }

    private func hexadecimal(_ start: Int, _ end: Int) -> UInt32? {
        guard start + 4 <= end else { return nil }
        var value: UInt32 = 0
        for index in start..<start + 4 {
            let byte = base[index]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }

    /// A finite number.
    mutating func takeNumber(_ field: @autoclosure () -> String) throws(RowFault) -> Double {
        skipSpace()
        guard let (value, end) = JSONNumber.parse(base, from: position, to: count) else {
            throw mustBe("a number", field())
        }
        guard value.isFinite else {
            throw RowFault(
                field: field(), .range, reason: "\(text(position, end - position)) is not a finite number")
        }
        position = end
        return value
    }

    /// A number or null, which is NaN.
    @inline(__always)
    mutating func takeOptionalNumber(_ field: @autoclosure () -> String) throws(RowFault) -> Double {
        takeNull() ? .nan : try takeNumber(field())
    }

    /// A reward as it is written: a number, true (1), false (0), or null, which is NaN.
    @inline(__always)
    mutating func takeReward(_ field: @autoclosure () -> String) throws(RowFault) -> Double {
        let byte = peek()
        if byte == 0x74, matches("true") {
            position += 4
            return 1
        }
        if byte == 0x66, matches("false") {
            position += 5
            return 0
        }
        if byte == 0x2d || byte &- 0x30 < 10 || byte == 0x6e { return try takeOptionalNumber(field()) }
        throw mustBe("a number, true, false or null", field())
    }

    /// Reads over any value.
    mutating func skipValue(_ field: @autoclosure () -> String, depth: Int = 1) throws(RowFault) {
        let byte = peek()
        switch byte {
        case 0x22:
            try check(try takeText(field()), field())
        case 0x5b, 0x7b:
            guard depth < Self.maximumDepth else {
                throw RowFault(field: field(), .size, reason: "nested deeper than \(Self.maximumDepth)")
            }
            let isObject = byte == 0x7b
            position += 1
            if takeIf(isObject ? 0x7d : 0x5d) { return }
            repeat {
                if isObject {
                    try check(try takeText(field()), field())
                    try take(0x3a, field())
                }
                try skipValue(field(), depth: depth + 1)
            } while takeIf(0x2c)
            try take(isObject ? 0x7d : 0x5d, field())
        case 0x74 where matches("true"), 0x6e where matches("null"): position += 4
        case 0x66 where matches("false"): position += 5
        default: _ = try takeNumber(field())
        }
    }

    /// That the escapes of a text nobody reads are JSON's.
    private func check(_ text: Text, _ field: @autoclosure () -> String) throws(RowFault) {
        if text.isEscaped, !hasGoodEscapes(text) { _ = try unescaped(text, field()) }
    }

    /// Back to an earlier place.
    mutating func rewind(to position: Int) { self.position = position }
}
