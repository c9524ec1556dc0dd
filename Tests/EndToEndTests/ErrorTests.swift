import Foundation
import NIOCore
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("errors and malformed requests")
    struct ErrorTests {
        @Test("what is no chat is refused before a decision, with the code and the parameter")
        func chats() async throws {
            try await withRouter { world in
                for (body, code, param) in [
                    ("", "invalid_json", nil), ("[]", "invalid_json", nil), ("\"x\"", "invalid_json", nil),
                    ("{", "invalid_json", nil),
                    (#"{"messages":[{"role":"user","content":"x"}],"temperature":NaN}"#, "invalid_json", nil),
                    (#"{"messages":[{"role":"user","content":"x"}]} x"#, "invalid_json", nil),
                    (#"{"messages":[{"role":"user","content":"x"}],}"#, "invalid_json", nil),
                    ("{}", "missing_required_parameter", "messages"),
                    (#"{"messages":null}"#, "missing_required_parameter", "messages"),
                    (#"{"messages":[]}"#, "invalid_value", "messages"),
                    (#"{"messages":"x"}"#, "invalid_value", "messages"),
                    (#"{"messages":{}}"#, "invalid_value", "messages"),
                    (#"{"messages":["x"]}"#, "invalid_value", "messages[0]"),
                    (#"{"messages":[{"role":"user","content":"x"}],"model":7}"#, "invalid_value", "model"),
                    (#"{"messages":[{"role":"user","content":"x"}],"stream":"yes"}"#, "invalid_value", "stream"),
                    (#"{"messages":[{"role":"user","content":"x"}],"bandit":1}"#, "invalid_value", "bandit"),
                    (
                        #"{"messages":[{"role":"user","content":"x"}],"bandit":{"categorie":"x"}}"#,
                        "unknown_parameter", "bandit.categorie"
                    ),
                    (
                        #"{"messages":[{"role":"user","content":"x"}],"bandit":{"explore":3}}"#, "invalid_value",
                        "bandit.explore"
                    ),
                ] as [(String, String, String?)] {
                    expectError(
                        try await world.post("/v1/chat/completions", body), 400, code, param: param,
                        type: "invalid_request_error")
                }
                let notUTF8 = HTTPCall(
                    "POST", "/v1/chat/completions",
                    body: Array(#"{"messages":[{"role":"user","content":""#.utf8) + [0xFF] + Array(#""}]}"#.utf8))
                expectError(try await world.call(notUTF8), 400, "invalid_json")
                let loneSurrogate = World.body("", #"\ud800"#)
                let answer = try await world.post("/v1/chat/completions", loneSurrogate)
                #expect(answer.status == 400 || answer.status == 200)
            }
        }

        @Test("ten thousand levels of JSON are refused or passed, never a crash")
        func depth() async throws {
            try await withRouter { world in
                for count in [10_000, 200_000] {
                    let deep = String(repeating: "[", count: count) + String(repeating: "]", count: count)
                    let objects =
                        String(repeating: "{\"a\":", count: count) + "1" + String(repeating: "}", count: count)
                    for path in [
                        "/v1/chat/completions", "/v1/feedback", "/v1/feedback/batch", "/v1/decisions", "/v1/admin/keys",
                    ] {
                        for body in [deep, objects, World.body("\"x\":\(deep)"), "{\"value\":\(deep)"] {
                            let answer = try await world.post(path, body)
                            #expect(answer.status < 500, "\(path): \(answer.text.prefix(200))")
                        }
                    }
                }
                #expect(try await world.chat().status == 200)
            }
        }

        @Test("an unknown path is 404; a known one refuses other methods with 405 and Allow")
        func paths() async throws {
            try await withRouter { world in
                for path in [
                    "/v1", "/v1/nothing", "/v1/chat", "/../etc/passwd", "/v1/models/../../x",
                    "/%2e%2e/%2e%2e/etc/passwd",
                ] {
                    expectError(try await world.get(path), 404, "not_found")
                }
                for (path, allow) in [
                    ("/v1/chat/completions", "POST"), ("/v1/embeddings", "POST"), ("/v1/feedback", "GET, HEAD, POST"),
                    ("/v1/feedback/batch", "POST"),
                    ("/v1/models", "GET, HEAD"), ("/v1/decisions", "GET, HEAD, POST"), ("/v1/decisions/x", "GET, HEAD"),
                    ("/v1/posteriors", "GET, HEAD"),
                    ("/health/live", "GET, HEAD"), ("/v1/admin/keys", "GET, HEAD, POST"),
                    ("/v1/admin/keys/x", "DELETE"),
                    ("/metrics", "GET, HEAD"),
                ] {
                    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] where !allow.contains(method) {
                        let answer = try await world.call(HTTPCall(method, path))
                        expectError(answer, 405, "method_not_allowed")
                        #expect(answer.header("allow") == allow, "\(method) \(path)")
                    }
                }
                let query = try await world.post("/v1/chat/completions?api-version=1", World.body())
                #expect(query.status == 200)
            }
        }

        @Test(
            "a body beyond server.max_body_bytes is 413, by its length or as it comes",
            arguments: ["/v1/chat/completions", "/v1/feedback"])
        func tooLarge(path: String) async throws {
            try await withRouter(RouterFile(server: "max_body_bytes: 4096")) { world in
                let large = Array(World.body("", String(repeating: "x", count: 8192)).utf8)
                expectError(try await world.call(HTTPCall("POST", path, body: large)), 413, "request_too_large")
                let chunked = try await blocking { [port = world.port] in
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    try connection.send(
                        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    )
                    try connection.send(
                        Array("2800\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x2800) + Array("\r\n0\r\n\r\n".utf8))
                    return try connection.readAnswer()
                }
                expectError(chunked, 413, "request_too_large")
                // Announced, never sent: the answer does not wait for it.
                let announced = try await blocking { [port = world.port] in
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    try connection.send(
                        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
                    )
                    return try connection.readAnswer()
                }
                expectError(announced, 413, "request_too_large")
                let fits = Array(World.body("", String(repeating: "x", count: 3000)).utf8)
                #expect(try await world.call(HTTPCall("POST", "/v1/chat/completions", body: fits)).status == 200)
                #expect(world.asked.count == 1)
            }
        }

        @Test("chunked bodies arrive whole, and Expect: 100-continue is answered")
        func bodies() async throws {
            try await withRouter { world in
                let body = World.body("", "chunked")
                for path in ["/v1/chat/completions", "/v1/decisions"] {
                    let answer = try await blocking { [port = world.port] in
                        let connection = try HTTPConnection(port: port, patience: 10)
                        defer { connection.close() }
                        try connection.send(
                            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        )
                        for character in body { try connection.send("1\r\n\(character)\r\n") }
                        try connection.send("0\r\n\r\n")
                        return try connection.readAnswer()
                    }
                    #expect(answer.status == 200, "\(path): \(answer.text)")
                }
                #expect(
                    JSON(String(buffer: world.provider.calls[0].body))["messages"][0]["content"].string == "chunked")
            }
        }

        private static let ambiguous = [
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
            "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "Content-Length: 2, 2\r\n\r\n{}",
            "Content-Length: +2\r\n\r\n{}",
            "Content-Length: -2\r\n\r\n{}", "Content-Length: 0x2\r\n\r\n{}", "Content-Length: 2x\r\n\r\n{}",
            "Content-Length: \r\n\r\n{}",
            "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: identity\r\n\r\n{}",
            "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Host: elsewhere\r\nContent-Length: 2\r\n\r\n{}",
            " folded: x\r\nContent-Length: 2\r\n\r\n{}", "No colon\r\nContent-Length: 2\r\n\r\n{}",
        ]

        @Test("requests that two servers could read differently are refused with 400, and the connection is closed")
        func smuggling() async throws {
            try await withRouter { world in
                for rest in Self.ambiguous {
                    for path in ["/v1/chat/completions", "/v1/decisions"] {
                        let what = "\(path) \(rest.debugDescription)"
                        let (statuses, isClosed) = try await blocking { [port = world.port] in
                            let connection = try HTTPConnection(port: port, patience: 5)
                            defer { connection.close() }
                            try connection.send(
                                "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(rest)GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            )
                            var statuses: [Int] = []
                            while let answer = try? connection.readAnswer() { statuses.append(answer.status) }
                            return (statuses, connection.isClosedByPeer())
                        }
                        #expect(statuses == [400], "\(what)")
                        #expect(isClosed, "\(what)")
                    }
                }
                #expect(try await world.chat().status == 200)
            }
        }

        @Test("headers beyond all measure and requests that never end do not stop the router")
        func floods() async throws {
            try await withRouter { world in
                let status = try await blocking { [port = world.port] () -> Int? in
                    let connection = try HTTPConnection(port: port, patience: 10)
                    defer { connection.close() }
                    try? connection.send(
                        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 4 << 20))\r\n\r\n"
                    )
                    return try? connection.readAnswer().status
                }
                #expect(status == nil || (400..<500).contains(status ?? 0))
                var idle: [HTTPConnection] = []
                for _ in 0..<200 {
                    let connection = try HTTPConnection(port: world.port)
                    try connection.send(
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
                    )
                    idle.append(connection)
                }
                #expect(try await world.chat().status == 200)
                for connection in idle { connection.close() }
            }
        }

        @Test("text that is code elsewhere is only text here")
        func injections() async throws {
            try await withRouter { world in
                let evil = #"'; DROP TABLE decision; -- \" \u0000 \n [31m"#
                let answer = try await world.chat(
                    #""model":"auto","bandit":{"session_id":"\#(evil)"},"user":"\#(evil)""#, evil)
                #expect(answer.status == 200, "\(answer.text)")
                let id = answer.header("x-bandit-decision-id")
                #expect(
                    try await world.feedback(id, "true", #""comment":"\#(evil)","idempotency_key":"\#(evil)""#).status
                        == 200)
                #expect(try await world.chat(#""model":"\#(evil)""#).status == 404)
                let shown = try await world.settled(id)
                #expect(shown["feedback"][0]["comment"] == JSON("\"\(evil)\""))
                for path in [
                    "/v1/posteriors?arm='%20OR%201=1", "/v1/decisions?route=%27;--&limit=5",
                    "/v1/decisions/%27%20OR%201=1",
                ] {
                    #expect(try await world.get(path).status < 500)
                }
                #expect(!world.router.errors.text.contains("DROP TABLE"))
                expectError(try await world.get("/v1/decisions?limit=0"), 400, "invalid_value", param: "limit")
                expectError(try await world.get("/v1/decisions?limit=x"), 400, "invalid_value", param: "limit")
            }
        }
    }
}
