import RealModule

/// What training measured on rows the reported model had not seen, by the built-in features.
package struct TrainingReport: Sendable, Equatable {
    /// The same rows by words and embeddings together.
    package struct Embeddings: Sendable, Equatable {
        package let model: String
        package let dimension: Int
        package let accuracy: Double
        package let logLoss: Double
        package let calibrationError: Double
        /// By the embeddings alone.
        package let aloneAccuracy: Double
        /// Version of the head.
        package let hash: String
    }

    package struct Label: Sendable, Equatable {
        package let id: String
        /// Held-out rows that have this label.
        package let count: Int
        package let precision: Double
        package let recall: Double
    }

    /// Accuracy among the answers given when an answer needs at least this confidence.
    package struct Abstention: Sendable, Equatable {
        package let threshold: Double
        /// Part of the held-out rows that get an answer.
        package let coverage: Double
        /// Accuracy among them.
        package let accuracy: Double
    }

    package let rows: Int
    package let heldOutRows: Int
    package let accuracy: Double
    /// Mean negative log probability of the true label, in nats.
    package let logLoss: Double
    /// Expected calibration error: mean gap between confidence and accuracy over 15 bins of confidence.
    package let calibrationError: Double
    package let temperature: Double
    package let labels: [Label]
    /// `[true label][predicted label]`: held-out rows.
    package let confusion: [[Int]]
    package let abstention: [Abstention]
    package let modelHash: String
    package let modelBytes: Int
    /// Nil where the model was trained without.
    package let embeddings: Embeddings?
}

/// Predictions on held-out rows, and what follows from them.
struct HeldOutPredictions {
    let labelCount: Int
    private(set) var logits: [[Float]] = []
    private(set) var truth: [Int] = []

    init(labelCount: Int) { self.labelCount = labelCount }

    mutating func add(_ logits: [Float], truth: Int) {
        self.logits.append(logits)
        self.truth.append(truth)
    }

    /// The temperature with the smallest log loss, by golden section on its logarithm within 1/20…20 (Guo et al. 2017,
    /// arXiv:1706.04599); 1 without rows.
    func bestTemperature() -> Double {
        guard !truth.isEmpty else { return 1 }
        let ratio = 0.618_033_988_749_895
        var low = -3.0
        var high = 3.0
        var left = high - ratio * (high - low)
        var right = low + ratio * (high - low)
        var leftLoss = logLoss(temperature: Double.exp(left))
        var rightLoss = logLoss(temperature: Double.exp(right))
        for _ in 0..<30 {
            if leftLoss < rightLoss {
                (high, right, rightLoss) = (right, left, leftLoss)
                left = high - ratio * (high - low)
                leftLoss = logLoss(temperature: Double.exp(left))
            } else {
                (low, left, leftLoss) = (left, right, rightLoss)
                right = low + ratio * (high - low)
                rightLoss = logLoss(temperature: Double.exp(right))
            }
        }
        return Double.exp((low + high) / 2)
    }

    func logLoss(temperature: Double) -> Double {
        guard !truth.isEmpty else { return 0 }
        var total = 0.0
        for (row, label) in zip(logits, truth) {
            let largest = Double(row.max() ?? 0)
            let sum = row.reduce(0.0) { $0 + Double.exp((Double($1) - largest) / temperature) }
            total += Double.log(sum) - (Double(row[label]) - largest) / temperature
        }
        return total / Double(truth.count)
    }

    func report(
        ids: [String], rows: Int, model: CategoryModel, embeddings: TrainingReport.Embeddings? = nil
    ) -> TrainingReport {
        let temperature = model.temperature
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: labelCount), count: labelCount)
        var answers: [(confidence: Double, right: Bool)] = []
        for (row, label) in zip(logits, truth) {
            let probabilities = CategoryModel.softmax(row, temperature: temperature)
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            confusion[label][best] += 1
            answers.append((probabilities[best], best == label))
        }
        let right = answers.count { $0.right }
        let labels = ids.indices.map { k in
            let predicted = confusion.reduce(0) { $0 + $1[k] }
            let actual = confusion[k].reduce(0, +)
            return TrainingReport.Label(
                id: ids[k], count: actual, precision: ratio(confusion[k][k], predicted),
                recall: ratio(confusion[k][k], actual))
        }
        // Of nothing held out nothing was measured.
        let abstention = (answers.isEmpty ? [] : Array(stride(from: 0.0, through: 0.9, by: 0.1))).map { threshold in
            let given = answers.filter { $0.confidence >= threshold }
            return TrainingReport.Abstention(
                threshold: threshold, coverage: ratio(given.count, answers.count),
                accuracy: ratio(given.count { $0.right }, given.count))
        }
        return TrainingReport(
            rows: rows, heldOutRows: truth.count, accuracy: ratio(right, truth.count),
            logLoss: logLoss(temperature: temperature), calibrationError: Self.calibrationError(answers),
            temperature: temperature, labels: labels, confusion: confusion, abstention: abstention,
            modelHash: model.hash, modelBytes: model.encoded().count, embeddings: embeddings)
    }

    static func calibrationError(_ answers: [(confidence: Double, right: Bool)]) -> Double {
        let bins = 15
        var confidence = [Double](repeating: 0, count: bins)
        var right = [Double](repeating: 0, count: bins)
        for answer in answers {
            let bin = min(bins - 1, Int(saturating: answer.confidence * Double(bins)))
            confidence[bin] += answer.confidence
            right[bin] += answer.right ? 1 : 0
        }
        guard !answers.isEmpty else { return 0 }
        return zip(confidence, right).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(answers.count)
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
