/// One category as the configuration or the default taxonomy states it; only `id` is required.
package struct CategoryDefinition: Sendable, Equatable {
    package var id: String
    package var description: String?
    /// Utterances that belong here, as users would write them.
    package var examples: [String]
    /// Case-insensitive regular expressions searched in the user's text (see `TextPattern` for the syntax).
    package var patterns: [String]
    /// Shapes of request that belong here whatever they say.
    package var rules: [CategoryRule]

    package init(
        id: String, description: String? = nil, examples: [String] = [], patterns: [String] = [],
        rules: [CategoryRule] = []
    ) {
        self.id = id
        self.description = description
        self.examples = examples
        self.patterns = patterns
        self.rules = rules
    }
}
