package import NIOCore
package import ProviderClient

/// How a client is answered: one conformer for each shape of request that the router takes.
///
/// What a provider says is read by the arm's own dialect (``AskedArm``); of the two an exchange is made.
package protocol InboundDialect: Sendable {
    /// The field by which the dialect's clients know a request, beside `x-request-id`; nil: none.
    var requestIDField: StaticString? { get }
    /// The status of an answer that is an error.
    func status(of error: GatewayError) -> Int
    /// The body of an answer that is an error.
    func body(of error: GatewayError, requestID: String) -> ByteBuffer
    /// What a stream's client is sent while nobody has said anything.
    var keepAlive: ByteBuffer { get }
    /// What ends a stream whose head is out and which does not end as it should; no normal ending follows it.
    ///
    /// - Parameter summary: of what the client was sent; nil: nothing but signs of life.
    func brokenEnding(_ error: GatewayError, after summary: StreamSummary?) -> ByteBuffer
}

extension InboundDialect {
    package var requestIDField: StaticString? { nil }

    /// Adds what the dialect's clients look for in the head of every answer.
    func addFields(requestID: String, to head: inout AnswerHead) {
        if let requestIDField { head.field(requestIDField, requestID) }
    }

    /// Overload has a status of its own in one dialect only.
    package func status(of error: GatewayError) -> Int { error.status == 529 ? 503 : error.status }

    package func body(of error: GatewayError, requestID: String) -> ByteBuffer { ByteBuffer(bytes: error.body) }

    /// A comment, which every reader of event streams passes over.
    package var keepAlive: ByteBuffer { ByteBuffer(staticString: ": keep-alive\n\n") }
}

/// OpenAI's chat API (and embeddings, whose errors have the same shape).
package struct ChatInbound: InboundDialect {
    package init() {}

    package func brokenEnding(_ error: GatewayError, after summary: StreamSummary?) -> ByteBuffer {
        var event = ByteBuffer(staticString: "data: ")
        event.writeBytes(error.body)
        event.writeStaticString("\n\n")
        return event
    }
}
