import DecisionStore
import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// Serves one request of the hot path: does what its ``ChatExchange`` says, and tells it what comes of it.
///
/// Confined to the event loop of its connection (hence the unchecked conformance): upstream events and the store's word that the
/// decision is written are handed over to it. The steps:
///
///     key → head → category → decision ─┬─▶ store (decision row) ──────────┐
///                                       └─▶ provider … fallback … answer ──┴─▶ client, outcome to the store
final class ExchangeRunner: NIOScheduledCallbackHandler, @unchecked Sendable {
    let service: ChatService
    let output: ExchangeOutput
    let eventLoop: any EventLoop
    let requestID: String
    let arrivedAt: Timestamp
    let arrivedNS: Int64
    let endpoint: ProxiedEndpoint
    let fields: RequestFields
    let caller: Caller
    let body: ByteBuffer
    let inbound: any InboundDialect

    private var exchange: ChatExchange
    private var actions = ExchangeActions()
    private var isPerforming = false
    /// What the answer waits for at the store; another one once another arm than the drawn one serves.
    private var gate = CommitGate()
    /// The attempt in progress, of whose whole answer the event loop may not have heard yet.
    private var current: UpstreamAttempt?
    /// Whose request it is, for the breakers.
    private var witness = FaultWitness()
    /// What the prompt consists of.
    var content = PromptContent(textBytes: 0)
    /// The most tokens of answer that the request may be billed for.
    var billableAnswerTokens = 0
    var books = ExchangeBooks()

    var isStream = false
    /// The key that asked, where requests are logged.
    var loggedKeyID: String?
    /// How long the client of a stream is sent nothing before it gets a sign of life.
    var keepAliveAfter = TimeAmount.zero
    /// When the silence is looked at again; nil where the request is for no stream, or an arm is settled.
    private var silence: NIOScheduledCallback?
    /// Whether the silence was looked at before.
    private var hasLooked = false
    /// Whether a stream's arm is settled.
    private var isSettled = false
    /// nil where the client sent no trace context.
    var trace: ExchangeTrace?
    /// The seat that this request is the last to sit in.
    var freesSeat: SessionTable.Key?
    /// What a repetition of this request is known by; nil where it is of no interest.
    var repeatable: RegenerationWatch.Request?

    init(
        service: ChatService, endpoint: ProxiedEndpoint, fields: RequestFields, caller: Caller, body: ByteBuffer,
        output: ExchangeOutput, eventLoop: any EventLoop
    ) {
        self.service = service
        self.output = output
        self.eventLoop = eventLoop
        self.endpoint = endpoint
        self.fields = fields
        self.caller = caller
        self.body = body
        requestID = RequestID.choose(fields.requestID)
        arrivedAt = service.runtime.clock()
        inbound = endpoint.inbound(at: arrivedAt)
        exchange = ChatExchange(inbound)
        arrivedNS = MonotonicTime.nanoseconds()
    }

