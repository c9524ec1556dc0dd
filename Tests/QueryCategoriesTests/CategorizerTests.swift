import QueryCategories
import Testing

@Suite("Categorizer")
struct CategorizerTests {
    private static let standard = try! Categorizer(categories: DefaultTaxonomy.categories)

    @Test("without categories everything is general, and says that nothing decided")
    func onlyGeneral() throws {
        let categorizer = try Categorizer(categories: [])
        #expect(categorizer.ids == ["general"])
        let result = try categorizer.classify(QueryFeatures(userText: "write python code"))
        #expect(result == Categorization(category: 0, id: "general", confidence: 1, by: .default))
        #expect(categorizer.version == "none")
    }

    @Test("general is added once, and may be configured")
    func general() throws {
        #expect(try Categorizer(categories: [CategoryDefinition(id: "legal")]).ids == ["legal", "general"])
        let own = try Categorizer(categories: [CategoryDefinition(id: "general"), CategoryDefinition(id: "legal")])
        #expect(own.ids == ["general", "legal"] && own.general == 0)
    }

    @Test("the order is explicit, rule, pattern, classifier, default")
    func order() throws {
        let categorizer = try Categorizer(categories: [
            CategoryDefinition(id: "legal", patterns: [#"\bcontract\b"#]),
            CategoryDefinition(id: "agents", rules: [CategoryRule(hasTools: true)]),
            CategoryDefinition(id: "code"), CategoryDefinition(id: "translation"),
        ])
        var features = QueryFeatures(userText: "write python code that checks a contract", hasTools: true)
        #expect(try categorizer.classify(features, explicit: "translation").by == .explicit)
        #expect(try categorizer.classify(features, explicit: "translation").id == "translation")
        #expect(try categorizer.classify(features).id == "agents")
        #expect(try categorizer.classify(features).by == .rule)
        features.hasTools = false
        let byPattern = try categorizer.classify(features)
        #expect(byPattern.id == "legal" && byPattern.by == .pattern && byPattern.confidence == 1)
        features.userText = "my docker container cannot reach postgres, how do i fix the compose file"
        let byClassifier = try categorizer.classify(features)
        #expect(byClassifier.id == "code" && byClassifier.by == .classifier && byClassifier.confidence > 0.5)
        #expect(byClassifier.memberships?.count == categorizer.ids.count)
        features.userText = "zxqv brmf"
        #expect(try categorizer.classify(features).id == "general")
        features.userText = ""
        #expect(try categorizer.classify(features).by == .default)
    }

    @Test("an unknown explicit category is the client's error, and names those there are")
    func unknownExplicit() {
        let error = #expect(throws: CategoryError.self) {
            try Self.standard.classify(QueryFeatures(userText: "hi"), explicit: "Code")
        }
        #expect(error?.code == .unknownCategory)
        #expect(error?.code.rawValue == "unknown_category")
        #expect(error?.message.contains("'Code'") == true && error?.message.contains("code, math") == true)
    }

    @Test("configuration errors name the category")
    func invalidConfiguration() {
        func message(_ categories: [CategoryDefinition], threshold: Double? = nil) -> String? {
            #expect(throws: CategoryError.self) { try Categorizer(categories: categories, threshold: threshold) }?
                .message
        }
        let twice = [CategoryDefinition(id: "a"), CategoryDefinition(id: "a")]
        #expect(message(twice)?.contains("'a' is defined twice") == true)
        #expect(message([CategoryDefinition(id: "")])?.contains("invalid category id ''") == true)
        #expect(message([CategoryDefinition(id: "a b")])?.contains("'a b'") == true)
        let pattern = message([CategoryDefinition(id: "legal", patterns: ["ok", "(law"])])
        #expect(pattern?.contains("category 'legal'") == true && pattern?.contains("'(law'") == true)
        let example = message([CategoryDefinition(id: "legal", examples: ["a lease", "  "])])
        #expect(example == "category 'legal': example 2 is empty")
        let rule = message([CategoryDefinition(id: "legal", rules: [CategoryRule()])])
        #expect(rule?.contains("states no condition") == true)
        #expect(message([], threshold: 1.5)?.contains("1.5") == true)
    }

    @Test("a category known by its id alone brings what the default taxonomy knows of it")
    func inherited() throws {
        let categorizer = try Categorizer(categories: [
            CategoryDefinition(id: "translation"), CategoryDefinition(id: "vision"),
        ])
        #expect(categorizer.classify(text: "translate this into dutch: good evening").by == .pattern)
        #expect(categorizer.classify(text: "what is the japanese word for rain").id == "translation")
        #expect(categorizer.classify(text: "write a python function").id == "general")
        let features = QueryFeatures(userText: "what is this", hasImages: true)
        #expect(try categorizer.classify(features).id == "vision")
    }

    @Test("a category given by a handful of examples is recognised in other words")
    func byExamples() throws {
        let legal = CategoryDefinition(
            id: "legal",
            examples: [
                "can my landlord keep the deposit", "review the termination clause in this contract",
                "is a verbal agreement legally binding", "what are my rights if i was fired without notice",
                "draft a non disclosure agreement", "who is liable for damage to a rented car",
            ])
        let categorizer = try Categorizer(categories: DefaultTaxonomy.categories + [legal])
        for text in [
            "does my landlord have the right to raise the deposit", "is this clause in the contract binding",
            "am i liable if my dog bites someone", "my employer fired me without notice, what are my rights",
        ] {
            #expect(categorizer.classify(text: text).id == "legal", "\(text)")
        }
        #expect(categorizer.version != Self.standard.version)
        #expect(categorizer.version.hasPrefix(Self.standard.version + "+ex-"))
    }

    @Test("adding a category by examples moves nothing between the others")
    func othersKeepTheirPlace() throws {
        let added = CategoryDefinition(
            id: "cooking_wine", examples: ["which wine goes with roast duck", "how long does an open port keep"])
        let categorizer = try Categorizer(categories: DefaultTaxonomy.categories + [added])
        let changed = GoldenPrompts.all.filter {
            categorizer.classify(text: $0.text).id != Self.standard.classify(text: $0.text).id
        }
        #expect(changed.count <= 1, "\(changed.map(\.text))")
    }

    @Test("labels of a model that are not configured count as general")
    func partialModel() throws {
        let (model, _) = try CategoryModel.train(CategoryModelTests.rows)
        let all = try Categorizer(categories: [], model: model)
        #expect(all.ids == ["travel", "bank", "food", "general"])
        #expect(all.classify(text: "boil two eggs").id == "food")
        let some = try Categorizer(categories: [CategoryDefinition(id: "bank")], model: model)
        #expect(some.ids == ["bank", "general"])
        #expect(some.classify(text: "boil two eggs").id == "general")
        #expect(some.classify(text: "transfer money to my account").id == "bank")
        #expect(some.version == model.hash)
    }

    @Test("below the threshold the category is general, and the best guess's probability is told")
    func threshold() throws {
        let bold = try Categorizer(categories: DefaultTaxonomy.categories, threshold: 0)
        let shy = try Categorizer(categories: DefaultTaxonomy.categories, threshold: 1)
        let text = "why do onions make you cry"
        #expect(bold.classify(text: text).by == .classifier)
        let abstained = shy.classify(text: text)
        #expect(abstained.by == .default && abstained.id == "general")
        #expect(abstained.confidence == bold.classify(text: text).confidence && abstained.confidence < 1)
        #expect(abs((abstained.memberships ?? []).reduce(0, +) - 1) < 1e-9)
    }

    @Test(
        "the first turn settles a conversation; a later one needs evidence",
        arguments: [
            ("fix this python function please", "thanks!", "code"),
            ("fix this python function please", "go on", "code"),
            ("fix this python function please", "and why is that", "code"),
            ("fix this python function please", "translate the comments: translate this into french", "translation"),
            ("hello", "solve the equation x^2 - 5x + 6 = 0", "math"),
            ("Solve the equation 3x + 2 = 11", "write me a bedtime story about a fox", "creative_writing"),
            ("Solve the equation 3x + 2 = 11", "are you sure? check it again", "math"),
        ])
    func conversations(first: String, latest: String, expected: String) throws {
        let features = QueryFeatures(userText: first, latestUserText: latest, turnCount: 2)
        #expect(try Self.standard.classify(features).id == expected)
    }

    @Test("the same request is always the same")
    func deterministic() throws {
        for prompt in GoldenPrompts.all.prefix(10) {
            let features = QueryFeatures(userText: prompt.text)
            #expect(try Self.standard.classify(features) == Self.standard.classify(features))
        }
    }

    @Test("an explanation shows the rules and patterns that fired and the words that spoke")
    func explanation() throws {
        var features = QueryFeatures(userText: "what is the japanese word for rain")
        let plain = try Self.standard.explain(features)
        #expect(plain.categorization.id == "translation" && plain.rules.isEmpty)
        #expect(plain.features.contains { $0.name.contains("word for") || $0.name.contains("japan") })
        #expect(plain.features.count > 4 && plain.features.count <= 12 && plain.features.allSatisfy { $0.weight > 0 })
        #expect(zip(plain.features, plain.features.dropFirst()).allSatisfy { $0.weight >= $1.weight })
        #expect(plain.alternatives.first?.id == "translation" && plain.version.hasPrefix("cm-"))
        features.hasTools = true
        features.userText = "translate this: hello"
        let both = try Self.standard.explain(features)
        #expect(both.rules == ["tool_use: tools"])
        #expect(both.patterns.count == 1 && both.patterns[0].hasPrefix("translation: "))
        #expect(both.categorization.by == .rule)
    }

    @Test("texts whose characters stand across any border are read to their end")
    func borders() {
        for mark in ["é", "请", "😀"] {
            for length in 295...312 {
                for shift in 0..<4 {
                    let text = String(repeating: "a", count: shift) + String(repeating: mark, count: length)
                    #expect(Self.standard.classify(text: text).id == Self.standard.classify(text: text + "  ").id)
                }
            }
        }
        for length in 10_230...10_250 {
            let text = "summarize this: " + String(repeating: "请", count: length / 3) + "ab"
            #expect(Self.standard.classify(text: text).id == "summarization")
        }
    }
}
