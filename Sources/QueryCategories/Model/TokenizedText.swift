/// A text as folded tokens: case, accents and digits are gone, marks that carry no meaning are dropped.
///
/// One pass over the UTF-8; texts longer than `QueryFeatures.textLimitBytes` are read at both ends only.
struct TokenizedText {
    struct Token {
        /// Its scalars; before the first and behind the last stands a space.
        var start: Int32
        var end: Int32
        var kind: CharacterClass
        /// Hash as a word of the material (see `FeatureHash`): most words of a long text are needed for nothing else.
        var materialHash: UInt64

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
            // Every scalar takes a byte or more, every token a scalar or more and a space.
            let capacity = headEnd + bytes.count - tailStart
            var tokens: [Token] = []
            let scalars = [UInt32](unsafeUninitializedCapacity: 2 * capacity + 1) { scalars, scalarCount in
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
    private(set) var scalarCount = 1
    private(set) var tokenCount = 0

    init(scalars: UnsafeMutableBufferPointer<UInt32>, tokens: UnsafeMutableBufferPointer<Token>) {
        self.scalars = scalars
        self.tokens = tokens
        scalars[0] = FeatureHash.space
    }

    /// Reads token by token: what class the first scalar has says how it goes on.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        CharacterFolding.asciiLetters.withUnsafeBufferPointer { letters in
            CharacterFolding.asciiClasses.withUnsafeBufferPointer { classes in
                var position = 0
                while position < bytes.count {
                    let byte = bytes[position]
                    // Most tokens are words that begin with a letter of ASCII.
                    if letters[Int(byte)] != 0 {
                        readWord(bytes, &position, letters)
                    } else {
                        readOther(bytes, &position, letters, classes)
                    }
                }
            }
        }
    }

    /// A separator, or a token that begins with anything but a letter of ASCII.
    private mutating func readOther(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ letters: UnsafeBufferPointer<UInt8>,
        _ classes: UnsafeBufferPointer<CharacterClass>
    ) {
        let byte = bytes[position]
        var kind = CharacterClass.separator
        var scalar = UInt32(byte)
        let first = position
        if byte < 0x80 {
            position += 1
            if byte != 0x27 { kind = classes[Int(byte)] }
        } else {
            (kind, scalar) = CharacterFolding.fold(Self.decode(bytes, &position))
            if scalar == CharacterFolding.apostrophe { kind = .separator }
        }
        let start = scalarCount
        switch kind {
        case .separator: return
        case .letter:
            position = first
            return readWord(bytes, &position, letters)
        case .digit:
            append(0x30)
            while position < bytes.count, bytes[position] &- 0x30 < 10 {
                if scalarCount - start < 4 { append(0x30) }
                position += 1
            }
        case .symbol:
            append(scalar)
            // A run of one symbol (```, ===, ??) is one token of at most three.
            while byte < 0x80, position < bytes.count, bytes[position] == byte {
                if scalarCount - start < 3 { append(scalar) }
                position += 1
            }
        case .ideograph: append(scalar)
        }
        var hash = FeatureHash.materialSeed
        for index in start..<scalarCount { hash = FeatureHash.adding(scalars[index], to: hash) }
        end(Token(start: Int32(start), end: Int32(scalarCount), kind: kind, materialHash: FeatureHash.finished(hash)))
    }

    /// A word: apostrophes and combining accents within it are dropped, and letters beyond the limit.
    @inline(__always)
    private mutating func readWord(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ letters: UnsafeBufferPointer<UInt8>
    ) {
        let start = scalarCount
        let limit = start + TokenizedText.wordLimit
        var at = position
        var count = start
        var hash = FeatureHash.materialSeed
        while at < bytes.count {
            let byte = bytes[at]
            let letter = letters[Int(byte)]
            if letter != 0 {
                at += 1
                if count < limit {
                    scalars[count] = UInt32(letter)
                    hash = FeatureHash.adding(UInt32(letter), to: hash)
                    count += 1
                }
                continue
            }
            if byte < 0x80 {
                guard byte == 0x27 else { break }
                at += 1
                continue
            }
            var next = at
            let scalar = Self.decode(bytes, &next)
            if scalar < 0x300 || scalar > 0x36F {
                let (kind, folded) = CharacterFolding.fold(scalar)
                guard kind == .letter else { break }
                if count < limit, folded != CharacterFolding.apostrophe {
                    scalars[count] = folded
                    hash = FeatureHash.adding(folded, to: hash)
                    count += 1
                }
            }
            at = next
        }
        position = at
        scalarCount = count
        end(Token(start: Int32(start), end: Int32(count), kind: .letter, materialHash: FeatureHash.finished(hash)))
    }

    @inline(__always)
    private mutating func append(_ scalar: UInt32) {
        scalars[scalarCount] = scalar
        scalarCount += 1
    }

    @inline(__always)
    private mutating func end(_ token: Token) {
        tokens[tokenCount] = token
        tokenCount += 1
        append(FeatureHash.space)
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
