import BanditCore
import DecisionStore
import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// One request of the hot path from its last byte to the last byte of its answer.
///
/// Confined to the event loop of its connection (hence the unchecked conformance): upstream events and the store's word that the
/// decision is written are handed over to it. The steps:
///
///     key → head → category → decision ─┬─▶ store (decision row) ──────────┐
///                                       └─▶ provider … fallback … answer ──┴─▶ client, outcome to the store
final class ChatExchange: @unchecked Sendable {
    let service: ChatService
    let output: ExchangeOutput
    let eventLoop: any EventLoop
    let requestID: String
    let arrivedAt: Timestamp
    let arrivedNS: Int64
    let endpoint: ProxiedEndpoint
    let fields: RequestFields
    let body: ByteBuffer

    // Known once the request was understood.
    private(set) var document: JSONDocument?
    private(set) var choice: Choice?
    var admission = KeyLimiter.Admission.free
    var gate = CommitGate()
    /// Whether the store was told that another arm serves than the one drawn.
    var isAnnounced = false
    var isStream = false
    /// The key that asked, where requests are logged.
    var loggedKeyID: String?
    /// nil where the client sent no trace context.
    var trace: ExchangeTrace?
    /// nil where no cache was asked.
    var filling: CacheFilling?
    /// nil where what is said is not stored.
    var recording: ContentRecording?
    /// What a repetition of this request is known by; nil where it is of no interest.
    var repeatable: RegenerationWatch.Request?
    /// Whether the tokens are the router's estimate, the provider having said nothing.
    var usageIsEstimated = false
    private var hasAskedLastResort = false
    var waitingForCommit: (() -> Void)?

    // While it is served.
    var current: UpstreamAttempt?
    private var call: UpstreamCall?
    var relay: StreamRelay?
    private var tried = ArmSet()
    var attempts: [Attempt] = []
    private var lastFault: UpstreamFault?
    private var allRateLimited = true
    private var shortestRetryAfter: Timestamp?
    private(set) var upstreamNS: Int64 = 0
    var streamHeadSent = false
    var firstByteNS: Int64?
    var isOver = false
    private var isPaused = false

    init(
        service: ChatService, endpoint: ProxiedEndpoint, fields: RequestFields, body: ByteBuffer,
        output: ExchangeOutput, eventLoop: any EventLoop
    ) {
        self.service = service
        self.output = output
        self.eventLoop = eventLoop
        self.endpoint = endpoint
        self.fields = fields
        self.body = body
        requestID = RequestID.choose(fields.requestID)
        arrivedAt = service.runtime.clock()
        arrivedNS = MonotonicTime.nanoseconds()
    }

    /// Starts serving; everything later happens in answer to events.
    func begin() {
        service.runtime.metrics.began()
        proceed(prepare)
    }

    /// Takes a step before the decision; where it cannot be taken, the request is refused.
    func proceed(_ step: () throws(GatewayError) -> Void) {
        do throws(GatewayError) {
            try step()
        } catch {
            service.runtime.metrics.refused(code: error.code ?? "")
            fail(error)
        }
    }

    private func prepare() throws(GatewayError) {
        let runtime = service.runtime
        if runtime.keys.isKeyless, !LoopbackHost.names(fields.host) { throw .hostNotAllowed }
        let caller = try output.identify(fields.authorization, by: runtime.keys, now: arrivedAt)
        guard caller.may(.chat) else { throw .insufficientScope(.chat) }
        if runtime.logsRequests { loggedKeyID = caller.keyID }
        if let header = fields.traceparent, let context = TraceContext(header) {
            trace = ExchangeTrace(context, span: TraceContext.spanID(runtime.randomBits()))
        }
        let document = try JSONDocument.object(body)
        self.document = document
        let chat = try ChatHead(endpoint, document: document, fields: fields)
        isStream = chat.streams
        let setup = runtime.setup
        let category = try setup.categorize(chat)
        if setup.hasCaches || chat.caches == true,
            let plan = setup.cachePlan(chat, endpoint, owner: caller.keyID, body: body)
        {
            if let answer = runtime.cache.answer(plan) { return try give(answer, to: caller) }
            runtime.metrics.cacheMiss(route: chat.model)
            filling = CacheFilling(plan)
        }
        if let plan = setup.embeddings, awaitEmbeddings(plan, chat, setup, caller, byWords: category) { return }
        try decide(chat, category, setup, caller)
    }

