import Foundation
import Glibc
import RoutingEngine
import Synchronization

/// The only thread that writes the log: it takes everything that waits, writes it in one transaction, and only then acknowledges.
///
/// Everything but `inbox` and `learned` belongs to that thread, hence `@unchecked`.
final class Writer: @unchecked Sendable {
    let inbox: Inbox
    private let file: StoreFile
    private var options: StoreOptions
    private let clock: @Sendable () -> Timestamp
    private let steadyClock: @Sendable () -> Timestamp
    /// Why nothing is deleted; read from anywhere.
    let retentionPause = Mutex<RetentionPause?>(nil)
    private let onFold: @Sendable (Int64) -> Void
    private let onKeys: @Sendable (KeySet) -> Void
    /// Keys in force, as last read.
    let keys = Mutex(KeySet())
    private var dataVersion: Int64?
    /// The learned state; read from anywhere, changed by the writer after each commit.
    let learned: Mutex<Fold>
    private let lock: RouterLock
    private let checkpointer: Checkpointer
    private var log: LogWriter?
    /// Why nothing is taken from the inbox; nil while all is well.
    private var failure: StoreError?
    /// Tries in vain on the connection that failed.
    private var retries = 0
    private var identity: StoreFile.Identity?
    private var storeID = ""
    private var isFullySynchronous: Bool?
    private var lastSnapshot: Int64
    private var maintenance: Maintenance
    private let done = DispatchSemaphore(value: 0)

    /// Outcomes nobody waits for gather this long.
    private static let lingering = Duration.milliseconds(10)
    /// Jobs that somebody waits for in one transaction from which on the store counts as busy, and the rest it then takes.
    private static let busyCount = 4
    private static let gatherMicroseconds: UInt32 = 800
    /// Tries on a failed connection before it is given up.
    private static let retries = 20
    /// Entries of the ring written in one transaction.
    private static let waitingChunk = 512

    init(
        file: StoreFile, lock: RouterLock, options: StoreOptions, opened: OpenedLog,
        clock: @escaping @Sendable () -> Timestamp, steadyClock: @escaping @Sendable () -> Timestamp,
        onFold: @escaping @Sendable (Int64) -> Void, onKeys: @escaping @Sendable (KeySet) -> Void
    ) {
        self.file = file
        self.lock = lock
        self.options = options
        self.clock = clock
        self.steadyClock = steadyClock
        self.onFold = onFold
        self.onKeys = onKeys
        inbox = Inbox(limit: options.queueLimit, waitingLimit: options.waitingLimit, clock: clock)
        learned = Mutex(opened.fold)
        checkpointer = Checkpointer(file, options: options)
        log = opened.log
        opened.log.connection.countLogPages()
        storeID = opened.storeID
        identity = file.identity
        lastSnapshot = opened.snapshotSequence
        maintenance = Maintenance(options: options)
        keys.withLock { $0 = opened.keys }
    }

