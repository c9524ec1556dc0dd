import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("usage")
    struct UsageTests {
        @Test("requests, tokens and money by arm, category, key and day are the sums of what answers said")
        func sums() async throws {
            try await withRouter(RouterFile(armKeys: ["c": ""])) { world in
                let admin = try await world.makeKey("--scope", "admin")
                let app = try await world.makeKey("--scope", "chat")
                struct Sum { var requests = 0.0, prompt = 0.0, completion = 0.0, cost = 0.0 }
                var sums: [String: Sum] = [:]
                for (index, key) in [admin, app, app, admin, app].enumerated() {
                    let (arm, category) = (["a", "b"][index % 2], ["math", "general"][index / 3])
                    let answer = try await world.chat(
                        #""model":"\#(arm)""#, String(repeating: "word ", count: index + 1),
                        headers: [("x-bandit-category", category)], key: key)
                    let usage = answer.json["usage"]
                    for group in ["arm \(arm)", "category \(category)", "key \(key)", "all"] {
                        sums[group, default: Sum()].requests += 1
                        sums[group, default: Sum()].prompt += usage["prompt_tokens"].number ?? .nan
                        sums[group, default: Sum()].completion += usage["completion_tokens"].number ?? .nan
                        sums[group, default: Sum()].cost +=
                            answer.header("x-bandit-cost-usd").flatMap(Double.init) ?? .nan
                    }
                }
                // No price: the cost is unknown, and counted apart.
                #expect(
                    try await world.chat(#""model":"c""#, headers: [("x-bandit-category", "code")], key: admin).status
                        == 200)
                world.provider.script([FaultPlan(status: 500)], for: "m-b")
                #expect(
                    try await world.chat(#""model":"b""#, headers: [("x-bandit-category", "code")], key: admin).status
                        == 502)
                _ = try await eventually {
                    try await world.get("/v1/usage?by=day", key: admin).json["data"][0]["requests"].number == 7
                }
                func rows(_ by: String, _ more: String = "") async throws -> [JSON] {
                    let answer = try await world.get("/v1/usage?by=\(by)\(more)", key: admin)
                    return answer.json["data"].list
                }
                func expect(_ row: JSON?, _ group: String) {
                    let sum = sums[group] ?? Sum()
                    #expect(row?["requests"].number == sum.requests, "\(group): \(String(describing: row))")
                    #expect(
                        row?["prompt_tokens"].number == sum.prompt && row?["completion_tokens"].number == sum.completion
                    )
                    #expect(
                        abs((row?["cost_usd"].number ?? -1) - sum.cost) < 1e-9, "\(group): \(String(describing: row))")
                }
                for category in ["math", "general"] {
                    expect(
                        try await rows("category").first { $0["category"].string == category }, "category \(category)")
                }
                expect(try await rows("arm").first { $0["arm"].string == "a" }, "arm a")
                let third = try await rows("arm").first { $0["arm"].string == "c" }
                #expect(third?["unknown_cost_requests"].number == 1 && third?["cost_usd"].number == 0)
                let ids = try await world.get("/v1/admin/keys", key: admin).json["data"].list
                let appID = ids.first { $0["scopes"] == .array([.string("chat")]) }?["id"].string
                expect(try await rows("key").first { $0["key"].string == appID }, "key \(app)")
                let all = try await rows("day")
                #expect(
                    all.count == 1 && all[0]["errors"].number == 1 && all[0]["unknown_cost_requests"].number ?? 0 >= 1)
                #expect(abs((all[0]["cost_usd"].number ?? -1) - (sums["all"]?.cost ?? 0)) < 1e-9)
                let both = try await rows("arm,category")
                #expect(both.reduce(0) { $0 + ($1["requests"].number ?? 0) } == 7)
                let (before, since) = (
                    try await rows("arm", "&to=2020-01-01"), try await rows("arm", "&from=2020-01-01")
                )
                #expect(before.isEmpty && since.count >= 3)
            }
        }
    }
}
