import RoutingEngine
import Testing

@Suite("The most that a call can cost")
struct WorstCaseTests {
    /// A dollar a million tokens of either side.
    private static func arm(_ change: (inout ArmDefinition) -> Void = { _ in }) -> ArmDefinition {
        var arm = ArmDefinition(
            id: "a", provider: "p", model: "m",
            price: ArmPrice(inputPerMillionUSD: 1, outputPerMillionUSD: 1))
        change(&arm)
        return arm
    }

    private static func tokens(
        _ arm: ArmDefinition, maxTokens: Int? = nil, choices: Int = 1, requirements: Set<Capability> = []
    ) -> Double? {
        arm.worstCaseUSD(
            of: DecisionRequest(
                model: "auto", category: "general", requirements: requirements, promptTokens: 1000,
                maxTokens: maxTokens, choices: choices)
        ).map { ($0 * 1e6).rounded() }
    }

    @Test("the client's limit, of all choices; a usual length where it has none; embeddings answer in no tokens")
    func client() {
        #expect(Self.tokens(Self.arm(), maxTokens: 10) == 1010)
        #expect(Self.tokens(Self.arm(), maxTokens: 10, choices: 50) == 1500)
        #expect(Self.tokens(Self.arm()) == 5096)
        #expect(Self.tokens(Self.arm(), maxTokens: 10, requirements: [.embeddings]) == 1000)
        #expect(Self.tokens(Self.arm { $0.price = nil }) == nil)
    }

    @Test("what the arm's configuration says: over the client, or where the client is silent")
    func configuration() {
        let overruled = Self.arm { $0.answerTokens = AnswerTokens(overruled: 100_000) }
        #expect(Self.tokens(overruled, maxTokens: 10) == 101_000)
        #expect(Self.tokens(overruled, maxTokens: 10, choices: 2) == 201_000)
        let filled = Self.arm { $0.answerTokens = AnswerTokens(usual: 64_000) }
        #expect(Self.tokens(filled) == 65_000)
        #expect(Self.tokens(filled, maxTokens: 10) == 1010)
        #expect(Self.tokens(Self.arm { $0.answerTokens = AnswerTokens(overruled: .max) }, choices: 1024) != nil)
    }

    @Test("thinking comes on top of an answer that nobody bounds, whatever it is")
    func thinking() {
        func tokens(_ arm: ArmDefinition, _ maxTokens: Int?, _ thinking: Int) -> Double? {
            var request = DecisionRequest(model: "auto", category: "general", maxTokens: maxTokens)
            request.thinkingTokens = thinking
            return arm.worstCaseUSD(of: request).map { ($0 * 1e6).rounded() }
        }
        #expect(tokens(Self.arm(), nil, 60_000) == 64_096)
        #expect(tokens(Self.arm { $0.answerTokens = AnswerTokens(usual: 8_000) }, nil, 60_000) == 68_000)
        #expect(tokens(Self.arm(), 100, 60_000) == 100)
        #expect(tokens(Self.arm(), nil, .max) != nil && tokens(Self.arm(), nil, -5) == 4096)
    }

    @Test("each token at the dearest price it may have: sound, writing to a cache where that has a price, reasoning")
    func dearest() {
        #expect(Self.tokens(Self.arm { $0.price?.cacheWriteHourInputPerMillionUSD = 3 }, maxTokens: 10) == 3010)
        #expect(Self.tokens(Self.arm { $0.price?.cacheWriteInputPerMillionUSD = 2 }, maxTokens: 10) == 2010)
        #expect(Self.tokens(Self.arm { $0.price?.audioInputPerMillionUSD = 4 }, maxTokens: 10) == 4010)
        #expect(Self.tokens(Self.arm { $0.price?.reasoningPerMillionUSD = 5 }, maxTokens: 10) == 1050)
    }
}
