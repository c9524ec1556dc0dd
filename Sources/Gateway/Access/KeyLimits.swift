package import RoutingEngine

/// What one key may use, at most; nil: no limit.
package struct KeyLimits: Sendable, Equatable {
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var concurrent: Int?
    /// A day is one of UTC.
    package var costPerDay: NanoDollars?

    package init(
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, concurrent: Int? = nil, costPerDay: NanoDollars? = nil
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrent = concurrent
        self.costPerDay = costPerDay
    }
}
