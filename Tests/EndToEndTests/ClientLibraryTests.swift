import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// The first examples of libraries that applications are built with: they send what no hand-written request does.
    @Suite("client libraries on simulated models")
    struct ClientLibraryTests {
        struct Library: CustomTestStringConvertible, Sendable {
            let name: String
            let packages: [String]
            /// To be imported.
            let module: String
            /// Texts that came, and objects that the library's own checks accepted.
            let results: [String]
            var testDescription: String { name }
        }

        static let libraries = [
            Library(name: "openai", packages: ["openai"], module: "openai", results: ["text", "structured"]),
            Library(
                name: "langchain", packages: ["langchain", "langchain-openai"], module: "langchain_openai",
                results: ["text", "streamed", "json_schema", "function_calling", "json_mode", "tool", "agent"]),
            Library(
                name: "instructor", packages: ["instructor"], module: "instructor",
                results: ["tool_call", "json_mode", "json_schema_mode"]),
            Library(
                name: "pydantic_ai", packages: ["pydantic-ai-slim[openai]"], module: "pydantic_ai",
                results: ["text", "agent", "native", "prompted", "streamed"]),
        ]

        /// A Python with the library, made once and kept beside the build; nil where that does not work here.
        static func python(_ library: Library) async throws -> String? {
            let folder = RouterProgram.url.deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "client-\(library.name)").path
            let python = folder + "/bin/python3"
            if try await OpenAISDKTests.run(python, ["-c", "import \(library.module)"]).status == 0 { return python }
            guard
                try await OpenAISDKTests.run("/usr/bin/env", ["python3", "-m", "venv", "--clear", folder]).status == 0,
                try await OpenAISDKTests.run(
                    python, ["-m", "pip", "install", "--quiet"] + library.packages
                ).status == 0
            else { return nil }
            return python
        }

        @Test("their first examples work without a key, on arms of both dialects", arguments: libraries)
        func firstExamples(of library: Library) async throws {
            guard let python = try await Self.python(library) else {
                print("skipped: no Python with \(library.name) could be made here")
                return
            }
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python/clients.py").path
            let anthropic = makeProvider()
            let port = try await anthropic.start()
            let keys = "capabilities: [tools, json, vision], price: \(RouterFile.price)"
            let file = RouterFile(
                arms: ["a", "b"], armKeys: ["a": keys, "b": keys], providerOfArm: ["a": "claude"],
                policy: "{ kind: uniform }",
                providers: ["{ id: claude, kind: anthropic, base_url: \"http://127.0.0.1:\(port)/v1\", api_key: k }"])
            try await withRouter(file) { world in
                // The mixed route last: what one dialect cannot say goes to the other.
                for model in ["b", "auto"] {
                    let result = try await OpenAISDKTests.run(
                        python, [script, library.name, "http://127.0.0.1:\(world.port)/v1", model])
                    #expect(result.status == 0, "\(model): \(result.errors.suffix(2_000))")
                    let seen = JSON(result.output)
                    for name in library.results {
                        #expect(
                            seen[name] != .null && seen[name] != .missing, "\(model): \(name) of \(result.output)")
                    }
                    if library.name == "instructor", model == "b" {
                        #expect(seen["tool_call"]["name"].string == "Jason" && seen["tool_call"]["age"].number == 25)
                    }
                }
            }
            await anthropic.stop()
        }
    }
}
