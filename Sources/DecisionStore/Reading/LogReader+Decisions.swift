package import RoutingEngine

extension LogReader {
    /// A decision with its attempts, outcome and feedback; nil where there is none of that id.
    func decision(_ id: DecisionID) throws(StoreError) -> DecisionRecord? {
        let row = try connection.statement(ReadingQueries.decision)
        id.withBytes { row.bind(1, blob: $0) }
        defer { row.reset() }
        return try row.step() ? try record(row) : nil
    }

    /// Decisions that pass the filter, newest first, of the log's newest part before `filter.before`.
    ///
    /// A filter that little passes does not read the whole log: the page ends after ``DecisionPage/entries`` entries of it.
    func page(_ filter: DecisionFilter, limit: Int) throws(StoreError) -> DecisionPage {
        var numbers: [Int?] = []
        for name in [filter.route, filter.category, filter.arm, filter.keyID, filter.keyGroup] {
            guard let name else {
                numbers.append(nil)
                continue
            }
            // A name that the log does not know has no decisions.
            guard let number = try number(name) else { return DecisionPage(records: [], next: nil) }
            numbers.append(number)
        }
        guard limit > 0, let end = try end(filter.before) else { return DecisionPage(records: [], next: nil) }
        let start = max(0, end - DecisionPage.entries)
        let rows = try connection.cursor(ReadingQueries.decisionPage)
        rows.bind(1, end)
        for (index, number) in numbers.enumerated() { rows.bind(Int32(index + 2), number) }
        rows.bind(7, limit)
        rows.bind(8, start)
        var found: [DecisionRecord] = []
        while try rows.step() { found.append(try record(rows)) }
        if found.count == limit { return DecisionPage(records: found, next: found.last?.decision.id) }
        return DecisionPage(records: found, next: try first(from: start, below: end))
    }

    /// Decisions that pass the filter, newest first, wherever in the log they are.
    func decisions(_ filter: DecisionFilter, limit: Int) throws(StoreError) -> [DecisionRecord] {
        var filter = filter
        var found: [DecisionRecord] = []
        while found.count < limit {
            let page = try page(filter, limit: limit - found.count)
            found += page.records
            guard let next = page.next else { break }
            filter.before = next
        }
        return found
    }

    /// The entry after the newest decision that may be read; nil where there is none, or the log does not know `before`.
    private func end(_ before: DecisionID?) throws(StoreError) -> Int64? {
        guard let before else { return try connection.integer("SELECT max(seq) + 1 FROM decision") }
        let row = try connection.statement(ReadingQueries.newestBefore)
        before.withBytes { row.bind(1, blob: $0) }
        defer { row.reset() }
        return try row.step() ? row.optionalInteger(0).map { $0 + 1 } : nil
    }

    /// The oldest decision of a page's part of the log, where older ones are left.
    private func first(from start: Int64, below end: Int64) throws(StoreError) -> DecisionID? {
        guard start > (try connection.integer("SELECT min(seq) FROM decision") ?? 0) else { return nil }
        let row = try connection.statement(ReadingQueries.firstDecision)
        row.bind(1, start)
        row.bind(2, end)
        defer { row.reset() }
        return try row.step() ? row.withBlob(0) { DecisionID(bytes: $0) } : nil
    }

    private func record(_ row: Statement) throws(StoreError) -> DecisionRecord {
        var record = try withoutFeedback(row)
        try addFeedback(
            to: &record,
            served: row.optionalInt(ReadingColumn.outcomeSequence) == nil
                ? row.optionalInt(ReadingColumn.servingArm) ?? row.int(ReadingColumn.arm)
                : row.optionalInt(ReadingColumn.outcomeServedArm),
            drawn: row.int(ReadingColumn.arm))
        return record
    }

