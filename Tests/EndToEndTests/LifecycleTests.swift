import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("starting, stopping, reloading")
    struct LifecycleTests {
        /// What was said, without the warnings about the test's own configuration.
        private static func lines(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { !$0.hasPrefix("warning: ") }
        }

        @Test("a bad configuration: exit 3, with file, line, key and the nearest valid one")
        func badConfiguration() async throws {
            let folder = try TemporaryFolder()
            let good = RouterFile().text(folder: folder.path, upstream: 1)
            for (from, to, parts) in [
                ("routes:", "rotues:", ["router.yaml:", "rotues", "routes"]),
                ("arms: [a, b, c]", "arms: [a, b, d]", ["router.yaml:", "d"]),
                ("kind: fixed", "kind: fixd", ["router.yaml:", "fixd", "fixed"]),
                ("port: 0", "port: many", ["router.yaml:1:", "port"]),
                ("sk-upstream", "\"${NOT_SET_ANYWHERE}\"", ["router.yaml:", "NOT_SET_ANYWHERE"]),
            ] {
                try folder.write(good.replacingOccurrences(of: from, with: to), to: "router.yaml")
                for command in ["serve", "check"] {
                    let result = try await RouterProgram.run([command, "--config", folder("router.yaml")])
                    #expect(result.status == 3, "\(command) \(to): \(result.errors)")
                    for part in parts { #expect(result.errors.contains(part), "\(command) \(to): \(result.errors)") }
                }
            }
            let missing = try await RouterProgram.run(["serve", "--config", folder("none.yaml")])
            #expect(missing.status == 3 && missing.errors.contains("none.yaml"))
            #expect(try await RouterProgram.run(["--version"]).status == 0)
        }

        @Test("a second router on the same store, or on the same port, exits 3 with one line that says why")
        func second() async throws {
            try await withRouter { world in
                let second = try await world.run(["serve"])
                #expect(
                    second.status == 3 && second.errors.contains("store.sqlite")
                        && second.errors.contains("in use by another router"))
                #expect(Self.lines(second.errors).count == 1, "\(second.errors)")
                let other = try TemporaryFolder()
                try other.write(RouterFile().text(folder: other.path, upstream: 1), to: "router.yaml")
                let taken = try await RouterProgram.run([
                    "serve", "--config", other("router.yaml"), "--port", "\(world.port)",
                ])
                #expect(taken.status == 3, "\(taken.status): \(taken.errors)")
                #expect(
                    taken.errors.split(separator: "\n").last?.hasPrefix("bandit-router: ") == true, "\(taken.errors)")
                #expect(try await world.chat().status == 200)
            }
        }

        @Test("a store that cannot be used: exit 3 with one line that names the file")
        func badStore() async throws {
            let folder = try TemporaryFolder()
            try folder.write(RouterFile().text(folder: folder.path, upstream: 1), to: "router.yaml")
            try folder.write(String(repeating: "no database ", count: 1000), to: "store.sqlite")
            let damaged = try await RouterProgram.run(["serve", "--config", folder("router.yaml")])
            #expect(damaged.status == 3 && damaged.errors.contains("store.sqlite"), "\(damaged.errors)")
            #expect(Self.lines(damaged.errors).count == 1, "\(damaged.errors)")
            try folder.write(
                RouterFile(store: "file/store.sqlite").text(folder: folder.path, upstream: 1), to: "router.yaml")
            try folder.write("", to: "file")
            let noFolder = try await RouterProgram.run(["serve", "--config", folder("router.yaml")])
            #expect(noFolder.status == 3 && noFolder.errors.contains("file/store.sqlite"), "\(noFolder.errors)")
        }

        @Test("without keys a host that is not loopback is refused, exit 3")
        func openHost() async throws {
            let folder = try TemporaryFolder()
            try folder.write(RouterFile().text(folder: folder.path, upstream: 1), to: "router.yaml")
            let result = try await RouterProgram.run(["serve", "--config", folder("router.yaml"), "--host", "0.0.0.0"])
            #expect(result.status == 3 && result.errors.contains("loopback"), "\(result.errors)")
            #expect(
                try await RouterProgram.run([
                    "keys", "create", "--name", "n", "--scope", "admin", "--config", folder("router.yaml"),
                ]).status == 0)
            let router = try RouterProcess(["serve", "--config", folder("router.yaml"), "--host", "0.0.0.0"])
            #expect(try await router.errors.line(containing: "Listening.") != nil)
            router.signal(SIGTERM)
            #expect(await router.exitStatus() == 0)
        }

        @Test(
            "SIGTERM: no new connections, what is in flight is finished, exit 0; the learned state is there after a start"
        )
        func drain() async throws {
            try await withRouter { world in
                #expect(try await world.feedback(world.chat().header("x-bandit-decision-id"), "true").status == 200)
                world.provider.script([FaultPlan(tokenGapMilliseconds: 100, tokens: 8)], for: "m-a")
                world.provider.script([FaultPlan(delayToHeadersMilliseconds: 600)], for: "m-b")
                let stream = try HTTPConnection(port: world.port)
                let whole = try HTTPConnection(port: world.port)
                let idle = try HTTPConnection(port: world.port)
                defer { for connection in [stream, whole, idle] { connection.close() } }
                try stream.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true"#)))
                let head = try await blocking { try stream.readHead() }
                try whole.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""model":"b""#)))
                _ = await world.provider.call { $0.model == "m-b" }
                world.router.signal(SIGTERM)
                let refused = try await eventually(within: .seconds(5)) {
                    (try? HTTPConnection(port: world.port)) == nil
                }
                #expect(refused)
                let text = try await blocking {
                    var bytes: [UInt8] = []
                    while let more = try stream.readSome() { bytes += more }
                    return String(decoding: bytes, as: UTF8.self)
                }
                #expect(text.hasSuffix("data: [DONE]\n\n"), "\(text)")
                #expect(try await blocking { try whole.readAnswer().status } == 200)
                #expect(await world.router.exitStatus() == 0, "\(world.router.errors.text)")

                let again = try await startRouter(world.folder)
                defer { again.router.signal(SIGKILL) }
                let next = World(folder: world.folder, provider: world.provider, router: again.router, port: again.port)
                #expect(try await next.cell("a")["n"].number == 1)
                let decision = try await next.settled(head.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "ok")
                next.router.signal(SIGTERM)
                #expect(await next.router.exitStatus() == 0)
            }
        }

        @Test("SIGTERM: what is not finished after server.shutdown_grace is cut off, and the exit is 0")
        func grace() async throws {
            try await withRouter(RouterFile(server: "shutdown_grace: 300ms")) { world in
                world.provider.script([FaultPlan(fault: .stall, atToken: 2)], for: "m-a")
                let connection = try HTTPConnection(port: world.port)
                defer { connection.close() }
                try connection.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true"#)))
                let head = try await blocking { try connection.readHead() }
                world.router.signal(SIGTERM)
                #expect(await world.router.exitStatus() == 0, "\(world.router.errors.text)")
                let again = try await startRouter(world.folder)
                let next = World(folder: world.folder, provider: world.provider, router: again.router, port: again.port)
                let decision = try await next.get("/v1/decisions/\(head.header("x-bandit-decision-id") ?? "")")
                #expect(
                    decision.status == 200 && decision.json["outcome"]["status"].string == "cancelled",
                    "\(decision.text)")
                next.router.signal(SIGKILL)
                _ = await next.router.exitStatus()
            }
        }

        @Test(
            "SIGHUP and /v1/admin/reload swap a valid file in whole, and refuse an invalid one",
            arguments: [true, false])
        func reload(bySignal: Bool) async throws {
            try await withRouter { world in
                let good = try String(contentsOfFile: world.folder("router.yaml"), encoding: .utf8)
                func reload(_ text: String, isValid: Bool) async throws {
                    try world.folder.write(text, to: "router.yaml")
                    if bySignal {
                        let said = world.router.errors.text.count
                        world.router.signal(SIGHUP)
                        let line = isValid ? "Configuration reloaded." : "Configuration not reloaded"
                        #expect(try await eventually { world.router.errors.text.dropFirst(said).contains(line) })
                    } else {
                        let answer = try await world.post("/v1/admin/reload", "")
                        #expect(answer.status == (isValid ? 200 : 400), "\(answer.text)")
                        if !isValid { expectError(answer, 400, "invalid_configuration") }
                    }
                }
                #expect(try await world.feedback(world.chat().header("x-bandit-decision-id"), "true").status == 200)
                let changed = good.replacingOccurrences(of: "kind: fixed, arm: a", with: "kind: fixed, arm: b")
                    .replacingOccurrences(of: "arms: [a, b, c]", with: "arms: [b, a]")
                try await reload(changed, isValid: true)
                let answer = try await world.chat()
                #expect(answer.header("x-bandit-arm") == "b")
                #expect(
                    try await world.settled(answer.header("x-bandit-decision-id"))["arms"]
                        == .array([.string("b"), .string("a")]))
                #expect(try await world.cell("a")["n"].number == 1)

                try await reload(changed.replacingOccurrences(of: "routes:", with: "rotues:"), isValid: false)
                #expect(try await world.chat().header("x-bandit-arm") == "b")
                let metric = changed + "feedback: { metrics: [{ id: stars, kind: scale, min: 0, max: 10 }] }\n"
                try await reload(metric, isValid: true)
                let starred = try await world.feedback(answer.header("x-bandit-decision-id"), "5", #""metric":"stars""#)
                #expect(starred.status == 200 && starred.json["reward"].number == 0.5, "\(starred.text)")
                #expect(try await world.cell("b")["reward_sum"].number == 0.5)
            }
        }

        @Test("a reload drops no request")
        func reloadUnderLoad() async throws {
            try await withRouter { world in
                let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            var statuses: [Int] = []
                            for _ in 0..<40 { statuses.append(try await world.chat().status) }
                            return statuses
                        }
                    }
                    group.addTask {
                        for _ in 0..<10 {
                            let answer = try await world.post("/v1/admin/reload", "")
                            #expect(answer.status == 200)
                        }
                        return []
                    }
                    return try await group.reduce(into: [Int]()) { $0 += $1 }
                }
                #expect(statuses.count == 160 && statuses.allSatisfy { $0 == 200 })
            }
        }
    }
}
