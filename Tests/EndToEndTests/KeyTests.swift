import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("keys and limits")
    struct KeyTests {
        @Test("keyless: loopback names only, by whatever port; the first key ends it, and deleting it opens nothing")
        func keyless() async throws {
            try await withRouter { world in
                for (host, status) in [
                    ("127.0.0.1", 200), ("localhost:8080", 200), ("[::1]:1", 200), ("127.9.9.9:80", 200),
                    ("LOCALHOST", 200),
                    ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost.evil.example:80", 403),
                    ("10.0.0.1", 403),
                ] {
                    for call in [
                        HTTPCall("GET", "/v1/models", headers: [("Host", host)]),
                        HTTPCall("POST", "/v1/chat/completions", headers: [("Host", host)], json: World.body()),
                    ] {
                        let answer = try await world.call(call)
                        #expect(answer.status == status, "\(host): \(answer.text)")
                        if status == 403 { expectError(answer, 403, "host_not_allowed", type: "permission_error") }
                    }
                }
                let key = try await world.makeKey("--scope", "admin")
                // With keys any Host is welcome: a web page has no key.
                let named = HTTPCall("GET", "/v1/models", headers: [("Host", "router.example")])
                #expect(try await world.call(named, key: key).status == 200)
                let list = try await world.run(["keys", "list", "--format", "json"])
                let id = try #require(JSON(list.output)["data"][0]["id"].string)
                #expect(try await world.run(["keys", "delete", id]).status == 0)
                let gone = try await eventually(within: .seconds(2)) {
                    try await world.get("/v1/models", key: key).status == 401
                }
                #expect(gone)
                expectError(try await world.get("/v1/models"), 401, "missing_api_key")
                expectError(try await world.chat(), 401, "missing_api_key")
            }
        }

        @Test("keys made and deleted by the command line are in force within a second, and are shown once")
        func commandLine() async throws {
            try await withRouter { world in
                let made = try await world.run([
                    "keys", "create", "--name", "n", "--scope", "chat", "--scope", "feedback", "--group", "g",
                    "--requests-per-minute", "5", "--tokens-per-minute", "6", "--concurrent", "7", "--usd-per-day",
                    "0.5", "--format",
                    "json",
                ])
                let json = JSON(made.output)
                let key = try #require(json["key"].string)
                #expect(made.status == 0 && key.hasPrefix("br-") && key.count == 46)
                #expect(json["name"].string == "n" && json["scopes"] == .array([.string("chat"), .string("feedback")]))
                #expect(
                    json["limits"]["requests_per_minute"].number == 5 && json["limits"]["usd_per_day"].number == 0.5)
                let clock = ContinuousClock()
                let start = clock.now
                #expect(try await world.knows(key))
                #expect(clock.now - start < .seconds(1.5))
                let list = try await world.run(["keys", "list", "--format", "json"])
                #expect(!list.output.contains(key) && JSON(list.output)["data"].list.count == 1)
                #expect(try await world.run(["keys", "delete", json["id"].string ?? ""]).status == 0)
                let deleted = clock.now
                #expect(try await eventually { try await world.get("/v1/models", key: key).status == 401 })
                #expect(clock.now - deleted < .seconds(1.5))
                let again = try await world.run(["keys", "delete", json["id"].string ?? ""])
                #expect(again.status == 3 && again.errors.contains("no key"))
                // Nothing that is stored, beside the secret, is usable as a key, and nothing was said of it.
                for name in ["store.sqlite", "store.sqlite-wal"] {
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: world.folder(name)))
                    #expect(
                        bytes.range(of: Data(key.utf8)) == nil && bytes.range(of: Data(key.dropFirst(3).utf8)) == nil)
                    #expect(world.folder.mode(of: name) == 0o600)
                }
                #expect(world.folder.mode(of: "store.sqlite.secret") == 0o600)
                #expect(!world.router.errors.text.contains(key) && !world.router.errors.text.contains("sk-upstream"))
            }
        }

        @Test("the admin endpoints make, list and delete keys at once")
        func administration() async throws {
            try await withRouter { world in
                let root = try await world.makeKey("--scope", "admin", "--concurrent", "3")
                let second = try await world.post("/v1/admin/keys", #"{"name":"app","scopes":["chat"]}"#, key: root)
                #expect(second.status == 201)
                let app = try #require(second.json["key"].string)
                let list = try await world.get("/v1/admin/keys", key: root)
                #expect(list.json["data"].list.compactMap { $0["name"].string }.sorted() == ["app", "test"])
                #expect(list.json["data"].list.allSatisfy { $0["key"] == .missing } && !list.text.contains(app))
                #expect(try await world.chat(key: app).status == 200)
                let id = try #require(second.json["id"].string)
                let deleted = try await world.call(HTTPCall("DELETE", "/v1/admin/keys/\(id)"), key: root)
                #expect(deleted.status == 204 && deleted.body.isEmpty)
                expectError(try await world.chat(key: app), 401, "invalid_api_key")
                expectError(
                    try await world.call(HTTPCall("DELETE", "/v1/admin/keys/\(id)"), key: root), 404, "not_found",
                    param: "id")
                for (body, code, param) in [
                    ("{}", "missing_required_parameter", "name"),
                    (#"{"name":"x"}"#, "missing_required_parameter", "scopes"),
                    (#"{"name":"x","scopes":["god"]}"#, "invalid_value", "scopes"),
                    (#"{"name":"x","scopes":[]}"#, "invalid_value", "scopes"),
                    (
                        #"{"name":"x","scopes":["chat"],"limits":{"concurrent":0}}"#, "invalid_value",
                        "limits.concurrent"
                    ),
                    (#"{"name":"x","scopes":["chat"],"limits":{"rpm":1}}"#, "unknown_parameter", "limits.rpm"),
                    (#"{"name":"x","scopes":["chat"],"expires_at":"soon"}"#, "invalid_value", "expires_at"),
                ] {
                    expectError(try await world.post("/v1/admin/keys", body, key: root), 400, code, param: param)
                }
                let past = try await world.post(
                    "/v1/admin/keys", #"{"name":"old","scopes":["chat"],"expires_at":"2020-01-01T00:00:00Z"}"#,
                    key: root)
                #expect(past.status == 201)
                expectError(try await world.chat(key: past.json["key"].string), 401, "invalid_api_key")
            }
        }

        @Test("each scope opens its endpoints and no other; admin opens all")
        func scopes() async throws {
            try await withRouter { world in
                let admin = try await world.makeKey("--scope", "admin")
                var keys: [String: String] = ["admin": admin]
                for scope in ["chat", "outcome", "feedback", "read"] {
                    keys[scope] = try await world.post(
                        "/v1/admin/keys", #"{"name":"k","scopes":["\#(scope)"]}"#, key: admin
                    ).json["key"].string
                }
                let decision = try #require(try await world.chat(key: keys["chat"]).header("x-bandit-decision-id"))
                let needs: [(HTTPCall, String)] = [
                    (HTTPCall("POST", "/v1/chat/completions", json: World.body()), "chat"),
                    (HTTPCall("POST", "/v1/embeddings", json: "{}"), "chat"),
                    (HTTPCall("POST", "/v1/decisions", json: "{}"), "chat"),
                    (HTTPCall("POST", "/v1/decisions/\(decision)/outcome", json: "{}"), "outcome"),
                    (HTTPCall("POST", "/v1/feedback", json: "{}"), "feedback"),
                    (HTTPCall("POST", "/v1/feedback/batch", json: "[]"), "feedback"),
                    (HTTPCall("GET", "/v1/arms"), "read"), (HTTPCall("GET", "/v1/categories"), "read"),
                    (HTTPCall("GET", "/v1/routes"), "read"),
                    (HTTPCall("GET", "/v1/posteriors"), "read"), (HTTPCall("GET", "/v1/usage"), "read"),
                    (HTTPCall("GET", "/metrics"), "read"),
                    (HTTPCall("GET", "/v1/decisions"), "read"), (HTTPCall("GET", "/v1/decisions/\(decision)"), "read"),
                    (HTTPCall("GET", "/v1/admin/keys"), "admin"),
                    (HTTPCall("POST", "/v1/admin/keys", json: "{}"), "admin"),
                    (HTTPCall("POST", "/v1/admin/reload"), "admin"),
                ]
                for (call, scope) in needs {
                    for (name, key) in keys {
                        let answer = try await world.call(call, key: key)
                        if name == scope || name == "admin" {
                            #expect(
                                ![401, 403].contains(answer.status) && answer.status < 500,
                                "\(call.path) with \(name): \(answer.text)")
                        } else {
                            expectError(answer, 403, "insufficient_scope", type: "permission_error")
                        }
                    }
                    expectError(try await world.call(call), 401, "missing_api_key", type: "authentication_error")
                    expectError(try await world.call(call, key: "br-wrong"), 401, "invalid_api_key")
                }
                for key in keys.values { #expect(try await world.get("/v1/models", key: key).status == 200) }
                for path in ["/health/live", "/health/ready"] { #expect(try await world.get(path).status == 200) }
                let lower = HTTPCall("GET", "/v1/models", headers: [("authorization", "bEaReR   \(admin)")])
                #expect(try await world.call(lower).status == 200)
                let basic = HTTPCall("GET", "/v1/models", headers: [("Authorization", "Basic eDp5")])
                expectError(try await world.call(basic), 401, "missing_api_key")
            }
        }

        @Test("feedback is for the keys of the group that decided, and for admin")
        func groups() async throws {
            try await withRouter { world in
                let admin = try await world.makeKey("--scope", "admin")
                func key(_ scope: String, _ group: String?) async throws -> String {
                    let more = group.map { #","group":"\#($0)""# } ?? ""
                    let answer = try await world.post(
                        "/v1/admin/keys", #"{"name":"k","scopes":["\#(scope)"]\#(more)}"#, key: admin)
                    return try #require(answer.json["key"].string)
                }
                let app = try await key("chat", "g")
                let browser = try await key("feedback", "g")
                let stranger = try await key("feedback", nil)
                let answer = try await world.chat(key: app)
                let id = answer.header("x-bandit-decision-id")
                let completion = try #require(answer.json["id"].string)
                expectError(
                    try await world.feedback(id, "true", key: stranger), 403, "decision_forbidden", param: "decision_id"
                )
                #expect(try await world.feedback(id, "true", key: browser).json["status"].string == "applied")
                #expect(try await world.feedback(id, "false", key: admin).json["status"].string == "replaced")
                let byCompletion = #"{"completion_id":"\#(completion)","value":true}"#
                expectError(
                    try await world.post("/v1/feedback", byCompletion, key: stranger), 404, "decision_not_found",
                    param: "completion_id")
                #expect(try await world.post("/v1/feedback", byCompletion, key: browser).status == 200)
            }
        }

        @Test("requests a minute: the bucket's capacity and no more, and a refused request costs nothing upstream")
        func requestsPerMinute() async throws {
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "chat", "--requests-per-minute", "3")
                for _ in 0..<3 { #expect(try await world.chat(key: key).status == 200) }
                let refused = try await world.chat(key: key)
                expectError(refused, 429, "rate_limit_exceeded", type: "rate_limit_error")
                #expect(refused.header("retry-after").flatMap(Int.init).map { (1...20).contains($0) } == true)
                #expect(world.asked.count == 3)
            }
        }

        @Test("tokens a minute: charged with what was really used, below zero if need be")
        func tokensPerMinute() async throws {
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "chat", "--tokens-per-minute", "10")
                world.provider.script([FaultPlan(tokens: 30)], for: "m-a")
                #expect(try await world.chat(key: key).status == 200)
                let refused = try await world.chat(key: key)
                expectError(refused, 429, "rate_limit_exceeded")
                // Some twenty tokens in debt, at one in six seconds.
                #expect(refused.header("retry-after").flatMap(Int.init).map { $0 > 60 } == true)
            }
        }

        @Test(
            "concurrent: refused at once beyond the limit; a slot comes back when the answer ends, fails, or the client leaves"
        )
        func concurrent() async throws {
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "chat", "--concurrent", "1")
                world.provider.script([FaultPlan(fault: .stall, atToken: 2)], for: "m-a")
                let connection = try HTTPConnection(port: world.port)
                try connection.send(
                    HTTPCall(
                        "POST", "/v1/chat/completions", headers: [("Authorization", "Bearer \(key)")],
                        json: World.body(#""stream":true"#)))
                _ = try await blocking { try connection.readHead() }
                expectError(try await world.chat(key: key), 429, "concurrency_limit_exceeded")
                connection.close()
                #expect(try await eventually { try await world.chat(key: key).status == 200 })
                #expect(try await world.chat(key: key).status == 200)
                world.provider.script([FaultPlan(status: 500)], for: "m-c")
                #expect(try await world.chat(#""model":"c""#, key: key).status == 502)
                #expect(try await world.chat(key: key).status == 200)
            }
        }

        @Test("dollars a day: the worst case is held before the call, so that no race overshoots")
        func dollarsPerDay() async throws {
            try await withRouter { world in
                // Prompt of at most 30 tokens and 10 tokens of answer: at most 0.05 USD; what is really used: a few cents.
                let key = try await world.makeKey("--scope", "chat", "--usd-per-day", "0.12")
                let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                    for _ in 0..<12 { group.addTask { try await world.chat(#""max_tokens":10"#, key: key) } }
                    return try await group.reduce(into: [HTTPAnswer]()) { $0.append($1) }
                }
                let good = answers.filter { $0.status == 200 }
                let spent = good.compactMap { $0.header("x-bandit-cost-usd").flatMap(Double.init) }.reduce(0, +)
                #expect(!good.isEmpty && good.count < 12 && spent <= 0.12, "\(spent) in \(good.count)")
                for answer in answers where answer.status != 200 {
                    expectError(answer, 429, "budget_exceeded")
                    #expect(answer.header("retry-after").flatMap(Int.init).map { $0 <= 86_400 } == true)
                }
                expectError(try await world.chat(#""max_tokens":1000"#, key: key), 429, "budget_exceeded")
                #expect(world.asked.count == good.count)
            }
        }

        @Test("dollars a day survive a restart")
        func dollarsAfterRestart() async throws {
            let provider = makeProvider()
            let port = try await provider.start()
            let folder = try TemporaryFolder()
            try folder.write(RouterFile().text(folder: folder.path, upstream: port), to: "router.yaml")
            var started = try await startRouter(folder)
            var world = World(folder: folder, provider: provider, router: started.router, port: started.port)
            let key = try await world.makeKey("--scope", "chat", "--usd-per-day", "0.06")
            #expect(try await world.chat(#""max_tokens":5"#, key: key).status == 200)
            expectError(try await world.chat(#""max_tokens":20"#, key: key), 429, "budget_exceeded")
            world.router.signal(SIGTERM)
            #expect(await world.router.exitStatus() == 0)
            started = try await startRouter(folder)
            world = World(folder: folder, provider: provider, router: started.router, port: started.port)
            expectError(try await world.chat(#""max_tokens":20"#, key: key), 429, "budget_exceeded")
            world.router.signal(SIGKILL)
            _ = await world.router.exitStatus()
            await provider.stop()
        }
    }
}
