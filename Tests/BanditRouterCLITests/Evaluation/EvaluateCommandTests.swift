import Foundation
import RoutingEngine
import Testing

@Suite("bandit-router evaluate and replay, as processes")
struct EvaluateCommandTests {
    private func withLog<Result>(
        _ count: Int = 600, extra: [String] = [], _ body: (String, URL) throws -> Result
    ) throws -> Result {
        try SimulateProcess.withFolder { folder in
            let path = folder.appending(path: "log.jsonl").path()
            try EvaluationFixture.write(EvaluationFixture.rows(count), to: path, extra: extra)
            return try body(path, folder)
        }
    }

    @Test("without a word: logged, uniform and every column, each with ten estimates and a verdict")
    func defaults() throws {
        try withLog { log, _ in
            let result = try SimulateProcess.run(["evaluate", log, "--format", "json"])
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            let report = try EvaluationFixture.json(result.output)
            let policies = try #require(report["policies"] as? [[String: Any]])
            #expect(policies.map { $0["policy"] as? String } == ["logged", "uniform", "column:mostly-b"])
            let mean = EvaluationFixture.rows(600).map(\.reward).reduce(0, +) / 600
            #expect(abs(try #require(EvaluationFixture.value(report, "logged", "ips")) - mean) < 1e-12)
            // Truth 0.2·0.3 + 0.8·0.7 = 0.62; standard error about 0.03.
            #expect(abs(try #require(EvaluationFixture.value(report, "column:mostly-b", "dr")) - 0.62) < 0.1)
            for policy in policies {
                #expect((policy["estimates"] as? [[String: Any]])?.count == 10)
                #expect((policy["diagnostics"] as? [String: Any])?["verdict"] as? String == "ok")
                // dm's intervals promise nothing, and say so; the others' do.
                let doubtful = (policy["estimates"] as? [[String: Any]])?.filter { $0["caveat"] != nil }
                #expect(doubtful?.map { $0["estimator"] as? String } == ["dm"])
            }
        }
    }

