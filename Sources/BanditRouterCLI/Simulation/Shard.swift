import Foundation
import LogFiles
import PolicySimulator

/// Which share of the replications a machine runs: those whose number leaves `index` when divided by `count`.
struct Shard: Equatable {
    var index: Int
    var count: Int

    /// `i/n`; counting may begin at 0 or at 1 (n/n is the same as 0/n).
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1, (0...count).contains(index)
        else {
            return nil
        }
        self.index = index % count
        self.count = count
    }

    func replications(of total: Int) -> [Int] { (0..<total).filter { $0 % count == index } }
}

/// The runs of one shard as a file: a header, then a line of JSON a run. Numbers survive bit for bit.
struct ShardFile {
    static let name = "shard.jsonl"

    struct Header: Codable, Equatable {
        var format: String
        var labels: SimulationLabels
        /// Hash of the scenario's text and of the command line's changes to it.
        var scenario: String
    }

    static let format = "bandit-router-shard-1"

    var header: Header
    var runs: [RunResult]

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let writer = try GzipWriter(path: path)
        try writer.write(try encoder.encode(header))
        try writer.write("\n")
        for run in runs {
            try writer.write(try encoder.encode(run))
            try writer.write("\n")
        }
        try writer.close()
    }

    static func read(path: String) throws(InputError) -> ShardFile {
        let reader = try LineReader(path: path)
        let decoder = JSONDecoder()
        var header: Header?
        var runs: [RunResult] = []
        while let line = try reader.next() {
            let data = Data(line.bytes)
            if header == nil {
                guard let own = try? decoder.decode(Header.self, from: data), own.format == format else {
                    throw InputError(
                        file: path, line: line.number, field: "format", reason: "is no shard of a simulation")
                }
                header = own
            } else {
                guard let run = try? decoder.decode(RunResult.self, from: data) else {
                    throw InputError(file: path, line: line.number, field: "run", reason: "cannot be read")
                }
                runs.append(run)
            }
        }
        guard let header else { throw InputError(file: path, line: 1, field: "format", reason: "the file is empty") }
        return ShardFile(header: header, runs: runs)
    }
}
