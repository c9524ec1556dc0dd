import ArgumentParser

/// The command line: composes everything, decides nothing.
@main
struct BanditRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bandit-router",
        abstract: "An OpenAI-compatible LLM router that learns which model to use.",
        version: BanditRouterVersion.text,
        subcommands: [])
}

enum BanditRouterVersion {
    static let text = "0.1.0"
}
