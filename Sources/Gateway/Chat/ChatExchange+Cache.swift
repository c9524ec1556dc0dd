import RoutingEngine
import WireFormats

/// Answers from the cache.
extension ChatExchange {
    /// Answers with what an earlier decision's arm said to the same request.
    func give(_ answer: AnswerCache.Answer, to caller: Caller) throws(GatewayError) {
        let runtime = service.runtime
        admission = try runtime.limiter.admit(caller, worstCase: 0, now: arrivedAt)
        runtime.limiter.settle(admission, tokens: 0, cost: 0, now: arrivedAt)
        isOver = true
        var head = AnswerHead(status: 200)
        head.field("x-request-id", requestID)
        let decision = answer.decision
        head.field("x-bandit-decision-id", decision.id.description)
        head.field("x-bandit-arm", visible: answer.servedArm)
        head.field("x-bandit-category", visible: decision.category)
        head.field("x-bandit-propensity", decision.propensity.description)
        head.field("x-bandit-attempts", 0)
        head.field("x-bandit-policy", decision.policy)
        head.field("x-bandit-cost-usd", constant: "0")
        head.field("x-bandit-cache", constant: "hit")
        if let status = admission.status { head.limits(status) }
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
        if runtime.logsRequests { log(200, nil, servedArm: answer.servedArm, endedNS: elapsed, hit: decision) }
    }
}
