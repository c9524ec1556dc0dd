import NIOCore
import ProviderClient
import Synchronization

/// One upstream call of an exchange: carries its events to the exchange's event loop.
final class UpstreamAttempt: UpstreamReceiver {
    let position: Int
    let arm: ArmConnection
    /// Monotonic, nanoseconds.
    let startedAt: Int64
    let prepared: PreparedRequest?
    /// Of the answer's head, once there is one; touched on the event loop only.
    nonisolated(unsafe) var status: Int?
    /// When a whole answer was there, monotonic nanoseconds; touched on the event loop only.
    nonisolated(unsafe) var answeredAt: Int64?
    /// A whole answer that waits for the decision to be written: the provider engine's until `isParked`, the event loop's from then on.
    nonisolated(unsafe) private var parked: UpstreamEvent?
    private let isParked = Atomic(false)
    private let gate: CommitGate
    private let eventLoop: any EventLoop
    private let exchange: ChatExchange

    init(
        position: Int, arm: ArmConnection, startedAt: Int64, prepared: PreparedRequest?, gate: CommitGate,
        eventLoop: any EventLoop, exchange: ChatExchange
    ) {
        self.gate = gate
        self.position = position
        self.arm = arm
        self.startedAt = startedAt
        self.prepared = prepared
        self.eventLoop = eventLoop
        self.exchange = exchange
    }

    /// An event loop runs what it is given after what it is at.
    var onlyQueues: Bool { true }

    func received(_ event: UpstreamEvent) {
        // Where the provider failed the next arm is asked at once; an answer cannot go before the decision is written.
        guard case .complete(let head, _, _) = event, 200..<300 ~= head.status else {
            return eventLoop.execute { self.exchange.received(event, from: self) }
        }
        parked = event
        isParked.store(true, ordering: .releasing)
        if !gate.parks() { eventLoop.execute { self.exchange.receiveParked(from: self) } }
    }

    /// Takes the whole answer that waits, once. On the event loop.
    func takeParked() -> UpstreamEvent? {
        guard isParked.load(ordering: .acquiring) else { return nil }
        defer { parked = nil }
        return parked
    }
}
