import RoutingEngine

/// Where requests leave work for the writer: a bounded queue, and the ring that stands in for it while the store cannot be written.
///
/// All state is behind `condition`, which the writer sleeps on; nothing is called while it is held.
final class Inbox: @unchecked Sendable {
    private let condition = SteadyCondition()
    private let limit: Int
    private let clock: @Sendable () -> Timestamp
    private var jobs = JobQueue()
    private var ring: WaitingRing
    /// Bytes of content among the jobs.
    private var contentBytes = 0
    private var contentDropped = 0
    private var sleep = Sleep.none
    private var isClosed = false
    private var failure: StoreError?
    private var since: Timestamp
    /// When the writer went to the disk; nil where it is not there.
    private var busySince: ContinuousClock.Instant?
    private var commits = LatencyHistogram()

    private enum Sleep {
        case none
        /// Any job wakes the writer.
        case idle
        /// Only a job that somebody waits for does; others gather until the time is up.
        case lingering
    }

    /// A transaction that takes longer counts as a store that cannot be written.
    static let stall = Duration.milliseconds(1500)
    /// From this many jobs on that nobody waits for, they are written with the next that somebody does.
    private static let restingLimit = 512
    /// Of these jobs, as many are written at once where there is little to do.
    private static let restingAtOnce = 16

    init(limit: Int, waitingLimit: Int, clock: @escaping @Sendable () -> Timestamp) {
        self.limit = limit
        self.clock = clock
        ring = WaitingRing(capacity: waitingLimit)
        since = clock()
    }

    // MARK: For requests

    /// What was done with a job.
    enum Acceptance {
        case queued
        case buffered
        case refused(StoreError)
    }

    /// Leaves a job. Work of the proxy's path is always accepted, into the ring if need be; other work is refused with a reason.
    ///
    /// - Parameter wakes: whether a writer that sleeps is woken; otherwise ``wake()`` is to be called soon.
    func give(_ job: Job, wakes: Bool = true) -> Acceptance {
        condition.lock()
        let acceptance = accept(job)
        let mustWake = wakes && isAwaited(job)
        if mustWake { sleep = .none }
        condition.unlock()
        // Not before: a writer that is woken into a lock which is held goes to sleep again at once.
        if mustWake { condition.signal() }
        return acceptance
    }

    /// Whether the writer sleeps, and would rather not if it knew of this job.
    private func isAwaited(_ job: Job) -> Bool {
        guard !jobs.isEmpty else { return false }
        return sleep == .idle || (sleep == .lingering && !job.canWait)
    }

    /// Wakes the writer for what it was given without.
    func wake() {
        condition.lock()
        let mustWake = sleep == .idle && !jobs.isEmpty
        if mustWake { sleep = .none }
        condition.unlock()
        if mustWake { condition.signal() }
    }

    /// Leaves what was said in an exchange, for one of the next transactions; where there is no room, it is dropped and counted.
    func keep(_ content: DecisionContent) {
        condition.lock()
        defer { condition.unlock() }
        let fits = contentBytes + content.byteCount <= DecisionContent.waitingLimitBytes && jobs.count < limit
        guard fits, !isClosed, currentFailure == nil, !ring.contains(content.decisionID) else {
            contentDropped += 1
            return
        }
        contentBytes += content.byteCount
        // The outcome that follows wakes the writer.
        jobs.append(.content(content))
    }

    private func accept(_ job: Job) -> Acceptance {
        if isClosed { return refusal(StoreError(.unavailable, "the store is closed"), job) }
        if let failure = currentFailure { return refusal(failure, job) }
        switch job {
        case .decision, .feedback, .postedOutcome, .task, .content:
            if jobs.count >= limit {
                return refusal(StoreError(.queueFull, "\(jobs.count) entries wait for the store"), job)
            }
        case .serving(let id, _, _, _):
            if ring.contains(id) { return buffer(job) }
        case .outcome(let outcome, _):
            // An outcome follows its decision; it may exceed the limit, as there is only one for each.
            if ring.contains(outcome.decisionID) || jobs.count >= 4 * limit { return buffer(job) }
        }
        jobs.append(job)
        return .queued
    }

    private func refusal(_ error: StoreError, _ job: Job) -> Acceptance {
        switch job {
        case .decision, .serving, .outcome: isClosed ? .refused(error) : buffer(job)
        case .feedback, .postedOutcome, .task, .content:
            .refused(error.code == .queueFull ? error : StoreError(.unavailable, error.message))
        }
    }

    private func buffer(_ job: Job) -> Acceptance {
        switch job {
        case .decision(let decision, _): ring.append(decision)
        case .serving(let id, let arm, let completionID, _):
            ring.append(serving: arm, completionID: completionID, of: id)
        case .outcome(let outcome, _): ring.append(outcome)
        case .feedback, .postedOutcome, .task, .content: break
        }
        return .buffered
    }

    private var currentFailure: StoreError? {
        if let failure { return failure }
        if let busySince, ContinuousClock.now - busySince > Self.stall {
            return StoreError(.inputOutput, "a transaction has been under way for more than 1.5 s")
        }
        return nil
    }

