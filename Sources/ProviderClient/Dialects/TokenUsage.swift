import WireFormats

/// What an answer used, as its provider counts; no count is negative or beyond ``Numbers/Count/most``.
package struct TokenUsage: Sendable, Equatable {
    /// All input, cached or not.
    package let promptTokens: Int
    package let completionTokens: Int
    /// The part of the input that was read from the provider's cache; `nil`: not said.
    package let cachedPromptTokens: Int?

    package init(promptTokens: Int, completionTokens: Int, cachedPromptTokens: Int? = nil) {
        self.promptTokens = Count.clamped(promptTokens)
        self.completionTokens = Count.clamped(completionTokens)
        self.cachedPromptTokens = cachedPromptTokens.map { Count.clamped(min($0, promptTokens)) }
    }

    package var totalTokens: Int { promptTokens + completionTokens }

    /// Reads OpenAI's `usage` object; `nil` where a count is none (negative, a fraction, no number), where none is said, or where they
    /// contradict each other: what is not known is estimated, what is wrong must not be billed.
    init?(openAI usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let counts = usage.members("prompt_tokens", "completion_tokens")
        let ofCache = usage.members("prompt_tokens_details", "prompt_cache_hit_tokens")
        guard let prompt = TokenCount(counts.first), let completion = TokenCount(counts.second),
            let total = TokenCount(usage.member("total_tokens")),
            let cached = TokenCount(ofCache.first?.member("cached_tokens") ?? ofCache.second),
            prompt.value != nil || completion.value != nil,
            cached.value ?? 0 <= prompt.value ?? 0,
            total.value ?? .max >= max(prompt.value ?? 0, completion.value ?? 0)
        else { return nil }
        self.init(
            promptTokens: prompt.value ?? 0, completionTokens: completion.value ?? 0, cachedPromptTokens: cached.value)
    }
}

/// A count in a provider's answer: said, or left out.
struct TokenCount {
    /// `nil`: left out.
    let value: Int?

    /// `nil` where something is said that is no count.
    init?(_ json: JSONValue?) {
        guard let json, !json.isNull else {
            value = nil
            return
        }
        guard let count = json.count else { return nil }
        value = count
    }
}

extension JSONValue {
    /// The number where it is whole and not negative, at most ``Numbers/Count/most``; `nil` for anything else.
    package var count: Int? {
        guard kind == .number else { return nil }
        if let int { return Count.read(int) }
        // Beyond every integer, or a fraction.
        guard let double, double >= Double(Count.most) else { return nil }
        return Count.most
    }
}
