/// Decides which category a request belongs to: explicit, then structural rules, patterns, the classifier, `general`.
///
/// An immutable value: safe to share, no I/O, no clock. The same request and configuration always give the same category.
package struct Categorizer: Sendable {
    /// The category that always exists: what nothing else decides.
    package static let generalID = "general"

    /// Category ids; `Categorization.category` indexes into them. The configured ones in their order; `general` is
    /// appended when it is not among them.
    package let ids: [String]
    /// Index of `general`.
    package let general: Int
    /// Least confidence with which the classifier's answer counts; below it the category is `general`.
    package let threshold: Double
    /// Version of what classifies: the model's hash and that of the examples added to it. The decision logs it.
    package let version: String

    private let indexOf: [String: Int]
    private let patterns: [[TextPattern]]
    private let model: CategoryModel?

    package init(
        categories: [CategoryDefinition], model: CategoryModel? = nil, threshold: Double? = nil
    ) throws(CategoryError) {
        var ids: [String] = []
        var indexOf: [String: Int] = [:]
        var patterns: [[TextPattern]] = []
        for category in categories {
            guard !category.id.isEmpty, indexOf[category.id] == nil else {
                throw CategoryError(
                    .invalidCategory,
                    category.id.isEmpty ? "a category's id is empty" : "category '\(category.id)' is defined twice")
            }
            indexOf[category.id] = ids.count
            ids.append(category.id)
            var compiled: [TextPattern] = []
            for pattern in category.patterns {
                do throws(CategoryError) {
                    compiled.append(try TextPattern(pattern))
                } catch {
                    throw CategoryError(.invalidPattern, "category '\(category.id)': \(error.message)")
                }
            }
            patterns.append(compiled)
        }
        if categories.isEmpty, let model {
            for label in model.labels {
                indexOf[label] = ids.count
                ids.append(label)
                patterns.append([])
            }
        }
        if indexOf[Self.generalID] == nil {
            indexOf[Self.generalID] = ids.count
            ids.append(Self.generalID)
            patterns.append([])
        }
        self.ids = ids
        self.indexOf = indexOf
        self.patterns = patterns
        self.model = model
        self.threshold = threshold ?? 0.4
        general = indexOf[Self.generalID]!
        version = model?.hash ?? "none"
    }

    /// The category of a request.
    /// - Parameter explicit: the category the client named, if it named one.
    /// - Throws: `unknown_category` when the client named one that does not exist.
    package func classify(
        _ features: QueryFeatures, explicit: String? = nil
    ) throws(CategoryError) -> Categorization {
        if let explicit {
            guard let category = indexOf[explicit] else {
                throw CategoryError(
                    .unknownCategory,
                    "unknown category '\(explicit)'; the categories are \(ids.joined(separator: ", "))")
            }
            return Categorization(category: category, id: explicit, confidence: 1, by: .explicit)
        }
        for (category, patterns) in patterns.enumerated() where patterns.contains(where: { $0.matches(features.userText) })
        {
            return Categorization(category: category, id: ids[category], confidence: 1, by: .pattern)
        }
        guard let model else { return Categorization(category: general, id: Self.generalID, confidence: 1, by: .default) }
        var memberships = [Double](repeating: 0, count: ids.count)
        for (label, probability) in zip(model.labels, model.probabilities(of: features.userText)) {
            memberships[indexOf[label] ?? general] += probability
        }
        let best = memberships.indices.max { memberships[$0] < memberships[$1] } ?? general
        let isSure = memberships[best] >= threshold
        return Categorization(
            category: isSure ? best : general, id: isSure ? ids[best] : Self.generalID, confidence: memberships[best],
            by: isSure ? .classifier : .default, memberships: memberships)
    }
}
