import ArgumentParser

/// The command line: composes everything, decides nothing.
@main
struct BanditRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bandit-router",
        abstract: "An OpenAI-compatible LLM router that learns which model to use.",
        version: BanditRouterVersion.text,
        subcommands: [
            ServeCommand.self, DemoCommand.self, SimulateCommand.self, MergeCommand.self, EvaluateCommand.self,
            ReplayCommand.self, FeedbackCommand.self, VerifyCommand.self, ClassifyCommand.self, TrainCategoriesCommand.self,
            ClustersCommand.self, KeysCommand.self, CheckCommand.self,
        ])
}

enum BanditRouterVersion {
    static let text = "0.1.0"
}
