import BanditCore
import RoutingEngine

extension LogWriter {
    static let insertDecisionSQL = """
        INSERT INTO decision (seq, id, time, route, category, kind, eligibility, probabilities, arm, propensity, policy,
            state_version, state_age_us, key, key_group, session, category_source, category_model, reward_per_usd,
            shadow_prices, decide_only, reserved, session_source)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """
    static let insertOutcomeSQL = "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

    /// Appends a decision.
    ///
    /// - Returns: its place in the log; of a decision that is there already, the place it has.
    func write(_ decision: Decision) throws(StoreError) -> Int64 {
        let route = try number(decision.route)
        let category = try number(decision.category)
        let arm = try number(decision.arm)
        let key = try number(decision.keyID ?? "")
        let group = try number(decision.keyGroup)
        let insert = insertDecision
        let sequence = lastSequence + 1
        insert.bind(1, sequence)
        decision.id.withBytes { insert.bind(2, blob: $0) }
        insert.bind(3, decision.time)
        insert.bind(4, route)
        insert.bind(5, category)
        insert.bind(6, decision.kind.number)
        insert.bind(7, try eligibility(arms: decision.arms, excluded: decision.excluded))
        insert.bind(8, numbers: decision.probabilities)
        insert.bind(9, arm)
        insert.bind(10, decision.propensity)
        insert.bind(11, try number(decision.policy))
        insert.bind(12, decision.stateVersion)
        insert.bind(13, decision.time.subtractingSaturated(decision.stateTime))
        insert.bind(14, key)
        insert.bind(15, group)
        insert.bind(16, decision.sessionID)
        insert.bind(17, try number(decision.categorySource))
        insert.bind(18, try decision.categoryModel.map { text throws(StoreError) in try number(text) })
        insert.bind(19, decision.rewardPerUSD)
        if let prices = decision.shadowPrices {
            insert.bind(20, numbers: [prices.low, prices.high, prices.shareOfLow])
        } else {
            insert.bindNull(20)
        }
        insert.bind(21, decision.isDecideOnly ? 1 : 0)
        insert.bind(22, decision.reserved)
        insert.bind(23, try decision.sessionSource.map { text throws(StoreError) in try number(text) })
        try insert.run()
        guard connection.changes == 1 else {
            return try credited(decision.id)?.sequence ?? lastSequence
        }
        _ = nextSequence()
        let credited = CreditedDecision(
            sequence: sequence, time: decision.time, route: route, category: category, arm: arm,
            propensity: decision.propensity, isDraw: decision.kind == .fresh, key: key, keyGroup: group,
            isDecideOnly: decision.isDecideOnly, servedArm: arm)
        remember(decision.id, credited)
        tell(credited.decided, at: sequence)
        return sequence
    }

    /// Writes down that `arm` serves, where that is not what the log says already.
    ///
    /// - Returns: false where there is no such decision.
    func write(serving arm: String, completionID: String?, of id: DecisionID) throws(StoreError) -> Bool {
        guard var decision = try credited(id) else { return false }
        guard !decision.hasServing, !decision.hasOutcome else { return true }
        let served = try number(arm)
        guard served != decision.arm || completionID != nil else { return true }
        let sequence = nextSequence()
        let insert = try connection.statement("INSERT INTO serving VALUES (?, ?, ?, ?)")
        insert.bind(1, sequence)
        insert.bind(2, decision.sequence)
        insert.bind(3, served)
        insert.bind(4, completionID)
        try insert.run()
        if let completionID { completions.add(stableHash(completionID), decision.sequence) }
        tell(decision.serve(served, rule: rule), at: sequence)
        update(id, decision)
        return true
    }

    /// What became of an outcome.
    enum OutcomeResult: Sendable, Equatable {
        case stored(Int64)
        /// The decision has an outcome; the first one stands.
        case alreadyStored
        case unknownDecision
    }

    /// Appends an outcome with its attempts.
    ///
    /// - Parameter counts: whether it teaches anything but which arm served.
    func write(_ outcome: Outcome, counts: Bool = true) throws(StoreError) -> OutcomeResult {
        guard var decision = try credited(outcome.decisionID) else { return .unknownDecision }
        guard !decision.hasOutcome else { return .alreadyStored }
        let stored = try stored(outcome)
        let sequence = nextSequence()
        let completionID = decision.hasServing ? try unservedCompletionID(outcome, decision) : outcome.completionID
        try insert(outcome, stored, at: sequence, of: decision, completionID: completionID)
        if let completionID { completions.add(stableHash(completionID), decision.sequence) }
        count(outcome, of: decision, servedBy: stored.servedArm)
        tell(decision.end(stored, rule: rule, counts: counts), at: sequence)
        if counts, rule.drawnMetric != nil, decision.drawnArmFailed(stored) {
            try sayDrawnArmFailed(&decision, id: outcome.decisionID, at: outcome.time)
        }
        close(outcome.decisionID)
        return .stored(sequence)
    }