    /// Chooses an arm and asks it.
    func decide(
        _ chat: ChatHead, _ category: Categorization, _ setup: GatewaySetup, _ caller: Caller
    ) throws(GatewayError) {
        guard let document else { return }
        let runtime = service.runtime
        let promptTokens = runtime.estimator.promptTokens(bytes: chat.features.byteCount)
        let request = DecisionRequest(
            model: chat.model, category: category.id, categorySource: category.by.rawValue,
            categoryModel: setup.categoryModel(of: category), requirements: chat.requirements,
            promptTokens: promptTokens,
            maxTokens: chat.maxTokens, maxCostUSD: chat.maxCostUSD, explores: chat.explores, session: chat.session,
            keyID: caller.keyID, keyGroup: caller.group)
        let choice: Choice
        do {
            choice = try runtime.engine.decide(request, at: arrivedAt, random: runtime.randomBits())
        } catch {
            throw .refusal(error)
        }
        admission = try runtime.limiter.admit(
            caller, worstCase: choice.worstCase(promptTokens: promptTokens, maxTokens: chat.maxTokens),
            now: arrivedAt)
        self.choice = choice
        if setup.configuration.privacy.storeContent { recording = ContentRecording() }
        // The store first, so that it writes while the provider is being asked. A whole answer that is there sooner is laid down without
        // waking this thread: it would only be in the writer's way.
        runtime.store.record(choice.decision) { [gate, eventLoop] _ in
            // Written, or kept in memory while the store is out of service: either way the answer may go.
            if gate.open() { eventLoop.execute { self.committed() } }
        }
        ask(choice.position)
        repeatable = runtime.noteRepetition(
            of: document, chat, keyID: caller.keyID, within: setup.configuration.feedback.regeneratedWithin,
            at: arrivedAt)
    }

    // MARK: - Asking

    private func ask(_ position: Int) {
        guard let choice else { return }
        guard position >= 0 else { return askLastResort() }
        tried.insert(position)
        ask(choice.plan.armIDs[position], position)
    }

    /// Asks the arm that stands behind all others; once.
    private func askLastResort() {
        guard let choice, !hasAskedLastResort,
            let arm = service.runtime.engine.lastResort(for: choice, tried: tried)
        else { return exhausted() }
        hasAskedLastResort = true
        ask(arm.id, -1)
    }

    private func ask(_ id: String, _ position: Int) {
        guard let choice, let document else { return }
        guard service.runtime.engine.health.begin(id) else {
            return askNext(after: nil)
        }
        guard let arm = service.runtime.setup.connection(id) else {
            service.runtime.engine.health.ended(id)
            return askNext(after: nil)
        }
        var prepared: PreparedRequest?
        var request: UpstreamRequest
        do {
            let remaining =
                choice.plan.definition.timeouts.total - .nanoseconds(MonotonicTime.nanoseconds() - arrivedNS)
            guard remaining > .zero else {
                service.runtime.engine.health.ended(id)
                return exhausted()
            }
            (request, prepared) = try arm.request(
                endpoint, document: document, timeouts: choice.plan.definition.timeouts, remaining: remaining)
        } catch {
            service.runtime.engine.health.ended(id)
            var refusal = GatewayError(400, "invalid_value", error.message, param: error.param)
            refusal.decisionID = choice.decision.id
            attempts.append(Attempt(arm: id, succeeded: false, error: "untranslatable", latencyMS: 0))
            return whenCommitted { self.finish(.error, servedArm: nil, error: refusal) }
        }
        request.headerLine = trace?.upstreamLine
        let attempt = UpstreamAttempt(
            position: position, arm: arm, startedAt: MonotonicTime.nanoseconds(), prepared: prepared, gate: gate,
            eventLoop: eventLoop, exchange: self)
        current = attempt
        relay = nil
        call = service.runtime.transport.start(request, receiver: attempt)
    }

    private func askNext(after fault: UpstreamFault?) {
        guard let choice else { return }
        if let fault { lastFault = fault }
        guard attempts.count < choice.plan.definition.maxAttempts,
            let next = service.runtime.engine.fallback(for: choice, tried: tried, attempt: attempts.count)
        else { return askLastResort() }
        ask(next)
    }

    // MARK: - Upstream events

