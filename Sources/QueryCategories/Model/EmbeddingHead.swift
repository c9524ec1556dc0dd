import BanditCore
import RealModule

/// What the embedding of one text says of every label of a model: scores that are pooled with those of the words.
///
/// A text's scores are all that routing needs of its embedding; they are a hundredth of its size, so they are what is kept.
package struct EmbeddingScores: Sendable, Equatable {
    let logits: [Float]

    /// - Parameter logits: by label of the model.
    package init(logits: [Float]) { self.logits = logits }
}

/// A linear classifier over the embeddings that a provider's model makes of texts.
///
/// It stands beside the built-in features, never in their place: their scores are added (a log-linear pool, Hinton 2002,
/// doi:10.1162/089976602760128018), and without an embedding the built-in features decide alone.
package struct EmbeddingHead: Sendable, Equatable {
    package static let dimensionRange = 2...16_384
    package static let modelBytesLimit = 256

    /// Name of the embedding model: vectors of another one mean something else.
    package let model: String
    /// Numbers in a vector.
    package let dimension: Int
    /// `[dimension][label]`, row-major, in units of the label's scale.
    let weights: [Int8]
    /// By label, > 0.
    let scales: [Float]
    let biases: [Float]
    /// What the scores of the words and those of the embedding count for in the pool, ≥ 0.
    let pool: PoolWeights
    /// Version: a hash of everything above.
    package let hash: String

    struct PoolWeights: Sendable, Equatable {
        var words: Double
        var embedding: Double
    }

    /// - Precondition: the shapes agree; scales are finite and positive, the pool's weights finite and not negative.
    init(
        model: String, dimension: Int, weights: [Int8], scales: [Float], biases: [Float], pool: PoolWeights
    ) {
        precondition(Self.dimensionRange.contains(dimension) && weights.count == dimension * scales.count)
        precondition(scales.count == biases.count && scales.allSatisfy { $0 > 0 && $0.isFinite })
        self.model = model
        self.dimension = dimension
        self.weights = weights
        self.scales = scales
        self.biases = biases
        self.pool = pool
        hash = Self.contentHash(
            model: model, dimension: dimension, weights: weights, scales: scales, biases: biases, pool: pool)
    }

    /// Scores by label; nil where the vector is not of this head's dimension, not finite, or zero.
    package func scores(of vector: [Float]) -> EmbeddingScores? {
        guard vector.count == dimension, let unit = Self.normalised(vector) else { return nil }
        let labels = scales.count
        var sums = [Float](repeating: 0, count: labels)
        weights.withUnsafeBufferPointer { weights in
            sums.withUnsafeMutableBufferPointer { sums in
                for (row, value) in unit.enumerated() {
                    for label in 0..<labels { sums[label] += value * Float(weights[row * labels + label]) }
                }
            }
        }
        for label in 0..<labels { sums[label] = sums[label] * scales[label] + biases[label] }
        return EmbeddingScores(logits: sums)
    }

    /// Probabilities by label of both kinds of features together.
    func pooled(words: [Float], _ scores: EmbeddingScores) -> [Double] {
        Self.pooled(words: words, embedding: scores.logits, pool)
    }

    static func pooled(words: [Float], embedding: [Float], _ pool: PoolWeights) -> [Double] {
        var result = zip(words, embedding).map { pool.words * Double($0) + pool.embedding * Double($1) }
        let largest = result.max() ?? 0
        for label in result.indices { result[label] = Double.exp(result[label] - largest) }
        let total = result.reduce(0, +)
        for label in result.indices { result[label] /= total }
        return result
    }

    /// The vector with length 1 (L2); nil for zero and for what is not finite.
    static func normalised(_ vector: [Float]) -> [Float]? {
        let squares = vector.reduce(Float(0)) { $0 + $1 * $1 }
        guard squares > 0, squares.isFinite else { return nil }
        let scale = 1 / squares.squareRoot()
        return vector.map { $0 * scale }
    }

    private static func contentHash(
        model: String, dimension: Int, weights: [Int8], scales: [Float], biases: [Float], pool: PoolWeights
    ) -> String {
        var hash = FNV1a()
        hash.add(model.utf8)
        hash.add(UInt64(dimension))
        for weight in weights { hash.add(UInt8(bitPattern: weight)) }
        for number in scales + biases { hash.add(UInt64(number.bitPattern)) }
        hash.add(pool.words.bitPattern)
        hash.add(pool.embedding.bitPattern)
        return "em-" + hash.digits
    }
}
