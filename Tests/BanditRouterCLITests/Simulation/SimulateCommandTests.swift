import Foundation
import Testing

@Suite("bandit-router simulate and merge, as processes")
struct SimulateCommandTests {
    private static let table = """
        prompt_id,category,score|a,score|b,cost|a,cost|b
        p1,x,1,0,0.001,0.002
        p2,y,0,1,0.001,0.002
        p3,x,1,0.5,0.001,0.002
        p4,y,0,1,0.001,0.002

        """

    private static let scenario = """
        environment:
          kind: bernoulli
          categories: [code, chat]
          means: { small: 0.5, large: { code: 0.9, chat: 0.6 } }
        policies:
          - { id: ts, kind: thompson }
          - { id: even, kind: uniform }
        horizon: 300
        replications: 4

        """

    @Test("a table and policies are enough, and every policy gets its figures")
    func shortForm() throws {
        try SimulateProcess.withFolder { folder in
            let table = folder.appending(path: "table.csv")
            try Data(Self.table.utf8).write(to: table)
            let result = try SimulateProcess.run([
                "simulate", "--table", table.path(), "--policy", "uniform", "--policy", "fixed:b", "--policy",
                "ucb1:c=0.5",
                "--replications", "3", "--format", "json",
            ])
            #expect(result.status == 0 && result.errors.isEmpty)
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            let policies = try #require(object["policies"] as? [[String: Any]])
            #expect(policies.map { $0["policy"] as? String } == ["uniform", "fixed:b", "ucb1:c=0.5"])
            let fixed = try #require(policies[1]["mean"] as? [String: Any])
            #expect(fixed["mean_reward"] as? Double == 0.625)
            #expect(fixed["mean_cost_usd"] as? Double == 0.002)
            // In x: a earns 1 and b a quarter; in y b is best.
            #expect(fixed["cumulative_regret"] as? Double == 1.5)
        }
    }

