import DecisionStore
import RoutingEngine
import WireFormats

/// `GET /v1/usage`: requests, tokens and money, by whatever was asked for. Unknown cost is counted apart, never as 0.
enum UsageAnswers {
    static func list(_ rows: [UsageRow], by groups: [UsageGrouping]) -> [UInt8] {
        var json = JSONBytes(capacity: 256 * rows.count + 64)
        json.object { json in
            json.member("object", "list")
            json.key("data")
            json.array { json in
                for row in rows {
                    json.object { json in
                        for group in groups { write(group, of: row, to: &json) }
                        json.member("requests", row.requests)
                        json.member("prompt_tokens", row.promptTokens)
                        json.member("completion_tokens", row.completionTokens)
                        json.member("cost_usd", row.cost.usd)
                        json.member("unknown_cost_requests", row.unknownCostRequests)
                        json.member("errors", row.errors)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func write(_ group: UsageGrouping, of row: UsageRow, to json: inout JSONBytes) {
        switch group {
        case .route: json.member("route", row.route)
        case .category: json.member("category", row.category)
        case .arm: json.member("arm", row.arm)
        case .key: json.member("key", row.keyID.flatMap { $0.isEmpty ? nil : $0 })
        case .day:
            json.member("day", row.day.map { String(RFC3339.exactText(microseconds: $0 * 86_400_000_000).prefix(10)) })
        case .hour:
            json.member(
                "hour",
                row.hour.map { String(RFC3339.exactText(microseconds: $0 * 3_600_000_000).prefix(13)) + ":00:00Z" })
        }
    }
}
