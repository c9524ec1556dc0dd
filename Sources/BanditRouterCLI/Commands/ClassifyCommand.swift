import ArgumentParser
import Foundation
import Gateway
import LogFiles
import QueryCategories

/// Says which category prompts belong to, and why.
struct ClassifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Say which category a prompt belongs to, and why.",
        discussion: """
            One prompt on the command line, or a file: JSONL with {"prompt": …} a line, or CSV with a column `prompt`; .gz is fine.
              bandit-router classify "translate this into french: good morning"
              bandit-router classify --file prompts.jsonl --format json
            The categories are the default taxonomy, those that a router with --config tells apart, or the labels of --model. Where \
            the configuration has classifier.embeddings, its provider is asked for those of the prompts (see --no-embeddings). With --label the file's own
            labels are compared: the accuracy goes to stderr, and below --minimum-accuracy the exit code is 1.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
    }

    @Argument(help: "The prompt.")
    var prompt: String?
    @Option(help: "A file of prompts.")
    var file: String?
    @Option(name: .customLong("config"), help: "Take the categories of this configuration file.")
    var configurationPath: String?
    @Option(help: "Take a model of `train-categories` instead of the built-in one.")
    var model: String?
    @Option(help: "Least probability with which the classifier's answer counts, from 0 to 1.")
    var threshold: Double?
    @Flag(help: "Judge by words alone: nothing is sent to the provider of classifier.embeddings.")
    var noEmbeddings = false
    @Option(help: "The column or key with the true category.")
    var label: String?
    @Option(help: "Exit 1 when fewer of the labelled prompts (0 to 1) are right.")
    var minimumAccuracy: Double?
    @Option(help: "table (for people) or json (a line a prompt); by default a table on a terminal, else json.")
    var format: Format?

    func validate() throws {
        if (prompt == nil) == (file == nil) { throw ValidationError("give either a prompt or --file FILE") }
        if configurationPath != nil, model != nil { throw ValidationError("give either --config or --model") }
        if let threshold, !(0...1).contains(threshold) { throw ValidationError("--threshold must be from 0 to 1") }
        if let minimumAccuracy, !(0...1).contains(minimumAccuracy) {
            throw ValidationError("--minimum-accuracy must be from 0 to 1")
        }
        if label != nil, file == nil { throw ValidationError("--label needs --file") }
        if minimumAccuracy != nil, label == nil { throw ValidationError("--minimum-accuracy needs --label") }
    }

    func run() async throws {
        let (categorizer, fetcher) = try makeCategorizer()
        let isTable = format.map { $0 == .table } ?? (isatty(STDOUT_FILENO) == 1)
        if let prompt {
            let features = QueryFeatures(userText: prompt, byteCount: prompt.utf8.count)
            let embeddings = await Self.scores(of: [features], categorizer, fetcher)
            let explanation = try categorizer.explain(features, embeddings: embeddings)
            let head = explanation.categorization.usesEmbedding ? categorizer.embeddingHead : nil
            print(isTable ? Self.text(of: explanation, head) : Self.line(of: explanation.categorization))
            return
        }
        var reading = PromptFile(path: file ?? "")
        reading.labelName = label
        let rows: [PromptRow]
        do {
            rows = try reading.rows()
        } catch {
            throw CategoryOutput.badInput("\(error)")
        }
        var labelled = 0
        var right = 0
        let features = rows.map { QueryFeatures(userText: $0.prompt, byteCount: $0.prompt.utf8.count) }
        let embeddings = await Self.scores(of: features, categorizer, fetcher)
        for (row, features) in zip(rows, features) {
            let result = try categorizer.classify(features, embeddings: embeddings)
            if let label, label.isEmpty == false {
                guard let truth = row.label else {
                    throw CategoryOutput.badInput(
                        "\(InputError(file: reading.path, line: row.line, field: label, reason: "missing"))")
                }
                labelled += 1
                right += truth == result.id ? 1 : 0
            }
            if isTable {
                let id = result.id.padding(toLength: 20, withPad: " ", startingAt: 0)
                let by = result.by.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)
                print(id, String(format: "%.2f", result.confidence), by, CategoryOutput.excerpt(row.prompt))
            } else {
                print(Self.line(of: result))
            }
        }
        guard labelled > 0 else { return }
        let accuracy = Double(right) / Double(labelled)
        FileHandle.standardError.write(
            Data("\(right) of \(labelled) right (\(CategoryOutput.percent(accuracy)))\n".utf8))
        if let minimumAccuracy, accuracy < minimumAccuracy { throw ExitCode(1) }
    }

    /// What tells categories apart, and who makes embeddings for it; nil: nobody.
    private func makeCategorizer() throws -> (Categorizer, EmbeddingFetcher?) {
        let configuration = try configurationPath.map { path in
            try ConfigurationOptions.parse(["--config", path]).load().configuration
        }
        do {
            if let configuration {
                let categorizer = try configuration.categorizer(threshold: threshold)
                let wanted = noEmbeddings ? nil : configuration.classifier.embeddings
                return (
                    categorizer,
                    try wanted.map { try EmbeddingFetcher(configuration, provider: $0.provider, model: $0.model) }
                )
            }
            guard let model else {
                return (try Categorizer(categories: DefaultTaxonomy.categories, threshold: threshold), nil)
            }
            guard let data = FileManager.default.contents(atPath: model) else {
                throw CategoryError(.invalidModel, "the file cannot be read")
            }
            let trained = try CategoryModel(decoding: Array(data))
            return (try Categorizer(categories: [], model: trained, threshold: threshold), nil)
        } catch let error as CategoryError {
            throw CategoryOutput.badInput("\(model ?? configurationPath ?? "categories"): \(error)")
        } catch let error as EmbeddingFetcher.Failure {
            throw CategoryOutput.badInput("\(configurationPath ?? "classifier.embeddings"): \(error)")
        }
    }

    /// The embeddings' scores of all texts that they bear on. Where the provider fails, words decide, and stderr says so.
    private static func scores(
        of prompts: [QueryFeatures], _ categorizer: Categorizer, _ fetcher: EmbeddingFetcher?
    ) async -> [String: EmbeddingScores] {
        guard let fetcher, let head = categorizer.embeddingHead else { return [:] }
        let texts = prompts.flatMap { categorizer.textsToEmbed($0) }
        guard !texts.isEmpty else { return [:] }
        var result: [String: EmbeddingScores] = [:]
        do throws(EmbeddingFetcher.Failure) {
            guard head.model == fetcher.model else {
                throw EmbeddingFetcher.Failure(
                    description: "the model was trained with embeddings of '\(head.model)', not '\(fetcher.model)'")
            }
            for (text, vector) in zip(texts, try await fetcher.vectors(of: texts).vectors) {
                guard let scores = head.scores(of: vector) else {
                    throw EmbeddingFetcher.Failure(
                        description:
                            "an embedding has \(vector.count) numbers; the model was trained with \(head.dimension)")
                }
                result[text] = scores
            }
            return result
        } catch {
            FileHandle.standardError.write(Data("\(error); words decide\n".utf8))
            return [:]
        }
    }

    /// `{"category","confidence","by","features"}`; `features` (`words`, `words+embedding`) where the classifier was asked.
    static func line(of result: Categorization) -> String {
        let confidence = (result.confidence * 10_000).rounded() / 10_000
        let features = result.memberships == nil ? "null" : result.usesEmbedding ? "\"words+embedding\"" : "\"words\""
        return
            "{\"category\":\(CategoryOutput.json(result.id)),\"confidence\":\(confidence),\"by\":\"\(result.by.rawValue)\","
            + "\"features\":\(features)}"
    }

    /// - Parameter head: of the embedding that was looked at; nil: only words were.
    static func text(of explanation: CategoryExplanation, _ head: EmbeddingHead?) -> String {
        let result = explanation.categorization
        var lines = ["\(result.id)  \(String(format: "%.2f", result.confidence))  by \(result.by.rawValue)"]
        lines += explanation.rules.map { "  rule      \($0)" }
        lines += explanation.patterns.map { "  pattern   \($0)" }
        if !explanation.alternatives.isEmpty {
            let list = explanation.alternatives.prefix(5).map { "\($0.id) \(String(format: "%.2f", $0.probability))" }
            lines.append("  classifier \(list.joined(separator: ", "))")
        }
        if result.memberships != nil {
            let embedding = head.map { " and the embedding by \($0.model) (\($0.dimension) numbers)" } ?? ""
            lines.append("  features  words\(embedding)")
        }
        if !explanation.features.isEmpty {
            let list = explanation.features.map { "\($0.name) +\(String(format: "%.2f", $0.weight))" }
            lines.append("  because   \(list.joined(separator: ", "))")
        }
        lines.append("  version   \(explanation.version)")
        return lines.joined(separator: "\n")
    }
}
