package import BanditCore

/// What an arm can be asked to do.
package enum Capability: String, Sendable, CaseIterable, Comparable {
    case tools
    case json
    case vision
    /// Serves `/v1/embeddings` and nothing else.
    case embeddings

    package static func < (left: Capability, right: Capability) -> Bool { left.rawValue < right.rawValue }
}

/// Prices of an arm in US dollars per million tokens.
package struct ArmPrice: Sendable, Equatable {
    package var inputPerMillionUSD: Double
    /// Price of input tokens served from the provider's prompt cache; the input price where nil.
    package var cachedInputPerMillionUSD: Double?
    package var outputPerMillionUSD: Double

    package init(inputPerMillionUSD: Double, cachedInputPerMillionUSD: Double? = nil, outputPerMillionUSD: Double) {
        self.inputPerMillionUSD = inputPerMillionUSD
        self.cachedInputPerMillionUSD = cachedInputPerMillionUSD
        self.outputPerMillionUSD = outputPerMillionUSD
    }

    /// What a call costs.
    ///
    /// - Parameters:
    ///   - promptTokens: input tokens, the cached ones among them.
    ///   - cachedTokens: input tokens that the provider billed as cached.
    ///   - completionTokens: output tokens.
    /// - Returns: billionths of a dollar, rounded to the nearest, at most ``NanoDollars/most``.
    package func cost(promptTokens: Int, cachedTokens: Int = 0, completionTokens: Int) -> NanoDollars {
        let prompt = Double(Count.clamped(promptTokens))
        let cached = min(Double(Count.clamped(cachedTokens)), prompt)
        let fresh = prompt - cached
        let usdPerMillion =
            fresh * inputPerMillionUSD + cached * (cachedInputPerMillionUSD ?? inputPerMillionUSD)
            + Double(Count.clamped(completionTokens)) * outputPerMillionUSD
        // A dollar per million tokens is 1,000 billionths of a dollar a token.
        return NanoDollars(usd: usdPerMillion / 1e6) ?? .most
    }
}

/// An arm: a model of a provider, with what is known of it beforehand.
package struct ArmDefinition: Sendable, Equatable {
    package var id: String
    /// Id of the provider that serves it.
    package var provider: String
    /// The provider's name of the model; replaces `model` in the request.
    package var model: String
    /// Tokens of prompt and answer together; nil where unknown (never excluded for it).
    package var contextWindow: Int?
    package var capabilities: Set<Capability>
    /// nil: the cost of its calls is unknown.
    package var price: ArmPrice?
    package var prior: ArmPrior
    /// Tokens expected of a call before the first observation.
    package var expectedInputTokens: Double
    package var expectedOutputTokens: Double
    /// false: not asked, though it keeps its place in its routes and what was learned of it.
    package var isEnabled: Bool

    package init(
        id: String, provider: String, model: String, contextWindow: Int? = nil, capabilities: Set<Capability> = [],
        price: ArmPrice? = nil, prior: ArmPrior = ArmPrior(mean: 0.5, strength: 2),
        expectedInputTokens: Double = 150, expectedOutputTokens: Double = 300, isEnabled: Bool = true
    ) {
        self.id = id
        self.provider = provider
        self.model = model
        self.contextWindow = contextWindow
        self.capabilities = capabilities
        self.price = price
        self.prior = prior
        self.expectedInputTokens = expectedInputTokens
        self.expectedOutputTokens = expectedOutputTokens
        self.isEnabled = isEnabled
    }

    /// Cost of a call with the expected tokens, USD; nil without a price.
    package var expectedCostUSD: Double? {
        price.map {
            (expectedInputTokens * $0.inputPerMillionUSD + expectedOutputTokens * $0.outputPerMillionUSD) / 1e6
        }
    }
}
