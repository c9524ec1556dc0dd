import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("request lines and traces")
    struct ObservabilityTests {
        private static let secret = "zebra-crossing-at-midnight"

        private func lines(_ world: World, _ count: Int) async throws -> [JSON] {
            var lines: [JSON] = []
            _ = try await eventually {
                lines = world.router.errors.text.split(separator: "\n").map { JSON(String($0)) }
                    .filter { $0["message"].string == "request" }
                return lines.count >= count
            }
            return lines
        }

        @Test("a line for every request: who asked, what was decided, what it cost; and nothing that was said")
        func requestLines() async throws {
            let file = RouterFile(
                routeKeys: ["cache: { ttl: 1h }"], sections: ["logging: { format: json, requests: true }"])
            try await withRouter(file) { world in
                let key = try await world.makeKey("--scope", "chat")
                world.provider.script([FaultPlan(status: 500)], for: "m-a")
                let first = try await world.chat(
                    #""stream":true"#, Self.secret, headers: [("x-request-id", "r-1")], key: key)
                #expect(first.status == 200)
                #expect(
                    try await world.chat(#""stream":true"#, Self.secret, key: key).header("x-bandit-cache") == "hit")
                expectError(
                    try await world.chat(#""model":"x\n{\"message\":\"request\"}""#, Self.secret, key: key), 404,
                    "model_not_found", param: "model")
                expectError(try await world.chat("", Self.secret, key: "br-\(Self.secret)"), 401, "invalid_api_key")
                expectError(
                    try await world.chat("", headers: [("x-request-id", #"a"b=c\d{e}"#)]), 401, "missing_api_key")
                let lines = try await lines(world, 5)
                #expect(lines.count == 5)
                let line = lines[0]
                #expect(line["request_id"].string == "r-1" && line["endpoint"].string == "chat")
                #expect(line["decision_id"].string == first.header("x-bandit-decision-id"))
                #expect(line["key_id"].string?.hasPrefix("key_") == true && line["stream"].bool == true)
                #expect(line["route"].string == "auto" && line["category"].string == "general")
                #expect(line["arm"].string == "b" && line["status"].number == 200 && line["attempts"].number == 2)
                #expect(line["completion_tokens"].number == 5 && (line["prompt_tokens"].number ?? 0) > 0)
                #expect((line["cost_usd"].number ?? 0) > 0 && line["cache"].string == "miss")
                #expect((line["duration_ms"].number ?? 0) >= (line["overhead_ms"].number ?? .infinity))
                #expect((line["first_byte_ms"].number ?? -1) >= 0 && line["error"] == .missing)
                #expect(lines[1]["cache"].string == "hit" && lines[1]["attempts"].number == 0)
                #expect(lines[2]["error"].string == "model_not_found" && lines[2]["status"].number == 404)
                #expect(lines[3]["error"].string == "invalid_api_key" && lines[3]["key_id"] == .missing)
                #expect(lines[4]["request_id"].string == #"a"b=c\d{e}"#)
                let log = world.router.errors.text
                for secret in [Self.secret, key, "sk-upstream"] { #expect(!log.contains(secret)) }
                // Every line of the log is an object, also those that are about no request.
                for text in log.split(separator: "\n") { #expect(JSON(String(text))["level"].string != nil, "\(text)") }
                // A reload switches it off.
                let yaml = try String(contentsOfFile: world.folder("router.yaml"), encoding: .utf8)
                try world.folder.write(yaml.replacing("requests: true", with: "requests: false"), to: "router.yaml")
                world.router.signal(SIGHUP)
                #expect(try await world.router.errors.line(containing: "Configuration reloaded.") != nil)
                #expect(try await world.chat(key: key).status == 200)
                world.router.signal(SIGTERM)
                #expect(await world.router.exitStatus() == 0)
                #expect(world.router.errors.text.components(separatedBy: #""message":"request""#).count == 6)
            }
        }

        @Test("as text: one line a request, whatever its id")
        func text() async throws {
            try await withRouter(RouterFile(sections: ["logging: { requests: true }"])) { world in
                #expect(try await world.chat(headers: [("x-request-id", "x\"status=500")]).status == 200)
                let line = try #require(try await world.router.errors.line(containing: " info request "))
                #expect(line.contains(#" request_id="x\"status=500" "#) && line.contains(" status=200 attempts=1 "))
            }
        }

        @Test("off by default: requests leave no line")
        func off() async throws {
            try await withRouter { world in
                let answer = try await world.chat()
                #expect(answer.status == 200)
                world.router.signal(SIGTERM)
                #expect(await world.router.exitStatus() == 0)
                #expect(!world.router.errors.text.contains(" request "))
            }
        }

        @Test("a trace goes on upstream under a span of the router's, in the answer and in the log; a bad one is none")
        func traces() async throws {
            let file = RouterFile(sections: ["logging: { format: json, requests: true }"])
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let sent = "00-\(trace)-b7ad6b7169203331-01"
            try await withRouter(file) { world in
                world.provider.script([FaultPlan(status: 500)], for: "m-a")
                let answer = try await world.chat(headers: [("traceparent", sent)])
                let header = try #require(answer.header("traceparent"))
                #expect(header.hasPrefix("00-\(trace)-") && header.hasSuffix("-01") && header != sent)
                #expect(world.provider.calls.map { $0.header("traceparent") } == [header, header])
                let line = try #require(try await lines(world, 1).first)
                #expect(line["trace_id"].string == trace && header.contains(line["span_id"].string ?? "none"))
                // The next call on the same connection to the provider has none, and keeps the provider's own headers.
                world.provider.forgetCalls()
                for bad in [nil, "00-\(trace)-b7ad6b7169203331", "ff-\(trace)-b7ad6b7169203331-01", "nonsense"] {
                    let plain = try await world.chat(headers: bad.map { [("traceparent", $0)] } ?? [])
                    #expect(plain.status == 200 && plain.header("traceparent") == nil)
                }
                for call in world.provider.calls {
                    #expect(call.header("traceparent") == nil && call.header("authorization") == "Bearer sk-upstream")
                }
                let refused = try await world.chat(#""model":"none""#, headers: [("traceparent", sent)])
                #expect(refused.status == 404 && refused.header("traceparent")?.hasPrefix("00-\(trace)-") == true)
            }
        }
    }
}
