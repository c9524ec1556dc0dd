import RealModule

extension EmbeddingHead {
    /// Fits a head; its pool's weights are those of `pool`.
    ///
    /// Vectors are brought to length 1 and centred on their mean before a softmax is fitted to them by the trainer of the
    /// built-in features; the mean goes into the biases.
    /// - Parameters:
    ///   - vectors: by row; all of one dimension within `dimensionRange`, finite and not zero.
    ///   - rows: which of `vectors` and `labels` to learn from.
    static func fit(
        _ vectors: [[Float]], labels: [Int], rows: [Int], labelCount: Int, model: String, labelWeights: [Float],
        options: TrainingOptions, pool: PoolWeights, epochDone: (Int) -> Void
    ) -> EmbeddingHead {
        let dimension = vectors[rows[0]].count
        var mean = [Float](repeating: 0, count: dimension)
        for row in rows { for (place, value) in vectors[row].enumerated() { mean[place] += value } }
        for place in mean.indices { mean[place] /= Float(rows.count) }
        // All rows share one list of places.
        let places = (0..<dimension).map { UInt32($0) }
        var features = [SparseFeatures](repeating: SparseFeatures(), count: vectors.count)
        for row in rows {
            features[row] = SparseFeatures(indices: places, values: zip(vectors[row], mean).map { $0 - $1 })
        }
        var trainer = SoftmaxTrainer(labelCount: labelCount, bucketCount: dimension, options: options)
        trainer.fit(features, labels: labels, rows: rows, labelWeights: labelWeights, epochDone: epochDone)

        var largest = [Float](repeating: 0, count: labelCount)
        for place in 0..<dimension {
            for label in 0..<labelCount {
                largest[label] = max(largest[label], trainer.weight(bucket: place, label: label).magnitude)
            }
        }
        let scales = largest.map { $0 > 0 ? $0 / 127 : 1 }
        var weights: [Int8] = []
        weights.reserveCapacity(dimension * labelCount)
        var biases = trainer.biases
        for place in 0..<dimension {
            for label in 0..<labelCount {
                let weight = Int8(saturating: (trainer.weight(bucket: place, label: label) / scales[label]).rounded())
                weights.append(weight)
                biases[label] -= Float(weight) * scales[label] * mean[place]
            }
        }
        return EmbeddingHead(
            model: model, dimension: dimension, weights: weights, scales: scales, biases: biases, pool: pool)
    }

    func with(pool: PoolWeights) -> EmbeddingHead {
        EmbeddingHead(
            model: model, dimension: dimension, weights: weights, scales: scales, biases: biases, pool: pool)
    }
}

extension EmbeddingHead.PoolWeights {
    /// The weights with the smallest log loss on held-out rows, by Newton's method: the loss is convex in both.
    ///
    /// - Parameter start: where it begins, and the answer without rows.
    static func fitted(words: [[Float]], embedding: [[Float]], truth: [Int], from start: Self) -> Self {
        guard !truth.isEmpty else { return start }
        var best = start
        var bestLoss = loss(best, words, embedding, truth)
        for _ in 0..<40 {
            let (gradient, curvature) = derivatives(best, words, embedding, truth)
            // A little is added to the diagonal: where both kinds of scores agree, only their sum is determined.
            let (a, b, d) = (curvature.0 + 1e-6, curvature.1, curvature.2 + 1e-6)
            let determinant = a * d - b * b
            guard determinant > 0 else { break }
            let step = (
                (d * gradient.0 - b * gradient.1) / determinant, (a * gradient.1 - b * gradient.0) / determinant
            )
            var factor = 1.0
            var improved = false
            while factor > 1e-4 {
                let next = Self(
                    words: max(0, best.words - factor * step.0), embedding: max(0, best.embedding - factor * step.1))
                let loss = loss(next, words, embedding, truth)
                if loss < bestLoss - 1e-12 {
                    (best, bestLoss, improved) = (next, loss, true)
                    break
                }
                factor /= 2
            }
            guard improved else { break }
        }
        return best
    }

    /// Mean negative log probability of the truth, nats.
    static func loss(_ pool: Self, _ words: [[Float]], _ embedding: [[Float]], _ truth: [Int]) -> Double {
        var total = 0.0
        for (row, label) in truth.enumerated() {
            let probability = EmbeddingHead.pooled(words: words[row], embedding: embedding[row], pool)[label]
            total -= Double.log(max(probability, 1e-300))
        }
        return total / Double(truth.count)
    }

    private static func derivatives(
        _ pool: Self, _ words: [[Float]], _ embedding: [[Float]], _ truth: [Int]
    ) -> ((Double, Double), (Double, Double, Double)) {
        var gradient = (0.0, 0.0)
        var curvature = (0.0, 0.0, 0.0)
        for (row, label) in truth.enumerated() {
            let probabilities = EmbeddingHead.pooled(words: words[row], embedding: embedding[row], pool)
            var mean = (0.0, 0.0)
            var square = (0.0, 0.0, 0.0)
            for (k, p) in probabilities.enumerated() {
                let (w, e) = (Double(words[row][k]), Double(embedding[row][k]))
                mean.0 += p * w
                mean.1 += p * e
                square.0 += p * w * w
                square.1 += p * w * e
                square.2 += p * e * e
            }
            gradient.0 += mean.0 - Double(words[row][label])
            gradient.1 += mean.1 - Double(embedding[row][label])
            curvature.0 += square.0 - mean.0 * mean.0
            curvature.1 += square.1 - mean.0 * mean.1
            curvature.2 += square.2 - mean.1 * mean.1
        }
        return (gradient, curvature)
    }
}
