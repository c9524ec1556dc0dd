import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("streams")
    struct StreamTests {
        static func chunk(_ delta: String, finish: String? = nil, more: String = "") -> String {
            let reason = finish.map { "\"\($0)\"" } ?? "null"
            return
                #"{"id":"c-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]\#(more)}"#
        }

        @Test("a stream comes through byte for byte, and its usage is asked for and hidden")
        func passage() async throws {
            let role = "data: \(Self.chunk(#"{"role":"assistant"}"#, more: #","usage":null"#))\n\n"
            let word = "data: \(Self.chunk(#"{"content":"1.50 é"}"#, more: #","usage":null"#))\n\n"
            let end = "data: \(Self.chunk("{}", finish: "stop", more: #","usage":null"#))\n\n"
            let usage = #"data: {"id":"c-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"# + "\n\n"
            let upstream = try RawUpstream { _ in .stream([role, word, end, usage, "data: [DONE]\n\n"]) }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let body = World.body(#""stream" : true"#)
                let hidden = try await world.post("/v1/chat/completions", body)
                #expect(hidden.status == 200 && hidden.header("content-type") == "text/event-stream")
                let bare = (role + word + end).replacingOccurrences(of: #","usage":null"#, with: "")
                #expect(hidden.text == bare + "data: [DONE]\n\n")
                #expect(hidden.header("x-bandit-arm") == "a" && hidden.header("x-bandit-cost-usd") == nil)
                let sent = try #require(upstream.requests.first)
                let root = JSON(sent.body)
                #expect(
                    root["stream_options"] == .object(["include_usage": .bool(true)]) && root["model"].string == "m-a")
                #expect(sent.text.contains(#""stream" : true"#))
                let decision = try await world.settled(hidden.header("x-bandit-decision-id"))
                #expect(
                    decision["outcome"]["prompt_tokens"].number == 3
                        && decision["outcome"]["completion_tokens"].number == 2)
                #expect(decision["outcome"]["cost_usd"].number == 0.007 && decision["completion_id"].string == "c-1")
                #expect((decision["outcome"]["first_byte_ms"].number ?? 0) > 0)

                // A client that set stream_options sees what it asked for.
                let asked = World.body(#""stream":true,"stream_options":{"include_usage":true}"#)
                let shown = try await world.post("/v1/chat/completions", asked)
                #expect(shown.text == role + word + end + usage + "data: [DONE]\n\n")
                #expect(
                    upstream.requests[1].text == asked.dropLast() + #","model":"m-a"}"#
                        || JSON(upstream.requests[1].body)["model"].string == "m-a")
                let declined = World.body(#""stream":true,"stream_options":{"include_usage":false}"#)
                _ = try await world.post("/v1/chat/completions", declined)
                #expect(JSON(upstream.requests[2].body)["stream_options"] == .object(["include_usage": .bool(false)]))
            }
        }

        @Test("CRLF, comments, a missing space and chunks without choices are taken as they come")
        func dialects() async throws {
            let parts = [
                ": keep-alive\r\n\r\n", "data:\(Self.chunk(#"{"content":"a"}"#))\r\n\r\n",
                #"data: {"id":"c-1","choices":null}"# + "\n\n",
                "event: x\r\ndata: \(Self.chunk("{}", finish: "stop"))\r\n\r\n", "data:[DONE]\r\n\r\n",
            ]
            // Cut at odd places, so that frames and bytes do not arrive together.
            let bytes = parts.joined()
            let half = bytes.index(bytes.startIndex, offsetBy: 41)
            let upstream = try RawUpstream { _ in .stream([String(bytes[..<half]), String(bytes[half...])]) }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let answer = try await world.chat(#""stream":true,"stream_options":{}"#)
                #expect(answer.status == 200 && answer.text == bytes)
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "ok" && decision["attempts"].list.count == 1)
            }
        }

        @Test("an end after a finish without [DONE] is completed with one")
        func missingDone() async throws {
            try await withRouter { world in
                world.provider.script([FaultPlan(fault: .noDone)], for: "m-a")
                let answer = try await world.chat(#""stream":true"#)
                #expect(answer.events.last == "[DONE]" && answer.header("x-bandit-arm") == "a")
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "ok")
            }
        }

        @Test(
            "a stream that breaks after its first word ends with one error event, no [DONE] and a clean end",
            arguments: [FaultPlan.Fault.cut, .reset, .cleanEnd, .malformedFrame, .errorObject])
        func broken(_ fault: FaultPlan.Fault) async throws {
            try await withRouter { world in
                world.provider.script([FaultPlan(fault: fault, atToken: 2)], for: "m-a")
                let answer = try await world.chat(#""stream":true"#)
                #expect(
                    answer.status == 200 && answer.header("x-bandit-arm") == "a"
                        && answer.header("x-bandit-attempts") == "1")
                let events = answer.events
                #expect(!events.contains("[DONE]"))
                let words = events.dropLast().compactMap { JSON($0)["choices"][0]["delta"]["content"].string }.filter {
                    !$0.isEmpty
                }
                #expect(words.count == 2, "\(events)")
                let error = JSON(events.last ?? "")["error"]
                #expect(
                    JSON(events.last ?? "").names == ["error"] && error.names == ["message", "type", "param", "code"])
                #expect(error["type"].string == "server_error" && error["code"].string == "upstream_stream_error")
                #expect(error["param"] == .null && error["message"].string?.isEmpty == false)
                #expect(world.asked == ["m-a"])
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "error" && decision["served_arm"].string == "a")
                #expect(decision["attempts"].list.count == 1 && decision["attempts"][0]["status"].string == "error")
                #expect(decision["attempts"][0]["error"].string?.isEmpty == false)
            }
        }

        @Test("a client that waits gets a head and comments that commit to no arm; who speaks at last only goes on")
        func keepAlive() async throws {
            let file = RouterFile(
                routeKeys: ["timeouts: { first_byte: 900ms }"], server: "keepalive_after: 200ms")
            try await withRouter(file) { world in
                world.provider.script([FaultPlan(delayToHeadersMilliseconds: 60_000)], for: "m-a")
                let answer = try await world.chat(#""stream":true"#)
                #expect(answer.status == 200 && answer.header("x-bandit-decision-id") != nil)
                #expect(answer.header("x-bandit-arm") == nil && answer.header("x-bandit-attempts") == nil)
                #expect(answer.text.hasPrefix(": keep-alive\n\n: keep-alive\n\n"))
                #expect(answer.events.last == "[DONE]")
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["served_arm"].string == "b" && decision["outcome"]["status"].string == "ok")
                // Where nobody speaks, the stream ends with the error that would have been the answer.
                for model in ["m-a", "m-b", "m-c"] {
                    world.provider.script([FaultPlan(delayToHeadersMilliseconds: 60_000)], for: model)
                }
                let broken = try await world.chat(#""stream":true"#)
                #expect(broken.status == 200 && broken.text.hasPrefix(": keep-alive\n\n"))
                #expect(JSON(broken.events.last ?? "")["error"]["code"].string == "no_arm_available")
                let failed = try await world.settled(broken.header("x-bandit-decision-id"))
                #expect(failed["outcome"]["status"].string == "error" && failed["attempts"].list.count == 3)
            }
        }

        @Test("a stream that stalls after its first word is broken off after timeouts.between_chunks")
        func stall() async throws {
            try await withRouter(RouterFile(routeKeys: ["timeouts: { between_chunks: 300ms }"])) { world in
                world.provider.script([FaultPlan(fault: .stall, atToken: 1)], for: "m-a")
                let answer = try await world.chat(#""stream":true"#)
                #expect(JSON(answer.events.last ?? "")["error"]["code"].string == "upstream_stream_error")
                let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                #expect(decision["attempts"][0]["error"].string == "timeoutBetweenChunks")
            }
        }

        @Test("feedback is accepted as soon as the head of a stream is there")
        func feedbackWhileStreaming() async throws {
            try await withRouter { world in
                world.provider.script([FaultPlan(fault: .stall, atToken: 2)], for: "m-a")
                let connection = try HTTPConnection(port: world.port)
                defer { connection.close() }
                try connection.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true"#)))
                let head = try await blocking { try connection.readHead() }
                let decision = try #require(head.header("x-bandit-decision-id"))
                let feedback = try await world.feedback(decision, "true")
                #expect(
                    feedback.status == 200 && feedback.json["status"].string == "applied"
                        && feedback.json["arm"].string == "a")
            }
        }

        @Test("a client that leaves ends the upstream call, and the outcome is cancelled", arguments: [true, false])
        func leaving(streams: Bool) async throws {
            try await withRouter(RouterFile(sections: ["health: { failures_to_open: 1 }"])) { world in
                world.provider.script([FaultPlan(fault: .stall, atToken: 2)], for: "m-a")
                let connection = try HTTPConnection(port: world.port)
                try connection.send(
                    HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":\#(streams)"#)))
                if streams { _ = try await blocking { try connection.readHead() } }
                _ = await world.provider.call { $0.model == "m-a" }
                let clock = ContinuousClock()
                let left = clock.now
                connection.close()
                let ended = await world.provider.call { $0.state == .disconnected }
                #expect(ended.model == "m-a" && clock.now - left < .seconds(1))
                var id: String?
                // Nobody was told the decision's id, so it shows only in the list, once it is written.
                let isListed = try await eventually {
                    id = try await world.get("/v1/decisions?limit=1").json["data"][0]["decision_id"].string
                    return id != nil
                }
                #expect(isListed)
                let decision = try await world.settled(id)
                #expect(
                    decision["outcome"]["status"].string == "cancelled"
                        && decision["attempts"][0]["error"].string == "cancelled")
                #expect(decision["served_arm"] == (streams ? .string("a") : .null))
                // No failure of the arm: one would have opened its breaker.
                #expect(try await world.get("/v1/arms").json["data"][0]["health"]["state"].string == "closed")
                #expect(try await world.chat().header("x-bandit-arm") == "a")
            }
        }

        @Test("a client that reads slowly gets every byte, and the provider is made to wait")
        func slowClient() async throws {
            let words = 20_000
            let parts =
                (0..<words).map { "data: \(Self.chunk(#"{"content":"word \#($0)"}"#))\n\n" }
                + ["data: \(Self.chunk("{}", finish: "stop"))\n\n", "data: [DONE]\n\n"]
            let upstream = try RawUpstream { _ in .stream(parts) }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let connection = try HTTPConnection(port: world.port)
                defer { connection.close() }
                try connection.send(
                    HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true,"stream_options":{}"#)))
                let head = try await blocking { try connection.readHead() }
                // While it does not read, the rest of the router is as quick as ever.
                #expect(try await world.get("/health/ready").status == 200)
                let text = try await blocking {
                    var bytes: [UInt8] = []
                    while let more = try connection.readSome() { bytes += more }
                    return String(decoding: bytes, as: UTF8.self)
                }
                #expect(head.status == 200 && text == parts.joined())
            }
        }
    }
}
