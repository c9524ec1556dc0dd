import NIOHTTP1

/// What answers say to the browser of a page elsewhere that may ask (CORS, Fetch Standard).
struct CrossOrigin {
    /// The page's origin, as it came.
    let origin: String

    /// Of answers, what such pages may read beside the body.
    private static let exposed: StaticString = """
        x-request-id, retry-after, traceparent, x-bandit-decision-id, x-bandit-arm, x-bandit-category, x-bandit-propensity, \
        x-bandit-attempts, x-bandit-policy, x-bandit-cost-usd, x-bandit-cache, x-bandit-overhead-ms, \
        x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, \
        x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens
        """

    /// How long a browser may remember what a preflight said, seconds.
    private static let rememberedSeconds = 600

    func write(to head: inout AnswerHead) {
        head.field("access-control-allow-origin", origin)
        head.field("access-control-expose-headers", constant: Self.exposed)
        head.field("vary", constant: "Origin")
    }

    func add(to headers: inout HTTPHeaders) {
        headers.add(name: "access-control-allow-origin", value: origin)
        headers.add(name: "access-control-expose-headers", value: "\(Self.exposed)")
        headers.add(name: "vary", value: "Origin")
    }

    /// The answer to a browser that asks what the page may send.
    ///
    /// - Parameters:
    ///   - names: of the fields that the page wants to send.
    ///   - isPrivate: whether the page's network is another.
    static func preflight(_ names: String?, isPrivate: Bool, requestID: String) -> AnswerHead {
        var answer = AnswerHead(status: 204)
        answer.field("x-request-id", requestID)
        answer.field("access-control-allow-methods", constant: "GET, HEAD, POST, PATCH, DELETE")
        if let names { answer.field("access-control-allow-headers", names) }
        answer.field("access-control-max-age", rememberedSeconds)
        if isPrivate { answer.field("access-control-allow-private-network", constant: "true") }
        return answer
    }
}
