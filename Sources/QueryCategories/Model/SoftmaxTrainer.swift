import RealModule

/// Multinomial logistic regression over sparse features by AdaGrad (Duchi et al. 2011), one step size a bucket.
struct SoftmaxTrainer {
    let labelCount: Int
    let bucketCount: Int
    let options: TrainingOptions
    /// `[bucket][label]`.
    private(set) var weights: [Float]
    private(set) var biases: [Float]
    private var squares: [Float]
    private var biasSquares: Float = 1
    private var generator: SeededGenerator

    init(labelCount: Int, bucketCount: Int, options: TrainingOptions) {
        self.labelCount = labelCount
        self.bucketCount = bucketCount
        self.options = options
        weights = [Float](repeating: 0, count: bucketCount * labelCount)
        biases = [Float](repeating: 0, count: labelCount)
        squares = [Float](repeating: 1e-6, count: bucketCount)
        generator = SeededGenerator(seed: options.seed)
    }

    /// - Parameters:
    ///   - rows: which of `features` and `labels` to learn from.
    ///   - labelWeights: by label, average about 1.
    ///   - epochDone: told after every pass.
    mutating func fit(
        _ features: [SparseFeatures], labels: [Int], rows: [Int], labelWeights: [Float], epochDone: (Int) -> Void
    ) {
        var order = rows
        var kept = SparseFeatures()
        var gradient = [Float](repeating: 0, count: labelCount)
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
        let cut = UInt64(options.featureDropout * 256)
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
        _ features: SparseFeatures, label: Int, weight: Float, rate: Float, gradient: inout [Float]
    ) {
        let stride = labelCount
        let smoothing = options.labelSmoothing
        weights.withUnsafeMutableBufferPointer { weights in
            gradient.withUnsafeMutableBufferPointer { gradient in
                for k in 0..<stride { gradient[k] = biases[k] }
                for position in 0..<features.count {
                    let value = features.values[position]
                    let row = Int(features.indices[position]) * stride
                    for k in 0..<stride { gradient[k] += value * weights[row + k] }
                }
                var largest = gradient[0]
                for k in 1..<stride { largest = max(largest, gradient[k]) }
                var total: Float = 0
                for k in 0..<stride {
                    gradient[k] = Float.exp(gradient[k] - largest)
                    total += gradient[k]
                }
                var norm: Float = 0
                for k in 0..<stride {
                    let target = smoothing / Float(stride) + (k == label ? 1 - smoothing : 0)
                    gradient[k] = (gradient[k] / total - target) * weight
                    norm += gradient[k] * gradient[k]
                }
                biasSquares += norm
                let biasRate = 0.1 * rate / biasSquares.squareRoot()
                for k in 0..<stride { biases[k] -= biasRate * gradient[k] }
                for position in 0..<features.count {
                    let value = features.values[position]
                    let bucket = Int(features.indices[position])
                    squares[bucket] += value * value * norm
                    let factor = rate * value / squares[bucket].squareRoot()
                    let row = bucket * stride
                    for k in 0..<stride { weights[row + k] -= factor * gradient[k] }
                }
            }
        }
    }
}
