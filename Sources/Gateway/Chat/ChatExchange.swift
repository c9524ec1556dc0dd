import BanditCore
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// One request of the hot path from its decision to the last byte of its answer, as a pure state machine: events in, actions out,
/// no clock, no store, no provider.
///
///     deciding ──▶ choosing ──▶ asking ──▶ held ──▶ streaming ──▶ over
///                     ▲  │         │         │                     ▲
///                     └──┼─ fault ─┘         └──── whole answer ───┤
///                        └───────── no arm left (held) ────────────┘
///
/// Each state says who moves it on (``Awaited``), and each of these comes exactly once: whoever runs the exchange answers `choose` at
/// once, a call has exactly one last event, the store always says `written` in the end. An event that a state does not wait for
/// changes nothing, so that none can be lost for it; a client that leaves ends every state.
package struct ChatExchange: ~Copyable {
    private var state = State.deciding
    private let inbound: any InboundDialect

    package init(_ inbound: any InboundDialect) { self.inbound = inbound }

    package mutating func handle(_ event: consuming ExchangeEvent, into actions: inout ExchangeActions) {
        state.handle(event, inbound, &actions)
    }

    package var awaits: Awaited {
        switch state {
        case .deciding: .decision
        case .choosing: .choice
        case .asking: .provider
        case .streaming: .provider
        case .held: .log
        case .over: .nothing
        }
    }

    /// Who moves an exchange on.
    package enum Awaited: Sendable, CaseIterable {
        /// Whoever reads the request, and the embeddings that its category may depend on.
        case decision
        /// Whoever looks for an arm, told by `ExchangeAction.choose`.
        case choice
        /// The call in progress.
        case provider
        /// The store.
        case log
        case nothing
    }

    /// Changes to a request, one after the other, for an arm that refuses what it is asked with.
    static let repairLimit = 3
    /// Bytes of a stream that may wait for the log before its provider is made to wait, too.
    static let heldLimit = 1 << 20
}

extension ChatExchange {
    enum State: ~Copyable {
        /// Nothing is decided yet.
        case deciding
        /// It is being looked which arm is asked next.
        case choosing(Serving, NextArm)
        /// Nothing that an arm said is for the client yet.
        case asking(Serving, Asked)
        /// What is for the client waits for the log.
        case held(Serving, Held)
        /// The head is out, the arm is settled.
        case streaming(Serving, Asked)
        case over

        mutating func handle(
            _ event: consuming ExchangeEvent, _ inbound: any InboundDialect, _ actions: inout ExchangeActions
        ) {
            switch consume self {
            case .deciding: self = Self.deciding(event, inbound, &actions)
            case .choosing(let serving, let next): self = Self.choosing(serving, next, event, &actions)
            case .asking(let serving, let asked): self = Self.asking(serving, asked, event, &actions)
            case .held(let serving, let held): self = Self.held(serving, held, event, &actions)
            case .streaming(let serving, let asked): self = Self.streaming(serving, asked, event, &actions)
            case .over: self = .over
            }
        }
    }

    /// What is known of a request once an arm was chosen for it.
    ///
    /// Of a class, as ``Asked`` is, because both go from state to state with every event, and are long: nobody but the state holds them.
    final class Serving {
        let decided: DecidedRequest
        let inbound: any InboundDialect
        /// Whether the log has what an answer needs there.
        var isWritten = false
        /// Whether the store was told which arm serves.
        var isAnnounced = false
        var tried = ArmSet()
        /// Attempts that came to nothing, one each.
        var failures: [(arm: String, label: String)] = []
        var lastFault: UpstreamFault?
        var allRateLimited = true
        var hasAskedLastResort = false
        /// A refusal of the request itself, on which another arm was asked for its opinion.
        var refusal: UpstreamFault?
        /// What stood in the way where an arm's dialect cannot say the request.
        var obstacle: DialectError?
        /// How often the request was changed for an arm.
        var repairs = 0
        /// Whether the client has a stream's head and signs of life, although no arm is settled.
        var isHeadOut = false
        /// Whether a sign of life waits for the log.
        var owesKeepAlive = false

        init(_ decided: DecidedRequest, _ inbound: any InboundDialect) {
            self.decided = decided
            self.inbound = inbound
        }

        func note(_ fault: UpstreamFault, of arm: String) {
            failures.append((arm, fault.label))
            lastFault = fault
            if fault.verdict.reason != .rateLimit { allRateLimited = false }
        }

