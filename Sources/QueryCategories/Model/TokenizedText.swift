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

    /// Reads token by token: what class the first scalar has says how it goes on.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        CharacterFolding.asciiClasses.withUnsafeBufferPointer { classes in
            var position = 0
            while position < bytes.count {
                let byte = bytes[position]
                var kind = CharacterClass.separator
                var scalar = UInt32(byte)
                if byte < 0x80 {
                    position += 1
                    if byte != 0x27 { kind = classes[Int(byte)] }
                    if kind == .letter, byte < 0x5B { scalar |= 0x20 }
                } else {
                    (kind, scalar) = CharacterFolding.fold(Self.decode(bytes, &position))
                    if scalar == CharacterFolding.apostrophe { kind = .separator }
                }
                guard kind != .separator else { continue }
                let start = scalarCount
                append(scalar)
                switch kind {
                case .letter: readWord(bytes, &position, classes, limit: start + TokenizedText.wordLimit)
                case .digit:
                    scalars[start] = 0x30
                    while position < bytes.count, bytes[position] &- 0x30 < 10 {
                        if scalarCount - start < 4 { append(0x30) }
                        position += 1
                    }
                case .symbol where byte < 0x80:
                    // A run of one symbol (```, ===, ??) is one token of at most three.
                    while position < bytes.count, bytes[position] == byte {
                        if scalarCount - start < 3 { append(scalar) }
                        position += 1
                    }
                case .symbol, .ideograph, .separator: break
                }
                tokens[tokenCount] = Token(start: Int32(start), end: Int32(scalarCount), kind: kind)
                tokenCount += 1
            }
        }
    }

    /// The letters that follow the first one; apostrophes and combining accents within a word are dropped.
    @inline(__always)
    private mutating func readWord(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ classes: UnsafeBufferPointer<CharacterClass>,
        limit: Int
    ) {
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x80 {
                guard classes[Int(byte)] == .letter else {
                    guard byte == 0x27 else { return }
                    position += 1
                    continue
                }
                position += 1
                if scalarCount < limit { append(UInt32(byte < 0x5B ? byte | 0x20 : byte)) }
            } else {
                var next = position
                let scalar = Self.decode(bytes, &next)
                if scalar < 0x300 || scalar > 0x36F {
                    let (kind, folded) = CharacterFolding.fold(scalar)
                    guard kind == .letter else { return }
                    if scalarCount < limit, folded != CharacterFolding.apostrophe { append(folded) }
                }
                position = next
            }
        }
    }

    @inline(__always)
    private mutating func append(_ scalar: UInt32) {
        scalars[scalarCount] = scalar
        scalarCount += 1
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
