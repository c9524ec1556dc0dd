package import RoutingEngine

/// A decision as a line of the decision log: what offline evaluation needs of it.
package struct StoredDecision: Sendable, Equatable {
    package var id: DecisionID
    package var time: Timestamp
    package var route: String
    package var category: String
    package var kind: DecisionKind
    package var arms: [String]
    package var probabilities: [Double]
    package var arm: String
    package var propensity: Double
    /// nil where none served.
    package var servedArm: String?
    /// In [0, 1]; nil without feedback that counts.
    package var reward: Double?
    /// When the last of the values was received that the reward is made of; nil without one.
    package var rewardTime: Timestamp?
    /// Of the arm that served; nil where unknown.
    package var cost: NanoDollars?
    package var latencyMS: Double?
}

extension LogReader {
    /// Goes through the whole log in the order of `seq`, one decision at a time.
    ///
    /// - Parameter body: may throw anything; that ends the reading.
    func forEachLoggedDecision(_ body: (StoredDecision) throws -> Void) throws {
        let rows = try connection.cursor(
            """
            SELECT d.seq, d.id, d.time, d.route, d.category, d.kind, e.arms, d.probabilities, d.arm, d.propensity,
                s.arm, o.seq, \(StoredOutcome.columns)
            FROM decision d
            JOIN eligibility e ON e.id = d.eligibility
            LEFT JOIN serving s ON s.decision = d.seq
            LEFT JOIN outcome o ON o.decision = d.seq
            ORDER BY d.seq
            """)
        let values = try connection.cursor(
            """
            SELECT f.metric, f.source, f.value, f.author, f.counted, f.seq, f.decision, r.received
            FROM feedback f LEFT JOIN feedback_revision r ON r.seq = f.seq ORDER BY f.decision
            """)
        var hasValue = try values.step()
        var armLists: [String: [String]] = [:]
        while try rows.step() {
            let sequence = rows.integer(0)
            var entries: [FeedbackEntry] = []
            var received: Timestamp?
            while hasValue, values.integer(6) <= sequence {
                if values.integer(6) == sequence {
                    entries.append(FeedbackEntry(values))
                    if values.int(4) != 0, !values.isNull(7) { received = max(received ?? .min, values.integer(7)) }
                }
                hasValue = try values.step()
            }
            guard let id = rows.withBlob(1, { DecisionID(bytes: $0) }), let kind = DecisionKind(number: rows.int(5))
            else {
                throw StoreError(.damaged, "store \(connection.path): decision \(sequence) has no id or kind")
            }
            let list = rows.text(6)
            let arms: [String]
            if let known = armLists[list] {
                arms = known
            } else {
                arms = try self.arms(list)
                armLists[list] = arms
            }
            var logged = StoredDecision(
                id: id, time: rows.integer(2), route: try name(rows.int(3)), category: try name(rows.int(4)),
                kind: kind,
                arms: arms, probabilities: rows.withBlob(7, Self.numbers), arm: try name(rows.int(8)),
                propensity: rows.double(9))
            var served = rows.optionalInt(10) ?? rows.optionalInt(8)
            if !rows.isNull(11) {
                let outcome = try StoredOutcome(rows, 12, decision: sequence, connection)
                served = outcome.servedArm
                let (cost, latencyUS) = outcome.observed
                logged.cost = cost
                logged.latencyMS = latencyUS.map { Double($0) / 1000 }
            }
            logged.servedArm = try served.map { number throws(StoreError) in try name(number) }
            logged.reward = rule.rewards(entries, served: served, drawn: rows.int(8)).shown
            logged.rewardTime = logged.reward == nil ? nil : received
            try body(logged)
        }
    }

    /// A decision as a line of the decision log.
    func logged(
        _ decision: Decision, _ credited: CreditedDecision, _ observed: (cost: NanoDollars?, latencyUS: Int64?)
    ) throws(StoreError) -> StoredDecision {
        var logged = StoredDecision(
            id: decision.id, time: decision.time, route: decision.route, category: decision.category,
            kind: decision.kind, arms: decision.arms, probabilities: decision.probabilities, arm: decision.arm,
            propensity: decision.propensity)
        logged.servedArm = try credited.servedArm.map { number throws(StoreError) in try name(number) }
        logged.reward = rule.rewards(credited.entries, served: credited.servedArm, drawn: credited.arm).shown
        logged.cost = observed.cost
        logged.latencyMS = observed.latencyUS.map { Double($0) / 1000 }
        return logged
    }
}