    /// All of a row but its feedback.
    func withoutFeedback(_ row: Statement) throws(StoreError) -> DecisionRecord {
        let sequence = row.integer(ReadingColumn.sequence)
        guard let id = row.withBlob(ReadingColumn.id.rawValue, { DecisionID(bytes: $0) }),
            let kind = DecisionKind(number: row.int(ReadingColumn.kind))
        else {
            throw StoreError(.damaged, "store \(connection.path): decision \(sequence) has no id or kind")
        }
        let time = row.integer(ReadingColumn.time)
        var decision = Decision(
            id: id, time: time, route: try name(row.int(ReadingColumn.route)),
            category: try name(row.int(ReadingColumn.category)), kind: kind,
            arms: try arms(row.text(ReadingColumn.arms)),
            probabilities: row.withBlob(ReadingColumn.probabilities.rawValue, Self.numbers),
            arm: try name(row.int(ReadingColumn.arm)),
            propensity: row.double(ReadingColumn.propensity), policy: try name(row.int(ReadingColumn.policy)),
            stateVersion: row.integer(ReadingColumn.stateVersion),
            stateTime: time.subtractingSaturated(row.integer(ReadingColumn.stateAge)))
        decision.excluded = try exclusions(row.text(ReadingColumn.excluded))
        let key = try name(row.int(ReadingColumn.key))
        decision.keyID = key.isEmpty ? nil : key
        decision.keyGroup = try name(row.int(ReadingColumn.keyGroup))
        decision.sessionID = row.optionalText(ReadingColumn.session)
        decision.categorySource = try name(row.int(ReadingColumn.categorySource))
        decision.categoryModel = try row.optionalInt(ReadingColumn.categoryModel).map { number throws(StoreError) in
            try name(number)
        }
        decision.rewardPerUSD = row.optionalDouble(ReadingColumn.rewardPerUSD)
        decision.sessionSource = try row.optionalInt(ReadingColumn.sessionSource).map { number throws(StoreError) in
            try name(number)
        }
        decision.isDecideOnly = row.int(ReadingColumn.isDecideOnly) != 0
        let prices = row.withBlob(ReadingColumn.shadowPrices.rawValue, Self.numbers)
        if prices.count == 3 {
            decision.shadowPrices = ShadowPrices(low: prices[0], high: prices[1], shareOfLow: prices[2])
        }

        var record = DecisionRecord(
            sequence: sequence, decision: decision, outcome: nil, servedArm: decision.arm,
            completionID: row.optionalText(ReadingColumn.servingCompletion), feedback: [], reward: nil)
        if let serving = row.optionalInt(ReadingColumn.servingArm) { record.servedArm = try name(serving) }
        if !row.isNull(ReadingColumn.outcomeSequence) {
            let outcome = try outcome(row, of: decision, sequence: sequence)
            record.outcome = outcome
            record.servedArm = outcome.servedArm
            record.completionID = outcome.completionID
        }
        return record
    }

    private func outcome(_ row: Statement, of decision: Decision, sequence: Int64) throws(StoreError) -> Outcome {
        let stored = try StoredOutcome(row, ReadingColumn.outcomeStatus.rawValue, decision: sequence, connection)
        var attempts: [Attempt] = []
        for attempt in stored.attempts {
            attempts.append(
                Attempt(
                    arm: try name(attempt.arm), succeeded: attempt.succeeded, httpStatus: attempt.httpStatus,
                    error: try attempt.error.map { number throws(StoreError) in try name(number) },
                    latencyMS: Double(attempt.latencyUS) / 1000, isArmFault: attempt.isArmFault, cost: attempt.cost))
        }
        return Outcome(
            decisionID: decision.id, time: decision.time.addingSaturated(row.integer(ReadingColumn.outcomeAge)),
            status: stored.status,
            servedArm: try stored.servedArm.map { number throws(StoreError) in try name(number) },
            completionID: row.optionalText(ReadingColumn.outcomeCompletion)
                ?? row.optionalText(ReadingColumn.servingCompletion), attempts: attempts,
            latencyMS: stored.latencyUS.map { Double($0) / 1000 },
            firstByteMS: row.optionalInteger(ReadingColumn.firstByte).map { Double($0) / 1000 },
            promptTokens: row.optionalInt(ReadingColumn.promptTokens),
            cachedPromptTokens: row.optionalInt(ReadingColumn.cachedPromptTokens),
            completionTokens: row.optionalInt(ReadingColumn.completionTokens),
            tokensEstimated: row.int(ReadingColumn.tokensEstimated) != 0, cost: stored.cost)
    }

    private func addFeedback(to record: inout DecisionRecord, served: Int?, drawn: Int) throws(StoreError) {
        let rows = try connection.statement(ReadingQueries.feedbackOfDecision)
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

/// Some decisions, newest first.
package struct DecisionPage: Sendable, Equatable {
    /// How many entries of the log one page looks at; decisions, outcomes and feedback are entries.
    package static let entries: Int64 = 200_000

    package var records: [DecisionRecord]
    /// The decision before which to go on; nil where nothing older is left.
    package var next: DecisionID?

    package init(records: [DecisionRecord], next: DecisionID?) {
        self.records = records
        self.next = next
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
