/// Categories given by examples in the configuration, put in front of a model that was trained without them.
///
/// A second, small softmax separates the examples of every such category from each other and from everything the built-in
/// utterances stand for; what it leaves over is shared out by the model behind it. So adding a category moves no border
/// between the others, and their cells keep what they learned.
struct ExampleClassifier: Sendable {
    /// The label of everything else; not a valid category id.
    private static let restLabel = "\u{0}rest"
    /// Variants of every example to learn from: a handful of utterances would be learned by heart.
    private static let variants = 12

    let model: CategoryModel
    /// Index into the categorizer's ids by label of `model`; nil for the rest.
    let categories: [Int?]

    /// Nil when no category has examples.
    init?(categories definitions: [CategoryDefinition], indexOf: [String: Int]) throws(CategoryError) {
        let withExamples = definitions.filter { !$0.examples.isEmpty }
        guard !withExamples.isEmpty else { return nil }
        let own = Set(withExamples.map(\.id))
        var generator = SeededGenerator(seed: BuiltInModel.seed)
        var rows: [LabelledText] = []
        for category in withExamples {
            for (position, example) in category.examples.enumerated() {
                guard example.contains(where: { !$0.isWhitespace }) else {
                    throw CategoryError(
                        .invalidCategory, "category '\(category.id)': example \(position + 1) is empty")
                }
                rows.append(LabelledText(text: example, label: category.id))
                for _ in 1..<Self.variants {
                    let text = UtteranceNoise.applied(to: example, using: &generator)
                    rows.append(LabelledText(text: text, label: category.id))
                }
            }
        }
        let rest = BuiltInModel.examples.lazy.filter { !own.contains($0.label) }
        rows += rest.map { LabelledText(text: $0.text, label: Self.restLabel) }
        var options = TrainingOptions()
        options.epochs = 8
        options.heldOut = 0
        options.labelSmoothing = 0.05
        options.balance = 0.8
        options.seed = BuiltInModel.seed
        model = try CategoryModel.train(rows, options: options).0.with(temperature: BuiltInModel.temperature)
        categories = model.labels.map { $0 == Self.restLabel ? nil : indexOf[$0] }
    }
}
