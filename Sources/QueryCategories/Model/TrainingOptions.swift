/// One labelled utterance.
package struct LabelledText: Sendable, Equatable {
    package var text: String
    package var label: String
    /// Where it comes from: whole sources can be held out, which tells more than held-out rows do.
    package var source: String?

    package init(text: String, label: String, source: String? = nil) {
        self.text = text
        self.label = label
        self.source = source
    }
}

/// How a category model is trained; the defaults serve from hundreds to tens of thousands of prompts.
package struct TrainingOptions: Sendable, Equatable {
    /// Passes over the data.
    package var epochs = 16
    /// Step size of AdaGrad.
    package var learningRate: Float = 1.5
    /// Part of the features left out of every example in every pass, in 0..<1: the model learns not to lean on one word,
    /// which is what makes it survive typos and unseen wording.
    package var featureDropout = 0.25
    /// Probability mass taken from the label and spread over all, in 0..<1.
    package var labelSmoothing: Float = 0.1
    /// Strength with which rare labels are weighed up: 0 not at all, 1 to equal weight.
    package var balance = 0.5
    /// Part of the rows (by label) that calibrate and report, in 0..<1; the final model learns from all rows.
    package var heldOut = 0.1
    /// Buckets of the hashing, as a power of two; nil: as many as keep the model within `sizeLimitBytes`, at most 2^16.
    package var bucketBits: Int?
    package var sizeLimitBytes = 2_000_000
    package var seed: UInt64 = 1

    package init() {}

    /// The bucket bits for so many labels.
    func resolvedBucketBits(labels: Int) -> Int {
        if let bucketBits { return bucketBits }
        var bits = 16
        while bits > TextFeaturizer.bucketBitsRange.lowerBound, labels << bits > sizeLimitBytes { bits -= 1 }
        return bits
    }
}

/// Where training stands.
package struct TrainingProgress: Sendable, Equatable {
    package enum Phase: String, Sendable { case features, validating, fitting }
    package let phase: Phase
    package let done: Int
    package let total: Int
}
