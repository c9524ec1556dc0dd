package import RoutingEngine

/// What a quarantine would take back, found without changing anything.
package struct QuarantinePreview: Sendable {
    /// By cell; empty where the key never gave feedback that counts.
    package var differences: [QuarantineDifference]
    /// Decisions that the key spoke of.
    package var decisions: Int
    /// Whether the key is in quarantine already.
    package var isQuarantined: Bool
    /// What is learned now, and what would be.
    package var before: LearnerState
    package var after: LearnerState
}

extension StoreArchive {
    /// What would be learned without a key's feedback.
    package func previewQuarantine(keyID: String) throws(StoreError) -> QuarantinePreview {
        try reader().transaction { reader throws(StoreError) in
            try reader.previewQuarantine(keyID: keyID, options: options)
        }
    }

    /// Whether a key is in quarantine.
    package func isQuarantined(keyID: String) throws(StoreError) -> Bool {
        try reader().transaction { reader throws(StoreError) in
            guard let author = try reader.number(keyID) else { return false }
            let known = try reader.connection.cursor("SELECT 1 FROM quarantine WHERE author = ?")
            known.bind(1, author)
            return try known.step()
        }
    }
}

extension LogReader {
    func previewQuarantine(keyID: String, options: StoreOptions) throws(StoreError) -> QuarantinePreview {
        var fold = try currentFold(options)
        let before = fold.state
        guard let author = try number(keyID), author != 0 else {
            return QuarantinePreview(differences: [], decisions: 0, isQuarantined: false, before: before, after: before)
        }
        let known = try connection.cursor("SELECT 1 FROM quarantine WHERE author = ?")
        known.bind(1, author)
        let isQuarantined = try known.step()
        let touched = try connection.cursor(
            "SELECT DISTINCT decision FROM feedback_revision WHERE author = ? ORDER BY 1")
        touched.bind(1, author)
        let names = try NameTable.load(connection)
        var events: [StoredEvent] = []
        var count = 0
        while try touched.step() {
            guard var decision = try CreditedDecision.load(sequence: touched.integer(0), connection) else { continue }
            count += 1
            if !isQuarantined { events += decision.discount(author: author, rule: rule) }
        }
        if !isQuarantined {
            events += try ReportedOutcomes.withdrawn(author: author, before: .max, connection, rule: rule)
        }
        fold.fold(events, sequence: try LogWriter.lastSequence(connection) + 1) { names.text($0) ?? "" }
        return QuarantinePreview(
            differences: QuarantineDifference.byCell(events) { names.text($0) ?? "" }, decisions: count,
            isQuarantined: isQuarantined, before: before, after: fold.state)
    }

    /// The whole log, folded from the newest snapshot that can be used.
    private func currentFold(_ options: StoreOptions) throws(StoreError) -> Fold {
        var start = try Snapshot.shortcut(connection, fingerprint: options.fingerprint, upTo: .max)
        if start == nil { start = try Snapshot.base(connection, halfLives: options.halfLives) }
        var refold = Refold(
            connection, options: options, names: try NameTable.load(connection), rule: rule, from: start)
        try refold.run()
        return refold.fold
    }
}
