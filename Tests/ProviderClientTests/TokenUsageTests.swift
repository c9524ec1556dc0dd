import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("what answers used")
struct TokenUsageTests {
    private static func value(_ json: String) -> JSONValue? { try? JSONValue(parsing: ByteBuffer(string: json)) }

    @Test(
        "OpenAI's counts and its kin's: all of the input, all of the output, wherever the parts stand",
        arguments: [
            (#"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}"#, 100, 10, nil),
            (#"{"prompt_tokens":100,"completion_tokens":10}"#, 100, 10, nil),
            // Reasoning beside the output, said by the total, or by being more than it.
            (
                #"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":1110,"completion_tokens_details":{"reasoning_tokens":1000}}"#,
                100, 1010, 1000
            ),
            (#"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":1110}"#, 100, 1010, nil),
            (
                #"{"prompt_tokens":100,"completion_tokens":10,"completion_tokens_details":{"reasoning_tokens":1000}}"#,
                100, 1010, 1000
            ),
            (
                #"{"prompt_tokens":100,"completion_tokens":1010,"total_tokens":1110,"completion_tokens_details":{"reasoning_tokens":1000}}"#,
                100, 1010, 1000
            ),
            (#"{"prompt_tokens":100,"completion_tokens":50,"reasoning_tokens":40}"#, 100, 50, 40),
            (#"{"prompt_tokens":5,"total_tokens":5}"#, 5, 0, nil),
            (#"{"completion_tokens":5,"total_tokens":25}"#, 20, 5, nil),
            (#"{"prompt_tokens":1e2,"completion_tokens":10.0,"total_tokens":0}"#, 100, 10, nil),
        ] as [(String, Int, Int, Int?)])
    func openAI(json: String, prompt: Int, completion: Int, reasoning: Int?) throws {
        let usage = try #require(TokenUsage(openAI: Self.value(json)))
        #expect(usage.promptTokens == prompt && usage.completionTokens == completion, "\(usage)")
        #expect(usage.reasoningTokens == reasoning)
    }

    @Test(
        "what is no count, or contradicts itself, says nothing",
        arguments: [
            "{}", "null", "[]", #"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
            #"{"prompt_tokens":-1,"completion_tokens":5}"#, #"{"prompt_tokens":5,"completion_tokens":-5}"#,
            #"{"prompt_tokens":9223372036854775807,"completion_tokens":5}"#,
            #"{"prompt_tokens":1e300,"completion_tokens":5}"#,
            #"{"prompt_tokens":1.5,"completion_tokens":5}"#, #"{"prompt_tokens":"5"}"#,
            #"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":50}"#,
            #"{"prompt_tokens":null,"completion_tokens":null}"#,
        ])
    func nothing(json: String) {
        #expect(TokenUsage(openAI: Self.value(json)) == nil)
    }

    @Test("parts of the input are never more than it")
    func parts() throws {
        let json =
            #"{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":60,"audio_tokens":30,"image_tokens":30},"cache_creation_input_tokens":20,"completion_tokens_details":{"audio_tokens":4,"reasoning_tokens":9}}"#
        let usage = try #require(TokenUsage(openAI: Self.value(json)))
        #expect(usage.cachedPromptTokens == 60 && usage.cacheWriteTokens == 20 && usage.audioPromptTokens == 20)
        #expect(usage.imagePromptTokens == 0 && usage.audioCompletionTokens == 4 && usage.reasoningTokens == 6)
        let negative = #"{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":-7}}"#
        #expect(
            TokenUsage(openAI: Self.value(negative)) == TokenUsage(promptTokens: 100, completionTokens: 10),
            "the whole stands without the part")
        for name in ["cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens"] {
            let inner = name == "cached_tokens" ? #""prompt_tokens_details":{"cached_tokens":7}"# : #""\#(name)":7"#
            #expect(
                TokenUsage(openAI: Self.value(#"{"prompt_tokens":10,"completion_tokens":1,\#(inner)}"#))?
                    .cachedPromptTokens == 7)
        }
    }

    @Test("Anthropic's input is the sum of three; what was written for an hour is told apart")
    func anthropic() throws {
        func read(_ json: String) -> TokenUsage? { TokenUsage(anthropic: Self.value(json)) }
        let plain = try #require(
            read(
                #"{"input_tokens":10,"cache_creation_input_tokens":100,"cache_read_input_tokens":50,"output_tokens":5}"#
            ))
        #expect(plain.promptTokens == 160 && plain.cachedPromptTokens == 50 && plain.cacheWriteTokens == 100)
        let hour = try #require(
            read(
                #"{"input_tokens":10,"cache_creation_input_tokens":100,"output_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":70}}"#
            ))
        #expect(hour.cacheWriteTokens == 30 && hour.cacheWriteHourTokens == 70 && hour.promptTokens == 110)
        #expect(read(#"{"input_tokens":0,"output_tokens":0}"#) == nil)
        #expect(read(#"{"input_tokens":-3,"output_tokens":5}"#) == nil)
        #expect(read(#"{"input_tokens":3,"output_tokens":5,"cache_read_input_tokens":9e18}"#) == nil)
    }

    @Test("what is said later is a running total: zeros, repetitions and stragglers take nothing back")
    func later() throws {
        var usage = try #require(
            TokenUsage(anthropic: Self.value(#"{"input_tokens":100,"cache_read_input_tokens":40,"output_tokens":1}"#)))
        usage.update(with: TokenUsage(promptTokens: 0, completionTokens: 25))
        usage.update(with: TokenUsage(promptTokens: 0, completionTokens: 25))
        usage.update(with: TokenUsage(promptTokens: 140, completionTokens: 3))
        #expect(usage == TokenUsage(promptTokens: 140, completionTokens: 25, cachedPromptTokens: 40))
    }
}
