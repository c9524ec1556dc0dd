package import NIOCore

/// How long each phase of an upstream call may take; `nil` is no bound.
package struct UpstreamTimeouts: Sendable, Equatable {
    /// Name resolution, TCP and TLS together.
    package var connect: Duration?
    /// From the start of the call to the first byte of the answer's body.
    package var firstByte: Duration?
    /// The longest silence once the body has begun; time spent paused does not count.
    package var betweenChunks: Duration?
    /// The whole call, paused or not.
    package var total: Duration?

    package init(
        connect: Duration? = nil, firstByte: Duration? = nil, betweenChunks: Duration? = nil, total: Duration? = nil
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.betweenChunks = betweenChunks
        self.total = total
    }
}

/// One HTTP request to a provider.
package struct UpstreamRequest: Sendable {
    /// Where it goes and with which headers; make it once per arm and share it, so that nothing is prepared twice.
    package var endpoint: UpstreamEndpoint
    /// The body's readable bytes are sent; they are neither copied nor changed. Empty: no body.
    package var body: ByteBuffer
    package var timeouts: UpstreamTimeouts
    /// `false`: the answer is collected and arrives as one `UpstreamEvent.complete`; `true`: it arrives as it comes.
    package var wantsStream: Bool
    /// The longest answer taken, in bytes as they are once a content coding is undone; a longer one fails with `tooLarge`. `nil`: the transport's option for whole
    /// answers, no bound for streams (they are bounded by back-pressure).
    package var maxBodyBytes: Int?
    /// Headers of this request alone, beside the endpoint's: `name: value`, without a line break.
    package var headerLines: [String] = []

    package init(
        endpoint: UpstreamEndpoint, body: ByteBuffer = ByteBuffer(), timeouts: UpstreamTimeouts = UpstreamTimeouts(),
        wantsStream: Bool = false, maxBodyBytes: Int? = nil
    ) {
        self.endpoint = endpoint
        self.body = body
        self.timeouts = timeouts
        self.wantsStream = wantsStream
        self.maxBodyBytes = maxBodyBytes
    }

    /// A request to a place that is not worth preparing: the endpoint is made for this one call.
    package init(
        url: String, method: String = "POST", headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(),
        timeouts: UpstreamTimeouts = UpstreamTimeouts(), wantsStream: Bool = false, maxBodyBytes: Int? = nil
    ) {
        self.init(
            endpoint: UpstreamEndpoint(url: url, method: method, headers: headers), body: body, timeouts: timeouts,
            wantsStream: wantsStream, maxBodyBytes: maxBodyBytes)
    }
}
