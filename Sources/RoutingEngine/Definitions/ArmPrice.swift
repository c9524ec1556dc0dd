/// Tokens of a call as they are billed; each token is in one of them.
package struct BilledTokens: Sendable, Equatable {
    /// Text that was neither read from nor written to the provider's cache.
    package var input = 0
    package var cachedInput = 0
    package var cacheWrite = 0
    /// Written to the cache for an hour.
    package var cacheWriteHour = 0
    package var audioInput = 0
    package var imageInput = 0
    package var output = 0
    package var reasoning = 0
    package var audioOutput = 0

    package init(input: Int = 0, output: Int = 0) {
        self.input = input
        self.output = output
    }
}

/// Prices of an arm in US dollars per million tokens.
package struct ArmPrice: Sendable, Equatable {
    package var inputPerMillionUSD: Double
    /// Price of input tokens served from the provider's prompt cache; the input price where nil.
    package var cachedInputPerMillionUSD: Double?
    /// Of input tokens written to that cache; 1.25 × the input price where nil.
    package var cacheWriteInputPerMillionUSD: Double?
    /// Of those written to it for an hour; 2 × the input price where nil.
    package var cacheWriteHourInputPerMillionUSD: Double?
    /// Of input tokens that are sound, or an image; the input price where nil.
    package var audioInputPerMillionUSD: Double?
    package var imageInputPerMillionUSD: Double?
    package var outputPerMillionUSD: Double
    /// Of output tokens that are reasoning, or sound; the output price where nil.
    package var reasoningPerMillionUSD: Double?
    package var audioOutputPerMillionUSD: Double?

    package init(inputPerMillionUSD: Double, cachedInputPerMillionUSD: Double? = nil, outputPerMillionUSD: Double) {
        self.inputPerMillionUSD = inputPerMillionUSD
        self.cachedInputPerMillionUSD = cachedInputPerMillionUSD
        self.outputPerMillionUSD = outputPerMillionUSD
    }

    /// The prices that may be left out, by the names that configuration and API have for them.
    package static let options: [(name: String, price: any WritableKeyPath<ArmPrice, Double?> & Sendable)] = [
        ("cached_input_per_million_usd", \.cachedInputPerMillionUSD),
        ("cache_write_input_per_million_usd", \.cacheWriteInputPerMillionUSD),
        ("cache_write_1h_input_per_million_usd", \.cacheWriteHourInputPerMillionUSD),
        ("audio_input_per_million_usd", \.audioInputPerMillionUSD),
        ("image_input_per_million_usd", \.imageInputPerMillionUSD),
        ("reasoning_per_million_usd", \.reasoningPerMillionUSD),
        ("audio_output_per_million_usd", \.audioOutputPerMillionUSD),
    ]

    /// What a call costs.
    ///
    /// - Returns: billionths of a dollar, rounded to the nearest.
    package func cost(_ tokens: BilledTokens) -> NanoDollars {
        let (input, output) = (inputPerMillionUSD, outputPerMillionUSD)
        let parts: [(Int, Double)] = [
            (tokens.input, input), (tokens.cachedInput, cachedInputPerMillionUSD ?? input),
            (tokens.cacheWrite, cacheWriteInputPerMillionUSD ?? 1.25 * input),
            (tokens.cacheWriteHour, cacheWriteHourInputPerMillionUSD ?? 2 * input),
            (tokens.audioInput, audioInputPerMillionUSD ?? input),
            (tokens.imageInput, imageInputPerMillionUSD ?? input),
            (tokens.output, output), (tokens.reasoning, reasoningPerMillionUSD ?? output),
            (tokens.audioOutput, audioOutputPerMillionUSD ?? output),
        ]
        let usdPerMillion = parts.reduce(0.0) { $0 + Double(max(0, $1.0)) * $1.1 }
        // A dollar per million tokens is 1,000 billionths of a dollar a token.
        return NanoDollars(usd: usdPerMillion / 1e6) ?? .max
    }

    /// What a call costs of whose tokens no more is known.
    package func cost(promptTokens: Int, cachedTokens: Int = 0, completionTokens: Int) -> NanoDollars {
        let prompt = Count.clamped(promptTokens)
        let cached = min(Count.clamped(cachedTokens), prompt)
        var tokens = BilledTokens(input: prompt - cached, output: Count.clamped(completionTokens))
        tokens.cachedInput = cached
        return cost(tokens)
    }

    /// The most that a call costs whose tokens are only counted: each is billed at the dearest price it may have. Of writing to a cache only a
    /// price that was said: providers without one write for nothing.
    package func worstCost(promptTokens: Int, completionTokens: Int) -> NanoDollars {
        let input = max(
            inputPerMillionUSD, cachedInputPerMillionUSD ?? 0, audioInputPerMillionUSD ?? 0,
            imageInputPerMillionUSD ?? 0, cacheWriteInputPerMillionUSD ?? 0, cacheWriteHourInputPerMillionUSD ?? 0)
        let output = max(outputPerMillionUSD, reasoningPerMillionUSD ?? 0, audioOutputPerMillionUSD ?? 0)
        let usd = (Double(max(0, promptTokens)) * input + Double(max(0, completionTokens)) * output) / 1e6
        return NanoDollars(usd: usd) ?? .max
    }
}
