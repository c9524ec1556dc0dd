import ArgumentParser
import Foundation

/// Reads a configuration file and prints all that is wrong with it, or what it amounts to.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration file and print it with its defaults filled in.",
        discussion: """
            Problems (exit 3) and warnings (exit 0) go to stderr, one a line: FILE:LINE: key: what is wrong. A good file \
            is printed to stdout with every default written out and secrets masked.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case yaml
        case json
    }

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "yaml, or json: one object with problems, warnings and the configuration on stdout.")
    var format = Format.yaml

    func run() throws {
        let report = ConfigurationReport(path: options.path, environment: ProcessInfo.processInfo.environment)
        switch format {
        case .yaml:
            FileHandle.standardError.write(Data(report.messages.utf8))
            FileHandle.standardOutput.write(Data(report.yaml.utf8))
        case .json:
            FileHandle.standardOutput.write(Data("\(report.json)\n".utf8))
        }
        if !report.problems.isEmpty { throw ExitCode(ConfigurationFailure.exitCode) }
    }
}
