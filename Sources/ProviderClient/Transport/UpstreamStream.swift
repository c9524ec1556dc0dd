package import NIOCore

/// An answer that arrives in pieces. Dropping it, or cancelling the task that awaits the next piece, ends the call.
///
/// One reader at a time. What the reader has not taken is bounded: beyond 256 KiB the provider is made to wait.
package final class UpstreamStream: Sendable {
    package let head: UpstreamHead
    private let buffer: StreamBuffer

    init(head: UpstreamHead, buffer: StreamBuffer) {
        self.head = head
        self.buffer = buffer
    }

    deinit { buffer.cancel() }

    /// The next bytes, all that have arrived since the last time; `nil` after the clean end.
    package func next() async throws(UpstreamError) -> ByteBuffer? { try await buffer.next() }

    /// Known once `next` has returned `nil`.
    package var timings: UpstreamTimings? { buffer.timings }

    /// Ends the call; whoever awaits the next piece gets `cancelled`.
    package func cancel() { buffer.cancel() }
}
