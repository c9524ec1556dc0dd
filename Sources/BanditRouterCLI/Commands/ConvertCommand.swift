import ArgumentParser
import Foundation
import LogFiles
import OffPolicy

/// Makes a decision log or an outcome table of what another system exported.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Make a decision log or an outcome table of another system's export.",
        discussion: """
            Decision logs: \(LogMapping.kinds.joined(separator: ", ")). Outcome tables: \(TableMapping.kinds.joined(separator: ", ")).
            The article "Your own logs" has every field and what its absence costs.
              bandit-router convert --from generic calls.csv log.jsonl.gz --map arm=model --map reward=score
              bandit-router convert --from litellm spend_logs.csv log.jsonl.gz --rewards ratings.csv
              bandit-router convert --from langfuse observations.jsonl scores.jsonl log.jsonl.gz
              bandit-router convert --from lm-eval samples_gsm8k_a.jsonl samples_gsm8k_b.jsonl table.csv
            Nothing is made up: where the export does not say with which probability a model was drawn, neither does the log. What was left \
            out is said, with the reason. A conversion that fails leaves no file. Exit 3: the export cannot be a log, or a value is bad.
            """)

    @Option(name: .customLong("from"), help: "What the files are; see above.")
    var kind: String

    @Argument(
        help: ArgumentHelp(
            "The files to read (JSON or CSV, gzip or not; NAME=PATH names a file's model), and last the file to write.",
            valueName: "in … out"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "Where a field stands in the export, repeatable: arm=model, category=metadata.topic.",
            valueName: "field=path"))
    var map: [String] = []

    @Option(help: "A YAML file with such mappings, a field a line, and a list of arms.")
    var mapping: String?

    @Option(help: "The arms that could be drawn, with commas between, where they are not those that the file has.")
    var arms: String?

    @Option(help: "The score that is the reward, where an export has several.")
    var score: String?

    @Option(help: "A file of rewards to join: a row for each decision's id and its reward.")
    var rewards: String?

    @Option(help: "The member of that file with the decision's id.")
    var rewardsID = "decision_id"

    @Option(help: "The member of that file with the reward.")
    var rewardsValue = "reward"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What the rewards are marks on: 1:5 for stars, 0:100 for per cent.", valueName: "low:high"))
    var rewardScale: String?

    @Option(parsing: .unconditional, help: "1, or -1 where the rewards are costs: less is better.")
    var rewardSign: Int?

    @Flag(help: "Write over a file that is there.")
    var force = false

    func validate() throws {
        guard files.count >= 2 else { throw ValidationError("give the file to read and the file to write") }
        guard LogMapping.kinds.contains(kind) || TableMapping.kinds.contains(kind) else {
            let all = LogMapping.kinds + TableMapping.kinds
            let hint = nearestName(to: kind, among: all).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("unknown kind '\(kind)' (\(all.joined(separator: ", ")))\(hint)")
        }
    }

    func run() throws {
        let report: ConversionReport
        do throws(CommandFailure) { report = try convert() } catch {
            error.print()
            throw ExitCode(error.code)
        }
        FileHandle.standardOutput.write(Data(Self.text(report, isTable: TableMapping.kinds.contains(kind)).utf8))
    }

    private func convert() throws(CommandFailure) -> ConversionReport {
        let inputs = Array(files.dropLast())
        let output = files[files.count - 1]
        if !force, FileManager.default.fileExists(atPath: output) {
            throw .usage("\(output) is there already; --force writes over it")
        }
        do {
            if let table = TableMapping.kind(kind) {
                return try tableConversion(table).run(inputs: inputs, output: output)
            }
            if kind == "vw" { return try vowpalConversion().run(input: try onlyInput(inputs), output: output) }
            return try logConversion().run(inputs: inputs, output: output)
        } catch let error as CommandFailure {
            throw error
        } catch let error as InputError {
            throw .input(error.description)
        } catch {
            throw .input("\(error)")
        }
    }

    private func onlyInput(_ inputs: [String]) throws(CommandFailure) -> String {
        guard inputs.count == 1 else { throw .usage("--from \(kind) reads one file") }
        return inputs[0]
    }

    private func scale() throws(CommandFailure) -> RewardScale {
        try RewardScale(text: rewardScale, sign: rewardSign ?? 1)
    }

    private func logConversion() throws(CommandFailure) -> LogConversion {
        var conversion = LogConversion(kind: kind, mapping: LogMapping.kind(kind)!)
        let given = try ConversionMapping(path: mapping, flags: map)
        for (name, path, place) in given.fields {
            guard let field = LogMapping.Field(rawValue: name) else {
                throw .usage(
                    "\(place): a decision log has no field '\(name)' (\(LogMapping.Field.allCases.map(\.rawValue).joined(separator: ", ")))"
                )
            }
            conversion.mapping.paths[field] = [path]
        }
        conversion.mapping.arms =
            arms.map { $0.split(separator: ",").map { String($0.drop { $0 == " " }) } } ?? given.arms
        conversion.scale = try scale()
        conversion.score = score
        if let rewards { conversion.rewards = (rewards, rewardsID, rewardsValue) }
        return conversion
    }

    private func vowpalConversion() throws(CommandFailure) -> VowpalConversion {
        var conversion = VowpalConversion()
        guard map.isEmpty, mapping == nil, arms == nil, rewards == nil, score == nil else {
            throw .usage("--from vw takes no mapping, arms, rewards or score: the format has them all")
        }
        if rewardScale != nil || rewardSign != nil {
            conversion.scale = try RewardScale(text: rewardScale, sign: rewardSign ?? -1)
        }
        return conversion
    }

    private func tableConversion(_ mapping: TableMapping) throws(CommandFailure) -> TableConversion {
        guard arms == nil, rewards == nil else { throw .usage("--arms and --rewards are for decision logs") }
        var conversion = TableConversion(kind: kind, mapping: mapping)
        for (name, path, place) in try ConversionMapping(path: self.mapping, flags: map).fields {
            guard let field = TableMapping.Field(rawValue: name) else {
                throw .usage(
                    "\(place): an outcome table has no '\(name)' (\(TableMapping.Field.allCases.map(\.rawValue).joined(separator: ", ")))"
                )
            }
            conversion.mapping.paths[field] = [path]
        }
        conversion.scale = try scale()
        conversion.score = score
        return conversion
    }

    private static func text(_ report: ConversionReport, isTable: Bool) -> String {
        var lines: [String] = []
        let arms = report.arms.prefix(12).joined(separator: ", ") + (report.arms.count > 12 ? ", …" : "")
        lines.append(
            isTable
                ? "\(report.output): \(report.written) prompts of \(report.read) rows, \(report.arms.count) models (\(arms)); "
                    + "\(report.withReward) prompts with the scores of all"
                : "\(report.output): \(report.written) decisions of \(report.read) rows, \(report.arms.count) arms (\(arms)); "
                    + "\(report.withReward) with a reward")
        lines += report.dropped.map { "left out \($0.count): \($0.reason)" }
        lines += report.notes.map { "note: \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
