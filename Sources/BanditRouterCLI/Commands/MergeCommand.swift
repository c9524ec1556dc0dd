import ArgumentParser
import Foundation
import LogFiles
import OffPolicy
import PolicySimulator

/// Joins the shards of a simulation into the files that one run would have written.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join the shards of a simulation, or the parts of an evaluation.",
        discussion: """
            Of shards, writes the very bytes that one run of all replications would have written. Of parts that `evaluate --part` wrote, \
            prints the report of the whole log, by the flags the parts were made with. Exit codes are those of `evaluate`.
            """)

    @Argument(
        help: ArgumentHelp(
            "Folders that `simulate --shard` wrote, or files that `evaluate --part` wrote.", valueName: "dir|file"))
    var folders: [String]
    @Option(help: "Folder for summary.json, curves.csv and report.html.")
    var output: String?
    @Option(help: "table or json on stdout; by default a table on a terminal, else json.")
    var format: SimulateCommand.Format?

    func run() throws {
        if Self.areParts(folders) { return try joinParts() }
        do {
            try finish(try Self.merge(folders), output: output, format: format)
        } catch let error as InputError {
            throw SimulateCommand.badInput("\(error)")
        }
    }

    /// Files are parts, folders hold shards.
    private static func areParts(_ paths: [String]) -> Bool {
        var isFolder: ObjCBool = false
        return paths.first.map {
            FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
        }
            ?? false
    }

    private func joinParts() throws {
        do {
            guard output == nil else {
                throw CommandFailure.usage("--output is for shards; a report of parts is printed")
            }
            var files: [(path: String, part: EvaluationPart)] = []
            do throws(InputError) { for path in folders { files.append((path, try PartFile.read(path))) } } catch {
                throw CommandFailure.input(error.description)
            }
            let report = try PartsMerger(files).report()
            let asTable = format == .table || format == nil && isatty(STDOUT_FILENO) == 1
            let text = asTable ? report.table(withTimings: false) : report.json(withTimings: false).text
            FileHandle.standardOutput.write(Data(text.utf8))
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        }
    }

    /// Refuses shards of different scenarios, replications that are there twice, and replications that are missing.
    static func merge(_ folders: [String]) throws(InputError) -> SimulationSummary {
        var first: (path: String, header: ShardFile.Header)?
        var runs: [RunResult] = []
        var origin: [[Int]: String] = [:]
        for folder in folders {
            let path = URL(filePath: folder).appending(path: ShardFile.name).path()
            let shard = try ShardFile.read(path: path)
            if let first, first.header != shard.header {
                throw InputError(
                    file: path, line: 1, field: "scenario",
                    reason: "is a shard of another simulation than \(first.path)")
            }
            first = first ?? (path, shard.header)
            for run in shard.runs {
                if let other = origin.updateValue(path, forKey: [run.policy, run.replication]) {
                    throw InputError(
                        file: path, field: "replication", reason: "\(run.replication) is in \(other), too")
                }
            }
            runs += shard.runs
        }
        guard let first else { throw InputError(file: "merge", field: "dir", reason: "no folders") }
        let labels = first.header.labels
        for policy in labels.policies.indices {
            for replication in 0..<labels.replications where origin[[policy, replication]] == nil {
                throw InputError(
                    file: first.path, field: "replication",
                    reason: "\(replication) of \(labels.policies[policy]) is in none of the folders")
            }
        }
        return SimulationSummary(labels: labels, results: runs)
    }
}
