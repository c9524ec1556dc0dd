import Foundation
import NIOCore
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// The ways in which clients ask that were written for other servers.
    @Suite("doors that clients knock on")
    struct DoorTests {
        @Test("paths: slashes too many, one at the end, without /v1 or with it twice; the root leads to the dashboard")
        func paths() async throws {
            try await withRouter { world in
                for path in [
                    "/v1//chat/completions", "/v1/chat/completions/", "//v1/chat/completions", "/chat/completions",
                    "/v1/v1/chat/completions", "/chat/completions/?api-version=2024-06-01",
                ] {
                    #expect(try await world.post(path, World.body()).status == 200, "\(path)")
                }
                for path in ["/models", "/v1/models/", "/v1//models", "//models//a"] {
                    #expect(try await world.get(path).status == 200, "\(path)")
                }
                let root = try await world.get("/")
                #expect(root.status == 307 && root.header("location") == "/dashboard")
                let bandit = try await world.post("/v1/bandit/decisions", "{}")
                let id = try #require(bandit.json["decision_id"].string)
                #expect(try await world.post("/v1/bandit/decisions/\(id)/outcome", "{}").status == 200)
                expectError(
                    try await world.post("/v1/decisions", #"{"name":"x","inputs":{}}"#), 400, "unknown_parameter",
                    param: "name")
            }
        }

        @Test("a key may come in any of four fields, on every side; of several the first that is known counts")
        func keys() async throws {
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "chat", "--scope", "read")
                for name in ["x-api-key", "api-key", "x-goog-api-key", "X-Api-Key", "API-KEY"] {
                    #expect(try await world.chat(headers: [(name, key)]).status == 200, "\(name)")
                    #expect(try await world.get("/v1/arms", headers: [(name, key)]).status == 200, "\(name)")
                }
                expectError(try await world.chat(headers: [("x-api-key", "br-x")]), 401, "invalid_api_key")
                // SDKs send a placeholder in the one and the operator's own fields hold the key in the other.
                let both = [("x-api-key", key), ("Authorization", "Bearer br-x")]
                #expect(try await world.chat(headers: both).status == 200)
                #expect(try await world.get("/v1/arms", headers: both).status == 200)
                let neither = [("x-api-key", "br-y"), ("Authorization", "Bearer br-x")]
                expectError(try await world.chat(headers: neither), 401, "invalid_api_key")
                // A known key without the scope is no door to a stronger one behind it.
                let reader = try await world.makeKey("--scope", "read")
                let weak = [("x-api-key", key), ("Authorization", "Bearer \(reader)")]
                expectError(try await world.chat(headers: weak), 403, "insufficient_scope")
            }
        }

        /// A gzip file of stored blocks (RFC 1951, 3.2.4), with a comment of so many bytes in its head.
        private func gzip(_ content: [UInt8], comment: Int = 0) -> [UInt8] {
            func number(_ value: Int, _ count: Int) -> [UInt8] {
                (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            }
            var bytes: [UInt8] = [0x1F, 0x8B, 8, comment > 0 ? 0x10 : 0, 0, 0, 0, 0, 0, 0xFF]
            if comment > 0 { bytes += [UInt8](repeating: 0x61, count: comment) + [0] }
            bytes += [1] + number(content.count, 2) + number(~content.count, 2) + content
            return bytes + number(DialectUpstream.checksum(content), 4) + number(content.count, 4)
        }

        @Test("zipped requests are read; what unzips to nothing gives back all the memory it took")
        func zipped() async throws {
            var file = RouterFile()
            file.server = "max_body_bytes: 400000, max_in_flight_body_bytes: 1000000"
            try await withRouter(file) { world in
                func call(_ path: String, _ body: [UInt8]) async throws -> HTTPAnswer {
                    try await world.call(
                        HTTPCall(
                            "POST", path,
                            headers: [("content-encoding", "gzip"), ("content-type", "application/json")], body: body))
                }
                let chat = Array(World.body().utf8)
                #expect(try await call("/v1/chat/completions", gzip(chat)).status == 200)
                for path in ["/v1/messages/count_tokens", "/v1/feedback", "/v1/chat/completions"] {
                    for _ in 0..<8 {
                        let answer = try await call(path, gzip([], comment: 300_000))
                        #expect(
                            answer.status == 400 && answer.json["error"]["code"].string == "invalid_json",
                            "\(path): \(answer.text)")
                    }
                }
                #expect(try await call("/v1/chat/completions", gzip(chat)).status == 200)
                #expect(try await world.chat().status == 200)
            }
        }

        @Test("errors at Anthropic's endpoints are whole and in Anthropic's shape, whoever answers them")
        func messagesErrors() async throws {
            try await withRouter { world in
                let key = try await world.makeKey("--scope", "chat")
                let long =
                    #"{"model":"auto","messages":[{"role":"user","content":"x"}],"\#(String(repeating: "n", count: 300))":1}"#
                for (method, path, body, sent, status, type) in [
                    ("POST", "/v1/messages/count_tokens", "", key, 400, "invalid_request_error"),
                    ("POST", "/v1/messages/count_tokens", long, "br-x", 401, "authentication_error"),
                    ("GET", "/v1/messages/count_tokens", "", key, 405, "api_error"),
                    ("POST", "/v1/messages", "{", key, 400, "invalid_request_error"),
                    ("POST", "/v1/messages", "{}", "br-x", 401, "authentication_error"),
                    ("GET", "/v1/messages", "", key, 405, "api_error"),
                    ("POST", "/v1/messages/nope", "{}", key, 404, "not_found_error"),
                ] {
                    let call = HTTPCall(
                        method, path,
                        headers: [("content-type", "application/json"), ("x-api-key", sent)], body: Array(body.utf8))
                    let answer = try await world.call(call)
                    #expect(answer.status == status, "\(method) \(path): \(answer.text)")
                    #expect(answer.json["type"].string == "error", "\(method) \(path): \(answer.text)")
                    #expect(answer.json["error"]["type"].string == type, "\(method) \(path): \(answer.text)")
                    #expect(answer.json["error"]["message"].string?.isEmpty == false)
                    let id = answer.header("request-id")
                    #expect(id != nil && answer.json["request_id"].string == id, "\(method) \(path)")
                }
            }
        }

        @Test("a byte-order mark before JSON is passed over, at every endpoint")
        func mark() async throws {
            try await withRouter { world in
                for (path, body, status) in [
                    ("/v1/chat/completions", World.body(), 200), ("/v1/decisions", "{}", 200),
                    ("/v1/feedback/batch", "[]", 200), ("/v1/feedback", #"{"completion_id":"x","value":true}"#, 404),
                ] {
                    let call = HTTPCall("POST", path, body: [0xEF, 0xBB, 0xBF] + Array(body.utf8))
                    #expect(try await world.call(call).status == status, "\(path)")
                    let twice = HTTPCall("POST", path, body: [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF] + Array(body.utf8))
                    expectError(try await world.call(twice), 400, "invalid_json")
                }
                #expect(
                    world.provider.calls.allSatisfy {
                        $0.body.getInteger(at: $0.body.readerIndex, as: UInt8.self) == 0x7B
                    })
            }
        }

        @Test("models: in any case, behind a provider's name, by alias; a 404 names the nearest")
        func models() async throws {
            let file = RouterFile(sections: ["aliases: [{ name: gpt-4o, model: b }, { name: best, model: auto }]"])
            try await withRouter(file) { world in
                for (name, arm) in [
                    ("auto", "a"), ("Auto", "a"), ("openai/auto", "a"), ("openrouter/openai/AUTO", "a"), ("B", "b"),
                    ("gpt-4o", "b"), ("openai/GPT-4o", "b"), ("best", "a"),
                ] {
                    let answer = try await world.chat(#""model":"\#(name)""#)
                    #expect(answer.header("x-bandit-arm") == arm, "\(name): \(answer.text)")
                }
                let near = try await world.chat(#""model":"atuo""#)
                expectError(near, 404, "model_not_found", param: "model")
                #expect(near.json["error"]["message"].string?.contains("'auto'") == true, "\(near.text)")
                for name in ["openai/", "/", "auto/", "openai/nobody"] {
                    expectError(try await world.chat(#""model":"\#(name)""#), 404, "model_not_found", param: "model")
                }
            }
        }

        @Test("allow_hosts: names of this machine that others know it by, and no other")
        func hosts() async throws {
            try await withRouter(RouterFile(server: "allow_hosts: [host.docker.internal]")) { world in
                for (host, status) in [
                    ("host.docker.internal", 200), ("Host.Docker.Internal:8080", 200), ("docker.internal", 403),
                    ("x.host.docker.internal", 403),
                ] {
                    let statuses = [
                        try await world.chat(headers: [("Host", host)]).status,
                        try await world.get("/v1/models", headers: [("Host", host)]).status,
                    ]
                    #expect(statuses == [status, status], "\(host)")
                }
            }
        }

        @Test("a decision shows its outcome as soon as its answer was read")
        func ownWrites() async throws {
            try await withRouter { world in
                for stream in ["true", "false"] {
                    for _ in 0..<20 {
                        let answer = try await world.chat(#""stream":\#(stream)"#)
                        let id = try #require(answer.header("x-bandit-decision-id"))
                        let decision = try await world.get("/v1/decisions/\(id)").json
                        #expect(decision["outcome"]["status"].string == "ok" && decision["attempts"].list.count == 1)
                    }
                }
                expectError(
                    try await world.post("/v1/feedback", #"{"completion_id":"nobody","value":true}"#), 404,
                    "decision_not_found", param: "completion_id")
                let batch = try await world.post("/v1/feedback/batch", #"[{"completion_id":"nobody","value":true}]"#)
                #expect(batch.json["results"][0]["error"]["param"].string == "completion_id")
            }
        }
    }
}