    @Test("the table, CSV and page are of the same figures; the page needs nothing from elsewhere")
    func formats() throws {
        try withLog { log, folder in
            let page = folder.appending(path: "page.html")
            let arguments = ["evaluate", log, "--policy", "fixed:b", "--estimator", "ips", "--interval", "normal"]
            let value = try #require(
                EvaluationFixture.value(
                    try EvaluationFixture.json(try SimulateProcess.run(arguments + ["--format", "json"]).output),
                    "fixed:b", "ips"))
            let csv = try SimulateProcess.run(arguments + ["--format", "csv", "--report", page.path()])
            let lines = csv.output.split(whereSeparator: \.isNewline)
            #expect(csv.status == 0 && lines.count == 2)
            let columns = lines[0].split(separator: ",").map(String.init)
            let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let found = try #require(columns.firstIndex(of: "value").map { Double(cells[$0]) } ?? nil)
            #expect(abs(found - value) < 1e-6)
            let table = try SimulateProcess.run(arguments).output
            #expect(table.contains("fixed:b") && table.contains("ips"))
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.contains("<svg") && html.contains("fixed:b"))
            #expect(!html.contains("src=\"http") && !html.contains("<link"))
        }
    }

    @Test("what the page draws lies within its plots: a dot an estimate, a bar beside it")
    func drawings() throws {
        try withLog { log, folder in
            let page = folder.appending(path: "page.html")
            let arguments = ["evaluate", log, "--policy", "fixed:b", "--policy", "logged", "--compare", "logged"]
            #expect(try SimulateProcess.run(arguments + ["--report", page.path()]).status == 0)
            let html = try String(contentsOf: page, encoding: .utf8)
            var dots = 0
            for plot in html.matches(of: /<svg viewBox="0 0 (\d+) (\d+)".*?<\/svg>/) {
                let (width, height) = (try #require(Double(plot.1)), try #require(Double(plot.2)))
                for dot in String(plot.0).matches(of: /cx="([^"]+)" cy="([^"]+)"/) {
                    dots += 1
                    let (x, y) = (try #require(Double(dot.1)), try #require(Double(dot.2)))
                    #expect(x >= 0 && x <= width && y >= 0 && y <= height, "\(dot.0)")
                }
                for line in String(plot.0).matches(of: #/ y1="([^"]+)"/#) {
                    let y = try #require(Double(line.1))
                    #expect(y >= 0 && y <= height, "\(line.0)")
                }
            }
            // Ten estimators of two policies and of their difference.
            #expect(dots >= 30)
        }
    }

    @Test("a gate ends with 0 where it is shown, with 1 where it is not, and says which")
    func gates() throws {
        try withLog { log, _ in
            for (gate, status) in [
                ("column:mostly-b > logged", 0), ("column:mostly-b > logged + 0.3", 1), ("fixed:a < fixed:b - 0.2", 0),
                ("fixed:b > 0.5", 0), ("fixed:b > 0.9", 1),
            ] as [(String, Int32)] {
                let result = try SimulateProcess.run(["evaluate", log, "--gate", gate, "--format", "json"])
                #expect(result.status == status, "\(gate): \(result.errors)")
                let gates = try EvaluationFixture.json(result.output)["gates"] as? [[String: Any]]
                #expect(gates?.count == 1, "\(gate)")
            }
            // A model alone shows nothing.
            let model = try SimulateProcess.run(["evaluate", log, "--estimator", "dm", "--gate", "fixed:b > 0.1"])
            #expect(model.status == 1 && model.output.contains("NOT shown by dm (dm shows nothing, model-based"))
            let mistaken = try SimulateProcess.run(["evaluate", log, "--gate", "fixed:b >> 0.5"])
            #expect(mistaken.status == 2 && mistaken.output.isEmpty && mistaken.errors.contains("gate"))
        }
    }

    @Test("comparing gives the interval of the difference from a policy")
    func comparison() throws {
        try withLog { log, _ in
            let result = try SimulateProcess.run([
                "evaluate", log, "--policy", "fixed:b", "--compare", "fixed:a", "--estimator", "dr", "--interval",
                "normal",
                "--format", "json",
            ])
            #expect(result.status == 0, "\(result.errors)")
            let report = try EvaluationFixture.json(result.output)
            let comparison = try #require((report["comparisons"] as? [[String: Any]])?.first)
            let estimate = try #require((comparison["differences"] as? [[String: Any]])?.first)
            let value = try #require(estimate["value"] as? Double)
            let own = try ["fixed:b", "fixed:a"].map { try #require(EvaluationFixture.value(report, $0, "dr")) }
            #expect(abs(value - (own[0] - own[1])) < 1e-12)
            let interval = try #require(estimate["interval"] as? [Double])
            #expect(interval[0] > 0.2 && interval[1] < 0.6)
        }
    }

    @Test("a refused policy ends with 1, in words, without a number")
    func refusal() throws {
        try withLog(60) { log, _ in
            let result = try SimulateProcess.run(["evaluate", log, "--policy", "fixed:a", "--format", "json"])
            #expect(result.status == 1)
            let report = try EvaluationFixture.json(result.output)
            #expect(EvaluationFixture.value(report, "fixed:a", "dr") == nil)
            let diagnostics = (report["policies"] as? [[String: Any]])?.first?["diagnostics"] as? [String: Any]
            #expect(diagnostics?["verdict"] as? String == "refused")
            #expect((diagnostics?["reasons"] as? [String])?.isEmpty == false)
        }
    }

    @Test("names the log does not have and words nobody knows are usage, with the nearest word")
    func usage() throws {
        try withLog { log, _ in
            for (arguments, words) in [
                (["--policy", "fixed:c"], "the log has no arm 'c'"),
                (["--policy", "column:mostly-c"], "did you mean 'mostly-b'?"),
                (["--policy", "thomson"], "thomson"), (["--estimator", "drr"], "drr"),
                (["--interval", "wide"], "wide"),
                (["--confidence", "1"], "--confidence"), (["--format", "xml"], "xml"),
                (["--metric", "utility"], "utility"),
            ] {
                let result = try SimulateProcess.run(["evaluate", log] + arguments)
                #expect(result.status == 2 && result.output.isEmpty, "\(arguments)")
                #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
            }
        }
    }

    @Test("a bad line is file, line, field and reason, exit 3 and nothing on stdout; some may be left out")
    func badLines() throws {
        let bad = EvaluationFixture.line(EvaluationFixture.rows(1)[0], 9_999)
            .replacing("\"propensity\":0.5", with: "\"propensity\":0.9")
        try withLog(extra: [bad]) { log, _ in
            let result = try SimulateProcess.run(["evaluate", log])
            #expect(result.status == 3 && result.output.isEmpty)
            #expect(result.errors.contains("\(log):601: propensity: "), "\(result.errors)")
            let tolerant = try SimulateProcess.run(["evaluate", log, "--skip-invalid", "1", "--format", "json"])
            #expect(tolerant.status == 0)
            let found = try EvaluationFixture.json(tolerant.output)["log"] as? [String: Any]
            #expect(found?["skipped_invalid"] as? Int == 1 && found?["rows_used"] as? Int == 600)
            #expect(try SimulateProcess.run(["evaluate", "nowhere.jsonl"]).status == 3)
        }
    }

    @Test(
        "on a terminal a long log shows how far it is read, and leaves nothing behind",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script(1) is not here"))
    func progress() throws {
        try withLog(25_000) { log, folder in
            let screen = folder.appending(path: "screen")
            try Data().write(to: screen)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/script")
            // Runs a command on a terminal of its own.
            process.arguments = [
                "-qec",
                "'\(SimulateProcess.binary.path())' evaluate '\(log)' --policy logged --estimator ips --interval normal",
                "/dev/null",
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: screen)
            try process.run()
            process.waitUntilExit()
            let shown = String(decoding: try Data(contentsOf: screen), as: UTF8.self)
            #expect(process.terminationStatus == 0)
            let bar = try #require(shown.firstRange(of: /\rreading .*█.* \d+ %\r\x1B\[K/), "\(shown.prefix(300))")
            #expect(bar.lowerBound == shown.startIndex)
        }
    }

    @Test("replay writes its curves and page, the same bytes for the same seed, and learns the better arm")
    func replay() throws {
        try withLog(3_000) { log, folder in
            func run(_ name: String, seed: String) throws -> (text: String, curves: String) {
                let output = folder.appending(path: name)
                let result = try SimulateProcess.run([
                    "replay", log, "--policy", "thompson", "--output", output.path(), "--format", "json", "--seed",
                    seed,
                ])
                #expect(result.status == 0, "\(result.errors)")
                #expect(try String(contentsOf: output.appending(path: "report.html"), encoding: .utf8).contains("<svg"))
                return (result.output, try String(contentsOf: output.appending(path: "curves.csv"), encoding: .utf8))
            }
            let (first, again, other) = (
                try run("one", seed: "1"), try run("two", seed: "1"), try run("three", seed: "2")
            )
            #expect(first.text == again.text && first.curves == again.curves && first.curves != other.curves)
            let value = try #require(EvaluationFixture.value(try EvaluationFixture.json(first.text), "thompson", "dr"))
            #expect(value > 0.6 && value < 0.75)
        }
    }
}
