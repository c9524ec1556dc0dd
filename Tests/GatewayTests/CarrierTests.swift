import Dialects
import Gateway
import NIOCore
import ProviderClient
import Testing
import WireFormats

/// The addresses are those of the providers' own documentation; each must be right to the letter.
@Suite("where providers are asked")
struct CarrierTests {
    private func provider(_ kind: ProviderKind, base: String = "", version: String? = nil) -> ProviderDefinition {
        var provider = ProviderDefinition(id: "p", kind: kind, baseURL: base, apiKey: "k")
        provider.apiVersion = version
        provider.project = "proj"
        provider.location = "eu"
        provider.region = "us-east-1"
        return provider
    }

    @Test("every kind has its address for each of its dialects, whole and streamed")
    func addresses() {
        let azure = "https://res.openai.azure.com"
        let vertex = "https://aiplatform.eu.rep.googleapis.com/v1/projects/proj/locations/eu/publishers"
        let bedrock = "https://bedrock-runtime.us-east-1.amazonaws.com"
        let google = "https://generativelanguage.googleapis.com/v1beta/models/m"
        let rows: [(ProviderDefinition, OutboundShape, String, String, String)] = [
            (provider(.openai, base: "http://x/v1/"), .chat, "m", "http://x/v1/chat/completions", ""),
            (provider(.openai, base: "http://x/v1"), .responses, "m", "http://x/v1/responses", ""),
            (provider(.anthropic, base: "http://x/v1"), .messages, "m", "http://x/v1/messages", ""),
            (provider(.gemini), .gemini, "m", google + ":generateContent", google + ":streamGenerateContent?alt=sse"),
            (
                provider(.vertex), .gemini, "m", vertex + "/google/models/m:generateContent",
                vertex + "/google/models/m:streamGenerateContent?alt=sse"
            ),
            (
                provider(.vertex), .messages, "claude@1", vertex + "/anthropic/models/claude@1:rawPredict",
                vertex + "/anthropic/models/claude@1:streamRawPredict"
            ),
            (provider(.azure, base: azure), .chat, "d", azure + "/openai/v1/chat/completions", ""),
            (provider(.azure, base: azure + "/openai/v1/"), .responses, "d", azure + "/openai/v1/responses", ""),
            (
                provider(.azure, base: azure, version: "2024-10-21"), .chat, "my d",
                azure + "/openai/deployments/my%20d/chat/completions?api-version=2024-10-21", ""
            ),
            (provider(.azure, base: azure), .messages, "d", azure + "/anthropic/v1/messages", ""),
            (
                provider(.bedrock), .converse, "us.anthropic.x:0", bedrock + "/model/us.anthropic.x%3A0/converse",
                bedrock + "/model/us.anthropic.x%3A0/converse-stream"
            ),
            (
                provider(.bedrock), .messages, "x", bedrock + "/model/x/invoke",
                bedrock + "/model/x/invoke-with-response-stream"
            ),
            (provider(.bedrock), .chat, "x", bedrock + "/openai/v1/chat/completions", ""),
        ]
        for (provider, dialect, model, whole, streamed) in rows {
            let carrier = Carrier(provider)
            #expect(carrier.url(dialect, model: model, streams: false) == whole)
            #expect(carrier.url(dialect, model: model, streams: true) == (streamed.isEmpty ? whole : streamed))
        }
    }

    @Test("what is beside asking a model stands before the query")
    func suffixes() {
        let azure = Carrier(provider(.azure, base: "http://x", version: "v"))
        #expect(
            azure.url(.responses, model: "d", streams: false, suffix: "/input_tokens")
                == "http://x/openai/responses/input_tokens?api-version=v")
        #expect(
            Carrier(provider(.anthropic, base: "http://x/v1")).url(
                .messages, model: "m", streams: false, suffix: "/count_tokens") == "http://x/v1/messages/count_tokens")
    }

    @Test("the key goes into the field that the kind reads, and into none where there is no key")
    func keys() {
        for (kind, dialect, field) in [
            (ProviderKind.openai, OutboundShape.chat, "Authorization: Bearer k"),
            (.anthropic, .messages, "x-api-key: k"),
            (.gemini, .gemini, "x-goog-api-key: k"), (.vertex, .gemini, "Authorization: Bearer k"),
            (.azure, .chat, "api-key: k"), (.azure, .messages, "x-api-key: k"),
            (.bedrock, .converse, "Authorization: Bearer k"),
        ] {
            let fields = Carrier(provider(kind, base: "http://x")).fields(dialect).map { "\($0.0): \($0.1)" }
            #expect(fields == ["Content-Type: application/json", field])
            var keyless = provider(kind, base: "http://x")
            keyless.apiKey = nil
            #expect(Carrier(keyless).fields(dialect).count == 1)
        }
    }

    @Test("what is wrapped around Anthropic's bodies where others carry them")
    func envelopes() throws {
        func body(_ kind: ProviderKind) throws -> JSONDocument {
            var prepared = PreparedRequest(
                body: ByteBuffer(string: #"{"model":"m","stream":true,"max_tokens":5}"#), wantsStream: true,
                hidesUsage: false)
            prepared.outbound = .messages
            return try JSONDocument(
                parsing: Carrier(provider(kind, base: "http://x")).envelope(prepared, betas: ["b-1"]))
        }
        let vertex = try body(.vertex)
        #expect(vertex.member("anthropic_version")?.string == "vertex-2023-10-16")
        #expect(!vertex.has("model") && vertex.has("stream") && !vertex.has("anthropic_beta"))
        let bedrock = try body(.bedrock)
        #expect(bedrock.member("anthropic_version")?.string == "bedrock-2023-05-31")
        #expect(!bedrock.has("model") && !bedrock.has("stream"))
        #expect(bedrock.member("anthropic_beta")?.elements.first?.string == "b-1")
        #expect(try body(.anthropic).member("model")?.string == "m")
    }

    @Test("embeddings have an address where the kind has embeddings")
    func embeddings() {
        #expect(Carrier(provider(.openai, base: "http://x/v1")).embeddingsURL == "http://x/v1/embeddings")
        #expect(Carrier(provider(.azure, base: "http://x")).embeddingsURL == "http://x/openai/v1/embeddings")
        for kind in [ProviderKind.anthropic, .gemini, .vertex, .bedrock] {
            #expect(Carrier(provider(kind, base: "http://x")).embeddingsURL == nil)
        }
    }
}
