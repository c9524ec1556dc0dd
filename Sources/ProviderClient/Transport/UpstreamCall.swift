import Synchronization
import WireFormats

/// A call in progress. All methods may be called from any thread, at any time, also after the call has ended.
package final class UpstreamCall: Sendable {
    let request: UpstreamRequest
    let receiver: any UpstreamReceiver
    let startedAt: Int64
    private let inbox: EngineInbox
    /// What of a stream has been read from the provider and not been taken by the receiver.
    private let account = DeliveryAccount()
    private let total: UndeliveredBytes
    /// The engine's side of the call; only the engine's thread touches it.
    nonisolated(unsafe) var transfer: Transfer?
    /// Set once the receiver has had its last event; only the engine's thread touches it.
    nonisolated(unsafe) var isFinished = false

    init(
        request: UpstreamRequest, receiver: any UpstreamReceiver, inbox: EngineInbox, total: UndeliveredBytes
    ) {
        self.total = total
        self.request = request
        self.receiver = receiver
        self.inbox = inbox
        startedAt = MonotonicTime.nanoseconds()
    }

    deinit { total.add(-account.bytes) }

    /// Ends the call: its connection is closed (HTTP/1.1) or its stream reset (HTTP/2), and the receiver gets
    /// `failed(cancelled)`, unless the call ended before.
    package func cancel() { inbox.post(.cancel(self)) }

    /// To be told of all bytes of a stream that the receiver got, once it needs no more memory for them: the engine reads no further than
    /// a limit ahead (``ProviderTransport/Options/undeliveredBytes``), which the provider feels as back-pressure.
    package func took(_ bytes: Int) {
        total.add(-bytes)
        if account.discharge(bytes) { inbox.post(.resume(self)) }
    }

    /// The engine has read this many bytes of a stream.
    func charge(_ bytes: Int) {
        total.add(bytes)
        account.charge(bytes)
    }

    /// Whether the engine must read no further until it is resumed.
    func stops(at limit: Int) -> Bool { account.stops(at: limit) }
}
