import Foundation
import Synchronization
import TestSupport
import Testing

/// Programs of this machine.
enum Tool {
    static func has(_ program: String) -> Bool { path(of: program) != nil }

    static func path(of program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(program)" }
            .first {
                FileManager.default.isExecutableFile(atPath: $0)
            }
    }

    /// Runs a line of shell.
    static func run(_ line: String, in folder: String) async throws -> (
        status: Int32, output: String, errors: String
    ) {
        var environment = ProcessInfo.processInfo.environment
        for name in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] { environment[name] = nil }
        let process = try RouterProcess(
            ["-c", "cd '\(folder)' && \(line)"], program: "/bin/sh", environment: environment)
        let status = await process.exitStatus()
        return (status, process.output.text, process.errors.text)
    }
}

/// `bandit-router demo` in a folder that looks like a clone after a build, to type the documentation's commands into.
final class Demonstration: Sendable {
    private let folder: TemporaryFolder
    private let process: RouterProcess
    private let address: String
    private let state = Mutex<(decision: String?, replies: [String])>((nil, []))
    /// So many that the log says something.
    private static let requests = 600

    init() async throws {
        folder = try TemporaryFolder()
        let files = FileManager.default
        for name in ["Config", "Sources", "Simulations", "Tests", "README.md"] {
            try files.createSymbolicLink(
                atPath: folder(name), withDestinationPath: Article.root.appending(path: name).path)
        }
        try files.createDirectory(atPath: folder(".build/release"), withIntermediateDirectories: true)
        try files.createSymbolicLink(
            atPath: folder(".build/release/bandit-router"), withDestinationPath: RouterProgram.url.path)
        process = try RouterProcess(
            [
                "-c",
                "cd '\(folder.path)' && exec .build/release/bandit-router demo --port 0 --rate 100 --seed 1",
            ], program: "/bin/sh", environment: ProcessInfo.processInfo.environment)
        let line = try await process.output.line(containing: "/dashboard")
        guard let found = line?.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+/) else {
            process.signal(SIGKILL)
            throw ConnectionFailure(description: "the demonstration does not begin: \(process.errors.text)")
        }
        address = String(found.output)
    }

    /// What was printed by the commands so far.
    var replies: [String] { state.withLock { $0.replies } }

    /// A line that it printed, or is about to.
    func line(containing part: String) async throws -> String? { try await process.output.line(containing: part) }

    /// Runs a line of shell in its folder, as it stands.
    func run(_ line: String) async throws -> (status: Int32, output: String, errors: String) {
        try await Tool.run(line, in: folder.path)
    }

    func get(_ path: String) async throws -> HTTPAnswer {
        let port = URL(string: address)?.port ?? 0
        return try await blocking {
            let connection = try HTTPConnection(port: port)
            defer { connection.close() }
            try connection.send(HTTPCall("GET", path))
            return try connection.readAnswer(to: "GET")
        }
    }

    func waitForRequests() async throws {
        let isThrough = try await eventually(within: .seconds(60)) {
            let answer = try await get("/v1/usage?by=route")
            return (answer.json["data"][0]["requests"].number ?? 0) >= Double(Self.requests)
        }
        #expect(isThrough, "the demonstration's users are slow: \(process.output.text.suffix(300))")
    }

    func stop() async {
        if process.isRunning { process.signal(SIGTERM) }
        _ = await process.exitStatus()
    }

    // MARK: - Typing

    /// The text with this demonstration's address and the id of the last decision in the places that are held for them.
    private func filled(_ text: String) -> String {
        text.replacing("http://127.0.0.1:8080", with: address)
            .replacing(/THE[- ](?:x-bandit-decision-id|DECISION-ID)/, with: state.withLock { $0.decision } ?? "none")
    }

    /// Runs what the documentation says, and expects it to work.
    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let words = text.split(separator: " ").map(String.init)
        if let script = words.first, script.hasPrefix("Config/") {
            // It would build the package that this test belongs to: that it can be run must be enough.
            let check = try await Tool.run("test -x \(script) && bash -n \(script)", in: folder.path)
            #expect(check.status == 0, "\(text)", sourceLocation: sourceLocation)
            return
        }
        if words.contains("table.csv.gz"), !FileManager.default.fileExists(atPath: folder("table.csv.gz")) {
            // The reader's own table.
            let rows = (0..<200).map {
                "p\($0),\($0 % 2 == 0 ? "code" : "math"),\($0 % 3 == 0 ? 1 : 0),\($0 % 3 == 0 ? 0 : 1)"
            }
            try folder.write(
                (["prompt_id,category,score|a,score|b"] + rows).joined(separator: "\n") + "\n", to: "table.csv")
            _ = try await Tool.run("gzip table.csv", in: folder.path)
        }
        if words.contains("serve") {
            try await serve(text, sourceLocation)
            return
        }
        let isOne = words.first == "curl" && !text.contains("\n")
        let line = isOne ? "curl -sS --fail-with-body -D head.txt" + filled(text).dropFirst("curl".count) : filled(text)
        let result = try await Tool.run(isOne ? line : "set -e\n\(line)", in: folder.path)
        // A policy that the log cannot judge is a verdict, not a failure.
        let isJudged = words.contains("evaluate") && result.status == 1
        #expect(
            result.status == 0 || isJudged, "\(text)\n\(result.output.suffix(2000))\n\(result.errors.suffix(2000))",
            sourceLocation: sourceLocation)
        let head = (try? String(contentsOfFile: folder("head.txt"), encoding: .utf8)) ?? ""
        let id = head.firstMatch(of: /x-bandit-decision-id: (\S+)/.ignoresCase()).map { String($0.output.1) }
        state.withLock { state in
            if isOne, let id { state.decision = id }
            state.replies.append(result.output)
        }
    }

    /// A server is started on a free port, and ended when it listens.
    private func serve(_ text: String, _ sourceLocation: SourceLocation) async throws {
        let process = try RouterProcess(
            ["-c", "cd '\(folder.path)' && exec \(text) --port 0"], program: "/bin/sh",
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"])
        let line = try await process.errors.line(containing: "Listening.")
        #expect(line != nil, "\(text): \(process.errors.text)", sourceLocation: sourceLocation)
        process.signal(SIGTERM)
        _ = await process.exitStatus()
    }

    func python(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let needsSDK = text.contains("openai")
        guard let python = needsSDK ? try await EndToEnd.OpenAISDKTests.python() : Tool.path(of: "python3") else {
            print("skipped: no Python\(needsSDK ? " with the package openai" : "") on this machine")
            return
        }
        try folder.write(filled(text), to: "example.py")
        try await run("'\(python)' example.py", text, sourceLocation)
    }

    func javaScript(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        guard Tool.has("node"), try await Tool.run("node -e fetch", in: folder.path).status == 0 else {
            print("skipped: there is no node with fetch on this machine")
            return
        }
        try folder.write(filled(text), to: "example.mjs")
        try await run("node example.mjs", text, sourceLocation)
    }

    private func run(_ line: String, _ text: String, _ sourceLocation: SourceLocation) async throws {
        let result = try await Tool.run(line, in: folder.path)
        #expect(
            result.status == 0 && !result.output.isEmpty, "\(text)\n\(result.errors)\n\(result.output)",
            sourceLocation: sourceLocation)
        state.withLock { $0.replies.append(result.output) }
    }
}
