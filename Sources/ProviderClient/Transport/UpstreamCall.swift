import Synchronization
import WireFormats

/// A call in progress. All methods may be called from any thread, at any time, also after the call has ended.
package final class UpstreamCall: Sendable {
    let request: UpstreamRequest
    let receiver: any UpstreamReceiver
    let startedAt: Int64
    private let inbox: EngineInbox
    private let pauseWanted = Atomic<Bool>(false)
    /// The engine's side of the call; only the engine's thread touches it.
    nonisolated(unsafe) var transfer: Transfer?
    /// Set once the receiver has had its last event; only the engine's thread touches it.
    nonisolated(unsafe) var isFinished = false

    init(request: UpstreamRequest, receiver: any UpstreamReceiver, inbox: EngineInbox) {
        self.request = request
        self.receiver = receiver
        self.inbox = inbox
        startedAt = MonotonicTime.nanoseconds()
    }

    var isPauseWanted: Bool { pauseWanted.load(ordering: .acquiring) }

    /// Ends the call: its connection is closed (HTTP/1.1) or its stream reset (HTTP/2), and the receiver gets
    /// `failed(cancelled)`, unless the call ended before.
    package func cancel() { inbox.post(.cancel(self)) }

    /// Stops reading from the provider, which feels it as back-pressure; bytes already on their way here may still come.
    package func pause() { pauseWanted.store(true, ordering: .releasing) }

    /// Reads on after `pause`.
    package func resume() {
        pauseWanted.store(false, ordering: .releasing)
        inbox.post(.resume(self))
    }
}
