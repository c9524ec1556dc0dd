import DecisionStore
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// What leaves towards the client, and who is told how it went: store, limits, cache, metrics, log.
extension ExchangeRunner {
    /// - Parameter isHeadOut: whether the client has a head already.
    func beginStream(_ decided: DecidedRequest, _ arm: any AskedArm, isHeadOut: Bool) {
        books.firstByteNS = MonotonicTime.nanoseconds() - arrivedNS
        guard !isHeadOut else { return }
        var head = AnswerHead(status: 200)
        head.field("x-request-id", requestID)
        inbound.addFields(requestID: requestID, to: &head)
        tell(of: decided, servedArm: arm.armID, in: &head)
        head.field("content-type", constant: "text/event-stream")
        head.field("cache-control", constant: "no-cache")
        head.field("x-accel-buffering", constant: "no")
        output.beginStream(head)
    }

    /// Sends the head of a stream whose arm is not settled: it names the decision, which will name the arm.
    func beginSilence(_ decided: DecidedRequest) {
        var head = AnswerHead(status: 200)
        head.field("x-request-id", requestID)
        inbound.addFields(requestID: requestID, to: &head)
        tell(of: decided, in: &head)
        head.field("content-type", constant: "text/event-stream")
        head.field("cache-control", constant: "no-cache")
        head.field("x-accel-buffering", constant: "no")
        output.beginStream(head)
    }

    /// Says in an answer's head how it came about.
    private func tell(of decided: DecidedRequest, servedArm: String?, in head: inout AnswerHead) {
        tell(of: decided, in: &head)
        if let servedArm { head.field("x-bandit-arm", visible: servedArm) }
        if servedArm != nil, !books.adjusted.isEmpty {
            head.field("x-bandit-adjusted", books.adjusted.joined(separator: ", "))
        }
        head.field("x-bandit-attempts", books.attemptsSoFar)
        let now = MonotonicTime.nanoseconds()
        head.field(
            "x-bandit-overhead-ms", HeaderText.milliseconds(now - arrivedNS - books.upstreamNS(at: now)))
    }

    /// What is known of an answer before it is settled who gives it.
    private func tell(of decided: DecidedRequest, in head: inout AnswerHead) {
        let decision = decided.decision
        head.field("x-bandit-decision-id", decision.id.description)
        head.field("x-bandit-category", visible: decision.category)
        head.field("x-bandit-propensity", decision.propensity.description)
        head.field("x-bandit-policy", decision.policy)
        if books.filling != nil { head.field("x-bandit-cache", constant: "miss") }
        if let status = decided.admission.status { head.limits(status) }
        if let trace { head.field("traceparent", trace.header) }
    }

    /// Writes what is left of the answer and tells everybody how it went.
    func finish(_ decided: DecidedRequest, _ ending: consuming ExchangeEnding) {
        let end = summed(decided, ending)
        let runtime = service.runtime
        let endedNS = MonotonicTime.nanoseconds() - arrivedNS
        // The outcome is queued before the answer leaves, so that feedback on it cannot overtake it.
        if let recording = books.recording {
            // Before the outcome, so that the decision is still at hand there.
            runtime.store.keep(recording.content(of: decided.decision.id, request: body, answer: end.body))
        }
        close(decided, end, endedNS: endedNS)
        // Before the answer ends, so that who asks again at once finds it.
        if end.status == .ok, let filling = books.filling, let servedArm = end.servedArm,
            let kept = end.body ?? filling.stream, kept.readableBytes <= filling.limitBytes
        {
            let answer = CachedAnswer(
                decision: decided.decision, servedArm: servedArm, body: kept, isStream: end.body == nil)
            runtime.cache.keep(answer, filling.plan)
        }
        if let error = end.error, !end.isTold {
            var head = AnswerHead(error, in: inbound, requestID: requestID)
            tell(of: decided, servedArm: nil, in: &head)
            output.answer(head, body: inbound.body(of: error, requestID: requestID))
        } else if let body = end.body {
            var head = AnswerHead(status: 200)
            head.field("x-request-id", requestID)
            inbound.addFields(requestID: requestID, to: &head)
            tell(of: decided, servedArm: end.servedArm, in: &head)
            head.field("content-type", constant: "application/json")
            if let cost = end.cost, !books.usageIsEstimated { head.field("x-bandit-cost-usd", HeaderText.usd(cost)) }
            output.answer(head, body: body)
        }
        if end.status != .cancelled { output.finish() }
        runtime.store.wake()
        report(decided.decision, end, endedNS: endedNS)
    }

