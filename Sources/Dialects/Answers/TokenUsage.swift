package import WireFormats

/// What an answer used, as its provider counts.
///
/// Made by reading what a provider says, it holds counts only: numbers that are negative, beyond any use, all zero, or that
/// contradict each other say nothing, and what says nothing is estimated.
package struct TokenUsage: Sendable, Equatable {
    /// All input, cached or not.
    package var promptTokens: Int
    /// All output, reasoning among it.
    package var completionTokens: Int
    /// The part of the input that was read from the provider's cache; `nil`: not said.
    package var cachedPromptTokens: Int?
    /// The parts of the input that were written to the provider's cache, for five minutes (or a time that was not said), and for an hour.
    package var cacheWriteTokens = 0
    package var cacheWriteHourTokens = 0
    /// The part of the output that nobody sees; `nil`: not said.
    package var reasoningTokens: Int?
    /// The parts of input and output that are sound, and of input that are images.
    package var audioPromptTokens = 0
    package var audioCompletionTokens = 0
    package var imagePromptTokens = 0

    package init(promptTokens: Int, completionTokens: Int, cachedPromptTokens: Int? = nil) {
        self.promptTokens = Count.clamped(promptTokens)
        self.completionTokens = Count.clamped(completionTokens)
        self.cachedPromptTokens = cachedPromptTokens.map { Count.clamped(min($0, promptTokens)) }
    }

    /// Input and output together.
    package var totalTokens: Int { promptTokens.addingSaturated(completionTokens) }

    /// Far beyond what any call uses; greater numbers are no counts.
    package static let limit = 1_000_000_000

    /// Reads OpenAI's `usage` object, and its kin.
    ///
    /// Where the total is more than its parts, the rest is output: reasoning that some providers leave out of `completion_tokens`.
    package init?(openAI usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let read = UsageReader(usage)
        var prompt = read.count("prompt_tokens")
        var completion = read.count("completion_tokens")
        var total = read.count("total_tokens")
        if total == 0 { total = nil }
        let reasoning =
            read.count("reasoning_tokens", in: "completion_tokens_details") ?? read.count("reasoning_tokens")
        if let total {
            if prompt == nil, let completion, completion <= total { prompt = total - completion }
            if completion == nil, let prompt, prompt <= total { completion = total - prompt }
        } else if let said = completion, let reasoning, reasoning > said {
            completion = said + reasoning
        }
        guard !read.isContradictory, prompt != nil || completion != nil else { return nil }
        if let total {
            guard (prompt ?? 0) + (completion ?? 0) <= total else { return nil }
            completion = total - (prompt ?? 0)
        }
        guard (prompt ?? 0) + (completion ?? 0) > 0 else { return nil }
        self.init(promptTokens: prompt ?? 0, completionTokens: completion ?? 0)
        let input = "prompt_tokens_details" as StaticString
        cachedPromptTokens =
            read.count("cached_tokens", in: input) ?? read.count("prompt_cache_hit_tokens")
            ?? read.count("cache_read_input_tokens")
        cacheWriteTokens =
            read.count("cache_creation_input_tokens") ?? read.count("cache_creation_tokens", in: input)
            ?? read.count("cache_write_tokens", in: input) ?? 0
        audioPromptTokens = read.count("audio_tokens", in: input) ?? 0
        imagePromptTokens = read.count("image_tokens", in: input) ?? 0
        audioCompletionTokens = read.count("audio_tokens", in: "completion_tokens_details") ?? 0
        reasoningTokens = reasoning
        boundParts()
    }

    /// Reads Anthropic's `usage`, whose `input_tokens` leave out what was read from or written to the cache.
    package init?(anthropic usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let read = UsageReader(usage)
        let input = read.count("input_tokens")
        let output = read.count("output_tokens")
        let cached = read.count("cache_read_input_tokens")
        let hour = read.count("ephemeral_1h_input_tokens", in: "cache_creation") ?? 0
        let minutes = read.count("ephemeral_5m_input_tokens", in: "cache_creation") ?? 0
        let written = max(read.count("cache_creation_input_tokens") ?? 0, minutes + hour)
        guard !read.isContradictory, input != nil || output != nil else { return nil }
        self.init(
            promptTokens: (input ?? 0) + (cached ?? 0) + written, completionTokens: output ?? 0,
            cachedPromptTokens: cached)
        guard promptTokens + completionTokens > 0 else { return nil }
        cacheWriteHourTokens = hour
        cacheWriteTokens = written - hour
        boundParts()
    }

    /// Reads the `usage` of OpenAI's responses.
    package init?(responses usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let read = UsageReader(usage)
        let input = read.count("input_tokens")
        let output = read.count("output_tokens")
        guard !read.isContradictory, (input ?? 0) + (output ?? 0) > 0 else { return nil }
        self.init(promptTokens: input ?? 0, completionTokens: output ?? 0)
        let (inputDetails, outputDetails) =
            ("input_tokens_details" as StaticString, "output_tokens_details" as StaticString)
        cachedPromptTokens = read.count("cached_tokens", in: inputDetails)
        cacheWriteTokens = read.count("cache_write_tokens", in: inputDetails) ?? 0
        audioPromptTokens = read.count("audio_tokens", in: inputDetails) ?? 0
        imagePromptTokens = read.count("image_tokens", in: inputDetails) ?? 0
        audioCompletionTokens = read.count("audio_tokens", in: outputDetails) ?? 0
        reasoningTokens = read.count("reasoning_tokens", in: outputDetails)
        boundParts()
    }

    /// No part is more than the whole, nor are all together.
    mutating func boundParts() {
        cachedPromptTokens = cachedPromptTokens.map { min($0, promptTokens) }
        var left = promptTokens - (cachedPromptTokens ?? 0)
        func bound(_ part: inout Int) {
            part = min(part, left)
            left -= part
        }
        bound(&cacheWriteHourTokens)
        bound(&cacheWriteTokens)
        bound(&audioPromptTokens)
        bound(&imagePromptTokens)
        audioCompletionTokens = min(audioCompletionTokens, completionTokens)
        reasoningTokens = reasoningTokens.map { min($0, completionTokens - audioCompletionTokens) }
    }

    /// Takes in what was said later in the same stream: running totals, of which a zero takes nothing back.
    package mutating func update(with later: TokenUsage) {
        if later.promptTokens > 0 {
            promptTokens = max(promptTokens, later.promptTokens)
            cachedPromptTokens = later.cachedPromptTokens.map { max($0, cachedPromptTokens ?? 0) } ?? cachedPromptTokens
            cacheWriteTokens = max(cacheWriteTokens, later.cacheWriteTokens)
            cacheWriteHourTokens = max(cacheWriteHourTokens, later.cacheWriteHourTokens)
            audioPromptTokens = max(audioPromptTokens, later.audioPromptTokens)
            imagePromptTokens = max(imagePromptTokens, later.imagePromptTokens)
        }
        completionTokens = max(completionTokens, later.completionTokens)
        audioCompletionTokens = max(audioCompletionTokens, later.audioCompletionTokens)
        reasoningTokens = later.reasoningTokens.map { max($0, reasoningTokens ?? 0) } ?? reasoningTokens
        boundParts()
    }
}

/// Reads counts, and notices what cannot be one.
final class UsageReader {
    private let usage: JSONValue
    /// Whether something that was read is a number but no count.
    private(set) var isContradictory = false

    init(_ usage: JSONValue) { self.usage = usage }

    func count(_ name: StaticString) -> Int? { count(usage.member(name)) }

    func count(_ name: StaticString, in details: StaticString) -> Int? {
        guard let object = usage.member(details), object.kind == .object else { return nil }
        return count(object.member(name))
    }

    private func count(_ value: JSONValue?) -> Int? {
        guard let value, value.kind == .number else { return nil }
        guard let count = value.int, 0...TokenUsage.limit ~= count else {
            isContradictory = true
            return nil
        }
        return count
    }
}