    /// An outcome in the numbers of names and whole microseconds.
    func stored(_ outcome: Outcome) throws(StoreError) -> StoredOutcome {
        var attempts: [StoredOutcome.Attempt] = []
        attempts.reserveCapacity(outcome.attempts.count)
        for attempt in outcome.attempts {
            attempts.append(
                StoredOutcome.Attempt(
                    arm: try number(attempt.arm), succeeded: attempt.succeeded, httpStatus: attempt.httpStatus,
                    error: try attempt.error.map { text throws(StoreError) in try number(text) },
                    latencyUS: microseconds(attempt.latencyMS), isArmFault: attempt.isArmFault, cost: attempt.cost))
        }
        return StoredOutcome(
            status: outcome.status,
            servedArm: try outcome.servedArm.map { text throws(StoreError) in try number(text) },
            attempts: attempts, latencyUS: outcome.latencyMS.map(microseconds), cost: outcome.cost)
    }

    /// The row of an outcome, and those of its attempts.
    func insert(
        _ outcome: Outcome, _ stored: StoredOutcome, at sequence: Int64, of decision: CreditedDecision,
        completionID: String?
    ) throws(StoreError) {
        let attempts = stored.attempts
        let inlined = stored.inlined
        let insert = insertOutcome
        insert.bind(1, sequence)
        insert.bind(2, decision.sequence)
        insert.bind(3, outcome.time.subtractingSaturated(decision.time))
        insert.bind(4, outcome.status.number)
        insert.bind(5, stored.servedArm)
        insert.bind(6, completionID)
        insert.bind(7, attempts.count)
        insert.bind(8, inlined.rawValue)
        insert.bind(9, inlined == .none ? nil : attempts.last?.httpStatus)
        insert.bind(10, inlined == .none ? nil : attempts.last?.latencyUS)
        insert.bind(11, stored.latencyUS)
        insert.bind(12, outcome.firstByteMS.map(microseconds))
        insert.bind(13, outcome.promptTokens)
        insert.bind(14, outcome.cachedPromptTokens)
        insert.bind(15, outcome.completionTokens)
        insert.bind(16, outcome.tokensEstimated ? 1 : 0)
        insert.bind(17, outcome.cost)
        try insert.run()
        for (number, attempt) in attempts.dropLast(inlined == .none ? 0 : 1).enumerated() {
            try write(attempt, number: number, of: decision.sequence)
        }
    }

    private func write(
        _ attempt: StoredOutcome.Attempt, number: Int, of decision: Int64
    ) throws(StoreError) {
        let insert = try connection.statement("INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insert.bind(1, decision)
        insert.bind(2, number)
        insert.bind(3, attempt.arm)
        insert.bind(4, attempt.succeeded ? 1 : 0)
        insert.bind(5, attempt.httpStatus)
        insert.bind(6, attempt.error)
        insert.bind(7, attempt.latencyUS)
        insert.bind(8, attempt.isArmFault ? 1 : 0)
        insert.bind(9, attempt.cost)
        try insert.run()
    }

    /// The completion id of an outcome, where its serving entry does not hold it already.
    private func unservedCompletionID(
        _ outcome: Outcome, _ decision: CreditedDecision
    ) throws(StoreError) -> String? {
        let select = try connection.statement("SELECT completion_id FROM serving WHERE decision = ?")
        select.bind(1, decision.sequence)
        defer { select.reset() }
        return try select.step() && select.optionalText(0) == outcome.completionID ? nil : outcome.completionID
    }
}

extension StoredOutcome {
    /// Whether the last attempt needs no row of its own, because it is the answer: nearly always.
    enum Inlined: Int {
        case none = 0
        /// Its own cost is unknown.
        case withoutCost = 1
        /// Its cost is the outcome's.
        case withCost = 2
    }

    var inlined: Inlined {
        guard let last = attempts.last, last.succeeded, last.error == nil, !last.isArmFault, last.arm == servedArm
        else {
            return .none
        }
        return last.cost == nil ? .withoutCost : last.cost == cost ? .withCost : .none
    }
}

/// FNV-1a over UTF-8 as SQLite holds it. Not for secrets.
func stableHash(_ text: String) -> Int64 { Int64(bitPattern: FNV1a(text.utf8).value) }

extension LogWriter {
    /// Appends an outcome that a client posted for a decision it was only told of.
    func write(posted outcome: Outcome, author: FeedbackAuthor) throws(StoreError) -> PostedOutcome {
        guard let decision = try credited(outcome.decisionID) else { return .decisionNotFound }
        guard author.isAdministrator || text(decision.keyGroup) == author.group else { return .decisionForbidden }
        guard decision.isDecideOnly else { return .decisionServed }
        let key = try author.keyID.map { text throws(StoreError) in try number(text) } ?? 0
        let counts = try !isQuarantined(key)
        switch try write(outcome, counts: counts) {
        case .stored:
            try ReportedOutcomes.note(decision: decision.sequence, author: key, counted: counts, connection)
            return .stored
        case .alreadyStored: return .alreadyStored
        case .unknownDecision: return .decisionNotFound
        }
    }
}
