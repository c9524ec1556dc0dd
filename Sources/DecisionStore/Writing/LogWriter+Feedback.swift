import RoutingEngine

extension LogWriter {
    /// Takes one piece of feedback: the rules of what counts, once, for whom, and until when.
    ///
    /// The order of the questions: was this very request answered before (its idempotency key)? Which decision? May the author speak
    /// for it? Did an arm serve? Is it still within the window? What does it change?
    func write(
        _ item: FeedbackSubmission, author: FeedbackAuthor, received: Timestamp
    ) throws(StoreError) -> Result<FeedbackReceipt, FeedbackRefusal> {
        let authorName = try number(author.keyID ?? "")
        if let key = item.idempotencyKey, let earlier = try earlierAnswer(key, author: authorName, received: received) {
            guard earlier.hash == item.fingerprint else { return .failure(.idempotencyConflict) }
            guard let decision = try CreditedDecision.load(sequence: earlier.decision, connection),
                let id = try decisionID(earlier.decision)
            else { return .failure(.decisionNotFound) }
            let status: FeedbackStatus = earlier.isExpired ? .expired : .duplicate
            return .success(receipt(status, feedback: earlier.feedback, id: id, decision))
        }
        let id: DecisionID
        switch try resolve(item.target, author: author) {
        case .success(let found): id = found
        case .failure(let refusal): return .failure(refusal)
        }
        guard var decision = try credited(id) else { return .failure(.decisionNotFound) }
        guard author.isAdministrator || text(decision.keyGroup) == author.group else {
            return .failure(.decisionForbidden)
        }
        let metric = try number(item.metric)
        guard decision.servedArm != nil || metric == rule.drawnMetric else { return .failure(.decisionNotServed) }

        let current = decision.entries.first { $0.metric == metric && $0.source == item.source.number }
        // No entry of the log has a negative number: an id for what has no revision.
        let standing = current?.sequence ?? -decision.sequence
        var feedback = standing
        let status: FeedbackStatus
        if received.subtractingSaturated(decision.time) > options.feedbackWindow {
            status = .expired
        } else if item.value == (current?.value ?? .retraction) {
            status = .duplicate
        } else {
            status = item.value == .retraction ? .retracted : current.isStanding ? .replaced : .applied
            feedback = try revise(
                &decision, id: id,
                Revision(
                    metric: metric, source: item.source.number, value: item.value, author: authorName,
                    group: author.group, received: received, observedAt: item.observedAt, comment: item.comment))
        }
        if let key = item.idempotencyKey {
            try remember(
                key, author: authorName, hash: item.fingerprint, isExpired: status == .expired, feedback: feedback,
                decision: decision.sequence, received: received)
        }
        return .success(receipt(status, feedback: feedback, id: id, decision))
    }

    private func receipt(
        _ status: FeedbackStatus, feedback: Int64, id: DecisionID, _ decision: CreditedDecision
    ) -> FeedbackReceipt {
        FeedbackReceipt(
            feedbackID: FeedbackID.text(feedback, salt: feedbackSalt), decisionID: id, status: status,
            arm: text(decision.servedArm ?? decision.arm), category: text(decision.category),
            reward: rule.rewards(decision.entries, served: decision.servedArm, drawn: decision.arm).shown)
    }

    /// What is said, in the numbers of names.
    struct Revision {
        var metric: Int
        var source: Int
        var value: FeedbackValue
        var author: Int
        /// Of the author; of no matter where nothing is decided by it.
        var group = ""
        var received: Timestamp
        var observedAt: Timestamp?
        var comment: String?
    }

    /// The router's own word that the arm drawn failed: feedback like any other, of the source `system`.
    func sayDrawnArmFailed(_ decision: inout CreditedDecision, id: DecisionID, at now: Timestamp) throws(StoreError) {
        guard let metric = rule.drawnMetric else { return }
        _ = try revise(
            &decision, id: id,
            Revision(
                metric: metric, source: FeedbackSource.system.number, value: .boolean(false), author: 0, received: now))
    }

