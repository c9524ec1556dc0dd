import Foundation
import LogFiles
import OffPolicy
import Testing

/// What users' files look like who never read the format's page: read where that is sure, else refused with what is to be done.
@Suite("Logs as they come")
struct ForeignShapeTests {
    private func line(_ id: String, reward: String = "1", more: String = "") -> String {
        #"{"decision_id":\#(id),"arms":["a","b"],"probabilities":[0.25,0.75],"arm":"a","propensity":0.25,"reward":\#(reward)\#(more)}"#
    }

    private func load(_ bytes: [UInt8], scale: RewardScale = .identity, skipInvalid: Int = 0) throws -> DecisionLog {
        let file = TemporaryFile(bytes)
        defer { withExtendedLifetime(file) {} }
        var options = DecisionLogBuilder.Options()
        options.rewardScale = scale
        options.keepsObservations = true
        return try JSONLinesLog(path: file.path).load(options, skipInvalid: skipInvalid)
    }

    private func load(_ text: String, scale: RewardScale = .identity) throws -> DecisionLog {
        try load(Array(text.utf8), scale: scale)
    }

    /// The error without the file's name.
    private func message(_ bytes: [UInt8], skipInvalid: Int = 0) -> String {
        let error = #expect(throws: InputError.self) { try load(bytes, skipInvalid: skipInvalid) }
        return error.map { $0.description.replacingOccurrences(of: $0.file, with: "F") } ?? ""
    }

    private func message(_ text: String, skipInvalid: Int = 0) -> String {
        message(Array(text.utf8), skipInvalid: skipInvalid)
    }

