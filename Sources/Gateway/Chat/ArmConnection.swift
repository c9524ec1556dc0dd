import Dialects
import NIOCore
package import ProviderClient
import RoutingEngine
import Synchronization
import WireFormats

/// A provider, prepared once for each configuration: its arms share endpoints where their addresses are the same, so that libcurl's handles
/// stay set up for one endpoint while the arms change.
final class ProviderConnection: Sendable {
    let id: String
    let kind: ProviderKind
    let carrier: Carrier
    let embeddings: UpstreamEndpoint?
    /// nil: requests are paid with what their endpoint's fields say, or signed.
    let keeper: CredentialKeeper?
    let signer: RequestSigner?
    /// By URL.
    private let endpoints = Mutex<[String: UpstreamEndpoint]>([:])
    /// Dialects have memories of their own, which arms of one provider share.
    private let dialects: [OutboundShape: any ProviderDialect]

    /// - Parameter baseURL: instead of the provider's own.
    init(
        _ provider: ProviderDefinition, baseURL: String?, keeper: CredentialKeeper? = nil,
        signer: RequestSigner? = nil
    ) {
        self.keeper = keeper
        self.signer = signer
        id = provider.id
        kind = provider.kind
        let carrier = Carrier(provider, baseURL: baseURL)
        self.carrier = carrier
        embeddings = carrier.embeddingsURL.map { UpstreamEndpoint(url: $0, headers: carrier.fields(.chat)) }
        var dialects: [OutboundShape: any ProviderDialect] = [:]
        for shape in kind.dialects { dialects[shape] = Self.dialect(shape, of: kind) }
        self.dialects = dialects
    }

    private static func dialect(_ shape: OutboundShape, of kind: ProviderKind) -> any ProviderDialect {
        if kind == .simulated { return SimulatedDialect() }
        return switch shape {
        case .chat: OpenAIDialect()
        case .messages: AnthropicDialect()
        case .responses: ResponsesDialect()
        case .gemini, .converse: TranslatedDialect(to: shape)
        }
    }

    /// nil: its models are not asked in this dialect.
    func dialect(_ shape: OutboundShape) -> (any ProviderDialect)? { dialects[shape] }

    /// Where a model is asked in a dialect.
    func endpoint(_ shape: OutboundShape, model: String, streams: Bool, suffix: String = "") -> UpstreamEndpoint {
        let url = carrier.url(shape, model: model, streams: streams, suffix: suffix)
        // As many as there are arms, dialects and ways to answer.
        return endpoints.withLock { endpoints in
            if let known = endpoints[url] { return known }
            let new = UpstreamEndpoint(url: url, headers: carrier.fields(shape))
            endpoints[url] = new
            return new
        }
    }
}

/// How one arm is reached.
final class ArmConnection: Sendable {
    let definition: ArmDefinition
    let dialect: any ProviderDialect
    private let asked: AskedModel
    private let provider: ProviderConnection
    /// Where it is asked in each dialect, with a whole answer and with a stream wanted: made once.
    private let endpoints: [Place: UpstreamEndpoint]
    /// What its refusals have taught of it, until the configuration is read anew.
    private let repairs = Atomic<UInt32>(0)

    init(
        _ definition: ArmDefinition, _ phrasing: ArmPhrasing, _ dialect: any ProviderDialect,
        of provider: ProviderConnection
    ) {
        self.definition = definition
        self.dialect = dialect
        self.provider = provider
        asked = phrasing.asked(definition.model, provider: definition.provider)
        var endpoints: [Place: UpstreamEndpoint] = [:]
        for shape in provider.kind.dialects {
            for streams in [false, true] {
                endpoints[Place(shape: shape, streams: streams)] = provider.endpoint(
                    shape, model: definition.model, streams: streams)
            }
        }
        self.endpoints = endpoints
    }

    private struct Place: Hashable {
        var shape: OutboundShape
        var streams: Bool
    }

