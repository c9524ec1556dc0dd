/// One labelled utterance.
package struct LabelledText: Sendable, Equatable {
    package var text: String
    package var label: String
    /// Where it comes from: whole sources can be held out, which tells more than held-out rows do.
    package var source: String?
    /// What the embedding model makes of the text (see `Categorizer.embeddedText`); nil where none is learned from.
    package var embedding: [Float]?

    package init(text: String, label: String, source: String? = nil, embedding: [Float]? = nil) {
        self.text = text
        self.label = label
        self.source = source
        self.embedding = embedding
    }
}

/// How a category model is trained; the defaults serve from hundreds to tens of thousands of prompts.
package struct TrainingOptions: Sendable, Equatable {
    /// Passes over the data.
    package var epochs = 24
    /// Step size of AdaGrad.
    package var learningRate: Float = 2
    /// Part of the features left out of every example in every pass, in 0..<1: the model learns not to lean on one word,
    /// which is what makes it survive typos and unseen wording.
    package var featureDropout = 0.3
    /// Probability mass taken from the label and spread over all, in 0..<1.
    package var labelSmoothing: Float = 0.1
    /// Strength with which rare labels are weighed up: 0 not at all, 1 to equal weight.
    package var balance = 0.5
    /// Part of the rows (by label) that calibrate and report, in 0..<1; the final model learns from all rows.
    package var heldOut = 0.1
    /// Models whose weights are averaged, each fitted in an order and with dropouts of its own; at least 1. Linear models
    /// average into one of the same size: three leave 2.9 % instead of 3.1 % of CLINC150's domains wrong, for training time only.
    package var fits = 3
    /// Buckets of the hashing, a multiple of eight; nil: as many as keep the model within `sizeLimitBytes`, at most 2^16.
    package var bucketCount: Int?
    package var sizeLimitBytes = 2_000_000
    /// Whether the built-in utterances of the labels in the data are learned from too: they carry a model over to wording
    /// that the data has not seen. They are never held out.
    package var addsBuiltInUtterances = false
    /// Name of the model whose embeddings the examples carry: a head is fitted to them beside the built-in features; nil:
    /// the built-in features only. The head comes on top of `sizeLimitBytes`, with a byte for every label and dimension.
    package var embeddingModel: String?
    package var seed: UInt64 = 1

    package init() {}

    /// The buckets for so many labels: a byte a weight, a bit a bucket, and what a label's name and numbers take.
    func resolvedBucketCount(labels: Int) -> Int {
        if let bucketCount { return bucketCount }
        let forWeights = sizeLimitBytes - 128 - labels * 48
        let fitting = 8 * forWeights / (8 * labels + 1)
        return min(max(fitting, TextFeaturizer.bucketCountRange.lowerBound), 1 << 16) / 8 * 8
    }
}

/// Where training stands.
package struct TrainingProgress: Sendable, Equatable {
    package enum Phase: String, Sendable { case features, validating, fitting, embeddings }
    package let phase: Phase
    package let done: Int
    package let total: Int
}
