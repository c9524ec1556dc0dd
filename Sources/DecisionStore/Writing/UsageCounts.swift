import RoutingEngine

/// What the hourly counts of use are kept for: the hour of the decision, and who asked what of whom.
struct UsageCell: Hashable {
    /// Hours since the epoch.
    var hour: Int64
    var route: Int
    var category: Int
    /// The arm that served, or else the arm drawn.
    var arm: Int
    var key: Int
}

/// Counts of the requests that ended.
struct UsageCounts {
    var requests = 0
    var promptTokens = 0
    var completionTokens = 0
    /// Billionths of a dollar; requests of unknown cost are counted apart.
    var cost: NanoDollars = 0
    var unknownCostRequests = 0
    var errors = 0
}

extension LogWriter {
    static let hour: Timestamp = 3_600_000_000

    /// Counts an outcome; written once for each cell when the transaction ends.
    func count(_ outcome: Outcome, of decision: CreditedDecision, servedBy served: Int?) {
        let cell = UsageCell(
            hour: floorDivide(decision.time, Self.hour), route: decision.route, category: decision.category,
            arm: served ?? decision.arm, key: decision.key)
        usage[cell, default: UsageCounts()].add(outcome)
    }

    func flushUsage() throws(StoreError) {
        guard !usage.isEmpty else { return }
        let upsert = try connection.statement(
            """
            INSERT INTO usage_hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            \(UsageCounts.addition)
            """)
        for (cell, counts) in usage {
            upsert.bind(1, cell.hour)
            upsert.bind(2, cell.route)
            upsert.bind(3, cell.category)
            upsert.bind(4, cell.arm)
            upsert.bind(5, cell.key)
            upsert.bind(6, counts.requests)
            upsert.bind(7, counts.promptTokens)
            upsert.bind(8, counts.completionTokens)
            upsert.bind(9, counts.cost)
            upsert.bind(10, counts.unknownCostRequests)
            upsert.bind(11, counts.errors)
            try upsert.run()
        }
        usage.removeAll(keepingCapacity: true)
    }
}

extension UsageCounts {
    /// No count grows beyond this (9 million dollars an hour and cell), so that no sum of them overflows whatever clients post.
    static let limit = 9_000_000_000_000_000

    /// Adds an inserted row to the one that is there.
    static let addition = """
        ON CONFLICT DO UPDATE SET
            requests = requests + excluded.requests,
            prompt_tokens = min(prompt_tokens + excluded.prompt_tokens, \(limit)),
            completion_tokens = min(completion_tokens + excluded.completion_tokens, \(limit)),
            cost = min(cost + excluded.cost, \(limit)),
            unknown_cost_requests = unknown_cost_requests + excluded.unknown_cost_requests,
            errors = errors + excluded.errors
        """

    /// The sum of a column, saturating: SQLite's own `sum` of integers fails where it overflows. Exact up to 2^53.
    static func sum(_ column: String) -> String { "CAST(min(total(\(column)), 9e18) AS INTEGER)" }

    mutating func add(_ outcome: Outcome) {
        requests += 1
        promptTokens = Self.sum(promptTokens, outcome.promptTokens)
        completionTokens = Self.sum(completionTokens, outcome.completionTokens)
        if let spent = outcome.cost {
            cost = NanoDollars(Self.sum(Int(cost), Int(spent)))
        } else {
            unknownCostRequests += 1
        }
        if outcome.status == .error { errors += 1 }
    }

    private static func sum(_ left: Int, _ right: Int?) -> Int { min(limit, left + max(0, min(limit, right ?? 0))) }
}