    private func endpoint(_ prepared: PreparedRequest) -> UpstreamEndpoint {
        endpoints[Place(shape: prepared.outbound, streams: prepared.wantsStream)]
            ?? provider.endpoint(prepared.outbound, model: definition.model, streams: prepared.wantsStream)
    }

    /// The longest answer with embeddings, bytes: 2,048 inputs of 3,072 dimensions, as OpenAI takes them, are 80 MB of digits.
    private static let embeddingsLimit = 128 << 20

    /// The request for the provider.
    ///
    /// - Parameter remaining: what is left of the time for all attempts together.
    func request(
        _ endpoint: ProxiedEndpoint, document: JSONDocument, fields: RequestFields, decision: DecisionID,
        timeouts: RouteTimeouts, remaining: Duration, now: Timestamp
    ) throws(DialectError) -> (UpstreamRequest, PreparedRequest) {
        var limits = UpstreamTimeouts(
            connect: timeouts.connect, betweenChunks: timeouts.betweenChunks, total: remaining)
        switch endpoint {
        case .chat, .messages, .responses, .completions:
            var prepared = try dialect.request(
                ClientRequest(document, in: endpoint.shape, to: asked, answerID: decision.digits))
            let known = RequestRepairs(rawValue: repairs.load(ordering: .relaxed))
            if !known.isEmpty { known.apply(to: &prepared) }
            // The first byte of a whole answer is its last: how long it takes is how long the answer is.
            if prepared.wantsStream { limits.firstByte = timeouts.firstByte }
            let own = prepared.outbound == .messages && endpoint == .messages
            let betas = own ? fields.anthropicBeta.flatMap { $0.split(separator: ",").map(String.init) } : []
            var request = UpstreamRequest(
                endpoint: self.endpoint(prepared),
                body: provider.kind.wrapsBodies ? provider.carrier.envelope(prepared, betas: betas) : prepared.body,
                timeouts: limits,
                wantsStream: prepared.wantsStream)
            if prepared.outbound == .messages { request.headerLines = headerLines(own ? fields : nil) }
            try pay(&request, at: now)
            return (request, prepared)
        case .embeddings:
            guard let embeddings = provider.embeddings else {
                throw DialectError("arm '\(definition.id)' is of a provider without embeddings", param: "model")
            }
            let body = try OpenAIDialect().embeddingsBody(document, model: definition.model)
            var request = UpstreamRequest(
                endpoint: embeddings, body: body, timeouts: limits, maxBodyBytes: Self.embeddingsLimit)
            try pay(&request, at: now)
            return (
                request,
                PreparedRequest(body: body, wantsStream: false, hidesUsage: false)
            )
        }
    }

    /// Whether there is something to pay with.
    var canPay: Bool { provider.keeper.map { $0.token(at: SteadyClock.now()) != nil } ?? true }

    /// - Parameter now: by the wall clock.
    private func pay(_ request: inout UpstreamRequest, at now: Timestamp) throws(DialectError) {
        if let signer = provider.signer {
            request.headerLines += signer.lines(url: request.endpoint.url, body: request.body, at: now)
        }
        guard let keeper = provider.keeper else { return }
        // It ended since the arm was drawn: another arm is asked.
        guard let token = keeper.token(at: SteadyClock.now()) else {
            throw DialectError("the arm's provider has no credentials now", param: nil)
        }
        request.headerLines.append("Authorization: Bearer \(token)")
    }

    /// What Anthropic wants to know beside a message.
    ///
    /// - Parameter client: of a client that speaks as the provider does: its fields and its body's members belong together.
    private func headerLines(_ client: RequestFields?) -> [String] {
        var lines: [String] = []
        if provider.carrier.hasVersionField {
            lines.append("anthropic-version: \(client?.anthropicVersion ?? Carrier.anthropicVersion)")
        }
        if provider.carrier.hasBetaField { lines += (client?.anthropicBeta ?? []).map { "anthropic-beta: \($0)" } }
        return lines
    }

