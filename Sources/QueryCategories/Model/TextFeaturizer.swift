import RealModule

/// A sparse vector of hashed features: `values[k]` adds to bucket `indices[k]`; a bucket appears at most once a block.
package struct SparseFeatures: Sendable, Equatable {
    package var indices: [UInt32] = []
    package var values: [Float] = []

    package var count: Int { indices.count }
}

/// Hears what stands behind every bucket a text touches: for explanations.
protocol FeatureNaming {
    mutating func name(_ bucket: UInt32, _ text: @autoclosure () -> String)
}

/// The request path needs no names and pays for none.
struct NoNames: FeatureNaming {
    @inline(__always)
    mutating func name(_ bucket: UInt32, _ text: @autoclosure () -> String) {}
}

/// Text to hashed features: words, pairs of words next to each other or one apart, and, within words, character 3–5-grams;
/// signed, sub-linear in their counts.
///
/// The instruction of a long prompt stands at its start or its end, so those words make up a block of their own of length
/// 1 (L2); the words between, usually the material to work on, are hashed apart, as single words, in a block of length ½.
/// Signed hashing: Weinberger et al. 2009, doi:10.1145/1553374.1553516.
package struct TextFeaturizer: Sendable, Equatable {
    /// Changes whenever the same text would give other features: models say which version they were trained with.
    package static let version: UInt8 = 2
    package static let bucketCountRange = 1 << 8...1 << 20

    /// Tokens at the start and at the end of the text that count as instruction.
    static let headTokens = 64
    static let tailTokens = 32

    package let bucketCount: Int

    /// - Precondition: `bucketCount` in 2⁸…2²⁰, a multiple of eight.
    package init(bucketCount: Int = 1 << 16) {
        precondition(Self.isValid(bucketCount: bucketCount), "bucketCount must be a multiple of eight in 2⁸…2²⁰")
        self.bucketCount = bucketCount
    }

    static func isValid(bucketCount: Int) -> Bool { bucketCountRange.contains(bucketCount) && bucketCount % 8 == 0 }

    package func features(of text: String) -> SparseFeatures {
        features(of: TokenizedText(text))
    }

    func features(of text: TokenizedText) -> SparseFeatures {
        var names = NoNames()
        return features(of: text, naming: &names)
    }

    func features(of text: TokenizedText, naming: inout some FeatureNaming) -> SparseFeatures {
        let count = text.tokens.count
        let isLong = count > Self.headTokens + Self.tailTokens
        let head = 0..<(isLong ? Self.headTokens : count)
        let tail = (isLong ? count - Self.tailTokens : count)..<count
        let middle = head.upperBound..<tail.lowerBound
        // A word has three features, and a piece of one for every letter and length.
        var capacity = middle.count
        for range in [head, tail] {
            for position in range { capacity += 3 + 3 * text.tokens[position].count }
        }
        return text.scalars.withUnsafeBufferPointer { scalars in
            text.tokens.withUnsafeBufferPointer { tokens in
                withUnsafeTemporaryAllocation(of: Int8.self, capacity: bucketCount) { counts in
                    counts.initialize(repeating: 0)
                    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: capacity) { touched in
                        var extractor = Extractor(
                            scalars: scalars, tokens: tokens, counts: counts, touched: touched,
                            buckets: UInt64(bucketCount))
                        var result = SparseFeatures()
                        extractor.addInstruction(head, naming: &naming)
                        extractor.addInstruction(tail, naming: &naming)
                        extractor.drain(length: 1, into: &result)
                        extractor.addMaterial(middle, naming: &naming)
                        extractor.drain(length: 0.5, into: &result)
                        return result
                    }
                }
            }
        }
    }
}

/// One text's features in the making: signed counts by bucket and the list of buckets touched, in borrowed memory.
private struct Extractor {
    let scalars: UnsafeBufferPointer<UInt32>
    let tokens: UnsafeBufferPointer<TokenizedText.Token>
    let counts: UnsafeMutableBufferPointer<Int8>
    let touched: UnsafeMutableBufferPointer<UInt32>
    let buckets: UInt64
    var touchedCount = 0

    // The hash functions of the features; changing any constant changes `TextFeaturizer.version`.
    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let wordSeed: UInt64 = 0x51_7CC1_B727_220A
    private static let middleSeed: UInt64 = 0x2545_F491_4F6C_DD1D
    private static let characterSeed: UInt64 = 0x6C62_272E_07BB_0142
    private static let edge: UInt64 = 0x1234_5678_9ABC_DEF1
    private static let skipMultiplier: UInt64 = 0xD1B5_4A32_D192_ED03

    /// 1 + ln(count), up to the largest count kept.
    private static let weights: [Float] = [0] + (1...127).map { 1 + Float.log(Float($0)) }

