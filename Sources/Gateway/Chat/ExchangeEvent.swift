package import ProviderClient

/// What happens to an exchange.
package enum ExchangeEvent: Sendable {
    // Before there is a decision; exactly one of these comes, unless the client leaves first.
    indirect case refused(GatewayError)
    case hit(CacheHit)
    case decided(DecidedRequest)

    // The answers to `ExchangeAction.choose`; exactly one of these comes.
    /// A call has begun.
    ///
    /// - Parameter position: of the arm in the route; -1: it is the last resort.
    case asked(any AskedArm, position: Int)
    /// The arm may not be asked now after all.
    case armUnavailable(position: Int)
    case noArmLeft
    /// The time for all attempts together is spent.
    case outOfTime
    /// The request cannot be said in the arm's dialect.
    indirect case untranslatable(DialectError, arm: String, position: Int)

    /// The provider's; the last one ends the attempt.
    case upstream(UpstreamEvent, from: any AskedArm)
    /// What was given to the store is in the log: the decision and, where it was announced, the arm that serves instead.
    case written
    /// Whether the client reads what is sent.
    case writability(Bool)
    /// The client was sent nothing for a while.
    ///
    /// - Parameter isLong: whether it is time for a sign of life whatever the provider does; else only where the provider gives one.
    case silence(isLong: Bool)
    case clientLeft
}

/// An answer out of the cache, for a caller that was let in.
package struct CacheHit: Sendable {
    package let answer: CachedAnswer
    /// What the caller has left of its limits.
    package let limits: RateLimitStatus?

    package init(_ answer: CachedAnswer, limits: RateLimitStatus?) {
        self.answer = answer
        self.limits = limits
    }
}
