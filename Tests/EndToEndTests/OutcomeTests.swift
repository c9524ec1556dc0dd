import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Who may say what came of a decision, and what can be true.
    @Suite("outcomes that clients report")
    struct OutcomeTests {
        private func decide(_ world: World, key: String? = nil) async throws -> String {
            try #require(try await world.post("/v1/decisions", "{}", key: key).json["decision_id"].string)
        }

        @Test("a key needs scope outcome; what it says moves no breaker")
        func breakers() async throws {
            try await withRouter { world in
                let both = try await world.makeKey("--scope", "chat", "--scope", "outcome", "--scope", "read")
                let chat = try await world.makeKey("--scope", "chat")
                let other = try await decide(world, key: chat)
                expectError(
                    try await world.post("/v1/decisions/\(other)/outcome", "{}", key: chat), 403, "insufficient_scope")
                for _ in 0..<8 {
                    let id = try await decide(world, key: both)
                    let answer = try await world.post(
                        "/v1/decisions/\(id)/outcome", #"{"status":"error","error":"down"}"#, key: both)
                    #expect(answer.status == 200, "\(answer.text)")
                }
                for arm in try await world.get("/v1/arms", key: both).json["data"].list {
                    #expect(arm["health"]["state"].string == "closed")
                }
            }
        }

        @Test("of what the router asked itself nobody reports, not while it streams and not after")
        func known() async throws {
            try await withRouter { world in
                let id = try #require(try await world.chat().header("x-bandit-decision-id"))
                for body in ["{}", #"{"status":"error"}"#, #"{"cost_usd":0.01}"#] {
                    expectError(try await world.post("/v1/decisions/\(id)/outcome", body), 409, "outcome_known")
                }
                #expect(try await world.settled(id)["outcome"]["status"].string == "ok")
            }
        }

        @Test("what cannot be true is refused, naming the parameter, and nothing is stored")
        func bounds() async throws {
            let file = RouterFile(armKeys: ["a": "price: \(RouterFile.price), context_window: 1000"])
            try await withRouter(file) { world in
                let id = try await decide(world)
                for (body, param) in [
                    (#"{"cost_usd":1000000}"#, "cost_usd"), (#"{"cost_usd":1e308}"#, "cost_usd"),
                    // 2 × (10 × 1000 + 10 × 2000) / 1e6 USD.
                    (#"{"cost_usd":0.0601,"prompt_tokens":10,"completion_tokens":10}"#, "cost_usd"),
                    (#"{"latency_ms":1e9}"#, "latency_ms"), (#"{"latency_ms":86400000}"#, "latency_ms"),
                    (#"{"prompt_tokens":1001}"#, "prompt_tokens"),
                    (#"{"completion_tokens":1001}"#, "completion_tokens"),
                    (#"{"prompt_tokens":5,"cached_prompt_tokens":6}"#, "cached_prompt_tokens"),
                    (#"{"http_status":0}"#, "http_status"), (#"{"http_status":1000}"#, "http_status"),
                    (#"{"arm":"nobody"}"#, "arm"), (#"{"status":"fine"}"#, "status"),
                    (#"{"error":"\#(String(repeating: "x", count: 257))"}"#, "error"),
                    (#"{"completion_id":"\#(String(repeating: "x", count: 513))"}"#, "completion_id"),
                ] {
                    expectError(
                        try await world.post("/v1/decisions/\(id)/outcome", body), 400, "invalid_value", param: param)
                }
                let said = try await world.post(
                    "/v1/decisions/\(id)/outcome",
                    #"{"cost_usd":0.06,"prompt_tokens":10,"completion_tokens":10,"latency_ms":1}"#)
                #expect(said.status == 200 && said.json["outcome"]["cost_usd"].number == 0.06, "\(said.text)")
            }
        }

        @Test("only so many words for what went wrong are kept")
        func words() async throws {
            try await withRouter { world in
                var errors: Set<String> = []
                for number in 0..<300 {
                    let id = try await decide(world)
                    let answer = try await world.post(
                        "/v1/decisions/\(id)/outcome", #"{"status":"error","error":"word-\#(number)"}"#)
                    errors.insert(answer.json["attempts"][0]["error"].string ?? "none")
                }
                #expect(errors.count == 257 && errors.contains("other"))
            }
        }
    }
}
