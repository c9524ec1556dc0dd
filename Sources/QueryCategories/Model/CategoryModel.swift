import RealModule

/// A linear text classifier: int8 weights over hashed features, with calibrated probabilities. An immutable value.
package struct CategoryModel: Sendable, Equatable {
    /// Bounds on what a model file may claim.
    package static let labelLimit = 1_000
    package static let labelBytesLimit = 128
    package static let weightLimit = 1 << 26

    package let labels: [String]
    package let featurizer: TextFeaturizer
    /// `[bucket][label]`, row-major, in units of the label's scale.
    let weights: [Int8]
    /// What one unit of weight is worth in logits, by label, > 0.
    let scales: [Float]
    let biases: [Float]
    /// Divides the logits before the softmax, so that probabilities mean what they say; > 0.
    package let temperature: Double
    /// What it knows of embeddings; nil where it was trained without.
    package let head: EmbeddingHead?
    /// Version of the model: its content's hash, the same wherever it is read.
    package let hash: String

    /// - Precondition: the shapes agree, and scales and temperature are finite and positive.
    init(
        labels: [String], featurizer: TextFeaturizer, weights: [Int8], scales: [Float], biases: [Float],
        temperature: Double, head: EmbeddingHead? = nil
    ) {
        precondition(head == nil || head?.scales.count == labels.count, "a head for every label")
        precondition(weights.count == featurizer.bucketCount * labels.count, "a weight for every bucket and label")
        precondition(scales.count == labels.count && biases.count == labels.count, "a scale and a bias for every label")
        precondition(temperature > 0 && temperature.isFinite, "the temperature must be positive")
        self.labels = labels
        self.featurizer = featurizer
        self.weights = weights
        self.scales = scales
        self.biases = biases
        self.temperature = temperature
        self.head = head
        hash = Self.contentHash(
            labels: labels, bucketCount: featurizer.bucketCount, weights: weights, scales: scales, biases: biases,
            temperature: temperature)
    }

    /// The score of every label, before the softmax.
    package func logits(of features: SparseFeatures) -> [Float] {
        let stride = labels.count
        var sums = [Float](repeating: 0, count: stride)
        weights.withUnsafeBufferPointer { weights in
            var label = 0
            while label < stride {
                // Sixteen labels at a time, kept in registers over all features.
                let width = min(16, stride - label)
                let block = Self.sums(of: features, weights: weights, stride: stride, from: label)
                for lane in 0..<width { sums[label + lane] = block[lane] }
                label += width
            }
        }
        for label in 0..<stride { sums[label] = sums[label] * scales[label] + biases[label] }
        return sums
    }

    /// Sixteen labels from `label` on; what is beyond the row is of no meaning.
    @inline(__always)
    private static func sums(
        of features: SparseFeatures, weights: UnsafeBufferPointer<Int8>, stride: Int, from label: Int
    ) -> SIMD16<Float> {
        var (low, high) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        let base = UnsafeRawPointer(weights.baseAddress!)
        features.indices.withUnsafeBufferPointer { indices in
            features.values.withUnsafeBufferPointer { values in
                for position in 0..<indices.count {
                    let start = Int(indices[position]) &* stride &+ label
                    var row: (UInt64, UInt64)
                    if start &+ 16 <= weights.count {
                        row.0 = (base + start).loadUnaligned(as: UInt64.self)
                        row.1 = (base + start + 8).loadUnaligned(as: UInt64.self)
                    } else {
                        row = lastRow(weights, from: start)
                    }
                    low += SIMD8<Float>(unsafeBitCast(row.0, to: SIMD8<Int8>.self)) * values[position]
                    high += SIMD8<Float>(unsafeBitCast(row.1, to: SIMD8<Int8>.self)) * values[position]
                }
            }
        }
        return SIMD16(lowHalf: low, highHalf: high)
    }

    /// The table's last rows, of which sixteen bytes would reach past the end.
    private static func lastRow(_ weights: UnsafeBufferPointer<Int8>, from start: Int) -> (UInt64, UInt64) {
        var row = SIMD16<Int8>.zero
        for (lane, weight) in weights[start...].prefix(16).enumerated() { row[lane] = weight }
        return unsafeBitCast(row, to: (UInt64, UInt64).self)
    }

    /// Calibrated probability of every label; sums to 1.
    package func probabilities(of features: SparseFeatures) -> [Double] {
        Self.softmax(logits(of: features), temperature: temperature)
    }

    package func probabilities(of text: String) -> [Double] {
        probabilities(of: featurizer.features(of: text))
    }

    /// Calibrated probability of every label by words and embedding together; by the words alone without a head.
    package func probabilities(of features: SparseFeatures, _ scores: EmbeddingScores) -> [Double] {
        guard let head else { return probabilities(of: features) }
        return head.pooled(words: logits(of: features), scores)
    }

    static func softmax(_ logits: [Float], temperature: Double) -> [Double] {
        let largest = logits.max() ?? 0
        var result = logits.map { Double.exp(Double($0 - largest) / temperature) }
        let total = result.reduce(0, +)
        for position in result.indices { result[position] /= total }
        return result
    }
}
