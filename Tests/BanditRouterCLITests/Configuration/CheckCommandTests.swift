import Foundation
import Testing

@Suite("bandit-router check, as a process")
struct CheckCommandTests {
    /// The executable beside the tests' own.
    static let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "bandit-router")

    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.environment = environment
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let outputData = output.fileHandleForReading.readDataToEndOfFile()
        let errorData = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: outputData, as: UTF8.self),
            String(decoding: errorData, as: UTF8.self)
        )
    }

    @Test("a good file: its effective configuration on stdout, exit 0")
    func good() throws {
        let file = packageRoot.appending(path: "Config/router.yaml").path
        let result = try Self.run(["check", "--config", file], environment: ["OPENAI_API_KEY": "sk-top-secret"])
        #expect(result.status == 0 && result.output.hasPrefix("server:\n  host: \"127.0.0.1\"\n"))
        #expect(result.errors.contains("providers[1].id: api_key is empty, so “anthropic” is off"))
        #expect(!(result.output + result.errors).contains("top-secret"))
    }

    @Test("a bad file: its problems on stderr, exit 3")
    func bad() throws {
        try withFile(Array("stor: 1\n\(minimalText)".utf8)) { path in
            let words = try Self.run(["check", "--config", path])
            #expect(words.status == 3 && words.output.isEmpty)
            #expect(words.errors == "\(path):1: stor: unknown key (did you mean “store”?)\n")
            let json = try Self.run(["check", "--config", path, "--format", "json"])
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(json.status == 3 && json.errors.isEmpty && object?["valid"] as? Bool == false)
        }
    }

    @Test("a missing file, exit 3 in one line")
    func missing() throws {
        let result = try Self.run(["check", "--config", "no/such.yaml"])
        #expect(result.status == 3 && result.errors == "no/such.yaml: cannot be read: there is no such file\n")
    }
}
