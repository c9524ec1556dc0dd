import BanditCore
import RealModule

/// Multinomial logistic regression over sparse features by AdaGrad (Duchi et al. 2011), one step size a bucket.
struct SoftmaxTrainer {
    let labelCount: Int
    let bucketCount: Int
    let options: TrainingOptions
    /// `[bucket][block]`: eight labels to a block, the last one padded.
    private var rows: [SIMD8<Float>]
    private let blocks: Int
    private(set) var biases: [Float]
    private var squares: [Float]
    private var biasSquares: Float = 1
    private var generator: SplitMix64

    init(labelCount: Int, bucketCount: Int, options: TrainingOptions) {
        self.labelCount = labelCount
        self.bucketCount = bucketCount
        self.options = options
        blocks = (labelCount + 7) / 8
        rows = [SIMD8<Float>](repeating: .zero, count: bucketCount * blocks)
        biases = [Float](repeating: 0, count: labelCount)
        squares = [Float](repeating: 1e-6, count: bucketCount)
        generator = SplitMix64(seed: options.seed)
    }

    /// Adds the weights of another model of the same shape.
    mutating func add(_ other: SoftmaxTrainer) {
        for index in rows.indices { rows[index] += other.rows[index] }
        for label in biases.indices { biases[label] += other.biases[label] }
    }

    mutating func scale(by factor: Float) {
        for index in rows.indices { rows[index] *= factor }
        for label in biases.indices { biases[label] *= factor }
    }

    /// The weight of one bucket for one label.
    func weight(bucket: Int, label: Int) -> Float { rows[bucket * blocks + label / 8][label % 8] }

    /// - Parameters:
    ///   - rows: which of `features` and `labels` to learn from.
    ///   - labelWeights: by label, average about 1.
    ///   - epochDone: told after every pass.
    mutating func fit(
        _ features: [SparseFeatures], labels: [Int], rows: [Int], labelWeights: [Float], epochDone: (Int) -> Void
    ) {
        var order = rows
        var kept = SparseFeatures()
        var gradient = [SIMD8<Float>](repeating: .zero, count: blocks)
        for epoch in 0..<options.epochs {
            for position in stride(from: order.count - 1, to: 0, by: -1) {
                order.swapAt(position, generator.index(below: position + 1))
            }
            let rate = options.learningRate * (1 - 0.9 * Float(epoch) / Float(options.epochs))
            for row in order {
                dropFeatures(of: features[row], into: &kept)
                step(kept, label: labels[row], weight: labelWeights[labels[row]], rate: rate, gradient: &gradient)
            }
            epochDone(epoch + 1)
        }
    }

    private mutating func dropFeatures(of features: SparseFeatures, into kept: inout SparseFeatures) {
        kept.indices.removeAll(keepingCapacity: true)
        kept.values.removeAll(keepingCapacity: true)
        // Eight features share one draw of 64 bits.
        let cut = UInt64(saturating: options.featureDropout * 256)
        let scale = 1 / Float(1 - Double(cut) / 256)
        var bits: UInt64 = 0
        for position in 0..<features.count {
            if position & 7 == 0 { bits = generator.next() }
            let draw = bits & 0xFF
            bits >>= 8
            guard draw >= cut else { continue }
            kept.indices.append(features.indices[position])
            kept.values.append(features.values[position] * scale)
        }
    }

    private mutating func step(
        _ features: SparseFeatures, label: Int, weight: Float, rate: Float, gradient: inout [SIMD8<Float>]
    ) {
        let blocks = blocks
        let count = features.count
        let smoothing = options.labelSmoothing
        rows.withUnsafeMutableBufferPointer { rows in
            gradient.withUnsafeMutableBufferPointer { gradient in
                features.indices.withUnsafeBufferPointer { indices in
                    features.values.withUnsafeBufferPointer { values in
                        for block in 0..<blocks {
                            var sum = SIMD8<Float>.zero
                            for position in 0..<count {
                                sum += rows[Int(indices[position]) * blocks + block] * values[position]
                            }
                            gradient[block] = sum
                        }
                        let norm = Self.residuals(
                            of: gradient, biases: biases, label: label, weight: weight, smoothing: smoothing)
                        biasSquares += norm
                        let biasRate = 0.1 * rate / biasSquares.squareRoot()
                        for k in 0..<labelCount { biases[k] -= biasRate * gradient[k / 8][k % 8] }
                        for position in 0..<count {
                            let value = values[position]
                            let bucket = Int(indices[position])
                            squares[bucket] += value * value * norm
                            let factor = rate * value / squares[bucket].squareRoot()
                            for block in 0..<blocks { rows[bucket * blocks + block] -= gradient[block] * factor }
                        }
                    }
                }
            }
        }
    }

    /// Turns logits into weighted residuals (probability less target) in place; returns their squared length.
    private static func residuals(
        of logits: UnsafeMutableBufferPointer<SIMD8<Float>>, biases: [Float], label: Int, weight: Float,
        smoothing: Float
    ) -> Float {
        let labelCount = biases.count
        var largest = -Float.infinity
        for k in 0..<labelCount {
            logits[k / 8][k % 8] += biases[k]
            largest = max(largest, logits[k / 8][k % 8])
        }
        var total: Float = 0
        for k in 0..<labelCount {
            let raised = Float.exp(logits[k / 8][k % 8] - largest)
            logits[k / 8][k % 8] = raised
            total += raised
        }
        let spread = smoothing / Float(labelCount)
        var norm: Float = 0
        for k in 0..<labelCount {
            let target = spread + (k == label ? 1 - smoothing : 0)
            let residual = (logits[k / 8][k % 8] / total - target) * weight
            logits[k / 8][k % 8] = residual
            norm += residual * residual
        }
        return norm
    }
}
