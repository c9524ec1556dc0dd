import QueryCategories
import Testing

@Suite("Embeddings as features")
struct EmbeddingTests {
    /// A made-up embedding model: a direction by topic, and noise.
    static func vector(topic: Int, _ generator: inout Lehmer, dimension: Int = 16) -> [Float] {
        (0..<dimension).map { place in
            (place == topic ? 1 : 0) + Float(generator.below(1_000)) / 1_000 * 0.6 - 0.3
        }
    }

    /// Words that say nothing of the label, and vectors that say nearly all.
    static let rows: [LabelledText] = {
        var generator = Lehmer(state: 11)
        return (0..<300).map { row in
            let topic = row % 3
            let words = (0..<6).map { _ in "word\(generator.below(40))" }.joined(separator: " ")
            return LabelledText(
                text: words, label: ["travel", "bank", "food"][topic], embedding: vector(topic: topic, &generator))
        }
    }()

    static func options(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOptions {
        var options = TrainingOptions()
        options.epochs = 6
        options.embeddingModel = "embed-1"
        change(&options)
        return options
    }

    static let trained = try! CategoryModel.train(rows, options: options())

    @Test("a head learns what words cannot tell, and the report says what each kind of features is worth")
    func learns() throws {
        let (model, report) = Self.trained
        let embeddings = try #require(report.embeddings)
        #expect(report.accuracy < 0.6, "the words were to say nothing: \(report.accuracy)")
        #expect(embeddings.accuracy >= 0.95 && embeddings.aloneAccuracy >= 0.95, "\(embeddings)")
        #expect(embeddings.logLoss < report.logLoss)
        #expect(embeddings.model == "embed-1" && embeddings.dimension == 16)
        let head = try #require(model.head)
        #expect(head.model == "embed-1" && head.dimension == 16 && head.hash == embeddings.hash)
        #expect(head.hash.hasPrefix("em-") && head.hash.count == 19)
    }

    @Test("without an embedding the model is the one that words alone give, bit for bit")
    func fallback() throws {
        let (plain, plainReport) = try CategoryModel.train(Self.rows, options: Self.options { $0.embeddingModel = nil })
        let (model, report) = Self.trained
        #expect(plain.hash == model.hash && plain.head == nil)
        #expect(report.accuracy == plainReport.accuracy && report.confusion == plainReport.confusion)
        for row in Self.rows.prefix(50) {
            #expect(model.probabilities(of: row.text) == plain.probabilities(of: row.text))
        }
    }

    @Test("where embeddings are noise and words tell, the words keep their say")
    func noise() throws {
        var generator = Lehmer(state: 5)
        let rows = CategoryModelTests.rows.map { row in
            LabelledText(
                text: row.text, label: row.label,
                embedding: (0..<16).map { _ in Float(generator.below(1_000)) / 1_000 - 0.5 })
        }
        let (_, report) = try CategoryModel.train(rows, options: Self.options())
        let embeddings = try #require(report.embeddings)
        #expect(report.accuracy == 1 && embeddings.accuracy >= 0.95, "\(embeddings)")
        #expect(embeddings.aloneAccuracy < 0.8)
        #expect(embeddings.logLoss <= report.logLoss + 0.01)
    }

    @Test("a file read back is the same model; damage to any byte of the head is found")
    func coding() throws {
        let model = try CategoryModel.train(Self.rows, options: Self.options { $0.bucketCount = 256 }).0
        let bytes = model.encoded()
        #expect(bytes[4] == 3)
        let read = try CategoryModel(decoding: bytes)
        #expect(read == model && read.head == model.head && read.encoded() == bytes)
        for position in stride(from: bytes.count - 140, to: bytes.count, by: 7) {
            var changed = bytes
            changed[position] ^= 0x20
            let error = #expect(throws: CategoryError.self) { try CategoryModel(decoding: changed) }
            #expect(error?.code == .invalidModel)
        }
        for length in stride(from: bytes.count - 140, to: bytes.count, by: 11) {
            #expect(throws: CategoryError.self) { try CategoryModel(decoding: Array(bytes[..<length])) }
        }
    }

    @Test("a vector of another dimension, of zeros, or not finite has no scores; its length does not count")
    func vectors() throws {
        let head = try #require(Self.trained.0.head)
        let vector = try #require(Self.rows[0].embedding)
        #expect(head.scores(of: Array(vector.dropLast())) == nil && head.scores(of: vector + [0]) == nil)
        #expect(head.scores(of: [Float](repeating: 0, count: 16)) == nil)
        #expect(head.scores(of: [Float](repeating: .infinity, count: 16)) == nil)
        #expect(head.scores(of: vector) == head.scores(of: vector.map { $0 * 4 }))
    }

    @Test("bad embeddings are named by their row")
    func badRows() {
        func message(_ change: (inout [LabelledText]) -> Void, heldOut: [LabelledText]? = nil) -> String? {
            var rows = Self.rows
            change(&rows)
            let error = #expect(throws: CategoryError.self) {
                try CategoryModel.train(rows, heldOut: heldOut, options: Self.options())
            }
            #expect(error?.code == .invalidTrainingData)
            return error?.message
        }
        #expect(message { $0[4].embedding = nil } == "row 5: there is no embedding")
        #expect(
            message { $0[7].embedding?.removeLast() } == "row 8: the embedding has 15 numbers, those before it 16")
        #expect(message { $0[0].embedding = [1] }?.contains("this one has 1") == true)
        #expect(message { $0[2].embedding?[0] = .nan } == "row 3: the embedding is zero or not finite")
        let held = [LabelledText(text: "a", label: "food")]
        #expect(message({ _ in }, heldOut: held) == "held-out row 1: there is no embedding")
    }

    @Test("embeddings are wanted only where the classifier decides, in the form in which they were trained")
    func texts() throws {
        let categorizer = try Categorizer(
            categories: ["travel", "bank", "food"].map { id in
                CategoryDefinition(id: id, patterns: id == "bank" ? ["iban"] : [])
            } + [CategoryDefinition(id: "agents", rules: [CategoryRule(hasTools: true)])],
            model: Self.trained.0)
        func texts(_ features: QueryFeatures, explicit: String? = nil) -> [String] {
            categorizer.textsToEmbed(features, explicit: explicit)
        }
        #expect(texts(QueryFeatures(userText: "Hello, word1 word2. Thank you!")) == ["word1 word2."])
        #expect(texts(QueryFeatures(userText: "word1"), explicit: "food").isEmpty)
        #expect(texts(QueryFeatures(userText: "word1", hasTools: true)).isEmpty)
        #expect(texts(QueryFeatures(userText: "my IBAN")).isEmpty)
        #expect(texts(QueryFeatures(userText: " ... ")).isEmpty)
        #expect(texts(QueryFeatures(userText: "a b", latestUserText: "c d", turnCount: 2)) == ["a b", "c d"])
        #expect(texts(QueryFeatures(userText: "a b", latestUserText: "a b", turnCount: 2)) == ["a b"])
        let long = String(repeating: "é word ", count: 2_000)
        let capped = Categorizer.embeddedText(of: long)
        #expect(capped.utf8.count <= QueryFeatures.textLimitBytes + 1 && capped.utf8.count > 8_000)
        #expect(texts(QueryFeatures(userText: long)) == [capped])
        let wordsOnly = try Categorizer(categories: DefaultTaxonomy.categories)
        #expect(wordsOnly.textsToEmbed(QueryFeatures(userText: "word1")).isEmpty)
        #expect(wordsOnly.embeddingHead == nil)
    }

    @Test("the embedding decides where it is there; the answer, its version and its explanation say so")
    func classification() throws {
        let model = Self.trained.0
        let head = try #require(model.head)
        let categorizer = try Categorizer(categories: [], model: model)
        let features = QueryFeatures(userText: "word1 word2 word3")
        var generator = Lehmer(state: 99)
        for (topic, label) in ["travel", "bank", "food"].enumerated() {
            let scores = try #require(head.scores(of: Self.vector(topic: topic, &generator)))
            let found = ["word1 word2 word3": scores]
            let result = try categorizer.classify(features, embeddings: found)
            #expect(result.id == label && result.by == .classifier && result.usesEmbedding && result.confidence > 0.6)
            let explanation = try categorizer.explain(features, embeddings: found)
            #expect(explanation.categorization == result)
            #expect(explanation.version == "\(model.hash)+\(head.hash)")
            #expect(explanation.alternatives.first?.id == label)
            // Another text's embedding is of no use.
            let other = try categorizer.classify(features, embeddings: ["word1": scores])
            #expect(!other.usesEmbedding)
            #expect(other == (try categorizer.classify(features)))
        }
        let words = try categorizer.classify(features)
        #expect(!words.usesEmbedding && categorizer.version(usingEmbedding: false) == model.hash)
    }

    @Test("a later turn revises the category by its own embedding")
    func turns() throws {
        let model = Self.trained.0
        let head = try #require(model.head)
        let categorizer = try Categorizer(categories: [], model: model)
        let features = QueryFeatures(userText: "word1 word2", latestUserText: "word3 word4", turnCount: 2)
        let travel = try #require(head.scores(of: (0..<16).map { $0 == 0 ? 1 : 0 }))
        let food = try #require(head.scores(of: (0..<16).map { $0 == 2 ? 1 : 0 }))
        let first = try categorizer.classify(features, embeddings: ["word1 word2": travel])
        #expect(first.id == "travel" && first.usesEmbedding)
        let revised = try categorizer.classify(features, embeddings: ["word1 word2": travel, "word3 word4": food])
        #expect(revised.confidence < 0.8 ? revised.id == "travel" : revised.id == "food")
        #expect(revised.usesEmbedding)
    }
}
