package import NIOCore

/// How a client is answered: one conformer for each shape of request that the router takes.
///
/// What a provider says is read by the arm's own dialect (``AskedArm``); of the two an exchange is made.
package protocol InboundDialect: Sendable {
    /// The body of an answer that is an error.
    func body(of error: GatewayError) -> ByteBuffer
    /// What a stream's client is sent while nobody has said anything.
    var keepAlive: ByteBuffer { get }
    /// What ends a stream whose head is out and which does not end as it should; no normal ending follows it.
    func brokenEnding(_ error: GatewayError) -> ByteBuffer
}

/// OpenAI's chat API (and embeddings, whose errors have the same shape).
package struct ChatInbound: InboundDialect {
    package init() {}

    package func body(of error: GatewayError) -> ByteBuffer { ByteBuffer(bytes: error.body) }

    package var keepAlive: ByteBuffer { ByteBuffer(staticString: ": keep-alive\n\n") }

    package func brokenEnding(_ error: GatewayError) -> ByteBuffer {
        var event = ByteBuffer(staticString: "data: ")
        event.writeBytes(error.body)
        event.writeStaticString("\n\n")
        return event
    }
}
