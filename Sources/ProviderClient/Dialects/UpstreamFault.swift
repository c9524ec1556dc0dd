/// Why an answer (or a stream) of an arm is not one: what failover, the breaker and the client's error are made of.
package struct UpstreamFault: Error, Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// No HTTP answer at all; `transport` says why.
        case transport
        /// A status that is not 2xx.
        case status
        /// A status 3xx: never followed.
        case redirect
        /// 2xx with an empty body.
        case empty
        /// 2xx with a body that is not a JSON object: HTML, cut short.
        case notJSON
        /// 2xx with an error object in place of an answer, in a stream too.
        case errorObject
        /// 2xx with `choices` (or `data`, or `content`) absent, null or empty.
        case noChoices
        /// A stream was asked for and something else came.
        case notEventStream
        /// A frame of a stream whose data is not a JSON object, or that is too long.
        case malformedFrame
        /// A stream that ended before every choice had its `finish_reason`.
        case unfinished
    }

    package let kind: Kind
    /// What happened, for the client and the log: the provider's own words where it gave any (cut at 500 characters).
    package let message: String
    package var transport: UpstreamError?
    package var status: Int?
    /// The provider's `error.code`, `error.type` and `error.param`, where it gave them.
    package var code: String?
    package var type: String?
    package var param: String?
    /// As the provider sent it, on 429 and 503.
    package var retryAfter: String?

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package init(_ error: UpstreamError) {
        self.init(.transport, error.message)
        transport = error
    }

    /// Whether the request, not the arm, is at fault (400, 413, 422): passed on to the client, no other arm is asked.
    package var isClients: Bool { kind == .status && (status == 400 || status == 413 || status == 422) }

    static let maxMessageCharacters = 500
}
