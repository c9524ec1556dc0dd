import ArgumentParser
import DecisionStore
import Gateway
import RoutingEngine

/// Shows why a decision fell out as it did.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Compute a decision again from the log and show why it fell out so.",
        discussion: """
            Reads only, also beside a running router. Exit 0: what was logged is what comes out again (or there is nothing to compare, \
            and it says why). Exit 1: it is not. Exit 3: no such decision, or the store cannot be read.
            """)

    @Argument(help: "The decision's id (x-bandit-decision-id).") var decision: String
    @OptionGroup var options: ConfigurationOptions
    @Option(help: "text or json.") var format = KeyOutputFormat.text

    func run() throws {
        let configuration = try options.load().configuration
        let explanation: Explanation
        do {
            guard let id = DecisionID(decision) else {
                throw CommandFailure.input("'\(decision)' is no decision id (a UUID)")
            }
            explanation = try Explanation(id, configuration: configuration)
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        } catch {
            RouterHost.refuse(error)
        }
        switch format {
        case .text: print(explanation.text)
        case .json: print(explanation.json.text, terminator: "")
        }
        if !explanation.agrees { throw ExitCode(1) }
    }
}
