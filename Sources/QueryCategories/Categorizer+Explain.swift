/// Why a text has the category it has.
package struct CategoryExplanation: Sendable, Equatable {
    package struct Feature: Sendable, Equatable {
        /// A word with its pieces, a pair of words, or between … a word of the middle of a long text.
        package let name: String
        /// What it adds to the score of the chosen category, against the average category, in logits.
        package let weight: Double
    }

    package struct Alternative: Sendable, Equatable {
        package let id: String
        package let probability: Double
    }

    package let categorization: Categorization
    /// The rules that hold, as `category: condition`.
    package let rules: [String]
    /// The patterns that match, as `category: pattern`.
    package let patterns: [String]
    /// The words that spoke loudest for the best category of the classifier, strongest first.
    package let features: [Feature]
    /// All categories with a probability of at least 1 %, likeliest first.
    package let alternatives: [Alternative]
    package let version: String
}

extension Categorizer {
    /// Everything that bears on a request's category, whatever decided it; for people, not for the request path.
    package func explain(
        _ features: QueryFeatures, embeddings: [String: EmbeddingScores] = [:], featureLimit: Int = 12
    ) throws(CategoryError) -> CategoryExplanation {
        let categorization = try classify(features, embeddings: embeddings)
        let text = Boilerplate.trimmed(features.userText)
        let fired =
            TextPattern.withSearchedBytes(of: text) { patterns.all(in: $0) }
            + InstructionText(text).bytes.withUnsafeBufferPointer { builtInPatterns.all(in: $0) }
        let probabilities = memberships(of: text, embeddings[Self.capped(text)]) ?? []
        let ranked = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
        return CategoryExplanation(
            categorization: categorization,
            rules: rules.filter { $0.rule.holds(for: features) }.map { "\(ids[$0.category]): \($0.rule.summary)" },
            patterns: fired.map { "\(ids[$0.category]): \($0.pattern.source)" },
            features: ranked.first.map { contributions(to: $0, in: text, limit: featureLimit) } ?? [],
            alternatives: ranked.filter { probabilities[$0] >= 0.01 }
                .map { CategoryExplanation.Alternative(id: ids[$0], probability: probabilities[$0]) },
            version: version(usingEmbedding: categorization.usesEmbedding))
    }

    private func contributions(to category: Int, in text: String, limit: Int) -> [CategoryExplanation.Feature] {
        var result: [CategoryExplanation.Feature] = []
        if let model, let label = modelCategories.firstIndex(of: category) {
            result += model.contributions(to: label, in: text)
        }
        if let added {
            var names = FirstNames()
            let features = TextFeaturizer().features(of: TokenizedText(text), naming: &names)
            for (bucket, weight) in added.shared(with: category, features: features) where weight > 0 {
                guard let name = names.byBucket[bucket] else { continue }
                result.append(CategoryExplanation.Feature(name: name, weight: Double(weight)))
            }
        }
        // The pieces of a word speak through the word.
        let byName = result.reduce(into: [String: Double]()) { $0[$1.name, default: 0] += $1.weight }
        let ranked = byName.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        return ranked.map { CategoryExplanation.Feature(name: $0.key, weight: $0.value) }
    }
}

extension CategoryModel {
    /// Positive contributions of the features of `text` to one label's logit, against the mean over the labels.
    func contributions(to label: Int, in text: String) -> [CategoryExplanation.Feature] {
        var names = FirstNames()
        let features = featurizer.features(of: TokenizedText(text), naming: &names)
        return zip(features.indices, features.values).compactMap { bucket, value in
            let row = weights[Int(bucket) * labels.count..<(Int(bucket) + 1) * labels.count]
            let logits = zip(row, scales).map { Float($0) * $1 }
            let mean = logits.reduce(0, +) / Float(labels.count)
            let weight = Double(value * (logits[label] - mean)) / temperature
            guard weight > 0, let name = names.byBucket[bucket] else { return nil }
            return CategoryExplanation.Feature(name: name, weight: weight)
        }
    }
}

/// The first name of a bucket stands; collisions within one text are rare.
private struct FirstNames: FeatureNaming {
    var byBucket: [UInt32: String] = [:]

    mutating func name(_ bucket: UInt32, _ text: @autoclosure () -> String) {
        if byBucket[bucket] == nil { byBucket[bucket] = text() }
    }
}

extension CategoryRule {
    /// The conditions in words, for explanations.
    var summary: String {
        var parts: [String] = []
        if let hasTools { parts.append(hasTools ? "tools" : "no tools") }
        if let hasImages { parts.append(hasImages ? "images" : "no images") }
        if let wantsJSON { parts.append(wantsJSON ? "JSON output" : "free output") }
        if let isMostlyCode { parts.append(isMostlyCode ? "mostly fenced code" : "not mostly code") }
        if let script { parts.append("\(script.rawValue) script") }
        if let language { parts.append("language \(language.rawValue)") }
        if let minimumBytes { parts.append("at least \(minimumBytes) bytes") }
        if let maximumBytes { parts.append("at most \(maximumBytes) bytes") }
        if let minimumTurns { parts.append("at least \(minimumTurns) turns") }
        if let systemPromptHash { parts.append("system prompt \(systemPromptHash)") }
        return parts.joined(separator: ", ")
    }
}
