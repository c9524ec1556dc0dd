import ArgumentParser
import Foundation
import LogFiles
import PolicySimulator
import RoutingEngine

/// Runs policies against a world with known truth.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run policies against a world with known truth.",
        discussion: """
            Either a scenario file, or an outcome table with policies:
              bandit-router simulate Simulations/quick-start/scenario.yaml --output out
              bandit-router simulate --table table.csv.gz --policy thompson --policy uniform --policy fixed:ARM
            Policies on the command line: thompson, top-two-thompson, ucb1:c=2, epsilon-greedy:epsilon=0.1, fixed:ARM, litellm, …, \
            each with pooling=pooled|none|global, concentration=, floor=, half_life_rounds=.
            All policies meet the same prompts in the same order with the same feedback draws; the same seed gives the same bytes, \
            whatever the number of threads and shards.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
    }

    @Argument(help: ArgumentHelp("A scenario file (YAML).", valueName: "scenario"))
    var scenario: String?
    @OptionGroup var short: SimulateShortForm
    @Option(help: "Folder for summary.json, curves.csv and report.html.")
    var output: String?
    @Option(help: "Threads; all cores by default.")
    var threads: Int?
    @Option(help: "i/n: run only that share of the replications, and write shard.jsonl for `merge`.")
    var shard: String?
    @Option(help: "Runs of every policy (overrides the scenario's).")
    var replications: Int?
    @Option(help: "Seed (overrides the scenario's).")
    var seed: UInt64?
    @Option(help: "Rounds of every run (overrides the scenario's).")
    var horizon: Int?
    @Option(help: "table (for people) or json (summary.json) on stdout; by default a table on a terminal, else json.")
    var format: Format?

    func validate() throws {
        if (scenario == nil) == (short.table == nil) {
            throw ValidationError("give either a scenario file or --table FILE")
        }
        if scenario != nil, short.isGiven {
            throw ValidationError("--policy, --categories and the other options of the short form need --table")
        }
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
        if let replications, replications < 1 { throw ValidationError("--replications must be at least 1") }
        if let horizon, horizon < 1 { throw ValidationError("--horizon must be at least 1") }
        if let shard {
            guard Shard(shard) != nil else { throw ValidationError("--shard must be i/n, such as 1/4") }
            if output == nil { throw ValidationError("--shard needs --output") }
        }
    }

    func run() async throws {
        var file: ScenarioFile
        do {
            file =
                try scenario.map { path throws(ConfigurationFailure) in try ScenarioFile.read(path: path) }
                ?? short.scenario()
        } catch let refusal as PolicyArgument.Refusal {
            throw ValidationError(refusal.description)
        } catch let failure as ConfigurationFailure {
            throw Self.badInput("\(failure)")
        }
        if let replications { file.replications = replications }
        if let seed { file.seed = seed }
        if let horizon { file.horizon = .rounds(horizon) }
        let built: BuiltScenario
        do {
            built = try ScenarioBuilder(file).build()
        } catch let failure as ConfigurationFailure {
            throw Self.badInput("\(failure)")
        } catch let error as InputError {
            throw Self.badInput("\(error)")
        }
        if let note = built.note { FileHandle.standardError.write(Data("\(note)\n".utf8)) }
        let part = shard.flatMap(Shard.init)
        let replications = (part ?? Shard("0/1")!).replications(of: file.replications)
        let progress = SimulationProgress(total: built.simulation.totalRounds(replications: replications))
        let results = await built.simulation.run(
            replications: replications, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        ) { progress.advance(by: $0) }
        progress.finish()
        if part != nil, let output {
            try writeShard(built, results, to: output)
        } else {
            try finish(SimulationSummary(labels: built.labels, results: results), output: output, format: format)
        }
    }

    private func writeShard(_ built: BuiltScenario, _ results: [RunResult], to output: String) throws {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let text = scenario.flatMap { FileManager.default.contents(atPath: $0) }.map {
            String(decoding: $0, as: UTF8.self)
        }
        let changes = text == nil ? short.fingerprint : ""
        let hash = RowSelection.hash("\(text ?? "")\n\(changes)\n\(built.labels.rounds)")
        let path = URL(filePath: output).appending(path: ShardFile.name).path()
        try ShardFile(
            header: ShardFile.Header(
                format: ShardFile.format, labels: built.labels, scenario: String(hash, radix: 16)),
            runs: results
        ).write(to: path)
        FileHandle.standardError.write(Data("\(path): \(results.count) runs; join with `bandit-router merge`\n".utf8))
    }

    /// Says what is wrong on stderr; exit 3.
    static func badInput(_ message: String) -> ExitCode {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        return ExitCode(ConfigurationFailure.exitCode)
    }
}

/// Writes the files, and the summary to stdout.
func finish(_ summary: SimulationSummary, output: String?, format: SimulateCommand.Format?) throws {
    let out = SimulationOutput(summary: summary)
    if let output {
        do {
            try out.write(to: output)
        } catch {
            throw SimulateCommand.badInput("\(output): cannot be written: \(error.localizedDescription)")
        }
    }
    let isTable = format.map { $0 == .table } ?? (isatty(STDOUT_FILENO) == 1 || output != nil)
    FileHandle.standardOutput.write(Data((isTable ? out.table() : summary.json()).utf8))
}

/// A simulation over an outcome table without a scenario file.
struct SimulateShortForm: ParsableArguments {
    @Option(help: "An outcome table (CSV, may be gzipped).")
    var table: String?
    @Option(name: .customLong("policy"), help: "A policy; repeat for several. Default: thompson and uniform.")
    var policies: [String] = []
    @Option(help: "column, none, or clusters:K. Default: the table's column, else none.")
    var categories: String?
    @Option(help: "USD that one point of reward is worth.")
    var dollarsPerQuality: Double?
    @Option(help: "Budget, USD a request on average; the table's mean costs serve as price list.")
    var usdPerRequest: Double?
    @Option(help: "Share of decisions that get feedback.")
    var feedbackRate: Double?
    @Option(help: "Rounds until feedback arrives.")
    var delayRounds: Int?

    var isGiven: Bool {
        !policies.isEmpty || categories != nil || dollarsPerQuality != nil || usdPerRequest != nil
            || feedbackRate != nil
            || delayRounds != nil
    }

    /// Everything that the runs depend on but the table's contents.
    var fingerprint: String {
        "\(table ?? "") \(policies) \(categories ?? "") \(dollarsPerQuality ?? 0) \(usdPerRequest ?? 0) \(feedbackRate ?? 1) "
            + "\(delayRounds ?? 0)"
    }

    func scenario() throws -> ScenarioFile {
        guard let table else { preconditionFailure("the options were validated") }
        var file = ScenarioFile(path: table, title: URL(filePath: table).lastPathComponent)
        file.kind = .outcomeTable
        for argument in policies.isEmpty ? ["thompson", "uniform"] : policies {
            let policy = try PolicyArgument.parse(argument)
            if file.policies.contains(where: { $0.id == policy.id }) {
                throw ValidationError("the policy \(argument) is given twice")
            }
            file.policies.append(policy)
        }
        var kind = ScenarioFile.Categories.column
        switch categories {
        case nil: if try !hasCategories(table) { kind = .none }
        case "column": break
        case "none": kind = .none
        case let text? where text.hasPrefix("clusters:"):
            guard let count = Int(text.dropFirst(9)), (1...1000).contains(count) else {
                throw ValidationError("--categories clusters:K needs a whole number from 1 to 1000")
            }
            kind = .clusters(count: count, fit: nil, seed: 0, line: nil)
        default: throw ValidationError("--categories must be column, none or clusters:K")
        }
        file.table = ScenarioFile.Table(file: ScenarioFile.TableFile(path: table), categories: kind, orders: nil)
        if let dollarsPerQuality {
            guard dollarsPerQuality > 0 else { throw ValidationError("--dollars-per-quality must be above 0") }
            file.objective.dollarsPerQuality = dollarsPerQuality
        }
        if let usdPerRequest {
            guard usdPerRequest > 0 else { throw ValidationError("--usd-per-request must be above 0") }
            file.budget = BudgetDefinition(limit: .usdPerRequest(usdPerRequest))
            file.usesMeanCostsAsPrices = true
        }
        if let feedbackRate {
            guard (0...1).contains(feedbackRate) else { throw ValidationError("--feedback-rate must be from 0 to 1") }
            file.feedback.rate = feedbackRate
        }
        if let delayRounds {
            guard delayRounds >= 0 else { throw ValidationError("--delay-rounds must be at least 0") }
            file.feedback.delay = .fixed(delayRounds)
        }
        return file
    }

    private func hasCategories(_ path: String) throws -> Bool {
        do {
            let csv = try CSVReader(path: path)
            guard try csv.next() else { return false }
            return try (0..<csv.fieldCount).contains { try csv.field($0) == "category" }
        } catch {
            throw SimulateCommand.badInput("\(error)")
        }
    }
}
