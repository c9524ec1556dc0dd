import BanditCore
import RealModule

extension CategoryModel {
    /// Trains a model: first on part of the rows, to calibrate and to measure on the rest, then on all of them.
    ///
    /// Labels are numbered in the order in which they first appear. The same examples and options give the same model.
    /// - Parameters:
    ///   - examples: at least two labels; an empty text or label is an error naming the row (counted from 1).
    ///   - heldOut: rows to measure on instead of a random part, for instance one whole source; they are not learned from.
    /// - Complexity: O(epochs · features · labels).
    package static func train(
        _ examples: [LabelledText], heldOut: [LabelledText]? = nil, options: TrainingOptions = TrainingOptions(),
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws(CategoryError) -> (CategoryModel, TrainingReport) {
        var ids: [String] = []
        var indexOf: [String: Int] = [:]
        for (row, example) in examples.enumerated() {
            guard Categorizer.isValid(id: example.label) else {
                throw CategoryError(
                    .invalidTrainingData,
                    "row \(row + 1): the label “\(example.label.prefix(128))” is no category id: 1 to \(labelBytesLimit) bytes, no spaces"
                )
            }
            guard !example.text.isEmpty else {
                throw CategoryError(.invalidTrainingData, "row \(row + 1): the text is empty")
            }
            if indexOf[example.label] == nil {
                indexOf[example.label] = ids.count
                ids.append(example.label)
            }
        }
        guard (2...labelLimit).contains(ids.count) else {
            throw CategoryError(
                .invalidTrainingData, "training needs 2 to \(labelLimit) different labels; there are \(ids.count)")
        }
        let vectors = try EmbeddedExamples(examples, heldOut: heldOut ?? [], model: options.embeddingModel)
        let featurizer = TextFeaturizer(bucketCount: options.resolvedBucketCount(labels: ids.count))
        var features: [SparseFeatures] = []
        features.reserveCapacity(examples.count)
        for (row, example) in examples.enumerated() {
            if row % 256 == 0 { progress(TrainingProgress(phase: .features, done: row, total: examples.count)) }
            features.append(featurizer.features(of: example.text))
        }
        var labels = examples.map { indexOf[$0.label]! }

        let split = Split(labels: labels, labelCount: ids.count, heldOut: heldOut == nil ? options.heldOut : 0, options)
        var extra = Range(uncheckedBounds: (labels.count, labels.count))
        if options.addsBuiltInUtterances {
            for utterance in BuiltInModel.examples {
                guard let label = indexOf[utterance.label] else { continue }
                features.append(featurizer.features(of: utterance.text))
                labels.append(label)
            }
            extra = extra.lowerBound..<labels.count
        }
        var fitted = fit(features, labels, split.training + extra, ids, featurizer, options) {
            progress(TrainingProgress(phase: .validating, done: $0, total: options.epochs * options.fits))
        }
        var predictions = HeldOutPredictions(labelCount: ids.count)
        var measured: [[Float]] = []
        if let heldOut {
            for (row, example) in heldOut.enumerated() {
                guard let label = indexOf[example.label] else { continue }
                predictions.add(fitted.logits(of: featurizer.features(of: example.text)), truth: label)
                if let vectors { measured.append(vectors.heldOut[row]) }
            }
        } else {
            for row in split.heldOut {
                predictions.add(fitted.logits(of: features[row]), truth: labels[row])
                if let vectors { measured.append(vectors.rows[row]) }
            }
        }
        let temperature = predictions.bestTemperature()
        let headed = vectors.map { vectors in
            vectors.head(
                labels: labels, training: split.training, all: !split.heldOut.isEmpty, predictions: predictions,
                measured: measured, temperature: temperature, options: options
            ) {
                progress(TrainingProgress(phase: .embeddings, done: $0, total: options.epochs * 2))
            }
        }
        if !split.heldOut.isEmpty {
            fitted = fit(features, labels, Array(labels.indices), ids, featurizer, options) {
                progress(TrainingProgress(phase: .fitting, done: $0, total: options.epochs * options.fits))
            }
        }
        let model = fitted.with(temperature: temperature, head: headed?.head)
        return (
            model, predictions.report(ids: ids, rows: examples.count, model: model, embeddings: headed?.report)
        )
    }

    /// The same weights with other confidence, and with a head.
    func with(temperature: Double, head: EmbeddingHead? = nil) -> CategoryModel {
        CategoryModel(
            labels: labels, featurizer: featurizer, weights: weights, scales: scales, biases: biases,
            temperature: temperature, head: head)
    }

    /// By label: what a row of it counts for.
    static func labelWeights(_ labels: [Int], rows: [Int], labelCount: Int, balance: Double) -> [Float] {
        var counts = [Double](repeating: 0, count: labelCount)
        for row in rows { counts[labels[row]] += 1 }
        let even = Double(rows.count) / Double(labelCount)
        let raw = counts.map { $0 > 0 ? Double.pow(even / $0, balance) : 0 }
        let mean = zip(raw, counts).reduce(0) { $0 + $1.0 * $1.1 } / Double(max(1, rows.count))
        return raw.map { Float($0 / mean) }
    }

    private static func fit(
        _ features: [SparseFeatures], _ labels: [Int], _ rows: [Int], _ ids: [String], _ featurizer: TextFeaturizer,
        _ options: TrainingOptions, epochDone: (Int) -> Void
    ) -> CategoryModel {
        let labelWeights = labelWeights(labels, rows: rows, labelCount: ids.count, balance: options.balance)
        func fitted(_ index: Int) -> SoftmaxTrainer {
            var options = options
            options.seed &+= UInt64(index) &* 0x9E37_79B9_7F4A_7C15
            var trainer = SoftmaxTrainer(
                labelCount: ids.count, bucketCount: featurizer.bucketCount, options: options)
            trainer.fit(features, labels: labels, rows: rows, labelWeights: labelWeights) {
                epochDone(index * options.epochs + $0)
            }
            return trainer
        }
        var trainer = fitted(0)
        for index in 1..<max(1, options.fits) { trainer.add(fitted(index)) }
        trainer.scale(by: 1 / Float(max(1, options.fits)))
        return quantised(trainer, ids: ids, featurizer: featurizer)
    }

    /// Weights as whole multiples of a label's largest weight / 127.
    private static func quantised(_ trainer: SoftmaxTrainer, ids: [String], featurizer: TextFeaturizer) -> CategoryModel
    {
        let stride = ids.count
        var largest = [Float](repeating: 0, count: stride)
        for bucket in 0..<featurizer.bucketCount {
            for label in 0..<stride {
                largest[label] = max(largest[label], trainer.weight(bucket: bucket, label: label).magnitude)
            }
        }
        let scales = largest.map { $0 > 0 ? $0 / 127 : 1 }
        var weights: [Int8] = []
        weights.reserveCapacity(featurizer.bucketCount * stride)
        for bucket in 0..<featurizer.bucketCount {
            for label in 0..<stride {
                weights.append(
                    Int8(saturating: (trainer.weight(bucket: bucket, label: label) / scales[label]).rounded()))
            }
        }
        return CategoryModel(
            labels: ids, featurizer: featurizer, weights: weights, scales: scales, biases: trainer.biases,
            temperature: 1)
    }

    /// Rows held out by label, so that every label with enough rows is measured.
    private struct Split {
        var training: [Int] = []
        var heldOut: [Int] = []

        init(labels: [Int], labelCount: Int, heldOut part: Double, _ options: TrainingOptions) {
            var byLabel = [[Int]](repeating: [], count: labelCount)
            for (row, label) in labels.enumerated() { byLabel[label].append(row) }
            var generator = SplitMix64(seed: options.seed ^ 0x5EED)
            for var rows in byLabel {
                for position in stride(from: rows.count - 1, to: 0, by: -1) {
                    rows.swapAt(position, generator.index(below: position + 1))
                }
                let count = min(rows.count - 1, Int(saturating: (Double(rows.count) * part).rounded()))
                heldOut += rows[..<max(0, count)]
                training += rows[max(0, count)...]
            }
            training.sort()
            heldOut.sort()
        }
    }
}
