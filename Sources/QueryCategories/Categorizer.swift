/// Decides which category a request belongs to: explicit, then structural rules, patterns, the classifier, `general`.
///
/// An immutable value: safe to share, no I/O, no clock. The same request and configuration always give the same category.
package final class Categorizer: Sendable {
    /// The category that always exists: what nothing else decides.
    package static let generalID = "general"
    /// Least probability with which the classifier's answer counts, unless the configuration says otherwise.
    package static let defaultThreshold = 0.35
    /// Least probability with which a later turn of a conversation changes its category.
    static let revisionThreshold = 0.8
    package static let categoryLimit = 1_000

    /// Category ids; `Categorization.category` indexes into them. The configured ones in their order; `general` is
    /// appended when it is not among them.
    package let ids: [String]
    /// Index of `general`.
    package let general: Int
    package let threshold: Double
    /// Version of what classifies texts, for the decision log: the hashes of the models in use, or `none`.
    package let version: String

    let definitions: [CategoryDefinition]
    let rules: [(category: Int, rule: CategoryRule)]
    /// The configured patterns, in the order of the categories.
    let patterns: PatternSet
    /// Those of the default taxonomy for the categories that are configured; asked after the configured ones.
    let builtInPatterns: PatternSet
    let model: CategoryModel?
    /// Index into `ids` by label of `model`; what is not configured counts as `general`.
    let modelCategories: [Int]
    let added: ExampleClassifier?
    private let indexOf: [String: Int]

    /// - Parameters:
    ///   - categories: the configured ones; none: those of `model`, or only `general` without a model. One with the id of a
    ///     default category inherits its description, rules, patterns and the built-in model's knowledge of it.
    ///   - model: a trained model instead of the built-in one.
    ///   - threshold: least probability with which the classifier's answer counts, in [0,1].
    /// - Throws: `invalid_category` or `invalid_pattern` naming the category.
    package init(
        categories: [CategoryDefinition], model: CategoryModel? = nil, threshold: Double? = nil
    ) throws(CategoryError) {
        var definitions = categories.isEmpty ? (model?.labels ?? []).map { CategoryDefinition(id: $0) } : categories
        let ownPatterns = definitions.map(\.patterns)
        var indexOf: [String: Int] = [:]
        for position in definitions.indices {
            let id = definitions[position].id
            guard Self.isValid(id: id) else {
                throw CategoryError(
                    .invalidCategory,
                    "invalid category id '\(id)': 1 to \(CategoryModel.labelBytesLimit) bytes, no spaces")
            }
            guard indexOf.updateValue(position, forKey: id) == nil else {
                throw CategoryError(.invalidCategory, "category '\(id)' is defined twice")
            }
            if model == nil, let base = DefaultTaxonomy.byID[id] {
                definitions[position].description = definitions[position].description ?? base.description
                if definitions[position] != base { definitions[position].rules += base.rules }
            }
        }
        if indexOf[Self.generalID] == nil {
            indexOf[Self.generalID] = definitions.count
            definitions.append(CategoryDefinition(id: Self.generalID))
        }
        let ids = definitions.map(\.id)
        guard definitions.count <= Self.categoryLimit else {
            throw CategoryError(.invalidCategory, "more than \(Self.categoryLimit) categories")
        }
        let threshold = threshold ?? Self.defaultThreshold
        guard (0...1).contains(threshold) else {
            throw CategoryError(.invalidCategory, "the threshold \(threshold) is not within 0 and 1")
        }

        var rules: [(category: Int, rule: CategoryRule)] = []
        for (category, definition) in definitions.enumerated() {
            for rule in definition.rules {
                guard !rule.isEmpty else {
                    throw CategoryError(.invalidCategory, "category '\(definition.id)': a rule states no condition")
                }
                rules.append((category, rule))
            }
        }
        var patterns: [PatternSet.Entry] = []
        for (category, sources) in ownPatterns.enumerated()
        where definitions[category] != DefaultTaxonomy.byID[ids[category]] {
            for source in sources {
                do throws(CategoryError) {
                    patterns.append(PatternSet.Entry(category: category, pattern: try TextPattern(source)))
                } catch {
                    throw CategoryError(error.code, "category '\(definitions[category].id)': \(error.message)")
                }
            }
        }
        var builtInPatterns: [PatternSet.Entry] = []
        if model == nil {
            for (category, id) in ids.enumerated() {
                builtInPatterns += (DefaultTaxonomy.patterns[id] ?? []).map {
                    PatternSet.Entry(category: category, pattern: $0)
                }
            }
        }

        let usesBuiltIn = model == nil && BuiltInModel.labels.contains { $0 != Self.generalID && indexOf[$0] != nil }
        let classifier = model ?? (usesBuiltIn ? BuiltInModel.model : nil)
        let added = try ExampleClassifier(categories: categories, indexOf: indexOf)
        let general = indexOf[Self.generalID] ?? 0
        self.definitions = definitions
        self.ids = ids
        self.general = general
        self.indexOf = indexOf
        self.rules = rules
        self.patterns = PatternSet(patterns)
        self.builtInPatterns = PatternSet(builtInPatterns)
        self.model = classifier
        self.modelCategories = classifier?.labels.map { indexOf[$0] ?? general } ?? []
        self.added = added
        self.threshold = threshold
        let versions = [classifier?.hash, added?.hash].compactMap { $0 }
        version = versions.isEmpty ? "none" : versions.joined(separator: "+")
    }

    /// The category of a request.
    ///
    /// The first user turn settles it. A later turn changes it only with evidence: a rule or pattern, or a classifier that
    /// is sure; after small talk or an undecided start, an ordinary answer is evidence enough.
    /// - Parameter explicit: the category the client named, if it named one.
    /// - Parameter embeddings: what is known of the embeddings of texts, by `embeddedText(of:)`; texts that are not in it are
    ///   judged by their words.
    /// - Throws: `unknown_category` when the client named one that does not exist.
    package func classify(
        _ features: QueryFeatures, explicit: String? = nil, embeddings: [String: EmbeddingScores] = [:]
    ) throws(CategoryError) -> Categorization {
        if let explicit {
            guard let category = indexOf[explicit] else {
                throw CategoryError(
                    .unknownCategory,
                    "unknown category '\(explicit)'; the categories are \(ids.joined(separator: ", "))")
            }
            return Categorization(category: category, id: explicit, confidence: 1, by: .explicit)
        }
        if let hit = rules.first(where: { $0.rule.holds(for: features) }) {
            return Categorization(category: hit.category, id: ids[hit.category], confidence: 1, by: .rule)
        }
        let first = classify(text: features.userText, embeddings: embeddings)
        guard let latest = features.latestUserText else { return first }
        let revised = classify(text: latest, embeddings: embeddings)
        let isOpen = first.by == .default || first.id == "chat" || first.id == Self.generalID
        return switch revised.by {
        case .pattern: revised
        case .classifier where isOpen || revised.confidence >= Self.revisionThreshold && !isSmallTalk(revised): revised
        default: first
        }
    }

    /// The category of one text by patterns and classifier.
    ///
    /// Greetings, thanks and marks of the role around the text are not looked at.
    package func classify(text: String, embeddings: [String: EmbeddingScores] = [:]) -> Categorization {
        let text = Boilerplate.trimmed(text)
        if let hit = pattern(in: text) {
            return Categorization(category: hit.category, id: ids[hit.category], confidence: 1, by: .pattern)
        }
        let scores = embeddings.isEmpty ? nil : embeddings[Self.capped(text)]
        guard let memberships = memberships(of: text, scores) else {
            return Categorization(category: general, id: Self.generalID, confidence: 1, by: .default)
        }
        var best = 0
        for category in memberships.indices where memberships[category] > memberships[best] { best = category }
        let isSure = memberships[best] >= threshold
        return Categorization(
            category: isSure ? best : general, id: isSure ? ids[best] : Self.generalID, confidence: memberships[best],
            by: isSure ? .classifier : .default, memberships: memberships,
            usesEmbedding: scores != nil && model?.head != nil)
    }

    /// The first pattern that is found: a configured one anywhere in the text, else a built-in one in the instruction.
    func pattern(in text: String) -> PatternSet.Entry? {
        if !patterns.isEmpty, let hit = TextPattern.withSearchedBytes(of: text, { patterns.first(in: $0) }) {
            return hit
        }
        guard !builtInPatterns.isEmpty else { return nil }
        return InstructionText(text).bytes.withUnsafeBufferPointer { builtInPatterns.first(in: $0) }
    }

    /// The classifier's probability of every category (sums to 1); nil when nothing classifies texts or there is no text.
    package func memberships(of text: String, _ scores: EmbeddingScores? = nil) -> [Double]? {
        guard model != nil || added != nil else { return nil }
        let tokens = TokenizedText(text)
        guard !tokens.tokens.isEmpty else { return nil }
        var result = [Double](repeating: 0, count: ids.count)
        var rest = 1.0
        if let added {
            let claims = added.claims(on: tokens)
            for claim in claims.own { result[claim.index] += claim.probability }
            rest = claims.rest
        }
        if let model {
            let features = model.featurizer.features(of: tokens)
            let probabilities =
                scores.map { model.probabilities(of: features, $0) } ?? model.probabilities(of: features)
            for (category, probability) in zip(modelCategories, probabilities) {
                result[category] += rest * probability
            }
        } else {
            result[general] += rest
        }
        return result
    }

    /// Thanks and "go on" do not change what a conversation is about.
    private func isSmallTalk(_ categorization: Categorization) -> Bool {
        categorization.id == "chat" || categorization.id == Self.generalID
    }

    static func isValid(id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= CategoryModel.labelBytesLimit && id.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
