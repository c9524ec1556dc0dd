import NIOCore
import Synchronization

/// Hands server-sent events to everybody who listens.
final class EventFeed: Sendable {
    private struct Listener {
        let stream: AsyncStream<ByteBuffer>.Continuation
        /// Whether its key is still good.
        let mayListen: @Sendable () -> Bool
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var next = 0
        var isClosed = false
    }

    /// Listeners at once; more are refused.
    static let listenerLimit = 64
    /// Events kept for a listener that does not read; older ones are dropped.
    private static let backlog = 64

    private let state = Mutex(State())

    var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// A stream of events; nil where too many listen already.
    func listen(mayListen: @escaping @Sendable () -> Bool) -> AsyncStream<ByteBuffer>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingNewest(Self.backlog))
        let number = state.withLock { state -> Int? in
            guard !state.isClosed, state.listeners.count < Self.listenerLimit else { return nil }
            state.next += 1
            state.listeners[state.next] = Listener(stream: continuation, mayListen: mayListen)
            return state.next
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[number] = nil }
        }
        return stream
    }

    func send(_ name: String, _ json: [UInt8]) {
        var event = ByteBuffer()
        event.writeString("event: \(name)\ndata: ")
        event.writeBytes(json)
        event.writeString("\n\n")
        for listener in current { listener.stream.yield(event) }
    }

    /// Ends the streams of keys that are no longer good.
    func dropUnwelcome() {
        // Not under the lock: ending a stream comes back for it.
        for listener in current where !listener.mayListen() { listener.stream.finish() }
    }

    /// Ends all streams, so that a router that stops need not wait for them.
    func close() {
        state.withLock { $0.isClosed = true }
        for listener in current { listener.stream.finish() }
    }

    private var current: [Listener] { state.withLock { Array($0.listeners.values) } }
}