    var isOver: Bool { exchange.awaits == .nothing }

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
            take(.refused(error))
        }
    }

    /// Tells the exchange what happened, and does what it says. What comes of that at once waits its turn.
    func take(_ event: consuming ExchangeEvent) {
        exchange.handle(event, into: &actions)
        guard !isPerforming else { return }
        isPerforming = true
        while let action = actions.next() { perform(action) }
        isPerforming = false
        assert(exchange.awaits != .choice, "nobody looks for an arm")
    }

    private func perform(_ action: consuming ExchangeAction) {
        switch action {
        case .refuse(let error):
            service.runtime.metrics.refused(code: error.code ?? "")
            refuse(error)
        case .give(let hit): give(hit)
        case .leave: leave()
        case .record(let decided):
            record(decided)
            if isStream { listen(for: min(keepAliveAfter, Self.firstLook)) }
        case .choose(let decided, let next): choose(decided, next)
        case .end(let end): book(end)
        case .announce(let decided, let arm, let completionID):
            gate = CommitGate()
            service.runtime.store.serving(
                decided.decision.id, arm: arm, completionID: completionID, completion: opens(gate))
        case .awaitLog: if gate.isOpen || !gate.waits() { take(.written) }
        case .cancel(let arm): arm.cancel()
        case .pause(let arm): arm.pause()
        case .resume(let arm): arm.resume()
        case .keepAlive(let decided, let isFirst):
            if isFirst { beginSilence(decided) }
            // Not noted: it is no part of the answer.
            output.write(inbound.keepAlive)
            output.flush()
            take(.writability(output.isWritable))
        case .beginStream(let decided, let arm, let completionID, let announces, let isHeadOut):
            silence?.cancel()
            isSettled = true
            // From here on the client can give feedback: the store must know whom it speaks of.
            if announces {
                service.runtime.store.serving(decided.decision.id, arm: arm.armID, completionID: completionID)
            }
            beginStream(decided, arm, isHeadOut: isHeadOut)
        case .write(let chunks):
            let bytes = endpoint == .completions ? Completions.frames(chunks) : chunks
            output.write(bytes)
            books.sent(bytes)
        case .flush:
            output.flush()
            take(.writability(output.isWritable))
        case .finish(let decided, let ending):
            silence?.cancel()
            finish(decided, ending)
        }
    }

    // MARK: - Silence

    /// A provider's own sign of life is passed on from this time on.
    private static let firstLook = TimeAmount.seconds(1)

    private func listen(for time: TimeAmount) {
        // Fails only where the loop is shut down, and every connection with it.
        silence = try? eventLoop.scheduleCallback(in: time, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        let isFirst = !hasLooked
        hasLooked = true
        take(.silence(isLong: !isFirst || keepAliveAfter <= Self.firstLook))
        guard !isOver, !isSettled else { return }
        listen(for: isFirst && keepAliveAfter > Self.firstLook ? keepAliveAfter - Self.firstLook : keepAliveAfter)
    }

    // MARK: - The log

    private func record(_ decided: DecidedRequest) {
        witness = FaultWitness(of: decided.decision.keyID, asking: body)
        var decision = decided.decision
        decision.reserved = decided.admission.reserved
        service.runtime.store.record(decision, completion: opens(gate))
    }

    /// What the store is to do once it has written: it wakes this event loop only where something waits for it.
    private func opens(_ gate: CommitGate) -> @Sendable (Recorded) -> Void {
        // Written, or kept in memory while the store is out of service: either way the answer may go.
        { [eventLoop] _ in if gate.open() { eventLoop.execute { self.opened(gate) } } }
    }

    private func opened(_ gate: CommitGate) {
        // An answer that waited for this gate may have to wait for another one.
        guard gate === self.gate else { return }
        if let current, let event = current.takeParked() { received(event, from: current) } else { take(.written) }
    }

    /// Looks at a whole answer that waited for the decision to be written, where there is one.
    func receiveParked(from attempt: UpstreamAttempt) {
        if let event = attempt.takeParked() { received(event, from: attempt) }
    }

    // MARK: - Asking

    private func choose(_ decided: DecidedRequest, _ next: NextArm) {
        let choice = decided.choice
        let engine = service.runtime.engine
        switch next {
        case .drawn: ask(choice.plan.armIDs[choice.position], choice.position, decided)
        case .fallback(let tried, let failures):
            guard
                let position = engine.fallback(
                    for: choice, tried: tried, attempt: failures)
            else { return take(.noArmLeft) }
            ask(choice.plan.armIDs[position], position, decided)
        case .lastResort(let tried):
            guard let arm = engine.lastResort(for: choice, tried: tried) else {
                return take(.noArmLeft)
            }
            ask(arm.id, -1, decided)
        case .again(let arm, let position, let fault):
            guard arm.learns(from: fault) else { return take(.noArmLeft) }
            ask(arm.armID, position, decided)
        }
    }

    private func ask(_ id: String, _ position: Int, _ decided: DecidedRequest) {
        let runtime = service.runtime
        guard
            runtime.engine.health.begin(
                id, for: witness.key, evenIfOpen: decided.choice.asksOpenArms)
        else {
            return take(.armUnavailable(position: position))
        }
        guard let arm = runtime.setup.connection(id) else {
            runtime.engine.health.ended(id, for: witness.key)
            return take(.armUnavailable(position: position))
        }
        let timeouts = decided.timeouts
        let remaining = timeouts.total - .nanoseconds(MonotonicTime.nanoseconds() - arrivedNS)
        guard remaining > .zero else {
            runtime.engine.health.ended(id, for: witness.key)
            return take(.outOfTime)
        }
        let prepared: PreparedRequest
        var request: UpstreamRequest
        do {
            (request, prepared) = try arm.request(
                endpoint, document: decided.document, fields: fields, decision: decided.decision.id,
                timeouts: timeouts, remaining: remaining, now: runtime.clock())
        } catch {
            runtime.engine.health.ended(id, for: witness.key)
            books.couldNotSay(to: id)
            return take(.untranslatable(error, arm: id, position: position))
        }
        if let line = trace?.upstreamLine { request.headerLines.append(line) }
        let attempt = UpstreamAttempt(
            arm: arm, endpoint: endpoint, startedAt: MonotonicTime.nanoseconds(), prepared: prepared, gate: gate,
            eventLoop: eventLoop, runner: self)
        current = attempt
        books.began(attempt)
        books.adjusted = prepared.adjusted
        if !prepared.adjusted.isEmpty { runtime.metrics.adjusted(arm: id, prepared.adjusted) }
        take(.asked(attempt, position: position))
        attempt.call = runtime.transport.start(request, receiver: attempt)
    }

    /// Called on the event loop with each event of an attempt.
    func received(_ event: UpstreamEvent, from attempt: UpstreamAttempt) {
        if case .complete(_, _, let timings) = event {
            attempt.answeredAt = attempt.startedAt + timings.totalNanoseconds
        }
        take(.upstream(event, from: attempt))
    }

    /// Books an attempt that ended: for the outcome, the breaker and the metrics.
    private func book(_ end: AttemptEnd) {
        let runtime = service.runtime
        current = nil
        books.end(
            end, at: MonotonicTime.nanoseconds(), counting: runtime.estimator,
            of: .init(
                endpoint: endpoint, content: content, isStream: isStream, billableAnswerTokens: billableAnswerTokens))
        let arm = end.arm.armID
        let health = runtime.engine.health
        switch end.result {
        case .answered, .streamed: health.succeeded(arm, witness)
        case .cancelled: health.ended(arm, for: witness.key)
        case .broke(_, let fault), .failed(let fault):
            let now = runtime.clock()
            guard fault.verdict.countsAgainstArm else { return health.ended(arm, for: witness.key) }
            var wait = RetryAfter.microseconds(fault.retryAfter, now: now)
            if fault.verdict.reason == .rateLimit, let wait { books.mustWait(wait) }
            // An account in trouble is no matter of seconds.
            if wait == nil, fault.verdict.party == .account {
                wait = Timestamp(saturating: FaultVerdict.accountRest / .microseconds(1))
            }
            health.failed(arm, witness, fault.isCertainlyArms ? .arm : .unclear, retryAfter: wait)
            runtime.metrics.fault(arm: arm, code: fault.label)
        }
    }

    // MARK: - The client's side

    /// Whether an attempt is the one that the answer is waited for from.
    func wants(_ attempt: UpstreamAttempt) -> Bool { current === attempt && !isOver }

    /// Slows the provider down while the client does not read.
    func writabilityChanged(_ isWritable: Bool) { take(.writability(isWritable)) }

    /// The client is gone: the upstream call ends, and what was served until now is booked.
    func clientLeft() {
        // What was answered is booked as answered, although it is in vain.
        if let current { receiveParked(from: current) }
        take(.clientLeft)
    }
}
