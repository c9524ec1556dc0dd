import Foundation
import Testing

/// Inputs as users have them, each with its right outcome. They are no part of the project: `BANDIT_ROUTER_CASES`, or
/// `../shared/cases/evaluation` beside the package. Where they are absent, every test says so by being skipped.
@Suite("Cases from the field", .enabled(if: FieldCase.isThere, "\(FieldCase.folder) is not there"))
struct FieldCaseTests {
    @Test("every file of the folders has its outcome here", arguments: FieldCase.Folder.allCases)
    func complete(folder: FieldCase.Folder) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: FieldCase.path(folder, ""))
        let known: Set<String>
        switch folder {
        case .log: known = Set(FieldCase.logs.map(\.file))
        case .stats: known = Set(FieldCase.statistics.map(\.file))
        case .table: known = Set(FieldCase.tables.map(\.file))
        case .prompts: known = Set(FieldCase.prompts.map(\.file))
        case .foreign:
            known = Set(ForeignCase.all.flatMap(\.files)).union(ForeignCase.refused.flatMap(\.files))
        case .converted: known = Set(ForeignCase.all.compactMap(\.converted))
        }
        #expect(Set(files) == known)
    }

    @Test("logs that are odd are read, and broken ones say what mends them", arguments: FieldCase.logs)
    func logs(item: FieldCase) throws {
        let path = FieldCase.path(.log, item.file)
        try item.check(["evaluate", path, "--policy", "logged", "--policy", "uniform"] + item.flags)
    }

    @Test("logs whose truth is known get the verdict that is right", arguments: FieldCase.statistics)
    func statistics(item: FieldCase) throws {
        try item.check(
            [item.flags[0], FieldCase.path(.stats, item.file)] + item.flags.dropFirst())
    }

    @Test("tables of outcomes, odd and broken", arguments: FieldCase.tables)
    func tables(item: FieldCase) throws {
        try SimulateProcess.withFolder { folder in
            let path = FieldCase.path(.table, item.file)
            let flags = ["--policy", "uniform", "--replications", "2"]
            try item.check(
                ["simulate", "--table", path, "--output", folder.appending(path: "out").path()] + flags)
            // What the error says to do does it.
            guard let scale = item.scale else { return }
            let table = folder.appending(path: "table.csv").path()
            #expect(
                try SimulateProcess.run(["convert", "--from", "table", "--reward-scale", scale, path, table]).status
                    == 0)
            #expect(
                try SimulateProcess.run(
                    ["simulate", "--table", table, "--output", folder.appending(path: "two").path()] + flags
                ).status == 0)
        }
    }

    @Test("prompts with labels", arguments: FieldCase.prompts)
    func prompts(item: FieldCase) throws {
        try SimulateProcess.withFolder { folder in
            try item.check(
                [
                    "train-categories", FieldCase.path(.prompts, item.file), "--output",
                    folder.appending(path: "model").path(),
                ] + item.flags)
        }
    }

    @Test("exports that are logs or tables are converted and judged", arguments: ForeignCase.all)
    func foreign(item: ForeignCase) throws {
        try SimulateProcess.withFolder { folder in
            let output = folder.appending(path: item.isTable ? "out.csv" : "out.jsonl").path()
            let inputs = item.files.map { FieldCase.path(.foreign, $0) }
            let converted = try SimulateProcess.run(
                ["convert", "--from", item.kind] + inputs + [output] + item.mapping)
            #expect(converted.status == 0 && converted.output.hasPrefix("\(output): \(item.says)"), "\(converted)")
            for part in item.notes { #expect(converted.output.contains(part), "\(converted.output)") }
            let judged = try SimulateProcess.run(
                item.isTable
                    ? [
                        "simulate", "--table", output, "--policy", "uniform", "--replications", "2", "--output",
                        folder.appending(path: "sim").path(),
                    ] : ["evaluate", output] + item.flags)
            #expect(judged.status == item.status, "\(judged)")
            #expect((judged.output + judged.errors).contains(item.judgement), "\(judged)")
            if item.flags.contains("shares") {
                #expect(judged.status == 3 || judged.output.contains("hold only if the arm was drawn at random"))
                // Without the assumption there is no estimate, and the way out is named.
                let bare = try SimulateProcess.run(["evaluate", output])
                #expect(bare.status == 3 && bare.errors.contains("--propensities shares"), "\(bare.errors)")
            }
            guard let other = item.converted else { return }
            // What somebody wrote a program for comes out the same.
            func policies(_ path: String) throws -> NSArray? {
                let report = try SimulateProcess.run(["evaluate", path, "--format", "json"])
                let json = try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any]
                return json?["policies"] as? NSArray
            }
            let own = try #require(try policies(output))
            #expect(try own == policies(FieldCase.path(.converted, other)))
        }
    }

    @Test("exports that can be no log are refused with the reason, and nothing is left", arguments: ForeignCase.refused)
    func refused(item: ForeignCase) throws {
        try SimulateProcess.withFolder { folder in
            let output = folder.appending(path: "out").path()
            let found = try SimulateProcess.run(
                ["convert", "--from", item.kind] + item.files.map { FieldCase.path(.foreign, $0) } + [output])
            #expect(found.status == 3 && found.errors.contains(item.says) && found.output.isEmpty, "\(found)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()).isEmpty)
        }
    }
}
