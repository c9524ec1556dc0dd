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

    /// Takes what somebody waits for, and leaves the rest.
    mutating func takeAwaited() -> [Job] {
        defer {
            awaited.removeAll(keepingCapacity: true)
            boundCount = 0
        }
        return awaited.map(\.job)
    }

    /// Takes everything, in the order in which it was given.
    mutating func takeAll() -> [Job] {
        defer {
            awaited.removeAll(keepingCapacity: true)
            resting.removeAll(keepingCapacity: true)
            boundCount = 0
            restingSince = nil
        }
        guard !resting.isEmpty else { return awaited.map(\.job) }
        var taken: [Job] = []
        taken.reserveCapacity(count)
        var next = 0
        for entry in resting {
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
