package import RoutingEngine
import Synchronization

/// The log of decisions, outcomes and feedback in one SQLite file, and the learned state that is its fold.
///
/// One thread writes; what is acknowledged is in the file. Reading never waits for it. While the file cannot be written, decisions
/// and outcomes wait in memory, feedback is refused, and ``health`` says why.
package final class DecisionStore: Sendable {
    let writer: Writer
    private let readers: Readers
    private let options: Mutex<StoreOptions>
    package let path: String
    /// Of SQLite, as 3.45.1.
    package static var libraryVersion: String { Connection.libraryVersion }
    /// Where the budgets of routes began to count, as it stood when the store was opened.
    package let budgetBaselines: [String: BudgetBaseline]
    /// The arms that had been added while serving, as they stood when the store was opened.
    package let addedArms: [AddedArm]
    /// Id of the last decision when the store was opened: those made from then on come after it.
    package let newestDecision: DecisionID?
    private let isOpen = Mutex(true)
    let keepsLog: Bool

    /// Opens a store for the exclusive use of one router, making the file where it is missing.
    ///
    /// - Parameters:
    ///   - clock: the wall clock, for health, windows of retention and snapshots; feedback and decisions bring their own.
    ///   - steadyClock: one that nobody sets, microseconds; retention does not believe the other without it.
    ///   - onFold: called on the writer's thread after ``learnerState`` changed, with the last entry that went in.
    ///   - onKeys: called on the writer's thread when keys were made or deleted by anyone.
    /// - Throws: within 10 s, naming the file and the reason.
    package init(
        path: String, options: StoreOptions = StoreOptions(), clock: @escaping @Sendable () -> Timestamp,
        steadyClock: @escaping @Sendable () -> Timestamp = SteadyClock.now,
        onFold: @escaping @Sendable (Int64) -> Void = { _ in }, onKeys: @escaping @Sendable (KeySet) -> Void = { _ in }
    ) throws(StoreError) {
        let file = try StoreFile(preparing: path)
        let lock = try RouterLock(file)
        let opened = try Self.openPatiently(file, options)
        self.options = Mutex(options)
        self.path = file.path
        keepsLog = options.keepsLog
        budgetBaselines = opened.budgetBaselines
        addedArms = opened.addedArms
        newestDecision = opened.newestDecision
        readers = Readers(path: file.path, options: options)
        writer = Writer(
            file: file, lock: lock, options: options, opened: opened, clock: clock, steadyClock: steadyClock,
            onFold: onFold,
            onKeys: onKeys)
        writer.start()
    }

    deinit {
        if isOpen.withLock({ $0 }) { writer.stop() }
    }

    /// Another program may hold the file for a moment; longer than some seconds is an error.
    private static func openPatiently(_ file: StoreFile, _ options: StoreOptions) throws(StoreError) -> OpenedLog {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(4))
        while true {
            do throws(StoreError) {
                return try OpenedLog(file: file, options: options)
            } catch {
                guard error.code == .locked, clock.now < deadline else { throw error }
            }
        }
    }

    /// Writes what was accepted, and a snapshot, and closes the file. Blocks until done; nothing is accepted any more.
    package func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { return }
        writer.stop()
        readers.close()
    }

    // MARK: State

    /// What was learned from every committed entry: a value, cheap to take.
    package var learnerState: LearnerState { writer.learned.withLock { $0.state } }

    package var health: StoreHealth { writer.inbox.health }

    /// Why nothing is deleted though it may be old; nil while the clock is believed.
    package var retentionPause: RetentionPause? { writer.retentionPause.withLock { $0 } }

    /// Keys in force, as of at most half a second ago where another process made them.
    package var keys: KeySet { writer.keys.withLock { $0 } }

    // MARK: The path of a request

    /// Appends a decision; `completion` is called once it is in the log, on the writer's thread, or at once where it must wait in
    /// memory. The same id again is the same decision.
    package func record(_ decision: Decision, completion: (@Sendable (Recorded) -> Void)? = nil) {
        guard keepsLog else { return completion?(.dropped) ?? () }
        settle(writer.inbox.give(.decision(decision, completion)), completion)
    }

    package func recordAndWait(_ decision: Decision) async -> Recorded {
        await withCheckedContinuation { continuation in record(decision) { continuation.resume(returning: $0) } }
    }

    /// Says which arm serves, when the head of the answer goes out, and the `id` the client will see where it is known by then.
    ///
    /// Needed where the arm is not the one drawn, or the answer streams; else the outcome says it early enough. A caller that waits
    /// for `completion` before it sends the head can be killed at any moment without feedback going to the wrong arm.
    package func serving(
        _ id: DecisionID, arm: String, completionID: String? = nil, completion: (@Sendable (Recorded) -> Void)? = nil
    ) {
        guard keepsLog else { return completion?(.dropped) ?? () }
        let known = TextLimit.within(TextLimit.id, completionID)
        settle(writer.inbox.give(.serving(id, arm: arm, completionID: known, completion)), completion)
    }

    /// Appends an outcome. Without `completion` it may ride along with the next transaction, a few milliseconds later.
    ///
    /// - Parameter wakes: false where the caller has something to do first that is more urgent than waking the writer, and calls
    ///   ``wake()`` then.
    package func record(
        _ outcome: Outcome, wakes: Bool = true, completion: (@Sendable (Recorded) -> Void)? = nil
    ) {
        guard keepsLog else { return completion?(.dropped) ?? () }
        settle(writer.inbox.give(.outcome(outcome, completion), wakes: wakes), completion)
    }

    /// Sees to it that the writer looks at what it was given without being woken.
    package func wake() { writer.inbox.wake() }

    package func recordAndWait(_ outcome: Outcome) async -> Recorded {
        await withCheckedContinuation { continuation in record(outcome) { continuation.resume(returning: $0) } }
    }

    private func settle(_ acceptance: Inbox.Acceptance, _ completion: (@Sendable (Recorded) -> Void)?) {
        switch acceptance {
        case .queued: break
        case .buffered: completion?(.buffered)
        case .refused: completion?(.dropped)
        }
    }

    // MARK: What clients post

    /// Takes feedback, all in one transaction; each item meets those before it. Durable when it returns.
    ///
    /// - Parameter received: the instant of receipt, against which windows are measured.
    /// - Returns: an answer for every item, in order.
    /// - Throws: where the store cannot be written; then nothing was stored.
    package func submitFeedback(
        _ items: [FeedbackSubmission], author: FeedbackAuthor, received: Timestamp
    ) async throws(StoreError) -> [Result<FeedbackReceipt, FeedbackRefusal>] {
        try await ask { tell in .feedback(items, author, received: received, tell) }
    }

    /// Appends an outcome that a client posted for a decision it was only told of. Durable when it returns.
    package func submit(_ outcome: Outcome, author: FeedbackAuthor) async throws(StoreError) -> PostedOutcome {
        try await ask { tell in .postedOutcome(outcome, author, tell) }
    }

    /// Appends what the router itself says of an answer. Nobody waits for it, and nobody is told where it cannot be written.
    package func note(_ item: FeedbackSubmission, received: Timestamp) {
        _ = writer.inbox.give(.feedback([item], FeedbackAuthor(), received: received) { _ in })
    }

    /// Keeps where the budgets of routes begin to count. Nobody waits for it: lost, they begin a little later.
    package func keep(_ baselines: [String: BudgetBaseline]) {
        _ = writer.inbox.give(
            .task(
                { log throws(StoreError) in
                    try BudgetTable.replace(baselines, log.connection)
                    return {}
                }, failed: { _ in }))
    }

    /// Waits until everything that was given is written.
    package func settle() async throws(StoreError) {
        try await write { _ throws(StoreError) in }
    }

    private func ask<Value: Sendable>(
        _ job: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Job
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let job = job { continuation.resume(returning: $0) }
            if case .refused(let error) = writer.inbox.give(job) { job.refuse(error, as: error) }
        }
        return try result.get()
    }

    /// Runs `body` in a transaction of the writer's, together with whatever else waits. Durable when it returns.
    ///
    /// - Parameter then: runs on the writer's thread once it is committed and folded.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (LogWriter) throws(StoreError) -> Value,
        then: @escaping @Sendable () throws(StoreError) -> Void = {}
    ) async throws(StoreError) -> Value {
        try await ask { tell in
            .task(
                { log throws(StoreError) in
                    let value = try body(log)
                    return {
                        do throws(StoreError) {
                            try then()
                            tell(.success(value))
                        } catch {
                            tell(.failure(error))
                        }
                    }
                }, failed: { tell(.failure($0)) })
        }
    }

    // MARK: Administration

    /// Goes on under other metrics, half-lives, window, retention or cap. The limits of queue and memory stay as they are.
    ///
    /// Where that changes what was learned, the log is folded again beside the traffic, and the state is swapped when done.
    package func reload(_ new: StoreOptions) async throws(StoreError) {
        let old = options.withLock { $0 }
        // New metrics get their numbers before anything is folded by them.
        try await write { log throws(StoreError) in
            for metric in new.metrics { _ = try log.number(metric.id) }
        }
        var folded: Fold?
        if new.fingerprint != old.fingerprint {
            folded = try await read { reader throws(StoreError) in try reader.fold(options: new) }
        }
        let start = folded
        try await write { _ throws(StoreError) in
        } then: { [writer] () throws(StoreError) in
            try writer.adopt(new, folded: start)
        }
        readers.reload(new)
        options.withLock { $0 = new }
    }

    /// Keeps a key. Its id and hash must be new.
    package func insertKey(_ key: APIKey) async throws(StoreError) {
        try await write { log throws(StoreError) in try KeyTable.insert(key, log.connection) }
    }

    /// Revokes a key.
    ///
    /// - Returns: false where there is no such key.
    package func deleteKey(_ id: String, at now: Timestamp) async throws(StoreError) -> Bool {
        let deleted = try await write { log throws(StoreError) in try KeyTable.delete(id, at: now, log.connection) }
        return deleted
    }

    /// Keeps an arm that was added while serving, in the place of one of its id.
    package func keep(_ arm: AddedArm) async throws(StoreError) {
        try await write { log throws(StoreError) in try AddedArmTable.put(arm, log.connection) }
    }

    /// Forgets an arm that was added while serving.
    package func forgetArm(_ id: String) async throws(StoreError) {
        try await write { log throws(StoreError) in try AddedArmTable.delete(id, log.connection) }
    }

    /// Removes the influence of a key's feedback, past and to come.
    ///
    /// - Returns: what that changed, by cell.
    package func quarantine(keyID: String, at now: Timestamp) async throws(StoreError) -> [QuarantineDifference] {
        try await write { log throws(StoreError) in try log.quarantine(author: keyID, at: now) }
    }

    // MARK: Reading

    /// A decision with all that followed; nil where there is none of that id.
    package func decision(_ id: DecisionID) async throws(StoreError) -> DecisionRecord? {
        if let waiting = writer.inbox.waiting(id), let decision = waiting.decision {
            let served = waiting.outcome.map(\.servedArm) ?? waiting.servingArm ?? decision.arm
            return DecisionRecord(
                sequence: 0, decision: decision, outcome: waiting.outcome, servedArm: served,
                completionID: waiting.completionID ?? waiting.outcome?.completionID, feedback: [], reward: nil)
        }
        return try await readers.read { reader throws(StoreError) in try reader.decision(id) }
    }

    /// Decisions, newest first.
    ///
    /// - Parameter limit: at most 1,000 are returned.
    package func decisions(
        _ filter: DecisionFilter = DecisionFilter(), limit: Int
    ) async throws(StoreError) -> [DecisionRecord] {
        try await read { reader throws(StoreError) in try reader.decisions(filter, limit: max(0, min(limit, 1000))) }
    }

    /// Decisions of the newest part of the log before `filter.before`, and where to go on.
    ///
    /// - Parameter limit: at most 1,000 are returned.
    package func decisionPage(
        _ filter: DecisionFilter = DecisionFilter(), limit: Int
    ) async throws(StoreError) -> DecisionPage {
        try await read { reader throws(StoreError) in try reader.page(filter, limit: max(0, min(limit, 1000))) }
    }

    /// Feedback as it came in, newest first; retractions and values that were replaced since are among it.
    ///
    /// - Parameters:
    ///   - before: only what is before this place in the log.
    ///   - limit: at most 1,000 are returned.
    package func feedback(before: Int64? = nil, limit: Int) async throws(StoreError) -> [FeedbackRecord] {
        try await read { reader throws(StoreError) in
            try reader.feedback(before: before, limit: max(0, min(limit, 1000)))
        }
    }

    /// Use by requests decided in [from, to), nil meaning without bound, in the order of the groups.
    package func usage(
        from: Timestamp? = nil, to: Timestamp? = nil, by groups: [UsageGrouping]
    ) async throws(StoreError) -> [UsageRow] {
        try await read { reader throws(StoreError) in try reader.usage(from: from, to: to, by: groups) }
    }

    /// What had been learned when the log reached a place; nil where that part of the log was deleted.
    package func learnerState(asOf sequence: Int64) async throws(StoreError) -> LearnerState? {
        let options = options.withLock { $0 }
        return try await read { reader throws(StoreError) in try reader.state(asOf: sequence, options: options) }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (LogReader) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await readers.read(body)
    }
}
