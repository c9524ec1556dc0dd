package import HTTPTypes
import NIOCore
import RoutingEngine

extension HTTPField.Name {
    static let xRequestID = Self("x-request-id")!
    static let xSessionID = Self("x-session-id")!
    static let idempotencyKey = Self("idempotency-key")!
    static let retryAfter = Self("retry-after")!
    static let allow = Self("allow")!
    static let wwwAuthenticate = Self("www-authenticate")!
    static let xBanditCategory = Self("x-bandit-category")!
    static let xBanditExplore = Self("x-bandit-explore")!
    static let xBanditMaxCostUSD = Self("x-bandit-max-cost-usd")!
    static let xBanditDecisionID = Self("x-bandit-decision-id")!
    static let xBanditArm = Self("x-bandit-arm")!
    static let xBanditPropensity = Self("x-bandit-propensity")!
    static let xBanditAttempts = Self("x-bandit-attempts")!
    static let xBanditPolicy = Self("x-bandit-policy")!
    static let xBanditCostUSD = Self("x-bandit-cost-usd")!
    static let xBanditOverheadMS = Self("x-bandit-overhead-ms")!
}

/// The id by which a request is known in logs and to the client.
package enum RequestID {
    private static let reserve = RandomReserve()

    /// The client's, where it is 1 to 128 visible ASCII characters; a new one otherwise.
    package static func choose(_ offered: String?) -> String {
        if let offered, (1...128).contains(offered.utf8.count), offered.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return offered
        }
        var rest = reserve.next()
        return String(unsafeUninitializedCapacity: 4 + 13) { buffer in
            _ = buffer.update(fromContentsOf: "req_".utf8)
            for place in 4..<4 + 13 {
                let digit = UInt8(rest % 36)
                buffer[place] = digit + (digit < 10 ? 0x30 : 0x61 - 10)
                rest /= 36
            }
            return 4 + 13
        }
    }
}

/// The head of an answer that is an error, for the framework's side.
package enum ErrorResponse {
    /// - Parameter inbound: the dialect that the caller is told in; the length is that of its body.
    package static func head(
        _ error: GatewayError, in inbound: any InboundDialect = ChatInbound(), requestID: String, closes: Bool = false
    ) -> HTTPResponse {
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(inbound.body(of: error, requestID: requestID).readableBytes)
        fields[.xRequestID] = requestID
        if let name = inbound.requestIDField.flatMap({ HTTPField.Name($0.description) }) { fields[name] = requestID }
        if error.status == 401 { fields[.wwwAuthenticate] = "Bearer" }
        if let retryAfter = error.retryAfter { fields[.retryAfter] = String(retryAfter) }
        if let shouldRetry = error.shouldRetry, let name = HTTPField.Name("x-should-retry") {
            fields[name] = shouldRetry ? "true" : "false"
        }
        if let allow = error.allow { fields[.allow] = allow }
        if let decision = error.decisionID { fields[.xBanditDecisionID] = decision.description }
        if let limit = error.rateLimit {
            for (name, value) in limit.fields { fields.append(HTTPField(name: HTTPField.Name(name)!, value: value)) }
        }
        if closes { fields[.connection] = "close" }
        return HTTPResponse(status: .init(code: inbound.status(of: error)), headerFields: fields)
    }
}

extension AnswerHead {
    /// The head of an answer that is an error; more fields may follow.
    package init(_ error: GatewayError, in inbound: any InboundDialect, requestID: String) {
        self.init(status: inbound.status(of: error))
        field("content-type", constant: "application/json")
        field("x-request-id", requestID)
        inbound.addFields(requestID: requestID, to: &self)
        if error.status == 401 { field("www-authenticate", constant: "Bearer") }
        if let retryAfter = error.retryAfter { field("retry-after", retryAfter) }
        if let shouldRetry = error.shouldRetry { field("x-should-retry", shouldRetry ? "true" : "false") }
        if let allow = error.allow { field("allow", allow) }
        if let decision = error.decisionID { field("x-bandit-decision-id", decision.description) }
    }
}