    init(
        scalars: UnsafeBufferPointer<UInt32>, tokens: UnsafeBufferPointer<TokenizedText.Token>,
        counts: UnsafeMutableBufferPointer<Int8>, touched: UnsafeMutableBufferPointer<UInt32>, buckets: UInt64
    ) {
        self.scalars = scalars
        self.tokens = tokens
        self.counts = counts
        self.touched = touched
        self.buckets = buckets
    }

    /// Words, pairs of words, pairs of words with any one between, and character 3–5-grams.
    mutating func addInstruction(_ range: Range<Int>, naming: inout some FeatureNaming) {
        var (previous, beforePrevious) = (Self.edge, Self.edge)
        for position in range {
            let token = tokens[position]
            let word = hash(token, seed: Self.wordSeed)
            naming.name(add(word), string(token))
            naming.name(
                add(Self.finish(previous &* Self.multiplier ^ word)),
                (position > range.lowerBound ? string(tokens[position - 1]) : "^") + " " + string(token))
            if position > range.lowerBound {
                naming.name(
                    add(Self.finish(beforePrevious &* Self.skipMultiplier ^ word)),
                    (position > range.lowerBound + 1 ? string(tokens[position - 2]) : "^") + " _ " + string(token))
            }
            (previous, beforePrevious) = (word, previous)
            if token.kind == .letter { addCharacters(of: token, naming: &naming) }
        }
    }

    /// Single words of the material an instruction is about, numbers left out.
    mutating func addMaterial(_ range: Range<Int>, naming: inout some FeatureNaming) {
        for position in range where tokens[position].kind != .digit {
            naming.name(add(hash(tokens[position], seed: Self.middleSeed)), "…\(string(tokens[position]))…")
        }
    }

    /// Character 3–5-grams of one word with a space at either side; a single letter has none.
    @inline(__always)
    private mutating func addCharacters(of token: TokenizedText.Token, naming: inout some FeatureNaming) {
        let count = token.count + 2
        guard count >= 4 else { return }
        let base = Int(token.start) - 1
        let scalars = scalars
        @inline(__always) func scalar(_ offset: Int) -> UInt64 {
            offset == 0 || offset == count - 1 ? 0x20 : UInt64(scalars[base + offset])
        }
        for start in 0...(count - 3) {
            var hash = Self.characterSeed
            for offset in 0..<min(5, count - start) {
                hash = (hash ^ scalar(start + offset)) &* Self.multiplier
                guard offset >= 2 else { continue }
                naming.name(add(Self.finish(hash)), string(token))
            }
        }
    }

    @inline(__always)
    private mutating func add(_ hash: UInt64) -> UInt32 {
        let bucket = Int(truncatingIfNeeded: ((hash >> 32) &* buckets) >> 32)
        let old = counts[bucket]
        if old == 0 {
            touched[touchedCount] = UInt32(truncatingIfNeeded: bucket)
            touchedCount += 1
        }
        let new = hash & 1 == 0 ? old &+ 1 : old &- 1
        if new != .min, new != .max { counts[bucket] = new }
        return UInt32(truncatingIfNeeded: bucket)
    }

    /// Appends the block scaled to `length`, and starts afresh. A bucket whose signs cancelled may be listed twice: the
    /// second time its count is already gone.
    mutating func drain(length: Float, into result: inout SparseFeatures) {
        let first = result.count
        result.indices.reserveCapacity(first + touchedCount)
        result.values.reserveCapacity(first + touchedCount)
        var squares: Float = 0
        Self.weights.withUnsafeBufferPointer { weights in
            for position in 0..<touchedCount {
                let bucket = touched[position]
                let count = counts[Int(bucket)]
                guard count != 0 else { continue }
                counts[Int(bucket)] = 0
                let magnitude = weights[Int(count.magnitude)]
                squares += magnitude * magnitude
                result.indices.append(bucket)
                result.values.append(count < 0 ? -magnitude : magnitude)
            }
        }
        touchedCount = 0
        guard squares > 0 else { return }
        let scale = length / squares.squareRoot()
        for position in first..<result.count { result.values[position] *= scale }
    }

    @inline(__always)
    private func hash(_ token: TokenizedText.Token, seed: UInt64) -> UInt64 {
        var hash = seed
        for position in Int(token.start)..<Int(token.end) {
            hash = (hash ^ UInt64(scalars[position])) &* Self.multiplier
        }
        return Self.finish(hash)
    }

    @inline(__always)
    private static func finish(_ value: UInt64) -> UInt64 {
        let mixed = (value ^ (value >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 32)
    }

    private func string(_ token: TokenizedText.Token) -> String {
        (Int(token.start)..<Int(token.end)).reduce(into: "") {
            $0.unicodeScalars.append(Unicode.Scalar(scalars[$1]) ?? " ")
        }
    }
}
