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
    /// Version of the model: its content's hash, the same wherever it is read.
    package let hash: String

    /// - Precondition: the shapes agree, and scales and temperature are finite and positive.
    init(
        labels: [String], featurizer: TextFeaturizer, weights: [Int8], scales: [Float], biases: [Float],
        temperature: Double
    ) {
        precondition(weights.count == featurizer.bucketCount * labels.count, "a weight for every bucket and label")
        precondition(scales.count == labels.count && biases.count == labels.count, "a scale and a bias for every label")
        precondition(temperature > 0 && temperature.isFinite, "the temperature must be positive")
        self.labels = labels
        self.featurizer = featurizer
        self.weights = weights
        self.scales = scales
        self.biases = biases
        self.temperature = temperature
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
                // Eight labels at a time, kept in registers over all features.
                let width = min(8, stride - label)
                let block = Self.sums(of: features, weights: weights, stride: stride, from: label, width: width)
                for lane in 0..<width { sums[label + lane] = block[lane] }
                label += width
            }
        }
        for label in 0..<stride { sums[label] = sums[label] * scales[label] + biases[label] }
        return sums
    }

    @inline(__always)
    private static func sums(
        of features: SparseFeatures, weights: UnsafeBufferPointer<Int8>, stride: Int, from label: Int, width: Int
    ) -> SIMD8<Float> {
        var sums = SIMD8<Float>.zero
        let last = weights.count - 8
        features.indices.withUnsafeBufferPointer { indices in
            features.values.withUnsafeBufferPointer { values in
                for position in 0..<indices.count {
                    // The last rows are read from a little before, so that eight bytes never reach past the end.
                    let row = Int(indices[position]) * stride + label
                    let start = min(row, last)
                    let raw =
                        UnsafeRawPointer(weights.baseAddress! + start)
                        .loadUnaligned(as: UInt64.self) &>> UInt64(truncatingIfNeeded: 8 * (row - start))
                    sums += SIMD8<Float>(unsafeBitCast(raw, to: SIMD8<Int8>.self)) * values[position]
                }
            }
        }
        return sums
    }

    /// Calibrated probability of every label; sums to 1.
    package func probabilities(of features: SparseFeatures) -> [Double] {
        Self.softmax(logits(of: features), temperature: temperature)
    }

    package func probabilities(of text: String) -> [Double] {
        probabilities(of: featurizer.features(of: text))
    }

    static func softmax(_ logits: [Float], temperature: Double) -> [Double] {
        let largest = logits.max() ?? 0
        var result = logits.map { Double.exp(Double($0 - largest) / temperature) }
        let total = result.reduce(0, +)
        for position in result.indices { result[position] /= total }
        return result
    }
}
