import QueryCategories
import Testing

@Suite("Patterns asked together")
struct PatternSetTests {
    @Test("the first configured pattern that matches decides, as if each were asked alone")
    func agreesWithSinglePatterns() throws {
        var generator = Lehmer(state: 21)
        let words = ["invoice", "Contract", "lease", "übermut", "请翻译", "SQL", "select", "a.b", "#include", "été", "k"]
        let atoms =
            words.map { $0.replacing(".", with: #"\."#) } + [
                "(invoice|lease) (of|for)", #"\bsql\b"#, "colou?r", "[xy]z+", "sel.ct", "(?m)^lease$", #"\d{2,}"#,
                #"\p{Han}{2}"#, "(a|b)*c", "^select", "lease$", "[^a-z ]e",
            ]
        var decided = 0
        for _ in 0..<60 {
            // More than one group of 64 now and then.
            let sources = (0..<(1 + generator.below(90))).map { _ in
                (0..<(1 + generator.below(2))).map { _ in atoms[generator.below(atoms.count)] }.joined(separator: ".*")
            }
            let patterns = try sources.map { try TextPattern($0) }
            let categorizer = try Categorizer(
                categories: sources.enumerated().map { CategoryDefinition(id: "c\($0.offset)", patterns: [$0.element]) }
            )
            for _ in 0..<20 {
                let text = (0..<generator.below(9)).map { _ in
                    let word =
                        generator.below(3) == 0 ? "filler\(generator.below(30))" : words[generator.below(words.count)]
                    return generator.below(4) == 0 ? word.uppercased() : word
                }.joined(separator: [" ", "\n", " of "][generator.below(3)])
                // What is taken off before a text is looked at is not in these.
                let expected = patterns.firstIndex { $0.matches(text) }
                let result = categorizer.classify(text: text)
                #expect(result.id == expected.map { "c\($0)" } ?? "general", "\(text) by \(sources)")
                decided += expected == nil ? 0 : 1
            }
        }
        #expect(decided > 500)
    }

    @Test("the explanation names every pattern that matches, in their order")
    func all() throws {
        let categorizer = try Categorizer(categories: [
            CategoryDefinition(id: "a", patterns: ["second", "missing"]),
            CategoryDefinition(id: "b", patterns: ["first"]),
        ])
        let explanation = try categorizer.explain(QueryFeatures(userText: "the first and the second"))
        #expect(explanation.patterns == ["a: second", "b: first"])
    }
}
