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

    /// The longest answer with embeddings, bytes: 2,048 inputs of 3,072 dimensions, as OpenAI takes them, are 80 MB of digits.
    private static let embeddingsLimit = 128 << 20

    /// The request for the provider.
    ///
    /// - Parameter remaining: what is left of the time for all attempts together.
    func request(
        _ endpoint: ProxiedEndpoint, document: JSONDocument, timeouts: RouteTimeouts, remaining: Duration
    ) throws(DialectError) -> (UpstreamRequest, PreparedRequest?) {
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
                UpstreamRequest(
                    endpoint: embeddings, body: body, timeouts: limits, maxBodyBytes: Self.embeddingsLimit), nil
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
        return price.cost(usage.billed)
    }
}

extension TokenUsage {
    /// Every token in the part that it is billed as.
    var billed: BilledTokens {
        var tokens = BilledTokens()
        tokens.cachedInput = cachedPromptTokens ?? 0
        tokens.cacheWrite = cacheWriteTokens
        tokens.cacheWriteHour = cacheWriteHourTokens
        tokens.audioInput = audioPromptTokens
        tokens.imageInput = imagePromptTokens
        let special = tokens.cachedInput + tokens.cacheWrite + tokens.cacheWriteHour + tokens.audioInput
        tokens.input = max(0, promptTokens - special - tokens.imageInput)
        tokens.reasoning = reasoningTokens ?? 0
        tokens.audioOutput = audioCompletionTokens
        tokens.output = max(0, completionTokens - tokens.reasoning - tokens.audioOutput)
        return tokens
    }
}

extension UpstreamFault {
    /// An end of the connection without a head.
    static let noAnswer = UpstreamFault(.empty, "the provider closed the connection without an answer")

    /// One word for logs, metrics and the decision's attempts.
    var label: String {
        switch kind {
        case .transport: transport?.code.rawValue ?? "transport"
        case .status: "status_\(status ?? 0)"
        default: kind.rawValue
        }
    }
}

extension FaultWitness {
    /// - Parameter body: told apart by its length, beginning and end, which costs the same for every request.
    init(of decision: Decision?, asking body: ByteBuffer) {
        guard decision?.keyID == nil else {
            self.init(key: decision?.keyID)
            return
        }
        var hasher = Hasher()
        hasher.combine(body.readableBytes)
        body.withUnsafeReadableBytes {
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0.prefix(512)))
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0.suffix(512)))
        }
        self.init(request: UInt64(bitPattern: Int64(hasher.finalize())))
    }
}

extension GatewayError {
    /// The answer where an arm asked for by name failed: it is never replaced.
    static func pinnedFailure(_ fault: UpstreamFault) -> GatewayError {
        if fault.isRequests {
            return GatewayError(
                400, fault.clientCode, fault.clientMessage, param: fault.param, type: "invalid_request_error")
        }
        if fault.status == 429 {
            return GatewayError(429, "rate_limit_exceeded", fault.clientMessage)
        }
        if fault.transport?.isTimeout == true || fault.status == 504 || fault.status == 408 {
            return GatewayError(504, "upstream_timeout", "The arm did not answer in time: \(fault.clientMessage).")
        }
        if fault.status == 503 { return GatewayError(503, "no_arm_available", fault.clientMessage) }
        return GatewayError(502, "upstream_error", "The arm failed: \(fault.clientMessage).")
    }
}

extension Choice {
    /// The most that serving the request can cost: at the dearest arm with a price that may be asked; nil where none has one.
    func worstCase(of request: DecisionRequest) -> NanoDollars? {
        var worst: NanoDollars?
        let arms = plan.arms.filter { decision.arms.contains($0.id) } + (lastResort.map { [$0] } ?? [])
        for arm in arms {
            guard let usd = arm.worstCaseUSD(of: request), let cost = NanoDollars(usd: usd) else { continue }
            worst = max(worst ?? 0, cost)
        }
        return worst
    }
}
