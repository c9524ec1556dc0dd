import RealModule

/// Categories given by examples in the configuration, put in front of a model that was trained without them.
///
/// A text belongs to such a category when it is more like the category's examples than the built-in utterances, which stand
/// for all other traffic, nearly ever are. What no category claims is shared out by the model behind, so adding a category
/// moves no border between the others, and their cells keep what they learned. Likeness is the cosine of features weighed by
/// their rarity: "landlord" says more than "does my".
struct ExampleClassifier: Sendable {
    /// Part of all other traffic that a category may claim at even odds.
    private static let falseClaims = 0.002
    /// Weight of the nearest example against the mean of all.
    private static let nearestWeight: Float = 0.7

    struct Category: Sendable {
        /// Index into the categorizer's ids.
        let index: Int
        let examples: Range<Int>
        /// Likeness at which the odds are even, and that by which they grow e-fold.
        var border: Float = 0
        var spread: Float = 1
    }

    /// Version: a hash of ids and examples.
    let hash: String
    private(set) var categories: [Category] = []
    private let featurizer = TextFeaturizer()
    private let rarity: [Float]
    /// Examples by bucket: `postings[starts[b]..<starts[b + 1]]`.
    private let starts: [Int32]
    private let postings: [(example: Int32, value: Float)]

    /// Nil when no category has examples.
    init?(categories definitions: [CategoryDefinition], indexOf: [String: Int]) throws(CategoryError) {
        let withExamples = definitions.filter { !$0.examples.isEmpty }
        guard !withExamples.isEmpty else { return nil }
        let background = BuiltInModel.examples
        let backgroundFeatures = background.map { [featurizer] in featurizer.features(of: $0.text) }
        rarity = Self.rarity(of: backgroundFeatures, buckets: featurizer.bucketCount)

        var vectors: [SparseFeatures] = []
        var content = ""
        for category in withExamples {
            let first = vectors.count
            for (position, example) in category.examples.enumerated() {
                let features = Self.weighed(featurizer.features(of: example), by: rarity)
                guard features.count > 0 else {
                    throw CategoryError(.invalidCategory, "category '\(category.id)': example \(position + 1) is empty")
                }
                vectors.append(features)
                content += "\(category.id)\u{1}\(example)\u{2}"
            }
            self.categories.append(Category(index: indexOf[category.id] ?? 0, examples: first..<vectors.count))
        }
        hash = "ex-" + CategoryRule.systemPromptHash(content)
        (starts, postings) = Self.index(vectors, buckets: featurizer.bucketCount)

        let scores = backgroundFeatures.map { likenesses(of: $0) }
        for position in categories.indices {
            let others = zip(background, scores).filter { indexOf[$0.0.label] != categories[position].index }
            let ranked = others.map { $0.1[position] }.sorted()
            let border =
                ranked.isEmpty ? 0.2 : ranked[Int(saturating: Double(ranked.count - 1) * (1 - Self.falseClaims))]
            // Few examples leave little to compare with: the border is never below a shared rare word or two.
            categories[position].border = max(0.08, border)
            categories[position].spread = max(0.015, categories[position].border / 4)
        }
    }

    /// Probability of every category of this classifier, and of the rest.
    func claims(on text: TokenizedText) -> (own: [(index: Int, probability: Double)], rest: Double) {
        let scores = likenesses(of: featurizer.features(of: text))
        let odds = zip(categories, scores).map { Double.exp(Double(min(40, ($1 - $0.border) / $0.spread))) }
        let total = 1 + odds.reduce(0, +)
        return (zip(categories, odds).map { ($0.index, $1 / total) }, 1 / total)
    }

    /// What a text shares with the examples of one category, by bucket.
    func shared(with index: Int, features: SparseFeatures) -> [(bucket: UInt32, weight: Float)] {
        guard let category = categories.first(where: { $0.index == index }) else { return [] }
        let own = Self.weighed(features, by: rarity)
        return zip(own.indices, own.values).map { bucket, value in
            let sum = postings[Int(starts[Int(bucket)])..<Int(starts[Int(bucket) + 1])]
                .filter { category.examples.contains(Int($0.example)) }.reduce(0) { $0 + $1.value }
            return (bucket, value * sum / category.spread / Float(category.examples.count))
        }
    }

    /// By category: a mix of the cosine with the nearest example and the mean of all.
    private func likenesses(of features: SparseFeatures) -> [Float] {
        let own = Self.weighed(features, by: rarity)
        var cosines = [Float](repeating: 0, count: categories.last?.examples.upperBound ?? 0)
        for (bucket, value) in zip(own.indices, own.values) {
            for position in starts[Int(bucket)]..<starts[Int(bucket) + 1] {
                let posting = postings[Int(position)]
                cosines[Int(posting.example)] += value * posting.value
            }
        }
        return categories.map { category in
            let range = cosines[category.examples]
            let mean = range.reduce(0, +) / Float(range.count)
            return Self.nearestWeight * (range.max() ?? 0) + (1 - Self.nearestWeight) * mean
        }
    }

    /// Squared inverse document frequency over the background: features are counted twice in a cosine.
    private static func rarity(of documents: [SparseFeatures], buckets: Int) -> [Float] {
        var counts = [Float](repeating: 0, count: buckets)
        for document in documents { for bucket in document.indices { counts[Int(bucket)] += 1 } }
        return counts.map { Float.log(Float(1 + documents.count) / (1 + $0)) }
    }

    private static func weighed(_ features: SparseFeatures, by rarity: [Float]) -> SparseFeatures {
        var result = features
        var squares: Float = 0
        for position in 0..<result.count {
            result.values[position] *= rarity[Int(result.indices[position])]
            squares += result.values[position] * result.values[position]
        }
        guard squares > 0 else { return result }
        let scale = 1 / squares.squareRoot()
        for position in 0..<result.count { result.values[position] *= scale }
        return result
    }

    private static func index(
        _ vectors: [SparseFeatures], buckets: Int
    ) -> (starts: [Int32], postings: [(example: Int32, value: Float)]) {
        var starts = [Int32](repeating: 0, count: buckets + 1)
        for vector in vectors { for bucket in vector.indices { starts[Int(bucket) + 1] += 1 } }
        for bucket in 0..<buckets { starts[bucket + 1] += starts[bucket] }
        var next = starts
        var postings = [(example: Int32, value: Float)](repeating: (0, 0), count: Int(starts[buckets]))
        for (example, vector) in vectors.enumerated() {
            for (bucket, value) in zip(vector.indices, vector.values) {
                postings[Int(next[Int(bucket)])] = (Int32(example), value)
                next[Int(bucket)] += 1
            }
        }
        return (starts, postings)
    }
}
