import NIOCore
import ProviderClient
import RoutingEngine
import Synchronization

/// One upstream call of an exchange: carries its events to the exchange's event loop.
final class UpstreamAttempt: UpstreamReceiver, AskedArm {
    /// Monotonic, nanoseconds.
    let startedAt: Int64
    /// When a whole answer was there, monotonic nanoseconds; touched on the event loop only.
    nonisolated(unsafe) var answeredAt: Int64?
    /// Set as soon as the call has begun; touched on the event loop only.
    nonisolated(unsafe) var call: UpstreamCall?
    private let arm: ArmConnection
    private let endpoint: ProxiedEndpoint
    private let prepared: PreparedRequest
    /// A whole answer that waits for the decision to be written: the provider engine's until `isParked`, the event loop's from then on.
    nonisolated(unsafe) private var parked: UpstreamEvent?
    private let isParked = Atomic(false)
    private let gate: CommitGate
    private let eventLoop: any EventLoop
    private let runner: ExchangeRunner

    init(
        arm: ArmConnection, endpoint: ProxiedEndpoint, startedAt: Int64, prepared: PreparedRequest, gate: CommitGate,
        eventLoop: any EventLoop, runner: ExchangeRunner
    ) {
        self.arm = arm
        self.endpoint = endpoint
        self.startedAt = startedAt
        self.prepared = prepared
        self.gate = gate
        self.eventLoop = eventLoop
        self.runner = runner
    }

    // MARK: - To the exchange

    var armID: String { arm.definition.id }

    func check(_ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault> { arm.check(endpoint, answer) }

    func relay(_ head: UpstreamHead) -> StreamRelay {
        arm.dialect.streamRelay(head: head, model: arm.definition.model, prepared: prepared)
    }

    func cost(of usage: TokenUsage?) -> NanoDollars? { arm.cost(of: usage) }

    func cancel() { call?.cancel() }
    func pause() { call?.pause() }
    func resume() { call?.resume() }

    // MARK: - From the provider's engine

    /// An event loop runs what it is given after what it is at.
    var onlyQueues: Bool { true }

    func received(_ event: UpstreamEvent) {
        // Where the provider failed the next arm is asked at once; an answer cannot go before the decision is written.
        guard case .complete(let head, _, _) = event, 200..<300 ~= head.status else {
            return eventLoop.execute { self.runner.received(event, from: self) }
        }
        parked = event
        isParked.store(true, ordering: .releasing)
        if !gate.parks() { eventLoop.execute { self.runner.receiveParked(from: self) } }
    }

    /// Takes the whole answer that waits, once. On the event loop.
    func takeParked() -> UpstreamEvent? {
        guard isParked.load(ordering: .acquiring) else { return nil }
        defer { parked = nil }
        return parked
    }
}
