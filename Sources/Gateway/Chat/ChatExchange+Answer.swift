import DecisionStore
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// What leaves towards the client, and who is told how it went: store, limits, cache, metrics, log.
extension ChatExchange {
    func send(_ bytes: ByteBuffer, _ attempt: UpstreamAttempt) {
        whenCommitted { self.forward(bytes, attempt) }
    }

    private func forward(_ bytes: ByteBuffer, _ attempt: UpstreamAttempt) {
        sendStreamHead(attempt)
        output.write(bytes)
        sent(bytes)
        output.flush()
        writabilityChanged(output.isWritable)
    }

    func sendStreamHead(_ attempt: UpstreamAttempt) {
        guard !streamHeadSent, let choice else { return }
        streamHeadSent = true
        firstByteNS = MonotonicTime.nanoseconds() - arrivedNS
        // From here on the client can give feedback: the store must know whom it speaks of.
        if !isAnnounced {
            service.runtime.store.serving(
                choice.decision.id, arm: attempt.arm.definition.id, completionID: relay?.summary.id)
        }
        var head = AnswerHead(status: 200)
        head.field("x-request-id", requestID)
        tell(of: attempt.arm.definition.id, attemptsSoFar: attempts.count + (current == nil ? 0 : 1), in: &head)
        head.field("content-type", constant: "text/event-stream")
        head.field("cache-control", constant: "no-cache")
        output.beginStream(head)
    }

    /// Says in an answer's head how it came about.
    private func tell(of servedArm: String?, attemptsSoFar: Int, in head: inout AnswerHead) {
        if let decision = choice?.decision {
            head.field("x-bandit-decision-id", decision.id.description)
            if let servedArm { head.field("x-bandit-arm", visible: servedArm) }
            head.field("x-bandit-category", visible: decision.category)
            head.field("x-bandit-propensity", decision.propensity.description)
            head.field("x-bandit-attempts", attemptsSoFar)
            head.field("x-bandit-policy", decision.policy)
        }
        if filling != nil { head.field("x-bandit-cache", constant: "miss") }
        if let status = admission.status { head.limits(status) }
        if let trace { head.field("traceparent", trace.header) }
        let now = MonotonicTime.nanoseconds()
        let upstream = upstreamNS + (current.map { now - $0.startedAt } ?? 0)
        head.field("x-bandit-overhead-ms", HeaderText.milliseconds(now - arrivedNS - upstream))
    }

    /// Writes what is left of the answer and tells everybody how it went.
    func finish(
        _ status: OutcomeStatus, servedArm: String?, completionID: String? = nil, usage: TokenUsage? = nil,
        cost: NanoDollars? = nil, body: ByteBuffer? = nil, error: GatewayError? = nil
    ) {
        guard !isOver else { return }
        isOver = true
        let endedNS = MonotonicTime.nanoseconds() - arrivedNS
        // The outcome is queued before the answer leaves, so that feedback on it cannot overtake it.
        keepContent(answer: body)
        close(status, servedArm: servedArm, completionID: completionID, usage: usage, cost: cost, endedNS: endedNS)
        if var error {
            // Told with everything else that is known of the decision.
            error.decisionID = nil
            var head = AnswerHead(error, requestID: requestID)
            tell(of: nil, attemptsSoFar: attempts.count, in: &head)
            output.answer(head, body: ByteBuffer(bytes: error.body))
        } else if let body {
            var head = AnswerHead(status: 200)
            head.field("x-request-id", requestID)
            tell(of: servedArm, attemptsSoFar: attempts.count, in: &head)
            head.field("content-type", constant: "application/json")
            if let cost, !usageIsEstimated { head.field("x-bandit-cost-usd", HeaderText.usd(cost)) }
            output.answer(head, body: body)
        }
        output.finish()
        service.runtime.store.wake()
        if status == .ok, let filling, let choice, let servedArm, let kept = body ?? filling.stream,
            kept.readableBytes <= filling.limitBytes
        {
            let answer = AnswerCache.Answer(
                decision: choice.decision, servedArm: servedArm, body: kept, isStream: body == nil)
            service.runtime.cache.keep(answer, filling.plan)
        }
        report(
            status: error?.status ?? 200, error: error?.code, servedArm: servedArm, usage: usage, cost: cost,
            endedNS: endedNS)
    }

    /// Books how it went. The store's writer is not woken for it: that comes when the answer is on its way.
    func close(
        _ status: OutcomeStatus, servedArm: String?, completionID: String?, usage: TokenUsage?, cost: NanoDollars?,
        endedNS: Int64
    ) {
        guard let choice else { return }
        let runtime = service.runtime
        let now = runtime.clock()
        runtime.store.record(
            Outcome(
                decisionID: choice.decision.id, time: now, status: status, servedArm: servedArm,
                completionID: completionID, attempts: attempts, latencyMS: Double(endedNS) / 1e6,
                firstByteMS: servedArm == nil ? nil : Double(firstByteNS ?? endedNS) / 1e6,
                promptTokens: usage?.promptTokens, cachedPromptTokens: usage?.cachedPromptTokens,
                completionTokens: usage?.completionTokens, tokensEstimated: usageIsEstimated, cost: cost),
            wakes: false)
        if let repeatable, status == .ok {
            runtime.regenerations.answered(repeatable, by: choice.decision.id)
        }
        let tokens = usage?.totalTokens
        // An answer that was none costs nothing; one that was given costs what it may cost until more is known.
        let owed = servedArm == nil && status != .cancelled ? cost ?? 0 : cost
        runtime.limiter.settle(admission, tokens: tokens, cost: owed, now: now)
    }

    func report(
        status: Int, error: String? = nil, servedArm: String?, usage: TokenUsage?, cost: NanoDollars?, endedNS: Int64
    ) {
        if service.runtime.logsRequests {
            log(status, error, servedArm: servedArm, usage: usage, cost: cost, endedNS: endedNS)
        }
        guard let choice else { return }
        service.runtime.metrics.ended(
            GatewayMetrics.Request(
                route: choice.decision.route, arm: servedArm ?? "", status: status, attempts: attempts.count,
                seconds: Double(endedNS) / 1e9, overheadSeconds: Double(max(0, endedNS - upstreamNS)) / 1e9,
                firstByteSeconds: servedArm == nil ? nil : Double(firstByteNS ?? endedNS) / 1e9,
                promptTokens: usage?.promptTokens ?? 0, completionTokens: usage?.completionTokens ?? 0, cost: cost ?? 0)
        )
    }

    /// Answers with an error before there was a decision.
    func fail(_ error: GatewayError) {
        isOver = true
        var head = AnswerHead(error, requestID: requestID)
        if let limit = error.rateLimit { head.limits(limit) }
        if let trace { head.field("traceparent", trace.header) }
        output.answer(head, body: ByteBuffer(bytes: error.body))
        output.finish()
        if service.runtime.logsRequests {
            log(error.status, error.code, endedNS: MonotonicTime.nanoseconds() - arrivedNS)
        }
    }
}