    /// Appends a revision and makes it the current value.
    private func revise(
        _ decision: inout CreditedDecision, id: DecisionID, _ revision: Revision
    ) throws(StoreError) -> Int64 {
        let counted = try mayInfluence(
            decision, author: revision.author, group: revision.group, received: revision.received)
        let sequence = nextSequence()
        try insert(revision, at: sequence, of: decision.sequence, counted: counted)
        let entry = FeedbackEntry(
            metric: revision.metric, source: revision.source, value: revision.value, author: revision.author,
            counted: counted, sequence: sequence)
        tell(decision.revise(entry, rule: rule), at: sequence)
        update(id, decision)
        return sequence
    }

    /// The row of a revision, and that of the value it makes current.
    func insert(_ revision: Revision, at sequence: Int64, of decision: Int64, counted: Bool) throws(StoreError) {
        let insert = try connection.statement("INSERT INTO feedback_revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insert.bind(1, sequence)
        insert.bind(2, decision)
        insert.bind(3, revision.metric)
        insert.bind(4, revision.source)
        insert.bind(5, revision.value)
        insert.bind(6, revision.author)
        insert.bind(7, counted ? 1 : 0)
        insert.bind(8, revision.received)
        insert.bind(9, revision.observedAt)
        insert.bind(10, revision.comment)
        try insert.run()
        let upsert = try connection.statement(
            """
            INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                value = excluded.value, author = excluded.author, counted = excluded.counted, seq = excluded.seq
            """)
        upsert.bind(1, decision)
        upsert.bind(2, revision.metric)
        upsert.bind(3, revision.source)
        upsert.bind(4, revision.value)
        upsert.bind(5, revision.author)
        upsert.bind(6, counted ? 1 : 0)
        upsert.bind(7, sequence)
        try upsert.run()
    }

    // MARK: Which decision

    private func resolve(
        _ target: FeedbackTarget, author: FeedbackAuthor
    ) throws(StoreError) -> Result<DecisionID, FeedbackRefusal> {
        switch target {
        case .decision(let id): return .success(id)
        case .completion(let completion):
            let found = try decisions(ofCompletion: completion, author: author)
            guard let first = found.first else { return .failure(.decisionNotFound) }
            return found.count == 1 ? .success(first) : .failure(.ambiguousCompletionID)
        }
    }

    /// The decisions whose answer had this id, among those that the author may speak for; two at the most.
    private func decisions(
        ofCompletion completion: String, author: FeedbackAuthor
    ) throws(StoreError) -> [DecisionID] {
        let select = try connection.statement(
            """
            SELECT d.id, d.key_group FROM decision d
            LEFT JOIN outcome o ON o.decision = d.seq
            LEFT JOIN serving s ON s.decision = d.seq
            WHERE d.seq = ?1 AND (o.completion_id = ?2 OR s.completion_id = ?2)
            """)
        defer { select.reset() }
        var found: [DecisionID] = []
        for sequence in try completions.decisions(stableHash(completion), connection) where found.count < 2 {
            select.reset()
            select.bind(1, sequence)
            select.bind(2, completion)
            guard try select.step(), author.isAdministrator || text(select.int(1)) == author.group,
                let id = select.withBlob(0, { DecisionID(bytes: $0) }), !found.contains(id)
            else { continue }
            found.append(id)
        }
        return found
    }

    private func decisionID(_ sequence: Int64) throws(StoreError) -> DecisionID? {
        let select = try connection.statement("SELECT id FROM decision WHERE seq = ?")
        select.bind(1, sequence)
        defer { select.reset() }
        return try select.step() ? select.withBlob(0) { DecisionID(bytes: $0) } : nil
    }

    // MARK: Idempotency

    private struct EarlierAnswer {
        var hash: Int64
        var isExpired: Bool
        var feedback: Int64
        var decision: Int64
    }

    /// What this key of this author was answered within the window; nil for a key that is new.
    private func earlierAnswer(
        _ key: String, author: Int, received: Timestamp
    ) throws(StoreError) -> EarlierAnswer? {
        let select = try connection.statement(
            "SELECT hash, status, feedback, decision, received FROM idempotency WHERE author = ? AND key = ?")
        select.bind(1, author)
        select.bind(2, key)
        defer { select.reset() }
        guard try select.step(), received.subtractingSaturated(select.integer(4)) <= options.feedbackWindow
        else { return nil }
        return EarlierAnswer(
            hash: select.integer(0), isExpired: select.int(1) == 1, feedback: select.integer(2),
            decision: select.integer(3))
    }

    func remember(
        _ key: String, author: Int, hash: Int64, isExpired: Bool, feedback: Int64, decision: Int64,
        received: Timestamp
    ) throws(StoreError) {
        let insert = try connection.statement("INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)")
        insert.bind(1, author)
        insert.bind(2, key)
        insert.bind(3, hash)
        insert.bind(4, isExpired ? 1 : 0)
        insert.bind(5, feedback)
        insert.bind(6, decision)
        insert.bind(7, received)
        try insert.run()
    }

    // MARK: Influence

    /// Whether a revision counts: not one of a key in quarantine, nor of a key, or a group, that has influenced as many decisions of this
    /// cell today as it may. A decision that the key has influenced before costs it nothing more.
    ///
    /// Callers without a key are on loopback, and are held back only where nothing was served.
    private func mayInfluence(
        _ decision: CreditedDecision, author: Int, group: String, received: Timestamp
    ) throws(StoreError) -> Bool {
        if try isQuarantined(author) { return false }
        guard let arm = decision.servedArm, author != 0 || decision.isDecideOnly else { return true }
        var caps: [(holder: Int, cap: Int)] = []
        if let cap = options.influenceCap { caps.append((author, cap)) }
        // Groups are beside keys in the same table, under negative numbers.
        if author != 0, let cap = options.groupInfluenceCap { caps.append((-1 - (try number(group)), cap)) }
        guard !caps.isEmpty else { return true }
        let earlier = try connection.statement(
            "SELECT 1 FROM feedback_revision WHERE decision = ? AND author = ? AND counted = 1")
        earlier.bind(1, decision.sequence)
        earlier.bind(2, author)
        defer { earlier.reset() }
        if try earlier.step() { return true }
        let cell = InfluencedCell(
            day: floorDivide(received, 86_400_000_000), route: decision.route, category: decision.category, arm: arm)
        let cost = decision.isDecideOnly ? StoreOptions.decideOnlyCost : 1
        for (holder, cap) in caps where try influence(of: holder, on: cell) + cost > cap { return false }
        for (holder, _) in caps { try spend(cost, of: holder, on: cell) }
        return true
    }

    private struct InfluencedCell {
        var day: Int64
        var route: Int
        var category: Int
        var arm: Int

        func bind(to statement: Statement, holder: Int) {
            statement.bind(1, holder)
            statement.bind(2, day)
            statement.bind(3, route)
            statement.bind(4, category)
            statement.bind(5, arm)
        }
    }

    private func influence(of holder: Int, on cell: InfluencedCell) throws(StoreError) -> Int {
        let select = try connection.statement(
            """
            SELECT decisions FROM influence
            WHERE author = ? AND day = ? AND route = ? AND category = ? AND arm = ?
            """)
        cell.bind(to: select, holder: holder)
        defer { select.reset() }
        return try select.step() ? select.int(0) : 0
    }

    private func spend(_ cost: Int, of holder: Int, on cell: InfluencedCell) throws(StoreError) {
        let spend = try connection.statement(
            """
            INSERT INTO influence VALUES (?, ?, ?, ?, ?, ?6)
            ON CONFLICT DO UPDATE SET decisions = decisions + ?6
            """)
        cell.bind(to: spend, holder: holder)
        spend.bind(6, cost)
        try spend.run()
    }
}

extension FeedbackEntry? {
    /// Whether there is a value that was not taken back.
    fileprivate var isStanding: Bool { self.map { $0.value != .retraction } ?? false }
}

extension FeedbackSubmission {
    /// A hash of all that was said, so that a key used for something else is noticed.
    fileprivate var fingerprint: Int64 {
        let what: String
        switch value {
        case .boolean(let yes): what = yes ? "true" : "false"
        case .number(let number): what = "\(number.bitPattern)"
        case .retraction: what = "null"
        }
        let whom: String
        switch target {
        case .decision(let id): whom = "d\(id)"
        case .completion(let id): whom = "c\(id)"
        }
        // Lengths keep two fields from passing for one another.
        let fields = [
            whom, metric, source.rawValue, what, comment.map { "=\($0)" } ?? "", observedAt.map(String.init) ?? "",
        ]
        return stableHash(fields.map { "\($0.utf8.count):\($0)" }.joined())
    }
}
