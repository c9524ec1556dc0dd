import Foundation
import LogFiles
import OffPolicy
import Testing
import WireFormats

@Suite("Decision logs in files")
struct DecisionLogTests {
    private static let good =
        #"{"decision_id":"1","arms":["a","b"],"arm":"a","propensity":0.25,"probabilities":[0.25,0.75],"reward":1}"#

    private func load(_ text: String, skipInvalid: Int = 0) throws -> DecisionLog {
        let file = TemporaryFile(text)
        defer { withExtendedLifetime(file) {} }
        return try JSONLinesLog(path: file.path).load(skipInvalid: skipInvalid)
    }

    /// `line: field: reason` of the error.
    private func fault(_ text: String, skipInvalid: Int = 0) -> String? {
        let error = #expect(throws: InputError.self, "\(text)") { try load(text, skipInvalid: skipInvalid) }
        return error.map { "\($0.line.map { "\($0)" } ?? "-"): \($0.field): \($0.reason)" }
    }

    /// The good line with one field replaced or, with nil, left out.
    private func line(_ field: String, _ value: String?, id: String = "2") -> String {
        var fields = [
            "decision_id": "\"\(id)\"", "arms": #"["a","b"]"#, "arm": "\"a\"", "propensity": "0.25",
            "probabilities": "[0.25,0.75]",
            "reward": "1",
        ]
        fields[field] = value
        return "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    @Test("a good line is read whole")
    func goodLine() throws {
        let log = try load(
            #" { "decision_id" : "x\"\u00e9\ud83d\ude00" , "time":"2026-01-02T03:04:05.678Z","route":"auto","category":"co\u0064e","arms":["a","b/é"],"#
                + #""probabilities":[2.5e-1,0.75],"arm":"b/\u00e9","propensity":7.5E-1,"served_arm":"a","reward":0.5,"cost_usd":1e-3,"#
                + #""latency_ms":812,"context":[1,{"x":[null,true,"[}"]}],"target_probabilities":{"new":[0,1],"old":null}} "#
        )
        #expect(log.names.arms == ["a", "b/é"])
        #expect(log.names.categories == ["code"])
        #expect(log.rows.arm == [1] && log.rows.slot == [1])
        #expect(log.rows.propensity == [0.75] && log.rows.reward == [0.5])
        #expect(log.rows.probabilities.values == [0.25, 0.75])
        #expect(log.rows.targets["new"]?.values == [0, 1])
        #expect(log.rows.targetsOfArm["new"] == [1])
        #expect(log.rows.targets["old"] == nil)
    }

    @Test("kinds, missing rewards and categories, CRLF, blank lines, a byte order mark, no last newline")
    func counting() throws {
        let log = try load(
            "\u{feff}" + Self.good + "\r\n\r\n  \n" + line("kind", #""sticky""#) + "\n"
                + line("kind", #""pinned""#, id: "3") + "\n"
                + line("reward", "null", id: "4") + "\n" + line("reward", nil, id: "5") + "\n"
                + line("probabilities", "null", id: "6"))
        #expect(log.counts.rows == 6)
        #expect(log.counts.sticky == 1 && log.counts.pinned == 1 && log.counts.withoutReward == 2)
        #expect(log.rows.count == 2 && log.silentRows.count == 2)
        #expect(log.rows.line == [1, 8])
        #expect(log.names.categories == [""])
        #expect(!log.rows.hasProbabilities(in: 0..<2) && log.rows.hasProbabilities(in: 0..<1))
    }

    @Test(
        "every defect is named with line, field and reason",
        arguments: [
            ("decision_id", nil, "decision_id: missing"), ("decision_id", "\"\"", "decision_id: empty"),
            ("decision_id", "7.5", "decision_id: must be a string, is the number 7.5"),
            ("decision_id", "null", "decision_id: must be a string, is null"),
            ("decision_id", "\"1\"", "decision_id: the same as on line 1"),
            ("arms", nil, "arms: missing"), ("arms", "[]", "arms: empty"),
            ("arms", #"["a","a"]"#, "arms: \"a\" appears twice"),
            ("arms", #"["a",""]"#, "arms: a name is empty"),
            ("arms", "\"a\"", "arms: must be the list of names one of which was drawn, is the string \"a\""),
            ("arms", "null", "arms: must be the list of names one of which was drawn, is null"),
            ("arms", "[true]", "arms: must be a string, is true"),
            ("arm", nil, "arm: missing"), ("arm", "\"c\"", "arm: \"c\" is not one of the arms"),
            ("propensity", "0", "propensity: 0.0 is outside (0, 1]"),
            ("propensity", "-0.25", "propensity: -0.25 is outside (0, 1]"),
            ("propensity", "1.5", "propensity: 1.5 is outside (0, 1]"),
            ("propensity", "0.3", "propensity: 0.3, but the arm's probability is 0.25"),
            (
                "propensity", "NaN",
                "propensity: must be a number, is NaN, which JSON does not have: write null where nothing is known"
            ),
            ("propensity", "1e999", "propensity: 1e999 is not a finite number"),
            ("propensity", "Infinity", "propensity: must be a number, is Infinity, which"),
            ("propensity", "+1", "propensity: not valid JSON"),
            ("propensity", ".5", "propensity: not valid JSON"), ("propensity", "0.", "propensity: not valid JSON"),
            ("propensity", "01", "propensity: not valid JSON"),

            (
                "propensity", "\"0.25\"",
                "propensity: must be a number, is the string \"0.25\": write the number without quotes"
            ),
            ("propensity", "[0.25]", "propensity: must be a number, is a list"),
            ("probabilities", "[0.25]", "probabilities: 1 numbers for 2 arms"),
            ("probabilities", "[0.25,0.7]", "probabilities: the probabilities sum to 0.95, not to 1"),
            ("probabilities", "[-0.25,1.25]", "probabilities: -0.25 is outside [0, 1]"),
            ("probabilities", "[0.25,NaN]", "probabilities: must be a number, is NaN"),
            (
                "probabilities", #"{"a":0.25,"b":0.75}"#,
                "probabilities: must be a list of numbers in the order of arms, is an object"
            ),
            ("reward", "1.01", "reward: 1.01 is outside [0, 1]"), ("reward", "-0.5", "reward: -0.5 is outside [0, 1]"),

            (
                "reward", "\"0,5\"",
                "reward: must be a number, true, false or null, is the string \"0,5\": "
                    + "write 0.5, with a decimal point and without quotes"
            ), ("reward", "\"good\"", "reward: must be a number, true, false or null, is the string \"good\""),
            ("arm", #"["a","b"]"#, "arm: must be a string, is a list: a decision draws one arm"),
            ("category", "true", "category: must be a string, is true"),
            ("cost_usd", "-1", "cost_usd: -1.0 is negative"),
            ("latency_ms", "-0.1", "latency_ms: -0.1 is negative"),
            ("kind", "\"old\"", "kind: \"old\" is none of fresh, sticky, pinned"),
            ("time", "\"yesterday\"", "time: \"yesterday\" is not a time (2026-01-02T03:04:05.678Z, or"),
            ("time", "\"2026-02-30T00:00:00Z\"", "time: "),
            (
                "target_probabilities", #"{"n":[0.5,0.6]}"#,
                "target_probabilities.n: the probabilities sum to 1.1, not to 1"
            ),
            ("target_probabilities", #"{"n":[1]}"#, "target_probabilities.n: 1 numbers for 2 arms"),
            (
                "target_probabilities", "[1]",
                "target_probabilities: must be an object of names and lists of numbers, is a list"
            ),
            ("other", "{\"a\":}", "other: not valid JSON"),
            ("other", "\"\\x\"", "other: a string with an escape JSON does not have"),
            ("category", "\"\\ud800\"", "category: a string with half of a surrogate pair"),
        ] as [(String, String?, String)])
    func defects(field: String, value: String?, expected: String) {
        let found = fault(Self.good + "\n" + line(field, value) + "\n") ?? ""
        #expect(found.hasPrefix("2: \(expected)"), "\(found)")
    }

    @Test("a line without any probability, or whose arm had none, is an error")
    func noPropensity() {
        let bare = #"{"decision_id":"1","arms":["a","b"],"arm":"a","reward":1}"#
        #expect(
            fault(bare)
                == "1: propensity: missing, and so are the probabilities; if the arm was drawn at random with fixed shares, "
                + "`--propensities shares` (or shares:by=category) takes them from the log; if a rule chose it, no log of it can say "
                + "what another arm would have earned: turn exploration on (`exploration: { floor: 0.05 }`) and log anew"
        )
        let never = #"{"decision_id":"1","arms":["a","b"],"arm":"a","probabilities":[0,1],"reward":1}"#
        #expect(fault(never) == "1: probabilities: the arm drawn has probability 0")
    }

    @Test("cut lines, text behind the object, other JSON, repeated fields, bad encodings, deep nesting are errors")
    func shape() {
        #expect(fault(String(Self.good.dropLast(20)))?.contains("probabilities: ") == true)
        #expect(
            fault(Self.good + " x")?.hasPrefix("1: line: not valid JSON at byte \(Self.good.utf8.count + 2)") == true)
        #expect(fault("[1]") == "1: line: not a JSON object")
        #expect(
            fault("{'decision_id':1}") == "1: line: not valid JSON at byte 2: a single quote; JSON has double quotes "
                + "(Python's str() of a dict is no JSON, json.dumps is)")
        #expect(fault("{\"decision_id\":\"a\tb\"}")?.contains("a control character (code 9) in a string") == true)
        #expect(fault(line("x", "1,\"reward\":0")) == "1: reward: appears twice")
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(fault(line("x", deep)) == "1: x: nested deeper than 64")
        let file = TemporaryFile(Array(Self.good.utf8.dropLast()) + Array(",\"c\":\"".utf8) + [0xff, 0x22, 0x7d])
        let error = #expect(throws: InputError.self) { try JSONLinesLog(path: file.path).load() }
        #expect(error?.reason.hasPrefix("not valid UTF-8; if it is Latin-1") == true)
        let long = line("x", "\"" + String(repeating: "y", count: LineReader.maximumLineBytes) + "\"")
        #expect(fault(Self.good + "\n" + long) == "2: line: longer than 1048576 bytes")
    }

    @Test("up to N bad lines are left out and counted; one more is the error, a duplicate is one")
    func skipping() throws {
        let text =
            Self.good + "\n" + line("reward", "7") + "\n" + line("arm", "\"z\"") + "\n" + Self.good + "\n"
            + line("reward", "0")
        #expect(fault(text)?.hasPrefix("2: reward") == true)
        #expect(fault(text, skipInvalid: 1)?.hasPrefix("3: arm") == true)
        #expect(fault(text, skipInvalid: 2)?.hasPrefix("4: decision_id: the same as on line 1") == true)
        let log = try load(text, skipInvalid: 3)
        #expect(log.counts.skippedInvalid == 3 && log.counts.rows == 2 && log.rows.reward == [1, 0])
    }

    @Test("a cut gzip is no line to skip")
    func cutGzip() throws {
        let whole = TemporaryFile(suffix: ".gz")
        let writer = try GzipWriter(path: whole.path)
        for index in 0..<2000 { try writer.write(line("reward", "1", id: "\(index)-\(index &* 7_919 % 1000)") + "\n") }
        try writer.close()
        let cut = TemporaryFile(Array(whole.bytes.dropLast(200)))
        let error = #expect(throws: InputError.self) { try JSONLinesLog(path: cut.path).load(skipInvalid: 1_000_000) }
        #expect(error?.field == "gzip")
        #expect(error?.line.map { $0 > 1 } == true)
        #expect(try JSONLinesLog(path: whole.path).load().rows.count == 2000)
    }

    @Test("a log without any row to use is an error that says what became of its rows")
    func nothingToUse() {
        #expect(fault("")?.hasPrefix("-: rows: no row can be used: 0 read") == true)
        #expect(
            fault(line("reward", "null"))?.hasPrefix(
                "-: rows: no row can be used: 1 read, 0 sticky, 0 pinned, 1 without") == true)
    }

    @Test("numbers are read to the nearest double, like the C library's")
    func numbers() throws {
        var texts = [
            "0.1", "0.30000000000000004", "1e-7", "0.000012345678901234567", "9007199254740993e-16",
            "0.1234567890123456789012345678901",
            "4.9406564584124654e-324", "2.2250738585072014e-308", "0.99999999999999994", "0.5000000000000000277",
            "1e-400", "0.0", "1.0",
            "123456789012345678e-18", "18446744073709551615e-20", "5e-324", "0.000000000000000000000000000001",
        ]
        var state: UInt64 = 1
        for _ in 0..<3000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            texts.append("\(Double(state >> 11) * 0x1p-53)")
            texts.append("0.\(state)")
            texts.append("\(Double(state >> 11) * 0x1p-90)")
        }
        for (index, text) in texts.enumerated() {
            let log = try load(line("reward", text, id: "\(index)"))
            #expect(log.rows.reward[0] == strtod(text, nil), "\(text)")
        }
    }

    @Test("what the log writer wrote is read back")
    func roundTrip() throws {
        let file = TemporaryFile(suffix: ".jsonl.gz")
        let writer = try DecisionLogWriter(path: file.path)
        var decision = LoggedDecision(
            id: "quote \" back \\ line \n", arms: ["a", "b:c"], arm: "b:c", probabilities: [1.0 / 3, 2.0 / 3],
            propensity: 2.0 / 3, reward: 0.7)
        decision.timeMicroseconds = 1_767_323_045_678_000
        decision.category = "é"
        decision.servedArm = "a"
        decision.costUSD = 1e-5
        decision.targetProbabilities = ["n": [0, 1]]
        try writer.write(decision)
        try writer.close()
        var options = DecisionLogBuilder.Options()
        options.keepsObservations = true
        let log = try JSONLinesLog(path: file.path).load(options)
        #expect(log.rows.propensity == [2.0 / 3])
        #expect(log.rows.probabilities.values == [1.0 / 3, 2.0 / 3])
        #expect(log.rows.timeMicroseconds == [1_767_323_045_678_000])
        #expect(log.names.categories == ["é"])
        #expect(log.rows.servedArm == [0])
        #expect(log.observations.costUSD == [1e-5])
    }

    @Test("times with offsets, fractions and leap days are microseconds since the epoch")
    func times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-02T03:04:05.678Z", 1_767_323_045_678_000),
            ("2024-02-29T23:59:59.1234567+02:00", 1_709_243_999_123_456),
            ("1969-12-31T23:59:59.5z", -500_000),
        ] { #expect(RFC3339.microseconds(Array(text.utf8)) == Int64(expected), "\(text)") }
        for text in [
            "2026-1-02T03:04:05Z", "2026-01-02_03:04:05Z", "2026-01-02T03:04:05", "2025-02-29T00:00:00Z",
            "2026-01-02T24:00:00Z", "2026-01-02T03:04:05.Z",
        ] {
            #expect(RFC3339.microseconds(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(RFC3339.text(microseconds: 1_767_323_045_678_000) == "2026-01-02T03:04:05.678Z")
        #expect(RFC3339.text(microseconds: -500_000) == "1969-12-31T23:59:59.500Z")
    }
}
