import NIOCore
import ProviderClient
import Testing
import WireFormats

/// What a configuration says of the requests to an arm reaches the provider, whatever the client speaks and whatever the arm does.
@Suite("params and defaults of arms")
struct ArmWishTests {
    private static let bodies: [InboundShape: String] = [
        .chat:
            #"{"model":"r","max_tokens":9000,"temperature":0.7,"messages":[{"role":"user","content":"hi"}],"x":1.50}"#,
        .messages:
            #"{"model":"r","max_tokens":9000,"temperature":0.7,"messages":[{"role":"user","content":"hi"}],"x":1.50}"#,
        .responses: #"{"model":"r","max_output_tokens":9000,"temperature":0.7,"input":"hi","x":1.50}"#,
    ]
    private static let dialects: [OutboundShape: any ProviderDialect] = [
        .chat: OpenAIDialect(), .messages: AnthropicDialect(), .responses: ResponsesDialect(),
        .gemini: TranslatedDialect(to: .gemini), .converse: TranslatedDialect(to: .converse),
    ]
    private static let models: [OutboundShape: String] = [
        .chat: "gpt-x", .messages: "claude-opus-5", .responses: "gpt-x", .gemini: "gemini-3-pro",
        .converse: "us.anthropic.claude-opus-5",
    ]

    private func body(
        _ inbound: InboundShape, _ outbound: OutboundShape, params: String? = nil, defaults: String? = nil
    ) throws -> JSONDocument {
        var arm = AskedModel(try #require(Self.models[outbound]))
        arm.params = try params.map { try JSONDocument(parsing: ByteBuffer(string: $0)) }
        arm.defaults = try defaults.map { try JSONDocument(parsing: ByteBuffer(string: $0)) }
        let document = try JSONDocument(parsing: ByteBuffer(string: try #require(Self.bodies[inbound])))
        let dialect = try #require(Self.dialects[outbound])
        return try JSONDocument(parsing: dialect.request(ClientRequest(document, in: inbound, to: arm)).body)
    }

    /// The word for how much to think, wherever a dialect has it.
    private func effort(_ body: JSONDocument) -> String? {
        let extra = body.member("additionalModelRequestFields")
        return body.member("reasoning_effort")?.string ?? body.member("reasoning")?.member("effort")?.string
            ?? (body.member("output_config") ?? extra?.member("output_config"))?.member("effort")?.string
            ?? body.member("generationConfig")?.member("thinkingConfig")?.member("thinkingLevel")?.string?.lowercased()
    }

    private func temperature(_ body: JSONDocument) -> Double? {
        (body.member("temperature") ?? body.member("generationConfig")?.member("temperature")
            ?? body.member("inferenceConfig")?.member("temperature"))?.double
    }

    @Test("two arms of one model that differ in effort are asked differently", arguments: InboundShape.allCases)
    func efforts(inbound: InboundShape) throws {
        for outbound in OutboundShape.allCases {
            for word in ["low", "high"] {
                let asked = try body(inbound, outbound, params: #"{"reasoning_effort":"\#(word)"}"#)
                #expect(effort(asked) == word, "\(inbound) to \(outbound): \(String(buffer: asked.text))")
            }
        }
    }

    @Test("params overrule the client, defaults only fill in", arguments: InboundShape.allCases)
    func precedence(inbound: InboundShape) throws {
        for outbound in OutboundShape.allCases {
            let place = "\(inbound) to \(outbound)"
            #expect(try temperature(body(inbound, outbound, params: #"{"temperature":0.2}"#)) == 0.2, "\(place)")
            #expect(try temperature(body(inbound, outbound, defaults: #"{"temperature":0.2}"#)) == 0.7, "\(place)")
            let filled = try body(inbound, outbound, defaults: #"{"top_p":0.5}"#)
            let topP =
                filled.member("top_p") ?? filled.member("generationConfig")?.member("topP")
                ?? filled.member("inferenceConfig")?.member("topP")
            #expect(topP?.double == 0.5, "\(place)")
        }
    }

    @Test("raw is merged into the provider's body as it is", arguments: InboundShape.allCases)
    func raw(inbound: InboundShape) throws {
        for outbound in OutboundShape.allCases {
            let asked = try body(inbound, outbound, params: #"{"raw":{"top_a":[1.50]}}"#)
            #expect(asked.member("top_a").map { String(buffer: $0.rawBytes) } == "[1.50]", "\(inbound) to \(outbound)")
            let filled = try body(inbound, outbound, defaults: #"{"raw":{"top_a":1,"temperature":9}}"#)
            #expect(filled.member("top_a")?.int == 1)
            #expect(temperature(filled) == 0.7 || outbound == .gemini || outbound == .converse)
        }
    }

    @Test("of a client's own dialect nothing else changes: unknown members, digits, the name of a limit")
    func untouched() throws {
        let limited = #"{"max_tokens":77}"#
        let chat = try body(.chat, .chat, params: limited)
        #expect(chat.member("max_tokens")?.int == 77 && !chat.has("max_completion_tokens"))
        #expect(try body(.messages, .messages, params: limited).member("max_tokens")?.int == 77)
        #expect(try body(.responses, .responses, params: limited).member("max_output_tokens")?.int == 77)
        for shape in InboundShape.allCases {
            let asked = try body(shape, shape.own, params: limited)
            #expect(asked.member("x").map { String(buffer: $0.rawBytes) } == "1.50")
            #expect(asked.member("temperature")?.double == 0.7)
        }
    }

    @Test("thinking on Anthropic's models takes what does not go with it out, and leaves room for an answer")
    func thinking() throws {
        var arm = AskedModel("claude-sonnet-4-5")
        arm.params = try JSONDocument(parsing: ByteBuffer(string: #"{"reasoning_effort":"max"}"#))
        let document = try JSONDocument(parsing: ByteBuffer(string: try #require(Self.bodies[.messages])))
        let asked = try JSONDocument(
            parsing: AnthropicDialect().request(ClientRequest(document, in: .messages, to: arm)).body)
        let budget = try #require(asked.member("thinking")?.member("budget_tokens")?.int)
        #expect(budget < 9_000 && budget >= 1_024)
        #expect(!asked.has("temperature"))
    }
}
