import ArgumentParser
import Foundation

/// Judges policies from a decision log.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Estimate from a log what other policies would have earned, and how sure that is.",
        discussion: """
            Exit 0: every policy is judged. 1: a policy is refused or a gate not shown. 2: usage, or a name the log does not \
            have. 3: bad input, with file, line, field and reason.
            Every field of a log, its unit and what its absence costs: the article "Your own logs" \
            (Sources/BanditRouter.docc/YourOwnLogs.md). Other systems' exports: `bandit-router convert --help`.
            """)

    @OptionGroup var options: EvaluationOptions

    @Flag(help: "Policies that learn start from their prior and learn from the rows they accept.")
    var learning = false

    func run() throws {
        do {
            let report = try options.call(isLearning: learning).run()
            try options.publish(report)
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        }
    }
}
