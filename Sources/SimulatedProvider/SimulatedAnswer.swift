import Foundation
import NIOCore
import WireFormats

/// One answer, decided before its first byte: the same for the same seed, model, body and turn.
struct SimulatedAnswer: Sendable {
    let id: String
    let model: String
    let tokens: [String]
    let promptTokens: Int
    let isCutByLimit: Bool
    /// A tool the answer calls instead of talking, with its arguments, a JSON object.
    let call: (name: String, arguments: String)?
    let timeToFirstToken: Duration
    let tokenGap: Duration

    var text: String { tokens.joined() }

    init(
        to request: SimulatedRequest, model: SimulatedModel, plan: FaultPlan, seed: UInt64, turn: UInt64,
        timeScale: Double
    ) {
        var random = SeededRandom(
            seed: SeededRandom.hash(
                request.body.readableBytesView, from: SeededRandom.hash(model.id.utf8, from: seed &+ turn)))
        id = String(random.next(), radix: 36)
        self.model = request.model
        let wanted = plan.tokens ?? Int.random(in: model.answerTokens, using: &random)
        let limit = request.maxTokens ?? .max
        switch request.wanted {
        case .prose:
            call = nil
            tokens = Self.prose(count: max(1, min(wanted, limit)), &random)
            isCutByLimit = wanted > limit
        case .json(let schema):
            call = nil
            let all = Self.pieces(of: Self.json(by: schema, request, &random))
            tokens = Array(all.prefix(max(1, limit)))
            isCutByLimit = tokens.count < all.count
        case .tool(let name, let schema):
            call = (name, schema.map { Self.json(by: $0, request, &random) } ?? "{}")
            tokens = []
            isCutByLimit = false
        }
        promptTokens = max(1, request.promptCharacters / 4)
        let latency = model.latencyMedianMilliseconds * exp(model.latencySpread * random.normal()) * timeScale
        timeToFirstToken = .milliseconds(plan.timeToFirstTokenMilliseconds.map(Double.init) ?? latency)
        tokenGap = .milliseconds(
            plan.tokenGapMilliseconds.map(Double.init) ?? 1_000 / model.tokensPerSecond * timeScale)
    }

    /// Sentences that read like the beginning of an answer; a token is a word with the space before it.
    static func prose(count: Int, _ random: inout SeededRandom) -> [String] {
        var tokens: [String] = []
        while tokens.count < count {
            let sentence = sentences[Int(random.next() % UInt64(sentences.count))]
            for word in sentence.split(separator: " ") { tokens.append(tokens.isEmpty ? String(word) : " \(word)") }
        }
        return Array(tokens.prefix(count))
    }

    private static func json(
        by schema: JSONValue?, _ request: SimulatedRequest, _ random: inout SeededRandom
    ) -> String {
        guard let schema else {
            return #"{"answer":\#(jsonString(prose(count: 8, &random).joined()))}"#
        }
        var sample = SchemaSample(schema, hints: request.hints, random: SeededRandom(seed: random.next()))
        return sample.json()
    }

    /// What JSON comes in: a few characters at a time.
    static func pieces(of json: String) -> [String] {
        var pieces: [String] = []
        var rest = Substring(json)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(6)))
            rest = rest.dropFirst(6)
        }
        return pieces
    }

    private static let sentences = [
        "Here is a short answer to your question.", "The main idea is simple: start small and check each step.",
        "There are two ways to look at this.", "First, write down what is known and what is asked.",
        "In most cases the second option is the better one.",
        "This works because the parts do not depend on each other.",
        "An example makes it clearer.", "Keep the first draft plain and add detail later.",
        "The result follows from the definition.", "You can test this with a few lines of code.",
        "Note that the order matters here.", "If that is not enough, a table of cases helps.",
        "Both terms are of the same size, so they cancel.", "A good title says what the reader will find.",
        "The cost grows with the square of the input.", "Let me know if you would like more detail.",
    ]
}
