import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("what was said")
    struct ContentTests {
        private static let secret = "zebra-crossing-at-midnight"

        /// Whether a text is in the store's files, or the log.
        private func isFound(_ text: String, in world: World) throws -> Bool {
            let files = try FileManager.default.contentsOfDirectory(atPath: world.folder.path)
                .filter { $0.hasPrefix("store.sqlite") }
            #expect(!files.isEmpty)
            return try files.contains { name in
                try Data(contentsOf: URL(filePath: world.folder(name))).range(of: Data(text.utf8)) != nil
            } || world.router.errors.text.contains(text)
        }

        @Test("by default nothing that was said is stored or logged, in whatever way a request ends")
        func off() async throws {
            try await withRouter(RouterFile(sections: ["logging: { format: json, requests: true }"])) { world in
                world.provider.script([FaultPlan(status: 500)], for: "m-a")
                for more in ["", #""stream":true"#, #""model":"none""#] {
                    let answer = try await world.chat(more, Self.secret)
                    if answer.status == 200 { _ = try await world.settled(answer.header("x-bandit-decision-id")) }
                    let id = answer.header("x-bandit-decision-id") ?? "01900000-0000-7000-8000-000000000000"
                    expectError(try await world.get("/v1/decisions/\(id)/content"), 404, "not_found")
                }
                _ = try await world.feedback("nothing", "true", #""source":"judge""#)
                world.router.signal(SIGTERM)
                #expect(await world.router.exitStatus() == 0)
                let found = try isFound(Self.secret, in: world)
                #expect(!found)
            }
        }

        @Test(
            "where it is switched on, bodies are stored as the client sent and got them, and shown to administrators only"
        )
        func on() async throws {
            let file = RouterFile(sections: ["privacy: { store_content: true }"])
            try await withRouter(file) { world in
                let admin = try await world.makeKey("--scope", "admin")
                let reader = try await world.makeKey("--scope", "chat", "--scope", "read")
                for streams in [false, true] {
                    let more = #""stream":\#(streams)"#
                    let answer = try await world.chat(more, Self.secret, key: reader)
                    let id = answer.header("x-bandit-decision-id")
                    _ = try await world.settled(id, key: reader)
                    let path = "/v1/decisions/\(id ?? "none")/content"
                    expectError(try await world.get(path, key: reader), 403, "insufficient_scope")
                    expectError(try await world.get(path), 401, "missing_api_key")
                    let content = try await world.get(path, key: admin)
                    #expect(content.status == 200 && content.json["decision_id"].string == id, "\(content.text)")
                    #expect(content.json["request"].string == World.body(more, Self.secret))
                    #expect(content.json["answer"].string == answer.text && !answer.text.isEmpty)
                }
                // An answer that was none, and one that broke off.
                for model in ["m-a", "m-b", "m-c"] { world.provider.script([FaultPlan(status: 500)], for: model) }
                let failed = try await world.chat("", Self.secret, key: admin)
                #expect(failed.status == 503)
                _ = try await world.settled(failed.header("x-bandit-decision-id"), key: admin)
                let id = failed.header("x-bandit-decision-id") ?? "none"
                let none = try await world.get("/v1/decisions/\(id)/content", key: admin).json
                #expect(none["answer"] == .null && none["request"].string == World.body("", Self.secret))
                world.provider.script([FaultPlan(fault: .cut, atToken: 2)], for: "m-a")
                let broken = try await world.chat(#""stream":true"#, key: admin)
                _ = try await world.settled(broken.header("x-bandit-decision-id"), key: admin)
                let cut = broken.header("x-bandit-decision-id") ?? "none"
                #expect(
                    try await world.get("/v1/decisions/\(cut)/content", key: admin).json["answer"].string == broken.text
                )
                #expect(!world.router.errors.text.contains(Self.secret))
                // A reload switches it off for what comes then.
                let yaml = try String(contentsOfFile: world.folder("router.yaml"), encoding: .utf8)
                try world.folder.write(
                    yaml.replacing("store_content: true", with: "store_content: false"), to: "router.yaml")
                #expect(try await world.post("/v1/admin/reload", "", key: admin).status == 200)
                let after = try await world.chat("", Self.secret, key: admin)
                _ = try await world.settled(after.header("x-bandit-decision-id"), key: admin)
                let last = after.header("x-bandit-decision-id") ?? "none"
                expectError(try await world.get("/v1/decisions/\(last)/content", key: admin), 404, "not_found")
            }
        }
    }
}
