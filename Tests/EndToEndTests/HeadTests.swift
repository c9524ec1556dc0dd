import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What is decided by the head of a request, before anything of its body is read.
    @Suite("heads and bodies of requests")
    struct HeadTests {
        private static let endpoints = [
            "/v1/chat/completions", "/v1/embeddings", "/v1/decisions", "/v1/feedback", "/v1/feedback/batch",
            "/v1/admin/arms", "/v1/admin/keys",
        ]

        /// Sends text as it is and reads one answer.
        private func raw(_ world: World, _ text: String, to method: String = "GET") async throws -> HTTPAnswer {
            try await blocking { [port = world.port] in
                let connection = try HTTPConnection(port: port)
                defer { connection.close() }
                try connection.send(text)
                return try connection.readAnswer(to: method)
            }
        }

        @Test("key and scope are checked at the head: who has none is answered without sending the body")
        func identity() async throws {
            try await withRouter { world in
                let reader = try await world.makeKey("--scope", "read")
                for path in Self.endpoints {
                    let head =
                        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 33000000\r\n"
                    expectError(try await raw(world, head + "\r\n"), 401, "missing_api_key")
                    expectError(
                        try await raw(world, head + "Authorization: Bearer br-x\r\n\r\n"), 401, "invalid_api_key")
                    expectError(
                        try await raw(world, head + "Authorization: Bearer \(reader)\r\n\r\n"), 403,
                        "insufficient_scope")
                    // Nobody is asked to send what will not be read.
                    let expecting = try await blocking { [port = world.port] in
                        let connection = try HTTPConnection(port: port)
                        defer { connection.close() }
                        try connection.send(head + "Expect: 100-continue\r\n\r\n")
                        return (try connection.readAnswer().status, connection.interimStatuses)
                    }
                    #expect(expecting.0 == 401 && expecting.1.isEmpty, "\(path): \(expecting)")
                }
            }
        }

        @Test("a refused request that is short leaves its connection in use, whatever its body says")
        func connectionStays() async throws {
            try await withRouter { world in
                _ = try await world.makeKey("--scope", "chat")
                let body = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
                let refused =
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                let statuses = try await blocking { [port = world.port] in
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    try connection.send(refused + refused + "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    return try (0..<3).map { _ in try connection.readAnswer().status }
                }
                #expect(statuses == [401, 401, 200])
            }
        }

        @Test(
            "bodies in flight share one budget: beyond it 503, at once, while short ones get through and it comes back")
        func budget() async throws {
            let file = RouterFile(server: "max_body_bytes: 1048576, max_in_flight_body_bytes: 4194304")
            try await withRouter(file) { world in
                let half = [UInt8](repeating: 0x20, count: 900_000)
                for path in ["/v1/chat/completions", "/v1/feedback"] {
                    let head =
                        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 1000000\r\n\r\n"
                    var open: [HTTPConnection] = []
                    var refused = 0
                    for _ in 0..<12 {
                        let connection = try HTTPConnection(port: world.port)
                        try? await blocking {
                            try connection.send(head)
                            try connection.send(half)
                        }
                        open.append(connection)
                    }
                    for connection in open where try await blocking({ connection.hasBytes(within: 1000) }) {
                        let answer = try await blocking { try connection.readAnswer() }
                        expectError(answer, 503, "bodies_exceed_memory")
                        refused += 1
                    }
                    // 3.5 MB of bodies that are long, and no more.
                    #expect(refused >= 8 && refused <= 10, "\(path): \(refused)")
                    #expect(try await world.chat().status == 200, "an ordinary body gets through")
                    for connection in open { connection.close() }
                    let comesBack = try await eventually {
                        try await world.chat("", String(repeating: "x", count: 900_000)).status == 200
                    }
                    #expect(comesBack, "\(path)")
                }
            }
        }

        @Test("Expect: 100-continue is answered at every endpoint that reads a body")
        func expectation() async throws {
            try await withRouter { world in
                for path in Self.endpoints.dropLast() {
                    let status = try await blocking { [port = world.port] in
                        let connection = try HTTPConnection(port: port)
                        defer { connection.close() }
                        try connection.send(
                            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
                        guard connection.hasBytes(within: 20_000) else { return 0 }
                        try connection.send("{}")
                        return try connection.readAnswer().status
                    }
                    #expect((200..<500).contains(status), "\(path): \(status)")
                }
            }
        }

        @Test("HEAD is answered wherever GET is, with GET's head and no body, and the connection goes on")
        func heads() async throws {
            try await withRouter { world in
                for path in [
                    "/health/live", "/health/ready", "/v1/models", "/v1/arms", "/metrics", "/openapi.json",
                    "/dashboard",
                    "/v1/events", "/v1/models/none", "/nothing", "/v1/decisions/x",
                ] {
                    let first = path == "/v1/events" ? nil : try await world.get(path)
                    let (answer, next) = try await blocking { [port = world.port] in
                        let connection = try HTTPConnection(port: port)
                        defer { connection.close() }
                        try connection.send("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        let answer = try connection.readAnswer(to: "HEAD")
                        try connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        return (answer, try connection.readAnswer())
                    }
                    #expect(answer.status == first?.status ?? 200 && answer.body.isEmpty, "\(path)")
                    #expect(answer.header("content-type") == first?.header("content-type") ?? "text/event-stream")
                    #expect(next.status == 200 && next.json["status"].string == "ok", "\(path): \(next.text)")
                }
                let posted = try await world.call(HTTPCall("HEAD", "/v1/chat/completions"))
                #expect(posted.status == 405 && posted.header("allow") == "POST")
                let other = try await world.call(HTTPCall("PUT", "/v1/models"))
                #expect(other.header("allow") == "GET, HEAD")
            }
        }

        @Test("a request names one host that can be one; a target may name the server itself")
        func hosts() async throws {
            try await withRouter { world in
                for path in ["/v1/chat/completions", "/v1/feedback", "/health/live", "/v1/nothing"] {
                    for host in [
                        "", "Host:\r\n", "Host: a b\r\n", "Host: user@localhost\r\n", "Host: localhost/x\r\n",
                        "Host: localhost:80x\r\n", "Host: localhost\r\nHost: localhost\r\n", "Host: [::1\r\n",
                    ] {
                        let answer = try await raw(world, "GET \(path) HTTP/1.1\r\n\(host)\r\n")
                        expectError(answer, 400, "invalid_request")
                    }
                }
                #expect(try await raw(world, "GET /health/live HTTP/1.0\r\n\r\n").status == 200)
                let body = World.body()
                let head = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                for target in ["http://localhost/v1/chat/completions", "HTTP://127.0.0.1:9/v1/chat/completions?x=1"] {
                    #expect(try await raw(world, "POST \(target) HTTP/1.1\r\n\(head)\r\n\(body)").status == 200)
                }
                let live = try await raw(world, "GET http://localhost/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(live.status == 200)
                // The target's server is the one that counts.
                for target in ["http://evil.example/v1/chat/completions", "http://evil.example/v1/feedback"] {
                    expectError(
                        try await raw(world, "POST \(target) HTTP/1.1\r\n\(head)\r\n\(body)"), 403, "host_not_allowed")
                }
                for target in ["ftp://localhost/health/live", "http://", "http://a@localhost/health/live"] {
                    let answer = try await raw(world, "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    #expect([400, 404].contains(answer.status), "\(target)")
                }
            }
        }
    }
}
