import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("the OpenAI Python SDK")
    struct OpenAISDKTests {
        /// A Python with the package `openai`, made once and kept beside the build; nil where that does not work here.
        static func python() async throws -> String? {
            let folder = RouterProgram.url.deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "openai-sdk").path
            let python = folder + "/bin/python3"
            if try await run(python, ["-c", "import openai"]).status == 0 { return python }
            guard try await run("/usr/bin/env", ["python3", "-m", "venv", "--clear", folder]).status == 0,
                try await run(python, ["-m", "pip", "install", "--quiet", "openai"]).status == 0
            else { return nil }
            return python
        }

        static func run(_ program: String, _ arguments: [String]) async throws -> (
            status: Int32, output: String, errors: String
        ) {
            guard FileManager.default.isExecutableFile(atPath: program) else { return (127, "", "") }
            let process = try RouterProcess(
                arguments, program: program, environment: ProcessInfo.processInfo.environment)
            let status = await process.exitStatus()
            return (status, process.output.text, process.errors.text)
        }

        @Test("chats, streams, lists models, embeds, and meets errors it knows")
        func everything() async throws {
            guard let python = try await Self.python() else {
                print("skipped: no Python with the package openai could be made here")
                return
            }
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python/openai_sdk.py")
                .path
            let file = RouterFile(
                arms: ["a", "e"], armKeys: ["e": "capabilities: [embeddings]"],
                routes: ["{ id: vectors, arms: [e], policy: { kind: fixed, arm: e } }"])
            try await withRouter(file) { world in
                let key = try await world.makeKey("--scope", "chat", "--scope", "feedback")
                let result = try await Self.run(python, [script, "http://127.0.0.1:\(world.port)/v1", key])
                #expect(result.status == 0, "\(result.errors)")
                let seen = JSON(result.output)
                #expect(
                    seen["chat"]["content"].string?.isEmpty == false && seen["chat"]["finish_reason"].string == "stop")
                #expect(seen["chat"]["completion_tokens"].number == 5 && seen["chat"]["arm"].string == "a")
                #expect(seen["stream"]["content"].string?.isEmpty == false && seen["stream"]["usage"].bool == false)
                #expect(seen["stream_usage"] == .array([.number(5)]))
                #expect(seen["models"] == .array([.string("auto"), .string("vectors"), .string("a"), .string("e")]))
                #expect(seen["model"].string == "up" && seen["category"].string == "code")
                #expect(seen["embeddings"] == .array([.number(8), .number(8)]))
                #expect(seen["feedback"].string == "applied" && seen["again"].string == "duplicate")
                #expect(
                    seen["not_found"][0].string == "NotFoundError" && seen["not_found"][1].string == "model_not_found")
                #expect(
                    seen["bad_request"][0].string == "BadRequestError" && seen["bad_request"][2].string == "messages")
                #expect(
                    seen["authentication"][0].string == "AuthenticationError" && seen["authentication"][3].bool == true)
                for name in ["/v1/chat/completions", "/v1/embeddings"] {
                    let call = try #require(world.provider.calls.first { $0.path == name })
                    #expect(!call.headers.contains { $0.name.hasPrefix("x-stainless") || $0.value.contains(key) })
                }
            }
        }
    }
}
