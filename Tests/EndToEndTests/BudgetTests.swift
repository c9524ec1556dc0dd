import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("budgets of routes")
    struct BudgetTests {
        /// Three arms whose answers cost about 1, 10 and 50 thousandths of a dollar.
        private static func file(_ budget: String) -> RouterFile {
            func arm(_ perMillion: Int) -> String {
                "price: { input_per_million_usd: \(perMillion), output_per_million_usd: \(perMillion) }, "
                    + "expected_tokens: { input: 5, output: 5 }"
            }
            return RouterFile(
                armKeys: ["a": arm(100), "b": arm(1000), "c": arm(5000)], policy: "{ kind: thompson }",
                routeKeys: ["affinity: none", "budget: \(budget)"])
        }

        /// Users who like the dear arm best.
        private func use(_ world: World, _ count: Int) async throws -> (
            spent: Double, arms: [String: Int], last: String
        ) {
            var spent = 0.0
            var arms: [String: Int] = [:]
            var last = ""
            for index in 0..<count {
                let answer = try await world.chat()
                #expect(answer.status == 200, "\(answer.text)")
                spent += try #require(answer.header("x-bandit-cost-usd").flatMap(Double.init))
                let arm = try #require(answer.header("x-bandit-arm"))
                arms[arm, default: 0] += 1
                last = try #require(answer.header("x-bandit-decision-id"))
                let good =
                    switch arm {
                    case "a": index % 10 < 3;
                    case "b": index % 10 < 6;
                    default: index % 10 < 9
                    }
                _ = try await world.feedback(last, "\(good)")
            }
            return (spent, arms, last)
        }

        @Test("spend is paced to the average asked for; the price is shown; the accounts survive a restart")
        func perRequest() async throws {
            try await withRouter(Self.file("{ usd_per_request: 0.01 }")) { world in
                let used = try await use(world, 500)
                let ratio = used.spent / 500 / 0.01
                #expect(ratio < 1.1 && ratio > 0.7, "\(ratio) \(used.arms)")
                #expect(used.arms["c", default: 0] > 20, "what is left is spent on the better arm: \(used.arms)")
                _ = try await world.settled(used.last)
                #expect(
                    try await eventually {
                        try await world.get("/v1/routes").json["data"][0]["budget"]["requests"].number == 500
                    })
                let budget = try await world.get("/v1/routes").json["data"][0]["budget"]
                #expect(budget["usd_per_request"].number == 0.01)
                #expect(abs((budget["spent_usd"].number ?? 0) - used.spent) < 1e-6, "\(budget)")
                #expect(budget["dollars_per_quality"].number ?? 0 > 0)
                let metrics = try await world.get("/metrics").text
                #expect(metrics.contains(#"bandit_router_budget_requests{route="auto"} 500"#))
                #expect(metrics.contains(#"bandit_router_budget_quality_per_usd{route="auto"}"#))

                let explained = try await world.run(["explain", used.last, "--format", "json"])
                #expect(explained.status == 0 && JSON(explained.output)["agrees"].bool == true, "\(explained)")
                let shown = try await world.settled(used.last)
                #expect(shown["reward_per_usd"].number ?? 0 > 0)

                world.router.signal(SIGKILL)
                _ = await world.router.exitStatus()
                let (router, port) = try await startRouter(world.folder)
                let again = World(folder: world.folder, provider: world.provider, router: router, port: port)
                let after = try await again.get("/v1/routes").json["data"][0]["budget"]
                #expect(after["requests"].number == 500 && after["spent_usd"] == budget["spent_usd"], "\(after)")
                #expect(after["dollars_per_quality"].number ?? 0 > 0)
                router.signal(SIGTERM)
                #expect(await router.exitStatus() == 0)
                #expect(try await world.run(["verify"]).status == 0)
            }
        }

        @Test("no arm above the hard cap serves while a cheaper one can, and the log says why")
        func hardCap() async throws {
            try await withRouter(Self.file("{ usd_per_request: 10, hard_cap_usd: 0.02 }")) { world in
                let used = try await use(world, 60)
                #expect(used.arms["c"] == nil && used.arms["b", default: 0] > 0, "\(used.arms)")
                let shown = try await world.settled(used.last)
                #expect(shown["excluded"][0]["arm"].string == "c")
                #expect(shown["excluded"][0]["reason"].string == "budget")
            }
        }
    }
}
