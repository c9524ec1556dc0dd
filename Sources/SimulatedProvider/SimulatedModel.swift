/// A model that is none: how fast it answers, how much it says, and how good it would be.
package struct SimulatedModel: Sendable {
    /// The name to ask for. With `!` and a fault behind it (`small!reset@3`) every answer has that fault; see `FaultPlan`.
    package var id: String
    /// Median of the time to the first token, in milliseconds.
    package var latencyMedianMilliseconds: Double
    /// Spread of the time to the first token: the standard deviation of its logarithm. 0: always the median.
    package var latencySpread: Double
    /// Speed after the first token; infinite: no wait between tokens.
    package var tokensPerSecond: Double
    /// How many tokens answers have; evenly spread.
    package var answerTokens: ClosedRange<Int>
    /// Probability in [0, 1] that an answer satisfies its user, by query category.
    package var quality: [String: Double]
    /// The same, for categories that are not listed.
    package var defaultQuality: Double

    package init(
        id: String, latencyMedianMilliseconds: Double = 0, latencySpread: Double = 0,
        tokensPerSecond: Double = .infinity,
        answerTokens: ClosedRange<Int> = 8...24, quality: [String: Double] = [:], defaultQuality: Double = 0.5
    ) {
        precondition(latencyMedianMilliseconds >= 0 && latencySpread >= 0, "\(id): a latency is not negative")
        precondition(tokensPerSecond > 0, "\(id): a speed is positive")
        precondition(answerTokens.lowerBound >= 1, "\(id): an answer has a token")
        precondition(
            quality.values.allSatisfy { 0...1 ~= $0 } && 0...1 ~= defaultQuality, "\(id): a quality is a probability")
        self.id = id
        self.latencyMedianMilliseconds = latencyMedianMilliseconds
        self.latencySpread = latencySpread
        self.tokensPerSecond = tokensPerSecond
        self.answerTokens = answerTokens
        self.quality = quality
        self.defaultQuality = defaultQuality
    }

    /// The three models of the demo: each is the best for some category, none for all, and the best is the dearest twice.
    package static let demo: [SimulatedModel] = [
        SimulatedModel(
            id: "sim-small", latencyMedianMilliseconds: 25, latencySpread: 0.3, tokensPerSecond: 900,
            answerTokens: 8...20,
            quality: ["code": 0.35, "math": 0.30, "writing": 0.62, "general": 0.86, "chat": 0.86], defaultQuality: 0.5),
        SimulatedModel(
            id: "sim-medium", latencyMedianMilliseconds: 60, latencySpread: 0.3, tokensPerSecond: 500,
            answerTokens: 12...30,
            quality: ["code": 0.60, "math": 0.50, "writing": 0.90, "general": 0.72, "chat": 0.72], defaultQuality: 0.65),
        SimulatedModel(
            id: "sim-large", latencyMedianMilliseconds: 120, latencySpread: 0.3, tokensPerSecond: 300,
            answerTokens: 16...40,
            quality: ["code": 0.92, "math": 0.90, "writing": 0.70, "general": 0.75, "chat": 0.75], defaultQuality: 0.7),
    ]
}
