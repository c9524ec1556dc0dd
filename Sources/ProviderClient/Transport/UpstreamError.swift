/// Why an upstream call gave no answer.
///
/// The message names hosts and causes, never a header's value or the user part of a URL, so it may be logged and shown.
package struct UpstreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure; what the caller's failover and breaker decide by.
    package enum Code: String, Sendable, CaseIterable {
        /// The host's (or proxy's) name could not be resolved.
        case dns
        /// No TCP connection: refused, unreachable, or a proxy that would not open one.
        case connect
        /// TLS handshake or certificate refused.
        case tls
        /// The peer reset the connection.
        case reset
        /// The peer closed the connection before the answer was whole.
        case closed
        /// No connection within `UpstreamTimeouts.connect`.
        case timeoutConnect
        /// No byte of the answer's body within `UpstreamTimeouts.firstByte`.
        case timeoutFirstByte
        /// Silence longer than `UpstreamTimeouts.betweenChunks` in the middle of an answer.
        case timeoutBetweenChunks
        /// Not done within `UpstreamTimeouts.total`.
        case timeoutTotal
        /// The answer is longer than `UpstreamRequest.maxBodyBytes`.
        case tooLarge
        /// The answers on their way take all of ``ProviderTransport/Options/answerBytes``: nobody's fault but the router's.
        case noRoom
        /// What came back is not HTTP, or its content coding cannot be undone.
        case protocolError
        /// The request cannot be sent at all: a malformed URL, a header with a line break.
        case invalidRequest
        /// `UpstreamCall.cancel` or the cancellation of the awaiting task.
        case cancelled
        /// The transport was shut down.
        case shutdown
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }

    /// Whether time, not the peer, ended the call.
    package var isTimeout: Bool {
        switch code {
        case .timeoutConnect, .timeoutFirstByte, .timeoutBetweenChunks, .timeoutTotal: true
        default: false
        }
    }
}