    func start() {
        let thread = Thread { [self] in
            run()
            done.signal()
        }
        thread.name = "store writer"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Writes what is left and waits for the thread to end. Called once.
    func stop() {
        inbox.close()
        done.wait()
        lock.release()
    }

    private func run() {
        var lastBeat = steadyClock()
        var lastCount = 0
        while true {
            // Under load a short rest lets more requests share the next transaction, whose cost is mostly the same for one
            // entry and for fifty; a lone request is never kept waiting.
            if lastCount >= Self.busyCount { usleep(Self.gatherMicroseconds) }
            let work = inbox.take(
                seconds: options.beatSeconds, lingering: Self.lingering, takesJobs: failure == nil,
                waitingLimit: Self.waitingChunk)
            lastCount = work.awaitedCount
            if failure != nil {
                recover()
                if failure != nil, work.isClosed { break }
                continue
            }
            if work.jobs.isEmpty, work.waiting.isEmpty {
                if work.isClosed { break }
                maintain()
                lastBeat = steadyClock()
            } else {
                process(work)
                if steadyClock() - lastBeat > Timestamp(saturating: options.beatSeconds * 1e6) {
                    lastBeat = steadyClock()
                    maintain()
                }
            }
            shortenLog()
        }
        if failure == nil { writeSnapshot() }
        // Before the log's connection: the last one to close moves what is left.
        checkpointer.stop()
        log = nil
    }

    /// Has the write-ahead log moved into the database where it is long.
    private func shortenLog() {
        guard failure == nil, let log else { return }
        if checkpointer.isDue {
            inbox.began(at: .now)
            checkpointer.finish(log.connection)
            inbox.ended()
        }
        checkpointer.look(log.connection, of: identity)
    }

    // MARK: Transactions

    /// One transaction for everything that was taken.
    private func process(_ work: Inbox.Work) {
        guard let log else { return }
        var told: [() -> Void] = []
        let needsFlush = work.jobs.contains { $0.needsFlush }
        do throws(StoreError) {
            try transaction(flushed: needsFlush) { log throws(StoreError) in
                for entry in work.waiting {
                    for job in entry.jobs { try perform(job, log, &told) }
                }
                for job in work.jobs { try perform(job, log, &told) }
            }
            for tell in told { tell() }
            snapshotIfDue()
        } catch {
            if error.isFault {
                fail(error, returning: work)
            } else {
                // One entry spoils the transaction: each goes into its own, and only the bad one is refused.
                processOneByOne(work, log)
            }
        }
    }

    private func processOneByOne(_ work: Inbox.Work, _ log: LogWriter) {
        var jobs = work.waiting.flatMap(\.jobs) + work.jobs
        while let job = jobs.first {
            var told: [() -> Void] = []
            do throws(StoreError) {
                try transaction(flushed: job.needsFlush) { log throws(StoreError) in try perform(job, log, &told) }
                for tell in told { tell() }
            } catch {
                guard !error.isFault else {
                    return fail(error, returning: Inbox.Work(waiting: [], jobs: jobs, isClosed: false))
                }
                inbox.countDropped(1)
                job.refuse(error)
            }
            jobs.removeFirst()
        }
    }

    private func transaction(
        flushed: Bool, _ body: (LogWriter) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let log else { throw StoreError(.unavailable, "the store is not open") }
        let start = ContinuousClock.now
        inbox.began(at: start)
        do throws(StoreError) {
            if isFullySynchronous != flushed {
                // A commit with FULL also makes all earlier commits of the WAL durable: SQLite syncs the whole file.
                try log.connection.execute(flushed ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
                isFullySynchronous = flushed
            }
            try log.begin()
            try body(log)
            let events = try log.commit()
            inbox.ended(ContinuousClock.now - start)
            fold(events, log)
        } catch {
            inbox.ended(ContinuousClock.now - start)
            // Where this fails as well, recovery does it again.
            try? log.rollBack()
            throw error
        }
    }

    private func fold(_ events: [(sequence: Int64, event: StoredEvent)], _ log: LogWriter) {
        guard !events.isEmpty else { return }
        learned.withLock { fold in
            for entry in events { fold.fold(entry.event, sequence: entry.sequence, names: log.text) }
        }
        onFold(log.lastSequence)
    }

    private func perform(
        _ job: Job, _ log: LogWriter, _ told: inout [() -> Void]
    ) throws(StoreError) {
        switch job {
        case .decision(let decision, let tell):
            let sequence = try log.write(decision)
            if let tell { told.append { tell(.stored(sequence)) } }
        case .serving(let id, let arm, let completionID, let tell):
            let isKnown = try log.write(serving: arm, completionID: completionID, of: id)
            if let tell {
                told.append { [sequence = log.lastSequence] in tell(isKnown ? .stored(sequence) : .dropped) }
            }
        case .outcome(let outcome, let tell):
            let result = try log.write(outcome)
            if result == .unknownDecision { inbox.countDropped(1) }
            if let tell { told.append { tell(Recorded(result, last: log.lastSequence)) } }
        case .content(let content): try log.write(content)
        case .postedOutcome(let outcome, let author, let tell):
            let result = try log.write(posted: outcome, author: author)
            told.append { tell(.success(result)) }
        case .feedback(let items, let author, let received, let tell):
            var results: [Result<FeedbackReceipt, FeedbackRefusal>] = []
            results.reserveCapacity(items.count)
            for item in items { results.append(try log.write(item, author: author, received: received)) }
            told.append { tell(.success(results)) }
        case .task(let body, _):
            told.append(try body(log))
            // Keys may be what it changed. It is rare, and they are few.
            if try log.connection.integer("SELECT count(*) FROM api_key") ?? 0 > 0 {
                told.insert({ [self] in try? loadKeys() }, at: 0)
            }
        }
    }

    // MARK: Out of order, and back

    private func fail(
        _ error: StoreError, returning work: Inbox.Work = Inbox.Work(waiting: [], jobs: [], isClosed: false)
    ) {
        failure = error
        for job in inbox.failed(error, returning: work) { job.refuse(error) }
    }

    /// Tries to write again. Nothing is taken from the inbox until that worked.
    ///
    /// First on the connection that failed: it knows where the last good transaction ends, so that what a failed commit left in the
    /// WAL is overwritten. A new connection would read those frames and could find a transaction in them that was refused. Only a
    /// file that is damaged, or another one, needs a new connection.
    private func recover() {
        do throws(StoreError) {
            guard let now = file.identity else {
                throw StoreError(.cannotOpen, "store \(file.path): the file is gone")
            }
            if let log, now == identity, failure?.code != .damaged, retries < Self.retries {
                retries += 1
                try log.rollBack()
            } else {
                try reopen(now)
            }
            isFullySynchronous = nil
            try beat()
            try loadKeys()
            failure = nil
            retries = 0
            inbox.recovered()
        } catch {
            fail(error)
        }
    }

    /// Opens the file anew; it decides what was learned: it may be an older copy of this store.
    private func reopen(_ now: StoreFile.Identity) throws(StoreError) {
        log = nil
        // Looked at before anything is written: it may be somebody else's.
        let found = try OpenedLog.storeID(of: file.path, busyTimeoutMS: options.busyTimeoutMS)
        guard found == storeID else {
            throw StoreError(.cannotOpen, "store \(file.path): another store has taken its place")
        }
        let opened = try OpenedLog(file: file, options: options)
        log = opened.log
        opened.log.connection.countLogPages()
        identity = now
        retries = 0
        dataVersion = nil
        lastSnapshot = opened.snapshotSequence
        learned.withLock { if $0.state != opened.fold.state { $0 = opened.fold } }
        onFold(opened.fold.sequence)
    }

    /// The smallest thing that can be written.
    private func beat() throws(StoreError) {
        try transaction(flushed: true) { log throws(StoreError) in
            try log.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'beat'")
        }
    }

    // MARK: When there is time

    private func maintain() {
        do throws(StoreError) {
            guard file.identity == identity else {
                throw StoreError(.cannotOpen, "store \(file.path): the file was moved or replaced")
            }
            try lookForOthers()
            let (now, steady) = (clock(), steadyClock())
            var more = true
            while more {
                more = false
                try transaction(flushed: false) { log throws(StoreError) in
                    try log.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'beat'")
                    more = try maintenance.step(log, fold: learned, now: now, steady: steady)
                }
                if inbox.health.queued > 0 { break }
            }
            retentionPause.withLock { $0 = maintenance.pause }
            snapshotIfDue()
        } catch {
            fail(error)
        }
    }

    /// Takes over what other processes wrote: keys, and requests for quarantine.
    private func lookForOthers() throws(StoreError) {
        guard let log else { return }
        let version = try log.connection.integer("PRAGMA data_version")
        guard version != dataVersion else { return }
        dataVersion = version
        try loadKeys()
        let requests = try log.connection.cursor("SELECT author FROM quarantine_request")
        var authors: [String] = []
        while try requests.step() { authors.append(requests.text(0)) }
        guard !authors.isEmpty else { return }
        try transaction(flushed: true) { log throws(StoreError) in
            for author in authors { _ = try log.quarantine(author: author, at: clock()) }
            try log.connection.execute("DELETE FROM quarantine_request")
        }
    }

    /// Reads the keys again, and says so where they changed.
    func loadKeys() throws(StoreError) {
        guard let log else { return }
        let fresh = try KeyTable.load(log.connection)
        let changed = keys.withLock { keys in
            defer { keys = fresh }
            return keys != fresh
        }
        if changed { onKeys(fresh) }
    }

    /// Goes on under other options; called on the writer's thread, between transactions.
    ///
    /// - Parameter folded: the log up to a place, folded under the new options; nil where they change nothing that was learned.
    func adopt(_ new: StoreOptions, folded: Fold?) throws(StoreError) {
        guard let log else { throw StoreError(.unavailable, "store \(file.path): out of service") }
        try log.configure(new)
        options = new
        maintenance.options = new
        guard let folded else { return }
        let start = Snapshot(folded, at: folded.sequence, time: clock(), fingerprint: new.fingerprint)
        var refold = Refold(log.connection, options: new, names: log.names, rule: log.rule, from: start)
        try refold.run()
        learned.withLock { $0 = refold.fold }
        lastSnapshot = -new.snapshotEvery
        onFold(log.lastSequence)
    }

    private func snapshotIfDue() {
        guard let log, log.lastSequence - lastSnapshot >= options.snapshotEvery else { return }
        writeSnapshot()
    }

    private func writeSnapshot() {
        guard let log, log.lastSequence > lastSnapshot else { return }
        let fold = learned.withLock { $0 }
        do throws(StoreError) {
            try transaction(flushed: false) { log throws(StoreError) in
                try Snapshot(fold, at: log.lastSequence, time: clock(), fingerprint: options.fingerprint).write(
                    log.connection)
            }
            lastSnapshot = log.lastSequence
        } catch {
            if error.isFault { fail(error) }
        }
    }
}

extension Job {
    /// Tells whoever waits that it was not written: it waits in memory, or it was refused.
    func refuse(_ error: StoreError, as told: StoreError? = nil) {
        let refused = told ?? StoreError(error.isFault ? .unavailable : .rejected, error.message)
        let recorded: Recorded = error.isFault ? .buffered : .dropped
        switch self {
        case .decision(_, let tell), .serving(_, _, _, let tell), .outcome(_, let tell): tell?(recorded)
        case .content: break
        case .postedOutcome(_, _, let tell): tell(.failure(refused))
        case .feedback(_, _, _, let tell): tell(.failure(refused))
        case .task(_, let failed): failed(refused)
        }
    }
}

extension Recorded {
    init(_ result: LogWriter.OutcomeResult, last: Int64) {
        switch result {
        case .stored(let sequence): self = .stored(sequence)
        case .alreadyStored: self = .stored(last)
        case .unknownDecision: self = .dropped
        }
    }
}
