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
    /// What happened, for the client and the log: the provider's own words where it gave any (cut at ``maxMessageCharacters``) and they
    /// are the client's to know. What is said of the router's key or account rights is not.
    package let message: String
    /// Whose fault it is, and hence what is done.
    package var verdict = FaultVerdict(.failure)
    package var transport: UpstreamError?
    package var status: Int?
    /// The provider's `error.code`, `error.type` and `error.param`, where it gave them.
    package var code: String?
    package var type: String?
    package var param: String?
    /// When the provider may be asked again, in the words of ``RetryAfter``.
    package var retryAfter: String?
    /// Whether the provider says that asking again helps; nil: it does not say.
    package var shouldRetry: Bool?

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package init(_ error: UpstreamError) {
        self.init(.transport, error.message)
        transport = error
        if error.code == .noRoom { verdict = FaultVerdict(.failure, party: .ours) }
    }

    /// A refusal in the provider's words.
    ///
    /// - Parameters:
    ///   - status: of the answer, or the one the words name.
    ///   - isTranslated: whether the provider speaks another dialect than the client.
    init(_ kind: Kind, status: Int, words: ErrorWords, retryAfter: String?, isTranslated: Bool) {
        verdict = FaultVerdict(status: status, words: words, isTranslated: isTranslated)
        self.kind = kind
        self.status = status
        self.retryAfter = retryAfter
        switch verdict.reason {
        case .key, .permission,
            .failure where ProviderSecrets.speaksOfAccounts(words),
            .unknownModel where ProviderSecrets.speaksOfAccounts(words):
            message = "the provider refuses the router's credentials (status \(status))"
        default:
            message =
                words.message.map { ProviderSecrets.removed(from: String($0.prefix(Self.maxMessageCharacters))) }
                ?? "the provider answered with status \(status)"
            code = words.code
            type = words.type
            param = words.param ?? verdict.parameter
        }
    }

    /// Whether the request, not the arm, is at fault: passed on to the client, no other arm is asked.
    package var isClients: Bool { verdict.others == .none }

    /// Whether nothing that a client sends can have brought it about.
    package var isCertainlyArms: Bool {
        switch transport?.code {
        case .dns, .connect, .tls, .timeoutConnect: true
        case .some: false
        case nil: kind == .redirect || status == 429 || verdict.party == .account
        }
    }

    static let maxMessageCharacters = 16_384
}
