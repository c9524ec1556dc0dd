import Synchronization
import WireFormats

/// A call in progress. All methods may be called from any thread, at any time, also after the call has ended.
package final class UpstreamCall: Sendable {
    let request: UpstreamRequest
    /// Who is told; nil from its last event on: receivers may keep their calls. Only the engine's thread touches it.
    nonisolated(unsafe) private(set) var receiver: (any UpstreamReceiver)?
    let startedAt: Int64
    private let inbox: EngineInbox
    /// What of a stream has been read from the provider and not been taken by the receiver.
    private let account = DeliveryAccount()
    private let undelivered: ByteTally
    private let answers: ByteTally
    /// Of a whole answer that is being received or was handed over; only the engine's thread touches it.
    nonisolated(unsafe) private var answerBytes = 0
    /// The engine's side of the call; only the engine's thread touches it.
    nonisolated(unsafe) var transfer: Transfer?
    /// Set once the receiver has had its last event; only the engine's thread touches it.
    nonisolated(unsafe) var isFinished = false

    init(
        request: UpstreamRequest, receiver: any UpstreamReceiver, inbox: EngineInbox, undelivered: ByteTally,
        answers: ByteTally
    ) {
        self.undelivered = undelivered
        self.answers = answers
        self.request = request
        self.receiver = receiver
        self.inbox = inbox
        startedAt = MonotonicTime.nanoseconds()
    }

    deinit {
        undelivered.add(-account.bytes)
        answers.add(-answerBytes)
    }

    /// Lets go of the receiver, which has had its last event.
    func forgetReceiver() { receiver = nil }

    /// Ends the call: its connection is closed (HTTP/1.1) or its stream reset (HTTP/2), and the receiver gets
    /// `failed(cancelled)`, unless the call ended before.
    package func cancel() { inbox.post(.cancel(self)) }

    /// To be told of all bytes of a stream that the receiver got, once it needs no more memory for them: the engine reads no further than
    /// a limit ahead (``ProviderTransport/Options/undeliveredBytes``), which the provider feels as back-pressure.
    package func took(_ bytes: Int) {
        undelivered.add(-bytes)
        if account.discharge(bytes) { inbox.post(.resume(self)) }
    }

    /// The engine has read this many bytes of a stream.
    func charge(_ bytes: Int) {
        undelivered.add(bytes)
        account.charge(bytes)
    }

    /// The engine has read this many bytes of a whole answer, which count until the call is forgotten; returns those of all answers.
    func collect(_ bytes: Int) -> Int {
        answerBytes += bytes
        return answers.add(bytes)
    }

    /// Whether the engine must read no further until it is resumed.
    func stops(at limit: Int) -> Bool { account.stops(at: limit) }
}
