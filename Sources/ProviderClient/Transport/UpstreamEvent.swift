package import NIOCore

/// What is kept of an answer's head. No upstream header but the content type ever reaches a client.
package struct UpstreamHead: Sendable, Equatable {
    package let status: Int
    package let contentType: String?
    /// When a refusal's provider may be asked again, in the words of ``RetryAfter``, from whichever header says it.
    package let retryAfter: String?
    /// Whether a refusal's provider says that asking again helps, as OpenAI's and Anthropic's libraries are told; nil: it does not say.
    package let shouldRetry: Bool?
    package let isHTTP2: Bool

    package init(
        status: Int, contentType: String? = nil, retryAfter: String? = nil, shouldRetry: Bool? = nil,
        isHTTP2: Bool = false
    ) {
        self.status = status
        self.contentType = contentType
        self.retryAfter = retryAfter
        self.shouldRetry = shouldRetry
        self.isHTTP2 = isHTTP2
    }
}

/// Where a call's time went, in nanoseconds since the call was started.
package struct UpstreamTimings: Sendable, Equatable {
    /// The first byte of the answer's body (of an empty answer: its end).
    package let firstByteNanoseconds: Int64
    package let totalNanoseconds: Int64
    /// Whether the call went over a connection that was open already.
    package let reusedConnection: Bool

    package init(firstByteNanoseconds: Int64, totalNanoseconds: Int64, reusedConnection: Bool) {
        self.firstByteNanoseconds = firstByteNanoseconds
        self.totalNanoseconds = totalNanoseconds
        self.reusedConnection = reusedConnection
    }
}

/// What becomes of a call. Exactly one of `complete`, `end` and `failed` comes, and it comes last.
package enum UpstreamEvent: Sendable {
    /// A stream's head; it comes together with the first bytes, or with the end of an empty body.
    case head(UpstreamHead)
    /// The next bytes of a stream; several chunks that arrived together are one. The receiver says so when it has taken them
    /// (``UpstreamCall/took(_:)``).
    case body(ByteBuffer)
    /// A stream's clean end.
    case end(UpstreamTimings)
    /// A whole answer, where `UpstreamRequest.wantsStream` is false.
    case complete(UpstreamHead, ByteBuffer, UpstreamTimings)
    /// No (further) answer.
    case failed(UpstreamError)
}

/// Who is told of a call's events: in order, on the transport's own thread (but see ``onlyQueues``), so it must not block.
package protocol UpstreamReceiver: AnyObject, Sendable {
    /// Takes the next event. Calls to the transport are allowed from here.
    func received(_ event: UpstreamEvent)

    /// Whether `received` does no more than queue the event for somebody else, so that it may be called on the thread that begins the
    /// call as well, before that returns.
    var onlyQueues: Bool { get }
}

extension UpstreamReceiver {
    package var onlyQueues: Bool { false }
}
