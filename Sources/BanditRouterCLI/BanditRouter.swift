import ArgumentParser
import DecisionStore
import Foundation
import ProviderClient

/// The command line: composes everything, decides nothing.
@main
struct BanditRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bandit-router",
        abstract: "An OpenAI-compatible LLM router that learns which model to use.",
        version: BanditRouterVersion.withLibraries,
        subcommands: [
            ServeCommand.self, DemoCommand.self, SimulateCommand.self, MergeCommand.self, EvaluateCommand.self,
            ReplayCommand.self, FeedbackCommand.self, ExportCommand.self, ImportCommand.self, ExplainCommand.self,
            VerifyCommand.self, QuarantineCommand.self, ClassifyCommand.self,
            TrainCategoriesCommand.self,
            ClustersCommand.self, ImportPriorsCommand.self, ConvertCommand.self, KeysCommand.self, CheckCommand.self,
        ])
}

extension BanditRouter {
    /// As ArgumentParser's own, but a mistake in the words of the command exits with 2, not 64.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
            Foundation.exit(2)
        }
    }
}

enum BanditRouterVersion {
    static let text = "0.1.0"

    /// With the system libraries it runs with: theirs are the faults that a package manager mends.
    static var withLibraries: String {
        "\(text) (libcurl \(ProviderTransport.libraryVersion), SQLite \(DecisionStore.libraryVersion))"
    }
}
