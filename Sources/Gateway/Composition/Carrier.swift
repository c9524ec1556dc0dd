package import Dialects
package import NIOCore
package import ProviderClient
import WireFormats

/// Where a provider's models are asked, in each of the dialects it speaks: addresses, fields, and what is wrapped around bodies.
///
/// Of what is said in them it knows nothing.
package struct Carrier: Sendable {
    private let kind: ProviderKind
    /// Without a slash at its end.
    private let base: String
    private let provider: ProviderDefinition

    /// - Parameter baseURL: of the simulated provider; else as the provider has it.
    package init(_ provider: ProviderDefinition, baseURL: String? = nil) {
        kind = provider.kind
        self.provider = provider
        var base = baseURL ?? provider.baseURL
        if base.isEmpty { base = Self.usualBase(provider) }
        while base.hasSuffix("/") { base.removeLast() }
        // As it is copied from a portal: the path is the carrier's to add.
        if provider.kind.derivesAddress, base.hasSuffix("/openai/v1") { base.removeLast("/openai/v1".count) }
        self.base = base
    }

    static let usualRegion = "us-east-1"

    /// What a provider's host is called that does not say where it is.
    private static func usualBase(_ provider: ProviderDefinition) -> String {
        switch provider.kind {
        case .gemini: return "https://generativelanguage.googleapis.com/v1beta"
        case .bedrock: return "https://bedrock-runtime.\(provider.region ?? usualRegion).amazonaws.com"
        case .vertex:
            switch provider.location ?? "global" {
            case "global": return "https://aiplatform.googleapis.com"
            case let continent where continent == "us" || continent == "eu":
                return "https://aiplatform.\(continent).rep.googleapis.com"
            case let region: return "https://\(region)-aiplatform.googleapis.com"
            }
        case .openai, .openaiResponses, .anthropic, .azure, .simulated: return ""
        }
    }

    /// Where a model is asked.
    ///
    /// - Parameter suffix: of the path, for what is beside asking it (`/count_tokens`); of kinds that count.
    package func url(_ dialect: OutboundShape, model: String, streams: Bool, suffix: String = "") -> String {
        switch kind {
        case .openai, .openaiResponses, .anthropic, .simulated: base + Self.plainPath(dialect) + suffix
        case .gemini: base + "/models/\(model)" + Self.generate(streams)
        case .vertex: base + vertexPath(dialect, model: model, streams: streams)
        case .azure: base + azurePath(dialect, deployment: model, suffix: suffix)
        case .bedrock: base + Self.bedrockPath(dialect, model: model, streams: streams)
        }
    }

    /// Where a model's embeddings are asked for; nil where there are none.
    package var embeddingsURL: String? {
        switch kind {
        case .openai, .openaiResponses, .simulated: base + "/embeddings"
        case .azure where provider.apiVersion == nil: base + "/openai/v1/embeddings"
        case .azure, .anthropic, .gemini, .vertex, .bedrock: nil
        }
    }

    private static func plainPath(_ dialect: OutboundShape) -> String {
        switch dialect {
        case .chat, .gemini, .converse: "/chat/completions"
        case .responses: "/responses"
        case .messages: "/messages"
        }
    }

    private static func generate(_ streams: Bool) -> String {
        streams ? ":streamGenerateContent?alt=sse" : ":generateContent"
    }

    private func vertexPath(_ dialect: OutboundShape, model: String, streams: Bool) -> String {
        let place = "/v1/projects/\(provider.project ?? "")/locations/\(provider.location ?? "global")/publishers"
        guard dialect == .messages else { return place + "/google/models/\(model)" + Self.generate(streams) }
        return place + "/anthropic/models/\(model):" + (streams ? "streamRawPredict" : "rawPredict")
    }

    private func azurePath(_ dialect: OutboundShape, deployment: String, suffix: String) -> String {
        if dialect == .messages { return "/anthropic/v1/messages\(suffix)" }
        guard let version = provider.apiVersion else { return "/openai/v1" + Self.plainPath(dialect) + suffix }
        if dialect == .responses { return "/openai/responses\(suffix)?api-version=\(version)" }
        return "/openai/deployments/\(deployment.percentEncoded)/chat/completions?api-version=\(version)"
    }

    private static func bedrockPath(_ dialect: OutboundShape, model: String, streams: Bool) -> String {
        let place = "/model/\(model.percentEncoded)/"
        switch dialect {
        case .messages: return place + (streams ? "invoke-with-response-stream" : "invoke")
        case .chat, .responses: return "/openai/v1" + plainPath(dialect)
        case .converse, .gemini: return place + (streams ? "converse-stream" : "converse")
        }
    }

    /// The fields of every request, but for what credentials add that change.
    package func fields(_ dialect: OutboundShape) -> [(String, String)] {
        var fields = [("Content-Type", "application/json")]
        let isMessages = dialect == .messages
        guard let key = provider.apiKey, !key.isEmpty else { return fields }
        switch kind {
        case .anthropic: fields.append(("x-api-key", key))
        case .azure: fields.append((isMessages ? "x-api-key" : "api-key", key))
        case .gemini: fields.append(("x-goog-api-key", key))
        case .openai, .openaiResponses, .vertex, .bedrock, .simulated: fields.append(("Authorization", "Bearer \(key)"))
        }
        return fields
    }

    /// Where the client says no other.
    static let anthropicVersion = "2023-06-01"

    /// The body as this provider wants it around what is said.
    ///
    /// - Parameter betas: of Anthropic's, which go into the body where they are no field.
    package func envelope(_ prepared: PreparedRequest, betas: [String]) -> ByteBuffer {
        let version: String
        switch (kind, prepared.outbound) {
        case (.vertex, .messages): version = "vertex-2023-10-16"
        case (.bedrock, .messages): version = "bedrock-2023-05-31"
        default: return prepared.body
        }
        guard let document = try? JSONDocument(parsing: prepared.body), document.isObject else { return prepared.body }
        var splice = JSONSplice(document)
        splice.remove("model")
        splice.set("anthropic_version", to: version)
        if kind == .bedrock {
            splice.remove("stream")
            if !betas.isEmpty {
                var json = JSONBytes()
                json.array { json in for beta in betas { json.value(beta) } }
                splice.set("anthropic_beta", to: ByteBuffer(bytes: json.bytes))
            }
        }
        return splice.applied()
    }

    /// Whether Anthropic's version is a field of the request rather than a member of its body.
    var hasVersionField: Bool { kind != .bedrock && kind != .vertex }

    /// Whether Anthropic's betas are a field of the request rather than a member of its body.
    var hasBetaField: Bool { kind != .bedrock }
}

extension ProviderKind {
    /// Whether it counts tokens of a prompt beside where it is asked; the simulated provider does not.
    var countsTokens: Bool { self == .anthropic || self == .openaiResponses || self == .openai || self == .azure }

    /// Whether bodies of some dialect go to it in another form than that dialect's own.
    var wrapsBodies: Bool { self == .vertex || self == .bedrock }

    /// Whether the provider's address follows from other keys, and `base_url` is no more than its root.
    var derivesAddress: Bool { self == .azure || self == .vertex || self == .bedrock }
}

extension String {
    /// For one segment of a path (RFC 3986, 2.3).
    fileprivate var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}
