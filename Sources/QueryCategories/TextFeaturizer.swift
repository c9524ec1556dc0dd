import RealModule

/// A sparse vector of hashed features: `values[k]` adds to bucket `indices[k]`; a bucket appears at most once a block.
package struct SparseFeatures: Sendable, Equatable {
    package var indices: [UInt32] = []
    package var values: [Float] = []

    package var count: Int { indices.count }
}

/// Text to hashed features: word 1–2-grams and, within words, character 3–5-grams, signed, sub-linear in their counts.
///
/// The instruction of a long prompt stands at its start or its end, so those words make up a block of their own of length
/// 1 (L2); the words between, usually the material to work on, are hashed apart, as single words, in a block of length ½.
/// Signed hashing: Weinberger et al. 2009, doi:10.1145/1553374.1553516.
package struct TextFeaturizer: Sendable, Equatable {
    /// Changes whenever the same text would give other features: models say which version they were trained with.
    package static let version: UInt8 = 1
    package static let bucketBitsRange = 8...20

    /// Tokens at the start and at the end of the text that count as instruction.
    static let headTokens = 64
    static let tailTokens = 32

    package let bucketBits: Int
    package var bucketCount: Int { 1 << bucketBits }

    /// - Precondition: `bucketBits` in 8…20.
    package init(bucketBits: Int = 16) {
        precondition(Self.bucketBitsRange.contains(bucketBits), "bucketBits must be in 8…20")
        self.bucketBits = bucketBits
    }

    package func features(of text: String) -> SparseFeatures {
        var ignored: ((UInt32, String) -> Void)?
        return features(of: TokenizedText(text), naming: &ignored)
    }

    /// The same, telling `naming` what stands behind every bucket it touches: for explanations, not for the request path.
    func features(of text: TokenizedText, naming: inout ((UInt32, String) -> Void)?) -> SparseFeatures {
        var result = SparseFeatures()
        var counts = SignedCounts(bucketBits: bucketBits)
        let tokens = text.tokens
        let isLong = tokens.count > Self.headTokens + Self.tailTokens
        let head = 0..<(isLong ? Self.headTokens : tokens.count)
        let tail = isLong ? tokens.count - Self.tailTokens..<tokens.count : tokens.count..<tokens.count
        addGrams(of: text, tokens: head, to: &counts, naming: naming)
        addGrams(of: text, tokens: tail, to: &counts, naming: naming)
        counts.drain(length: 1, into: &result)
        if isLong {
            for position in head.upperBound..<tail.lowerBound {
                let token = tokens[position]
                guard token.kind != .digit else { continue }
                let hash = Hash.word(text, token, seed: Hash.middleSeed)
                counts.add(hash)
                naming?(counts.bucket(hash), "…\(text.string(token))…")
            }
            counts.drain(length: 0.5, into: &result)
        }
        return result
    }

    private func addGrams(
        of text: TokenizedText, tokens range: Range<Int>, to counts: inout SignedCounts,
        naming: ((UInt32, String) -> Void)?
    ) {
        var previous: UInt64 = Hash.edge
        for position in range {
            let token = text.tokens[position]
            let word = Hash.word(text, token, seed: Hash.wordSeed)
            counts.add(word)
            let pair = Hash.finish(previous &* Hash.multiplier ^ word)
            counts.add(pair)
            if let naming {
                naming(counts.bucket(word), text.string(token))
                let before = position > range.lowerBound ? text.string(text.tokens[position - 1]) : "^"
                naming(counts.bucket(pair), "\(before) \(text.string(token))")
            }
            previous = word
            if token.kind == .letter { addCharacters(of: text, token, to: &counts, naming: naming) }
        }
    }

    /// Character 3–5-grams of one word with a space at either side.
    @inline(__always)
    private func addCharacters(
        of text: TokenizedText, _ token: TokenizedText.Token, to counts: inout SignedCounts,
        naming: ((UInt32, String) -> Void)?
    ) {
        let count = token.count + 2
        guard count >= 4 else { return }  // one letter: the word says it all
        let base = Int(token.start) - 1
        text.scalars.withUnsafeBufferPointer { scalars in
            @inline(__always) func scalar(_ offset: Int) -> UInt64 {
                offset == 0 || offset == count - 1 ? 0x20 : UInt64(scalars[base + offset])
            }
            for start in 0...(count - 3) {
                var hash = Hash.characterSeed
                for offset in 0..<min(5, count - start) {
                    hash = (hash ^ scalar(start + offset)) &* Hash.multiplier
                    guard offset >= 2 else { continue }
                    let finished = Hash.finish(hash)
                    counts.add(finished)
                    if let naming {
                        let gram = (start...(start + offset)).compactMap { Unicode.Scalar(UInt32(scalar($0))) }
                        naming(counts.bucket(finished), "‹\(String(String.UnicodeScalarView(gram)))›")
                    }
                }
            }
        }
    }
}

