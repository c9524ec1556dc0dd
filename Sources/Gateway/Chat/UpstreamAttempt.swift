import NIOCore
import ProviderClient

/// One upstream call of an exchange: carries its events to the exchange's event loop.
final class UpstreamAttempt: UpstreamReceiver {
    let position: Int
    let arm: ArmConnection
    /// Monotonic, nanoseconds.
    let startedAt: Int64
    let prepared: PreparedRequest?
    /// Of the answer's head, once there is one; touched on the event loop only.
    nonisolated(unsafe) var status: Int?
    private let eventLoop: any EventLoop
    private let exchange: ChatExchange

    init(
        position: Int, arm: ArmConnection, startedAt: Int64, prepared: PreparedRequest?, eventLoop: any EventLoop,
        exchange: ChatExchange
    ) {
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
        eventLoop.execute { self.exchange.received(event, from: self) }
    }
}
