import ArgumentParser
import Foundation
import Gateway
import LogFiles
import OffPolicy
import QueryCategories

/// Trains a category model from labelled prompts.
struct TrainCategoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-categories",
        abstract: "Train a category model from labelled prompts.",
        discussion: """
            The file is JSONL with {"prompt": …, "label": …} a line or CSV with these columns (`category` and `intent` are read as \
            the label too); .gz is fine. Part of the rows, or the whole sources named by --hold-out-source, measure the model; \
            what is held out at random is learned from at the end, held-out sources are not. Where a label is one of the \
            default taxonomy's, its built-in utterances are learned from too.
              bandit-router train-categories labelled.csv --output categories.brqc
              bandit-router classify --model categories.brqc "how do i reset my password"
            With --embedding-model the model also learns from embeddings: those that stand in the file (--embeddings KEY), or those \
            that a provider of --config makes (--embedding-provider ID), which is sent every prompt of the file. The words' part of \
            the model is the same as without, and decides alone wherever there is no embedding.
            """)

    @Argument(help: "The labelled prompts.")
    var file: String
    @Option(name: .shortAndLong, help: "The model file to write.")
    var output = "categories.brqc"
    @Option(help: "The column or key with the label.")
    var label: String?
    @Option(help: "The column or key with the prompt.")
    var prompt = "prompt"
    @Option(help: "The column or key with the source.")
    var source = "source"
    @Option(name: .customLong("hold-out-source"), help: "A source to measure on; repeat for several.")
    var heldOutSources: [String] = []
    @Option(help: "Passes over the data.")
    var epochs: Int?
    @Option(help: "Seed of the split and of the shuffles.")
    var seed: UInt64?
    @Option(help: "The embedding model that prompts' embeddings are of; the configuration must name the same one.")
    var embeddingModel: String?
    @Option(help: "The column or key with the prompt's embedding, a JSON array of numbers.")
    var embeddings: String?
    @Option(help: "The provider of --config that makes the embeddings: all prompts are sent to it.")
    var embeddingProvider: String?
    @Option(name: .customLong("config"), help: "The configuration file with the provider.")
    var configurationPath: String?
    @Flag(help: "Learn from the file's rows only.")
    var noUtterances = false
    @Option(help: "Exit 1 when fewer of the held-out prompts (0 to 1) are right; the model is written all the same.")
    var minimumAccuracy: Double?
    @Option(help: "table (for people) or json; by default a table on a terminal, else json.")
    var format: ClassifyCommand.Format?

    func validate() throws {
        if let epochs, !(1...1_000).contains(epochs) { throw ValidationError("--epochs must be from 1 to 1000") }
        if let minimumAccuracy, !(0...1).contains(minimumAccuracy) {
            throw ValidationError("--minimum-accuracy must be from 0 to 1")
        }
        if embeddingModel == nil, embeddings != nil || embeddingProvider != nil {
            throw ValidationError("embeddings need the name of their model: --embedding-model NAME")
        }
        if embeddingModel != nil, (embeddings == nil) == (embeddingProvider == nil) {
            throw ValidationError("--embedding-model needs either --embeddings KEY or --embedding-provider ID")
        }
        if (embeddingProvider == nil) != (configurationPath == nil) {
            throw ValidationError("--embedding-provider and --config go together")
        }
    }

    func run() async throws {
        let reading = PromptFile(
            path: file, promptName: prompt, labelName: label, sourceName: source, embeddingName: embeddings)
        let model: CategoryModel
        let report: TrainingReport
        let start = ContinuousClock.now
        do {
            var examples = try labelled(try reading.rows())
            for warning in Self.warnings(of: examples) {
                FileHandle.standardError.write(Data("warning: \(file): \(warning)\n".utf8))
            }
            if let embeddingProvider, let embeddingModel {
                try await addEmbeddings(to: &examples, provider: embeddingProvider, model: embeddingModel)
            }
            var heldOut: [LabelledText]?
            var learned = examples
            if !heldOutSources.isEmpty {
                for source in heldOutSources where !examples.contains(where: { $0.source == source }) {
                    throw InputError(file: file, field: reading.sourceName, reason: "no row is from '\(source)'")
                }
                heldOut = examples.filter { heldOutSources.contains($0.source ?? "") }
                learned = examples.filter { !heldOutSources.contains($0.source ?? "") }
            }
            var options = TrainingOptions()
            options.addsBuiltInUtterances = !noUtterances
            options.embeddingModel = embeddingModel
            if let epochs { options.epochs = epochs }
            if let seed { options.seed = seed }
            let bar = TrainingBar()
            (model, report) = try CategoryModel.train(learned, heldOut: heldOut, options: options) { bar.show($0) }
            bar.finish()
        } catch let error as CategoryError {
            throw CategoryOutput.badInput("\(file): \(error)")
        } catch let error as InputError {
            throw CategoryOutput.badInput("\(error)")
        } catch let error as EmbeddingFetcher.Failure {
            throw CategoryOutput.badInput("\(error)")
        }
        do {
            try Data(model.encoded()).write(to: URL(filePath: output), options: .atomic)
        } catch {
            throw CategoryOutput.badInput("\(output): cannot be written: \(error.localizedDescription)")
        }
        let isTable = format.map { $0 == .table } ?? (isatty(STDOUT_FILENO) == 1)
        let elapsed = ContinuousClock.now - start
        print(isTable ? Self.text(of: report, elapsed: elapsed, output: output) : try Self.json(of: report))
        guard let minimumAccuracy else { return }
        guard report.heldOutRows > 0 else {
            FileHandle.standardError.write(
                Data("--minimum-accuracy: nothing was held out, so it was not measured\n".utf8))
            throw ExitCode(1)
        }
        if report.embeddings?.accuracy ?? report.accuracy < minimumAccuracy { throw ExitCode(1) }
    }

    /// What of the labels will teach less than it seems to: spellings of one label, and prompts with two.
    static func warnings(of examples: [LabelledText]) -> [String] {
        var warnings: [String] = []
        var seen: Set<String> = []
        let labels = examples.map(\.label).filter { seen.insert($0).inserted }
        if let sentence = LogWarnings.ofNames(labels, what: "labels") { warnings.append(sentence) }
        var labelOf: [String: String] = [:]
        var contradictions = 0
        var first: (prompt: String, labels: [String])?
        for example in examples {
            guard let before = labelOf.updateValue(example.label, forKey: example.text), before != example.label else {
                continue
            }
            contradictions += 1
            if first == nil { first = (example.text, [before, example.label]) }
        }
        if let first {
            let prompt = first.prompt.prefix(60).replacing("\n", with: " ")
            warnings.append(
                "one prompt with two labels, \(contradictions) \(contradictions == 1 ? "time" : "times"): '\(prompt)' is both "
                    + "'\(first.labels[0])' and '\(first.labels[1])'")
        }
        return warnings
    }

    /// Asks the provider for what it makes of every prompt, in the form in which the router would send it.
    private func addEmbeddings(to examples: inout [LabelledText], provider: String, model: String) async throws {
        let configuration = try ConfigurationOptions.parse(["--config", configurationPath ?? ""]).load().configuration
        let fetcher = try EmbeddingFetcher(configuration, provider: provider, model: model)
        let bar = ProgressBar("embeddings")
        let found = try await fetcher.vectors(of: examples.map { Categorizer.embeddedText(of: $0.text) }) {
            bar.update($0)
        }
        bar.clear()
        for (row, vector) in found.vectors.enumerated() { examples[row].embedding = vector }
        let tokens = found.tokens.map { "\($0) tokens" } ?? "an unknown number of tokens"
        FileHandle.standardError.write(Data("\(provider) made \(examples.count) embeddings: \(tokens)\n".utf8))
    }

    private func labelled(_ rows: [PromptRow]) throws(InputError) -> [LabelledText] {
        var result: [LabelledText] = []
        for row in rows {
            guard let label = row.label, !label.isEmpty else {
                let name = label ?? PromptFile.labelNames.joined(separator: " or ")
                throw InputError(file: file, line: row.line, field: name, reason: "missing")
            }
            guard !row.prompt.isEmpty else {
                throw InputError(file: file, line: row.line, field: prompt, reason: "empty")
            }
            result.append(
                LabelledText(text: row.prompt, label: label, source: row.source, embedding: row.embedding))
        }
        return result
    }

    static func text(of report: TrainingReport, elapsed: Duration, output: String) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        var lines = [
            "\(report.rows) rows, \(report.labels.count) labels, \(String(format: "%.1f", seconds)) s",
            "\(output): \(report.modelBytes) bytes, \(report.modelHash)",
            report.heldOutRows == 0
                ? "held out: nothing, so how often the model is right is not measured"
                : "held out: \(report.heldOutRows) rows, \(CategoryOutput.percent(report.accuracy)) right, "
                    + "log loss \(String(format: "%.3f", report.logLoss)), calibration error "
                    + "\(String(format: "%.3f", report.calibrationError)), temperature \(String(format: "%.2f", report.temperature))",
        ]
        if report.heldOutRows == 0 { return lines.joined(separator: "\n") }
        if let embeddings = report.embeddings {
            lines.append(
                "with embeddings of \(embeddings.model) (\(embeddings.dimension) numbers, \(embeddings.hash)): "
                    + "\(CategoryOutput.percent(embeddings.accuracy)) right, "
                    + "log loss \(String(format: "%.3f", embeddings.logLoss)), calibration error "
                    + "\(String(format: "%.3f", embeddings.calibrationError)); embeddings alone "
                    + CategoryOutput.percent(embeddings.aloneAccuracy))
        }
        lines += [
            "", "label                  rows  precision  recall  mistaken for",
        ]
        for (index, label) in report.labels.enumerated() {
            let mistakes = report.confusion[index].enumerated().filter { $0.offset != index && $0.element > 0 }
                .sorted { $0.element > $1.element }.prefix(3)
                .map { "\(report.labels[$0.offset].id) \($0.element)" }.joined(separator: ", ")
            let id = label.id.padding(toLength: 20, withPad: " ", startingAt: 0)
            lines.append(
                label.count == 0
                    ? id + "      0  not measured"
                    : id + String(format: "%7d %10.3f %7.3f  ", label.count, label.precision, label.recall) + mistakes)
        }
        if !report.abstention.isEmpty { lines += ["", "answers above a confidence of", "threshold  answered  right"] }
        lines += report.abstention.map {
            String(format: "%9.1f %9.3f %6.3f", $0.threshold, $0.coverage, $0.accuracy)
        }
        return lines.joined(separator: "\n")
    }

    static func json(of report: TrainingReport) throws -> String {
        let isMeasured = report.heldOutRows > 0
        func measured(_ value: Double) -> Any { isMeasured ? value : NSNull() }
        var object: [String: Any] = [
            "rows": report.rows, "held_out_rows": report.heldOutRows, "measured": isMeasured,
            "accuracy": measured(report.accuracy), "log_loss": measured(report.logLoss),
            "calibration_error": measured(report.calibrationError), "temperature": report.temperature,
            "model": report.modelHash, "model_bytes": report.modelBytes,
            "labels": report.labels.map { label -> [String: Any] in
                [
                    "id": label.id, "rows": label.count,
                    "precision": label.count > 0 ? measured(label.precision) : NSNull(),
                    "recall": label.count > 0 ? measured(label.recall) : NSNull(),
                ]
            },
            "confusion": report.confusion,
            "abstention": report.abstention.map {
                ["threshold": $0.threshold, "coverage": $0.coverage, "accuracy": $0.accuracy]
            },
        ]
        if let embeddings = report.embeddings {
            object["embeddings"] = [
                "model": embeddings.model, "dimension": embeddings.dimension, "hash": embeddings.hash,
                "accuracy": measured(embeddings.accuracy), "log_loss": measured(embeddings.logLoss),
                "calibration_error": measured(embeddings.calibrationError),
                "alone_accuracy": measured(embeddings.aloneAccuracy),
            ]
        }
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}

/// Phase and share done, on stderr and only where that is a terminal.
private struct TrainingBar {
    private let isShown = isatty(STDERR_FILENO) == 1

    func show(_ progress: TrainingProgress) {
        guard isShown, progress.total > 0 else { return }
        let filled = progress.done * 30 / progress.total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        FileHandle.standardError.write(Data("\r\u{1B}[2K\(bar) \(progress.phase.rawValue)".utf8))
    }

    func finish() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
    }
}
