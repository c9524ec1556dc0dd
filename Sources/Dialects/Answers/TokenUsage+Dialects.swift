package import WireFormats

extension TokenUsage {
    /// Reads Google's `usageMetadata`: what was thought is counted beside the candidates, what was cached within the prompt.
    package init?(gemini usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let read = UsageReader(usage)
        let prompt = read.count("promptTokenCount")
        let thoughts = read.count("thoughtsTokenCount")
        let candidates = read.count("candidatesTokenCount")
        guard !read.isContradictory, prompt != nil || candidates != nil || thoughts != nil else { return nil }
        let tools = read.count("toolUsePromptTokenCount") ?? 0
        self.init(
            promptTokens: (prompt ?? 0) + tools, completionTokens: (candidates ?? 0) + (thoughts ?? 0),
            cachedPromptTokens: read.count("cachedContentTokenCount"))
        guard promptTokens + completionTokens > 0 else { return nil }
        reasoningTokens = thoughts
        boundParts()
    }

    /// Reads the `usage` of Bedrock's Converse, whose `inputTokens` leave out what was read from or written to the cache; where the total
    /// says that they do not, they are taken for all of the input.
    package init?(converse usage: JSONValue?) {
        guard let usage, usage.kind == .object else { return nil }
        let read = UsageReader(usage)
        let input = read.count("inputTokens")
        let output = read.count("outputTokens")
        let cached = read.count("cacheReadInputTokens")
        let written = read.count("cacheWriteInputTokens") ?? 0
        let total = read.count("totalTokens")
        guard !read.isContradictory, input != nil || output != nil else { return nil }
        let sum = (input ?? 0) + (output ?? 0)
        let includesCache = total == sum && (cached ?? 0) + written > 0 && (cached ?? 0) + written <= (input ?? 0)
        self.init(
            promptTokens: (input ?? 0) + (includesCache ? 0 : (cached ?? 0) + written), completionTokens: output ?? 0,
            cachedPromptTokens: cached)
        guard promptTokens + completionTokens > 0 else { return nil }
        cacheWriteTokens = written
        boundParts()
    }

    /// As the `usage` of a chat.
    func writeChat(to json: inout JSONBytes) {
        json.object { json in
            json.member("prompt_tokens", promptTokens)
            json.member("completion_tokens", completionTokens)
            json.member("total_tokens", totalTokens)
            json.key("prompt_tokens_details")
            json.object { json in
                json.member("cached_tokens", cachedPromptTokens ?? 0)
                if cacheWriteTokens + cacheWriteHourTokens > 0 {
                    json.member("cache_write_tokens", cacheWriteTokens.addingSaturated(cacheWriteHourTokens))
                }
            }
            guard let reasoningTokens else { return }
            json.key("completion_tokens_details")
            json.object { $0.member("reasoning_tokens", reasoningTokens) }
        }
    }

    /// As the `usage` of a message, whose input leaves out the cache.
    func writeMessages(to json: inout JSONBytes) {
        let cached = cachedPromptTokens ?? 0
        let written = cacheWriteTokens.addingSaturated(cacheWriteHourTokens)
        json.object { json in
            json.member(
                "input_tokens", max(0, promptTokens.subtractingSaturated(cached).subtractingSaturated(written)))
            json.member("cache_creation_input_tokens", written)
            json.member("cache_read_input_tokens", cached)
            json.member("output_tokens", completionTokens)
        }
    }

    /// As the `usage` of a response.
    func writeResponses(to json: inout JSONBytes) {
        json.object { json in
            json.member("input_tokens", promptTokens)
            json.key("input_tokens_details")
            json.object { json in
                json.member("cached_tokens", cachedPromptTokens ?? 0)
                json.member("cache_write_tokens", cacheWriteTokens.addingSaturated(cacheWriteHourTokens))
            }
            json.member("output_tokens", completionTokens)
            json.key("output_tokens_details")
            json.object { $0.member("reasoning_tokens", reasoningTokens ?? 0) }
            json.member("total_tokens", totalTokens)
        }
    }
}
