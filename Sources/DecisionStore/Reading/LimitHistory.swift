package import RoutingEngine

/// What the log knows of the use that limits count: the money of a day, and the newest requests one by one.
package struct LimitHistory: Sendable, Equatable {
    /// A request that was let in, or what was used beside requests.
    package struct Use: Sendable, Equatable {
        /// nil without a key.
        package var keyID: String?
        package var time: Timestamp
        /// Whether it counts as a request.
        package var isRequest: Bool
        /// When it ended: its tokens count from then on. nil: not in the log.
        package var endedAt: Timestamp?
        /// nil: not known.
        package var tokens: Int?

        package init(
            keyID: String?, time: Timestamp, isRequest: Bool = true, endedAt: Timestamp? = nil, tokens: Int? = nil
        ) {
            self.keyID = keyID
            self.time = time
            self.isRequest = isRequest
            self.endedAt = endedAt
            self.tokens = tokens
        }
    }

    /// Money of the day by key id, empty for callers without a key.
    package var spent: [String: NanoDollars] = [:]
    /// In no order; the newest ``limit`` of each kind.
    package var uses: [Use] = []

    package init(spent: [String: NanoDollars] = [:], uses: [Use] = []) {
        self.spent = spent
        self.uses = uses
    }

    /// The most entries of the log that are looked at for the newest requests.
    package static let limit: Int64 = 200_000
}

/// Money and tokens that count against limits and belong to no outcome: what the router asked for a category's sake, and what
/// requests had reserved that a process left behind when it was killed.
enum ChargeTable {
    static func insert(
        decision: Int64? = nil, time: Timestamp, key: Int, tokens: Int?, cost: NanoDollars, _ connection: Connection
    ) throws(StoreError) {
        let insert = try connection.statement(
            "INSERT INTO charge (decision, time, key, tokens, cost) VALUES (?, ?, ?, ?, ?)")
        insert.bind(1, decision)
        insert.bind(2, time)
        insert.bind(3, key)
        insert.bind(4, tokens)
        insert.bind(5, cost)
        try insert.run()
    }

    /// Charges what the requests had reserved that a process before this one never brought to an outcome; each once.
    ///
    /// - Parameter from: the first instant that matters.
    static func chargeInterrupted(from: Timestamp, _ connection: Connection) throws(StoreError) {
        let charge = try connection.statement(
            """
            INSERT INTO charge (decision, time, key, tokens, cost)
            SELECT d.seq, d.time, d.key, NULL, d.reserved FROM decision d
            WHERE d.seq > ?1 AND d.time >= ?2 AND d.reserved > 0
                AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.decision = d.seq)
            ON CONFLICT (decision) DO NOTHING
            """)
        charge.bind(1, try LogWriter.lastSequence(connection) - LimitHistory.limit)
        charge.bind(2, from)
        try charge.run()
    }

    static func prune(before: Timestamp, _ connection: Connection) throws(StoreError) {
        let prune = try connection.statement("DELETE FROM charge WHERE time < ?")
        prune.bind(1, before)
        try prune.run()
    }
}

extension DecisionStore {
    /// What limits are to go on from: the money of the day, requests and tokens of the last while.
    ///
    /// Called once, before anything is served: what has no outcome now will never have one, and counts as what was reserved for it.
    ///
    /// - Parameters:
    ///   - day: the first instant whose money counts.
    ///   - recent: the first instant whose requests and tokens count.
    package func resumeLimits(day: Timestamp, recent: Timestamp) async throws(StoreError) -> LimitHistory {
        try await write { log throws(StoreError) in
            try ChargeTable.chargeInterrupted(from: day, log.connection)
        }
        return try await read { reader throws(StoreError) in try reader.limitHistory(day: day, recent: recent) }
    }

    /// Keeps what counts against a key's limits beside its requests. Nobody waits for it.
    package func charge(keyID: String?, tokens: Int?, cost: NanoDollars?, at time: Timestamp) {
        _ = writer.inbox.give(
            .task(
                { log throws(StoreError) in
                    try ChargeTable.insert(
                        time: time, key: try log.number(keyID ?? ""), tokens: tokens, cost: max(0, cost ?? 0),
                        log.connection)
                    return {}
                }, failed: { _ in }))
    }
}

extension LogReader {
    func limitHistory(day: Timestamp, recent: Timestamp) throws(StoreError) -> LimitHistory {
        var history = LimitHistory()
        for row in try usage(from: day, to: nil, by: [.key]) {
            let key = row.keyID ?? ""
            history.spent[key] = (history.spent[key] ?? 0).adding(row.cost)
        }
        let charges = try connection.cursor(ReadingQueries.charges)
        charges.bind(1, min(day, recent))
        while try charges.step() {
            let (key, time) = (try name(charges.int(0)), charges.integer(1))
            if time >= day { history.spent[key] = (history.spent[key] ?? 0).adding(charges.integer(3)) }
            guard time >= recent, let tokens = charges.optionalInt(2) else { continue }
            history.uses.append(
                LimitHistory.Use(
                    keyID: key.isEmpty ? nil : key, time: time, isRequest: false, endedAt: time, tokens: tokens))
        }
        let requests = try connection.cursor(ReadingQueries.recentUse)
        requests.bind(1, try LogWriter.lastSequence(connection) - LimitHistory.limit)
        requests.bind(2, recent)
        while try requests.step() {
            let (key, time) = (try name(requests.int(0)), requests.integer(1))
            history.uses.append(
                LimitHistory.Use(
                    keyID: key.isEmpty ? nil : key, time: time,
                    endedAt: requests.optionalInteger(2).map { time + $0 }, tokens: requests.optionalInt(3)))
        }
        return history
    }
}
