import Gateway
import ProviderClient
import Testing

@Suite("token estimates")
struct TokenEstimatorTests {
    @Test("four bytes a token at first, then what providers count; a few odd requests change little")
    func learning() {
        let estimator = TokenEstimator()
        #expect(estimator.promptTokens(bytes: 4000) == 1000)
        #expect(
            estimator.usage(promptBytes: 400, contentBytes: 80) == TokenUsage(promptTokens: 100, completionTokens: 20))
        #expect(
            estimator.usage(promptBytes: 1, contentBytes: 1) == TokenUsage(promptTokens: 1, completionTokens: 1))
        estimator.observe(TokenUsage(promptTokens: 10, completionTokens: 1), promptBytes: 1000, contentBytes: 100)
        #expect((980...1000).contains(estimator.promptTokens(bytes: 4000)))
        for _ in 0..<2000 {
            estimator.observe(
                TokenUsage(promptTokens: 2000, completionTokens: 500), promptBytes: 4000, contentBytes: 2500)
        }
        #expect((1950...2000).contains(estimator.promptTokens(bytes: 4000)))
        #expect((500...520).contains(estimator.usage(promptBytes: 0, contentBytes: 2500).completionTokens))
        // Another kind of traffic takes over.
        for _ in 0..<100_000 {
            estimator.observe(TokenUsage(promptTokens: 500, completionTokens: 0), promptBytes: 3000, contentBytes: 0)
        }
        #expect((650...700).contains(estimator.promptTokens(bytes: 4000)))
    }

    @Test("numbers that cannot be do no harm: the ratio stays between 1 and 8 bytes")
    func absurd() {
        let estimator = TokenEstimator()
        for _ in 0..<100 {
            estimator.observe(
                TokenUsage(promptTokens: .max, completionTokens: -5), promptBytes: 10, contentBytes: .max)
        }
        #expect(estimator.promptTokens(bytes: 4000) <= 4000)
        let other = TokenEstimator()
        for _ in 0..<100 {
            other.observe(TokenUsage(promptTokens: 1, completionTokens: 1), promptBytes: .max, contentBytes: .max)
        }
        #expect(other.promptTokens(bytes: 4000) == 500)
    }
}
