/// Example utterances of the default taxonomy, written for this project: one a line, with slots.
///
/// `[a|b|]` stands for one of its alternatives, `@name` for an entry of `TaxonomyLexicon`, `\n` for a line break.
/// Expanding them gives the classifier thousands of wordings whose topics are the same for all categories.
package enum TaxonomyUtterances {
    /// By category id, in the order of the default taxonomy.
    static let all: [(id: String, lines: String)] = [
        ("code", code), ("math", math), ("reasoning", reasoning), ("question_answering", questionAnswering),
        ("extraction", extraction), ("summarization", summarization), ("classification", classification),
        ("translation", translation), ("rewriting", rewriting), ("creative_writing", creativeWriting),
        ("roleplay", roleplay), ("chat", chat), ("general", general),
    ]
}
