/// Strict, iterative checking of JSON text (RFC 8259, UTF-8 included), and skipping over text that has been checked.
///
/// Works on borrowed memory and allocates nothing. Strings are scanned eight bytes at a time: in chat bodies nearly
/// everything is inside strings.
package struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let count: Int

    /// Nesting beyond this is refused; a bit for each level is kept.
    static let maxDepth = 512

    package init(_ bytes: UnsafeRawBufferPointer) {
        // An empty text has no address; nothing is read from this one.
        base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 1)!
        count = bytes.count
    }

    // MARK: - Checking

    /// Checks the whole text. Every member of the outermost object is reported, in order, with the range of its key
    /// (quotes included) and of its value.
    func check(member: (_ key: Range<Int>, _ value: Range<Int>) -> Void) throws(JSONError) {
        var kinds = InlineArray<8, UInt64>(repeating: 0)  // A set bit: an object.
        var depth = 0
        var isObject = false
        var keyOfOutermost = 0..<0
        var valueOfOutermost = 0
        var at = skippingSpace(0)

        value: while true {
            guard at < count else { throw JSONError(reason: .unexpectedEnd, offset: at) }
            if depth == 1 { valueOfOutermost = at }
            switch base[at] {
            case UInt8(ascii: "\""): at = try string(at)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < Self.maxDepth else { throw JSONError(reason: .tooDeep, offset: at) }
                isObject = base[at] == UInt8(ascii: "{")
                let bit: UInt64 = 1 << UInt64(depth & 63)
                if isObject { kinds[depth >> 6] |= bit } else { kinds[depth >> 6] &= ~bit }
                depth += 1
                at = skippingSpace(at + 1)
                guard at < count else { throw JSONError(reason: .unexpectedEnd, offset: at) }
                if base[at] != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    if isObject { at = try self.key(at, depth: depth, into: &keyOfOutermost) }
                    continue value
                }
                at += 1
                depth -= 1
                isObject = depth > 0 && kinds[(depth - 1) >> 6] & (1 << UInt64((depth - 1) & 63)) != 0
            case UInt8(ascii: "t"): at = try literal("true", at)
            case UInt8(ascii: "f"): at = try literal("false", at)
            case UInt8(ascii: "n"): at = try literal("null", at)
            default: at = try number(at)
            }

            // After a value: whatever ends here ends, then the next value follows, or nothing.
            while depth > 0 {
                if depth == 1 && isObject { member(keyOfOutermost, valueOfOutermost..<at) }
                at = skippingSpace(at)
                guard at < count else { throw JSONError(reason: .unexpectedEnd, offset: at) }
                if base[at] == UInt8(ascii: ",") {
                    at = skippingSpace(at + 1)
                    if isObject { at = try self.key(at, depth: depth, into: &keyOfOutermost) }
                    continue value
                }
                guard base[at] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw JSONError(reason: .unexpectedByte, offset: at)
                }
                at += 1
                depth -= 1
                isObject = depth > 0 && kinds[(depth - 1) >> 6] & (1 << UInt64((depth - 1) & 63)) != 0
            }
            at = skippingSpace(at)
            guard at == count else { throw JSONError(reason: .trailingBytes, offset: at) }
            return
        }
    }

    /// A key and its colon; returns where the value begins.
    @inline(__always)
    private func key(_ start: Int, depth: Int, into outermost: inout Range<Int>) throws(JSONError) -> Int {
        guard start < count else { throw JSONError(reason: .unexpectedEnd, offset: start) }
        guard base[start] == UInt8(ascii: "\"") else { throw JSONError(reason: .unexpectedByte, offset: start) }
        let end = try string(start)
        if depth == 1 { outermost = start..<end }
        let colon = skippingSpace(end)
        guard colon < count else { throw JSONError(reason: .unexpectedEnd, offset: colon) }
        guard base[colon] == UInt8(ascii: ":") else { throw JSONError(reason: .unexpectedByte, offset: colon) }
        return skippingSpace(colon + 1)
    }

    @inline(__always)
    func skippingSpace(_ start: Int) -> Int {
        var at = start
        while at < count, base[at] <= 0x20,
            base[at] == 0x20 || base[at] == 0x0A || base[at] == 0x0D || base[at] == 0x09
        {
            at &+= 1
        }
        return at
    }

    /// The first byte at or after `start` that stops the run; `count` where none does.
    ///
    /// - Parameter stops: sets the high bit of each byte that does; above the first of them the bits may mean nothing.
    @inline(__always)
    private func run(_ start: Int, _ stops: (_ word: UInt64) -> UInt64) -> Int {
        var at = start
        let raw = UnsafeRawPointer(base)
        while at &+ 8 <= count {
            let found =
                stops(raw.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian) & 0x8080_8080_8080_8080
            if found != 0 { return at &+ (found.trailingZeroBitCount >> 3) }
            at &+= 8
        }
        while at < count, stops(UInt64(base[at])) & 0x80 == 0 { at &+= 1 }
        return at
    }

    /// The first byte at or after `start` that is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    private func plainRun(_ start: Int) -> Int {
        run(start) { word in
            let below = word &- 0x2020_2020_2020_2020
            let quote = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
            let backslash = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
            return below | quote | backslash | word
        }
    }

    /// Where the string ends whose opening quote is at `start`, past its closing quote; nil: it is none that JSON allows, or not complete.
    package func endOfUncheckedString(_ start: Int) -> Int? { try? string(start) }

    /// Checks the string whose opening quote is at `start`; returns where it ends, past the closing quote.
    private func string(_ start: Int) throws(JSONError) -> Int {
        var at = start + 1
        while true {
            at = plainRun(at)
            guard at < count else { throw JSONError(reason: .unexpectedEnd, offset: count) }
            let byte = base[at]
            if byte == UInt8(ascii: "\"") { return at + 1 }
            if byte == UInt8(ascii: "\\") {
                at = try escape(at)
            } else if byte >= 0x80 {
                at = try sequences(at)
            } else {
                throw JSONError(reason: .controlCharacter, offset: at)
            }
        }
    }

    @inline(__always)
    private func escape(_ start: Int) throws(JSONError) -> Int {
        guard start + 1 < count else { throw JSONError(reason: .unexpectedEnd, offset: count) }
        switch base[start + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "t"),
            UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"):
            return start + 2
        case UInt8(ascii: "u"):
            guard start + 6 <= count else { throw JSONError(reason: .unexpectedEnd, offset: count) }
            for index in start + 2..<start + 6 where Self.hexDigit(base[index]) == nil {
                throw JSONError(reason: .badEscape, offset: start)
            }
            return start + 6
        default: throw JSONError(reason: .badEscape, offset: start)
        }
    }

    /// Checks UTF-8 sequences of more than one byte, as many as follow each other.
    private func sequences(_ start: Int) throws(JSONError) -> Int {
        var at = start
        while at < count, base[at] >= 0x80 {
            let length = Self.sequenceLength(base + at, available: count - at)
            guard length > 0 else { throw JSONError(reason: .badUTF8, offset: at) }
            at &+= length
        }
        return at
    }

    /// How long the well-formed sequence (Unicode 15, table 3-7) of two bytes or more is; 0: it is not well-formed.
    @inline(__always)
    private static func sequenceLength(_ bytes: UnsafePointer<UInt8>, available: Int) -> Int {
        func continues(_ index: Int) -> Bool { bytes[index] & 0xC0 == 0x80 }
        let lead = bytes[0]
        switch lead {
        case 0xE1...0xEC, 0xEE...0xEF: return available > 2 && continues(1) && continues(2) ? 3 : 0
        case 0xC2...0xDF: return available > 1 && continues(1) ? 2 : 0
        case 0xE0: return available > 2 && bytes[1] >= 0xA0 && continues(1) && continues(2) ? 3 : 0
        case 0xED: return available > 2 && bytes[1] < 0xA0 && continues(1) && continues(2) ? 3 : 0
        case 0xF0: return available > 3 && bytes[1] >= 0x90 && continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF1...0xF3: return available > 3 && continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF4: return available > 3 && bytes[1] < 0x90 && continues(1) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }

    private func literal(_ text: StaticString, _ start: Int) throws(JSONError) -> Int {
        let length = text.utf8CodeUnitCount
        for index in 0..<length {
            guard start + index < count else { throw JSONError(reason: .unexpectedEnd, offset: count) }
            guard base[start + index] == text.utf8Start[index] else {
                throw JSONError(reason: .unexpectedByte, offset: start + index)
            }
        }
        return start + length
    }

    private func number(_ start: Int) throws(JSONError) -> Int {
        var at = start
        if base[at] == UInt8(ascii: "-") { at += 1 }
        guard at < count else { throw JSONError(reason: .unexpectedEnd, offset: count) }
        guard isDigit(at) else {
            throw JSONError(reason: at == start ? .unexpectedByte : .badNumber, offset: at)
        }
        let leadsWithZero = base[at] == UInt8(ascii: "0")
        at += 1
        if leadsWithZero && isDigit(at) { throw JSONError(reason: .badNumber, offset: at) }
        while isDigit(at) { at += 1 }
        if at < count, base[at] == UInt8(ascii: ".") { at = try digits(at + 1) }
        if at < count, base[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < count, base[at] == UInt8(ascii: "+") || base[at] == UInt8(ascii: "-") { at += 1 }
            at = try digits(at)
        }
        return at
    }

    private func digits(_ start: Int) throws(JSONError) -> Int {
        guard start < count else { throw JSONError(reason: .unexpectedEnd, offset: count) }
        guard isDigit(start) else { throw JSONError(reason: .badNumber, offset: start) }
        var at = start + 1
        while isDigit(at) { at += 1 }
        return at
    }

    @inline(__always)
    private func isDigit(_ at: Int) -> Bool { at < count && base[at] &- 0x30 < 10 }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    // MARK: - Skipping text that was checked

    /// What the value is that begins at a place.
    @inline(__always)
    func kind(at start: Int) -> JSONValue.Kind {
        switch base[start] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// A number that is written as up to 18 digits and nothing else; `nil` for every other one.
    func count(_ range: Range<Int>) -> Int? {
        guard range.count <= 18 else { return nil }
        var number = 0
        for at in range {
            let digit = base[at] &- 0x30
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int(digit)
        }
        return number
    }

    /// The first quote or backslash at or after `start`.
    @inline(__always)
    private func quotedRun(_ start: Int) -> Int {
        run(start) { word in
            let quote = word ^ 0x2222_2222_2222_2222
            let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            return (quote &- 0x0101_0101_0101_0101) & ~quote | (backslash &- 0x0101_0101_0101_0101) & ~backslash
        }
    }

    /// Where the string that begins at `start` ends.
    func endOfString(_ start: Int) -> Int {
        var at = start + 1
        while true {
            at = quotedRun(at)
            if base[at] == UInt8(ascii: "\"") { return at + 1 }
            at += 2
        }
    }

    /// Where the value that begins at `start` ends.
    func endOfValue(_ start: Int) -> Int {
        var at = start
        var depth = 0
        while true {
            switch base[at] {
            case UInt8(ascii: "\""): at = endOfString(at)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                at += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
                at += 1
                continue
            default:
                while at < count, !Self.endsScalar(base[at]) { at += 1 }
            }
            if depth == 0 { return at }
        }
    }

    @inline(__always)
    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}
