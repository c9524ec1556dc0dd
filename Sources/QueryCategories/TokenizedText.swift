/// A text as folded tokens: case, accents and digits are gone, marks that carry no meaning are dropped.
///
/// One pass over the UTF-8; texts longer than `QueryFeatures.textLimitBytes` are read at both ends only.
struct TokenizedText {
    struct Token {
        var start: Int32
        var end: Int32
        var kind: CharacterClass

        var count: Int { Int(end - start) }
    }

    /// Letters of a word beyond this are not kept: what is longer is a URL, a key or base64.
    static let wordLimit = 24

    private(set) var scalars: [UInt32] = []
    private(set) var tokens: [Token] = []

    init(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            let limit = QueryFeatures.textLimitBytes
            let expected = min(bytes.count, limit + limit / 4)
            scalars.reserveCapacity(expected)
            tokens.reserveCapacity(expected / 3 + 4)
            if bytes.count <= limit + limit / 4 {
                read(bytes)
            } else {
                read(UnsafeBufferPointer(rebasing: bytes[..<Self.boundary(atOrBefore: limit, in: bytes)]))
                let tail = Self.boundary(atOrBefore: bytes.count - limit / 4, in: bytes)
                read(UnsafeBufferPointer(rebasing: bytes[tail...]))
            }
        }
    }

    /// The letters of a token, as text.
    func string(_ token: Token) -> String {
        var result = String.UnicodeScalarView()
        for position in Int(token.start)..<Int(token.end) {
            if let scalar = Unicode.Scalar(scalars[position]) { result.append(scalar) }
        }
        return String(result)
    }

    /// The largest offset ≤ `offset` that does not cut a scalar in two.
    static func boundary(atOrBefore offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var offset = min(offset, bytes.count)
        while offset > 0, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
        return offset
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        var position = 0
        var open: CharacterClass = .separator
        var start = scalars.count
        CharacterFolding.asciiClasses.withUnsafeBufferPointer { classes in
            while position < bytes.count {
                let byte = bytes[position]
                var kind: CharacterClass
                var scalar: UInt32
                if byte < 0x80 {
                    position += 1
                    if byte == 0x27 {
                        if open == .letter { continue }  // don't, l'eau: one word
                        kind = .separator
                        scalar = 0
                    } else {
                        kind = classes[Int(byte)]
                        scalar = UInt32(byte)
                        if kind == .letter, byte < 0x5B { scalar |= 0x20 }
                    }
                } else {
                    scalar = Self.decode(bytes, &position)
                    if scalar >= 0x300, scalar <= 0x36F { continue }
                    (kind, scalar) = CharacterFolding.fold(scalar)
                    if scalar == CharacterFolding.apostrophe {
                        if open == .letter { continue }
                        kind = .separator
                    }
                }
                switch kind {
                case .letter:
                    if open == .letter {
                        if scalars.count - start < Self.wordLimit { scalars.append(scalar) }
                    } else {
                        close(open, from: start)
                        open = .letter
                        start = scalars.count
                        scalars.append(scalar)
                    }
                case .digit:
                    if open == .digit {
                        if scalars.count - start < 4 { scalars.append(0x30) }
                    } else {
                        close(open, from: start)
                        open = .digit
                        start = scalars.count
                        scalars.append(0x30)
                    }
                case .symbol, .ideograph:
                    // A run of one symbol (```, ===, ??) is one token of at most three.
                    if kind == .symbol, open == .symbol, scalars[start] == scalar {
                        if scalars.count - start < 3 { scalars.append(scalar) }
                    } else {
                        close(open, from: start)
                        open = kind
                        start = scalars.count
                        scalars.append(scalar)
                    }
                case .separator:
                    close(open, from: start)
                    open = .separator
                }
            }
        }
        close(open, from: start)
    }

    @inline(__always)
    private mutating func close(_ kind: CharacterClass, from start: Int) {
        guard kind != .separator, start < scalars.count else { return }
        tokens.append(Token(start: Int32(start), end: Int32(scalars.count), kind: kind))
    }

    /// Decodes one scalar of valid UTF-8 (Swift strings always are).
    @inline(__always)
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt32 {
        let first = UInt32(bytes[position])
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var scalar = first & (0x7F >> UInt32(length))
        for offset in 1..<length where position + offset < bytes.count {
            scalar = scalar << 6 | UInt32(bytes[position + offset] & 0x3F)
        }
        position += length
        return scalar
    }
}
