import BanditCore
import Foundation
import Testing

/// Parts of a log, judged by themselves and added up, beside the whole log judged at once.
@Suite("Evaluation in parts")
struct PartsTests {
    /// Sessions of ten rows, of which some are silent; b is better, and less often drawn.
    private static func lines(_ count: Int, silence: Double = 0.02) -> [String] {
        var generator = Xoshiro256StarStar(seed: 9)
        var mood = 0.0
        return (0..<count).map { index in
            if index % 10 == 0 { mood = 0.2 * generator.uniform() }
            let isA = generator.uniform() < 0.6
            let isGood = generator.uniform() < (isA ? 0.4 : 0.6) + mood
            let reward = generator.uniform() < silence ? "null" : isGood ? "1" : "0"
            return
                #"{"decision_id":"d\#(index)","session_id":"s\#(index / 10)","category":"\#(index % 3 == 0 ? "x" : "y")","#
                + #""arms":["a","b"],"probabilities":[0.6,0.4],"arm":"\#(isA ? "a" : "b")","reward":\#(reward)}"#
        }
    }

    private static let flags = [
        "--policy", "logged", "--policy", "uniform", "--policy", "fixed:b", "--interval", "bootstrap", "--interval",
        "normal", "--bootstrap-replicates", "300", "--gate", "fixed:b > logged", "--gate", "fixed:b > 0.9", "--compare",
        "uniform",
    ]

    private struct Estimate {
        let value: Double
        let error: Double
        let interval: [Double]
    }

    /// `policy estimator method` → what is said of it.
    private static func estimates(_ report: [String: Any]) -> [String: Estimate] {
        var found: [String: Estimate] = [:]
        for policy in report["policies"] as? [[String: Any]] ?? [] {
            for estimate in policy["estimates"] as? [[String: Any]] ?? [] where estimate["estimator"] as? String != "dm"
            {
                let key = "\(policy["policy"]!) \(estimate["estimator"]!) \(estimate["interval_method"]!)"
                found[key] = Estimate(
                    value: estimate["value"] as? Double ?? .nan, error: estimate["standard_error"] as? Double ?? .nan,
                    interval: estimate["interval"] as? [Double] ?? [])
            }
        }
        return found
    }

    private func compare(_ flags: [String], parts: Int, rows: [String]) throws -> (
        whole: [String: Any], joined: [String: Any]
    ) {
        try SimulateProcess.withFolder { folder in
            let log = folder.appending(path: "log.jsonl").path()
            try Data(rows.joined(separator: "\n").utf8).write(to: URL(filePath: log))
            let whole = try SimulateProcess.run(["evaluate", log, "--format", "json"] + flags)
            var files: [String] = []
            for index in 1...parts {
                files.append(folder.appending(path: "part-\(index).json").path())
                let part = try SimulateProcess.run(
                    ["evaluate", log, "--part", "\(index)/\(parts)", "--output", files[index - 1]] + flags)
                #expect(part.status == 0 && part.output.isEmpty && part.errors.isEmpty, "\(part.errors)")
            }
            let joined = try SimulateProcess.run(["merge", "--format", "json"] + files)
            #expect(joined.status == whole.status, "\(joined.errors)")
            // The order of the files says nothing.
            #expect(try SimulateProcess.run(["merge", "--format", "json"] + files.reversed()).output == joined.output)
            return (try EvaluationFixture.json(whole.output), try EvaluationFixture.json(joined.output))
        }
    }

