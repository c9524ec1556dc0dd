import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// What counts besides what users say, and how much of what they say.
    @Suite("influence caps and implicit signals")
    struct SignalTests {
        @Test("a key's feedback counts on so many decisions of a cell and day; the rest is kept and shown")
        func influenceCap() async throws {
            try await withRouter(RouterFile(sections: ["feedback: { influence_cap: 2 }"])) { world in
                let admin = try await world.makeKey("--scope", "admin")
                let other = try await world.makeKey("--scope", "admin")
                var ids: [String] = []
                for _ in 0..<5 {
                    let id = try #require(try await world.chat(key: admin).header("x-bandit-decision-id"))
                    let answer = try await world.feedback(id, "false", key: admin)
                    #expect(answer.json["status"].string == "applied")
                    #expect(answer.json["reward"] == (ids.count < 2 ? .number(0) : .null), "\(answer.text)")
                    ids.append(id)
                }
                #expect(try await world.cell("a", key: admin)["n"].number == 2)
                #expect(
                    try await world.feedback(ids[4], "true", #""source":"judge""#, key: other).json["reward"].number
                        == 1)
                #expect(try await world.cell("a", key: admin)["n"].number == 3)
                let shown = try await world.settled(ids[4], key: admin)
                #expect(shown["feedback"].list.count == 2)
            }
        }

        @Test("by default, feedback on decisions that the router only made moves an arm little, whoever gives it")
        func decideOnly() async throws {
            try await withRouter(RouterFile(routeKeys: ["affinity: none"])) { world in
                let admin = try await world.makeKey("--scope", "admin")
                let before = try #require(try await world.cell("a", key: admin)["mean"].number)
                for _ in 0..<40 {
                    let decided = try await world.post("/v1/decisions", "{}", key: admin).json
                    let judged = try await world.feedback(decided["decision_id"].string, "false", key: admin)
                    #expect(judged.status == 200, "\(judged.text)")
                }
                // Twenty of them count, as a quarter each.
                #expect(try await eventually { try await world.cell("a", key: admin)["n"].number == 5 })
                let after = try #require(try await world.cell("a", key: admin)["mean"].number)
                #expect(after < before && after > 0.25, "\(before) to \(after)")
                #expect(try await world.run(["verify"]).status == 0)
            }
        }

        @Test(
            "a provider's failure is the router's own word, counts as reward 0 for the arm drawn, and can be taken back"
        )
        func providerFailure() async throws {
            try await withRouter(RouterFile(sections: ["feedback: { implicit: { provider_failure: true } }"])) {
                world in
                world.provider.script([FaultPlan(status: 500, times: 1)], for: "m-a")
                let answer = try await world.chat()
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b")
                let id = answer.header("x-bandit-decision-id")
                let shown = try await world.settled(id)
                #expect(shown["feedback"].list.count == 1)
                #expect(shown["feedback"][0]["metric"].string == "answered")
                #expect(shown["feedback"][0]["source"].string == "system")
                #expect(shown["feedback"][0]["value"].bool == false)
                var (a, b) = (try await world.cell("a"), try await world.cell("b"))
                #expect(a["n"].number == 1 && a["reward_sum"].number == 0 && b["n"].number == 0)
                #expect(try await world.feedback(id, "true").json["arm"].string == "b")
                (a, b) = (try await world.cell("a"), try await world.cell("b"))
                #expect(a["n"].number == 1 && b["n"].number == 1 && b["reward_sum"].number == 1)
                let back = try await world.feedback(id, "null", #""metric":"answered","source":"system""#)
                #expect(back.json["status"].string == "retracted", "\(back.text)")
                #expect(try await world.cell("a")["n"].number == 0)
                world.router.signal(SIGKILL)
                _ = await world.router.exitStatus()
                #expect(try await world.run(["verify"]).status == 0)
            }
        }

        @Test(
            "the same request again at once says that the answer before it was no good; off, or later, or of another session, it does not"
        )
        func regenerated() async throws {
            let on = RouterFile(sections: ["feedback: { implicit: { regenerated_within: 10m } }"])
            try await withRouter(on) { world in
                func ask(_ question: String, session: String? = nil) async throws -> String {
                    let answer = try await world.chat(
                        "", question, headers: session.map { [("X-Session-Id", $0)] } ?? [])
                    let id = try #require(answer.header("x-bandit-decision-id"))
                    _ = try await world.settled(id)
                    return id
                }
                let first = try await ask("Tell me")
                _ = try await ask("Tell me more")
                _ = try await ask("Tell me", session: "another")
                #expect(try await world.cell("a")["n"].number == 0)
                _ = try await ask("Tell me")
                #expect(try await eventually { try await world.cell("a")["n"].number == 1 })
                let shown = try await world.settled(first)
                #expect(shown["feedback"][0]["metric"].string == "kept" && shown["reward"].number == 0)
                #expect(shown["feedback"][0]["source"].string == "system")
                let back = try await world.feedback(first, "null", #""metric":"kept","source":"system""#)
                #expect(back.json["status"].string == "retracted")
                #expect(try await world.cell("a")["n"].number == 0)
            }
            try await withRouter { world in
                for _ in 0..<3 { _ = try await world.settled(try await world.chat().header("x-bandit-decision-id")) }
                #expect(try await world.cell("a")["n"].number == 0)
                expectError(
                    try await world.feedback(
                        try await world.chat().header("x-bandit-decision-id"), "null", #""metric":"kept""#),
                    400, "unknown_metric", param: "metric")
            }
        }
    }
}
