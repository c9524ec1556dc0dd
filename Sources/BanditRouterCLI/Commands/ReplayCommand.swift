import ArgumentParser
import Foundation

/// Lets policies learn from a decision log, and writes how they got there.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay a log to policies that learn: what they would have earned, believed and chosen on the way.",
        discussion: "evaluate --learning, and with --output curves.csv (value, shares, posteriors) and report.html. "
            + "Every field of a log: the article \"Your own logs\" (Sources/BanditRouter.docc/YourOwnLogs.md).")

    @OptionGroup var options: EvaluationOptions

    @Option(help: "Folder for curves.csv and report.html.")
    var output: String?

    func run() throws {
        do {
            var call = try options.call(isLearning: true)
            if call.policies.isEmpty { call.policies = [try PolicyText("thompson")] }
            let report = try call.run()
            if let output { try write(report, to: output) }
            try options.publish(report)
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        }
    }

    private func write(_ report: EvaluationReport, to folder: String) throws(CommandFailure) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try LearningCurves(report).csv.write(toFile: "\(folder)/curves.csv", atomically: true, encoding: .utf8)
            try HTMLReport(report).page.write(toFile: "\(folder)/report.html", atomically: true, encoding: .utf8)
        } catch {
            throw .input("\(folder): file: cannot be written")
        }
    }
}