    var health: StoreHealth {
        condition.lock()
        defer { condition.unlock() }
        let failure = isClosed ? StoreError(.unavailable, "the store is closed") : currentFailure
        return StoreHealth(
            isWritable: failure == nil, reason: failure, since: since,
            queued: jobs.count, waiting: ring.count, dropped: ring.dropped, contentDropped: contentDropped,
            commits: commits)
    }

    /// What waits in memory of a decision.
    func waiting(_ id: DecisionID) -> WaitingEntry? {
        condition.lock()
        defer { condition.unlock() }
        return ring[id]
    }

    /// Refuses all new work and wakes the writer to finish what there is.
    func close() {
        condition.lock()
        isClosed = true
        sleep = .none
        condition.broadcast()
        condition.unlock()
    }

    // MARK: For the writer

    struct Work {
        var waiting: [WaitingEntry]
        var jobs: [Job]
        var isClosed: Bool
        /// Of the jobs, those that somebody waited for.
        var awaitedCount = 0
    }

    /// Waits for work; returns with none after `seconds`.
    ///
    /// - Parameters:
    ///   - lingering: how long work that nobody waits for may gather.
    ///   - takesJobs: false while the store is out of order: then nothing is taken, only time passes.
    ///   - waitingLimit: entries of the ring to take at once.
    func take(seconds: Double, lingering: Duration, takesJobs: Bool, waitingLimit: Int) -> Work {
        condition.lock()
        defer { condition.unlock() }
        if !takesJobs {
            pause(.lingering, seconds) { false }
        } else if ring.isEmpty {
            pause(.idle, seconds) { !jobs.isEmpty }
            if let since = jobs.restingSince {
                pause(.lingering, (since + lingering - .now) / .seconds(1)) { jobs.isAwaited }
            }
        }
        guard takesJobs else { return Work(waiting: [], jobs: [], isClosed: isClosed) }
        let waiting = ring.take(waitingLimit)
        // What waits in memory is older: it goes first, and alone, so that nothing overtakes it.
        if !waiting.isEmpty, !ring.isEmpty { return Work(waiting: waiting, jobs: [], isClosed: isClosed) }
        if waiting.isEmpty, !isClosed, jobs.isAwaited, jobs.allowsAwaitedFirst, jobs.restingCount < Self.restingLimit,
            let since = jobs.restingSince, .now - since < lingering
        {
            let taken = jobs.take(resting: 0)
            return Work(waiting: [], jobs: taken, isClosed: false, awaitedCount: taken.count)
        }
        let awaited = jobs.awaitedCount
        // With little to do a few at a time, so that who comes in the meantime need not wait for all of them; with much, all at once,
        // so that they share pages.
        let isQuiet = !isClosed && awaited * 2 <= Self.restingAtOnce && jobs.restingCount < Self.restingLimit
        let taken = jobs.take(resting: isQuiet && jobs.allowsAwaitedFirst ? Self.restingAtOnce : .max)
        contentBytes -= taken.reduce(0) { if case .content(let content) = $1 { $0 + content.byteCount } else { $0 } }
        return Work(waiting: waiting, jobs: taken, isClosed: isClosed, awaitedCount: awaited)
    }

    /// Sleeps until woken, `seconds` have passed, there is `enough`, or the inbox is closed.
    private func pause(_ kind: Sleep, _ seconds: Double, until enough: () -> Bool) {
        guard !isClosed, !enough() else { return }
        let deadline = SteadyCondition.Deadline(secondsFromNow: seconds)
        sleep = kind
        while sleep == kind, condition.wait(until: deadline) {}
        sleep = .none
    }

    func began(at time: ContinuousClock.Instant) {
        condition.lock()
        busySince = time
        condition.unlock()
    }

    /// - Parameter commit: how long it took where it was a commit.
    func ended(_ commit: Duration? = nil) {
        condition.lock()
        busySince = nil
        if let commit { commits.add(commit) }
        condition.unlock()
    }

    /// The store can be written again.
    func recovered() {
        condition.lock()
        if failure != nil {
            failure = nil
            since = clock()
        }
        busySince = nil
        condition.unlock()
    }

    /// The store cannot be written: what the proxy's path gave goes back to the ring, the rest is handed back to be refused.
    func failed(_ error: StoreError, returning work: Work) -> [Job] {
        condition.lock()
        defer { condition.unlock() }
        if failure == nil { since = clock() }
        failure = error
        busySince = nil
        // What was taken from the ring is older than what has come into it since.
        let newer = ring.take(ring.count)
        for entry in work.waiting + newer { for job in entry.jobs { _ = buffer(job) } }
        let queued = jobs.take(resting: .max)
        contentBytes = 0
        var told: [Job] = []
        for job in work.jobs + queued {
            if case .content = job { contentDropped += 1 }
            _ = buffer(job)
            told.append(job)
        }
        return told
    }

    func countDropped(_ requests: Int) {
        condition.lock()
        ring.countDropped(requests)
        condition.unlock()
    }
}
