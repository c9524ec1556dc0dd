import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// A provider's dialect and endpoints, prepared once for each configuration: its arms share them, so that libcurl's handles stay set
/// up for one endpoint while the arms change.
struct ProviderConnection: Sendable {
    let dialect: any ProviderDialect
    let chat: UpstreamEndpoint
    let embeddings: UpstreamEndpoint?

    /// - Parameter baseURL: with the version path, with or without a slash at its end.
    init(dialect: any ProviderDialect, baseURL: String, apiKey: String?) {
        self.dialect = dialect
        let base = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        let headers = dialect.headers(apiKey: apiKey)
        chat = UpstreamEndpoint(url: base + dialect.chatPath, headers: headers)
        embeddings = dialect.embeddingsPath.map { UpstreamEndpoint(url: base + $0, headers: headers) }
    }
}

/// How one arm is reached.
final class ArmConnection: Sendable {
    let definition: ArmDefinition
    private let provider: ProviderConnection

    var dialect: any ProviderDialect { provider.dialect }

    init(_ definition: ArmDefinition, of provider: ProviderConnection) {
        self.definition = definition
        self.provider = provider
    }

    /// The request for the provider.
    ///
    /// - Parameter remaining: what is left of the time for all attempts together.
    func request(
        _ endpoint: ProxiedEndpoint, document: JSONDocument, timeouts: RouteTimeouts, remaining: Duration
    ) throws(DialectError) -> (UpstreamRequest, PreparedRequest) {
        let limits = UpstreamTimeouts(
            connect: timeouts.connect, firstByte: timeouts.firstByte, betweenChunks: timeouts.betweenChunks,
            total: remaining)
        switch endpoint {
        case .chat:
            let prepared = try dialect.chatRequest(document, model: definition.model)
            let request = UpstreamRequest(
                endpoint: provider.chat, body: prepared.body, timeouts: limits, wantsStream: prepared.wantsStream)
            return (request, prepared)
        case .embeddings:
            guard let embeddings = provider.embeddings, let openAI = dialect as? OpenAIDialect else {
                throw DialectError("arm '\(definition.id)' is of a provider without embeddings", param: "model")
            }
            let body = try openAI.embeddingsBody(document, model: definition.model)
            return (
                UpstreamRequest(endpoint: embeddings, body: body, timeouts: limits),
                PreparedRequest(body: body, wantsStream: false, hidesUsage: false)
            )
        }
    }

    func check(_ endpoint: ProxiedEndpoint, _ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault> {
        switch endpoint {
        case .chat: dialect.checkChat(answer, model: definition.model)
        case .embeddings: AnswerCheck.openAI(answer, expecting: .embeddings)
        }
    }

    /// What a call cost; nil where the arm has no price or the provider did not say what was used.
    func cost(of usage: TokenUsage?) -> NanoDollars? {
        guard let usage, let price = definition.price else { return nil }
        return price.cost(
            promptTokens: usage.promptTokens, cachedTokens: usage.cachedPromptTokens ?? 0,
            completionTokens: usage.completionTokens)
    }
}

extension UpstreamFault {
    /// An end of the connection without a head.
    static let noAnswer = UpstreamFault(.empty, "the provider closed the connection without an answer")

    /// The label of an attempt that could not be made.
    static let untranslatable = "untranslatable"

    /// One word for logs, metrics and the decision's attempts.
    var label: String {
        switch kind {
        case .transport: transport?.code.rawValue ?? "transport"
        case .status: "status_\(status ?? 0)"
        default: kind.rawValue
        }
    }
}

extension GatewayError {
    /// What is told where a stream broke after its first content.
    static func brokenStream(_ fault: UpstreamFault) -> GatewayError {
        GatewayError(502, "upstream_stream_error", fault.message)
    }

    /// The answer where an arm asked for by name failed: it is never replaced.
    static func pinnedFailure(_ fault: UpstreamFault) -> GatewayError {
        if fault.status == 429 {
            return GatewayError(429, "rate_limit_exceeded", fault.message)
        }
        if fault.transport?.isTimeout == true || fault.status == 504 || fault.status == 408 {
            return GatewayError(504, "upstream_timeout", "The arm did not answer in time: \(fault.message).")
        }
        if fault.status == 503 { return GatewayError(503, "no_arm_available", fault.message) }
        return GatewayError(502, "upstream_error", "The arm failed: \(fault.message).")
    }
}

extension Choice {
    /// The most that serving the request can cost: at the dearest eligible arm; nil where an eligible arm has no price.
    func worstCase(promptTokens: Int, maxTokens: Int?) -> NanoDollars? {
        var worst: NanoDollars = 0
        let arms = plan.arms.filter { decision.arms.contains($0.id) } + (lastResort.map { [$0] } ?? [])
        for arm in arms {
            guard let usd = arm.worstCaseUSD(promptTokens: promptTokens, maxTokens: maxTokens),
                let cost = NanoDollars(usd: usd)
            else { return nil }
            worst = max(worst, cost)
        }
        return worst
    }
}
