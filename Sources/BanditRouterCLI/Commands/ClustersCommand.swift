import ArgumentParser
import Foundation
import LogFiles
import QueryCategories

/// Finds groups of prompts without labels.
struct ClustersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clusters",
        abstract: "Find groups of similar prompts, without labels.",
        discussion: """
            The file is JSONL with {"prompt": …} a line or CSV with a column `prompt`; .gz is fine. The same file, count and \
            seed give the same clusters.
              bandit-router clusters prompts.jsonl --count 16
              bandit-router clusters prompts.csv.gz --count 16 --assign --format json
            """)

    @Argument(help: "The prompts.")
    var file: String
    @Option(help: "Clusters wanted.")
    var count = 16
    @Option(help: "Seed.")
    var seed: UInt64 = 0
    @Option(help: "The column or key with the prompt.")
    var prompt = "prompt"
    @Flag(help: "A line a prompt with its cluster, instead of a line a cluster.")
    var assign = false
    @Option(help: "table (for people) or json (a line each); by default a table on a terminal, else json.")
    var format: ClassifyCommand.Format?

    func validate() throws {
        guard (1...PromptClusters.countLimit).contains(count) else {
            throw ValidationError("--count must be from 1 to \(PromptClusters.countLimit)")
        }
    }

    func run() throws {
        let texts: [String]
        let clusters: PromptClusters
        do {
            texts = try PromptFile(path: file, promptName: prompt).rows().map(\.prompt)
            clusters = try PromptClusters(fitting: texts, count: count, seed: seed)
        } catch let error as InputError {
            throw CategoryOutput.badInput("\(error)")
        } catch let error as CategoryError {
            throw CategoryOutput.badInput("\(file): \(error)")
        }
        let isTable = format.map { $0 == .table } ?? (isatty(STDOUT_FILENO) == 1)
        let assigned = texts.map(clusters.assign)
        if assign {
            for (text, cluster) in zip(texts, assigned) {
                let name = clusters.names[cluster]
                print(
                    isTable
                        ? "\(name.padding(toLength: 32, withPad: " ", startingAt: 0)) \(CategoryOutput.excerpt(text))"
                        : "{\"cluster\":\(cluster),\"name\":\(CategoryOutput.json(name))}")
            }
            return
        }
        for cluster in clusters.sizes.indices.sorted(by: { clusters.sizes[$0] > clusters.sizes[$1] }) {
            let name = clusters.names[cluster]
            let example = assigned.firstIndex(of: cluster).map { texts[$0] } ?? ""
            print(
                isTable
                    ? String(format: "%6d  ", clusters.sizes[cluster])
                        + "\(name.padding(toLength: 32, withPad: " ", startingAt: 0)) \(CategoryOutput.excerpt(example))"
                    : "{\"cluster\":\(cluster),\"name\":\(CategoryOutput.json(name)),\"size\":\(clusters.sizes[cluster])}"
            )
        }
    }
}
