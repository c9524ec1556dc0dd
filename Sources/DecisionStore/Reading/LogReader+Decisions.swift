package import RoutingEngine

extension LogReader {
    static let columns = """
        SELECT d.seq, d.id, d.time, d.route, d.category, d.kind, e.arms, e.excluded, d.probabilities, d.arm, d.propensity,
            d.policy, d.state_version, d.state_age_us, d.key, d.key_group, d.session, d.category_source,
            d.category_model, d.reward_per_usd,
            s.arm, s.completion_id,
            o.seq, o.age_us, o.first_byte_us, o.prompt_tokens, o.cached_prompt_tokens, o.completion_tokens,
            o.tokens_estimated, o.completion_id, \(StoredOutcome.columns), d.shadow_prices
        FROM decision d
        JOIN eligibility e ON e.id = d.eligibility
        LEFT JOIN serving s ON s.decision = d.seq
        LEFT JOIN outcome o ON o.decision = d.seq
        """

    /// ``columns``, of the log as it was at a place ?1, and the place of the serving entry at ``servingSequence``.
    static let archiveColumns = columns.replacing("d.shadow_prices", with: "d.shadow_prices, s.seq")
        .replacing("s.decision = d.seq", with: "s.decision = d.seq AND s.seq <= ?1")
        .replacing("o.decision = d.seq", with: "o.decision = d.seq AND o.seq <= ?1")
    static let servingSequence: Int32 = 39

    /// A decision with its attempts, outcome and feedback; nil where there is none of that id.
    func decision(_ id: DecisionID) throws(StoreError) -> DecisionRecord? {
        let row = try connection.statement(Self.columns + " WHERE d.id = ?")
        id.withBytes { row.bind(1, blob: $0) }
        defer { row.reset() }
        return try row.step() ? try record(row) : nil
    }

    /// Decisions that pass the filter, newest first.
    func decisions(
        _ filter: DecisionFilter, limit: Int
    ) throws(StoreError) -> [DecisionRecord] {
        var numbers: [Int?] = []
        for name in [filter.route, filter.category, filter.arm, filter.keyID, filter.keyGroup] {
            guard let name else {
                numbers.append(nil)
                continue
            }
            // A name that the log does not know has no decisions.
            guard let number = try number(name) else { return [] }
            numbers.append(number)
        }
        let rows = try connection.cursor(
            Self.columns + """
                 WHERE d.seq < coalesce((SELECT seq FROM decision WHERE id = ?1), CASE WHEN ?1 IS NULL THEN 1 << 62 END)
                    AND (?2 IS NULL OR d.route = ?2) AND (?3 IS NULL OR d.category = ?3)
                    AND (?4 IS NULL OR coalesce(o.served_arm, d.arm) = ?4)
                    AND (?5 IS NULL OR d.key = ?5) AND (?6 IS NULL OR d.key_group = ?6)
                ORDER BY d.seq DESC LIMIT ?7
                """)
        if let before = filter.before { before.withBytes { rows.bind(1, blob: $0) } } else { rows.bindNull(1) }
        for (index, number) in numbers.enumerated() { rows.bind(Int32(index + 2), number) }
        rows.bind(7, limit)
        var found: [DecisionRecord] = []
        while try rows.step() { found.append(try record(rows)) }
        return found
    }

    private func record(_ row: Statement) throws(StoreError) -> DecisionRecord {
        var record = try withoutFeedback(row)
        try addFeedback(to: &record, served: row.optionalInt(22) == nil ? row.optionalInt(20) ?? row.int(9) : row.optionalInt(31), drawn: row.int(9))
        return record
    }

    /// All of a row but its feedback.
    func withoutFeedback(_ row: Statement) throws(StoreError) -> DecisionRecord {
        let sequence = row.integer(0)
        guard let id = row.withBlob(1, { DecisionID(bytes: $0) }), let kind = DecisionKind(number: row.int(5)) else {
            throw StoreError(.damaged, "store \(connection.path): decision \(sequence) has no id or kind")
        }
        let time = row.integer(2)
        var decision = Decision(
            id: id, time: time, route: try name(row.int(3)), category: try name(row.int(4)), kind: kind,
            arms: try arms(row.text(6)), probabilities: row.withBlob(8, Self.numbers), arm: try name(row.int(9)),
            propensity: row.double(10), policy: try name(row.int(11)), stateVersion: row.integer(12),
            stateTime: time - row.integer(13))
        decision.excluded = try exclusions(row.text(7))
        let key = try name(row.int(14))
        decision.keyID = key.isEmpty ? nil : key
        decision.keyGroup = try name(row.int(15))
        decision.sessionID = row.optionalText(16)
        decision.categorySource = try name(row.int(17))
        decision.categoryModel = try row.optionalInt(18).map { number throws(StoreError) in try name(number) }
        decision.rewardPerUSD = row.optionalDouble(19)
        let prices = row.withBlob(38, Self.numbers)
        if prices.count == 3 {
            decision.shadowPrices = ShadowPrices(low: prices[0], high: prices[1], shareOfLow: prices[2])
        }

        var record = DecisionRecord(
            sequence: sequence, decision: decision, outcome: nil, servedArm: decision.arm,
            completionID: row.optionalText(21), feedback: [], reward: nil)
        if let serving = row.optionalInt(20) { record.servedArm = try name(serving) }
        if !row.isNull(22) {
            let outcome = try outcome(row, of: decision, sequence: sequence)
            record.outcome = outcome
            record.servedArm = outcome.servedArm
            record.completionID = outcome.completionID
        }
        return record
    }