    /// An ending, with what is told of it.
    private struct End {
        var status: OutcomeStatus
        /// What the client saw, or would have seen: an error of which only a stream's end could tell keeps its own status.
        var httpStatus = 200
        var servedArm: String?
        var completionID: String?
        var usage: TokenUsage?
        var cost: NanoDollars?
        var body: ByteBuffer?
        var error: GatewayError?
        /// Whether the client was told the error.
        var isTold = false
    }

    private func summed(_ decided: DecidedRequest, _ ending: consuming ExchangeEnding) -> End {
        switch ending {
        case .answer(let answer, let arm):
            return End(
                status: .ok, servedArm: arm, completionID: answer.id, usage: books.usage, cost: books.cost,
                body: endpoint == .completions ? Completions.whole(answer.body) : answer.body)
        case .stream(let status, let arm, let completionID):
            return End(
                status: status, servedArm: arm, completionID: completionID, usage: books.usage, cost: books.cost)
        case .refusal(var error):
            if error.status == 429 || error.status == 503 {
                error.retryAfter = GatewayError.seconds(rest(of: decided) ?? books.shortestRetryAfter)
            }
            return End(status: .error, httpStatus: error.status, error: error)
        case .brokenSilence(let error):
            return End(status: .error, httpStatus: error.status, error: error, isTold: true)
        case .left(let servedArm, let completionID):
            // 499: what nginx made the usual word for a client that closed the request.
            return End(
                status: .cancelled, httpStatus: 499, servedArm: servedArm, completionID: completionID,
                usage: books.usage, cost: books.cost)
        }
    }

    /// How long until the first arm that could serve the request may be asked, microseconds; nil where one may be asked now.
    private func rest(of decided: DecidedRequest) -> Timestamp? {
        let decision = decided.decision
        let arms =
            decision.arms + decision.excluded.filter(\.isPassing).map(\.arm)
            + (decided.choice.lastResort.map { [$0.id] } ?? [])
        return service.runtime.engine.health.shortestRest(
            of: arms, for: decision.keyID)
    }

    /// Books how it went. The store's writer is not woken for it: that comes when the answer is on its way.
    private func close(_ decided: DecidedRequest, _ end: End, endedNS: Int64) {
        let runtime = service.runtime
        let now = runtime.clock()
        let id = decided.decision.id
        runtime.store.record(
            Outcome(
                decisionID: id, time: now, status: end.status, servedArm: end.servedArm,
                completionID: end.completionID, attempts: books.attempts, latencyMS: Double(endedNS) / 1e6,
                firstByteMS: end.servedArm == nil ? nil : Double(books.firstByteNS ?? endedNS) / 1e6,
                promptTokens: end.usage?.promptTokens, cachedPromptTokens: end.usage?.cachedPromptTokens,
                completionTokens: end.usage?.completionTokens, tokensEstimated: books.usageIsEstimated,
                cost: end.cost),
            wakes: false)
        if let repeatable, end.status == .ok { runtime.regenerations.answered(repeatable, by: id) }
        let tokens = end.usage?.totalTokens
        // What stands in the log and nothing else, so that a restart comes to the same.
        runtime.limiter.settle(decided.admission, tokens: tokens, cost: end.cost)
    }

