import Foundation
import SimulatedProvider
import Synchronization
import TestSupport
import Testing

/// All end-to-end tests, one after the other: each has a router process of its own, and this machine may have two cores.
@Suite("the built program, end to end", .serialized)
enum EndToEnd {}

/// A router process, its provider, and a folder for both.
struct World: Sendable {
    let folder: TemporaryFolder
    let provider: SimulatedProvider
    let router: RouterProcess
    let port: Int

    // MARK: - Requests

    func call(_ call: HTTPCall, key: String? = nil) async throws -> HTTPAnswer {
        var call = call
        if let key { call.headers.append(("Authorization", "Bearer \(key)")) }
        let (finished, port) = (call, port)
        return try await blocking {
            let connection = try HTTPConnection(port: port)
            defer { connection.close() }
            try connection.send(finished)
            return try connection.readAnswer(to: finished.method)
        }
    }

    func get(_ path: String, key: String? = nil, headers: [(String, String)] = []) async throws -> HTTPAnswer {
        try await call(HTTPCall("GET", path, headers: headers), key: key)
    }

    func post(_ path: String, _ json: String, headers: [(String, String)] = [], key: String? = nil) async throws
        -> HTTPAnswer
    {
        try await call(HTTPCall("POST", path, headers: headers, json: json), key: key)
    }

    /// A chat whose body is `{"messages": [a question], more}`.
    func chat(
        _ more: String = "", _ question: String = "Hello", headers: [(String, String)] = [], key: String? = nil
    ) async throws -> HTTPAnswer {
        try await post("/v1/chat/completions", Self.body(more, question), headers: headers, key: key)
    }

    static func body(_ more: String = "", _ question: String = "Hello") -> String {
        #"{"messages":[{"role":"user","content":"\#(question)"}]\#(more.isEmpty ? "" : ",\(more)")}"#
    }

    func feedback(
        _ decision: String?, _ value: String, _ more: String = "", headers: [(String, String)] = [], key: String? = nil
    ) async throws -> HTTPAnswer {
        let json = #"{"decision_id":"\#(decision ?? "")","value":\#(value)\#(more.isEmpty ? "" : ",\(more)")}"#
        return try await post("/v1/feedback", json, headers: headers, key: key)
    }

    /// The decision as the router shows it, once its outcome is there.
    func settled(_ decision: String?, key: String? = nil) async throws -> JSON {
        var last = JSON.missing
        let settled = try await eventually {
            last = try await get("/v1/decisions/\(decision ?? "none")", key: key).json
            return !["pending", nil].contains(last["outcome"]["status"].string)
        }
        #expect(settled, "the decision \(decision ?? "nil") has no outcome: \(last)")
        return last
    }

    /// The cell of an arm in a category of the route `auto`.
    func cell(_ arm: String, category: String = "general", key: String? = nil) async throws -> JSON {
        try await get("/v1/posteriors?route=auto&category=\(category)&arm=\(arm)", key: key).json["data"][0]
    }

    /// Models the provider was asked for since the last `forgetCalls`, in order.
    var asked: [String] { provider.calls.map(\.model) }

    // MARK: - Life

    /// Runs another command on the same configuration.
    func run(_ arguments: [String]) async throws -> (status: Int32, output: String, errors: String) {
        try await RouterProgram.run(arguments + ["--config", folder("router.yaml")])
    }

