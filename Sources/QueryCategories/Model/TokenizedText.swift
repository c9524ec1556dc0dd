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

    private(set) var scalars: [UInt32]
    private(set) var tokens: [Token]

    init(_ text: String) {
        var text = text
        (scalars, tokens) = text.withUTF8 { bytes in
            let limit = QueryFeatures.textLimitBytes
            let isLong = bytes.count > limit + limit / 4
            let headEnd = isLong ? Self.boundary(atOrBefore: limit, in: bytes) : bytes.count
            let tailStart = isLong ? Self.boundary(atOrBefore: bytes.count - limit / 4, in: bytes) : bytes.count
            // Every scalar takes a byte or more, every token a scalar or more.
            let capacity = headEnd + bytes.count - tailStart
            var tokens: [Token] = []
            let scalars = [UInt32](unsafeUninitializedCapacity: capacity) { scalars, scalarCount in
                tokens = [Token](unsafeUninitializedCapacity: capacity) { tokens, tokenCount in
                    var writer = Writer(scalars: scalars, tokens: tokens)
                    writer.read(UnsafeBufferPointer(rebasing: bytes[..<headEnd]))
                    writer.read(UnsafeBufferPointer(rebasing: bytes[tailStart...]))
                    scalarCount = writer.scalarCount
                    tokenCount = writer.tokenCount
                }
            }
            return (scalars, tokens)
        }
    }

    /// The largest offset ≤ `offset` that does not cut a scalar in two.
    static func boundary(atOrBefore offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var offset = min(offset, bytes.count)
        while offset > 0, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
        return offset
    }
}

/// Writes scalars and tokens into memory that is known to suffice.
private struct Writer {
    typealias Token = TokenizedText.Token

    let scalars: UnsafeMutableBufferPointer<UInt32>
    let tokens: UnsafeMutableBufferPointer<Token>
    var scalarCount = 0
    var tokenCount = 0

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        var position = 0
        var open: CharacterClass = .separator
        var start = scalarCount
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
                        if scalarCount - start < TokenizedText.wordLimit { append(scalar) }
                    } else {
                        close(open, from: start)
                        open = .letter
                        start = scalarCount
                        append(scalar)
                    }
                case .digit:
                    if open == .digit {
                        if scalarCount - start < 4 { append(0x30) }
                    } else {
                        close(open, from: start)
                        open = .digit
                        start = scalarCount
                        append(0x30)
                    }
                case .symbol, .ideograph:
                    // A run of one symbol (```, ===, ??) is one token of at most three.
                    if kind == .symbol, open == .symbol, scalars[start] == scalar {
                        if scalarCount - start < 3 { append(scalar) }
                    } else {
                        close(open, from: start)
                        open = kind
                        start = scalarCount
                        append(scalar)
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
    private mutating func append(_ scalar: UInt32) {
        scalars[scalarCount] = scalar
        scalarCount += 1
    }

    @inline(__always)
    private mutating func close(_ kind: CharacterClass, from start: Int) {
        guard kind != .separator, start < scalarCount else { return }
        tokens[tokenCount] = Token(start: Int32(start), end: Int32(scalarCount), kind: kind)
        tokenCount += 1
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
