import NIOCore
import ProviderClient
import RoutingEngine
import Synchronization

/// One upstream call of an exchange: carries its events to the exchange's event loop.
///
/// What the provider engine tells lies in a mailbox until the event loop's turn (``DeliveryTurns``), which comes once however much has
/// arrived by then. While the client does not read, or its decision is not in the log yet, a stream's bytes stay in the mailbox; the engine
/// stops reading from the provider when too many do.
final class UpstreamAttempt: UpstreamReceiver, AskedArm, TakesTurns {
    /// Monotonic, nanoseconds.
    let startedAt: Int64
    /// When a whole answer was there, monotonic nanoseconds; touched on the event loop only.
    nonisolated(unsafe) var answeredAt: Int64?
    /// Told of what was taken; set as soon as the call has begun, touched on the event loop only.
    nonisolated(unsafe) var call: UpstreamCall?
    private let arm: ArmConnection
    private let endpoint: ProxiedEndpoint
    private let prepared: PreparedRequest
    /// A whole answer that waits for the decision to be written: the provider engine's until `isParked`, the event loop's from then on.
    nonisolated(unsafe) private var parked: UpstreamEvent?
    private let isParked = Atomic(false)
    private let mailbox = Mutex(DeliveryMailbox())
    /// Whether the exchange takes a stream's bytes; touched on the event loop only.
    nonisolated(unsafe) private var isOpen = true
    /// Bytes that came after the exchange had what it wanted; touched on the event loop only.
    nonisolated(unsafe) private var unwantedBytes = 0
    private let gate: CommitGate
    private let turns: DeliveryTurns
    private let eventLoop: any EventLoop
    private let runner: ExchangeRunner

    /// A provider that goes on sending after the end of its answer is heard out for this long, so that its connection can be used again.
    private static let goodbyeBytes = 65_536

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
        turns = runner.service.turns.of(eventLoop)
    }

    // MARK: - To the exchange

    var armID: String { arm.definition.id }
    var definition: ArmDefinition { arm.definition }
    var wantsStream: Bool { prepared.wantsStream }

    func check(_ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault> {
        arm.check(endpoint, answer, to: prepared)
    }

    func relay(_ head: UpstreamHead) -> StreamRelay {
        arm.dialect.streamRelay(head: head, model: arm.definition.model, prepared: prepared)
    }

    func cost(of usage: TokenUsage?) -> NanoDollars? { arm.cost(of: usage) }

    func learns(from fault: UpstreamFault) -> Bool { arm.repair(prepared, after: fault) != nil }

    func cancel() { call?.cancel() }
    func pause() { isOpen = false }

    func resume() {
        isOpen = true
        if mailbox.withLock({ $0.proceed() }) { turns.wake(self) }
    }

    // MARK: - From the provider's engine

    /// An event loop runs what it is given after what it is at.
    var onlyQueues: Bool { true }

    func received(_ event: UpstreamEvent) {
        // Where the provider failed the next arm is asked at once; an answer cannot go before the decision is written.
        guard case .complete(let head, _, _) = event, 200..<300 ~= head.status else {
            if mailbox.withLock({ $0.put(event) }) { turns.wake(self) }
            return
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

    /// Gives the exchange what lies in the mailbox, as long as it takes it.
    package func takeTurn(upTo limit: Int) -> (bytes: Int, hasMore: Bool) {
        var taken = 0
        while taken < limit {
            let isWanted = runner.wants(self)
            let mayTake = !isWanted || isOpen
            guard let event = mailbox.withLock({ $0.take(whileOpen: mayTake) }) else { return (taken, false) }
            if isWanted { runner.received(event, from: self) }
            guard case .body(let bytes) = event else { continue }
            taken += bytes.readableBytes
            call?.took(bytes.readableBytes)
            if !isWanted { refuse(bytes.readableBytes) }
        }
        return (taken, true)
    }

    private func refuse(_ bytes: Int) {
        let before = unwantedBytes
        unwantedBytes += bytes
        if before <= Self.goodbyeBytes, unwantedBytes > Self.goodbyeBytes { call?.cancel() }
    }
}
