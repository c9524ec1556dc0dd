import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("limits of the router, and what answers tell of limits")
    struct LimitTests {
        @Test("limits of the router hold for all callers together, and a reload changes them")
        func global() async throws {
            try await withRouter(RouterFile(sections: ["limits: { requests_per_minute: 3 }"])) { world in
                for left in [2, 1, 0] {
                    let answer = try await world.chat(#""stream":\#(left == 1)"#)
                    #expect(answer.status == 200 && answer.header("x-ratelimit-limit-requests") == "3")
                    #expect(answer.header("x-ratelimit-remaining-requests") == "\(left)")
                    #expect(answer.header("x-ratelimit-reset-requests")?.hasSuffix("s") == true)
                    #expect(answer.header("x-ratelimit-limit-tokens") == nil)
                }
                let refused = try await world.chat()
                expectError(refused, 429, "rate_limit_exceeded", type: "rate_limit_error")
                #expect(refused.header("x-ratelimit-remaining-requests") == "0")
                #expect(world.asked.count == 3)
                let file = try String(contentsOfFile: world.folder("router.yaml"), encoding: .utf8)
                try world.folder.write(
                    file.replacing("limits: { requests_per_minute: 3 }", with: "limits: { concurrent: 5 }"),
                    to: "router.yaml")
                let found1 = try await world.post("/v1/admin/reload", "").status
                #expect(found1 == 200)
                for _ in 0..<5 {
                    let answer = try await world.chat()
                    #expect(answer.status == 200 && answer.header("x-ratelimit-limit-requests") == nil)
                }
            }
        }

        @Test("dollars a day of the router: no race overshoots, and a restart forgets nothing")
        func dollars() async throws {
            let file = RouterFile(sections: ["limits: { usd_per_day: 0.12 }"])
            try await withRouter(file) { world in
                let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                    for _ in 0..<12 { group.addTask { try await world.chat(#""max_tokens":10"#) } }
                    return try await group.reduce(into: [HTTPAnswer]()) { $0.append($1) }
                }
                let good = answers.filter { $0.status == 200 }
                let spent = good.compactMap { $0.header("x-bandit-cost-usd").flatMap(Double.init) }.reduce(0, +)
                #expect(!good.isEmpty && good.count < 12 && spent <= 0.12, "\(spent) in \(good.count)")
                for answer in answers where answer.status != 200 { expectError(answer, 429, "budget_exceeded") }
                world.router.signal(SIGTERM)
                #expect(await world.router.exitStatus() == 0)
                let again = try await startRouter(world.folder)
                defer { again.router.signal(SIGKILL) }
                let next = World(folder: world.folder, provider: world.provider, router: again.router, port: again.port)
                // What is left is less than the worst case of as many tokens as all that.
                expectError(try await next.chat(#""max_tokens":60"#), 429, "budget_exceeded")
            }
        }

        @Test("a key's limits are told beside its answers, tokens among them; the stricter limit counts")
        func headers() async throws {
            try await withRouter(RouterFile(sections: ["limits: { requests_per_minute: 1000 }"])) { world in
                let key = try await world.makeKey(
                    "--scope", "chat", "--requests-per-minute", "10", "--tokens-per-minute", "600")
                let first = try await world.chat(key: key)
                #expect(first.header("x-ratelimit-limit-requests") == "10")
                #expect(first.header("x-ratelimit-remaining-requests") == "9")
                #expect(first.header("x-ratelimit-limit-tokens") == "600")
                #expect(first.header("x-ratelimit-remaining-tokens") == "600")
                let used = try #require(first.json["usage"]["total_tokens"].number)
                let second = try await world.chat(key: key)
                let left = try #require(second.header("x-ratelimit-remaining-tokens").flatMap(Double.init))
                // Refilled by ten a second meanwhile.
                #expect(left >= 600 - used && left <= 600)
            }
        }

        /// None that the built-in model knows, so that it is not trained at each of many starts.
        private static let categories = "categories: [{ id: legal }]"

        /// Prices of the tests are 0.002 USD a token of answer.
        @Test(
            "every answer that one call asks for is reserved, whatever the parameter is called",
            arguments: [
                #""max_tokens":10,"n":50"#, #""max_tokens":10,"best_of":50"#,
                #""max_completion_tokens":10,"n":2,"best_of":50"#,
                #""max_completion_tokens":1,"max_tokens":500"#, #""max_tokens":10,"n":50.0"#,
            ])
        func choices(_ parameters: String) async throws {
            try await withRouter(RouterFile(sections: [Self.categories, "limits: { usd_per_day: 0.5 }"])) { world in
                expectError(try await world.chat(parameters), 429, "budget_exceeded")
                #expect(world.asked.isEmpty)
                #expect(try await world.chat(#""max_tokens":10"#).status == 200)
                let cap = [("x-bandit-max-cost-usd", "0.3")]
                expectError(try await world.chat(parameters, headers: cap), 400, "no_capable_arm", param: "model")
                for wrong in ["0", "-1", "1.5", #""2""#, "1025", "1e30", "true", "[1]"] {
                    let answer = try await world.chat(#""n":\#(wrong)"#)
                    expectError(answer, 400, "invalid_value", param: "n")
                }
                #expect(try await world.chat(#""n":null,"max_tokens":1"#).status == 200)
            }
        }

        /// The limit's state as a next request finds it: how many dollars are left, to a cent.
        private func dollarsLeft(_ world: World, of limit: Double) async throws -> Double {
            // A request that may cost too much is refused, and takes nothing.
            var (low, high) = (0.0, limit)
            while high - low > 0.011 {
                let middle = (low + high) / 2
                let tokens = Int(saturating: middle / 0.002)
                let asked = world.asked.count
                world.provider.script([FaultPlan(status: 503)], for: "m-a")
                let answer = try await world.chat(#""model":"a","max_tokens":\#(tokens)"#)
                world.provider.clearScripts()
                if answer.status == 429 {
                    #expect(world.asked.count == asked)
                    high = middle
                } else {
                    low = middle
                }
            }
            return low
        }

        /// Kills the router once the log has its last outcome, or in the middle of a request, and starts another.
        private func restarted(_ world: World, isIdle: Bool = true, key: String? = nil) async throws -> World {
            if isIdle { _ = try await decisions(world, 1, key: key) }
            world.router.signal(SIGKILL)
            _ = await world.router.exitStatus()
            let again = try await startRouter(world.folder)
            return World(folder: world.folder, provider: world.provider, router: again.router, port: again.port)
        }

        private func decisions(_ world: World, _ count: Int, key: String? = nil) async throws -> [JSON] {
            var list: [JSON] = []
            let isThere = try await eventually {
                list = try await world.get("/v1/decisions?limit=\(count)", key: key).json["data"].list
                return list.count == count && list.allSatisfy { $0["outcome"]["status"].string != "pending" }
            }
            #expect(isThere, "\(list)")
            return list
        }

        @Test(
            "a client that leaves early pays for the prompt and what was said, marked as an estimate; the same after kill -9",
            arguments: [true, false])
        func leaving(streams: Bool) async throws {
            let file = RouterFile(
                sections: [Self.categories, "limits: { usd_per_day: 2 }", "health: { failures_to_open: 1000 }"])
            try await withRouter(file) { world in
                world.provider.script([FaultPlan(fault: .stall, atToken: 3)], for: "m-a")
                let connection = try HTTPConnection(port: world.port)
                let question = String(repeating: "word ", count: 80)
                try connection.send(
                    HTTPCall(
                        "POST", "/v1/chat/completions",
                        json: World.body(#""stream":\#(streams),"max_tokens":500"#, question)))
                if streams { _ = try await blocking { try connection.readHead() } }
                _ = await world.provider.call { $0.model == "m-a" }
                connection.close()
                let decision = try #require(try await decisions(world, 1).first)
                let outcome = decision["outcome"]
                #expect(outcome["status"].string == "cancelled" && outcome["tokens_estimated"] == .bool(true))
                let (prompt, answer) = (outcome["prompt_tokens"].number ?? 0, outcome["completion_tokens"].number ?? -1)
                #expect(prompt >= 80 && prompt < 400 && answer >= (streams ? 1 : 0) && answer <= 500, "\(outcome)")
                let cost = try #require(outcome["cost_usd"].number)
                #expect(abs(cost - (prompt * 1000 + answer * 2000) / 1e6) < 1e-9)
                let row = try await world.get("/v1/usage").json["data"][0]
                #expect(abs((row["cost_usd"].number ?? 0) - cost) < 1e-9, "\(row)")
                let before = try await dollarsLeft(world, of: 2)
                #expect(abs(before - (2 - cost)) < 0.03, "\(before) left of 2, \(cost) spent")
                let next = try await restarted(world)
                defer { next.router.signal(SIGKILL) }
                #expect(abs(try await dollarsLeft(next, of: 2) - before) < 0.03)
            }
        }

        @Test("what a killed router had in flight counts as what was reserved, once, however often it starts")
        func inFlight() async throws {
            let file = RouterFile(
                sections: [Self.categories, "limits: { usd_per_day: 2 }", "health: { failures_to_open: 1000 }"])
            try await withRouter(file) { world in
                world.provider.script([FaultPlan(fault: .stall, atToken: 2)], for: "m-a")
                let connection = try HTTPConnection(port: world.port)
                defer { connection.close() }
                try connection.send(
                    HTTPCall(
                        "POST", "/v1/chat/completions", json: World.body(#""stream":true,"max_tokens":250"#)))
                _ = try await blocking { try connection.readHead() }
                var last = try await restarted(world, isIdle: false)
                for _ in 0..<2 {
                    let left = try await dollarsLeft(last, of: 2)
                    #expect(abs(left - 1.5) < 0.05, "\(left) left of 2, 0.5 was held")
                    last = try await restarted(last)
                }
                last.router.signal(SIGKILL)
            }
        }

        @Test("requests and tokens a minute go on after kill -9 where they were")
        func buckets() async throws {
            try await withRouter(RouterFile(sections: [Self.categories])) { world in
                let admin = try await world.makeKey("--scope", "admin")
                let requests = try await world.makeKey("--scope", "chat", "--requests-per-minute", "3")
                let tokens = try await world.makeKey("--scope", "chat", "--tokens-per-minute", "10")
                for _ in 0..<3 { #expect(try await world.chat(key: requests).status == 200) }
                let question = String(repeating: "many words ", count: 500)
                var id: String?
                id = try await world.chat("", question, key: tokens).header("x-bandit-decision-id")
                _ = try await world.settled(id, key: admin)
                for key in [requests, tokens] {
                    expectError(try await world.chat(key: key), 429, "rate_limit_exceeded")
                }
                let next = try await restarted(world, key: admin)
                defer { next.router.signal(SIGKILL) }
                let asked = world.asked.count
                // Three a minute are one in twenty seconds, and hundreds of tokens take longer: a start is faster.
                expectError(try await next.chat(key: tokens), 429, "rate_limit_exceeded")
                #expect(world.asked.count == asked)
                let left = try await next.chat(key: requests).header("x-ratelimit-remaining-requests")
                #expect(left == "0" || left == "1", "a bucket that had been filled anew would have two left")
            }
        }
    }
}