    private func report(_ decision: Decision, _ end: End, endedNS: Int64) {
        if service.runtime.logsRequests {
            log(
                end.httpStatus, end.error?.code, of: decision, servedArm: end.servedArm, usage: end.usage,
                cost: end.cost, endedNS: endedNS)
        }
        service.runtime.metrics.ended(
            GatewayMetrics.Request(
                route: decision.route, arm: end.servedArm ?? "", status: end.httpStatus,
                attempts: books.attempts.count, seconds: Double(endedNS) / 1e9,
                overheadSeconds: Double(max(0, endedNS - books.upstreamNS)) / 1e9,
                firstByteSeconds: end.servedArm == nil ? nil : Double(books.firstByteNS ?? endedNS) / 1e9,
                promptTokens: end.usage?.promptTokens ?? 0, completionTokens: end.usage?.completionTokens ?? 0,
                cost: end.cost ?? 0))
    }

    // MARK: - Without a decision

    /// Answers with an error before there was a decision.
    func refuse(_ error: GatewayError) {
        var head = AnswerHead(error, in: inbound, requestID: requestID)
        if let limit = error.rateLimit { head.limits(limit) }
        if let trace { head.field("traceparent", trace.header) }
        output.answer(head, body: inbound.body(of: error, requestID: requestID))
        output.finish()
        if service.runtime.logsRequests {
            log(error.status, error.code, endedNS: MonotonicTime.nanoseconds() - arrivedNS)
        }
    }

    /// The client left before there was a decision.
    func leave() {
        service.runtime.metrics.refused(code: "cancelled")
        if service.runtime.logsRequests { log(499, nil, endedNS: MonotonicTime.nanoseconds() - arrivedNS) }
    }

    /// Answers with what an earlier decision's arm said to the same request.
    func give(_ hit: CacheHit) {
        let runtime = service.runtime
        let answer = hit.answer
        var head = AnswerHead(status: 200)
        head.field("x-request-id", requestID)
        inbound.addFields(requestID: requestID, to: &head)
        let decision = answer.decision
        head.field("x-bandit-decision-id", decision.id.description)
        head.field("x-bandit-arm", visible: answer.servedArm)
        head.field("x-bandit-category", visible: decision.category)
        head.field("x-bandit-propensity", decision.propensity.description)
        head.field("x-bandit-attempts", 0)
        head.field("x-bandit-policy", decision.policy)
        head.field("x-bandit-cost-usd", constant: "0")
        head.field("x-bandit-cache", constant: "hit")
        if let limits = hit.limits { head.limits(limits) }
        if let trace { head.field("traceparent", trace.header) }
        let elapsed = MonotonicTime.nanoseconds() - arrivedNS
        head.field("x-bandit-overhead-ms", HeaderText.milliseconds(elapsed))
        if answer.isStream {
            head.field("content-type", constant: "text/event-stream")
            head.field("cache-control", constant: "no-cache")
            head.field("x-accel-buffering", constant: "no")
            output.beginStream(head)
            output.write(answer.body)
        } else {
            head.field("content-type", constant: "application/json")
            output.answer(head, body: answer.body)
        }
        output.finish()
        runtime.metrics.cacheHit(route: decision.route)
        if runtime.logsRequests {
            log(200, nil, of: decision, servedArm: answer.servedArm, endedNS: elapsed, isHit: true)
        }
    }

    /// The request's line in the log.
    private func log(
        _ status: Int, _ error: String?, of decision: Decision? = nil, servedArm: String? = nil,
        usage: TokenUsage? = nil, cost: NanoDollars? = nil, endedNS: Int64, isHit: Bool = false
    ) {
        service.runtime.accessLog.record(
            RequestLine(
                time: arrivedAt, requestID: requestID, keyID: loggedKeyID, endpoint: endpoint.name, isStream: isStream,
                decisionID: decision?.id.description, route: decision?.route, category: decision?.category,
                arm: servedArm, status: status, error: error, attempts: books.attempts.count,
                cache: isHit ? "hit" : books.filling != nil ? "miss" : nil, promptTokens: usage?.promptTokens,
                completionTokens: usage?.completionTokens, tokensAreEstimated: usage != nil && books.usageIsEstimated,
                cost: cost, durationMS: Double(endedNS) / 1e6, firstByteMS: books.firstByteNS.map { Double($0) / 1e6 },
                overheadMS: Double(max(0, endedNS - books.upstreamNS)) / 1e6, traceID: trace?.context.traceID,
                spanID: trace?.span))
    }
}