    /// Called on the event loop with each event of an attempt.
    func received(_ event: UpstreamEvent, from attempt: UpstreamAttempt) {
        guard !isOver, current === attempt else { return }
        switch event {
        case .complete(let head, let body, let timings):
            attempt.status = head.status
            attempt.answeredAt = attempt.startedAt + timings.totalNanoseconds
            let answer = UpstreamAnswer(head: head, body: body, timings: timings)
            switch attempt.arm.check(endpoint, answer) {
            case .success(let checked): answered(checked, head: head, attempt)
            case .failure(let fault): failed(fault, attempt)
            }
        case .head(let head):
            attempt.status = head.status
            guard let prepared = attempt.prepared else { return }
            relay = attempt.arm.dialect.streamRelay(head: head, model: attempt.arm.definition.model, prepared: prepared)
        case .body(let bytes):
            guard let action = relay?.receive(bytes) else { return }
            act(action, attempt)
        case .end:
            guard let action = relay?.finish() else { return failed(.noAnswer, attempt) }
            act(action, attempt)
        case .failed(let error):
            if let action = relay?.fail(error) { act(action, attempt) } else { failed(UpstreamFault(error), attempt) }
        }
    }

    /// A whole answer that is one.
    private func answered(_ answer: CheckedAnswer, head: UpstreamHead, _ attempt: UpstreamAttempt) {
        let usage = counted(answer.usage, contentBytes: 0, uncounted: answer.contentBytes)
        let cost = attempt.arm.cost(of: usage)
        endAttempt(attempt, status: head.status, fault: nil, cost: cost)
        announce(attempt, completionID: answer.id)
        whenCommitted {
            self.finish(
                .ok, servedArm: attempt.arm.definition.id, completionID: answer.id, usage: usage, cost: cost,
                body: answer.body)
        }
    }

    private func act(_ action: StreamAction, _ attempt: UpstreamAttempt) {
        switch action {
        case .forward, .finish, .abort: announce(attempt, completionID: relay?.summary.id)
        case .hold, .fault: break
        }
        switch action {
        case .hold: break
        case .forward(let bytes): send(bytes, attempt)
        case .finish(let bytes):
            let summary = relay?.summary
            let usage = counted(summary)
            let cost = attempt.arm.cost(of: usage)
            endAttempt(attempt, status: 200, fault: nil, cost: cost)
            whenCommitted {
                self.sendStreamHead(attempt)
                self.output.write(bytes)
                self.sent(bytes)
                self.finish(
                    .ok, servedArm: attempt.arm.definition.id, completionID: summary?.id, usage: usage,
                    cost: cost)
            }
        case .fault(let fault): failed(fault, attempt)
        case .abort(let bytes, let fault):
            let summary = relay?.summary
            let usage = counted(summary)
            let cost = attempt.arm.cost(of: usage)
            endAttempt(attempt, status: 200, fault: fault, cost: cost)
            whenCommitted {
                self.sendStreamHead(attempt)
                self.output.write(bytes)
                self.sent(bytes)
                self.finish(
                    .error, servedArm: attempt.arm.definition.id, completionID: summary?.id, usage: usage,
                    cost: cost)
            }
        }
    }

    private func failed(_ fault: UpstreamFault, _ attempt: UpstreamAttempt) {
        guard let choice else { return }
        // A call that broke off has no status worth telling, whatever its head said.
        let status = fault.status ?? (fault.kind == .transport ? nil : attempt.status)
        endAttempt(attempt, status: status, fault: fault, cost: nil)
        if fault.isClients {
            var error = GatewayError(
                fault.status ?? 400, fault.code, fault.message, param: fault.param,
                type: fault.type ?? "invalid_request_error")
            error.decisionID = choice.decision.id
            return whenCommitted { self.finish(.error, servedArm: nil, error: error) }
        }
        if fault.status == 429 {
            if let wait = RetryAfter.microseconds(fault.retryAfter, now: service.runtime.clock()) {
                shortestRetryAfter = min(shortestRetryAfter ?? wait, wait)
            }
        } else {
            allRateLimited = false
        }
        askNext(after: fault)
    }

    /// What a call used: as its provider says, which the estimates learn from, else as they say.
    ///
    /// - Parameters:
    ///   - contentBytes: of what was said, where it was measured on the way.
    ///   - uncounted: the same, where it has to be looked for.
    private func counted(_ usage: TokenUsage?, contentBytes: Int, uncounted: @autoclosure () -> Int) -> TokenUsage {
        let estimator = service.runtime.estimator
        guard let usage else {
            usageIsEstimated = true
            return estimator.usage(promptBytes: body.readableBytes, contentBytes: uncounted())
        }
        estimator.observe(usage, promptBytes: body.readableBytes, contentBytes: contentBytes)
        return usage
    }