    private func outcome(_ row: Statement, of decision: Decision, sequence: Int64) throws(StoreError) -> Outcome {
        let stored = try StoredOutcome(row, 30, decision: sequence, connection)
        var attempts: [Attempt] = []
        for attempt in stored.attempts {
            attempts.append(
                Attempt(
                    arm: try name(attempt.arm), succeeded: attempt.succeeded, httpStatus: attempt.httpStatus,
                    error: try attempt.error.map { number throws(StoreError) in try name(number) },
                    latencyMS: Double(attempt.latencyUS) / 1000, isArmFault: attempt.isArmFault, cost: attempt.cost))
        }
        return Outcome(
            decisionID: decision.id, time: decision.time + row.integer(23), status: stored.status,
            servedArm: try stored.servedArm.map { number throws(StoreError) in try name(number) },
            completionID: row.optionalText(29) ?? row.optionalText(21), attempts: attempts,
            latencyMS: stored.latencyUS.map { Double($0) / 1000 },
            firstByteMS: row.optionalInteger(24).map { Double($0) / 1000 }, promptTokens: row.optionalInt(25),
            cachedPromptTokens: row.optionalInt(26), completionTokens: row.optionalInt(27),
            tokensEstimated: row.int(28) != 0, cost: stored.cost)
    }

    private func addFeedback(to record: inout DecisionRecord, served: Int?, drawn: Int) throws(StoreError) {
        let rows = try connection.statement(
            """
            SELECT f.metric, f.source, f.value, f.author, f.counted, f.seq, r.comment, r.received
            FROM feedback f JOIN feedback_revision r ON r.seq = f.seq WHERE f.decision = ? ORDER BY f.seq
            """)
        rows.bind(1, record.sequence)
        var entries: [FeedbackEntry] = []
        while try rows.step() {
            let entry = FeedbackEntry(rows)
            entries.append(entry)
            guard entry.value != .retraction, let source = FeedbackSource(number: entry.source) else { continue }
            record.feedback.append(
                DecisionRecord.Feedback(
                    feedbackID: FeedbackID.text(entry.sequence, salt: feedbackSalt), metric: try name(entry.metric),
                    source: source, value: entry.value, comment: rows.optionalText(6), received: rows.integer(7),
                    counts: entry.counted))
        }
        record.reward = rule.rewards(entries, served: served, drawn: drawn).shown
    }

    static func numbers(_ bytes: UnsafeRawBufferPointer) -> [Double] {
        (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    }

    /// The names of a stored list of numbers, `1,2,3`.
    func arms(_ list: String) throws(StoreError) -> [String] {
        var names: [String] = []
        for number in list.split(separator: ",") { names.append(try name(Int(number) ?? -1)) }
        return names
    }

    /// The exclusions of a stored list, `4 cooldown,5 budget`. Reasons of a later version are left out.
    private func exclusions(_ list: String) throws(StoreError) -> [Exclusion] {
        var exclusions: [Exclusion] = []
        for item in list.split(separator: ",") {
            let parts = item.split(separator: " ")
            guard parts.count == 2, let reason = ExclusionReason(rawValue: String(parts[1])) else { continue }
            exclusions.append(Exclusion(arm: try name(Int(parts[0]) ?? -1), reason: reason))
        }
        return exclusions
    }
}

/// Which decisions to list; nil: any.
package struct DecisionFilter: Sendable, Equatable {
    package var route: String?
    package var category: String?
    /// The arm that served, or was drawn where none did.
    package var arm: String?
    package var keyID: String?
    package var keyGroup: String?
    /// Only decisions older than this one.
    package var before: DecisionID?

    package init(
        route: String? = nil, category: String? = nil, arm: String? = nil, keyID: String? = nil,
        keyGroup: String? = nil,
        before: DecisionID? = nil
    ) {
        self.route = route
        self.category = category
        self.arm = arm
        self.keyID = keyID
        self.keyGroup = keyGroup
        self.before = before
    }
}
