import ArgumentParser
import Foundation
import LogFiles
import PolicySimulator
import QueryCategories

/// Makes of an outcome table the file that a route's `priors` names.
struct ImportPriorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-priors",
        abstract: "Make priors for a route of an outcome table: what its models scored, cost and took, a category.",
        discussion: """
            The table is CSV (DESIGN: prompt_id, category, score|MODEL, cost|MODEL, lat|MODEL …); .gz is fine. Name the file \
            in the configuration:
              bandit-router import-priors benchmark.csv.gz --arm gpt-4o=openai/gpt-4o --output priors.json
              routes: [ { id: auto, arms: […], priors: priors.json } ]
            Each cell counts min(mass, rows) observations, times how far the feedback since agrees with it.
            """)

    @Argument(help: "The outcome table.")
    var table: String
    @Option(help: "Observations a cell that the table counts for at most.")
    var mass = 100.0
    @Option(help: "Probability, before any feedback, that the table holds in a cell; 1: it is never doubted.")
    var weight = 0.8
    @Option(
        name: .customLong("arm"),
        help: ArgumentHelp("An arm's id where it is not the model's name.", valueName: "model=id"))
    var arms: [String] = []
    @Option(
        name: .customLong("category"),
        help: ArgumentHelp("A category's id where it is not the table's word.", valueName: "word=id"))
    var categories: [String] = []
    @Option(
        help: ArgumentHelp(
            "Take categories from the prompts by a trained model instead of the column.", valueName: "file"))
    var classifier: String?
    @Option(name: .shortAndLong, help: "The file to write.")
    var output = "priors.json"

    func validate() throws {
        guard mass > 0, mass <= 1e6 else { throw ValidationError("--mass must be above 0 and at most 1000000") }
        guard (0...1).contains(weight) else { throw ValidationError("--weight must be from 0 to 1") }
    }

    func run() throws {
        do {
            let read: OutcomeTable
            do {
                read = try OutcomeTableReader.read(path: table)
            } catch {
                throw CommandFailure.input("\(error)")
            }
            let file = try summary(of: read)
            do {
                try file.encoded().write(to: URL(filePath: output), options: .atomic)
            } catch {
                throw CommandFailure.input("\(output): file: cannot be written")
            }
            let cells = file.categories.reduce(0) { $0 + $1.arms.count }
            print(
                "\(output): \(file.categories.count) categories × \(read.modelCount) arms, \(cells) cells of "
                    + "\(read.rowCount) prompts, worth at most \(Int(saturating: mass)) observations each")
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        }
    }

    private func summary(of table: OutcomeTable) throws -> PriorsFile {
        let ids = try renamed(table.models, by: arms, option: "--arm", what: "model")
        let words = try categoryWords(of: table)
        let names = try renamed(Set(words).sorted(), by: categories, option: "--category", what: "category")
        let position = Dictionary(uniqueKeysWithValues: zip(Set(words).sorted(), names))
        var rows: [String: [Int]] = [:]
        for (row, word) in words.enumerated() { rows[position[word] ?? word, default: []].append(row) }
        return PriorsFile(
            mass: mass, weight: weight,
            categories: rows.keys.sorted().map { name in
                PriorsFile.Category(
                    id: name,
                    arms: table.models.indices.compactMap { arm(ids[$0], model: $0, rows: rows[name] ?? [], of: table) }
                )
            })
    }

    private func arm(_ id: String, model: Int, rows: [Int], of table: OutcomeTable) -> PriorsFile.Arm? {
        let scores = rows.map { table.score(row: $0, model: model) }.filter { !$0.isNaN }
        guard !scores.isEmpty else { return nil }
        func mean(_ values: [Double]) -> Double? {
            let known = values.filter { !$0.isNaN }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        }
        let count = Double(scores.count)
        return PriorsFile.Arm(
            id: id, rows: count, mean: scores.reduce(0, +) / count,
            mean_square: scores.reduce(0) { $0 + $1 * $1 } / count,
            cost_usd: mean(rows.map { table.costUSD(row: $0, model: model) }),
            latency_ms: mean(rows.map { table.latencyMS(row: $0, model: model) }))
    }

    private func categoryWords(of table: OutcomeTable) throws -> [String] {
        guard let classifier else {
            return table.categories ?? [String](repeating: "general", count: table.rowCount)
        }
        guard let prompts = table.prompts else {
            throw CommandFailure.input("\(self.table): prompt: a classifier needs the column “prompt”")
        }
        guard let data = FileManager.default.contents(atPath: classifier) else {
            throw CommandFailure.input("\(classifier): file: cannot be read")
        }
        let model: CategoryModel
        do {
            model = try CategoryModel(decoding: Array(data))
        } catch {
            throw CommandFailure.input("\(classifier): model: \(error)")
        }
        return prompts.map { prompt in
            let probabilities = model.probabilities(of: prompt)
            return model.labels[probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0]
        }
    }

    /// The names with the replacements `old=new` of an option made; unknown old names and new names given twice are refused.
    private func renamed(_ names: [String], by pairs: [String], option: String, what: String) throws -> [String] {
        var result = names
        for pair in pairs {
            guard let sign = pair.firstIndex(of: "="), sign > pair.startIndex, pair.index(after: sign) < pair.endIndex
            else { throw CommandFailure.usage("\(option) \(pair): say OLD=NEW") }
            let (old, new) = (String(pair[..<sign]), String(pair[pair.index(after: sign)...]))
            guard let index = names.firstIndex(of: old) else {
                throw CommandFailure.usage(
                    "\(option) \(pair): the table has no \(what) '\(old)' (\(names.joined(separator: ", ")))")
            }
            result[index] = new
        }
        guard what == "category" || Set(result).count == result.count else {
            throw CommandFailure.usage("\(option): two models would be the same arm")
        }
        return result
    }
}
