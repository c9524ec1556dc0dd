import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("cache of answers")
    struct CacheTests {
        private static let file = RouterFile(routeKeys: ["cache: { ttl: 1h }"])

        @Test(
            "the same request gets the same answer, byte for byte, without a call, a decision or a cost",
            arguments: [false, true])
        func hits(streams: Bool) async throws {
            try await withRouter(Self.file) { world in
                let first = try await world.chat(#""stream":\#(streams)"#)
                #expect(first.status == 200 && first.header("x-bandit-cache") == "miss")
                let id = try #require(first.header("x-bandit-decision-id"))
                _ = try await world.settled(id)
                let hit = try await world.chat(#""stream":\#(streams)"#)
                #expect(hit.status == 200 && hit.header("x-bandit-cache") == "hit" && hit.body == first.body)
                #expect(hit.header("content-type") == first.header("content-type"))
                #expect(hit.header("x-bandit-decision-id") == id && hit.header("x-bandit-arm") == "a")
                #expect(hit.header("x-bandit-attempts") == "0" && hit.header("x-bandit-cost-usd") == "0")
                #expect(world.asked == ["m-a"])
                let found1 = try await world.get("/v1/decisions").json["data"].list.count
                #expect(found1 == 1)
                let found2 = try await world.get("/v1/usage").json["data"][0]["requests"].number
                #expect(found2 == 1)
                let metrics = try await world.get("/metrics").text
                #expect(metrics.contains(#"bandit_router_cache_total{route="auto",result="hit"} 1"#))
                #expect(metrics.contains(#"bandit_router_cache_total{route="auto",result="miss"} 1"#))
                #expect(metrics.contains("bandit_router_in_flight 0\n"))
                // Feedback on the answer is feedback on the arm that gave it.
                let receipt = try await world.feedback(hit.header("x-bandit-decision-id"), "true")
                #expect(receipt.json["arm"].string == "a" && receipt.json["status"].string == "applied")
                let found3 = try await world.cell("a")["n"].number
                #expect(found3 == 1)
            }
        }

        @Test("another body, another category, or off: another answer; errors and broken streams are not kept")
        func misses() async throws {
            try await withRouter(Self.file) { world in
                for (more, headers) in [
                    ("", []), (#""temperature":0"#, []), ("", [("x-bandit-category", "math")]), (#""stream":true"#, []),
                    (#""model":"auto""#, []),
                ] as [(String, [(String, String)])] {
                    let miss = try await world.chat(more, headers: headers).header("x-bandit-cache")
                    #expect(miss == "miss", "\(more)")
                    let hit = try await world.chat(more, headers: headers).header("x-bandit-cache")
                    #expect(hit == "hit", "\(more)")
                }
                let off = try await world.chat(headers: [("x-bandit-cache", "off")])
                #expect(off.status == 200 && off.header("x-bandit-cache") == nil)
                expectError(
                    try await world.chat(headers: [("x-bandit-cache", "maybe")]), 400, "invalid_value",
                    param: "x-bandit-cache")
                for model in ["m-a", "m-b", "m-c"] { world.provider.script([FaultPlan(status: 500)], for: model) }
                let found4 = try await world.chat(#""n":1"#).status
                #expect(found4 == 503)
                let found5 = try await world.chat(#""n":1"#).header("x-bandit-cache")
                #expect(found5 == "miss")
                world.provider.script([FaultPlan(fault: .cut, atToken: 2)], for: "m-a")
                let found6 = try await world.chat(#""stream":true,"n":2"#).events.last
                #expect(found6 != "[DONE]")
                let whole = try await world.chat(#""stream":true,"n":2"#)
                #expect(whole.header("x-bandit-cache") == "miss" && whole.events.last == "[DONE]")
            }
        }

        @Test("a request may ask for it where the route has none; its time and a reload end what is kept")
        func onRequest() async throws {
            try await withRouter(RouterFile(routes: ["{ id: brief, arms: [b], cache: { ttl: 300ms } }"])) { world in
                let found7 = try await world.chat().header("x-bandit-cache")
                #expect(found7 == nil)
                let on = [("x-bandit-cache", "on")]
                let found8 = try await world.chat(headers: on).header("x-bandit-cache")
                #expect(found8 == "miss")
                let found9 = try await world.chat(headers: on).header("x-bandit-cache")
                #expect(found9 == "hit")
                let found10 = try await world.chat(#""bandit":{"cache":"on"}"#).header("x-bandit-cache")
                #expect(found10 == "miss")
                let found11 = try await world.post("/v1/admin/reload", "").status
                #expect(found11 == 200)
                let found12 = try await world.chat(headers: on).header("x-bandit-cache")
                #expect(found12 == "miss")
                let found13 = try await world.chat(#""model":"brief""#).header("x-bandit-cache")
                #expect(found13 == "miss")
                let expires = try await eventually {
                    try await world.chat(#""model":"brief""#).header("x-bandit-cache") == "miss"
                }
                #expect(expires)
            }
        }

        @Test("never across keys unless the route allows it; hits count against the key's requests, not its tokens")
        func keys() async throws {
            let file = RouterFile(
                routeKeys: ["cache: { ttl: 1h }"],
                routes: ["{ id: shared, arms: [b], cache: { ttl: 1h, across_keys: true } }"])
            try await withRouter(file) { world in
                let one = try await world.makeKey("--scope", "chat", "--requests-per-minute", "4")
                let two = try await world.makeKey("--scope", "chat")
                func cache(_ more: String, _ key: String) async throws -> String? {
                    try await world.chat(more, key: key).header("x-bandit-cache")
                }
                let found14 = try await cache("", one)
                #expect(found14 == "miss")
                let found15 = try await cache("", one)
                #expect(found15 == "hit")
                let found16 = try await cache("", two)
                #expect(found16 == "miss")
                let found17 = try await cache(#""model":"shared""#, one)
                #expect(found17 == "miss")
                let found18 = try await cache(#""model":"shared""#, two)
                #expect(found18 == "hit")
                let found19 = try await world.chat(key: one).header("x-bandit-cache")
                #expect(found19 == "hit")
                expectError(try await world.chat(key: one), 429, "rate_limit_exceeded")
            }
        }

        @Test("bounded: beyond max_entries the answer used longest ago is asked for anew")
        func bounds() async throws {
            try await withRouter(RouterFile(routeKeys: ["cache: { ttl: 1h, max_entries: 2 }"])) { world in
                func cache(_ question: String) async throws -> String? {
                    try await world.chat("", question).header("x-bandit-cache")
                }
                for question in ["1", "2"] {
                    let found20 = try await cache(question)
                    #expect(found20 == "miss")
                }
                let found21 = try await cache("1")
                #expect(found21 == "hit")
                let found22 = try await cache("3")
                #expect(found22 == "miss")
                let found23 = try await cache("1")
                #expect(found23 == "hit")
                let found24 = try await cache("2")
                #expect(found24 == "miss")
            }
        }
    }
}
