import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A router that may have few files open.
    @Suite("open files")
    struct OpenFileTests {
        /// What the router keeps for itself on this machine, as the article says it.
        private static let reserve = 48 + 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN))

        @Test("a router full of idle connections lives, serves those it has, and serves others when they have gone")
        func starves() async throws {
            try await withRouter(files: Self.reserve + 16) { world in
                #expect(
                    world.router.errors.text.contains("\(Self.reserve + 16) open files (ulimit -n) are enough for 8"))
                let first = try HTTPConnection(port: world.port, patience: 60)
                try first.send(HTTPCall("GET", "/health/live"))
                #expect(try await blocking { try first.readAnswer() }.status == 200)
                let idle = try (0..<84).map { _ in try HTTPConnection(port: world.port) }
                // What needs files of its own works all the same: a provider's connection, reading the log and the configuration.
                try first.send(HTTPCall("POST", "/v1/chat/completions", json: World.body()))
                let answer = try await blocking { try first.readAnswer() }
                #expect(answer.status == 200)
                try first.send(HTTPCall("GET", "/v1/decisions/\(answer.header("x-bandit-decision-id") ?? "")"))
                #expect(try await blocking { try first.readAnswer() }.status == 200)
                try first.send(HTTPCall("GET", "/metrics"))
                #expect(try await blocking { try first.readAnswer() }.status == 200)
                world.router.signal(SIGHUP)
                #expect(try await world.router.errors.line(containing: "Configuration reloaded.") != nil)
                for connection in idle { connection.close() }
                #expect(try await world.get("/health/live").status == 200)
                #expect(try await world.chat().status == 200)
                first.close()
            }
        }

        @Test("many clients at once are served although there are files for a few", .timeLimit(.minutes(5)))
        func crowd() async throws {
            try await withRouter(files: Self.reserve + 16) { world in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<60 { group.addTask { try await world.chat().status } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses == [Int](repeating: 200, count: 60))
            }
        }

        @Test(
            "the start refuses a limit that leaves no connection, and `check` warns of one that leaves fewer",
            .timeLimit(.minutes(5)))
        func refuses() async throws {
            let folder = try TemporaryFolder()
            try folder.write(RouterFile().text(folder: folder.path, upstream: 9), to: "router.yaml")
            let refused = try RouterProcess.limited(
                to: Self.reserve + 2, ["serve", "--config", folder("router.yaml")])
            #expect(await refused.exitStatus() == 3)
            #expect(refused.errors.text.contains("at least \(Self.reserve + 3) are needed"), "\(refused.errors.text)")
            let checked = try RouterProcess.limited(
                to: Self.reserve + 16, ["check", "--config", folder("router.yaml")])
            #expect(await checked.exitStatus() == 0)
            #expect(
                checked.errors.text.contains("server.max_connections: \(Self.reserve + 16) open files"),
                "\(checked.errors.text)")
        }
    }
}
