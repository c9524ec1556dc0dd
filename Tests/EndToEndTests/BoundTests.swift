import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Texts of clients that are stored, labelled, listed or repeated have a limit; a text has one meaning.
    @Suite("bounds of texts")
    struct BoundTests {
        private static let megabyte = String(repeating: "x", count: 1 << 20)

        @Test("a megabyte where a name or an id is meant is 400, leaves no metric, and is not repeated")
        func long() async throws {
            try await withRouter { world in
                let admin = try await world.makeKey("--scope", "admin")
                let long = Self.megabyte
                for (path, body, param) in [
                    ("/v1/chat/completions", World.body(#""bandit":{"cache":true},"model":"\#(long)""#), "model"),
                    ("/v1/embeddings", #"{"input":"x","bandit":{"cache":true},"model":"\#(long)"}"#, "model"),
                    ("/v1/decisions", #"{"route":"\#(long)"}"#, "route"),
                    ("/v1/decisions", #"{"category":"\#(long)"}"#, "category"),
                    ("/v1/decisions", #"{"session_id":"\#(long)"}"#, "session_id"),
                    ("/v1/feedback", #"{"completion_id":"\#(long)","value":true}"#, "completion_id"),
                    ("/v1/feedback", #"{"completion_id":"x","value":true,"comment":"\#(long)"}"#, "comment"),
                    (
                        "/v1/feedback", #"{"completion_id":"x","value":true,"idempotency_key":"\#(long)"}"#,
                        "idempotency_key"
                    ),
                    (
                        "/v1/feedback",
                        #"{"completion_id":"x","value":true,"idempotency_key":"e\#(String(repeating: "\\u0301", count: 9999))"}"#,
                        "idempotency_key"
                    ),
                    ("/v1/admin/keys", #"{"name":"\#(long)","scopes":["chat"]}"#, "name"),
                    ("/v1/admin/keys", #"{"name":"x","group":"\#(long)","scopes":["chat"]}"#, "group"),
                    ("/v1/admin/arms", #"{"id":"\#(long)","provider":"up","model":"m","routes":["auto"]}"#, "id"),
                    ("/v1/admin/arms", #"{"id":"x","provider":"up","model":"\#(long)","routes":["auto"]}"#, "model"),
                ] {
                    let answer = try await world.post(path, body, key: admin)
                    #expect(
                        answer.status == 400 && answer.body.count < 8192, "\(path) \(param): \(answer.text.prefix(300))"
                    )
                    #expect(answer.json["error"]["param"].string == param, "\(path): \(answer.text.prefix(300))")
                }
                for body in [#"{"\#(long)":1}"#, #"{"metric":"\#(long)","value":true,"completion_id":"x"}"#] {
                    let answer = try await world.post("/v1/feedback", body, key: admin)
                    #expect(answer.status == 400 && answer.body.count < 8192)
                }
                let before = try await world.get("/metrics", key: admin).body.count
                for number in 0..<50 {
                    let answer = try await world.chat(
                        #""bandit":{"cache":true},"model":"nobody-\#(number)""#, key: admin)
                    expectError(answer, 404, "model_not_found", param: "model")
                }
                let metrics = try await world.get("/metrics", key: admin)
                #expect(!metrics.text.contains("nobody-") && metrics.body.count < before + 2000)
                let made = try await world.run([
                    "keys", "create", "--name", String(long.prefix(300)), "--scope", "chat",
                ])
                #expect(made.status == 2 && made.errors.contains("256"))
            }
        }

        @Test("a name that stands twice in what the router reads is refused, however it is written")
        func repeats() async throws {
            try await withRouter { world in
                let many = (0..<40).map { #""k\#($0)":1"# }.joined(separator: ",")
                for more in [
                    #""stream":false,"stream":true"#, #""stream":true,"x":1,"str\u0065am":false"#,
                    #""model":"auto","model":"a""#, #""messages":[]"#, #""seed":1,"seed":1"#, "\(many),\"k7\":2",
                    #""bandit":{"explore":"off","explore":"on"}"#,
                ] {
                    let answer = try await world.chat(more)
                    #expect(answer.status == 400, "\(more): \(answer.text)")
                    #expect(["invalid_json", "invalid_value"].contains(answer.json["error"]["code"].string))
                }
                #expect(world.asked.isEmpty)
                #expect(try await world.chat(many).status == 200)
                for (path, body) in [
                    ("/v1/embeddings", #"{"input":"a","input":"b"}"#),
                    ("/v1/decisions", #"{"route":"auto","route":"a"}"#),
                    ("/v1/feedback", #"{"completion_id":"a","value":true,"value":false}"#),
                ] {
                    #expect(try await world.post(path, body).status == 400, "\(path)")
                }
                let batch = try await world.post(
                    "/v1/feedback/batch", #"[{"completion_id":"a","value":true,"value":false}]"#)
                #expect(batch.json["results"][0]["error"]["param"].string == "value", "\(batch.text)")
            }
        }

        @Test("--version names the libraries; a port in use is named; a store with a foreign trigger is refused")
        func told() async throws {
            let version = try await RouterProgram.run(["--version"])
            #expect(version.output.contains("libcurl ") && version.output.contains("SQLite 3."), "\(version.output)")
            try await withRouter { world in
                let second = try TemporaryFolder()
                let file = RouterFile(store: "other.sqlite").text(folder: second.path, upstream: 9)
                try second.write(file, to: "router.yaml")
                let refused = try await RouterProgram.run([
                    "serve", "--config", second("router.yaml"), "--port", String(world.port),
                ])
                #expect(refused.status == 3 && refused.errors.contains("127.0.0.1:\(world.port)"), "\(refused.errors)")
                #expect(refused.errors.contains("in use"))
            }
        }
    }
}
