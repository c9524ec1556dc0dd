import RoutingEngine

/// What removing a key's influence changed in one cell.
package struct QuarantineDifference: Sendable, Equatable {
    package var route: String
    package var category: String
    package var arm: String
    /// Decisions whose reward changed or went.
    package var decisions: Int
    /// Change of the number of rewarded decisions, before decay; ≤ 0.
    package var countChange: Int
    /// Change of the sum of rewards, before decay.
    package var rewardChange: Double
}

extension LogWriter {
    /// Whether nothing that a key says counts; 0: nobody's key.
    func isQuarantined(_ author: Int) throws(StoreError) -> Bool {
        guard author != 0 else { return false }
        let known = try connection.statement("SELECT 1 FROM quarantine WHERE author = ?")
        known.bind(1, author)
        defer { known.reset() }
        return try known.step()
    }

    /// Removes what a key said, of answers and of outcomes of its own calls, from what counts, for all decisions that are still in the log, and from now on.
    ///
    /// It is an entry of the log like any other, so that every refold removes the same.
    ///
    /// - Returns: the difference it made, by cell; empty where the key never gave feedback or is in quarantine already.
    func quarantine(author name: String, at now: Timestamp) throws(StoreError) -> [QuarantineDifference] {
        let author = try number(name)
        guard author != 0, try !isQuarantined(author) else { return [] }

        let sequence = nextSequence()
        let touched = try connection.cursor(
            "SELECT DISTINCT decision FROM feedback_revision WHERE author = ? AND seq < ? ORDER BY decision")
        touched.bind(1, author)
        touched.bind(2, sequence)
        var events: [StoredEvent] = []
        var count = 0
        while try touched.step() {
            guard var decision = try CreditedDecision.load(sequence: touched.integer(0), connection) else { continue }
            events += decision.discount(author: author, rule: rule)
            count += 1
        }
        events += try ReportedOutcomes.withdrawn(author: author, before: sequence, connection, rule: rule)
        let insert = try connection.statement("INSERT INTO quarantine VALUES (?, ?, ?, ?)")
        insert.bind(1, sequence)
        insert.bind(2, author)
        insert.bind(3, now)
        insert.bind(4, count)
        try insert.run()
        let discount = try connection.statement("UPDATE feedback SET counted = 0 WHERE author = ?")
        discount.bind(1, author)
        try discount.run()
        // Decisions that are remembered hold values that no longer count.
        forgetOpen()
        tell(events, at: sequence)
        return QuarantineDifference.byCell(events, text)
    }
}

extension QuarantineDifference {
    /// What events change, by cell.
    static func byCell(_ events: [StoredEvent], _ text: (Int) -> String) -> [QuarantineDifference] {
        var cells: [NamedCell: QuarantineDifference] = [:]
        for event in events {
            guard case .rewarded(let cell, _, _, let previous, let current, _) = event else { continue }
            cells[
                cell,
                default: QuarantineDifference(
                    route: text(cell.route), category: text(cell.category), arm: text(cell.arm), decisions: 0,
                    countChange: 0, rewardChange: 0)
            ].add(previous: previous, current: current)
        }
        return cells.values.sorted { ($0.route, $0.category, $0.arm) < ($1.route, $1.category, $1.arm) }
    }

    fileprivate mutating func add(previous: Double?, current: Double?) {
        decisions += 1
        countChange += (current == nil ? 0 : 1) - (previous == nil ? 0 : 1)
        rewardChange += (current ?? 0) - (previous ?? 0)
    }
}