    /// Makes a key by the command line, and waits until the router knows it.
    func makeKey(_ arguments: String...) async throws -> String {
        let result = try await run(["keys", "create", "--name", "test", "--format", "json"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let key = try #require(JSON(result.output)["key"].string)
        #expect(try await knows(key), "the router never took up the key")
        return key
    }

    /// Waits until the router lets the key in, and nobody without one.
    func knows(_ key: String) async throws -> Bool {
        try await eventually {
            let (with, without) = (try await get("/v1/models", key: key), try await get("/v1/models"))
            return with.status == 200 && without.status == 401
        }
    }
}

/// Starts `serve` on `folder`'s configuration and waits until it listens.
///
/// - Parameter files: how many it may have open; nil: as many as the tests.
func startRouter(
    _ folder: TemporaryFolder, arguments: [String] = [], files: Int? = nil
) async throws -> (router: RouterProcess, port: Int) {
    let command = ["serve", "--config", folder("router.yaml")] + arguments
    let router = try files.map { try RouterProcess.limited(to: $0, command) } ?? RouterProcess(command)
    guard let line = try await router.errors.line(containing: "Listening."),
        let url = line.firstRange(of: "http://127.0.0.1:"),
        let port = Int(line[url.upperBound...].prefix { $0.isNumber })
    else {
        router.signal(SIGKILL)
        throw ConnectionFailure(description: "the router does not listen: \(router.errors.text)")
    }
    return (router, port)
}

/// The provider of the tests: `m-a` to `m-f` answer at once, in five tokens.
func makeProvider(_ models: [SimulatedModel]? = nil, apiKey: String? = nil) -> SimulatedProvider {
    SimulatedProvider(
        models: models ?? ["a", "b", "c", "d", "e", "f"].map { SimulatedModel(id: "m-\($0)", answerTokens: 5...5) },
        seed: 1,
        apiKey: apiKey)
}

/// Gives `body` a router that serves `file`, and ends it afterwards; a router that ended by itself is a failure.
///
/// - Parameters:
///   - upstream: port of another provider than the simulated one.
///   - files: how many the router may have open; nil: as many as the tests.
func withRouter(
    _ file: RouterFile = RouterFile(), upstream: Int? = nil, provider: SimulatedProvider = makeProvider(),
    files: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: (World) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    let providerPort = try await provider.start()
    do {
        try folder.write(file.text(folder: folder.path, upstream: upstream ?? providerPort), to: "router.yaml")
        let (router, port) = try await startRouter(folder, files: files)
        let world = World(folder: folder, provider: provider, router: router, port: port)
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        if router.isRunning {
            router.signal(SIGKILL)
            _ = await router.exitStatus()
        } else {
            // A test may have ended it, by whatever signal; a crash has other numbers.
            let status = await router.exitStatus()
            #expect(
                [0, 128 + SIGKILL].contains(status), "the router ended: \(router.errors.text.suffix(2000))",
                sourceLocation: sourceLocation)
        }
        try result.get()
    } catch {
        await provider.stop()
        throw error
    }
    await provider.stop()
}

/// Holds an answer against a row of the error table: status, the four fields, and the headers that belong to it.
func expectError(
    _ answer: HTTPAnswer, _ status: Int, _ code: String?, param: String? = nil, type: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let error = answer.json["error"]
    #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
    #expect(
        answer.json.names == ["error"] && error.names == ["message", "type", "param", "code"], "\(answer.text)",
        sourceLocation: sourceLocation)
    #expect(error["code"] == (code.map(JSON.string) ?? .null), "\(answer.text)", sourceLocation: sourceLocation)
    #expect(error["param"] == (param.map(JSON.string) ?? .null), "\(answer.text)", sourceLocation: sourceLocation)
    if let type { #expect(error["type"].string == type, "\(answer.text)", sourceLocation: sourceLocation) }
    #expect(
        error["message"].string?.isEmpty == false && error["type"].string?.isEmpty == false, "\(answer.text)",
        sourceLocation: sourceLocation)
    #expect(answer.header("x-request-id")?.isEmpty == false, sourceLocation: sourceLocation)
    #expect(answer.header("content-type") == "application/json", sourceLocation: sourceLocation)
    if status == 429 || status == 503 {
        #expect(answer.header("retry-after").flatMap(Int.init).map { $0 >= 1 } == true, sourceLocation: sourceLocation)
    }
    if status == 401 {
        #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true, sourceLocation: sourceLocation)
    }
}

/// Counts up from 0.
final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