    @Test(
        "parts add up to the whole: sums exactly, models of the past and intervals within the noise", arguments: [1, 2])
    func whole(parts: Int) throws {
        let (whole, joined) = try compare(Self.flags, parts: parts, rows: Self.lines(1_500))
        let (expected, found) = (Self.estimates(whole), Self.estimates(joined))
        #expect(Set(found.keys) == Set(expected.keys) && expected.count == 3 * 9 * 2)
        for (key, one) in expected {
            let other = try #require(found[key])
            // ips and snips know no model.
            let isExact = key.contains(" ips ") || key.contains("snips")
            // Rejection draws by the largest weight, which is the same in every part of these logs.
            #expect(abs(other.value - one.value) <= (isExact ? 1e-9 : 0.1 * one.error), "\(key): \(other) \(one)")
            #expect(abs(other.error / one.error - 1) < 0.05, "\(key): \(other) \(one)")
            try #require(other.interval.count == one.interval.count, "\(key)")
            for (left, right) in zip(other.interval, one.interval) {
                // 300 replicates know an end of an interval to 0.15 standard errors.
                #expect(
                    abs(left - right) < (key.hasSuffix("normal") ? 0.15 : 0.8) * one.error, "\(key): \(other) \(one)")
            }
        }
        func log(_ report: [String: Any]) -> [Int?] {
            let log = report["log"] as? [String: Any]
            return ["rows", "rows_used", "rows_without_reward"].map { log?[$0] as? Int }
        }
        #expect(log(joined) == log(whole))
        func verdicts(_ report: [String: Any]) -> [String] {
            (report["policies"] as? [[String: Any]] ?? []).map {
                ($0["diagnostics"] as? [String: Any])?["verdict"] as? String ?? ""
            }
        }
        #expect(verdicts(joined) == verdicts(whole) && verdicts(whole).count == 3)
        func shown(_ report: [String: Any]) -> [Bool] {
            (report["gates"] as? [[String: Any]] ?? []).map { $0["shown"] as? Bool ?? false }
        }
        #expect(shown(joined) == [true, false] && shown(whole) == [true, false])
    }

    @Test("sessions stay together, and count by session in the whole as in the parts")
    func sessions() throws {
        let (whole, joined) = try compare(Self.flags + ["--cluster", "session"], parts: 2, rows: Self.lines(1_500))
        func sessions(_ report: [String: Any]) -> Int? { (report["log"] as? [String: Any])?["sessions"] as? Int }
        #expect(sessions(joined) == 150 && sessions(whole) == 150)
        let (expected, found) = (Self.estimates(whole), Self.estimates(joined))
        for (key, one) in expected {
            let other = try #require(found[key])
            #expect(abs(other.error / one.error - 1) < 0.06, "\(key): \(other) \(one)")
        }
    }

    @Test("silence, rare events and wrong propensities are doubted in the whole as in the parts")
    func doubts() throws {
        func verdicts(_ rows: [String]) throws -> [[String]] {
            let (whole, joined) = try compare(
                ["--policy", "logged", "--policy", "fixed:b", "--interval", "normal"], parts: 2, rows: rows)
            return [whole, joined].map { report in
                (report["policies"] as? [[String: Any]] ?? []).map {
                    ($0["diagnostics"] as? [String: Any])?["verdict"] as? String ?? ""
                }
            }
        }
        let silent = try verdicts(Self.lines(1_500, silence: 0.6))
        #expect(silent == [["weak", "weak"], ["weak", "weak"]])
        let rare = try verdicts(
            Self.lines(1_500, silence: 0).enumerated().map { index, line in
                line.replacing(#""reward":1"#, with: index % 300 == 0 ? #""reward":1"# : #""reward":0"#)
            })
        #expect(rare == [["weak", "weak"], ["weak", "weak"]])
        let wrong = try verdicts(Self.lines(1_500).map { $0.replacing("[0.6,0.4]", with: "[0.4,0.6]") })
        #expect(wrong == [["weak", "refused"], ["weak", "refused"]])
    }

    @Test(
        "logs of their own for each part; what is missing, twice there or of another call is refused, and what is no sum"
    )
    func refusals() throws {
        try SimulateProcess.withFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path() }
            let rows = Self.lines(800)
            for half in 0..<2 {
                try Data(rows[half * 400..<half * 400 + 400].joined(separator: "\n").utf8).write(
                    to: URL(filePath: path("log-\(half).jsonl")))
                #expect(
                    try SimulateProcess.run([
                        "evaluate", path("log-\(half).jsonl"), "--part", "\(half)/2", "--separate-logs", "--output",
                        path("\(half).json"),
                    ]).status == 0)
            }
            let joined = try SimulateProcess.run(["merge", "--format", "json", path("0.json"), path("1.json")])
            #expect(joined.status == 0 && joined.output.contains(#""rows": 800"#), "\(joined)")
            func refused(_ files: [String], _ reason: String) throws {
                let found = try SimulateProcess.run(["merge"] + files.map(path))
                #expect(found.status == 3 && found.errors.contains(reason) && found.output.isEmpty, "\(found)")
            }
            try refused(["0.json"], "1/2 is in none of the files")
            try refused(["0.json", "0.json"], "2/2 is")
            let other = [
                "evaluate", path("log-0.jsonl"), "--part", "1/2", "--output", path("other.json"), "--seed", "7",
            ]
            #expect(try SimulateProcess.run(other).status == 0)
            try refused(["0.json", "other.json"], "is a part of another evaluation")
            try refused(["log-0.jsonl"], "is no part of an evaluation")
            for (flags, reason) in [
                (["--policy", "thompson"], "needs a --state"), (["--estimator", "dm"], "is no sum over rows"),
                (["--interval", "anytime"], "takes one row after another"), (["--learning"], "are for whole logs"),
                (["--estimator", "dros:lambda=slope"], "slope chooses by the whole log"),
            ] {
                let call = ["evaluate", path("log-0.jsonl"), "--part", "1/2", "--output", path("x.json")]
                let found = try SimulateProcess.run(call + flags)
                #expect(found.status == 2 && found.errors.contains(reason), "\(flags): \(found)")
            }
            #expect(try SimulateProcess.run(["evaluate", path("log-0.jsonl"), "--output", path("x.json")]).status == 2)
            #expect(!FileManager.default.fileExists(atPath: path("x.json")))
        }
    }
}