/// The hash functions of the features; changing any of them changes `TextFeaturizer.version`.
private enum Hash {
    static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
    static let wordSeed: UInt64 = 0x51_7CC1_B727_220A
    static let middleSeed: UInt64 = 0x2545_F491_4F6C_DD1D
    static let characterSeed: UInt64 = 0x6C62_272E_07BB_0142
    static let edge: UInt64 = 0x1234_5678_9ABC_DEF1

    @inline(__always)
    static func finish(_ value: UInt64) -> UInt64 {
        let mixed = (value ^ (value >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 32)
    }

    @inline(__always)
    static func word(_ text: TokenizedText, _ token: TokenizedText.Token, seed: UInt64) -> UInt64 {
        var hash = seed
        text.scalars.withUnsafeBufferPointer { scalars in
            for position in Int(token.start)..<Int(token.end) {
                hash = (hash ^ UInt64(scalars[position])) &* multiplier
            }
        }
        return finish(hash)
    }
}

/// Signed counts by bucket, with the list of the buckets touched.
private struct SignedCounts {
    private var counts: [Int8]
    private var touched: [UInt32] = []
    private let shift: UInt64

    /// 1 + ln(count), up to the largest count kept.
    private static let weights: [Float] = [0] + (1...127).map { 1 + Float.log(Float($0)) }

    init(bucketBits: Int) {
        counts = [Int8](repeating: 0, count: 1 << bucketBits)
        touched.reserveCapacity(2_048)
        shift = UInt64(64 - bucketBits)
    }

    @inline(__always)
    func bucket(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> shift) }

    @inline(__always)
    mutating func add(_ hash: UInt64) {
        let bucket = Int(hash >> shift)
        let old = counts[bucket]
        if old == 0 { touched.append(UInt32(truncatingIfNeeded: bucket)) }
        let new = hash & 1 == 0 ? old &+ 1 : old &- 1
        if new != .min, new != .max { counts[bucket] = new }
    }

    /// Appends the block scaled to `length`, and starts afresh. A bucket whose signs cancelled may be listed twice: the
    /// second time its count is already gone.
    mutating func drain(length: Float, into result: inout SparseFeatures) {
        result.indices.reserveCapacity(result.count + touched.count)
        result.values.reserveCapacity(result.count + touched.count)
        let first = result.count
        var squares: Float = 0
        for bucket in touched {
            let count = counts[Int(bucket)]
            guard count != 0 else { continue }
            counts[Int(bucket)] = 0
            let magnitude = Self.weights[Int(count.magnitude)]
            squares += magnitude * magnitude
            result.indices.append(bucket)
            result.values.append(count < 0 ? -magnitude : magnitude)
        }
        touched.removeAll(keepingCapacity: true)
        guard squares > 0 else { return }
        let scale = length / squares.squareRoot()
        for position in first..<result.count { result.values[position] *= scale }
    }
}