    /// A request to count a prompt's tokens; nil where the arm's provider has none for what the client speaks.
    func counting(
        _ endpoint: ProxiedEndpoint, _ document: JSONDocument, _ fields: RequestFields, patience: Duration,
        maxAnswerBytes: Int, now: Timestamp
    ) -> UpstreamRequest? {
        let shape = endpoint.shape.own
        // Nothing of what the configuration wishes of answers: who counts refuses it.
        let model = AskedModel(definition.model, realm: asked.realm)
        guard provider.kind.countsTokens, dialect.speaks(endpoint.shape),
            let prepared = try? dialect.request(ClientRequest(document, in: endpoint.shape, to: model))
        else { return nil }
        var request = UpstreamRequest(
            endpoint: provider.endpoint(
                shape, model: definition.model, streams: false,
                suffix: shape == .messages ? "/count_tokens" : "/input_tokens"),
            body: prepared.body, timeouts: UpstreamTimeouts(connect: patience, total: patience),
            maxBodyBytes: maxAnswerBytes)
        if shape == .messages { request.headerLines = headerLines(fields) }
        do throws(DialectError) { try pay(&request, at: now) } catch { return nil }
        return request
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
    init(of keyID: String?, asking body: ByteBuffer) {
        guard keyID == nil else {
            self.init(key: keyID)
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
    package static func brokenStream(_ fault: UpstreamFault) -> GatewayError {
        var error = GatewayError(502, "upstream_stream_error", fault.message, atMost: TextLimit.providersMessage)
        error.cause = .init(fault)
        return error
    }

    /// A provider's refusal of the request itself, passed on in its words.
    package static func passedOn(_ fault: UpstreamFault) -> GatewayError {
        var error = inWords(of: fault)
        error.shouldRetry = fault.shouldRetry
        return error
    }

    private static func inWords(of fault: UpstreamFault) -> GatewayError {
        if fault.transport?.code == .noRoom { return .answersExceedMemory }
        if fault.verdict.reason == .contextOverflow {
            return GatewayError(
                400, "context_length_exceeded", fault.message, param: fault.param ?? "messages",
                type: "invalid_request_error", atMost: TextLimit.providersMessage)
        }
        let status = fault.status ?? 400
        return GatewayError(
            400..<500 ~= status ? status : 400, fault.code, fault.message, param: fault.param,
            type: fault.type ?? "invalid_request_error", atMost: TextLimit.providersMessage)
    }

    /// The answer where an arm asked for by name failed: it is never replaced.
    package static func pinnedFailure(_ fault: UpstreamFault) -> GatewayError {
        var error = failure(of: fault)
        error.shouldRetry = fault.shouldRetry
        return error
    }

    private static func failure(of fault: UpstreamFault) -> GatewayError {
        if !fault.verdict.countsAgainstArm { return passedOn(fault) }
        if fault.verdict.reason == .credit {
            // As OpenAI says it, whatever the provider's own status: clients know this one.
            return GatewayError(
                429, "insufficient_quota", fault.message, type: "insufficient_quota", atMost: TextLimit.providersMessage
            )
        }
        if fault.status == 429 {
            return GatewayError(429, "rate_limit_exceeded", fault.message, atMost: TextLimit.providersMessage)
        }
        if fault.transport?.isTimeout == true || fault.status == 504 || fault.status == 408 {
            return GatewayError(504, "upstream_timeout", "The arm did not answer in time: \(fault.message).")
        }
        if fault.status == 529 {
            return GatewayError(529, "no_arm_available", fault.message, atMost: TextLimit.providersMessage)
        }
        if fault.status == 503 {
            return GatewayError(503, "no_arm_available", fault.message, atMost: TextLimit.providersMessage)
        }
        return GatewayError(
            502, "upstream_error", "The arm failed: \(fault.message).", atMost: TextLimit.providersMessage)
    }
}
