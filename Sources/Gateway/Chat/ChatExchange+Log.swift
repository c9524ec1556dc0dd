import ProviderClient
import RoutingEngine

/// The request's line in the log.
extension ChatExchange {
    func log(
        _ status: Int, _ error: String?, servedArm: String? = nil, usage: TokenUsage? = nil, cost: NanoDollars? = nil,
        endedNS: Int64, hit: Decision? = nil
    ) {
        let decision = choice?.decision ?? hit
        service.runtime.accessLog.record(
            RequestLine(
                time: arrivedAt, requestID: requestID, keyID: loggedKeyID, endpoint: endpoint.name, isStream: isStream,
                decisionID: decision?.id.description, route: decision?.route, category: decision?.category,
                arm: servedArm, status: status, error: error, attempts: attempts.count,
                cache: hit != nil ? "hit" : filling != nil ? "miss" : nil, promptTokens: usage?.promptTokens,
                completionTokens: usage?.completionTokens, tokensAreEstimated: usage != nil && usageIsEstimated,
                cost: cost, durationMS: Double(endedNS) / 1e6, firstByteMS: firstByteNS.map { Double($0) / 1e6 },
                overheadMS: Double(max(0, endedNS - upstreamNS)) / 1e6, traceID: trace?.context.traceID,
                spanID: trace?.span))
    }
}
