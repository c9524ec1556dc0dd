import RoutingEngine
import Synchronization

/// Deletes what is too old, a little at a time, in the writer's idle moments, and nothing while the clock is in doubt.
struct Maintenance {
    var options: StoreOptions
    /// Of uptime, when what is kept for a day is looked through again.
    private var nextHour: Timestamp = .min
    /// nil before the first step.
    private var retention: RetentionGuard?
    private var nextMemory: Timestamp = 0

    /// Decisions and keys deleted in one transaction.
    private static let batch = 500

    /// Uptime between two times that what is known of the clock is written down.
    private static let memoryInterval: Timestamp = 60_000_000

    init(options: StoreOptions) { self.options = options }

    /// Why nothing is deleted; nil while all is well.
    var pause: RetentionPause? { retention?.pause }

    /// Does one step.
    ///
    /// - Parameters:
    ///   - now: of the wall clock.
    ///   - steady: of the clock that nobody sets.
    /// - Returns: whether there is more to do now.
    mutating func step(
        _ log: LogWriter, fold: borrowing Mutex<Fold>, now: Timestamp, steady: Timestamp
    ) throws(StoreError) -> Bool {
        let connection = log.connection
        let newest = try connection.integer("SELECT time FROM decision ORDER BY seq DESC LIMIT 1")
        var retention: RetentionGuard
        if let known = self.retention {
            retention = known
        } else {
            retention = RetentionGuard(
                try RetentionGuard.Memory.load(connection), newest: newest, wall: now, steady: steady)
        }
        retention.look(wall: now, steady: steady, newest: newest)
        defer { self.retention = retention }
        if steady >= nextMemory {
            nextMemory = steady + Self.memoryInterval
            try retention.memory.write(connection)
        }
        guard retention.wait == 0 else { return false }
        let keys = try connection.statement(
            """
            DELETE FROM idempotency WHERE (author, key) IN
                (SELECT author, key FROM idempotency WHERE received < ? ORDER BY received LIMIT \(Self.batch))
            """)
        keys.bind(1, now - options.feedbackWindow)
        try keys.run()
        var more = connection.changes == Self.batch
        if steady >= nextHour {
            nextHour = steady + 3_600_000_000
            let influence = try connection.statement("DELETE FROM influence WHERE day < ?")
            influence.bind(1, floorDivide(now, 86_400_000_000) - 1)
            try influence.run()
            // Limits count a day.
            try ChargeTable.prune(before: now - 2 * 86_400_000_000, connection)
        }
        if let age = options.retention {
            let allowed = try retention.allowance(retention: age) { () throws(StoreError) in
                Int(try connection.integer("SELECT count(*) FROM decision") ?? 0)
            }
            let deleted = try prune(
                before: now - age, log, fold: fold, now: now, atMost: min(Self.batch, allowed))
            if deleted > 0 {
                retention.deleted(deleted)
                try retention.memory.write(connection)
            }
            more = deleted == Self.batch || more
        }
        return more
    }

    /// Deletes decisions made before `cutoff` with all that belongs to them, once a base snapshot holds what was learned of them.
    ///
    /// - Returns: how many.
    private func prune(
        before cutoff: Timestamp, _ log: LogWriter, fold: borrowing Mutex<Fold>, now: Timestamp, atMost limit: Int
    ) throws(StoreError) -> Int {
        guard limit > 0 else { return 0 }
        let connection = log.connection
        let oldest = try connection.statement("SELECT seq, time FROM decision ORDER BY seq LIMIT ?")
        oldest.bind(1, limit)
        var doomed: [Int64] = []
        while try oldest.step(), oldest.integer(1) < cutoff { doomed.append(oldest.integer(0)) }
        oldest.reset()
        guard let last = doomed.last else { return 0 }

        let latest = try connection.statement(
            """
            SELECT max(?1, coalesce((SELECT max(seq) FROM outcome WHERE decision <= ?1), 0),
                coalesce((SELECT max(seq) FROM serving WHERE decision <= ?1), 0),
                coalesce((SELECT max(seq) FROM feedback_revision WHERE decision <= ?1), 0))
            """)
        latest.bind(1, last)
        let needed = try latest.step() ? latest.integer(0) : last
        latest.reset()
        if try connection.integer("SELECT max(seq) FROM snapshot WHERE kind = 1") ?? 0 < needed {
            try makeBase(at: needed, log, fold: fold, now: now)
        }
        for sequence in doomed { try delete(sequence, log) }
        return doomed.count
    }

    /// Makes the oldest snapshot that holds everything up to `needed` the base; a new one where there is none.
    private func makeBase(
        at needed: Int64, _ log: LogWriter, fold: borrowing Mutex<Fold>, now: Timestamp
    ) throws(StoreError) {
        let connection = log.connection
        let find = try connection.statement(
            "SELECT seq FROM snapshot WHERE kind = 0 AND fingerprint = ? AND seq >= ? ORDER BY seq LIMIT 1")
        find.bind(1, options.fingerprint)
        find.bind(2, needed)
        var sequence = try find.step() ? find.integer(0) : nil
        find.reset()
        if sequence == nil {
            // Nothing was written in this transaction yet, so the state is that of the last commit.
            let current = fold.withLock { $0 }
            try Snapshot(current, at: log.lastSequence, time: now, fingerprint: options.fingerprint).write(connection)
            sequence = log.lastSequence
        }
        if let sequence { try Snapshot.promote(sequence, connection) }
    }

    /// Deletes a decision; feedback, attempts and idempotency keys go with it.
    private func delete(_ sequence: Int64, _ log: LogWriter) throws(StoreError) {
        let connection = log.connection
        let completions = try connection.statement(
            "SELECT completion_id FROM outcome WHERE decision = ?1 UNION SELECT completion_id FROM serving WHERE decision = ?1"
        )
        completions.bind(1, sequence)
        while try completions.step() {
            guard let completion = completions.optionalText(0) else { continue }
            try log.completions.remove(stableHash(completion), sequence, connection)
        }
        for sql in [
            "DELETE FROM outcome WHERE decision = ?", "DELETE FROM serving WHERE decision = ?",
            "DELETE FROM decision WHERE seq = ?",
        ] {
            let delete = try connection.statement(sql)
            delete.bind(1, sequence)
            try delete.run()
        }
    }
}
