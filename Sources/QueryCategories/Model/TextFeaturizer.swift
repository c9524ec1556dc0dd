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
        // A word has three features, and a piece of one for every letter and length; one place more is written to, not kept.
        var capacity = middle.count + 1
        for range in [head, tail] {
            for position in range { capacity += 3 + 3 * text.tokens[position].count }
        }
        return text.scalars.withUnsafeBufferPointer { scalars in
            text.tokens.withUnsafeBufferPointer { tokens in
                withUnsafeTemporaryAllocation(of: Int8.self, capacity: bucketCount) { counts in
                    counts.initialize(repeating: 0)
                    var result = SparseFeatures()
                    result.indices = [UInt32](unsafeUninitializedCapacity: capacity) { touched, touchedCount in
                        result.values = [Float](unsafeUninitializedCapacity: capacity) { values, valueCount in
                            var extractor = Extractor(
                                scalars: scalars, tokens: tokens, counts: counts, touched: touched, values: values,
                                buckets: UInt64(bucketCount))
                            extractor.addInstruction(head, naming: &naming)
                            extractor.addInstruction(tail, naming: &naming)
                            extractor.drain(length: 1)
                            extractor.addMaterial(middle, naming: &naming)
                            extractor.drain(length: 0.5)
                            (touchedCount, valueCount) = (extractor.drained, extractor.drained)
                        }
                    }
                    return result
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
    let values: UnsafeMutableBufferPointer<Float>
    let buckets: UInt64
    private var touchedCount = 0
    /// Entries of `touched` and `values` that are final.
    private(set) var drained = 0

    /// By count as a byte: its sign × (1 + ln of its magnitude).
    private static let weights: [Float] = (0..<256).map { byte in
        let count = Int8(truncatingIfNeeded: byte)
        guard count != 0 else { return 0 }
        let magnitude = 1 + Float.log(Float(count.magnitude))
        return count < 0 ? -magnitude : magnitude
    }

    init(
        scalars: UnsafeBufferPointer<UInt32>, tokens: UnsafeBufferPointer<TokenizedText.Token>,
        counts: UnsafeMutableBufferPointer<Int8>, touched: UnsafeMutableBufferPointer<UInt32>,
        values: UnsafeMutableBufferPointer<Float>, buckets: UInt64
    ) {
        self.scalars = scalars
        self.tokens = tokens
        self.counts = counts
        self.touched = touched
        self.values = values
        self.buckets = buckets
    }

    /// Words, pairs of words, pairs of words with any one between, and character 3–5-grams.
    mutating func addInstruction(_ range: Range<Int>, naming: inout some FeatureNaming) {
        var (previous, beforePrevious) = (FeatureHash.edge, FeatureHash.edge)
        for position in range {
            let token = tokens[position]
            let word = wordHash(token)
            naming.name(add(word), string(token))
            naming.name(
                add(FeatureHash.finished(previous &* FeatureHash.multiplier ^ word)),
                (position > range.lowerBound ? string(tokens[position - 1]) : "^") + " " + string(token))
            if position > range.lowerBound {
                naming.name(
                    add(FeatureHash.finished(beforePrevious &* FeatureHash.skipMultiplier ^ word)),
                    (position > range.lowerBound + 1 ? string(tokens[position - 2]) : "^") + " _ " + string(token))
            }
            (previous, beforePrevious) = (word, previous)
            if token.kind == .letter { addCharacters(of: token, naming: &naming) }
        }
    }

    /// Single words of the material an instruction is about, numbers left out.
    mutating func addMaterial(_ range: Range<Int>, naming: inout some FeatureNaming) {
        for position in range where tokens[position].kind != .digit {
            naming.name(add(tokens[position].materialHash), "…\(string(tokens[position]))…")
        }
    }

    /// Character 3–5-grams of one word with a space at either side; a single letter has none.
    @inline(__always)
    private mutating func addCharacters(of token: TokenizedText.Token, naming: inout some FeatureNaming) {
        let count = token.count + 2
        guard count >= 4 else { return }
        let base = Int(token.start) - 1
        for start in 0..<(count - 4) {
            var hash = trigram(base + start)
            naming.name(add(FeatureHash.finished(hash)), string(token))
            hash = FeatureHash.adding(scalars[base + start + 3], to: hash)
            naming.name(add(FeatureHash.finished(hash)), string(token))
            hash = FeatureHash.adding(scalars[base + start + 4], to: hash)
            naming.name(add(FeatureHash.finished(hash)), string(token))
        }
        var hash = trigram(base + count - 4)
        naming.name(add(FeatureHash.finished(hash)), string(token))
        hash = FeatureHash.adding(scalars[base + count - 1], to: hash)
        naming.name(add(FeatureHash.finished(hash)), string(token))
        naming.name(add(FeatureHash.finished(trigram(base + count - 3))), string(token))
    }

    @inline(__always)
    private func trigram(_ start: Int) -> UInt64 {
        var hash = FeatureHash.adding(scalars[start], to: FeatureHash.characterSeed)
        hash = FeatureHash.adding(scalars[start + 1], to: hash)
        return FeatureHash.adding(scalars[start + 2], to: hash)
    }

    /// Without branches: which features repeat, no processor can foresee.
    @inline(__always)
    private mutating func add(_ hash: UInt64) -> UInt32 {
        let bucket = UInt32(truncatingIfNeeded: ((hash >> 32) &* buckets) >> 32)
        let old = counts[Int(bucket)]
        touched[touchedCount] = bucket
        touchedCount &+= old == 0 ? 1 : 0
        let new = old &+ (1 &- 2 &* Int8(truncatingIfNeeded: hash & 1))
        // At the ends of its range a count stays.
        counts[Int(bucket)] = new.magnitude >= 127 ? old : new
        return bucket
    }

    /// Ends a block: scales it to `length`, and starts afresh. A bucket whose signs cancelled may be listed twice: the second
    /// time its count is already gone.
    mutating func drain(length: Float) {
        let first = drained
        var kept = first
        var squares: Float = 0
        Self.weights.withUnsafeBufferPointer { weights in
            for position in first..<touchedCount {
                let bucket = touched[position]
                let value = weights[Int(UInt8(bitPattern: counts[Int(bucket)]))]
                counts[Int(bucket)] = 0
                squares += value * value
                touched[kept] = bucket
                values[kept] = value
                kept &+= value == 0 ? 0 : 1
            }
        }
        (drained, touchedCount) = (kept, kept)
        guard squares > 0 else { return }
        let scale = length / squares.squareRoot()
        for position in first..<kept { values[position] *= scale }
    }

    @inline(__always)
    private func wordHash(_ token: TokenizedText.Token) -> UInt64 {
        var hash = FeatureHash.wordSeed
        for position in Int(token.start)..<Int(token.end) { hash = FeatureHash.adding(scalars[position], to: hash) }
        return FeatureHash.finished(hash)
    }

    private func string(_ token: TokenizedText.Token) -> String {
        (Int(token.start)..<Int(token.end)).reduce(into: "") {
            $0.unicodeScalars.append(Unicode.Scalar(scalars[$1]) ?? " ")
        }
    }
}
