import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// What must never come back. SQL, deep JSON, huge headers and smuggling are in ``ErrorTests``, scopes in ``KeyTests``, lines of
    /// the log in ``ObservabilityTests``.
    @Suite("security regressions")
    struct SecurityTests {
        @Test("no client decides whom the router calls: not by host, by target, by forwarding headers or by body")
        func serverSideRequests() async throws {
            let victim = try RawUpstream { _ in .json("{}") }
            defer { victim.stop() }
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "chat")
                let target = "127.0.0.1:\(victim.port)"
                let body = World.body(
                    #""base_url":"http://\#(target)/v1","api_base":"http://\#(target)","url":"http://\#(target)","provider":{"base_url":"http://\#(target)"}"#
                )
                let calls = [
                    HTTPCall("POST", "/v1/chat/completions", headers: [("Host", target)], json: body),
                    HTTPCall(
                        "POST", "/v1/chat/completions",
                        headers: [
                            ("X-Forwarded-Host", target), ("Forwarded", "host=\(target)"),
                            ("X-Original-URL", "http://\(target)/"),
                            ("X-Upstream", "http://\(target)"), ("Referer", "http://\(target)"),
                        ], json: body),
                    HTTPCall("POST", "http://\(target)/v1/chat/completions", json: body),
                    HTTPCall("POST", "//\(target)/v1/chat/completions", json: body),
                    HTTPCall("POST", "/v1/chat/completions?url=http://\(target)", json: body),
                    HTTPCall("CONNECT", target, headers: [("Host", target)]),
                ]
                for call in calls {
                    let answer = try? await world.call(call, key: key)
                    #expect((answer?.status ?? 400) < 500, "\(call.path)")
                }
                let image =
                    #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://\#(target)/x.png"}}]}]}"#
                _ = try await world.post("/v1/chat/completions", image, key: key)
                #expect(victim.requests.isEmpty)
                for call in world.provider.calls {
                    #expect(call.path == "/v1/chat/completions" && call.header("host") != target)
                }
            }
        }

        @Test(
            "of the client's headers nothing goes upstream, first call or fallback; of the provider's nothing comes back"
        )
        func headers() async throws {
            let upstream = try RawUpstream { request in
                if request.text.contains("m-a") {
                    return .json(
                        #"{"error":{"message":"no"}}"#, status: "500 Oops",
                        headers: ["Set-Cookie: a=1", "X-Secret: up"])
                }
                return .json(
                    #"{"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
                    headers: [
                        "Set-Cookie: session=upstream", "X-Secret: upstream", "Server: upstream",
                        "x-bandit-arm: forged",
                    ])
            }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let key = try await world.makeKey("--scope", "chat")
                let answer = try await world.chat(
                    headers: [
                        ("Cookie", "session=client"), ("X-Api-Key", "sk-client"), ("OpenAI-Organization", "org-client"),
                        ("X-Forwarded-For", "10.1.2.3"), ("X-Custom", "client"), ("User-Agent", "client/1"),
                        ("Proxy-Authorization", "Basic client"),
                    ], key: key)
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "b" && upstream.requests.count == 2)
                for request in upstream.requests {
                    let names = request.head.split(separator: "\r\n").dropFirst().map {
                        $0.prefix { $0 != ":" }.lowercased()
                    }
                    #expect(
                        Set(names).isSubset(of: [
                            "host", "authorization", "content-type", "content-length", "accept", "accept-encoding",
                        ]), "\(names)")
                    #expect(!request.head.contains("client") && !request.head.contains(key))
                    #expect(request.head.contains("Bearer sk-upstream"))
                }
                for name in ["set-cookie", "x-secret", "server"] { #expect(answer.header(name) == nil) }
                #expect(answer.headers.filter { $0.name.lowercased() == "x-bandit-arm" }.map(\.value) == ["b"])
            }
        }

        @Test("no path leads to a file, however it is written")
        func traversal() async throws {
            try await withRouter { world in
                for path in [
                    "/../../../../etc/passwd", "/v1/../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd",
                    "/%2e%2e/%2e%2e/etc/passwd",
                    "/v1/models/..%2f..%2f..%2fetc%2fpasswd", "/v1/models/../../router.yaml",
                    "/dashboard/../../router.yaml",
                    "/dashboard/..%2f..%2frouter.yaml", "/openapi.json/../router.yaml", "//etc/passwd", "/.git/config",
                    "/router.yaml", "/store.sqlite", "/store.sqlite.secret", "/v1/decisions/..%2f..%2fstore.sqlite",
                    "/v1/models/%00", "/v1/models/a%00.yaml", "/v1/models/%ff%fe", "/\\..\\..\\etc\\passwd",
                ] {
                    let answer = try await world.get(path)
                    #expect([400, 404, 405].contains(answer.status), "\(path): \(answer.status)")
                    #expect(!answer.text.contains("root:") && !answer.text.contains("sk-upstream"), "\(path)")
                }
            }
        }

        @Test("no key makes itself or another stronger: every administration is closed to the other scopes")
        func escalation() async throws {
            try await withRouter { world in
                let admin = try await world.makeKey("--scope", "admin")
                let weak = try await world.makeKey("--scope", "chat", "--scope", "feedback", "--scope", "read")
                let id = try await world.get("/v1/admin/keys", key: admin).json["data"][0]["id"].string ?? ""
                let arm = #"{"id":"evil","provider":"up","model":"m","routes":["auto"]}"#
                for call in [
                    HTTPCall("POST", "/v1/admin/keys", json: #"{"name":"k","scopes":["admin"]}"#),
                    HTTPCall("GET", "/v1/admin/keys"), HTTPCall("DELETE", "/v1/admin/keys/\(id)"),
                    HTTPCall("POST", "/v1/admin/arms", json: arm),
                    HTTPCall("PATCH", "/v1/admin/arms/a", json: #"{"enabled":false}"#),
                    HTTPCall("DELETE", "/v1/admin/arms/b"), HTTPCall("POST", "/v1/admin/reload"),
                    HTTPCall(
                        "POST", "/v1/admin/keys?scope=admin", headers: [("X-Scope", "admin")],
                        json: #"{"name":"k","scopes":["chat"]}"#),
                ] {
                    expectError(
                        try await world.call(call, key: weak), 403, "insufficient_scope", type: "permission_error")
                    expectError(try await world.call(call), 401, "missing_api_key")
                }
                // The path is matched as it is: no spelling of it opens another door.
                for path in [
                    "/v1/admin//keys", "/v1/admin/keys/", "/V1/admin/keys", "/v1/admin/./keys", "/v1/%61dmin/keys",
                    "/v1/models/../admin/keys",
                ] {
                    let answer = try await world.get(path, key: weak)
                    #expect(
                        [400, 403, 404, 405].contains(answer.status) && !answer.text.contains("scopes\""),
                        "\(path): \(answer.text)")
                }
                #expect(try await world.get("/v1/admin/keys", key: admin).json["data"].list.count == 2)
                #expect(try await world.get("/v1/arms", key: admin).json["data"].list.count == 3)
                // A name that looks like more than it is stays a name.
                let made = try await world.post(
                    "/v1/admin/keys", #"{"name":"x\",\"scopes\":[\"admin\"]","scopes":["chat"],"group":"g"}"#,
                    key: admin)
                let named = try #require(made.json["key"].string)
                expectError(try await world.get("/v1/admin/keys", key: named), 403, "insufficient_scope")
            }
        }

        @Test("clients that send slowly, or nothing, are cut off after idle_timeout; others are served meanwhile")
        func slowLoris() async throws {
            try await withRouter(RouterFile(server: "idle_timeout: 700ms")) { world in
                let beginnings = [
                    "", "POST /v1/chat", "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-A: ",
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
                    "POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
                    "POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
                ]
                let clock = ContinuousClock()
                let start = clock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for beginning in beginnings {
                        group.addTask {
                            let connection = try HTTPConnection(port: world.port, patience: 20)
                            if !beginning.isEmpty { try connection.send(beginning) }
                            // A byte now and then keeps no connection.
                            let drip = Task {
                                while !Task.isCancelled {
                                    try await Task.sleep(for: .milliseconds(100))
                                    try connection.send("x")
                                }
                            }
                            let isClosed = try await blocking { () -> Bool in
                                while let some = try connection.readSome() { _ = some }
                                return true
                            }
                            drip.cancel()
                            connection.close()
                            #expect(isClosed, "\(beginning)")
                        }
                    }
                    group.addTask {
                        let answer = try await world.chat()
                        #expect(answer.status == 200)
                    }
                    try await group.waitForAll()
                }
                #expect(clock.now - start < .seconds(15))
                #expect(try await world.chat().status == 200)
            }
        }

        @Test("connections beyond max_connections wait and are served once others end")
        func manyConnections() async throws {
            try await withRouter(RouterFile(server: "max_connections: 4")) { world in
                var held: [HTTPConnection] = []
                for _ in 0..<4 {
                    let connection = try HTTPConnection(port: world.port)
                    try connection.send(HTTPCall("GET", "/health/live"))
                    #expect(try await blocking { try connection.readAnswer().status } == 200)
                    held.append(connection)
                }
                let waiting = try HTTPConnection(port: world.port, patience: 1)
                try waiting.send(HTTPCall("GET", "/health/live"))
                #expect((try? await blocking { try waiting.readAnswer().status }) == nil)
                waiting.close()
                for connection in held { connection.close() }
                #expect(try await eventually { (try? await world.get("/health/live").status) == 200 })
            }
        }
    }
}
