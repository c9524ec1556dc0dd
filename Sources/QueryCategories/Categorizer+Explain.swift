/// Why a text has the category it has.
package struct CategoryExplanation: Sendable, Equatable {
    package struct Feature: Sendable, Equatable {
        /// A word, a pair of words, or a piece of a word between ‹ ›.
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
    /// What spoke loudest for the best category of the classifier, strongest first.
    package let features: [Feature]
    /// All categories with a probability of at least 1 %, likeliest first.
    package let alternatives: [Alternative]
    package let version: String
}

extension Categorizer {
    /// Everything that bears on a request's category, whatever decided it; for people, not for the request path.
    package func explain(_ features: QueryFeatures, featureLimit: Int = 12) throws(CategoryError) -> CategoryExplanation {
        let categorization = try classify(features)
        let probabilities = memberships(of: features.userText) ?? []
        let ranked = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
        return CategoryExplanation(
            categorization: categorization,
            rules: rules.filter { $0.rule.holds(for: features) }.map { "\(ids[$0.category]): \($0.rule.summary)" },
            patterns: patterns.filter { $0.pattern.matches(features.userText) }
                .map { "\(ids[$0.category]): \($0.pattern.source)" },
            features: ranked.first.map { contributions(to: $0, in: features.userText, limit: featureLimit) } ?? [],
            alternatives: ranked.filter { probabilities[$0] >= 0.01 }
                .map { CategoryExplanation.Alternative(id: ids[$0], probability: probabilities[$0]) },
            version: version)
    }

    private func contributions(to category: Int, in text: String, limit: Int) -> [CategoryExplanation.Feature] {
        var result: [CategoryExplanation.Feature] = []
        if let model, let label = modelCategories.firstIndex(of: category) {
            result += model.contributions(to: label, in: text)
        }
        if let added, let label = added.categories.firstIndex(of: category) {
            result += added.model.contributions(to: label, in: text)
        }
        return Array(result.sorted { $0.weight > $1.weight }.prefix(limit))
    }
}

extension CategoryModel {
    /// Positive contributions of the features of `text` to one label's logit, against the mean over the labels.
    func contributions(to label: Int, in text: String) -> [CategoryExplanation.Feature] {
        var names = ShortestNames()
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

/// The shortest name of a bucket is the easiest to read; collisions within one text are rare.
private struct ShortestNames: FeatureNaming {
    var byBucket: [UInt32: String] = [:]

    mutating func name(_ bucket: UInt32, _ text: @autoclosure () -> String) {
        let text = text()
        if text.count < byBucket[bucket]?.count ?? .max { byBucket[bucket] = text }
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
        if let minimumBytes { parts.append("at least \(minimumBytes) bytes") }
        if let maximumBytes { parts.append("at most \(maximumBytes) bytes") }
        if let minimumTurns { parts.append("at least \(minimumTurns) turns") }
        if let systemPromptHash { parts.append("system prompt \(systemPromptHash)") }
        return parts.joined(separator: ", ")
    }
}
