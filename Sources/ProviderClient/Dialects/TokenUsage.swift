import WireFormats

/// What an answer used, as its provider counts.
package struct TokenUsage: Sendable, Equatable {
    /// All input, cached or not.
    package var promptTokens: Int
    package var completionTokens: Int
    /// The part of the input that was read from the provider's cache; `nil`: not said.
    package var cachedPromptTokens: Int?

    package init(promptTokens: Int, completionTokens: Int, cachedPromptTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedPromptTokens = cachedPromptTokens
    }

    /// Reads OpenAI's `usage` object; `nil` where neither count is a number that can be one.
    init?(openAI usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let counts = usage.members("prompt_tokens", "completion_tokens")
        let prompt = counts.first?.int
        let completion = counts.second?.int
        guard prompt != nil || completion != nil, (prompt ?? 0) >= 0, (completion ?? 0) >= 0 else { return nil }
        let ofCache = usage.members("prompt_tokens_details", "prompt_cache_hit_tokens")
        let cached = ofCache.first?.member("cached_tokens")?.int ?? ofCache.second?.int
        self.init(
            promptTokens: prompt ?? 0, completionTokens: completion ?? 0,
            cachedPromptTokens: cached.map { max(0, min($0, prompt ?? 0)) })
    }
}
