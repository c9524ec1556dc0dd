import ArgumentParser
import DecisionStore
import Foundation
import Gateway

/// Proves that what was learned is what the log says.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Fold the whole log again and compare it with the learned state, bit for bit.",
        discussion: "Exit 0: equal. Exit 1: not equal, or the store is damaged; every difference is a line on stdout.")

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load().configuration
        let report: VerifyReport
        do throws(StoreError) {
            report = try StoreArchive(path: configuration.store.path, options: configuration.storeOptions).verify()
        } catch {
            FileHandle.standardError.write(Data("bandit-router: \(error)\n".utf8))
            throw ExitCode(error.code == .damaged ? 1 : 3)
        }
        let base = report.startsFromBase ? ", from the base that deleted entries went into" : ""
        print(
            "\(report.entries) log entries folded again\(base); \(report.cells) cells and \(report.snapshots) snapshots compared: "
                + (report.isEqual ? "equal" : "\(report.problems.count) differences"))
        for problem in report.problems { print(problem) }
        if !report.isEqual { throw ExitCode(1) }
    }
}
