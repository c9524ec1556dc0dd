import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("the dashboard and what it reads")
    struct DashboardTests {
        // MARK: - The page

        @Test("the page and its files are open, cached by entity tag, and may load nothing from elsewhere")
        func files() async throws {
            try await withRouter { world in
                _ = try await world.makeKey("--scope", "read")
                let page = try await world.get("/dashboard")
                #expect(page.status == 200 && page.header("content-type") == "text/html; charset=utf-8")
                let paths = page.text.matches(of: /(?:href|src)="(\/[^"#]*)"/).map { String($0.output.1) }
                #expect(paths.contains("/dashboard/main.js") && paths.contains("/dashboard/style.css"))
                #expect(
                    page.text.matches(of: /https?:\/\//).isEmpty && page.text.matches(of: /<script>|style=/).isEmpty)
                for path in Set(paths + ["/dashboard"]) {
                    let file = try await world.get(path)
                    #expect(file.status == 200, "\(path)")
                    let policy = file.header("content-security-policy") ?? ""
                    #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"), "\(path): \(policy)")
                    #expect(file.header("x-content-type-options") == "nosniff")
                    let tag = try #require(file.header("etag"))
                    let again = try await world.call(HTTPCall("GET", path, headers: [("If-None-Match", tag)]))
                    #expect(again.status == 304 && again.body.isEmpty && again.header("etag") == tag)
                    let other = try await world.call(HTTPCall("GET", path, headers: [("If-None-Match", "\"x\"")]))
                    #expect(other.status == 200)
                }
                expectError(try await world.post("/dashboard", "{}"), 405, "method_not_allowed")
                expectError(try await world.get("/dashboard/nothing.js"), 404, "not_found")
            }
        }

        // MARK: - Histories

        @Test("what the page reads needs the scope read, and says what is wrong with a request")
        func access() async throws {
            try await withRouter { world in
                let chat = try await world.makeKey("--scope", "chat")
                let read = try await world.makeKey("--scope", "read")
                for path in [
                    "/v1/events", "/v1/history/traffic", "/v1/history/posteriors?category=code", "/v1/feedback",
                    "/v1/alarms",
                ] {
                    expectError(try await world.get(path), 401, "missing_api_key")
                    expectError(try await world.get(path, key: chat), 403, "insufficient_scope")
                }
                func refuse(_ path: String, _ status: Int, _ code: String, _ param: String?) async throws {
                    expectError(try await world.get(path, key: read), status, code, param: param)
                }
                try await refuse("/v1/history/traffic?window=2h", 400, "invalid_value", "window")
                try await refuse("/v1/history/posteriors", 400, "missing_required_parameter", "category")
                try await refuse("/v1/history/posteriors?category=cooking", 400, "unknown_category", "category")
                try await refuse("/v1/history/posteriors?category=code&route=x", 400, "invalid_value", "route")
                try await refuse("/v1/feedback?limit=0", 400, "invalid_value", "limit")
                try await refuse("/v1/feedback?before=x", 400, "invalid_value", "before")
                try await refuse("/v1/decisions?before=x", 400, "invalid_value", "before")
                try await refuse("/v1/usage?by=minute", 400, "invalid_value", "by")
                try await refuse(
                    "/v1/decisions/019b7d00-0000-7000-8000-000000000000/posteriors", 404, "decision_not_found",
                    "decision_id")
            }
        }

        @Test("traffic, rewards and posteriors of the last minutes add up to what was served")
        func histories() async throws {
            try await withRouter(RouterFile(policy: "{ kind: thompson }")) { world in
                var liked = 0
                for index in 0..<20 {
                    let answer = try await world.chat()
                    let isLiked = index % 4 != 0
                    liked += isLiked ? 1 : 0
                    _ = try await world.feedback(answer.header("x-bandit-decision-id"), isLiked ? "true" : "false")
                }
                expectError(try await world.chat(#""model":"unknown""#), 404, "model_not_found", param: "model")
                var total = JSON.missing
                let arrived = try await eventually {
                    total = try await world.get("/v1/history/traffic?window=5m").json["total"]
                    return total["requests"].number == 20 && total["rewarded"].number == 20
                }
                #expect(arrived, "\(total)")
                #expect(total["refused"].number == 1 && total["errors"].number == 0)
                #expect(total["reward_mean"].number == Double(liked) / 20)
                #expect(total["arms"].names.compactMap { total["arms"][$0].number }.reduce(0, +) == 20)
                let usage = try await world.get("/v1/usage?by=hour").json["data"].list
                #expect(usage.compactMap { $0["requests"].number }.reduce(0, +) == 20)
                #expect(usage[0]["hour"].string?.hasSuffix(":00:00Z") == true)
                #expect(usage.compactMap { $0["cost_usd"].number }.reduce(0, +) == total["cost_usd"].number)

                let cells = try await world.get("/v1/posteriors?route=auto&category=general").json["data"].list
                #expect(abs(cells.compactMap { $0["probability"].number }.reduce(0, +) - 1) < 1e-9)
                let wanted = cells.compactMap { $0["mean"].number }
                var last = JSON.missing
                let sampled = try await eventually {
                    let history = try await world.get("/v1/history/posteriors?category=general&window=5m").json
                    #expect(history["arms"] == .array(cells.map { $0["arm"] }))
                    last = history["data"].list.last ?? .missing
                    return zip(last["mean"].list, wanted).allSatisfy { abs(($0.number ?? 0) - $1) < 1e-3 }
                        && !last["mean"].list.isEmpty
                }
                #expect(sampled, "\(last) is not \(wanted)")
                #expect(abs(last["share"].list.compactMap(\.number).reduce(0, +) - 1) < 1e-3)
            }
        }

        @Test("an arm out of service has no probability, now and in the history, and gets it back")
        func outOfService() async throws {
            let file = RouterFile(
                policy: "{ kind: thompson }", sections: ["health: { failures_to_open: 1, open_for: 1s }"])
            try await withRouter(file) { world in
                world.provider.script([FaultPlan(status: 503, times: 0)], for: "m-a")
                func share() async throws -> Double? {
                    let cells = try await world.get("/v1/posteriors?category=general").json["data"].list
                    #expect(abs(cells.compactMap { $0["probability"].number }.reduce(0, +) - 1) < 1e-9)
                    return cells.first { $0["arm"].string == "a" }?["probability"].number
                }
                #expect(try await share() ?? 0 > 0.1)
                _ = try await world.chat(#""model":"a""#)
                #expect(try await share() == 0)
                let isInHistory = try await eventually {
                    let history = try await world.get("/v1/history/posteriors?category=general&window=5m").json
                    return history["data"].list.contains { $0["share"][0].number == 0 }
                }
                #expect(isInHistory)
                world.provider.clearScripts()
                let isBack = try await eventually { try await share() ?? 0 > 0.1 }
                #expect(isBack)
            }
        }

        @Test("a decision can be asked for the posteriors it was drawn from, also when more was learned since")
        func posteriorsOfDecision() async throws {
            try await withRouter(RouterFile(policy: "{ kind: thompson }")) { world in
                for _ in 0..<5 {
                    let answer = try await world.chat()
                    _ = try await world.feedback(answer.header("x-bandit-decision-id"), "true")
                }
                let before = try await world.get("/v1/posteriors?category=general").json
                let decision = try await world.settled(try await world.chat().header("x-bandit-decision-id"))
                #expect(decision["state_version"] == before["version"])
                for _ in 0..<5 {
                    let answer = try await world.chat()
                    _ = try await world.feedback(answer.header("x-bandit-decision-id"), "false")
                }
                let id = decision["decision_id"].string ?? ""
                let then = try await world.get("/v1/decisions/\(id)/posteriors").json
                #expect(then["version"] == before["version"])
                for (one, other) in zip(then["data"].list, before["data"].list) {
                    #expect(
                        one["arm"] == other["arm"] && one["alpha"] == other["alpha"] && one["beta"] == other["beta"])
                }
                #expect(then["data"].list.count == 3)
                #expect(then["data"] != (try await world.get("/v1/posteriors?category=general").json["data"]))
            }
        }

        @Test("feedback is listed newest first, page by page, with what was replaced")
        func feedbackList() async throws {
            try await withRouter { world in
                let id = try await world.chat().header("x-bandit-decision-id")
                for value in ["true", "false", "null"] {
                    _ = try await world.feedback(id, value, #""comment":"é <b>""#)
                }
                let list = try await world.get("/v1/feedback").json["data"].list
                #expect(list.map { $0["value"] } == [.null, .bool(false), .bool(true)])
                #expect(list.allSatisfy { $0["decision_id"].string == id && $0["arm"].string == "a" })
                #expect(list[2]["comment"].string == "é <b>" && list[0]["counts"].bool == true)
                let sequence = Int(saturating: list[1]["sequence"].number ?? 0)
                let older = try await world.get("/v1/feedback?limit=1&before=\(sequence)").json["data"].list
                #expect(older == [list[2]])
            }
        }

        @Test("decisions come page by page, and a filter finds what it names")
        func pages() async throws {
            try await withRouter { world in
                var ids: [String?] = []
                for index in 0..<7 {
                    ids.append(
                        try await world.chat(index == 2 ? #""model":"b""# : "").header("x-bandit-decision-id"))
                }
                _ = try await world.settled(ids[6])
                var seen: [String?] = []
                var query = "limit=3"
                for _ in 0..<4 {
                    let page = try await world.get("/v1/decisions?\(query)").json
                    seen += page["data"].list.map { $0["decision_id"].string }
                    guard let next = page["next"].string else { break }
                    query = "limit=3&before=\(next)"
                }
                #expect(seen == ids.reversed())
                let rare = try await world.get("/v1/decisions?arm=b").json
                #expect(rare["data"].list.map { $0["decision_id"].string } == [ids[2]] && rare["next"] == .null)
            }
        }

        @Test("a model that gets worse sets off a drift alarm, which is listed and counted")
        func alarms() async throws {
            try await withRouter { world in
                #expect(try await world.get("/v1/alarms").json["data"].list.isEmpty)
                for index in 0..<120 {
                    let id = try await world.chat().header("x-bandit-decision-id")
                    _ = try await world.feedback(id, index < 80 ? "true" : "false")
                }
                let alarm = try await world.get("/v1/alarms").json["data"][0]
                #expect(alarm["arm"].string == "a" && alarm["category"].string == "general")
                #expect(alarm["mean_before"].number == 1 && (alarm["mean_after"].number ?? 1) < 0.2)
                let metrics = try await world.get("/metrics").text
                #expect(metrics.contains(#"bandit_router_drift_alarms_total{category="general",arm="a"} 1"#))
            }
        }

        // MARK: - Events

        /// The events of a stream until `stop` says so.
        private static func events(
            _ port: Int, key: String, until stop: @escaping @Sendable ([String]) -> Bool
        ) async throws -> [String] {
            try await blocking {
                let connection = try HTTPConnection(port: port)
                defer { connection.close() }
                try connection.send(HTTPCall("GET", "/v1/events", headers: [("Authorization", "Bearer \(key)")]))
                let head = try connection.readHead()
                #expect(head.status == 200 && head.header("content-type") == "text/event-stream")
                var bytes: [UInt8] = []
                while !stop(String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n\n")),
                    let more = try connection.readSome()
                {
                    bytes += more
                }
                return String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n\n")
            }
        }

        @Test("who listens hears of decisions, feedback, what was learned and the traffic")
        func events() async throws {
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "admin")
                let port = world.port
                let listening = Task {
                    try await Self.events(port, key: key) { events in
                        let names = events.compactMap { $0.firstMatch(of: /^event: (\w+)/).map { String($0.output.1) } }
                        return Set(names).isSuperset(of: ["traffic", "decisions", "feedback", "posteriors"])
                            && events.contains { $0.contains("\"requests\":1,") }
                    }
                }
                let id = try await world.chat(key: key).header("x-bandit-decision-id") ?? "none"
                _ = try await world.feedback(id, "true", key: key)
                let heard = try await listening.value
                for name in ["decisions", "feedback"] {
                    #expect(heard.contains { $0.hasPrefix("event: \(name)") && $0.contains(id) }, "\(name)")
                }
                let traffic = try #require(heard.last { $0.hasPrefix("event: traffic") })
                let json = JSON(String(traffic.split(separator: "data: ", maxSplits: 1)[1]))
                #expect(json["breakers"].names == ["a", "b", "c"] && json["store_writable"].bool == true)
            }
        }

        @Test("the stream of a key that is deleted ends")
        func deletedKey() async throws {
            try await withRouter { world in
                let admin = try await world.makeKey("--scope", "admin")
                let made = try await world.post("/v1/admin/keys", #"{"name":"eye","scopes":["read"]}"#, key: admin).json
                let (key, port) = (made["key"].string ?? "", world.port)
                let (heads, head) = AsyncStream<Void>.makeStream()
                let listening = Task {
                    defer { head.finish() }
                    return try await Self.events(port, key: key) { _ in
                        head.yield()
                        return false
                    }
                }
                // The stream is open before its key goes.
                for await _ in heads { break }
                let deleted = try await world.call(
                    HTTPCall("DELETE", "/v1/admin/keys/\(made["id"].string ?? "")"), key: admin)
                #expect(deleted.status == 204)
                // Returns because the router ends the stream; otherwise the test never ends.
                _ = try await listening.value
            }
        }

        @Test("a router that stops does not wait for those who listen")
        func stopping() async throws {
            try await withRouter(RouterFile(server: "shutdown_grace: 60s")) { world in
                let key = try await world.makeKey("--scope", "read")
                let port = world.port
                let listening = Task { try await Self.events(port, key: key) { _ in false } }
                // The stream is open once something came; a second listener tells.
                _ = try await Self.events(port, key: key) { $0.count > 1 }
                let clock = ContinuousClock()
                let start = clock.now
                world.router.signal(SIGTERM)
                _ = try? await listening.value
                #expect(await world.router.exitStatus() == 0)
                #expect(clock.now - start < .seconds(30), "it waited for the grace")
            }
        }
    }
}

extension EndToEnd {
    @Suite("the dashboard in a browser")
    struct DashboardBrowserTests {
        /// Chromium and Python, where this machine has them.
        private static var hasBrowser: Bool {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
            func has(_ program: String) -> Bool {
                path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
            }
            return has("python3") && (has("chromium") || has("chromium-browser") || has("google-chrome"))
        }

        @Test(
            "renders, updates live, explains decisions, fits every width, and keeps to itself",
            .enabled(if: hasBrowser, "there is no chromium, or no python3, on this machine"))
        func everything() async throws {
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python/dashboard.py")
                .path
            try await withRouter(RouterFile(policy: "{ kind: thompson }")) { world in
                let read = try await world.makeKey("--scope", "read")
                let chat = try await world.makeKey("--scope", "chat", "--scope", "feedback")
                let python = try RouterProcess(
                    ["python3", script, "http://127.0.0.1:\(world.port)", read, chat], program: "/usr/bin/env",
                    environment: ProcessInfo.processInfo.environment)
                let status = await python.exitStatus()
                #expect(status == 0, "\(python.errors.text)")
                try check(JSON(python.output.text))
            }
        }

        private func check(_ found: JSON) throws {
            // The key.
            #expect(found["login_focus"].string == "key")
            #expect(found["login_refused"].string?.contains("unknown") == true)
            #expect(found["login_scope"].string?.contains("read") == true)
            #expect(found["key_in_address"].bool == false && found["key_elsewhere"].bool == false)
            #expect(found["key_in_session"].bool == true)
            // Live.
            #expect(found["welcome"].string?.contains("/v1/chat/completions") == true)
            #expect(found["welcome_gone"].bool == true)
            #expect(found["cells"] == .array([.string("code"), .string("general")]))
            #expect(
                found["shares"].list.count == 2 && found["shares"].list.allSatisfy { abs(($0.number ?? 0) - 100) < 0.5 }
            )
            #expect(found["requests_tile"].string == "13 in the last 5 minutes")
            #expect(found["state"] == .array([JSON](repeating: .string("in service"), count: 3)))
            // The inspector.
            let why = found["inspector"].string ?? ""
            #expect(
                why.contains("among 3 eligible arms for general") && why.contains("good satisfaction, user"), "\(why)")
            #expect(found["inspector_beliefs"].number == 3 && found["focus_returns"].bool == true)
            #expect(found["found_by_id"].bool == true)
            #expect(found["found_categories"] == .array([JSON](repeating: .string("code"), count: 4)))
            let lines = (found["csv"].string ?? "").split(separator: "\r\n").map { $0.split(separator: ",") }
            #expect(lines.first?.prefix(2) == ["arm", "requests"])
            #expect(lines.dropFirst().compactMap { Int($0[1]) }.reduce(0, +) == 13)
            // Looks.
            let layouts = found["layouts"].list
            #expect(layouts.count == 4)
            for layout in layouts {
                #expect(layout["scroll"].number == layout["width"].number && layout["outside"].number == 0, "\(layout)")
            }
            #expect(Set(layouts.compactMap { $0["paper"].string }).count == 2)
            #expect(found["toggled"] == layouts[0]["paper"])
            // The keyboard.
            let order = found["tab_order"].list
            #expect(order[0][0].string == "skip" && order[1][0].string == "#overview", "\(order)")
            #expect(order.allSatisfy { $0[1].bool == true }, "\(order)")
            #expect(found["chart_tip"].string?.isEmpty == false)
            #expect(found["unnamed"].list.isEmpty, "\(found["unnamed"])")
            // To itself.
            #expect(found["complaints"].list.isEmpty, "\(found["complaints"])")
            #expect(found["external"].list.isEmpty, "\(found["external"])")
            #expect(found["markup_ran"].bool == false && found["inline_ran"].bool == false)
            #expect(found["fetched_elsewhere"].bool == false)
            #expect(Set(found["violations"].list.compactMap(\.string)) == ["script-src-elem", "connect-src"])
            // Gone and back.
            #expect(found["lost"].string?.contains("connection") == true && found["back"].bool == true)
        }
    }
}
