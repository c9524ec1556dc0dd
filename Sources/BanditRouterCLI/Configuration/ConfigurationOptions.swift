import ArgumentParser
import Foundation
import Gateway

/// `--config FILE`, and what every command does with it.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "file"))
    var path = "Config/router.yaml"

    init() {}

    /// The configuration; problems and warnings go to stderr, a line each.
    ///
    /// - Throws: `ExitCode(3)` where the file is bad, after saying why.
    func load(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> (configuration: RouterConfiguration, warnings: [ConfigurationWarning]) {
        do throws(ConfigurationFailure) {
            return try loadConfiguration(path: path, environment: environment)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode(ConfigurationFailure.exitCode)
        }
    }
}
