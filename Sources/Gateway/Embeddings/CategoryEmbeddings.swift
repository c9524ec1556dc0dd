import BanditCore
import DecisionStore
import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import Synchronization
import WireFormats

/// Gets the embeddings that categories are told by: from memory, else from their provider, within the time that a request has
/// for it.
///
/// Without an answer in time the words decide; the call goes on (64 at most, 10 s at most) so that the next request with the
/// text finds its scores.
final class CategoryEmbeddings: Sendable {
    private let transport: ProviderTransport
    private let limiter: KeyLimiter
    private let store: DecisionStore
    /// The wall clock, for limits by the day and providers' dates; all else goes by the steady one.
    private let clock: @Sendable () -> Timestamp
    private let metrics = EmbeddingMetrics()
    private let desk = Mutex(EmbeddingDesk<EmbeddingWaiter>())
    /// Whether any was ever looked for: routers without them show no metrics of them.
    private let isUsed = Atomic(false)

    init(
        transport: ProviderTransport, limiter: KeyLimiter, store: DecisionStore,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.transport = transport
        self.limiter = limiter
        self.store = store
        self.clock = clock
    }

    /// Looks for the scores of texts.
    ///
    /// - Parameters:
    ///   - caller: whose request it is; what the calls use counts against the caller's limits.
    ///   - eventLoop: the one this is called on.
    ///   - then: called once, on the event loop, with what was found by text; before this returns where nothing is waited for.
    func scores(
        of texts: [String], _ plan: EmbeddingPlan, for caller: Caller, on eventLoop: any EventLoop,
        then: @escaping ([String: EmbeddingScores]) -> Void
    ) {
        eventLoop.assertInEventLoop()
        isUsed.store(true, ordering: .relaxed)
        let wait = EmbeddingWait(eventLoop: eventLoop, then: then)
        var calls: [(EmbeddingKey, String)] = []
        for text in texts {
            let key = plan.key(text)
            let waiter = EmbeddingWaiter(wait: wait, text: text)
            switch desk.withLock({ $0.ask(key, waiter: waiter, terms: plan.terms, now: SteadyClock.now()) }) {
            case .known(let scores):
                metrics.looked(.cached)
                wait.found[text] = scores
            case .joined: wait.pending[text] = key
            case .call:
                wait.pending[text] = key
                calls.append((key, text))
            case .refused(.breakerOpen): metrics.looked(.breakerOpen)
            case .refused(.busy): metrics.looked(.busy)
            }
        }
        guard !wait.pending.isEmpty else { return wait.finish() }
        wait.deadline = eventLoop.scheduleTask(in: TimeAmount(plan.definition.timeout)) { self.timeIsUp(wait) }
        for (key, text) in calls {
            transport.start(
                plan.request(text), receiver: EmbeddingReceiver(desk: self, plan: plan, key: key, caller: caller))
        }
    }

    /// Writes what `/metrics` shows of it; nothing where it was never used.
    func write(to text: inout MetricText) {
        guard isUsed.load(ordering: .relaxed) else { return }
        let (entries, breaker) = desk.withLock { ($0.count, $0.breakerState(at: SteadyClock.now())) }
        metrics.write(entries: entries, breaker: breaker, to: &text)
    }

    private func timeIsUp(_ wait: EmbeddingWait) {
        guard !wait.isOver else { return }
        let now = SteadyClock.now()
        for key in wait.pending.values {
            desk.withLock { $0.wasLate(key, now: now) }
            metrics.looked(.timeout)
        }
        wait.finish()
    }

    /// A call's end, on the transport's thread.
    fileprivate func ended(
        _ answer: Result<EmbeddingsExchange.Answer, UpstreamFault>, _ plan: EmbeddingPlan, _ key: EmbeddingKey,
        _ caller: Caller, nanoseconds: Int64
    ) {
        let now = clock()
        var scores: EmbeddingScores?
        var fault: String?
        var result = EmbeddingResult.fetched
        var retryAfter: Timestamp?
        switch answer {
        case .success(let answer):
            scores = answer.vectors.first.flatMap { plan.head.scores(of: $0) }
            if scores == nil {
                result = answer.vectors.first?.count == plan.head.dimension ? .failed : .wrongDimension
                fault = result == .failed ? "zero_vector" : result.rawValue
            }
            let tokens = answer.usage?.promptTokens
            let cost = tokens.flatMap { plan.cost(tokens: $0) }
            metrics.called(fault: fault, seconds: Double(nanoseconds) / 1e9, tokens: tokens, cost: cost)
            if limiter.charge(caller, tokens: tokens, cost: cost, now: now) {
                store.charge(keyID: caller.keyID, tokens: tokens, cost: cost, at: now)
            }
        case .failure(let failure):
            result = .failed
            retryAfter = RetryAfter.microseconds(failure.retryAfter, now: now)
            metrics.called(fault: failure.label, seconds: Double(nanoseconds) / 1e9, tokens: nil, cost: nil)
        }
        let waiters = desk.withLock { $0.ended(key, scores, retryAfter: retryAfter, now: SteadyClock.now()) }
        for waiter in waiters {
            waiter.wait.eventLoop.execute { [metrics, scores, result] in
                // Whoever stopped waiting was counted then.
                if waiter.wait.settle(waiter.text, scores) { metrics.looked(result) }
            }
        }
    }
}

/// Somebody who waits for the scores of a text.
struct EmbeddingWaiter: Sendable {
    let wait: EmbeddingWait
    let text: String
}

/// One request's wait for the scores of its texts. Confined to its event loop, hence the unchecked conformance.
final class EmbeddingWait: @unchecked Sendable {
    let eventLoop: any EventLoop
    var found: [String: EmbeddingScores] = [:]
    var pending: [String: EmbeddingKey] = [:]
    var deadline: Scheduled<Void>?
    private(set) var isOver = false
    private let then: ([String: EmbeddingScores]) -> Void

    init(eventLoop: any EventLoop, then: @escaping ([String: EmbeddingScores]) -> Void) {
        self.eventLoop = eventLoop
        self.then = then
    }

    /// - Returns: whether the text was still waited for.
    func settle(_ text: String, _ scores: EmbeddingScores?) -> Bool {
        guard !isOver, pending.removeValue(forKey: text) != nil else { return false }
        found[text] = scores
        if pending.isEmpty { finish() }
        return true
    }

    func finish() {
        guard !isOver else { return }
        isOver = true
        deadline?.cancel()
        then(found)
    }
}

/// Hears of one call.
private final class EmbeddingReceiver: UpstreamReceiver {
    private let desk: CategoryEmbeddings
    private let plan: EmbeddingPlan
    private let key: EmbeddingKey
    private let caller: Caller
    private let startedAt = MonotonicTime.nanoseconds()

    init(desk: CategoryEmbeddings, plan: EmbeddingPlan, key: EmbeddingKey, caller: Caller) {
        self.desk = desk
        self.plan = plan
        self.key = key
        self.caller = caller
    }

    func received(_ event: UpstreamEvent) {
        let answer: Result<EmbeddingsExchange.Answer, UpstreamFault>
        switch event {
        case .complete(let head, let body, let timings):
            answer = EmbeddingsExchange.read(UpstreamAnswer(head: head, body: body, timings: timings), count: 1)
        case .failed(let error): answer = .failure(UpstreamFault(error))
        case .head, .body, .end: return
        }
        desk.ended(answer, plan, key, caller, nanoseconds: MonotonicTime.nanoseconds() - startedAt)
    }
}