    @Test("the same bytes come out of one thread, of two, and of merged shards")
    func sameBytes() throws {
        try SimulateProcess.withFolder { folder in
            let file = folder.appending(path: "scenario.yaml").path()
            try Data(Self.scenario.utf8).write(to: URL(filePath: file))
            func path(_ name: String) -> String { folder.appending(path: name).path() }
            for (name, extra) in [
                ("one", ["--threads", "1"]), ("two", ["--threads", "2"]), ("s0", ["--shard", "0/3"]),
                ("s1", ["--shard", "1/3"]), ("s2", ["--shard", "2/3"]),
            ] {
                let result = try SimulateProcess.run(["simulate", file, "--output", path(name)] + extra)
                #expect(result.status == 0, "\(result.errors)")
            }
            let merged = try SimulateProcess.run(
                ["merge", path("s2"), path("s0"), path("s1"), "--output", path("merged")])
            #expect(merged.status == 0, "\(merged.errors)")
            for name in ["summary.json", "curves.csv", "report.html"] {
                let whole = try Data(contentsOf: URL(filePath: path("one")).appending(path: name))
                #expect(whole.count > 500)
                for other in ["two", "merged"] {
                    #expect(
                        try Data(contentsOf: URL(filePath: path(other)).appending(path: name)) == whole,
                        "\(other) \(name)")
                }
            }
            let partial = try SimulateProcess.run(["merge", path("s2"), path("s0")])
            #expect(partial.status == 3 && partial.errors.contains("replication: 1 of ts is in none of the folders"))
            let twice = try SimulateProcess.run(["merge", path("s2"), path("s2")])
            #expect(twice.status == 3 && twice.errors.contains("is in \(path("s2"))"))
        }
    }

    @Test(
        "a mistake in a scenario is refused with file, line and key, and the nearest valid one",
        arguments: [
            ("horizon: 300", "horizon: -3", "8: horizon: must be “table” or a whole number of at least 1, not “-3”"),
            ("replications: 4", "replication: 4", "9: replication: unknown key (did you mean “replications”?)"),
            ("kind: thompson", "kind: tompson", "6: policies[0].kind: must be one of"),
            ("kind: bernoulli", "kind: bernouli", "2: environment.kind: must be one of"),
            ("chat: 0.6 }", "chat: 1.6 }", "4: environment.means.large.chat: must be a number from 0 to 1, not “1.6”"),
            (
                "chat: 0.6 }", "cat: 0.6 }",
                "4: environment.means.large.cat: there is no category “cat” (did you mean “chat”?)"
            ),
            ("large: { code: 0.9, chat: 0.6 }", "large: { code: 0.9 }", "is missing the category “chat”"),
            ("kind: uniform", "kind: fixed, arm: lage", "the arm “lage”, which does not exist (did you mean “large”?)"),
            ("kind: uniform", "kind: ucb1, d: 2", "7: policies[1].d: unknown key"),
            ("id: even", "id: ts", "7: policies[1]: the policy id “ts” is given twice"),
            ("replications: 4", "budget: { usd_per_request: 0.1 }", "budget: needs a cost or a price of every arm"),
            ("replications: 4", "feedback: { rate: 2 }", "9: feedback.rate: must be a number from 0 to 1, not “2”"),
            ("  kind: bernoulli", "  kind: bernoulli\n  table: x.csv", "3: environment.table: has no meaning"),
            (
                "  kind: bernoulli", "  kind: bernoulli\n  perturbations: [{ at: 5, arm: smal, price: 0.5x }]",
                "3: environment.perturbations[0]: there is no arm “smal” (did you mean “small”?)"
            ),
            (
                "  kind: bernoulli", "  kind: bernoulli\n  perturbations: [{ at: 5, arm: small, price: 0.5 }]",
                "must be a factor such as 0.75x, not “0.5”"
            ),
            ("horizon: 300", "seed: 1", "horizon: is missing"),
        ])
    func mistakes(good: String, bad: String, message: String) throws {
        try SimulateProcess.withFolder { folder in
            let file = folder.appending(path: "scenario.yaml").path()
            let text = Self.scenario.replacing(good, with: bad, maxReplacements: 1)
            #expect(text != Self.scenario)
            try Data(text.utf8).write(to: URL(filePath: file))
            let result = try SimulateProcess.run(["simulate", file])
            #expect(result.status == 3 && result.output.isEmpty)
            #expect(result.errors.hasPrefix(file) && result.errors.contains(message), "\(result.errors)")
        }
    }

    @Test(
        "a world fitted to a log says what was fitted; what the log lacks is refused with line and key, a bad line as evaluate does"
    )
    func logs() throws {
        try SimulateProcess.withFolder { folder in
            let log = folder.appending(path: "log.jsonl")
            func line(_ number: Int, _ reward: String) -> String {
                let arm = number % 2 == 0 ? "small" : "large"
                return
                    #"{"decision_id":"\#(number)","route":"\#(number % 3 == 0 ? "other" : "auto")","arms":["small","large"],"#
                    + #""arm":"\#(arm)","propensity":0.5,"reward":\#(reward)}"#
            }
            let lines = (0..<90).map { line($0, $0 % 5 == 0 ? "null" : $0 % 2 == 0 ? "0" : "1") }
            try Data(lines.joined(separator: "\n").utf8).write(to: log)
            let file = folder.appending(path: "scenario.yaml").path()
            func run(_ extra: String, arms: String = "") throws -> (status: Int32, output: String, errors: String) {
                let text =
                    "environment: { kind: decision-log, log: log.jsonl\(extra) }\n\(arms)policies: [{ kind: thompson, id: t }]\n"
                    + "horizon: 400\nreplications: 2\n"
                try Data(text.utf8).write(to: URL(filePath: file))
                return try SimulateProcess.run(["simulate", file, "--format", "json"])
            }
            let good = try run("")
            #expect(good.status == 0, "\(good.errors)")
            #expect(
                good.errors.contains("90 fresh decisions, 1 category, 2 arms; feedback on 80.0 % of the decisions"))
            let summary = try #require(
                try JSONSerialization.jsonObject(with: Data(good.output.utf8)) as? [String: Any])
            let mean = (summary["policies"] as? [[String: Any]])?.first?["mean"] as? [String: Any]
            // `large` always earned 1 there, `small` never.
            #expect(try #require(mean?["mean_reward_last_quarter"] as? Double) > 0.85)
            #expect(try run(", route: auto").errors.contains("60 fresh decisions"))
            let wrong = try run("", arms: "arms: [{ id: smal }, { id: large }]\n")
            #expect(wrong.status == 3 && wrong.output.isEmpty)
            #expect(
                wrong.errors.contains("2: arms: the log has no arm “smal” (did you mean “small”?)"), "\(wrong.errors)")
            try Data((lines + [line(90, "7")]).joined(separator: "\n").utf8).write(to: log)
            let bad = try run("")
            #expect(bad.status == 3 && bad.errors.contains("log.jsonl:91: reward: "), "\(bad.errors)")
            #expect(try run(", skip_invalid: 1").status == 0)
            try FileManager.default.removeItem(at: log)
            #expect(try run("").errors.hasPrefix("\(file):1: environment.log: "))
        }
    }

    @Test("all mistakes are told at once")
    func allAtOnce() throws {
        try SimulateProcess.withFolder { folder in
            let file = folder.appending(path: "scenario.yaml").path()
            let text = Self.scenario.replacing("horizon: 300", with: "horizn: 300").replacing(
                "thompson", with: "tompson")
            try Data(text.utf8).write(to: URL(filePath: file))
            let lines = try SimulateProcess.run(["simulate", file]).errors.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines.contains { $0.contains("horizn") } && lines.contains { $0.contains("tompson") })
        }
    }

    @Test("a table that cannot be read is the scenario's mistake, a bad cell is the table's")
    func badTables() throws {
        try SimulateProcess.withFolder { folder in
            let table = folder.appending(path: "table.csv")
            try Data(Self.table.replacing("0.5", with: "1.5").utf8).write(to: table)
            let cell = try SimulateProcess.run(["simulate", "--table", table.path()])
            #expect(
                cell.status == 3
                    && cell.errors
                        == "\(table.path()):4: score|b: 1.5 is outside [0, 1]; the file's rewards are from 0 to 1.5: "
                        + "`bandit-router convert --from table --reward-scale 0:1.5` brings them to [0, 1] (with `--reward-sign -1` "
                        + "where less is better); its ends are those of the scale, not of what was given\n",
                "\(cell.errors)")
            let file = folder.appending(path: "scenario.yaml").path()
            let text = """
                environment: { kind: outcome-table, table: missing.csv }
                policies: [{ id: ts, kind: thompson }]

                """
            try Data(text.utf8).write(to: URL(filePath: file))
            let missing = try SimulateProcess.run(["simulate", file])
            #expect(missing.status == 3 && missing.errors.hasPrefix("\(file):1: table: "), "\(missing.errors)")
        }
    }

    @Test(
        "wrong usage exits with 2",
        arguments: [
            ["simulate"], ["simulate", "--table", "x.csv", "--shard", "5/3", "--output", "y"],
            ["simulate", "a.yaml", "--table", "b"],
        ])
    func usage(arguments: [String]) throws {
        let result = try SimulateProcess.run(arguments)
        // ArgumentParser's own code for a usage error is 64 unless the program maps it.
        #expect(result.status == 2 || result.status == 64)
        #expect(!result.errors.isEmpty && result.output.isEmpty)
    }
}