    private func counted(_ summary: StreamSummary?) -> TokenUsage {
        let bytes = summary?.contentBytes ?? 0
        return counted(summary?.usage, contentBytes: bytes, uncounted: bytes)
    }

    /// Books an attempt that ended: for the log, the breaker and the metrics.
    private func endAttempt(_ attempt: UpstreamAttempt, status: Int?, fault: UpstreamFault?, cost: NanoDollars?) {
        // An answer may have waited for the log before it was looked at: that is not the provider's time.
        let elapsed = (attempt.answeredAt ?? MonotonicTime.nanoseconds()) - attempt.startedAt
        upstreamNS += elapsed
        current = nil
        call = nil
        let arm = attempt.arm.definition.id
        let isArmFault = fault.map { !$0.isClients } ?? false
        attempts.append(
            Attempt(
                arm: arm, succeeded: fault == nil, httpStatus: status, error: fault?.label,
                latencyMS: Double(elapsed) / 1e6, isArmFault: isArmFault, cost: cost))
        let health = service.runtime.engine.health
        guard let fault else { return health.succeeded(arm) }
        let now = service.runtime.clock()
        if isArmFault {
            health.failed(arm, retryAfter: RetryAfter.microseconds(fault.retryAfter, now: now))
            service.runtime.metrics.fault(arm: arm, code: fault.label)
        } else {
            health.ended(arm)
        }
    }

    /// No arm is left to ask.
    private func exhausted() {
        guard let choice else { return }
        var error: GatewayError
        if choice.decision.kind == .pinned, choice.position >= 0, let fault = lastFault {
            error = .pinnedFailure(fault)
        } else if !attempts.isEmpty, allRateLimited {
            error = GatewayError(429, "rate_limit_exceeded", "Every arm of the route is limited by its provider now.")
        } else {
            let arms = attempts.map { "\($0.arm) (\($0.error ?? "failed"))" }.joined(separator: ", ")
            error = GatewayError(503, "no_arm_available", "No arm answered: \(arms).")
        }
        if error.status == 429 || error.status == 503 {
            error.retryAfter = max(1, Int(((shortestRetryAfter ?? 0) + 999_999) / 1_000_000))
        }
        error.decisionID = choice.decision.id
        let refusal = error
        whenCommitted { self.finish(.error, servedArm: nil, error: refusal) }
    }

    // MARK: - The client's side

    /// Slows the provider down while the client does not read.
    func writabilityChanged(_ isWritable: Bool) {
        guard !isOver, let call, isPaused == isWritable else { return }
        isPaused = !isWritable
        if isPaused { call.pause() } else { call.resume() }
    }

    /// The client is gone: the upstream call ends, and what was served until now is booked.
    func clientLeft() {
        // What was answered is booked as answered, although it is in vain.
        if let current { receiveParked(from: current) }
        guard !isOver else { return }
        isOver = true
        waitingForCommit = nil
        var served: String?
        let summary = relay?.summary
        var cost: NanoDollars?
        if let attempt = current {
            call?.cancel()
            let elapsed = MonotonicTime.nanoseconds() - attempt.startedAt
            upstreamNS += elapsed
            cost = attempt.arm.cost(of: summary?.usage)
            attempts.append(
                Attempt(
                    arm: attempt.arm.definition.id, succeeded: false, error: "cancelled",
                    latencyMS: Double(elapsed) / 1e6,
                    cost: cost))
            service.runtime.engine.health.ended(attempt.arm.definition.id)
            if streamHeadSent { served = attempt.arm.definition.id }
            current = nil
            self.call = nil
        }
        let endedNS = MonotonicTime.nanoseconds() - arrivedNS
        // It left while its embedding was waited for.
        if choice == nil { service.runtime.metrics.refused(code: "cancelled") }
        keepContent(answer: nil)
        close(
            .cancelled, servedArm: served, completionID: summary?.id, usage: summary?.usage, cost: cost,
            endedNS: endedNS)
        service.runtime.store.wake()
        // 499: what nginx made the usual word for a client that closed the request.
        report(status: 499, servedArm: served, usage: summary?.usage, cost: cost, endedNS: endedNS)
    }
}
