import BanditCore
import Foundation
import Testing

/// Logs whose truth is known and that say less than they seem to: each is drawn here with a fixed seed.
@Suite("Logs that cannot carry a verdict")
struct DoubtfulLogTests {
    /// What a run printed, as far as these tests ask.
    private struct Report {
        let status: Int32
        let json: [String: Any]
        let text: String

        func policy(_ name: String) -> [String: Any] {
            (json["policies"] as? [[String: Any]])?.first { $0["policy"] as? String == name } ?? [:]
        }
        func diagnostics(_ name: String) -> [String: Any] { policy(name)["diagnostics"] as? [String: Any] ?? [:] }
        func verdict(_ name: String) -> String { diagnostics(name)["verdict"] as? String ?? "" }
        func reasons(_ name: String) -> String {
            (diagnostics(name)["reasons"] as? [String] ?? []).joined(separator: " ")
        }
        func estimate(_ name: String, _ estimator: String) -> [String: Any] {
            (policy(name)["estimates"] as? [[String: Any]])?.first { $0["estimator"] as? String == estimator } ?? [:]
        }
        func interval(_ name: String, _ estimator: String) -> [Double]? {
            estimate(name, estimator)["interval"] as? [Double]
        }
        var gates: [[String: Any]] { json["gates"] as? [[String: Any]] ?? [] }
        var warnings: String { (json["warnings"] as? [String] ?? []).joined(separator: " ") }
        /// Every interval of every estimate.
        var intervals: [[Double]] {
            (json["policies"] as? [[String: Any]] ?? []).flatMap { policy in
                (policy["estimates"] as? [[String: Any]] ?? []).compactMap { $0["interval"] as? [Double] }
            }
        }
    }

    private static func run(_ lines: [String], _ arguments: [String], command: String = "evaluate") throws -> Report {
        try SimulateProcess.withFolder { folder in
            let path = folder.appending(path: "log.jsonl").path()
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            let result = try SimulateProcess.run([command, path, "--format", "json"] + arguments)
            #expect(result.status < 2, "\(result.errors)")
            return Report(
                status: result.status, json: try EvaluationFixture.json(result.output), text: result.output)
        }
    }

    /// Of the first gate.
    private static func reason(_ report: Report) -> String {
        guard let reason = report.gates.first?["reason"] as? String else { return "" }
        return reason
    }

    /// Two arms drawn evenly, both worth .5.
    private static func even(_ count: Int, seed: UInt64, session: (Int) -> String? = { _ in nil }) -> [String] {
        var generator = Xoshiro256StarStar(seed: seed)
        var moods: [String: Double] = [:]
        return (0..<count).map { row in
            let name = session(row)
            let mood = name.map { name in
                if let mood = moods[name] { return mood }
                moods[name] = generator.uniform()
                return moods[name]!
            }
            return line(
                "\(row)", arms: ["a", "b"], arm: generator.uniform() < 0.5 ? "a" : "b", propensity: 0.5,
                probabilities: [0.5, 0.5], reward: generator.uniform() < (mood ?? 0.5) ? 1 : 0, session: name)
        }
    }

    @Test("gates show nothing by intervals that the report itself calls too narrow, nor by rows that outlived others")
    func gates() throws {
        let claims = ["--policy", "fixed:a", "--gate", "fixed:a > 0.01", "--gate", "fixed:a < 0.99"]
        let moody = Self.even(1_200, seed: 5) { "\($0 / 40)" }
        let byRow = try Self.run(moody, claims)
        #expect(byRow.status == 1 && byRow.gates.allSatisfy { $0["shown"] as? Bool == false }, "\(byRow.text)")
        #expect(Self.reason(byRow).contains("--cluster session"))
        let bySession = try Self.run(moody, claims + ["--cluster", "session"])
        #expect(bySession.status == 0 && bySession.gates.allSatisfy { $0["shown"] as? Bool == true })
        // A row in ten is no row.
        let plain = Self.even(1_200, seed: 6)
        let torn = plain.enumerated().map { $0 % 10 == 5 ? "{" : $1 }
        let skipping = try Self.run(torn, claims + ["--skip-invalid", "1000"])
        #expect(skipping.gates.allSatisfy { $0["shown"] as? Bool == false })
        #expect(Self.reason(skipping).contains("120 rows could not be read"))
        #expect(try Self.run(plain, claims).gates.allSatisfy { $0["shown"] as? Bool == true })
    }

