import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("failover")
    struct FailoverTests {
        /// What is wrong with the first arm's answer, and what is booked of it.
        struct Case: Sendable, CustomTestStringConvertible {
            let name: String
            let plan: FaultPlan
            /// `error` and `http_status` of the attempt; whole answer, stream.
            let whole: (error: String, status: Int?)
            let stream: (error: String, status: Int?)
            var onlyWhole = false

            var testDescription: String { name }

            init(_ name: String, _ plan: FaultPlan, _ error: String, _ status: Int?, stream: (String, Int?)? = nil) {
                self.name = name
                self.plan = plan
                whole = (error, status)
                self.stream = stream ?? (error, status)
            }

            static let status: [Case] = [401, 403, 404, 408, 409, 429, 451, 500, 502, 503, 504, 529].map {
                (status: Int) in
                // Of an account in trouble the next cases would hear nothing for a minute, if its provider did not say a time.
                let headers = [401, 403].contains(status) ? ["Retry-After": "0"] : nil
                return Case(
                    "status \(status)", FaultPlan(status: status, headers: headers), "status_\(status)", status)
            }

            static let others: [Case] = [
                Case("redirect", FaultPlan(fault: .redirect), "redirect", 302),
                Case("HTML", FaultPlan(fault: .html), "notJSON", 200, stream: ("notEventStream", 200)),
                Case("empty body", FaultPlan(fault: .emptyBody), "empty", 200, stream: ("notEventStream", 200)),
                Case("error object", FaultPlan(fault: .errorObject, atToken: 0), "errorObject", 500),
                Case("cut", FaultPlan(fault: .cut, atToken: 0), "closed", nil),
                Case("reset", FaultPlan(fault: .reset, atToken: 0), "reset", nil),
                Case("role and then nothing", FaultPlan(fault: .roleOnly), "closed", nil),
                Case("stall", FaultPlan(fault: .stall, atToken: 0), "timeoutBetweenChunks", nil),
                // A whole answer may take as long as everything together may.
                Case(
                    "no head", FaultPlan(delayToHeadersMilliseconds: 60_000), "", nil,
                    stream: ("timeoutFirstByte", nil)),
                Case("no choices", FaultPlan(fault: .choicesEmpty), "noChoices", 200, stream: ("", nil)),
                Case("choices null", FaultPlan(fault: .choicesNull), "noChoices", 200, stream: ("", nil)),
                Case(
                    "half a JSON", FaultPlan(fault: .truncatedJSON, atToken: 0), "notJSON", 200,
                    stream: ("malformedFrame", 200)),
                Case(
                    "ends cleanly, too early", FaultPlan(fault: .cleanEnd, atToken: 0), "closed", nil,
                    stream: ("unfinished", 200)),
            ]
        }

        private static let file = RouterFile(
            routeKeys: ["timeouts: { connect: 1s, first_byte: 400ms, between_chunks: 300ms, total: 20s }"],
            sections: ["health: { failures_to_open: 1000 }"])

        @Test(
            "a fault of an arm before the first word is not seen by the client: another arm answers, and both attempts are booked"
        )
        func matrix() async throws {
            try await withRouter(Self.file) { world in
                for test in Case.status + Case.others {
                    for streams in [false, true] {
                        let expected = streams ? test.stream : test.whole
                        // What a stream forgives, a whole answer may not.
                        if expected.error.isEmpty { continue }
                        world.provider.forgetCalls()
                        world.provider.script([test.plan], for: "m-a")
                        let answer = try await world.chat(#""stream":\#(streams)"#)
                        let what = "\(test.name), stream \(streams): \(answer.text.prefix(300))"
                        #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b", "\(what)")
                        #expect(
                            answer.header("x-bandit-attempts") == "2" && answer.header("x-bandit-propensity") == "1.0",
                            "\(what)")
                        #expect(world.asked == ["m-a", "m-b"], "\(what)")
                        if streams {
                            #expect(answer.events.last == "[DONE]" && !answer.text.contains("m-a"), "\(what)")
                        } else {
                            #expect(answer.json["model"].string == "m-b", "\(what)")
                        }
                        let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                        #expect(decision["arm"].string == "a" && decision["served_arm"].string == "b", "\(what)")
                        #expect(decision["outcome"]["status"].string == "ok", "\(what)")
                        let attempts = decision["attempts"]
                        #expect(attempts.list.count == 2, "\(what)")
                        #expect(attempts[0]["arm"].string == "a" && attempts[0]["status"].string == "error", "\(what)")
                        #expect(attempts[0]["error"].string == expected.error, "\(what): \(attempts[0])")
                        #expect(
                            attempts[0]["http_status"].number == expected.status.map(Double.init),
                            "\(what): \(attempts[0])")
                        #expect(attempts[1]["arm"].string == "b" && attempts[1]["status"].string == "ok", "\(what)")
                        #expect(attempts[1]["http_status"].number == 200 && attempts[1]["error"] == .null, "\(what)")
                        world.provider.clearScripts()
                    }
                }
            }
        }

        @Test("a provider that is not there, or whose name is not known, fails over too")
        func noProvider() async throws {
            let closed = try RawUpstream { _ in .raw("") }
            let port = closed.port
            closed.stop()
            let file = RouterFile(
                providerOfArm: ["a": "down", "b": "nowhere"],
                providers: [
                    "{ id: down, kind: openai, base_url: \"http://127.0.0.1:\(port)/v1\" }",
                    "{ id: nowhere, kind: openai, base_url: \"http://no-such-host.invalid/v1\" }",
                ])
            try await withRouter(file) { world in
                for streams in [false, true] {
                    let answer = try await world.chat(#""stream":\#(streams)"#)
                    #expect(
                        answer.status == 200 && answer.header("x-bandit-arm") == "c"
                            && answer.header("x-bandit-attempts") == "3")
                    let attempts = try await world.settled(answer.header("x-bandit-decision-id"))["attempts"]
                    #expect(
                        attempts[0]["error"].string == "connect" && attempts[1]["error"].string == "dns", "\(attempts)")
                }
                let pinned = try await world.chat(#""model":"a""#)
                expectError(pinned, 502, "upstream_error", type: "server_error")
                #expect(pinned.header("x-bandit-decision-id") != nil)
            }
        }

        @Test("what is the client's fault is passed on with the provider's words, once, and is no failure of the arm")
        func clientsFault() async throws {
            try await withRouter(RouterFile(sections: ["health: { failures_to_open: 1 }"])) { world in
                for status in [400, 422] {
                    for streams in [false, true] {
                        world.provider.forgetCalls()
                        world.provider.script([FaultPlan(status: status)], for: "m-a")
                        let answer = try await world.chat(#""stream":\#(streams)"#)
                        expectError(answer, status, "simulated_\(status)", type: "invalid_request_error")
                        #expect(answer.json["error"]["message"].string == "scripted status \(status)")
                        #expect(world.asked == ["m-a"] && answer.header("x-bandit-attempts") == "1")
                        let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                        #expect(decision["outcome"]["status"].string == "error" && decision["served_arm"] == .null)
                        #expect(decision["attempts"][0]["http_status"].number == Double(status))
                        #expect(try await world.get("/v1/arms").json["data"][0]["health"]["state"].string == "closed")
                    }
                }
            }
        }

        @Test(
            "every arm fails: 503 no_arm_available; every arm is limited: 429 with the smallest Retry-After",
            arguments: [false, true])
        func allFail(streams: Bool) async throws {
            try await withRouter { world in
                for model in ["m-a", "m-b", "m-c"] { world.provider.script([FaultPlan(status: 500)], for: model) }
                let answer = try await world.chat(#""stream":\#(streams)"#)
                expectError(answer, 503, "no_arm_available", type: "server_error")
                #expect(world.asked == ["m-a", "m-b", "m-c"] && answer.header("x-bandit-attempts") == "3")
                #expect(answer.header("x-bandit-decision-id") != nil && answer.header("x-bandit-arm") == nil)
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "error" && decision["served_arm"] == .null)
                #expect(decision["attempts"].list.count == 3 && decision["outcome"]["cost_usd"] == .null)

                for (model, wait) in [("m-a", "7"), ("m-b", "3"), ("m-c", "5")] {
                    world.provider.script([FaultPlan(status: 429, headers: ["Retry-After": wait])], for: model)
                }
                let limited = try await world.chat(#""stream":\#(streams)"#)
                expectError(limited, 429, "rate_limit_exceeded", type: "rate_limit_error")
                #expect(limited.header("retry-after") == "3")
                // All three cool down now: nobody is asked.
                world.provider.forgetCalls()
                let cooling = try await world.chat(#""stream":\#(streams)"#)
                expectError(cooling, 429, "rate_limit_exceeded", type: "rate_limit_error")
                #expect(world.asked.isEmpty)
                let states = try await world.get("/v1/arms").json["data"].list.compactMap {
                    $0["health"]["state"].string
                }
                #expect(states == ["cooldown", "cooldown", "cooldown"])
            }
        }

        @Test("max_attempts counts upstream calls; 1 means no failover")
        func maxAttempts() async throws {
            for limit in [1, 2] {
                try await withRouter(RouterFile(routeKeys: ["fallback: { max_attempts: \(limit) }"])) { world in
                    for model in ["m-a", "m-b", "m-c"] { world.provider.script([FaultPlan(status: 500)], for: model) }
                    let answer = try await world.chat()
                    expectError(answer, 503, "no_arm_available")
                    #expect(
                        world.asked == Array(["m-a", "m-b", "m-c"].prefix(limit))
                            && answer.header("x-bandit-attempts") == "\(limit)")
                }
            }
        }

        @Test("first_byte is for streams: a whole answer that takes longer is given")
        func slowWholeAnswer() async throws {
            let file = RouterFile(routeKeys: ["timeouts: { first_byte: 100ms, total: 30s }"])
            try await withRouter(file) { world in
                for model in ["a", "auto"] {
                    world.provider.script([FaultPlan(delayToHeadersMilliseconds: 900)], for: "m-a")
                    let answer = try await world.chat(#""model":"\#(model)""#)
                    #expect(answer.status == 200 && answer.header("x-bandit-arm") == "a")
                    world.provider.script([FaultPlan(delayToHeadersMilliseconds: 900)], for: "m-a")
                    let stream = try await world.chat(#""stream":true,"model":"\#(model)""#)
                    #expect(model == "a" ? stream.status == 504 : stream.header("x-bandit-arm") == "b")
                }
            }
        }

        @Test("an account in trouble makes its arm rest: the others serve, and its provider is left alone")
        func account() async throws {
            for status in [401, 402, 403] {
                try await withRouter(Self.file) { world in
                    world.provider.script(Array(repeating: FaultPlan(status: status), count: 4), for: "m-a")
                    for _ in 0..<3 {
                        let answer = try await world.chat()
                        #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b")
                    }
                    #expect(world.asked.filter { $0 == "m-a" }.count == 1, "\(status): \(world.asked)")
                }
            }
        }

        @Test(
            "all arms limited: 429 with the shortest remaining rest, also before any is asked; other statuses name a rest too"
        )
        func allRest() async throws {
            try await withRouter(Self.file) { world in
                for (model, wait) in [("m-a", "40"), ("m-b", "30"), ("m-c", "50")] {
                    world.provider.script([FaultPlan(status: 429, headers: ["Retry-After": wait])], for: model)
                }
                for _ in 0..<3 {
                    let answer = try await world.chat()
                    expectError(answer, 429, "rate_limit_exceeded")
                    let rest = answer.header("retry-after").flatMap(Int.init) ?? 0
                    #expect((15...30).contains(rest), "\(rest)")
                }
                #expect(world.asked.count == 3)
            }
            for (status, headers) in [
                (529, ["Retry-After": "30"]), (500, ["Retry-After": "30.5"]), (429, ["retry-after-ms": "30000"]),
                (429, ["x-ratelimit-reset-requests": "30s", "x-ratelimit-remaining-requests": "0"]),
            ] {
                try await withRouter(Self.file) { world in
                    world.provider.script([FaultPlan(status: status, headers: headers)], for: "m-a")
                    for _ in 0..<3 {
                        let answer = try await world.chat()
                        #expect(answer.header("x-bandit-arm") == "b", "\(headers)")
                    }
                    #expect(world.asked.filter { $0 == "m-a" }.count == 1, "\(headers)")
                }
            }
        }

        @Test("timeouts.total bounds all attempts together")
        func total() async throws {
            let file = RouterFile(routeKeys: ["timeouts: { first_byte: 10s, total: 500ms }"])
            try await withRouter(file) { world in
                for model in ["m-a", "m-b", "m-c"] {
                    world.provider.script([FaultPlan(delayToHeadersMilliseconds: 60_000)], for: model)
                }
                let clock = ContinuousClock()
                let start = clock.now
                let answer = try await world.chat()
                #expect(clock.now - start < .seconds(5))
                expectError(answer, 503, "no_arm_available")
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["attempts"][0]["error"].string == "timeoutTotal", "\(decision["attempts"])")
                let pinned = try await world.chat(#""model":"b""#)
                expectError(pinned, 504, "upstream_timeout", type: "server_error")
            }
        }

        @Test(
            "what one arm cannot take, another may: overflow, size, a parameter, credit; health is not touched by the request's"
        )
        func armsRefusal() async throws {
            try await withRouter(RouterFile(sections: ["health: { failures_to_open: 1 }"])) { world in
                for streams in [false, true] {
                    world.provider.forgetCalls()
                    world.provider.script([FaultPlan(status: 413)], for: "m-a")
                    let answer = try await world.chat(#""stream":\#(streams)"#)
                    #expect(answer.status == 200 && world.asked == ["m-a", "m-b"], "\(answer.text)")
                    #expect(try await world.get("/v1/arms").json["data"][0]["health"]["state"].string == "closed")
                    // Asked for by name, it is passed on.
                    world.provider.script([FaultPlan(status: 413)], for: "m-a")
                    let pinned = try await world.chat(#""model":"a","stream":\#(streams)"#)
                    expectError(pinned, 413, "simulated_413", type: "invalid_request_error")
                }
            }
        }

        @Test("an arm asked for by name is never replaced: its failure is 502, 503, 504 or its 429")
        func pinned() async throws {
            let file = RouterFile(
                routeKeys: ["timeouts: { first_byte: 300ms, between_chunks: 300ms, total: 3s }"],
                sections: ["health: { failures_to_open: 1000 }"])
            try await withRouter(file) { world in
                for (plan, status, code) in [
                    (FaultPlan(status: 500), 502, "upstream_error"),
                    (FaultPlan(status: 401, headers: ["Retry-After": "0"]), 502, "upstream_error"),
                    (FaultPlan(status: 404), 502, "upstream_error"), (FaultPlan(status: 503), 503, "no_arm_available"),
                    (FaultPlan(status: 504), 504, "upstream_timeout"),
                    (FaultPlan(delayToHeadersMilliseconds: 60_000), 504, "upstream_timeout"),
                    (FaultPlan(fault: .html), 502, "upstream_error"),
                    (FaultPlan(fault: .reset, atToken: 0), 502, "upstream_error"),
                    (FaultPlan(fault: .emptyBody), 502, "upstream_error"),
                    (FaultPlan(status: 429, headers: ["Retry-After": "2"]), 429, "rate_limit_exceeded"),
                ] {
                    for streams in [false, true] {
                        let model = plan.status == 429 ? (streams ? "b" : "c") : "b"
                        world.provider.forgetCalls()
                        world.provider.script([plan], for: "m-\(model)")
                        let answer = try await world.chat(#""model":"\#(model)","stream":\#(streams)"#)
                        expectError(answer, status, code)
                        if status == 429 { #expect(answer.header("retry-after") == "2") }
                        #expect(world.asked == ["m-\(model)"])
                        let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                        #expect(decision["kind"].string == "pinned" && decision["attempts"].list.count == 1)
                    }
                }
            }
        }

        @Test("each provider sees its own key, also after a failover")
        func keys() async throws {
            let other = makeProvider(apiKey: "sk-other")
            let port = try await other.start()
            let file = RouterFile(
                providerOfArm: ["b": "other", "c": "bare"],
                providers: [
                    "{ id: other, kind: openai, base_url: \"http://127.0.0.1:\(port)/v1\", api_key: sk-other }",
                    "{ id: bare, kind: openai, base_url: \"http://127.0.0.1:\(port)/v1\" }",
                ])
            try await withRouter(file, provider: makeProvider(apiKey: "sk-upstream")) { world in
                world.provider.script([FaultPlan(status: 500)], for: "m-a")
                let answer = try await world.chat(headers: [
                    ("Authorization", "Bearer sk-client"), ("X-Api-Key", "sk-client"),
                ])
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b")
                #expect(world.provider.calls[0].header("authorization") == "Bearer sk-upstream")
                #expect(
                    other.calls[0].header("authorization") == "Bearer sk-other"
                        && other.calls[0].header("x-api-key") == nil)
                _ = try await world.chat(#""model":"c""#, headers: [("Authorization", "Bearer sk-client")])
                #expect(other.calls[1].header("authorization") == nil)
            }
            await other.stop()
        }

        @Test("the breaker opens after failures in a row, lets one probe through after open_for, and closes on success")
        func breaker() async throws {
            let file = RouterFile(sections: ["health: { failures_to_open: 2, open_for: 600ms }"])
            try await withRouter(file) { world in
                func state() async throws -> String? {
                    try await world.get("/v1/arms").json["data"][0]["health"]["state"].string
                }
                world.provider.script([FaultPlan(status: 500, times: 3)], for: "m-a")
                #expect(try await world.chat().header("x-bandit-arm") == "b")
                #expect(try await state() == "closed")
                #expect(try await world.chat().header("x-bandit-arm") == "b")
                #expect(try await state() == "open")
                world.provider.forgetCalls()
                let other = try await world.chat()
                #expect(
                    other.header("x-bandit-arm") == "b" && world.asked == ["m-b"]
                        && other.header("x-bandit-attempts") == "1")
                let decision = try await world.settled(other.header("x-bandit-decision-id"))
                #expect(
                    decision["excluded"][0]["arm"].string == "a"
                        && decision["excluded"][0]["reason"].string == "breaker_open")
                expectError(try await world.chat(#""model":"a""#), 503, "no_arm_available")
                #expect(try await world.get("/health/ready").status == 200)
                #expect(try await eventually { try await state() == "half_open" })
                // The probe fails: open again.
                #expect(try await world.chat().header("x-bandit-attempts") == "2")
                #expect(try await state() == "open")
                #expect(try await eventually { try await state() == "half_open" })
                #expect(try await world.chat().header("x-bandit-arm") == "a")
                #expect(try await state() == "closed")
            }
        }

        @Test("streams that break after the first word count as failures of the arm")
        func brokenStreamsCount() async throws {
            try await withRouter(RouterFile(sections: ["health: { failures_to_open: 2, open_for: 60s }"])) { world in
                world.provider.script([FaultPlan(fault: .cut, atToken: 2, times: 2)], for: "m-a")
                for _ in 0..<2 {
                    let answer = try await world.chat(#""stream":true"#)
                    #expect(answer.header("x-bandit-arm") == "a")
                }
                let arms = try await world.get("/v1/arms")
                #expect(arms.json["data"][0]["health"]["state"].string == "open")
                #expect(try await world.chat(#""stream":true"#).header("x-bandit-arm") == "b")
            }
        }

        @Test("Retry-After on 429 and 503 cools the arm down for so long, in seconds or as a date")
        func cooldown() async throws {
            try await withRouter { world in
                world.provider.script([FaultPlan(status: 503, headers: ["Retry-After": "1"])], for: "m-a")
                #expect(try await world.chat().header("x-bandit-arm") == "b")
                func state(_ index: Int) async throws -> String? {
                    try await world.get("/v1/arms").json["data"][index]["health"]["state"].string
                }
                #expect(try await state(0) == "cooldown")
                let meanwhile = try await world.chat()
                #expect(meanwhile.header("x-bandit-arm") == "b")
                let decision = try await world.settled(meanwhile.header("x-bandit-decision-id"))
                #expect(decision["excluded"][0]["reason"].string == "cooldown")
                #expect(try await eventually { try await state(0) == "closed" })
                #expect(try await world.chat().header("x-bandit-arm") == "a")
                let formatter = DateFormatter()
                formatter.locale = Locale(identifier: "en_US_POSIX")
                formatter.timeZone = TimeZone(identifier: "GMT")
                formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
                let date = formatter.string(from: Date(timeIntervalSinceNow: 120))
                world.provider.script([FaultPlan(status: 429, headers: ["Retry-After": date])], for: "m-a")
                #expect(try await world.chat().header("x-bandit-arm") == "b")
                #expect(try await state(0) == "cooldown")
            }
        }
    }
}
