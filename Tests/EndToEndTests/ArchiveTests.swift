import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// Commands on a store: beside a running router, and without one.
    @Suite("export, import, explain, quarantine")
    struct ArchiveTests {
        /// Some traffic with feedback, corrections and retractions.
        static func use(_ world: World, _ count: Int = 30, key: String? = nil) async throws -> [String] {
            var ids: [String] = []
            for index in 0..<count {
                let answer = try await world.chat(
                    index % 4 == 0 ? #""stream":true"# : "",
                    headers: [("X-Bandit-Category", index % 3 == 0 ? "code" : "general")], key: key)
                let id = try #require(answer.header("x-bandit-decision-id"), "\(answer.text)")
                _ = try await world.settled(id, key: key)
                _ = try await world.feedback(id, index % 4 == 0 ? "true" : "false", key: key)
                if index % 5 == 0 { _ = try await world.feedback(id, "true", key: key) }
                if index % 7 == 0 { _ = try await world.feedback(id, "null", key: key) }
                ids.append(id)
            }
            return ids
        }

        private static let file = RouterFile(
            policy: "{ kind: thompson }",
            routeKeys: ["forgetting: { half_life: 1h }", "affinity: none", "exploration: { floor: 0.05 }"])

        /// The configuration of another store in the same folder.
        private func other(_ world: World, _ name: String, _ change: (String) -> String = { $0 }) throws -> String {
            let text = try String(contentsOfFile: world.folder("router.yaml"), encoding: .utf8)
            let path = world.folder("\(name).yaml")
            try world.folder.write(
                change(text.replacing("/store.sqlite", with: "/\(name).sqlite")), to: "\(name).yaml")
            return path
        }

        @Test(
            "a log exported beside the running router and brought into a new store teaches the same, and can be evaluated",
            arguments: ["log.jsonl", "log.jsonl.gz"])
        func roundTrip(name: String) async throws {
            try await withRouter(Self.file) { world in
                _ = try await Self.use(world)
                let log = world.folder(name)
                let exported = try await world.run(["export", log])
                #expect(exported.status == 0 && exported.output.hasPrefix("30 decisions exported"), "\(exported)")
                #expect(!FileManager.default.fileExists(atPath: log + ".partial"))
                let again = try await world.run(["export", log])
                #expect(again.status == 3 && again.errors.contains("--force"), "\(again)")
                let evaluated = try await RouterProgram.run(["evaluate", log, "--policy", "logged"])
                #expect([0, 1].contains(evaluated.status), "\(evaluated.errors)")

                let busy = try await world.run(["import", log])
                #expect(busy.status == 3 && busy.errors.contains("in use by another router"), "\(busy)")
                let yaml = try other(world, "other")
                let imported = try await RouterProgram.run(["import", log, "--config", yaml])
                #expect(imported.status == 0 && imported.output.hasPrefix("30 decisions imported"), "\(imported)")
                #expect(try await RouterProgram.run(["verify", "--config", yaml]).status == 0)

                // The other store's own export is the same but for its name.
                let copy = world.folder("copy-\(name)")
                #expect(try await RouterProgram.run(["export", copy, "--config", yaml]).status == 0)
                let plain = try [log, copy].map { path in
                    try String(decoding: read(path), as: UTF8.self).replacing(/"store":\{[^}]*\},/, with: "")
                }
                #expect(plain[0] == plain[1])
                #expect(plain[0].split(separator: "\n").count == 30)
                // Twice is once.
                let twice = try await RouterProgram.run(["import", copy, "--config", yaml])
                #expect(twice.output.hasPrefix("0 decisions imported, 30 were there already"), "\(twice)")

                // A router on the new store shows what the old one's shows.
                let second = try RouterProcess(["serve", "--config", yaml])
                let line = try #require(try await second.errors.line(containing: "Listening."))
                let port = try #require(
                    line.firstRange(of: "http://127.0.0.1:").flatMap {
                        Int(line[$0.upperBound...].prefix { $0.isNumber })
                    })
                let there = World(folder: world.folder, provider: world.provider, router: second, port: port)
                for arm in ["a", "b", "c"] {
                    // Read at other instants, the sums have decayed by a little more.
                    let (left, right) = (try await world.cell(arm), try await there.cell(arm))
                    for field in ["n", "reward_sum", "alpha"] {
                        let (one, two) = (left[field].number ?? -1, right[field].number ?? -2)
                        #expect(abs(one - two) < 0.01, "\(arm) \(field): \(one), \(two)")
                    }
                }
                second.signal(SIGTERM)
                #expect(await second.exitStatus() == 0)
            }
        }

        /// The bytes of a file, unzipped.
        private func read(_ path: String) throws -> Data {
            guard path.hasSuffix(".gz") else { return try Data(contentsOf: URL(filePath: path)) }
            let process = Process()
            process.executableURL = URL(filePath: "/bin/gzip")
            process.arguments = ["-dc", path]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return data
        }

        @Test(
            "an export that was cut off goes on where it ended, as of the moment it began, and ends in the same bytes")
        func resumedExport() async throws {
            try await withRouter(Self.file) { world in
                let ids = try await Self.use(world, 12)
                let (whole, cut) = (world.folder("whole.jsonl"), world.folder("cut.jsonl"))
                #expect(try await world.run(["export", whole]).status == 0)
                // What an export leaves behind that was killed after its fifth line, in the middle of the sixth.
                let lines = try String(contentsOfFile: whole, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: true)
                let kept = lines[..<5].joined(separator: "\n") + "\n"
                try world.folder.write(kept + lines[5].prefix(100), to: "cut.jsonl.partial")
                let first = JSON(String(lines[0]))["store"]
                let progress: [String: Any] = [
                    "store": first["id"].string ?? "", "asOf": Int(saturating: first["as_of"].number ?? 0),
                    "after": Int(saturating: JSON(String(lines[4]))["record"]["seq"].number ?? 0), "decisions": 5,
                    "bytes": kept.utf8.count, "base": 0,
                ]
                try world.folder.write(
                    String(decoding: try JSONSerialization.data(withJSONObject: progress), as: UTF8.self),
                    to: "cut.jsonl.progress")
                // Meanwhile the log goes on.
                for id in ids { _ = try await world.feedback(id, "true") }
                _ = try await Self.use(world, 3)
                let resumed = try await world.run(["export", cut])
                #expect(resumed.status == 0 && resumed.output.contains("(5 of them"), "\(resumed)")
                #expect(try Data(contentsOf: URL(filePath: cut)) == Data(contentsOf: URL(filePath: whole)))
                #expect(!FileManager.default.fileExists(atPath: cut + ".progress"))
            }
        }

        /// What a crafted line says, and the complaint.
        private static let crafted: [(from: String, to: String, complaint: String)] = [
            (#""record""#, #""recorded""#, "record: is missing"),
            (#""policy":"thompson""#, #""policy":7"#, "record.policy: must be a string"),
            (#""status":"ok""#, #""status":"fine""#, "record.outcome.status"),
            (#""seq":"#, #""seq":-"#, "record"),
            (#""arms":\["#, #""arms":[3,"#, "arms"),
            (#""time_us":\d+"#, #""time_us":9223372036854775807"#, "record.time_us: must be a whole number from 0 to"),
            (#""time_us":\d+"#, #""time_us":-9223372036854775808"#, "record.time_us: must be"),
            // The year 2100.
            (#""time_us":\d+"#, #""time_us":4102444800000000"#, "record.time_us: must be"),
            (#""state_time_us":\d+"#, #""state_time_us":4102444800000000"#, "record.state_time_us: must be"),
            (#""received_us":\d+"#, #""received_us":4102444800000000"#, "received_us: must be"),
            (#""probabilities":\[[^\]]*\]"#, #""probabilities":[1e308,1e308]"#, "probabilities: must be a list of"),
            (#""probabilities":\[[^\]]*\]"#, #""probabilities":[0.9,0.9,0.9]"#, "probabilities: must sum to 1"),
            (#""probabilities":\[[^\]]*\]"#, #""probabilities":[NaN,1]"#, "line"),
            (#""propensity":[\d.e-]+"#, #""propensity":0"#, "propensity: must be a number from"),
            (#""propensity":[\d.e-]+"#, #""propensity":-1e308"#, "propensity: must be"),
            (#""latency_ms":[\d.e-]+"#, #""latency_ms":1e300"#, "latency_ms: must be"),
            (#""latency_ms":[\d.e-]+"#, #""latency_ms":-1"#, "latency_ms: must be"),
            (#""prompt_tokens":\d+"#, #""prompt_tokens":-1"#, "record.outcome.prompt_tokens: must be"),
            (
                #""route":"auto""#, #""route":"\#(String(repeating: "x", count: 513))""#,
                "route: must be a string of at most"
            ),
        ]

        @Test("a file with a crafted or broken line is refused with file, line and field before anything is written")
        func badLines() async throws {
            try await withRouter(Self.file) { world in
                _ = try await Self.use(world, 5)
                let log = world.folder("log.jsonl")
                #expect(try await world.run(["export", log]).status == 0)
                let yaml = try other(world, "other")
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
                // The fourth line has feedback and is whole.
                for (from, to, complaint) in Self.crafted {
                    var bad = lines
                    bad[3] = try bad[3].replacing(Regex(from), with: to)
                    try #require(bad[3] != lines[3], "\(from)")
                    try world.folder.write(bad.joined(separator: "\n"), to: "bad.jsonl")
                    let refused = try await RouterProgram.run(["import", world.folder("bad.jsonl"), "--config", yaml])
                    #expect(
                        refused.status == 3 && refused.errors.contains("bad.jsonl:4: ")
                            && refused.errors.contains(complaint), "\(to): \(refused.errors)")
                    #expect(!FileManager.default.fileExists(atPath: world.folder("other.sqlite")), "\(to)")
                }
                for (change, complaint) in [
                    ({ $0[3] = String($0[3].dropLast(5)) }, "bad.jsonl:4: line"),
                    ({ $0[3] = $0[2] }, "bad.jsonl:4: record.seq: must be after"),
                    ({ $0.swapAt(2, 3) }, "bad.jsonl:4: record.seq: must be after"),
                ] as [((inout [String]) -> Void, String)] {
                    var bad = lines
                    change(&bad)
                    try world.folder.write(bad.joined(separator: "\n"), to: "bad.jsonl")
                    let refused = try await RouterProgram.run(["import", world.folder("bad.jsonl"), "--config", yaml])
                    #expect(refused.status == 3 && refused.errors.contains(complaint), "\(refused.errors)")
                    #expect(!FileManager.default.fileExists(atPath: world.folder("other.sqlite")))
                }
                let mended = try await RouterProgram.run(["import", log, "--config", yaml])
                #expect(mended.status == 0 && mended.output.hasPrefix("5 decisions imported"), "\(mended)")
                #expect(try await RouterProgram.run(["verify", "--config", yaml]).status == 0)
            }
        }

        @Test("whatever values stand in a log, an import takes it whole or refuses it with its line, and verify agrees")
        func hostileLog() async throws {
            try await withRouter(Self.file) { world in
                _ = try await Self.use(world, 8)
                let log = world.folder("log.jsonl")
                #expect(try await world.run(["export", log]).status == 0)
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
                let yaml = try other(world, "hostile")
                let values = [
                    "-1", "0", "9223372036854775807", "-9223372036854775808", "1e308", "null", #""x""#, "[]", "{}",
                    "1.5",
                    "99999999999999999999", #""""#, "true", #""\u0000""#, "1e-320", "-0.0", "18446744073709551615",
                    "9223372036854775808", "4e18", "1000000000001", "4102444800000000", "-1e308", "0.30000000000000004",
                ]
                var random: UInt64 = 11
                func pick(_ count: Int) -> Int {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Int(random >> 33) % count
                }
                // A log of its own is there already, so that places are moved.
                let own = world.folder("own.jsonl")
                try world.folder.write(lines[..<2].joined(separator: "\n"), to: "own.jsonl")
                #expect(try await RouterProgram.run(["import", own, "--config", yaml]).status == 0)
                var refused = 0
                for round in 0..<30 {
                    var bad = Array(lines[2...])
                    let index = pick(bad.count)
                    let places = bad[index].matches(of: /:(-?[0-9.e+-]+|"[^"]*"|null|true|false)/).map(\.output.1)
                    let place = places[pick(places.count)]
                    bad[index].replaceSubrange(
                        place.startIndex..<place.endIndex, with: values[pick(values.count)])
                    try world.folder.write(bad.joined(separator: "\n"), to: "bad.jsonl")
                    let result = try await RouterProgram.run(["import", world.folder("bad.jsonl"), "--config", yaml])
                    #expect([0, 3].contains(result.status), "\(round): \(result) \(bad[index])")
                    if result.status == 3 {
                        refused += 1
                        #expect(result.errors.contains("bad.jsonl:"), "\(result.errors) \(bad[index])")
                        let undone = try await RouterProgram.run(["import", "--undo", "--config", yaml])
                        #expect(undone.output.contains("nothing to remove"), "\(undone)")
                    }
                    let verified = try await RouterProgram.run(["verify", "--config", yaml])
                    #expect(verified.status == 0, "\(round): \(verified) \(bad[index])")
                }
                #expect(refused > 10)
            }
        }

        @Test(
            "explain computes a decision again from the log, beside the running router, and tells when it cannot be the same"
        )
        func explain() async throws {
            try await withRouter(Self.file) { world in
                let ids = try await Self.use(world)
                for id in ids[20...] {
                    let explained = try await world.run(["explain", id, "--format", "json"])
                    let json = JSON(explained.output)
                    #expect(explained.status == 0 && json["agrees"].bool == true, "\(explained)")
                    #expect(json["redrawn"] == json["arm"])
                    #expect(json["arms"].list.count == 3)
                    for arm in json["arms"].list {
                        #expect(arm["probability"] == arm["recomputed"])
                        // More is known now, but for the two answers of which it was taken back.
                        #expect((arm["now"]["n"].number ?? 0) + 2.5 > arm["then"]["n"].number ?? 99)
                    }
                    #expect(json["state_version"].number ?? 0 > 0)
                }
                let text = try await world.run(["explain", ids[29]])
                #expect(text.status == 0 && text.output.contains("bit for bit"), "\(text)")
                let greedy = try await world.chat(headers: [("X-Bandit-Explore", "off")])
                let id = try #require(greedy.header("x-bandit-decision-id"))
                _ = try await world.settled(id)
                #expect(try await world.run(["explain", id]).output.contains("explore: off"))
                let pinned = try #require(
                    try await world.chat(#""model":"b""#).header("x-bandit-decision-id"))
                _ = try await world.settled(pinned)
                #expect(try await world.run(["explain", pinned]).output.contains("the client named the arm"))

                // Under another policy the same log gives other probabilities.
                let text2 = try String(contentsOfFile: world.folder("router.yaml"), encoding: .utf8)
                try world.folder.write(text2.replacing("kind: thompson", with: "kind: uniform"), to: "changed.yaml")
                let changed = try await RouterProgram.run(
                    ["explain", ids[29], "--config", world.folder("changed.yaml")])
                #expect(changed.status == 1 && changed.output.contains("differ by up to"), "\(changed)")
                let unknown = try await world.run(["explain", "01890000-0000-7000-8000-000000000000"])
                #expect(unknown.status == 3 && unknown.errors.contains("no decision has the id"))
                #expect(try await world.run(["explain", "nonsense"]).status == 3)
            }
        }

        @Test(
            "a key's influence is removed beside the running router and without it; a dry run only says what would go")
        func quarantine() async throws {
            try await withRouter { world in
                let (good, bad) = (
                    try await world.makeKey("--scope", "admin"),
                    try await world.makeKey("--scope", "feedback", "--scope", "chat")
                )
                var id = ""
                for index in 0..<6 {
                    let answer = try await world.chat(key: bad)
                    id = try #require(answer.header("x-bandit-decision-id"))
                    _ = try await world.feedback(id, "false", key: index < 4 ? bad : good)
                }
                #expect(try await world.cell("a", key: good)["n"].number == 6)
                let keyID = try #require(try await world.get("/v1/decisions/\(id)", key: good).json["key_id"].string)
                let dry = try await world.run(["quarantine", "--key", keyID, "--dry-run", "--format", "json"])
                let cell = JSON(dry.output)["cells"][0]
                #expect(dry.status == 0 && cell["n_before"].number == 6 && cell["n_after"].number == 2, "\(dry)")
                #expect(try await world.cell("a", key: good)["n"].number == 6)
                let live = try await world.run(["quarantine", "--key", keyID])
                #expect(live.status == 0 && live.output.contains("carried out by the running router"), "\(live)")
                #expect(try await eventually { try await world.cell("a", key: good)["n"].number == 2 })
                #expect(try await world.feedback(id, "true", key: bad).json["reward"] != .number(1))
                #expect(try await world.run(["quarantine", "--key", keyID]).output.contains("already"))

                let mistyped = try await world.run(["quarantine", "--key", keyID + "x"])
                #expect(mistyped.status == 3 && mistyped.errors.contains("no key with the id"), "\(mistyped)")

                world.router.signal(SIGKILL)
                _ = await world.router.exitStatus()
                let keys = try await world.run(["keys", "list", "--format", "json"])
                let others = JSON(keys.output)["data"].list.compactMap(\.["id"].string).filter { $0 != keyID }
                let stopped = try await world.run(["quarantine", "--key", try #require(others.first)])
                #expect(stopped.status == 0 && stopped.output.contains("carried out"), "\(stopped) \(keys.output)")
                #expect(try await world.run(["verify"]).status == 0)
            }
        }
    }
}
