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
    }
}
