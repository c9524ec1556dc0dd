import RoutingEngine

extension LogWriter {
    /// Appends a decision of another store with all entries that speak of it, their places moved by `offset`.
    ///
    /// Their order among each other, and so what a fold of them teaches, stays as it was.
    ///
    /// - Returns: false where a decision of that id is here already; then nothing was written.
    func insert(
        _ archived: ArchivedDecision, offset: Int64, quarantined: Set<String>
    ) throws(StoreError) -> Bool {
        var decision = archived.decision
        if offset > 0 {
            // The state that it was made from is not part of this log.
            decision.stateVersion = Decision.unknownStateVersion
        }
        let sequence = offset + archived.sequence
        guard sequence > lastSequence else {
            throw StoreError(
                .rejected, "decision \(decision.id): its place \(archived.sequence) is not after that of the one before"
            )
        }
        continueAfter(sequence - 1)
        defer { forgetEvents() }
        _ = try write(decision)
        guard lastSequence == sequence, let credited = try credited(decision.id) else { return false }
        close(decision.id)
        if let serving = archived.serving { try insert(serving, offset: offset, of: sequence) }
        if let outcome = archived.outcome, let place = archived.outcomeSequence {
            try insert(
                outcome, try stored(outcome), at: offset + place, of: credited, completionID: outcome.completionID)
            try index(outcome.completionID, of: sequence)
            if let reporter = archived.reporter {
                try ReportedOutcomes.note(
                    decision: sequence, author: try number(reporter),
                    counted: archived.reportCounted && !quarantined.contains(reporter), connection)
            }
        }
        for revision in archived.revisions {
            try insert(revision, offset: offset, of: sequence, isQuarantined: quarantined.contains(revision.keyID))
        }
        for answer in archived.answers {
            try remember(
                answer.key, author: try number(answer.keyID), hash: answer.hash, isExpired: answer.isExpired,
                feedback: answer.feedback < 0 ? answer.feedback - offset : answer.feedback + offset, decision: sequence,
                received: answer.received)
        }
        return true
    }

    private func insert(_ serving: ArchivedDecision.Serving, offset: Int64, of decision: Int64) throws(StoreError) {
        let insert = try connection.statement("INSERT INTO serving VALUES (?, ?, ?, ?)")
        insert.bind(1, offset + serving.sequence)
        insert.bind(2, decision)
        insert.bind(3, try number(serving.arm))
        insert.bind(4, serving.completionID)
        try insert.run()
        try index(serving.completionID, of: decision)
    }

    private func insert(
        _ revision: ArchivedDecision.Revision, offset: Int64, of decision: Int64, isQuarantined: Bool
    ) throws(StoreError) {
        let values = Revision(
            metric: try number(revision.metric), source: revision.source.number, value: revision.value,
            author: try number(revision.keyID), received: revision.received, observedAt: revision.observedAt,
            comment: revision.comment)
        try insert(
            values, at: offset + revision.sequence, of: decision, counted: revision.counted && !isQuarantined)
    }

    /// Puts an answer's id where it is looked up, at once: an import is not in a hurry, and may be cut off.
    func index(_ completionID: String?, of decision: Int64) throws(StoreError) {
        guard let completionID else { return }
        let insert = try connection.statement("INSERT OR IGNORE INTO completion VALUES (?, ?)")
        insert.bind(1, stableHash(completionID))
        insert.bind(2, decision)
        try insert.run()
    }
}

extension Decision {
    /// The state version of a decision that came from another store.
    package static let unknownStateVersion: Int64 = -1
}