    @Test("an array, objects over several lines or behind one another, and an array in an object are read as rows")
    func shapes() throws {
        let rows = (0..<3).map { line("\"\($0)\"", reward: "0.\($0)", more: #","note":"}][\\""#) }
        let pretty = rows.map {
            $0.replacingOccurrences(of: ",\"", with: ",\n  \"").replacingOccurrences(of: "{", with: "{\n")
        }
        let list = rows.joined(separator: ",\n")
        let prettyList = pretty.joined(separator: ",\n")
        let texts: [String] = [
            rows.joined(separator: "\n"), "[\(rows.joined(separator: ","))]", " [\n\(list)\n]\n", "[\(prettyList)]",
            rows.joined(separator: " "), pretty.joined(separator: "\n") + "\n",
            "{\"data\": [\(list)], \"meta\": {\"page\": 1, \"x\": \"]}\"}}",
            "{\"meta\": {\"tags\": [\"x\"]}, \"result\": {\"rows\": [\(list)]}}\n",
            "\u{feff}{\n \"data\": [\n\(prettyList)\n ]\n}\n",
        ]
        for text in texts {
            let log = try load(text)
            #expect(log.rows.reward == [0, 0.1, 0.2], "\(text.prefix(60))")
        }
    }

    @Test("rows that are no lines are counted; a file cut within them is told, whatever may be skipped")
    func rowErrors() {
        let good = line("1")
        #expect(
            message("[" + good + "," + line("2", reward: "7") + "]").hasPrefix(
                "F: row 2: reward: 7.0 is outside [0, 1]"))
        #expect(
            message("[" + good + ",", skipInvalid: 9) == "F:1: file: ends in the middle of an array: it was cut off")
        #expect(
            message("[" + good + "," + good.dropLast(9), skipInvalid: 9).contains(
                "row 2: the file ends in the middle of it"))
        #expect(message("{\"data\":[" + good + "]", skipInvalid: 9).contains("ends in the middle of an object"))
        #expect(
            message("{\n\"data\":[\(good)]}\n{\"data\":[\(line("2"))]}").contains(
                "more follows the object that holds the rows"))
        #expect(message("[" + good + ", 7]").contains("an object is expected here, not \"7\""))
    }

    @Test("a broken first line is that line's fault, not another shape")
    func brokenFirstLine() throws {
        let text = String(line("1").dropLast(30)) + "\n" + line("2") + "\n"
        #expect(message(text).hasPrefix("F:1: "))
        #expect(try load(Array(text.utf8), skipInvalid: 1).rows.count == 1)
    }

    @Test(
        "what is no text is named by its first bytes, with what makes text of it",
        arguments: [
            (
                [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4],
                "is compressed with xz, and only gzip is read: `xz -dc FILE | gzip"
            ),
            ([0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 2, 3], "is compressed with zstd"),
            (Array("BZh91AY&SY12345".utf8), "is compressed with bzip2"),
            ([0x04, 0x22, 0x4d, 0x18, 1, 1, 1, 1], "is compressed with lz4"),
            ([0x50, 0x4b, 3, 4, 20, 0, 0, 0], "is a zip archive or an Excel workbook"),
            (
                Array("PAR1\u{15}\u{4}\u{15}\u{10}".utf8),
                "is a Parquet file: `python3 -c 'import pandas as pd; pd.read_parquet"
            ),
            ([0x80, 4, 0x95, 1, 1, 1, 1, 1], "is a Python pickle: `python3 -c 'import pandas as pd; pd.read_pickle"),
            (Array("ARROW1\0\0".utf8), "is an Arrow file"),
            ([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], "is an HDF5 file"),
            ([0xff, 0xfe, 0x7b, 0, 0x22, 0, 0x64, 0], "is text in UTF-16: `iconv -f UTF-16 -t UTF-8"),
            ([0x7b, 0, 0x22, 0, 0x64, 0, 0x65, 0], "is text in UTF-16LE"),
            ([0, 0x7b, 0, 0x22, 0, 0x64, 0, 0x65], "is text in UTF-16BE"),
            (Array("SQLite format 3\0xxxx".utf8), "is an SQLite database"),
            (Array("%PDF-1.7xxxx".utf8), "is a PDF document"),
            (Array("<!DOCTYPE html><html>".utf8), "is a web page, not data"),
            (Array("version https://git-lfs.github.com/spec/v1".utf8), "is a Git LFS pointer"),
        ] as [([UInt8], String)])
    func magic(bytes: [UInt8], expected: String) throws {
        #expect(message(bytes).hasPrefix("F: file: \(expected)"), "\(message(bytes))")
        // The same within gzip, and for tables.
        let zipped = TemporaryFile(suffix: ".gz")
        let writer = try GzipWriter(path: zipped.path)
        try writer.write(bytes)
        try writer.close()
        #expect(message(zipped.bytes).hasPrefix("F: file: \(expected)"))
        let error = #expect(throws: InputError.self) { try OutcomeTableReader.read(path: zipped.path) }
        #expect(error?.reason.hasPrefix(expected) == true)
    }

    @Test("a table is told to be one, with its columns, and a log in a Latin encoding to be that")
    func otherText() {
        #expect(
            message("event_id;ts;action\n1;2;a\n").hasPrefix(
                "F:1: file: is a table with the columns event_id, ts, action; a decision log is JSON, an object a line: "
                    + "`bandit-router convert --from generic"))
        let latin = Array(line("1", more: #","category":"ch"#).utf8) + [0xe2] + Array("t\"}".utf8)
        #expect(message(latin).contains("`iconv -f WINDOWS-1252 -t UTF-8 FILE"))
    }

    @Test("whole numbers are names, booleans are rewards")
    func tolerance() throws {
        let log = try load(
            #"{"decision_id":9007199254740993,"category":7,"session_id":3,"arms":[0,1],"arm":1,"served_arm":0,"propensity":0.5,"reward":true}"#
                + "\n"
                + #"{"decision_id":9007199254740992,"category":"7","session_id":"3","arms":["0","1"],"arm":"0","propensity":0.5,"reward":false}"#
        )
        #expect(log.names.arms == ["0", "1"] && log.names.categories == ["7"])
        #expect(log.rows.arm == [1, 0] && log.rows.reward == [1, 0] && log.rows.servedArm == [0, 0])
        #expect(log.rows.session == [0, 0])
    }

    @Test("escaped letters in keys are letters; halves of surrogate pairs hurt only where they are read")
    func escapes() throws {
        let log = try load(line("1").replacingOccurrences(of: "\"reward\"", with: #""rew\u0061rd""#))
        #expect(log.rows.reward == [1])
        #expect(message(line("1", more: #","rew\u0061rd":0"#)).hasPrefix("F:1: reward: appears twice"))
        #expect(try load(line("1", more: #","prompt":"\ud83d cut","\udc00":[1]"#)).rows.count == 1)
        #expect(message(line(#""\ud83d""#)).contains("decision_id: a string with half of a surrogate pair"))
    }

    @Test("all kinds of fault are told in one run, each with its first line and how many lines have it")
    func allFaults() {
        var lines = (0..<10).map { line("\($0)") }
        for index in [2, 3, 7] {
            lines[index] = line("\(index)", reward: "\"x\"", more: #","time":"noon","cost_usd":-1"#)
        }
        lines[5] = "{\"decision_id\":"
        lines[8] = line("0")
        lines[9] = line("9", reward: "1.5", more: #","kind":"odd""#)
        let text = lines.joined(separator: "\n")
        let told = message(text).split(separator: "\n").map(String.init)
        #expect(told.count == 7)
        #expect(
            told[0].hasPrefix(
                "F:3: reward: must be a number, true, false or null, is the string \"x\" (3 lines like it)"))
        #expect(
            told.contains { $0.hasPrefix("F:3: time: \"noon\" is not a time") && $0.hasSuffix("(3 lines like it)") })
        #expect(told.contains("F:3: cost_usd: -1.0 is negative (3 lines like it)"))
        #expect(told.contains("F:6: decision_id: the line ends where more JSON is expected"))
        #expect(told.contains("F:9: decision_id: the same as on line 1"))
        #expect(
            told.contains { $0.hasPrefix("F:10: reward: 1.5 is outside [0, 1]; the file's rewards are from 1 to 1.5") })
        #expect(told.contains("F:10: kind: \"odd\" is none of fresh, sticky, pinned"))
        // The one too many comes first.
        #expect(
            message(text, skipInvalid: 3).hasPrefix("F:8: reward: must be")
                || message(text, skipInvalid: 3).hasPrefix("F:3: reward"))
    }

    @Test("rewards out of range say which scale they may be on, and with it they are read")
    func scales() throws {
        func remedy(_ rewards: [String]) -> String {
            message(rewards.enumerated().map { line("\($0)", reward: $1) }.joined(separator: "\n"))
        }
        #expect(remedy(["1", "3", "5"]).contains("from 1 to 5: `--reward-scale 1:5` brings them to [0, 1]"))
        #expect(remedy(["2", "4"]).contains("`--reward-scale 1:5`"))
        #expect(remedy(["0", "85", "100"]).contains("`--reward-scale 0:100`"))
        #expect(remedy(["7", "10"]).contains("`--reward-scale 1:10`"))
        #expect(remedy(["-1", "1"]).contains("`--reward-scale -1:1`"))
        #expect(remedy(["-1", "-0.0", "-0.5"]).contains("`--reward-sign -1` makes rewards of them"))
        #expect(remedy(["0.5", "12.5"]).contains("`--reward-scale 0.5:12.5`"))
        let text = ["1", "3", "5", "null"].enumerated().map { line("\($0)", reward: $1) }.joined(separator: "\n")
        let stars = try load(text, scale: RewardScale(lowest: 1, highest: 5))
        #expect(stars.rows.reward == [0, 0.5, 1] && stars.silentRows.count == 1)
        #expect(stars.notes == ["Rewards were brought from the scale from 1.0 to 5.0 to [0, 1]."])
        #expect(
            try load(text, scale: RewardScale(lowest: 1, highest: 5, isLessBetter: true)).rows.reward == [1, 0.5, 0])
        let costs = try load(
            line("1", reward: "-1") + "\n" + line("2", reward: "-0.0"),
            scale: RewardScale(lowest: -1, highest: 0, isLessBetter: true))
        #expect(costs.rows.reward == [1, 0] && costs.rows.reward[1].sign == .plus)
    }

    @Test(
        "probabilities with 3 to 6 decimals are brought to a sum of 1 and counted; with fewer, or off by more, refused")
    func rounding() throws {
        func row(_ p: String, propensity: String, arms: Int = 7) -> String {
            let names = (0..<arms).map { "\"m\($0)\"" }.joined(separator: ",")
            let list = [String](repeating: p, count: arms).joined(separator: ",")
            return
                #"{"decision_id":1,"arms":[\#(names)],"probabilities":[\#(list)],"arm":"m0","propensity":\#(propensity),"reward":1}"#
        }
        for p in ["0.143", "0.1429", "0.14286", "0.142857"] {
            let log = try load(row(p, propensity: p))
            #expect(log.counts.rounded == 1 && log.notes.count == 1)
            #expect(abs(log.rows.propensity[0] - 1.0 / 7) < 1e-12, "\(p)")
            #expect(abs(log.rows.probabilities.values[3] - 1.0 / 7) < 1e-12)
            // The finer of the two numbers counts.
            #expect(try load(row(p, propensity: "0.14285714285714285")).rows.propensity[0] == 1.0 / 7)
        }
        #expect(try load(row("0.25", propensity: "0.25", arms: 4)).counts.rounded == 0)
        #expect(message(row("0.33", propensity: "0.33", arms: 3)).contains("the probabilities sum to 0.99"))
        #expect(message(row("0.2501", propensity: "0.2501", arms: 3)).contains("the probabilities sum to 0.75"))
        #expect(
            message(row("0.143", propensity: "0.15")).contains("propensity: 0.15, but the arm's probability is 0.143"))
        // An arm whose probability rounds to zero was drawn all the same.
        let rare =
            #"{"decision_id":1,"arms":["a","b"],"probabilities":[0.000,1.000],"arm":"a","propensity":0.0004,"reward":1}"#
        #expect(try load(rare).rows.propensity == [0.0004])
    }

    @Test("times are read as programs write them")
    func times() throws {
        let moment: Int64 = 1_746_093_600_000_000
        for text in [
            "\"2025-05-01T10:00:00Z\"", "\"2025-05-01 10:00:00Z\"", "\"2025-05-01 12:00:00+0200\"",
            "\"2025-05-01T12:00:00+02\"",
            "\"2025-05-01 10:00:00 UTC\"", "\"2025-05-01 12:00:00.000 +0200\"", "\"2025-05-01T10:00:00,000Z\"",
            "1746093600",
            "1746093600.0", "1746093600000", "1746093600000000", "1746093600000000000", "\"1746093600\"", "1.7460936e9",
        ] {
            let log = try load(line("1", more: ",\"time\":" + text))
            #expect(log.rows.timeMicroseconds == [moment], "\(text)")
            #expect(log.notes.isEmpty)
        }
        for text in ["\"2025-05-01 10:00:00\"", "\"2025-05-01T10:00:00.000000\"", "\"2025-05-01 10:00\""] {
            let log = try load(line("1", more: ",\"time\":" + text))
            #expect(log.rows.timeMicroseconds == [moment], "\(text)")
            #expect(log.notes == ["1 rows have a time without a zone, which was taken as UTC."])
        }
        #expect(try load(line("1", more: #","time":"2025-05-01""#)).rows.timeMicroseconds == [moment - 36_000_000_000])
        for text in ["\"10:00\"", "\"01.05.2025 10:00\"", "\"2025-13-01 10:00:00\"", "\"\"", "1e30", "true"] {
            #expect(message(line("1", more: ",\"time\":" + text)).hasPrefix("F:1: time: "), "\(text)")
        }
    }

    @Test("a route or a metric that leaves no row says what the log has")
    func nothingLeft() throws {
        let file = TemporaryFile(
            line("1", more: #","route":"auto""#) + "\n" + line("2", more: #","route":"fast""#) + "\n"
                + line("3", more: #","route":"auto","latency_ms":7"#))
        var options = DecisionLogBuilder.Options()
        options.route = "slow"
        let route = #expect(throws: InputError.self) { try JSONLinesLog(path: file.path).load(options) }
        #expect(
            route?.reason.hasSuffix("none is of the route 'slow'; the log has auto (2 rows), fast (1 rows)") == true)
        options.route = "auto"
        options.metric = .costUSD
        let metric = #expect(throws: InputError.self) { try JSONLinesLog(path: file.path).load(options) }
        #expect(
            metric?.reason == "no row can be used: 2 read, 0 sticky, 0 pinned, 2 without a cost_usd, 0 invalid"
                + "; of all rows 3 have a reward, 0 a cost_usd, 1 a latency_ms")
    }
}
