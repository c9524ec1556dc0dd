/// What waits for the writer, in the order in which it was given, with what nobody waits for kept apart.
///
/// A decision, and the word which arm serves, hold their request up until they are committed; an outcome holds nothing up. Written
/// together, each decision pays for the pages of the outcomes before it; written apart, many outcomes share those pages. So these two
/// may go first, and nothing else may: feedback must find the outcome that came before it.
struct JobQueue {
    private struct Entry {
        /// Its place in the order.
        let number: Int
        let job: Job
    }

    private var awaited: [Entry] = []
    private var resting: [Entry] = []
    private var nextNumber = 0
    /// Jobs that somebody waits for and that may not go first.
    private var boundCount = 0
    /// When the oldest of the jobs that nobody waits for was given; nil where there are none.
    private(set) var restingSince: ContinuousClock.Instant?

    var count: Int { awaited.count + resting.count }
    var isEmpty: Bool { awaited.isEmpty && resting.isEmpty }
    /// Whether somebody waits.
    var isAwaited: Bool { !awaited.isEmpty }
    var awaitedCount: Int { awaited.count }
    var restingCount: Int { resting.count }
    /// Whether all that is waited for may go first.
    var allowsAwaitedFirst: Bool { boundCount == 0 }

    /// - Parameter now: read only where the job is the first that nobody waits for.
    mutating func append(_ job: Job, now: @autoclosure () -> ContinuousClock.Instant = .now) {
        let entry = Entry(number: nextNumber, job: job)
        nextNumber += 1
        guard job.canWait else {
            awaited.append(entry)
            if !job.mayGoFirst { boundCount += 1 }
            return
        }
        if resting.isEmpty { restingSince = now() }
        resting.append(entry)
    }

    /// Takes all that somebody waits for and the oldest of the rest, in the order in which they were given.
    ///
    /// - Parameter limit: as many of the rest at the most; all where what is waited for may not go first.
    mutating func take(resting limit: Int) -> [Job] {
        precondition(allowsAwaitedFirst || limit >= resting.count, "what may not go first would")
        let leaving = min(limit, resting.count)
        defer {
            awaited.removeAll(keepingCapacity: true)
            resting.removeFirst(leaving)
            boundCount = 0
            if resting.isEmpty { restingSince = nil }
        }
        guard leaving > 0 else { return awaited.map(\.job) }
        var taken: [Job] = []
        taken.reserveCapacity(awaited.count + leaving)
        var next = 0
        for entry in resting[..<leaving] {
            while next < awaited.count, awaited[next].number < entry.number {
                taken.append(awaited[next].job)
                next += 1
            }
            taken.append(entry.job)
        }
        taken.append(contentsOf: awaited[next...].lazy.map(\.job))
        return taken
    }
}

extension Job {
    /// Whether nobody waits for it, so that it may ride along with a later transaction.
    var canWait: Bool {
        switch self {
        case .outcome(_, nil), .serving(_, _, _, nil), .content: true
        default: false
        }
    }

    /// Whether it may be written before older work of other requests that nobody waits for.
    var mayGoFirst: Bool {
        switch self {
        case .decision, .serving: true
        default: false
        }
    }
}
