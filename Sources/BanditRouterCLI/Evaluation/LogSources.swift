import Foundation
import LogFiles

/// What a path that should be a log is: lines of JSON, zipped or not, or a store.
enum LogSources {
    private static let databaseMagic = Array("SQLite format 3\0".utf8)

    static func open(_ path: String, configurationPath: String?) -> any DecisionLogSource {
        isDatabase(path) ? StoreLog(path: path, configurationPath: configurationPath) : JSONLinesLog(path: path)
    }

    static func isDatabase(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: databaseMagic.count)).flatMap { $0.map(Array.init) } == databaseMagic
    }
}
