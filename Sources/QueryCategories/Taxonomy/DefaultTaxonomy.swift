/// The categories that work out of the box: what the configuration's `categories: default` stands for.
///
/// A configured category with the id of one of these inherits its description, rules, patterns and what the built-in model
/// knows of it.
package enum DefaultTaxonomy {
    package static let categories: [CategoryDefinition] = [
        definition(
            "code", "Write, explain, fix or review programs, queries, scripts and configuration",
            patterns: [
                #"traceback \(most recent call last\)|#include ?[<"]|\bpublic static void main\b"#,
                #"(^|\n)def \w+\(.*\).*:|(^|\n)(from [\w.]+ )?import [\w.]+( as \w+)?\s"#,
                #"\b(python|javascript|typescript|java|c\+\+|c#|rust|kotlin|php|bash|sql) (code|script|function|program|query|class)\b"#,
                #"\b(write|create|implement) (a|an|me a) (\w+ )?(function|method|script|program|regex|sql query|class)\b"#,
            ], rules: [CategoryRule(isMostlyCode: true)]),
        definition("math", "Calculate, solve, prove; statistics and word problems"),
        definition("reasoning", "Puzzles, deduction, commonsense and causal judgement"),
        definition("question_answering", "Facts, definitions and explanations; multiple choice"),
        definition("extraction", "Take facts out of a given text, or answer from it"),
        definition(
            "classification", "Label, rate or sort given texts",
            patterns: [#"^\W*((please|can you|could you)\W+)*classify\b|\bwhat is the sentiment\b"#]),
        definition(
            "roleplay", "Play a person or a thing and stay in the part",
            patterns: [
                #"\b(want|like|need) you to (act|play|behave|pretend)\b|^\W*(please )?act (as|like) (an?|my|the|if)\b"#,
                #"\b(role-?play|role play)(ing)?\b|\b(stay in|break) character\b|^\W*pretend (to be|you are|you're|that you)\b"#,
            ]),
        definition(
            "summarization", "Say a given text in fewer words",
            patterns: [
                #"^\W*((please|can you|could you|now)\W+)*summari[sz]e\b|\bsummari[sz]e (this|the following|it|in)\b"#,
                #"\btl;?dr\b|\bsummary of (this|the (following|above|text|article))\b"#,
            ]),
        definition(
            "translation", "Carry a text into another language",
            patterns: [
                #"^\W*((please|can you|could you|now)\W+)*translate\b|\btranslate (this|it|the (following|text|sentence|above))\b"#,
                #"^\W*(traduce|traduis|traduzca|traduza|übersetze|переведи|przetłumacz|vertaal|traduci)\b"#,
                "^(请|把)?.*翻译成|^(请)?翻译|(英語|日本語|中国語)に(翻訳|訳)して",
            ]),
        definition("rewriting", "Correct, paraphrase or polish a given text"),
        definition(
            "creative_writing", "Compose stories, verse, scripts, articles, essays, letters, advertisements",
            patterns: [
                #"\b(write|tell|compose|create|generate) (me )?(an? |the )?([\w'-]+ )?([\w'-]+ )?(story|poem|haiku|sonnet|limerick|screenplay|fan ?fic(tion)?|song|lyrics|fairy ?tale|essay|blog post)\b"#
            ]),
        definition("chat", "Small talk, thanks, feelings, questions about the assistant"),
        definition("tool_use", "The request offers tools", rules: [CategoryRule(hasTools: true)]),
        definition("vision", "The request carries images", rules: [CategoryRule(hasImages: true)]),
        definition("general", "Advice, plans, ideas, and whatever nothing else decides"),
    ]

    /// The patterns by category, compiled once. They look at the first and the last lines of a text, where instructions stand.
    static let patterns: [String: [TextPattern]] = byID.mapValues { category in
        category.patterns.map { source in
            do {
                return try TextPattern(source, scope: .instruction)
            } catch {
                preconditionFailure("a built-in pattern cannot be read: \(error)")
            }
        }
    }

    static let byID: [String: CategoryDefinition] = Dictionary(uniqueKeysWithValues: categories.map { ($0.id, $0) })

    private static func definition(
        _ id: String, _ description: String, patterns: [String] = [], rules: [CategoryRule] = []
    ) -> CategoryDefinition {
        CategoryDefinition(id: id, description: description, patterns: patterns, rules: rules)
    }
}
