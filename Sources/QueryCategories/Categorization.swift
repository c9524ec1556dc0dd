/// The category of one request, how sure that is, and what decided it.
package struct Categorization: Sendable, Equatable {
    /// What decided, in the order in which they are asked.
    package enum Source: String, Sendable, CaseIterable {
        /// The client named the category (header or body).
        case explicit
        /// A structural rule: tools, images, JSON output, code.
        case rule
        /// A configured or built-in pattern.
        case pattern
        /// The text classifier.
        case classifier
        /// Nothing else decided: `general`.
        case `default`
    }

    /// Index into `Categorizer.ids`.
    package let category: Int
    package let id: String
    /// In [0,1]: 1 for explicit, rule and pattern; the calibrated probability for the classifier; for `default` the
    /// probability of the best category that was not sure enough.
    package let confidence: Double
    package let by: Source
    /// The classifier's probability of every category of `Categorizer.ids` (sums to 1), where it was asked.
    package let memberships: [Double]?
    /// Whether the classifier looked at the text's embedding beside its words.
    package let usesEmbedding: Bool

    package init(
        category: Int, id: String, confidence: Double, by: Source, memberships: [Double]? = nil,
        usesEmbedding: Bool = false
    ) {
        self.category = category
        self.id = id
        self.confidence = confidence
        self.by = by
        self.memberships = memberships
        self.usesEmbedding = usesEmbedding
    }
}
