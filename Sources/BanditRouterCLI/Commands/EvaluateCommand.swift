import ArgumentParser
import Foundation
import OffPolicy

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

    @Option(
        help: ArgumentHelp(
            "Judge one of n parts of the log and write its sums to --output; `merge` adds them up.", valueName: "i/n"))
    var part: String?

    @Option(help: "The file of a part.")
    var output: String?

    @Flag(help: "With --part: the log holds that part's rows alone, and other logs hold the others'.")
    var separateLogs = false

    func run() throws {
        do {
            if let part { return try judge(part: part) }
            guard output == nil, !separateLogs else {
                throw CommandFailure.usage("--output and --separate-logs are for --part")
            }
            let report = try options.call(isLearning: learning).run()
            try options.publish(report)
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        }
    }

    private func judge(part text: String) throws(CommandFailure) {
        guard let share = Shard(text) else { throw .usage("--part must be i/n, as in 1/8, not '\(text)'") }
        guard share.count <= Self.mostParts else { throw .usage("--part: more than \(Self.mostParts) parts") }
        guard let output else { throw .usage("--part needs --output, the file to write") }
        guard !learning, options.report == nil else {
            throw .usage("--part: --learning and --report are for whole logs")
        }
        let part = try options.call(isLearning: false).judgePart(
            LogPart(index: share.index, count: share.count), isOwnLog: separateLogs, arguments: options.arguments)
        try PartFile.write(part, to: output)
    }

    /// More would be smaller than what a part is told in.
    private static let mostParts = 1024
}
