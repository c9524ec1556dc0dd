import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("a store that cannot be written, and kill -9")
    struct StoreTests {
        @Test(
            "while another program holds the store: requests are served, feedback is refused, readiness says so, and all comes back"
        )
        func locked() async throws {
            try await withRouter { world in
                let before = try #require(try await world.chat().header("x-bandit-decision-id"))
                _ = try await world.settled(before)
                let other = try SQLiteFile(world.folder("store.sqlite"))
                try other.execute("BEGIN IMMEDIATE")
                let clock = ContinuousClock()
                let start = clock.now
                // The provider has said everything before the store says that it will not come: nothing of it may be lost.
                let late = try await world.chat(#""stream":true"#)
                let words = late.events.compactMap { JSON($0)["choices"][0]["delta"]["content"].string }
                #expect(words.filter { !$0.isEmpty }.count == 5 && late.events.last == "[DONE]", "\(late.text)")
                #expect(try await eventually { try await world.get("/health/ready").status == 503 })
                #expect(clock.now - start < .seconds(4))
                #expect(try await world.get("/health/live").status == 200)
                var served = [try #require(late.header("x-bandit-decision-id"))]
                for streams in [false, true] {
                    let answer = try await world.chat(#""stream":\#(streams)"#)
                    #expect(answer.status == 200)
                    served.append(try #require(answer.header("x-bandit-decision-id")))
                }
                let refused = try await world.feedback(before, "true")
                expectError(refused, 503, "store_unavailable", type: "server_error")
                #expect(refused.header("retry-after") == "1")
                let batch = try await world.post("/v1/feedback/batch", #"[{"decision_id":"\#(before)","value":true}]"#)
                expectError(batch, 503, "store_unavailable")

                try other.execute("ROLLBACK")
                #expect(
                    try await eventually(within: .seconds(10)) { try await world.get("/health/ready").status == 200 })
                #expect(try await world.cell("a")["n"].number == 0)
                for id in served {
                    let decision = try await world.settled(id)
                    #expect(decision["outcome"]["status"].string == "ok")
                    #expect(try await world.feedback(id, "true").json["status"].string == "applied")
                }
                #expect(try await world.cell("a")["n"].number == 3)
            }
        }

        @Test("what was served can be judged after the state was rebuilt: restart and fold are equal bit for bit")
        func restart() async throws {
            try await withRouter(
                RouterFile(
                    policy: "{ kind: thompson }", routeKeys: ["forgetting: { half_life: 1h }", "affinity: none"])
            ) { world in
                for index in 0..<40 {
                    let answer = try await world.chat(headers: [
                        ("X-Bandit-Category", index % 3 == 0 ? "code" : "general")
                    ])
                    let id = answer.header("x-bandit-decision-id")
                    _ = try await world.feedback(id, index % 4 == 0 ? "true" : "false")
                    if index % 5 == 0 { _ = try await world.feedback(id, "true") }
                    if index % 7 == 0 { _ = try await world.feedback(id, "null") }
                    _ = try await world.settled(id)
                }
                world.router.signal(SIGKILL)
                _ = await world.router.exitStatus()
                let verified = try await world.run(["verify"])
                #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
                let again = try await startRouter(world.folder)
                again.router.signal(SIGTERM)
                #expect(await again.router.exitStatus() == 0)
                #expect(try await world.run(["verify"]).status == 0)
            }
        }

        /// What the clients were told, and so may rely on.
        private struct Told: Sendable {
            /// Value by decision, as last acknowledged; nil: taken back.
            var values: [String: Bool?] = [:]
            /// Decisions whose feedback was sent but not acknowledged: the value may or may not be there.
            var open: [String: Bool?] = [:]
            /// The arm that served, as the answer's head said.
            var arms: [String: String] = [:]
            /// Pieces of feedback that were acknowledged.
            var acknowledged = 0
            /// In the order of the rounds.
            var decisions: [String] = []
            /// What a client was told instead of an answer, other than that the router is gone.
            var refusals: [String] = []

            mutating func add(_ part: Told) {
                values.merge(part.values) { $1 }
                open.merge(part.open) { $1 }
                arms.merge(part.arms) { $1 }
                decisions += part.decisions
                refusals += part.refusals
                acknowledged += part.acknowledged
            }
        }

        /// The issue asks for fifty; a few belong into every run of the tests.
        static let rounds = ProcessInfo.processInfo.environment["BANDIT_ROUTER_KILL_ROUNDS"].flatMap(Int.init) ?? 8

        @Test(
            "kill -9 at random moments under chat, streams, fallbacks and feedback: all that was acknowledged is there, nothing has an effect twice"
        )
        func kill() async throws {
            let provider = makeProvider()
            // Every third call of one arm fails: another one answers, and earns.
            let plans = (0..<9000).map { $0 % 3 == 2 ? FaultPlan(status: 500) : FaultPlan() }
            provider.script(plans, for: "m-a")
            let upstream = try await provider.start()
            let folder = try TemporaryFolder()
            try folder.write(
                RouterFile(policy: "{ kind: uniform }", routeKeys: ["affinity: none"]).text(
                    folder: folder.path, upstream: upstream),
                to: "router.yaml")
            var told = Told()
            var checked = 0
            var random = SplitMix(state: 41)
            for round in 0..<Self.rounds {
                let (router, port) = try await startRouter(folder)
                let world = World(folder: folder, provider: provider, router: router, port: port)
                checked = try await check(&told, from: checked, in: world)
                let stop = KillSwitch(
                    router: router, after: 1 + Int(random.next() % 400), microseconds: UInt32(random.next() % 3000))
                try await withThrowingTaskGroup(of: Told.self) { group in
                    for client in 0..<8 {
                        group.addTask { await Self.use(world, seed: UInt64(round * 8 + client), stop: stop) }
                    }
                    for try await part in group { told.add(part) }
                }
                // Should the clients have given up before.
                router.signal(SIGKILL)
                _ = await router.exitStatus()
            }
            #expect(told.refusals.isEmpty, "\(told.refusals)")
            #expect(told.acknowledged > Self.rounds * 10, "feedback is among what was killed")
            #expect(Set(told.arms.values) == ["a", "b", "c"])
            let (router, port) = try await startRouter(folder)
            let world = World(folder: folder, provider: provider, router: router, port: port)
            _ = try await check(&told, from: 0, in: world)
            router.signal(SIGKILL)
            _ = await router.exitStatus()
            #expect(try await world.run(["verify"]).status == 0)
            await provider.stop()
        }

        /// Kills the router a moment after so many acknowledgements.
        private struct KillSwitch: Sendable {
            let router: RouterProcess
            let after: Int
            let microseconds: UInt32
            private let count = Counter()

            init(router: RouterProcess, after: Int, microseconds: UInt32) {
                self.router = router
                self.after = after
                self.microseconds = microseconds
            }

            func acknowledged() {
                guard count.next() == after else { return }
                usleep(microseconds)
                router.signal(SIGKILL)
            }
        }

        private struct SplitMix {
            var state: UInt64

            mutating func next() -> UInt64 {
                state &+= 0x9E37_79B9_7F4A_7C15
                var z = state
                z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
                z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                return z ^ (z >> 31)
            }
        }

        /// Chats and gives feedback until the router is gone.
        private static func use(_ world: World, seed: UInt64, stop: KillSwitch) async -> Told {
            var told = Told()
            var random = SplitMix(state: seed)
            while true {
                let streams = random.next() % 3 == 0
                guard let answer = try? await world.chat(streams ? #""stream":true"# : "") else { return told }
                guard answer.status == 200, let id = answer.header("x-bandit-decision-id") else {
                    told.refusals.append("\(answer.status) \(answer.text)")
                    return told
                }
                told.decisions.append(id)
                told.arms[id] = answer.header("x-bandit-arm")
                stop.acknowledged()
                for step in 0...Int(random.next() % 4) {
                    let value: Bool? = step == 2 ? nil : random.next() % 2 == 0
                    let text = value.map { "\($0)" } ?? "null"
                    told.open[id] = .some(value)
                    guard let answer = try? await world.feedback(id, text, #""idempotency_key":"\#(id)-\#(step)""#)
                    else { return told }
                    if answer.status == 503 {
                        // The disk was too slow: nothing of it may be there.
                        told.open[id] = nil
                        continue
                    }
                    guard answer.status == 200 else {
                        told.refusals.append("\(answer.status) \(answer.text)")
                        return told
                    }
                    told.open[id] = nil
                    told.values[id] = .some(value)
                    told.acknowledged += 1
                    stop.acknowledged()
                }
            }
        }

        /// Looks at every decision from one on, and at the sums of all.
        ///
        /// What was sent but not acknowledged may be there or not: from now on it is known.
        private func check(_ told: inout Told, from first: Int, in world: World) async throws -> Int {
            for id in told.decisions[first...] {
                let shown = try await world.get("/v1/decisions/\(id)")
                #expect(shown.status == 200, "the decision \(id) is lost")
                #expect(shown.json["served_arm"].string == told.arms[id], "\(shown.text)")
                let reward = shown.json["reward"].number.map { $0 == 1 }
                var possible: Set<Bool?> = [told.values[id] ?? nil]
                if let value = told.open[id] { possible.insert(value) }
                #expect(possible.contains(reward), "\(id): \(reward.debugDescription) instead of \(possible)")
                told.open[id] = nil
                told.values[id] = .some(reward)
            }
            var n: [String: Double] = [:]
            var sum: [String: Double] = [:]
            for (id, value) in told.values {
                guard let value, let arm = told.arms[id] else { continue }
                n[arm, default: 0] += 1
                sum[arm, default: 0] += value ? 1 : 0
            }
            for arm in ["a", "b", "c"] {
                let cell = try await world.cell(arm)
                #expect(cell["n"].number == n[arm, default: 0], "\(arm): \(cell)")
                #expect(cell["reward_sum"].number == sum[arm, default: 0], "\(arm): \(cell)")
            }
            return told.decisions.count
        }

        @Test(
            "killed right after the head of a fallback's answer, the router still knows who served",
            arguments: [true, false])
        func killedAfterFallback(streams: Bool) async throws {
            let provider = makeProvider()
            let upstream = try await provider.start()
            let folder = try TemporaryFolder()
            try folder.write(RouterFile().text(folder: folder.path, upstream: upstream), to: "router.yaml")
            for _ in 0..<4 {
                let (router, port) = try await startRouter(folder)
                var world = World(folder: folder, provider: provider, router: router, port: port)
                provider.script([FaultPlan(status: 500)], for: "m-a")
                // The stream goes on for a second after its first words.
                provider.script([FaultPlan(tokenGapMilliseconds: streams ? 200 : 0)], for: "m-b")
                let head = try await blocking {
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    try connection.send(
                        HTTPCall("POST", "/v1/chat/completions", json: World.body(streams ? #""stream":true"# : "")))
                    let head = try connection.readHead()
                    router.signal(SIGKILL)
                    return head
                }
                _ = await router.exitStatus()
                #expect(head.status == 200 && head.header("x-bandit-arm") == "b")
                provider.clearScripts()
                let (again, newPort) = try await startRouter(folder)
                world = World(folder: folder, provider: provider, router: again, port: newPort)
                let answer = try await world.feedback(head.header("x-bandit-decision-id"), "true")
                #expect(answer.json["arm"].string == "b" && answer.json["status"].string == "applied", "\(answer.text)")
                again.signal(SIGKILL)
                _ = await again.exitStatus()
            }
            #expect(try await RouterProgram.run(["verify", "--config", folder("router.yaml")]).status == 0)
            await provider.stop()
        }
    }
}
