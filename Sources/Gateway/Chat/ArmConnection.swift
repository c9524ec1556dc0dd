import Dialects
import NIOCore
import ProviderClient
import RoutingEngine
import Synchronization
import WireFormats

/// A provider's dialect and endpoints, prepared once for each configuration: its arms share them, so that libcurl's handles stay set
/// up for one endpoint while the arms change.
struct ProviderConnection: Sendable {
    let dialect: any ProviderDialect
    /// By the shape of what is asked.
    private let endpoints: [OutboundShape: UpstreamEndpoint]
    let embeddings: UpstreamEndpoint?

    /// - Parameter baseURL: with the version path, with or without a slash at its end.
    init(dialect: any ProviderDialect, baseURL: String, apiKey: String?) {
        self.dialect = dialect
        let base = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        let headers = dialect.headers(apiKey: apiKey)
        var endpoints: [OutboundShape: UpstreamEndpoint] = [:]
        for (shape, path) in [
            (OutboundShape.chat, "/chat/completions"), (.messages, "/messages"), (.responses, "/responses"),
        ] { endpoints[shape] = UpstreamEndpoint(url: base + path, headers: headers) }
        self.endpoints = endpoints
        embeddings = dialect.embeddingsPath.map { UpstreamEndpoint(url: base + $0, headers: headers) }
    }
}

extension ProviderConnection {
    /// Where a request of this shape goes.
    func endpoint(_ shape: OutboundShape) throws(DialectError) -> UpstreamEndpoint {
        guard let endpoint = endpoints[shape] else {
            throw DialectError("the arm's provider has no place for requests of this shape", param: nil)
        }
        return endpoint
    }
}

/// How one arm is reached.
final class ArmConnection: Sendable {
    let definition: ArmDefinition
    private let provider: ProviderConnection
    /// What its refusals have taught of it, until the configuration is read anew.
    private let repairs = Atomic<UInt32>(0)

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
        _ endpoint: ProxiedEndpoint, document: JSONDocument, decision: DecisionID, timeouts: RouteTimeouts,
        remaining: Duration
    ) throws(DialectError) -> (UpstreamRequest, PreparedRequest) {
        var limits = UpstreamTimeouts(
            connect: timeouts.connect, betweenChunks: timeouts.betweenChunks, total: remaining)
        switch endpoint {
        case .chat, .messages, .responses, .completions:
            var prepared = try dialect.request(
                ClientRequest(
                    document, in: endpoint.shape, to: AskedModel(definition.model), answerID: decision.digits))
            let known = RequestRepairs(rawValue: repairs.load(ordering: .relaxed))
            if !known.isEmpty { known.apply(to: &prepared) }
            // The first byte of a whole answer is its last: how long it takes is how long the answer is.
            if prepared.wantsStream { limits.firstByte = timeouts.firstByte }
            let request = UpstreamRequest(
                endpoint: try provider.endpoint(prepared.outbound), body: prepared.body, timeouts: limits,
                wantsStream: prepared.wantsStream)
            return (request, prepared)
        case .embeddings:
            guard let embeddings = provider.embeddings, let openAI = dialect as? OpenAIDialect else {
                throw DialectError("arm '\(definition.id)' is of a provider without embeddings", param: "model")
            }
            let body = try openAI.embeddingsBody(document, model: definition.model)
            return (
                UpstreamRequest(
                    endpoint: embeddings, body: body, timeouts: limits, maxBodyBytes: Self.embeddingsLimit),
                PreparedRequest(body: body, wantsStream: false, hidesUsage: false)
            )
        }
    }

    /// What to change in a request that the arm refused, so that it is worth asking once more; remembered for the requests to come.
    ///
    /// nil: nothing helps, or not without a loss.
    func repair(_ refused: PreparedRequest, after fault: UpstreamFault) -> RequestRepair? {
        guard let repair = RequestRepair.forRefusal(fault.verdict, of: refused.body) else { return nil }
        // Of two refusals at once one lesson may be lost; it comes again.
        let known = RequestRepairs(rawValue: repairs.load(ordering: .relaxed))
        repairs.store(known.learning(repair).rawValue, ordering: .relaxed)
        return repair
    }

    func check(
        _ endpoint: ProxiedEndpoint, _ answer: UpstreamAnswer, to prepared: PreparedRequest
    ) -> Result<CheckedAnswer, UpstreamFault> {
        switch endpoint {
        case .chat, .messages, .responses, .completions:
            dialect.check(answer, to: prepared, model: definition.model)
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
        tokens.input = max(0, promptTokens.subtractingSaturated(special).subtractingSaturated(tokens.imageInput))
        tokens.reasoning = reasoningTokens ?? 0
        tokens.audioOutput = audioCompletionTokens
        tokens.output = max(
            0, completionTokens.subtractingSaturated(tokens.reasoning).subtractingSaturated(tokens.audioOutput))
        return tokens
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
    /// What is told where a stream broke after its first content.
    static func brokenStream(_ fault: UpstreamFault) -> GatewayError {
        var error = GatewayError(502, "upstream_stream_error", fault.message)
        error.cause = .init(fault)
        return error
    }

    /// A provider's refusal of the request itself, passed on in its words.
    static func passedOn(_ fault: UpstreamFault) -> GatewayError {
        if fault.transport?.code == .noRoom { return .answersExceedMemory }
        if fault.verdict.reason == .contextOverflow {
            return GatewayError(
                400, "context_length_exceeded", fault.message, param: fault.param ?? "messages",
                type: "invalid_request_error")
        }
        let status = fault.status ?? 400
        return GatewayError(
            400..<500 ~= status ? status : 400, fault.code, fault.message, param: fault.param,
            type: fault.type ?? "invalid_request_error")
    }

    /// The answer where an arm asked for by name failed: it is never replaced.
    static func pinnedFailure(_ fault: UpstreamFault) -> GatewayError {
        if !fault.verdict.countsAgainstArm { return passedOn(fault) }
        if fault.verdict.reason == .credit {
            // As OpenAI says it, whatever the provider's own status: clients know this one.
            return GatewayError(429, "insufficient_quota", fault.message, type: "insufficient_quota")
        }
        if fault.status == 429 {
            return GatewayError(429, "rate_limit_exceeded", fault.message)
        }
        if fault.transport?.isTimeout == true || fault.status == 504 || fault.status == 408 {
            return GatewayError(504, "upstream_timeout", "The arm did not answer in time: \(fault.message).")
        }
        if fault.status == 529 { return GatewayError(529, "no_arm_available", fault.message) }
        if fault.status == 503 { return GatewayError(503, "no_arm_available", fault.message) }
        return GatewayError(502, "upstream_error", "The arm failed: \(fault.message).")
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
