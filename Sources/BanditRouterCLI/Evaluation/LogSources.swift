import BanditCore
import Foundation
import LogFiles
import OffPolicy

/// What a path that should be a log is: lines of JSON, zipped or not, or a store.
enum LogSources {
    private static let databaseMagic = Array("SQLite format 3\0".utf8)

    static func open(_ path: String) throws(CommandFailure) -> any DecisionLogSource {
        if isDatabase(path) { throw .input("\(path): file: reading the store itself is not built in; export the log first") }
        return JSONLinesLog(path: path)
    }

    /// A learner with the cells of a store or a snapshot.
    static func learner(
        _ specification: LearnerSpecification, log: DecisionLog, state path: String
    ) throws(PolicyError) -> Learner {
        try Learner(specification, names: log.names)
    }

    static func isDatabase(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: databaseMagic.count)).flatMap { $0.map(Array.init) } == databaseMagic
    }
}
