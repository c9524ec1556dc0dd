import BanditCore

/// The classifier of the default taxonomy, trained from the project's own utterances when it is first asked for.
///
/// No file and no download: the utterances are expanded and the weights fitted in a fraction of a second, the same every time.
package enum BuiltInModel {
    /// Rows a category is expanded to.
    static let rowsPerCategory = 960
    static let seed: UInt64 = 20_26

    /// The categories it knows, without training it.
    static let labels = TaxonomyUtterances.all.map(\.id)

    package static let model: CategoryModel = {
        var options = TrainingOptions()
        options.epochs = 4
        options.fits = 2
        options.heldOut = 0
        options.learningRate = 0.3
        options.featureDropout = 0.5
        options.labelSmoothing = 0.05
        options.seed = seed
        do {
            return try CategoryModel.train(examples, options: options).0.with(temperature: temperature)
        } catch {
            preconditionFailure("the built-in utterances cannot be trained on: \(error)")
        }
    }()

    /// Set so that confidence matches accuracy on real prompts rather than on the utterances (see Categories.md).
    static let temperature = 0.5

    /// The utterances, expanded.
    package static let examples: [LabelledText] = {
        let lexicon = TaxonomyLexicon.entries.mapValues { text in
            lines(of: text).map { UtteranceTemplate($0).plainText }
        }
        var generator = SplitMix64(seed: seed)
        var result: [LabelledText] = []
        for (id, text) in TaxonomyUtterances.all {
            let templates = lines(of: text).map(UtteranceTemplate.init)
            // Lines without slots once, the others in turn until the category has its rows.
            for template in templates where !template.hasSlots {
                result.append(LabelledText(text: template.plainText, label: id, source: "utterances"))
            }
            let slotted = templates.filter(\.hasSlots)
            let rounds = max(1, (rowsPerCategory - (templates.count - slotted.count)) / max(1, slotted.count))
            for template in slotted {
                for _ in 0..<rounds {
                    let plain = template.expand(using: &generator, lexicon: lexicon)
                    let text = UtteranceNoise.applied(to: plain, using: &generator)
                    result.append(LabelledText(text: text, label: id, source: "utterances"))
                }
            }
        }
        return result
    }()

    private static func lines(of text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }
}

/// What users put around an instruction, and do to it, without changing what it asks for.
enum UtteranceNoise {
    private static let openings = [
        "hi, ", "hello! ", "please ", "hey, ", "ok now ", "I need your help. ", "You are a helpful assistant.\n\n",
        "Answer the following as well as you can.\n", "can you please ", "quick question: ", "As an expert, ",
        "You are an AI assistant that follows instructions carefully. ", "Instruction: ", "### Task\n", "Human: ",
        "urgent!! ", "i am a student. ", "for my job: ", "good morning, ", "Dear AI, ", "i have a request: ",
        "Task: ", "User: ", "one more question. ", "Follow these instructions. ", "My boss wants to know: ",
        "Serious question. ", "This is for a school project. ", "I was thinking about this today. ",
        "Sorry if this is a stupid question, but ", "My friend asked me this: ", "Not sure where else to ask. ",
        "I have to finish this today! ", "Ok so ", "Here is something for you. ", "Can someone tell me this? ",
        "A colleague sent me this: ", "Back again with another one. ",
    ]
    private static let closings = [
        " thanks", " please", " Thank you in advance!", "\n\nAnswer:", " asap", "\n\nBe concise.", " step by step",
        " (max 200 words)", "\n\nRespond in English.", " pls", "\nAssistant:", " Think carefully before you answer.",
        " Answer precisely.", " thank you so much", " ok?", "\n</s>", "\n\nplease be as accurate as possible",
        "\n---\n", " Any help is welcome.", " I need it soon.", "\n\nBest, Anna", " Appreciate your time.",
        "\n--\nsent from the app", " It's for tomorrow.", " This is important to me.", " I am in a hurry.",
        " Have a nice day!", "\n\nRegards,\nTom", " Looking forward to your answer.", " I hope you can help.",
        "\n[end]", " That would be great.",
    ]

    static func applied(to text: String, using generator: inout SplitMix64) -> String {
        var result = text
        if generator.uniform() < 0.4 { result = misspelt(result, using: &generator) }
        if generator.uniform() < 0.4 { result = openings[generator.index(below: openings.count)] + result }
        if generator.uniform() < 0.4 { result += closings[generator.index(below: closings.count)] }
        return result
    }

    /// A letter left out, doubled or swapped with the next, about once in 25 letters.
    private static func misspelt(_ text: String, using generator: inout SplitMix64) -> String {
        var scalars = Array(text.unicodeScalars)
        var position = 1
        while position + 1 < scalars.count {
            if scalars[position].properties.isAlphabetic, generator.uniform() < 0.04 {
                switch generator.index(below: 3) {
                case 0: scalars.remove(at: position)
                case 1: scalars.insert(scalars[position], at: position)
                default: scalars.swapAt(position, position + 1)
                }
            }
            position += 1
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