    @Test("replicates too few for their quantiles, and numbers that nothing can be compared with, are refused")
    func usage() throws {
        try SimulateProcess.withFolder { folder in
            let path = folder.appending(path: "log.jsonl").path()
            try Data((Self.even(300, seed: 7).joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            for (arguments, words) in [
                (["--bootstrap-replicates", "38"], "must be from 39"),
                (["--bootstrap-replicates", "198", "--confidence", "0.99"], "must be from 199"),
                (["--gate", "logged > nan"], "is no number"), (["--gate", "logged > -inf"], "is no number"),
            ] {
                let result = try SimulateProcess.run(["evaluate", path, "--policy", "logged"] + arguments)
                #expect(result.status == 2 && result.errors.contains(words), "\(arguments): \(result.errors)")
            }
            #expect(
                try SimulateProcess.run(["evaluate", path, "--policy", "logged", "--bootstrap-replicates", "39"]).status
                    == 0)
        }
    }

    private static func line(
        _ id: String, arms: [String], arm: String, propensity: Double, probabilities: [Double]? = nil, reward: Double?,
        category: String? = nil, session: String? = nil, cost: Double? = nil
    ) -> String {
        var fields = [
            #""decision_id":"\#(id)""#, #""arms":\#(arms)"#, #""arm":"\#(arm)""#, #""propensity":\#(propensity)"#,
            #""reward":\#(reward.map { "\($0)" } ?? "null")"#,
        ]
        if let probabilities { fields.append(#""probabilities":\#(probabilities)"#) }
        if let category { fields.append(#""category":"\#(category)""#) }
        if let session { fields.append(#""session_id":"\#(session)""#) }
        if let cost { fields.append(#""cost_usd":\#(cost)"#) }
        return "{\(fields.joined(separator: ","))}"
    }

    // MARK: Silence

    /// Two arms worth .5 each, drawn evenly. Half of a's users speak, of b's nearly only the happy ones.
    private static func happyUsersSpeak(thumbsUpOnly: Bool = false) -> [String] {
        var generator = Xoshiro256StarStar(seed: 41)
        return (0..<4_000).map { index in
            let isA = generator.uniform() < 0.5
            let reward = generator.uniform() < 0.5 ? 1.0 : 0
            let speaks = generator.uniform() < (isA || reward > 0 ? 0.5 : 0.1)
            return line(
                "m\(index)", arms: ["a", "b"], arm: isA ? "a" : "b", propensity: 0.5, probabilities: [0.5, 0.5],
                reward: speaks && !(thumbsUpOnly && reward == 0) ? reward : nil)
        }
    }

    private static let everyPolicy = ["logged", "uniform", "fixed:a", "fixed:b"].flatMap { ["--policy", $0] }

    @Test("where only b's happy users speak, nothing is shown, and the reason is who speaks, not propensities")
    func silence() throws {
        let report = try Self.run(
            Self.happyUsersSpeak(),
            Self.everyPolicy + [
                "--gate", "fixed:b > fixed:a", "--gate", "uniform > logged - 0.02", "--gate", "fixed:b > 0.5",
            ])
        #expect(report.status == 1)
        for policy in ["logged", "uniform", "fixed:a", "fixed:b"] {
            #expect(report.verdict(policy) == "weak", "\(policy): \(report.reasons(policy))")
            let reasons = report.reasons(policy)
            #expect(reasons.contains("differs by arm (b 7") && reasons.contains("a 4"), "\(reasons)")
            #expect(!reasons.contains("propensit"), "\(reasons)")
            // Truth .5: the bounds hold it, b's interval does not.
            let missing = try #require(report.diagnostics(policy)["missing_feedback"] as? [String: Any])
            let bounds = try #require(missing["bounds"] as? [Double])
            #expect(bounds[0] < 0.5 && bounds[1] > 0.5)
        }
        #expect(try #require(report.interval("fixed:b", "dr"))[0] > 0.5)
        #expect(report.gates.map { $0["shown"] as? Bool } == [false, true, false])
        // How much less content the silent must be for the claim to fall: (about .34 − .06)/(.71 + .49).
        let point = try #require(report.gates[0]["breakdown_point"] as? Double)
        #expect(point > 0.1 && point < 0.35)
        #expect(report.gates[1]["breakdown_point"] is NSNull)
    }

    @Test(
        "what is taken for granted is said in every output",
        arguments: [["--missing", "at-random"], ["--assume", "missing-at-random"]])
    func assumption(flags: [String]) throws {
        try SimulateProcess.withFolder { folder in
            let path = folder.appending(path: "log.jsonl").path()
            let page = folder.appending(path: "page.html")
            try Data(Self.happyUsersSpeak().joined(separator: "\n").utf8).write(to: URL(filePath: path))
            let arguments = ["evaluate", path] + flags + ["--policy", "fixed:b", "--gate", "fixed:b > fixed:a"]
            let json = try SimulateProcess.run(arguments + ["--format", "json", "--report", page.path()])
            #expect(json.status == 0, "\(json.errors)")
            #expect(try EvaluationFixture.json(json.output)["assumptions"] as? [String] == ["missing-at-random"])
            let table = try SimulateProcess.run(arguments).output
            #expect(table.contains("feedback is missing at random") && table.contains("assuming missing-at-random"))
            let csv = try SimulateProcess.run(arguments + ["--format", "csv"]).output
            let lines = csv.split(whereSeparator: \.isNewline)
            // The log's notes, of which there are none, stand behind it.
            #expect(lines[0].hasSuffix(",assumption,notes") && lines.count > 1)
            #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(",missing-at-random,") })
            #expect(try String(contentsOf: page, encoding: .utf8).contains("feedback is missing at random"))
        }
        #expect(try SimulateProcess.run(["evaluate", "x", "--missing", "never"]).status == 2)
        #expect(try SimulateProcess.run(["evaluate", "x", "--assume", "all-is-well"]).status == 2)
        #expect(try SimulateProcess.run(["evaluate", "x", "--missing", "judge"]).status == 2)
    }

    @Test(
        "where every reward is a thumb up the log is weak, shows nothing even when silence is taken to be at random, and no interval leaves [0, 1]",
        arguments: [[], ["--missing", "at-random"]])
    func thumbsUp(flags: [String]) throws {
        let report = try Self.run(
            Self.happyUsersSpeak(thumbsUpOnly: true),
            Self.everyPolicy + flags + ["--gate", "logged > 0.9", "--gate", "fixed:b > 0.5"])
        for policy in ["logged", "uniform", "fixed:a", "fixed:b"] {
            #expect(report.verdict(policy) == "weak")
            #expect(report.reasons(policy).contains("every reward given is the same"), "\(report.reasons(policy))")
        }
        #expect(report.status == 1 && report.gates.allSatisfy { $0["shown"] as? Bool == false })
        #expect(report.intervals.count > 20 && report.intervals.allSatisfy { $0[0] >= 0 && $0[1] <= 1 })
    }

    @Test("silence that counts as 0 identifies a count: clicks where nobody clicked")
    func silenceIsZero() throws {
        var generator = Xoshiro256StarStar(seed: 5)
        let lines = (0..<3_000).map { index in
            let isA = generator.uniform() < 0.5
            let clicks = generator.uniform() < (isA ? 0.1 : 0.3)
            return Self.line(
                "c\(index)", arms: ["a", "b"], arm: isA ? "a" : "b", propensity: 0.5, reward: clicks ? 1 : nil)
        }
        let counted = try Self.run(lines, Self.everyPolicy + ["--silence", "zero", "--gate", "fixed:b > fixed:a"])
        #expect(counted.status == 0 && counted.verdict("fixed:b") == "ok", "\(counted.reasons("fixed:b"))")
        #expect(abs(try #require(counted.estimate("logged", "ips")["value"] as? Double) - 0.2) < 0.03)
        #expect(counted.warnings.contains("count as 0 (silence: zero)"))
        // The configuration says it as well, where all of its metrics are counts.
        try SimulateProcess.withFolder { (folder: URL) throws in
            let path = folder.appending(path: "router.yaml")
            func status(_ metrics: String) throws -> Int32 {
                try Data((minimalText + "feedback:\n  metrics:\n" + metrics).utf8).write(to: path)
                let found = try Self.run(
                    lines, Self.everyPolicy + ["--config", path.path(), "--gate", "fixed:b > fixed:a"])
                return found.status
            }
            let clicks = "    - { id: click, kind: boolean, silence: zero }\n"
            #expect(try status(clicks) == 0)
            #expect(try status(clicks + "    - { id: stars, kind: scale, min: 1, max: 5 }\n") == 1)
        }
        #expect(try Self.run(lines, Self.everyPolicy + ["--gate", "fixed:b > fixed:a"]).status == 1)
    }

    // MARK: Propensities

    /// A Thompson router over three arms and two categories.
    private static func thompson(rows: Int, logging: (Double, [Double]) -> (Double, [Double]?)) throws -> [String] {
        var generator = Xoshiro256StarStar(seed: 77)
        let means = ["code": [0.45, 0.7, 0.5], "chat": [0.6, 0.5, 0.2]]
        var counts = ["code": [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0)], "chat": [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]]
        return (0..<rows).map { index in
            let category = generator.uniform() < 0.5 ? "code" : "chat"
            // Draws of its posteriors, counted: its probabilities to a per cent.
            var wins = [0.5, 0.5, 0.5]
            for _ in 0..<200 {
                let draws = counts[category]!.map { generator.beta($0.0, $0.1) }
                wins[draws.indices.max { draws[$0] < draws[$1] }!] += 1
            }
            let sum = wins.reduce(0, +)
            let probabilities = wins.map { 0.02 + 0.94 * $0 / sum }
            let arm = ActionDistribution(probabilities: probabilities).draw(using: &generator)
            let reward = generator.uniform() < means[category]![arm] ? 1.0 : 0
            counts[category]![arm].0 += reward
            counts[category]![arm].1 += 1 - reward
            let logged = logging(probabilities[arm], probabilities)
            return line(
                "t\(index)", arms: ["a", "b", "c"], arm: ["a", "b", "c"][arm], propensity: logged.0,
                probabilities: logged.1, reward: reward, category: category)
        }
    }

    @Test(
        "a Thompson router that logged 1/n is doubted for every policy, with arm and category",
        arguments: [true, false])
    func wrongPropensities(onlyPropensities: Bool) throws {
        let third = 1.0 / 3
        let lines = try Self.thompson(rows: 1_500) { _, _ in
            (third, onlyPropensities ? nil : [third, third, 1 - 2 * third])
        }
        let policies = ["logged", "uniform", "fixed:a", "fixed:b"]
        let report = try Self.run(lines, policies.flatMap { ["--policy", $0] })
        #expect(report.status == 1)
        for policy in policies {
            #expect(report.verdict(policy) == (policy == "logged" ? "weak" : "refused"), "\(policy)")
            let reasons = report.reasons(policy)
            #expect(reasons.contains("in category code was drawn") && reasons.contains("arm b"), "\(reasons)")
        }
        // What was earned is a fact whatever was logged of the draws.
        #expect(report.estimate("logged", "ips")["value"] is Double)
        #expect(report.estimate("uniform", "ips")["value"] is NSNull)
    }

    @Test("the same router with the propensities it drew with is believed", arguments: [true, false])
    func rightPropensities(onlyPropensities: Bool) throws {
        let lines = try Self.thompson(rows: 1_500) { ($0, onlyPropensities ? nil : $1) }
        let report = try Self.run(lines, ["--policy", "logged", "--policy", "uniform"])
        #expect(report.status == 0 && report.verdict("logged") == "ok", "\(report.reasons("logged"))")
        #expect(!report.reasons("uniform").contains("propensities"), "\(report.reasons("uniform"))")
    }

    // MARK: Rare events

    @Test("few clicks: an interval that holds, weak, and no gate but by the end that counts")
    func rareClicks() throws {
        var generator = Xoshiro256StarStar(seed: 9)
        let arms = (0..<20).map { "\($0)" }
        // Nobody ever clicks on 7; elsewhere about ten of 3,000 do.
        let lines = (0..<3_000).map { index in
            let arm = Int(saturating: generator.uniform() * 20)
            let clicks = arm != 7 && generator.uniform() < 0.003
            return Self.line("r\(index)", arms: arms, arm: arms[arm], propensity: 0.05, reward: clicks ? 1 : 0)
        }
        let report = try Self.run(
            lines,
            [
                "--policy", "logged", "--policy", "fixed:7", "--gate", "fixed:7 < 0.03", "--gate", "fixed:7 < 0.01",
                "--gate",
                "fixed:3 > fixed:7", "--gate", "fixed:7 < logged", "--gate", "uniform > logged - 0.02",
            ])
        #expect(report.verdict("fixed:7") == "weak", "\(report.reasons("fixed:7"))")
        #expect(report.reasons("fixed:7").contains("differs from 0"))
        for estimator in ["ips", "snips", "dr"] {
            let interval = try #require(report.interval("fixed:7", estimator))
            // The rule of three with an end at 97.5 %: 3.69·20/3000.
            #expect(interval[0] == 0 && abs(interval[1] - 0.02459) < 0.002, "\(estimator): \(interval)")
            #expect(report.estimate("fixed:7", estimator)["interval_method"] as? String == "gamma")
        }
        #expect(report.gates.map { $0["shown"] as? Bool } == [true, false, false, false, true])
    }

    // MARK: Clusters

    @Test("sessions that are there and not used are warned of; used, they widen errors, intervals and gates")
    func sessions() throws {
        var generator = Xoshiro256StarStar(seed: 3)
        // 60 sessions of 20 rows; what an arm pays is nearly the same all session long, and another for the next.
        let lines = (0..<60).flatMap { session in
            let means = (0..<2).map { _ in generator.uniform() < 0.5 ? 0.05 : 0.95 }
            return (0..<20).map { row in
                let arm = generator.uniform() < 0.5 ? 0 : 1
                return Self.line(
                    "s\(session)-\(row)", arms: ["a", "b"], arm: ["a", "b"][arm], propensity: 0.5,
                    probabilities: [0.5, 0.5], reward: generator.uniform() < means[arm] ? 1 : 0, session: "u\(session)")
            }
        }
        let alone = try Self.run(lines, ["--policy", "logged", "--policy", "fixed:a"])
        #expect(alone.warnings.contains("of 60 sessions") && alone.warnings.contains("--cluster session"))
        #expect(alone.verdict("logged") == "weak")
        for method in ["normal", "bootstrap", "empirical-bernstein"] {
            let flags = ["--policy", "fixed:a", "--compare", "logged", "--interval", method]
            let before = try Self.run(lines, flags)
            let after = try Self.run(lines, flags + ["--cluster", "session"])
            func width(_ report: Report) throws -> Double {
                let interval = try #require(report.interval("fixed:a", "dr"))
                return interval[1] - interval[0]
            }
            #expect(try width(after) > (method == "empirical-bernstein" ? 1 : 1.8) * width(before), "\(method)")
            func error(_ report: Report) -> Double {
                report.estimate("fixed:a", "dr")["standard_error"] as? Double ?? .nan
            }
            #expect(error(after) > 1.8 * error(before))
            func effect(_ report: Report) -> Double {
                report.diagnostics("fixed:a")["minimum_detectable_effect"] as? Double ?? .nan
            }
            #expect(effect(after) > 1.5 * effect(before))
            func difference(_ report: Report) -> Double {
                let comparison = (report.json["comparisons"] as? [[String: Any]])?.first
                let differences = comparison?["differences"] as? [[String: Any]] ?? []
                return differences.first { $0["estimator"] as? String == "dr" }?["standard_error"] as? Double ?? .nan
            }
            #expect(difference(after) > 1.5 * difference(before))
            #expect(after.warnings.isEmpty)
            #expect((after.json["log"] as? [String: Any])?["sessions"] as? Int == 60)
        }
    }

    // MARK: Learners

    @Test("a learner on arms that are all alike is not shown to beat what they are worth")
    func learners() throws {
        // 24 logs whose every policy is worth .5: a gate at 95 % may be wrong once in 40; by the spread over replays it was once in ten.
        var shown = 0
        for seed in 0..<24 {
            var generator = Xoshiro256StarStar(seed: 1_000 + UInt64(seed))
            let lines = (0..<160).map { index in
                Self.line(
                    "\(seed)-\(index)", arms: ["a", "b"], arm: generator.uniform() < 0.5 ? "a" : "b", propensity: 0.5,
                    probabilities: [0.5, 0.5], reward: generator.uniform() < 0.5 ? 1 : 0)
            }
            let report = try Self.run(
                lines, ["--policy", "thompson", "--replays", "3", "--gate", "thompson > 0.5"], command: "replay")
            #expect(report.gates.count == 1)
            shown += report.status == 0 ? 1 : 0
        }
        #expect(shown <= 1)
    }

    @Test("below 50 accepted decisions a learner is refused, below 200 weak")
    func accepted() throws {
        func verdict(_ rows: Int) throws -> (String, String) {
            var generator = Xoshiro256StarStar(seed: 8)
            let arms = (0..<10).map { "m\($0)" }
            let lines = (0..<rows).map { index in
                Self.line(
                    "\(index)", arms: arms, arm: arms[Int(saturating: generator.uniform() * 10)], propensity: 0.1,
                    probabilities: arms.map { _ in 0.1 }, reward: generator.uniform() < 0.5 ? 1 : 0)
            }
            let report = try Self.run(lines, ["--policy", "ucb1:c=1", "--replays", "3"], command: "replay")
            return (report.verdict("ucb1:c=1"), report.reasons("ucb1:c=1"))
        }
        let few = try verdict(300)
        #expect(few.0 == "refused" && few.1.contains("A replay accepts"), "\(few)")
        let some = try verdict(1_000)
        #expect(some.0 == "weak" && some.1.contains("below 200"), "\(some)")
    }

    // MARK: What was logged

    @Test(
        "on a log of propensities alone `logged` has its mean reward by every estimator, and a policy no worse is shown to be"
    )
    func loggedWithoutProbabilities() throws {
        var generator = Xoshiro256StarStar(seed: 12)
        var total = 0.0
        let lines = (0..<2_000).map { index in
            let arm = ["a", "b", "c", "d"][Int(saturating: generator.uniform() * 4)]
            let reward = generator.uniform() < 0.4 ? 1.0 : 0
            total += reward
            return Self.line(
                "\(index)", arms: ["a", "b", "c", "d"], arm: arm, propensity: 0.25, reward: reward, cost: 0.001)
        }
        let report = try Self.run(lines, ["--gate", "uniform > logged - 0.02"])
        #expect(report.status == 0, "\(report.gates)")
        for estimator in ["ips", "snips", "dr", "sndr", "replay"] {
            let value = try #require(report.estimate("logged", estimator)["value"] as? Double)
            #expect(abs(value - total / 2_000) < 1e-9, "\(estimator)")
        }
        // Value and standard error, but no interval: nothing bounds a model's bias.
        #expect(report.estimate("uniform", "dm")["value"] is Double)
        #expect(report.estimate("uniform", "dm")["interval"] is NSNull)
        let headline = try #require((report.json["headlines"] as? [String])?.last)
        #expect(headline.hasPrefix("`uniform` earns 0.") && headline.contains("than `logged`"), "\(headline)")
        #expect(headline.contains("costs $1.00 per 1,000") && headline.hasSuffix("the log can tell."), "\(headline)")
    }

    @Test("a propensity near 0 leaves finite figures, and the row that carries the weight is named by its line")
    func tinyPropensity() throws {
        var generator = Xoshiro256StarStar(seed: 2)
        var lines = (0..<400).map { index in
            Self.line(
                "\(index)", arms: ["a", "b"], arm: generator.uniform() < 0.5 ? "a" : "b", propensity: 0.5,
                reward: generator.uniform() < 0.5 ? 1 : 0)
        }
        lines[16] = Self.line("16", arms: ["a", "b"], arm: "a", propensity: .leastNonzeroMagnitude, reward: 1)
        for flags in [["--policy", "uniform"], ["--policy", "uniform", "--print-refused"]] {
            let report = try Self.run(lines, flags)
            #expect(report.verdict("uniform") == "refused")
            #expect(report.diagnostics("uniform")["effective_sample_size"] as? Double == 1)
            #expect(report.reasons("uniform").contains("Line 17 (propensity 5e-324) carries 100 % of all weight"))
            #expect(!report.text.contains("nan"))
        }
        let learned = try Self.run(lines, ["--policy", "ucb1:c=1"], command: "replay")
        #expect(learned.verdict("ucb1:c=1") == "refused" && learned.reasons("ucb1:c=1").contains("Line 17"))
    }
}
