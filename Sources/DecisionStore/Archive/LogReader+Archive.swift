import RoutingEngine

extension StoreArchive {
    /// What tells this store from others.
    package func storeID() throws(StoreError) -> String {
        let row = try reader().connection.cursor("SELECT value FROM meta WHERE key = 'store_id'")
        return try row.step() ? row.text(0) : ""
    }

    /// Place of the last entry of the log.
    package func lastSequence() throws(StoreError) -> Int64 {
        try LogWriter.lastSequence(reader().connection)
    }

    /// Calls `body` with every decision after a place in the log, and all that was known of it when the log had reached another: the log
    /// only grows, so that the same two places give the same whenever they are asked for.
    ///
    /// - Parameters:
    ///   - start: the place of the last decision that is not wanted; 0: from the beginning.
    ///   - limit: the last entry that counts.
    package func forEachArchived(
        after start: Int64, upTo limit: Int64, _ body: (ArchivedDecision) throws -> Void
    ) throws {
        let reader = try reader()
        var failure: (any Error)?
        try reader.transaction { reader throws(StoreError) in
            do {
                try reader.forEachArchived(after: start, upTo: limit, body)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Decisions after a place in the log, up to another.
    package func decisionCount(after start: Int64, upTo limit: Int64) throws(StoreError) -> Int {
        let count = try reader().connection.cursor("SELECT count(*) FROM decision WHERE seq > ? AND seq <= ?")
        count.bind(1, start)
        count.bind(2, limit)
        return try count.step() ? count.int(0) : 0
    }

    /// The keys in quarantine when the log had reached a place.
    package func quarantines(upTo limit: Int64) throws(StoreError) -> [ArchivedQuarantine] {
        try reader().transaction { reader throws(StoreError) in
            let rows = try reader.connection.cursor(
                "SELECT seq, author, time FROM quarantine WHERE seq <= ? ORDER BY seq")
            rows.bind(1, limit)
            var found: [ArchivedQuarantine] = []
            while try rows.step() {
                found.append(
                    ArchivedQuarantine(
                        sequence: rows.integer(0), keyID: try reader.name(rows.int(1)), time: rows.integer(2)))
            }
            return found
        }
    }

    /// What is kept of deleted entries; nil where none were deleted.
    package func base() throws(StoreError) -> ArchivedBase? {
        let row = try reader().connection.cursor(
            "SELECT seq, time, fingerprint, state FROM snapshot WHERE kind = 1 ORDER BY seq DESC LIMIT 1")
        guard try row.step() else { return nil }
        return ArchivedBase(
            sequence: row.integer(0), time: row.integer(1), fingerprint: row.text(2), state: row.blob(3))
    }
}

extension LogReader {
    func forEachArchived(
        after start: Int64, upTo limit: Int64, _ body: (ArchivedDecision) throws -> Void
    ) throws {
        let rows = try connection.cursor(ReadingQueries.archive)
        rows.bind(1, limit)
        rows.bind(2, start)
        while try rows.step() { try body(try archived(rows, upTo: limit)) }
    }

    private func archived(_ row: Statement, upTo limit: Int64) throws(StoreError) -> ArchivedDecision {
        let record = try withoutFeedback(row)
        var archived = ArchivedDecision(sequence: record.sequence, decision: record.decision)
        if let serving = row.optionalInteger(ReadingColumn.servingSequence) {
            archived.serving = ArchivedDecision.Serving(
                sequence: serving, arm: try name(row.int(ReadingColumn.servingArm)),
                completionID: row.optionalText(ReadingColumn.servingCompletion))
        }
        if var outcome = record.outcome {
            // As it stands in its own row, not as it is shown.
            outcome.completionID = row.optionalText(ReadingColumn.outcomeCompletion)
            archived.outcome = outcome
            archived.outcomeSequence = row.integer(ReadingColumn.outcomeSequence)
            if archived.decision.isDecideOnly { try addReporter(to: &archived) }
        }
        let entries = try addRevisions(to: &archived, upTo: limit)
        try addAnswers(to: &archived, upTo: limit)
        var credited = CreditedDecision(
            sequence: record.sequence, time: record.decision.time, route: row.int(ReadingColumn.route),
            category: row.int(ReadingColumn.category),
            arm: row.int(ReadingColumn.arm), propensity: record.decision.propensity,
            isDraw: record.decision.kind == .fresh,
            key: row.int(ReadingColumn.key), keyGroup: row.int(ReadingColumn.keyGroup),
            isDecideOnly: record.decision.isDecideOnly, servedArm: row.int(ReadingColumn.arm))
        credited.entries = entries
        if !row.isNull(ReadingColumn.servingArm) { credited.servedArm = row.int(ReadingColumn.servingArm) }
        var observed: (cost: NanoDollars?, latencyUS: Int64?) = (nil, nil)
        if !row.isNull(ReadingColumn.outcomeSequence) {
            let stored = try StoredOutcome(
                row, ReadingColumn.outcomeStatus.rawValue, decision: record.sequence, connection)
            credited.servedArm = stored.servedArm
            observed = stored.observed
        }
        var logged = try logged(record.decision, credited, observed)
        if logged.reward != nil { logged.rewardTime = archived.revisions.filter(\.counted).map(\.received).max() }
        archived.logged = logged
        return archived
    }

    private func addReporter(to archived: inout ArchivedDecision) throws(StoreError) {
        let row = try connection.statement("SELECT author, counted FROM reported WHERE decision = ?")
        row.bind(1, archived.sequence)
        defer { row.reset() }
        guard try row.step() else { return }
        archived.reporter = try name(row.int(0))
        archived.reportCounted = row.int(1) != 0
    }

    private func addRevisions(
        to archived: inout ArchivedDecision, upTo limit: Int64
    ) throws(StoreError) -> [FeedbackEntry] {
        let rows = try connection.statement(
            """
            SELECT f.metric, f.source, f.value, f.author, f.counted, f.seq, f.received, f.observed_at, f.comment,
                EXISTS (SELECT 1 FROM quarantine q WHERE q.author = f.author AND q.seq > f.seq AND q.seq <= ?2)
            FROM feedback_revision f WHERE f.decision = ?1 AND f.seq <= ?2 ORDER BY f.seq
            """)
        rows.bind(1, archived.sequence)
        rows.bind(2, limit)
        defer { rows.reset() }
        var entries: [FeedbackEntry] = []
        while try rows.step() {
            var entry = FeedbackEntry(rows)
            guard let source = FeedbackSource(number: entry.source) else {
                throw StoreError(.damaged, "store \(connection.path): revision \(entry.sequence) has no source")
            }
            archived.revisions.append(
                ArchivedDecision.Revision(
                    sequence: entry.sequence, metric: try name(entry.metric), source: source, value: entry.value,
                    keyID: try name(entry.author), counted: entry.counted, received: rows.integer(6),
                    observedAt: rows.optionalInteger(7), comment: rows.optionalText(8)))
            if rows.int(9) != 0 { entry.counted = false }
            entries.removeAll { $0.metric == entry.metric && $0.source == entry.source }
            entries.append(entry)
        }
        return entries
    }

    private func addAnswers(to archived: inout ArchivedDecision, upTo limit: Int64) throws(StoreError) {
        // An answer without a revision has no place; one that came later than the limit is left out with its revision.
        let rows = try connection.statement(
            """
            SELECT author, key, hash, status, feedback, received FROM idempotency
            WHERE decision = ?1 AND feedback <= ?2 ORDER BY author, key
            """)
        rows.bind(1, archived.sequence)
        rows.bind(2, limit)
        defer { rows.reset() }
        while try rows.step() {
            archived.answers.append(
                ArchivedDecision.Answer(
                    keyID: try name(rows.int(0)), key: rows.text(1), hash: rows.integer(2),
                    isExpired: rows.int(3) == 1,
                    feedback: rows.integer(4), received: rows.integer(5)))
        }
    }
}