        /// Where the request is too long for an arm, none that takes no more is asked.
        func passOver(notLargerThan arm: String) {
            let plan = decided.choice.plan
            let all = plan.arms + (decided.choice.lastResort.map { [$0] } ?? [])
            guard let window = all.first(where: { $0.id == arm })?.contextWindow else { return }
            for (position, other) in plan.arms.enumerated() {
                if let size = other.contextWindow, size <= window { tried.insert(position) }
            }
            if let size = decided.choice.lastResort?.contextWindow, size <= window { hasAskedLastResort = true }
        }

        /// What the client is told where no arm is left.
        var exhaustion: GatewayError {
            let choice = decided.choice
            if choice.decision.kind == .pinned, choice.position >= 0, let lastFault { return .pinnedFailure(lastFault) }
            if let refusal { return .passedOn(refusal) }
            if lastFault == nil, let obstacle {
                return GatewayError(400, "invalid_value", obstacle.message, param: obstacle.param)
            }
            // Every arm refused what was asked: asking again would not help.
            if let lastFault, !lastFault.verdict.countsAgainstArm { return .passedOn(lastFault) }
            if !failures.isEmpty, allRateLimited {
                return GatewayError(
                    429, "rate_limit_exceeded", "Every arm of the route is limited by its provider now.")
            }
            let arms = failures.map { "\($0.arm) (\($0.label))" }.joined(separator: ", ")
            return GatewayError(503, "no_arm_available", "No arm answered: \(arms).")
        }
    }

    /// An attempt in progress.
    final class Asked {
        let arm: any AskedArm
        /// In the route; -1: the last resort.
        let position: Int
        /// Of the answer's head, once there is one.
        private(set) var status: Int?
        /// nil before the head of a stream.
        private var relay: StreamRelay?
        /// Whether the call has had its last event.
        private(set) var isEnded = false
        var isPaused = false

        enum Reading {
            case nothing
            case answer(CheckedAnswer)
            case stream(StreamAction)
            indirect case fault(UpstreamFault)
        }

        init(_ arm: any AskedArm, position: Int) {
            self.arm = arm
            self.position = position
        }

        var summary: StreamSummary? { relay?.summary }
        /// Whether the provider gave a sign of life of its own.
        var keepsAlive: Bool { relay?.keepsAlive ?? false }

        func read(_ event: consuming UpstreamEvent) -> Reading {
            switch event {
            case .complete(let head, let body, let timings):
                isEnded = true
                status = head.status
                switch arm.check(UpstreamAnswer(head: head, body: body, timings: timings)) {
                case .success(let answer): return .answer(answer)
                case .failure(let fault): return .fault(fault)
                }
            case .head(let head):
                status = head.status
                relay = arm.relay(head)
                return .nothing
            case .body(let bytes):
                // A body without a head is no answer, and nothing may follow it.
                return relay?.receive(bytes).reading ?? .fault(.noAnswer)
            case .end:
                isEnded = true
                return relay?.finish().reading ?? .fault(.noAnswer)
            case .failed(let error):
                isEnded = true
                return relay?.fail(error).reading ?? .fault(UpstreamFault(error))
            }
        }

        /// Slows the provider down while the client does not read.
        func writability(_ isWritable: Bool, _ actions: inout ExchangeActions) {
            guard isPaused == isWritable else { return }
            isPaused.toggle()
            actions.append(isPaused ? .pause(arm) : .resume(arm))
        }

        /// Books the attempt, and lets go of its call.
        func end(_ result: AttemptEnd.Result, _ actions: inout ExchangeActions) {
            var status = status
            if case .failed(let fault) = result {
                // A call that broke off has no status worth telling, whatever its head said.
                status = fault.status ?? (fault.kind == .transport ? nil : status)
            }
            let end = AttemptEnd(arm: arm, status: status, result: result)
            actions.append(.end(end))
            guard !isEnded else { return }
            switch result {
            case .broke, .failed, .cancelled: actions.append(.cancel(arm))
            // What follows is the provider's goodbye, after which the connection can be used again.
            case .answered, .streamed: if isPaused { actions.append(.resume(arm)) }
            }
        }
    }

    /// What waits for the log.
    enum Held {
        case answer(CheckedAnswer, any AskedArm)
        indirect case refusal(GatewayError)
        /// The first bytes of a stream that goes on.
        case stream(Asked, ByteBuffer)
        case ended(EndedStream)
    }

    /// A stream of which the client is still to be sent something.
    struct EndedStream {
        var arm: any AskedArm
        var completionID: String?
        var status: OutcomeStatus
        var bytes: ByteBuffer
    }
}

extension StreamAction {
    fileprivate var reading: ChatExchange.Asked.Reading { .stream(self) }
}
