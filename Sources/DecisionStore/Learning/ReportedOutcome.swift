import RoutingEngine

/// Outcomes that a client reported of decisions without a call, by the key that did: what a quarantine takes back beside feedback.
enum ReportedOutcomes {
    /// Notes who reported, and whether it counted when it came.
    static func note(
        decision: Int64, author: Int, counted: Bool, _ connection: Connection
    ) throws(StoreError) {
        guard author != 0 else { return }
        let insert = try connection.statement("INSERT INTO reported VALUES (?, ?, ?)")
        insert.bind(1, decision)
        insert.bind(2, author)
        insert.bind(3, counted ? 1 : 0)
        try insert.run()
    }

    /// What takes back all that a key reported before a place in the log.
    static func withdrawn(
        author: Int, before sequence: Int64, _ connection: Connection, rule: RewardRule
    ) throws(StoreError) -> [StoredEvent] {
        let rows = try connection.cursor(
            """
            SELECT \(CreditedColumn.ofDecision), \(StoredOutcome.columns)
            FROM reported r JOIN outcome o ON o.decision = r.decision JOIN decision d ON d.seq = r.decision
            WHERE r.author = ?1 AND r.counted AND o.seq < ?2 ORDER BY r.decision
            """)
        rows.bind(1, author)
        rows.bind(2, sequence)
        var events: [StoredEvent] = []
        while try rows.step() {
            let decision = CreditedDecision(rows)
            let outcome = try StoredOutcome(
                rows, CreditedColumn.servingSequence.rawValue, decision: decision.sequence, connection)
            events += decision.withdraw(outcome, rule: rule)
        }
        return events
    }
}

extension CreditedDecision {
    /// What takes back what an outcome taught of cost, latency and failures. Which arm served stays as it was said.
    func withdraw(_ outcome: StoredOutcome, rule: RewardRule) -> [StoredEvent] {
        var ended = self
        return ended.end(outcome, rule: rule).compactMap { event in
            switch event {
            case .attempted(let cell, let time, let failed, let share):
                .withdrawn(cell, time: time, failed: failed, costUSD: nil, latencyMS: nil, share: share)
            case .served(let cell, let time, let cost, let latency, let share):
                .withdrawn(cell, time: time, failed: nil, costUSD: cost, latencyMS: latency, share: share)
            case .ended(let cell, let time, let cost): .refunded(cell, time: time, cost: cost)
            case .decided, .rewarded, .withdrawn, .refunded: nil
            }
        }
    }
}
