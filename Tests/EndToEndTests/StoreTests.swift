import Foundation
import GRDB
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
                var options = Configuration()
                options.allowsUnsafeTransactions = true
                options.busyMode = .timeout(10)
                let other = try DatabaseQueue(path: world.folder("store.sqlite"), configuration: options)
                try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
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

                try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try other.close()
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

        /// What one client was told, and so may rely on.
        private struct Told: Sendable {
            /// Value by decision, as last acknowledged; nil: taken back.
            var values: [String: Bool?] = [:]
            /// Decisions whose feedback was sent but not acknowledged: the value may or may not be there.
            var open: [String: Bool?] = [:]
            var arms: [String: String] = [:]
            var decisions: [String] = []
        }

        @Test("kill -9 under load, several times: all that was acknowledged is there, nothing has an effect twice")
        func kill() async throws {
            let provider = makeProvider()
            let upstream = try await provider.start()
            let folder = try TemporaryFolder()
            try folder.write(
                RouterFile(policy: "{ kind: uniform }", routeKeys: ["affinity: none"]).text(
                    folder: folder.path, upstream: upstream),
                to: "router.yaml")
            var told = Told()
            for round in 0..<4 {
                let (router, port) = try await startRouter(folder)
                let world = World(folder: folder, provider: provider, router: router, port: port)
                try await check(told, in: world)
                let earlier = told
                let clients = 8
                let stop = Counter()
                told = try await withThrowingTaskGroup(of: Told.self) { group in
                    for client in 0..<clients {
                        group.addTask { await Self.use(world, seed: UInt64(round * clients + client), stop: stop) }
                    }
                    var all = earlier
                    for try await part in group {
                        all.values.merge(part.values) { $1 }
                        all.open.merge(part.open) { $1 }
                        all.arms.merge(part.arms) { $1 }
                        all.decisions += part.decisions
                    }
                    return all
                }
                _ = await router.exitStatus()
            }
            #expect(told.values.count > 100)
            let (router, port) = try await startRouter(folder)
            let world = World(folder: folder, provider: provider, router: router, port: port)
            try await check(told, in: world)
            router.signal(SIGKILL)
            _ = await router.exitStatus()
            #expect(try await world.run(["verify"]).status == 0)
            await provider.stop()
        }

        /// Chats and gives feedback until the router is gone; the hundredth acknowledgement of all clients kills it.
        private static func use(_ world: World, seed: UInt64, stop: Counter) async -> Told {
            var told = Told()
            var number = seed
            while true {
                number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                guard let answer = try? await world.chat(), answer.status == 200,
                    let id = answer.header("x-bandit-decision-id")
                else { return told }
                told.decisions.append(id)
                told.arms[id] = answer.header("x-bandit-arm")
                for step in 0...Int(number >> 62) {
                    let value: Bool? = step == 2 ? nil : (number >> (8 + UInt64(step))) & 1 == 1
                    let text = value.map { "\($0)" } ?? "null"
                    told.open[id] = .some(value)
                    guard let answer = try? await world.feedback(id, text, #""idempotency_key":"\#(id)-\#(step)""#),
                        answer.status == 200
                    else { return told }
                    told.open[id] = nil
                    told.values[id] = .some(value)
                    if stop.next() == 100 { world.router.signal(SIGKILL) }
                }
            }
        }

        private func check(_ told: Told, in world: World) async throws {
            var n: [String: Double] = [:]
            var sum: [String: Double] = [:]
            for id in told.decisions {
                let shown = try await world.get("/v1/decisions/\(id)")
                #expect(shown.status == 200, "the decision \(id) is lost")
                let arm = told.arms[id] ?? ""
                #expect(shown.json["served_arm"].string == arm)
                let reward = shown.json["reward"].number
                var possible: Set<Double?> = []
                if let value = told.values[id] {
                    possible.insert(value.map { $0 ? 1 : 0 })
                } else {
                    possible.insert(nil)
                }
                if let value = told.open[id] { possible.insert(value.map { $0 ? 1 : 0 }) }
                #expect(possible.contains(reward), "\(id): \(reward.debugDescription) instead of \(possible)")
                if let reward {
                    n[arm, default: 0] += 1
                    sum[arm, default: 0] += reward
                }
            }
            for arm in ["a", "b", "c"] {
                let cell = try await world.cell(arm)
                #expect(cell["n"].number == n[arm, default: 0], "\(arm): \(cell)")
                #expect(cell["reward_sum"].number == sum[arm, default: 0], "\(arm): \(cell)")
            }
        }
    }
}
