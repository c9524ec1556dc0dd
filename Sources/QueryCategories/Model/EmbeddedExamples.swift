/// The vectors of labelled examples, checked and brought to length 1.
struct EmbeddedExamples {
    let model: String
    let rows: [[Float]]
    let heldOut: [[Float]]

    /// Nil without a model's name: then vectors are not looked at.
    ///
    /// - Throws: `invalid_training_data` naming the first row whose vector is missing or not like the others.
    init?(_ examples: [LabelledText], heldOut: [LabelledText], model: String?) throws(CategoryError) {
        guard let model else { return nil }
        guard (1...EmbeddingHead.modelBytesLimit).contains(model.utf8.count) else {
            throw CategoryError(
                .invalidTrainingData,
                "the embedding model's name must have 1 to \(EmbeddingHead.modelBytesLimit) bytes")
        }
        self.model = model
        var dimension: Int?
        rows = try Self.vectors(examples, "row", &dimension)
        self.heldOut = try Self.vectors(heldOut, "held-out row", &dimension)
    }

    private static func vectors(
        _ examples: [LabelledText], _ what: String, _ dimension: inout Int?
    ) throws(CategoryError) -> [[Float]] {
        var result: [[Float]] = []
        for (row, example) in examples.enumerated() {
            func invalid(_ why: String) -> CategoryError {
                CategoryError(.invalidTrainingData, "\(what) \(row + 1): \(why)")
            }
            guard let vector = example.embedding else { throw invalid("there is no embedding") }
            let expected = dimension ?? vector.count
            guard EmbeddingHead.dimensionRange.contains(expected) else {
                let range = EmbeddingHead.dimensionRange
                throw invalid(
                    "an embedding has \(range.lowerBound) to \(range.upperBound) numbers; this one has \(expected)")
            }
            guard vector.count == expected else {
                throw invalid("the embedding has \(vector.count) numbers, those before it \(expected)")
            }
            guard let unit = EmbeddingHead.normalised(vector) else {
                throw invalid("the embedding is zero or not finite")
            }
            dimension = expected
            result.append(unit)
        }
        return result
    }

    /// Fits a head on part of the rows, weighs it against the words on the rest, and fits it anew on all.
    ///
    /// - Parameters:
    ///   - labels: by row; those behind `rows` have no vector.
    ///   - all: whether rows were held out that the final head learns from.
    ///   - predictions: what the words say of the rows held out; `measured` are their vectors.
    func head(
        labels: [Int], training: [Int], all: Bool, predictions: HeldOutPredictions, measured: [[Float]],
        temperature: Double, options: TrainingOptions, epochDone: (Int) -> Void
    ) -> (head: EmbeddingHead, report: TrainingReport.Embeddings) {
        // Without rows to weigh by, both count alike.
        let start = EmbeddingHead.PoolWeights(words: 0.5 / temperature, embedding: 0.5)
        func fit(_ chosen: [Int], _ pool: EmbeddingHead.PoolWeights, _ epochDone: (Int) -> Void) -> EmbeddingHead {
            EmbeddingHead.fit(
                rows, labels: labels, rows: chosen, labelCount: predictions.labelCount, model: model,
                labelWeights: CategoryModel.labelWeights(
                    labels, rows: chosen, labelCount: predictions.labelCount, balance: options.balance),
                options: options, pool: pool, epochDone: epochDone)
        }
        var head = fit(training, start, epochDone)
        let scores = measured.map { head.scores(of: $0)?.logits ?? [] }
        let pool = EmbeddingHead.PoolWeights.fitted(
            words: predictions.logits, embedding: scores, truth: predictions.truth, from: start)
        var answers: [(confidence: Double, right: Bool)] = []
        var alone = 0
        for (row, label) in predictions.truth.enumerated() {
            let probabilities = EmbeddingHead.pooled(words: predictions.logits[row], embedding: scores[row], pool)
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            answers.append((probabilities[best], best == label))
            let loudest = scores[row].indices.max { scores[row][$0] < scores[row][$1] } ?? 0
            alone += loudest == label ? 1 : 0
        }
        head = all ? fit(Array(rows.indices), pool) { epochDone(options.epochs + $0) } : head.with(pool: pool)
        let count = Double(max(1, answers.count))
        let report = TrainingReport.Embeddings(
            model: model, dimension: head.dimension, accuracy: Double(answers.count { $0.right }) / count,
            logLoss: predictions.truth.isEmpty
                ? 0 : EmbeddingHead.PoolWeights.loss(pool, predictions.logits, scores, predictions.truth),
            calibrationError: HeldOutPredictions.calibrationError(answers), aloneAccuracy: Double(alone) / count,
            hash: head.hash)
        return (head, report)
    }
}
