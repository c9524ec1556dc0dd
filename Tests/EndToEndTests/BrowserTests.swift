import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// Web pages that a browser on this machine has open, against a router that asks for no key.
    @Suite("pages in a browser")
    struct BrowserTests {
        /// Fields of pages that are not the router's own, as browsers send them.
        private static func foreign(port: Int) -> [[(String, String)]] {
            [
                [("Origin", "https://evil.example")], [("Origin", "null")], [("Origin", "http://localhost:1")],
                [("Origin", "http://127.0.0.1.evil.example:\(port)")], [("Origin", "http://localhost:\(port)")],
                [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors")],
                [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
                [("Origin", "http://127.0.0.1:\(port)"), ("Sec-Fetch-Site", "cross-site")],
                [("Origin", "http://127.0.0.1:\(port)"), ("Origin", "https://evil.example")],
                [("Sec-Fetch-Site", "cross-site")], [("sec-fetch-site", "Same-Site")],
                [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
                [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")],
            ]
        }

        @Test("a page elsewhere is refused on every path and by every method, before its body is read")
        func foreignPages() async throws {
            try await withRouter { world in
                let host = ("Host", "127.0.0.1:\(world.port)")
                let arm = #"{"id":"evil","provider":"up","model":"m","routes":["auto"]}"#
                let calls = [
                    HTTPCall("POST", "/v1/chat/completions", json: World.body()),
                    HTTPCall("POST", "/v1//chat/completions/", json: World.body()),
                    HTTPCall("POST", "/v1/embeddings", json: #"{"input":"x"}"#),
                    HTTPCall("POST", "/v1/decisions", json: "{}"),
                    HTTPCall("POST", "/v1/feedback", json: "{}"), HTTPCall("POST", "/v1/feedback/batch", json: "[]"),
                    HTTPCall("POST", "/v1/admin/keys", json: #"{"name":"k","scopes":["admin"]}"#),
                    HTTPCall("POST", "/v1/admin/arms", json: arm), HTTPCall("POST", "/v1/admin/reload"),
                    HTTPCall("DELETE", "/v1/admin/arms/a"),
                    HTTPCall("PATCH", "/v1/admin/arms/a", json: #"{"enabled":false}"#),
                    HTTPCall("GET", "/v1/events"), HTTPCall("GET", "/v1/models"), HTTPCall("GET", "/metrics"),
                    HTTPCall("GET", "/v1/admin/keys"), HTTPCall("GET", "/dashboard"), HTTPCall("GET", "/health/live"),
                    HTTPCall("GET", "/nothing"), HTTPCall("HEAD", "/v1/models"),
                    HTTPCall(
                        "OPTIONS", "/v1/chat/completions", headers: [("Access-Control-Request-Method", "POST")]),
                ]
                for fields in Self.foreign(port: world.port) {
                    for var call in calls {
                        call.headers += [host] + fields
                        let answer = try await world.call(call)
                        #expect(answer.status == 403, "\(call.method) \(call.path) \(fields): \(answer.text)")
                        #expect(answer.header("access-control-allow-origin") == nil)
                        guard call.method != "HEAD" else { continue }
                        expectError(answer, 403, "origin_not_allowed", type: "permission_error")
                    }
                }
                // Of a form that a browser sends without asking, the head is enough: its body never comes.
                for path in ["/v1/chat/completions", "/v1/feedback"] {
                    let answer = try await blocking { [port = world.port] in
                        let connection = try HTTPConnection(port: port)
                        defer { connection.close() }
                        try connection.send(
                            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
                                + "Content-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n")
                        return try connection.readAnswer()
                    }
                    expectError(answer, 403, "origin_not_allowed")
                }
                #expect(world.provider.calls.isEmpty)
                #expect(try await world.get("/v1/models").status == 200, "no key was made")
                #expect(try await world.get("/v1/arms").json["data"].list.count == 3)
            }
        }

        @Test("without keys, administration is the own page's and programs'; the first key is the command line's")
        func administration() async throws {
            try await withRouter { world in
                let host = ("Host", "127.0.0.1:\(world.port)")
                let own = ("Origin", "http://127.0.0.1:\(world.port)")
                let change = #"{"enabled":true}"#
                let welcome: [[(String, String)]] = [
                    [], [own], [own, ("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "same-origin")],
                    [("Referer", "http://127.0.0.1:\(world.port)/dashboard")],
                ]
                for fields in welcome {
                    let call = HTTPCall("PATCH", "/v1/admin/arms/a", headers: [host] + fields, json: change)
                    #expect(try await world.call(call).status == 200, "\(fields)")
                }
                let unnamed: [[(String, String)]] = [
                    [("Sec-Fetch-Site", "none")], [("Referer", "https://evil.example/x")], [("Sec-CH-UA", "x")],
                    [("Referer", "http://127.0.0.1:\(world.port).evil.example/")],
                ]
                for fields in unnamed {
                    let call = HTTPCall("PATCH", "/v1/admin/arms/a", headers: [host] + fields, json: change)
                    expectError(try await world.call(call), 403, "origin_not_allowed")
                    let list = HTTPCall("GET", "/v1/admin/keys", headers: [host] + fields)
                    expectError(try await world.call(list), 403, "origin_not_allowed")
                    // What is no administration can be looked at by typing its address.
                    #expect(try await world.call(HTTPCall("GET", "/v1/arms", headers: [host] + fields)).status == 200)
                }
                let key = #"{"name":"k","scopes":["admin"]}"#
                for path in ["/v1/admin/keys", "/v1//admin/keys/", "/admin/keys"] {
                    for fields in [[], [own]] {
                        let call = HTTPCall("POST", path, headers: [host] + fields, json: key)
                        expectError(try await world.call(call), 403, "first_key")
                    }
                }
                let admin = try await world.makeKey("--scope", "admin")
                #expect(try await world.post("/v1/admin/keys", key, key: admin).status == 201)
            }
        }

        @Test("bodies are JSON by their type, NDJSON where it is meant; anything else is 415 and changes nothing")
        func mediaTypes() async throws {
            try await withRouter { world in
                let paths = [
                    "/v1/chat/completions", "/v1/embeddings", "/v1/decisions", "/v1/feedback", "/v1/feedback/batch",
                    "/v1/admin/arms",
                ]
                for path in paths {
                    for type in [
                        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
                        "text/plain; application/json", "application/jsonx", "text/json",
                    ] {
                        let call = HTTPCall(
                            "POST", path, headers: [("Content-Type", type)], body: Array(World.body().utf8))
                        expectError(try await world.call(call), 415, "unsupported_media_type")
                    }
                    let untyped = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
                    let answer = try await blocking { [port = world.port] in
                        let connection = try HTTPConnection(port: port)
                        defer { connection.close() }
                        try connection.send(untyped)
                        return try connection.readAnswer()
                    }
                    expectError(answer, 415, "unsupported_media_type")
                    for coding in ["br", "zstd", "compress"] {
                        let call = HTTPCall("POST", path, headers: [("Content-Encoding", coding)], json: "{}")
                        expectError(try await world.call(call), 415, "unsupported_content_encoding")
                    }
                    guard path != "/v1/feedback/batch" else { continue }
                    let lines = HTTPCall(
                        "POST", path, headers: [("Content-Type", "application/x-ndjson")], body: Array("{}".utf8))
                    expectError(try await world.call(lines), 415, "unsupported_media_type")
                }
                for type in ["application/json; charset=utf-8", "Application/JSON", "application/json ;a=b"] {
                    let call = HTTPCall(
                        "POST", "/v1/chat/completions",
                        headers: [("Content-Type", type), ("Content-Encoding", "identity")],
                        body: Array(World.body().utf8))
                    #expect(try await world.call(call).status == 200, "\(type)")
                }
                for type in ["application/x-ndjson", "application/jsonl; charset=utf-8", "application/ndjson"] {
                    let call = HTTPCall(
                        "POST", "/v1/feedback/batch", headers: [("Content-Type", type)], body: Array("{}\n{}\n".utf8))
                    #expect(try await world.call(call).json["results"].list.count == 2, "\(type)")
                }
                // What has no body needs no type.
                #expect(try await world.call(HTTPCall("POST", "/v1/admin/reload")).status == 200)
                expectError(try await world.call(HTTPCall("POST", "/v1/chat/completions")), 400, "invalid_json")
            }
        }

        @Test("cors.allow_origins lets the pages it names ask with a key: preflight, answers, streams, errors")
        func crossOrigin() async throws {
            let file = RouterFile(server: #"cors: { allow_origins: ["https://App.example", "app://desk"] }"#)
            try await withRouter(file) { world in
                let app = ("Origin", "https://app.example")
                // Without keys the pages that are named may ask, too, but not administrate.
                #expect(try await world.chat(headers: [app]).header("access-control-allow-origin") == app.1)
                expectError(
                    try await world.post("/v1/admin/reload", "", headers: [app]), 403, "origin_not_allowed")
                let key = try await world.makeKey("--scope", "chat", "--scope", "feedback")
                for (path, origin) in [("/v1/chat/completions", "https://app.example"), ("/v1/feedback", "app://desk")]
                {
                    let preflight = HTTPCall(
                        "OPTIONS", path,
                        headers: [
                            ("Origin", origin), ("Access-Control-Request-Method", "POST"),
                            ("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os"),
                            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors"),
                        ])
                    let answer = try await world.call(preflight)
                    #expect(answer.status == 204 && answer.body.isEmpty, "\(answer.text)")
                    #expect(answer.header("access-control-allow-origin") == origin)
                    #expect(answer.header("access-control-allow-methods")?.contains("POST") == true)
                    #expect(
                        answer.header("access-control-allow-headers") == "authorization,content-type,x-stainless-os")
                    #expect(
                        answer.header("vary") == "Origin" && answer.header("access-control-allow-credentials") == nil)
                }
                let chats = [
                    try await world.chat(headers: [app], key: key),
                    try await world.chat(#""stream":true"#, headers: [app], key: key),
                    try await world.get("/v1/models", key: key, headers: [app]),
                    try await world.feedback("x", "true", headers: [app], key: key),
                    try await world.chat(headers: [app]), try await world.get("/nothing", headers: [app]),
                ]
                #expect(chats.map(\.status) == [200, 200, 200, 404, 401, 404])
                for answer in chats {
                    #expect(answer.header("access-control-allow-origin") == app.1, "\(answer.text)")
                    #expect(answer.header("access-control-expose-headers")?.contains("x-bandit-decision-id") == true)
                    #expect(answer.header("vary") == "Origin")
                }
                for origin in [
                    "https://app.example.evil.example", "http://app.example", "https://app.example:444", "null",
                ] {
                    expectError(
                        try await world.chat(headers: [("Origin", origin)], key: key), 403, "origin_not_allowed")
                }
                #expect(try await world.chat(key: key).header("access-control-allow-origin") == nil)
            }
        }

        @Test("every page may ask where cors.allow_origins says *, but only once keys are asked for")
        func anyOrigin() async throws {
            try await withRouter(RouterFile(server: #"cors: { allow_origins: ["*"] }"#)) { world in
                let page = ("Origin", "https://anybody.example")
                expectError(try await world.chat(headers: [page]), 403, "origin_not_allowed")
                let key = try await world.makeKey("--scope", "chat")
                let answer = try await world.chat(headers: [page], key: key)
                #expect(answer.status == 200 && answer.header("access-control-allow-origin") == page.1)
                expectError(try await world.chat(headers: [page]), 401, "missing_api_key")
            }
        }

        @Test("a link elsewhere leads to the dashboard, and to nothing else")
        func links() async throws {
            try await withRouter { world in
                let link = [
                    ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
                ]
                #expect(try await world.get("/dashboard", headers: link).status == 200)
                expectError(try await world.get("/v1/arms", headers: link), 403, "origin_not_allowed")
                expectError(try await world.get("/v1/admin/keys", headers: link), 403, "origin_not_allowed")
                let post = HTTPCall(
                    "POST", "/dashboard", headers: link + [("Content-Type", "text/plain")], body: [0x31])
                expectError(try await world.call(post), 403, "origin_not_allowed")
            }
        }
    }
}
