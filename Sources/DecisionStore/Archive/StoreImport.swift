package import RoutingEngine

/// Brings the log of one store into another, while no router has it: decision by decision, in chunks, so that an import that was cut off
/// goes on where it ended.
///
/// Into an empty store the entries keep their places, and the fold is the same bit for bit. Into a store with entries of its own they
/// follow after these, in their own order. Until ``finish()`` no router will open the store: half a log would teach other things.
package final class StoreImport {
    /// What became of the decisions given.
    package struct Report: Sendable, Equatable {
        package var imported = 0
        /// Decisions that were here already; nothing of them was changed.
        package var present = 0

        package init(imported: Int = 0, present: Int = 0) {
            self.imported = imported
            self.present = present
        }
    }

    package private(set) var report = Report()
    /// The last decision that an import before this one brought in, where that was cut off; nil at the beginning.
    package let resumesAfter: DecisionID?
    /// Decisions that it had been given by then.
    package let done: Int

    private let file: StoreFile
    private let lock: RouterLock
    private let options: StoreOptions
    private let log: LogWriter
    /// What is added to the places of imported entries.
    private let offset: Int64
    /// Keys that are in quarantine here: what they said elsewhere does not count either.
    private let quarantined: Set<String>
    private var given: Int
    private var last: DecisionID?
    private var inTransaction = 0

    /// Decisions written in one transaction.
    private let chunk: Int

    /// Opens a store, making it where it is missing.
    ///
    /// - Throws: where a router has the store, or it cannot be written.
    package init(path: String, options: StoreOptions, chunk: Int = 2000) throws(StoreError) {
        let file = try StoreFile(preparing: path)
        self.file = file
        self.options = options
        self.chunk = chunk
        lock = try RouterLock(file)
        try Schema.migrate(file.path, busyTimeoutMS: 5000)
        let connection = try Connection(path: file.path, access: .writing, busyTimeoutMS: 5000)
        try connection.execute(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; BEGIN IMMEDIATE")
        do throws(StoreError) {
            log = try LogWriter(connection, options: options)
            if let mark = try Mark.load(connection) {
                (offset, given, last) = (mark.offset, mark.given, mark.last)
            } else {
                (offset, given, last) = (log.lastSequence, 0, nil)
                try Mark(offset: offset, given: 0, last: nil).write(connection)
            }
            var known: Set<String> = []
            let authors = try connection.cursor("SELECT author FROM quarantine WHERE seq <= ?")
            authors.bind(1, offset)
            while try authors.step() { known.insert(log.text(authors.int(0))) }
            quarantined = known
            try connection.execute("COMMIT")
        } catch {
            connection.rollBack()
            throw error
        }
        // The places of imported decisions are given, with entries of earlier ones between and behind them.
        log.continueAfter(offset)
        done = given
        resumesAfter = last
    }

    /// What is kept of entries that the other store has deleted; only a store without entries can take it.
    package func add(_ base: ArchivedBase) throws(StoreError) {
        guard offset == 0 else {
            throw StoreError(
                .rejected,
                "store \(file.path): the log to import begins with what is kept of deleted entries, which only an empty store can take"
            )
        }
        try begin()
        let insert = try log.connection.statement("INSERT OR REPLACE INTO snapshot VALUES (?, 1, ?, ?, ?)")
        insert.bind(1, base.sequence)
        insert.bind(2, base.time)
        insert.bind(3, base.fingerprint)
        insert.bind(4, blob: base.state)
        try insert.run()
    }

    package func add(_ quarantine: ArchivedQuarantine) throws(StoreError) {
        try begin()
        let insert = try log.connection.statement("INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, 0)")
        insert.bind(1, offset + quarantine.sequence)
        insert.bind(2, try log.number(quarantine.keyID))
        insert.bind(3, quarantine.time)
        try insert.run()
    }

    /// Brings in the next decision; they come in the order of their places.
    package func add(_ decision: ArchivedDecision) throws(StoreError) {
        try begin()
        if try log.insert(decision, offset: offset, quarantined: quarantined) {
            report.imported += 1
        } else {
            report.present += 1
        }
        given += 1
        last = decision.decision.id
        inTransaction += 1
        if inTransaction >= chunk { try commit() }
    }

    /// Makes what follows from the log, folds it, and lets routers have the store again.
    package func finish(at now: Timestamp) throws(StoreError) {
        try begin()
        try log.connection.execute(
            """
            UPDATE feedback SET counted = 0 WHERE counted AND EXISTS (
                SELECT 1 FROM quarantine q WHERE q.author = feedback.author AND q.seq > feedback.seq);
            \(ImportDerivation.usage(after: offset));
            \(ImportDerivation.influence(after: offset))
            """)
        try log.completions.mergeAll(log.connection, at: LogWriter.lastSequence(log.connection))
        try Mark.remove(log.connection)
        try log.connection.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
        lock.release()
        // Folds what is new and keeps a snapshot of it.
        try DecisionStore(path: file.path, options: options, clock: { now }).close()
    }

    /// Keeps what came so far; the same file given again goes on from there.
    package func suspend() throws(StoreError) {
        if log.connection.isInTransaction { try commit() }
        lock.release()
    }

    /// Removes everything that an import which was cut off has brought in.
    package func undo() throws(StoreError) {
        log.connection.rollBack()
        try log.connection.execute("BEGIN IMMEDIATE")
        for table in ["outcome", "serving", "quarantine", "decision"] {
            try log.connection.execute("DELETE FROM \(table) WHERE seq > \(offset)")
        }
        try log.connection.execute(
            """
            DELETE FROM completion WHERE decision > \(offset);
            \(offset == 0 ? "DELETE FROM snapshot" : "")
            """)
        try Mark.remove(log.connection)
        try log.connection.execute("COMMIT")
        lock.release()
    }

    private func begin() throws(StoreError) {
        if !log.connection.isInTransaction { try log.begin() }
    }

    private func commit() throws(StoreError) {
        try Mark(offset: offset, given: given, last: last).write(log.connection)
        try log.connection.execute("COMMIT")
        inTransaction = 0
    }
}

/// How far an import has come, in the store itself.
struct Mark {
    var offset: Int64
    var given: Int
    var last: DecisionID?

    static func load(_ connection: Connection) throws(StoreError) -> Mark? {
        guard let offset = try connection.integer("SELECT value FROM meta WHERE key = 'import_offset'") else {
            return nil
        }
        let given = try connection.integer("SELECT value FROM meta WHERE key = 'import_given'") ?? 0
        let last = try connection.cursor("SELECT value FROM meta WHERE key = 'import_last'")
        let id = try last.step() ? last.withBlob(0) { DecisionID(bytes: $0) } : nil
        return Mark(offset: offset, given: Int(given), last: id)
    }

    func write(_ connection: Connection) throws(StoreError) {
        let insert = try connection.statement("INSERT OR REPLACE INTO meta VALUES (?, ?)")
        for (key, value) in [("import_offset", offset), ("import_given", Int64(given))] {
            insert.bind(1, key)
            insert.bind(2, value)
            try insert.run()
        }
        guard let last else { return }
        insert.bind(1, "import_last")
        last.withBytes { insert.bind(2, blob: $0) }
        try insert.run()
    }

    static func remove(_ connection: Connection) throws(StoreError) {
        try connection.execute("DELETE FROM meta WHERE key IN ('import_offset', 'import_given', 'import_last')")
    }

    /// - Throws: where half a log is in the store.
    static func requireNone(_ connection: Connection) throws(StoreError) {
        guard try load(connection) != nil else { return }
        throw StoreError(
            .cannotOpen,
            "store \(connection.path): an import was cut off; run `import` with the same file again, or `import --undo`"
        )
    }
}

/// What of an imported log is derived once it is whole.
enum ImportDerivation {
    static func usage(after offset: Int64) -> String {
        let limit = UsageCounts.limit
        func amount(_ column: String) -> String { "max(0, min(coalesce(o.\(column), 0), \(limit)))" }
        return """
            INSERT INTO usage_hour
            SELECT d.time / 3600000000, d.route, d.category, coalesce(o.served_arm, d.arm), d.key, count(*),
                min(\(limit), \(UsageCounts.sum(amount("prompt_tokens")))),
                min(\(limit), \(UsageCounts.sum(amount("completion_tokens")))),
                min(\(limit), \(UsageCounts.sum(amount("cost")))), sum(o.cost IS NULL), sum(o.status = 1)
            FROM outcome o JOIN decision d ON d.seq = o.decision WHERE o.seq > \(offset)
            GROUP BY 1, 2, 3, 4, 5
            \(UsageCounts.addition)
            """
    }

    /// Of the last two days, the only ones that are asked for.
    static func influence(after offset: Int64) -> String {
        """
        INSERT INTO influence
        SELECT author, day, route, category, arm, sum(cost) FROM (
            SELECT f.author, min(f.received) / 86400000000 AS day, d.route, d.category, coalesce(o.served_arm, d.arm) AS arm,
                CASE WHEN d.decide_only THEN \(StoreOptions.decideOnlyCost) ELSE 1 END AS cost
            FROM feedback_revision f JOIN decision d ON d.seq = f.decision LEFT JOIN outcome o ON o.decision = d.seq
            WHERE f.seq > \(offset) AND f.counted AND f.author <> 0
                AND f.received > (SELECT max(received) FROM feedback_revision) - 2 * 86400000000
            GROUP BY f.author, f.decision)
        GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT DO UPDATE SET decisions = decisions + excluded.decisions
        """
    }
}
