package import RoutingEngine

/// What a report of use is broken down by.
package enum UsageGrouping: String, Sendable, CaseIterable {
    case route
    case category
    case arm
    case key
    case day
    case hour

    fileprivate var column: String {
        switch self {
        case .route: "route"
        case .category: "category"
        case .arm: "arm"
        case .key: "key"
        case .day: "day"
        case .hour: "hour"
        }
    }
}

/// One line of a report of use. Only the names that were grouped by are set.
package struct UsageRow: Sendable, Equatable {
    package var route: String?
    package var category: String?
    /// The arm that served, or else the arm drawn.
    package var arm: String?
    /// Empty for requests without a key.
    package var keyID: String?
    /// Days since the epoch, UTC.
    package var day: Int64?
    /// Hours since the epoch, UTC.
    package var hour: Int64?
    /// Requests that ended.
    package var requests: Int = 0
    package var promptTokens: Int = 0
    package var completionTokens: Int = 0
    /// Of the requests whose cost is known.
    package var cost: NanoDollars = 0
    package var unknownCostRequests: Int = 0
    package var errors: Int = 0

    package init() {}

    fileprivate func precedes(_ other: UsageRow, by groups: [UsageGrouping]) -> Bool {
        for group in groups {
            let (left, right) = (key(group), other.key(group))
            if left != right { return left < right }
        }
        return false
    }

    private func key(_ group: UsageGrouping) -> (Int64, String) {
        switch group {
        case .route: (0, route ?? "")
        case .category: (0, category ?? "")
        case .arm: (0, arm ?? "")
        case .key: (0, keyID ?? "")
        case .day: (day ?? 0, "")
        case .hour: (hour ?? 0, "")
        }
    }
}

extension LogReader {
    /// Use by requests decided in [from, to).
    ///
    /// Whole hours come from their counts; of the hours that are cut, the requests themselves are read, found by the time in their
    /// decisions' ids.
    ///
    /// - Returns: rows in the order of the names and times grouped by.
    func usage(from: Timestamp?, to: Timestamp?, by groups: [UsageGrouping]) throws(StoreError) -> [UsageRow] {
        let hour = LogWriter.hour
        // Instants beyond all data, so that nothing below overflows.
        let from = max(from ?? 0, 0)
        let to = min(to ?? Self.latest, Self.latest)
        guard from < to else { return [] }
        let firstWhole = floorDivide(from + hour - 1, hour)
        let lastWhole = floorDivide(to, hour)
        var parts = [ReadingQueries.usageHours]
        let edges =
            firstWhole > lastWhole
            ? [(from, to)] : [(from, firstWhole * hour), (lastWhole * hour, to)].filter { $0.0 < $0.1 }
        for index in edges.indices {
            parts.append(
                """
                SELECT d.time / 86400000000, d.time / 3600000000, d.route, d.category, coalesce(o.served_arm, d.arm), d.key, 1,
                    max(0, min(coalesce(o.prompt_tokens, 0), \(UsageCounts.limit))),
                    max(0, min(coalesce(o.completion_tokens, 0), \(UsageCounts.limit))),
                    max(0, min(coalesce(o.cost, 0), \(UsageCounts.limit))), o.cost IS NULL, o.status = 1
                FROM decision d JOIN outcome o ON o.decision = d.seq
                WHERE d.id >= ?\(index * 4 + 3) AND d.id < ?\(index * 4 + 4)
                    AND d.time >= ?\(index * 4 + 5) AND d.time < ?\(index * 4 + 6)
                """)
        }
        let columns = groups.map(\.column)
        let grouping = columns.isEmpty ? "" : " GROUP BY \(columns.joined(separator: ", "))"
        let sums = ["prompt_tokens", "completion_tokens", "cost", "unknown_cost_requests", "errors"]
        let rows = try connection.cursor(
            "SELECT \((columns + ["sum(requests)"] + sums.map(UsageCounts.sum)).joined(separator: ", ")) "
                + "FROM (\(parts.joined(separator: " UNION ALL ")))\(grouping)"
        )
        rows.bind(1, firstWhole)
        rows.bind(2, max(firstWhole, lastWhole))
        for (index, edge) in edges.enumerated() {
            Self.bind(edge.0, to: rows, at: Int32(index * 4 + 3))
            Self.bind(edge.1 + 999, to: rows, at: Int32(index * 4 + 4))
            rows.bind(Int32(index * 4 + 5), edge.0)
            rows.bind(Int32(index * 4 + 6), edge.1)
        }
        var found: [UsageRow] = []
        while try rows.step() {
            guard !rows.isNull(Int32(groups.count)) else { continue }
            found.append(try row(rows, groups))
        }
        // Names are numbered in the order in which a store met them, which tells a reader nothing.
        return found.sorted { $0.precedes($1, by: groups) }
    }

    /// The year 9999.
    private static let latest: Timestamp = 253_402_300_800_000_000

    /// The smallest id of the millisecond that an instant lies in.
    private static func bind(_ time: Timestamp, to rows: Statement, at position: Int32) {
        DecisionID(high: UInt64(time / 1000) << 16, low: 0).withBytes { rows.bind(position, blob: $0) }
    }

    private func row(_ rows: Statement, _ groups: [UsageGrouping]) throws(StoreError) -> UsageRow {
        var row = UsageRow()
        for (index, group) in groups.enumerated() {
            let column = Int32(index)
            switch group {
            case .route: row.route = try name(rows.int(column))
            case .category: row.category = try name(rows.int(column))
            case .arm: row.arm = try name(rows.int(column))
            case .key: row.keyID = try name(rows.int(column))
            case .day: row.day = rows.integer(column)
            case .hour: row.hour = rows.integer(column)
            }
        }
        let first = Int32(groups.count)
        row.requests = rows.int(first)
        row.promptTokens = rows.int(first + 1)
        row.completionTokens = rows.int(first + 2)
        row.cost = rows.integer(first + 3)
        row.unknownCostRequests = rows.int(first + 4)
        row.errors = rows.int(first + 5)
        return row
    }
}
