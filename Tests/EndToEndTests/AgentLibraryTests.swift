import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// The SDKs of both dialects of agents as oracles of what the router answers, and what agents' libraries send on their defaults.
    @Suite("agents' libraries on simulated models")
    struct AgentLibraryTests {
        static let libraries = [
            ClientLibraryTests.Library(
                name: "anthropic", packages: ["anthropic"], module: "anthropic",
                results: ["text", "streamed", "tool", "counted", "models"]),
            ClientLibraryTests.Library(
                name: "openai", packages: ["openai"], module: "openai",
                results: ["text", "streamed", "parsed", "tool", "completion", "completed"]),
            ClientLibraryTests.Library(
                name: "openai_agents", packages: ["openai-agents"], module: "agents", results: ["text"]),
            ClientLibraryTests.Library(
                name: "pydantic_ai", packages: ["pydantic-ai-slim[openai]"], module: "pydantic_ai", results: ["text"]),
            ClientLibraryTests.Library(name: "litellm", packages: ["litellm"], module: "litellm", results: ["text"]),
            ClientLibraryTests.Library(
                name: "llama_index", packages: ["llama-index-core", "llama-index-llms-openai-like"],
                module: "llama_index.llms.openai_like", results: ["text"]),
            ClientLibraryTests.Library(
                name: "haystack", packages: ["haystack-ai"], module: "haystack", results: ["text"]),
            ClientLibraryTests.Library(
                name: "smolagents", packages: ["smolagents[openai]"], module: "smolagents", results: ["text"]),
            ClientLibraryTests.Library(name: "ag2", packages: ["ag2[openai]"], module: "ag2", results: ["text"]),
            ClientLibraryTests.Library(name: "llm", packages: ["llm"], module: "llm", results: ["text"]),
        ]

        @Test(
            "their own types accept every answer, and a conversation of six turns stays on one arm",
            arguments: libraries)
        func conversations(of library: ClientLibraryTests.Library) async throws {
            guard let python = try await ClientLibraryTests.python(library) else {
                print("skipped: no Python with \(library.name) could be made here")
                return
            }
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "Python/agent_libraries.py"
            ).path
            let keys = "capabilities: [tools, json, vision], price: \(RouterFile.price)"
            let file = RouterFile(arms: ["a", "b"], armKeys: ["a": keys, "b": keys], policy: "{ kind: uniform }")
            try await withRouter(file) { world in
                let result = try await OpenAISDKTests.run(
                    python, [script, library.name, "http://127.0.0.1:\(world.port)/v1", "auto"])
                #expect(result.status == 0, "\(result.errors.suffix(2_000))")
                let seen = JSON(result.output)
                for name in library.results {
                    #expect(seen[name] != .null && seen[name] != .missing, "\(name) of \(result.output)")
                }
                #expect(seen["arms"].number == 1, "\(result.output)")
                if library.name == "anthropic" {
                    #expect(seen["id"].string?.hasPrefix("msg_") == true && seen["stop"].string == "tool_use")
                    #expect(seen["same"] == .bool(true))
                    #expect(seen["refused"][0].string == "invalid_request_error")
                    #expect(seen["refused"][1].string == "not_found_error")
                }
                if library.name == "openai" {
                    #expect(seen["events"][0].string == "response.created")
                    #expect(seen["events"][1].string == "response.completed")
                }
            }
        }
    }
}
