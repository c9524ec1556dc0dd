import Foundation

/// A file in the temporary folder, removed with the object.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8] = [], suffix: String = "") {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("log-files-\(UUID().uuidString)\(suffix)")
            .path
        precondition(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    }

    convenience init(_ text: String, suffix: String = "") { self.init(Array(text.utf8), suffix: suffix) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var bytes: [UInt8] { Array(FileManager.default.contents(atPath: path) ?? Data()) }
}

/// The folder of real data, when it is there: `BANDIT_ROUTER_DATA`, or `../shared/data` beside the package.
let sharedData: String? = {
    let environment = ProcessInfo.processInfo.environment["BANDIT_ROUTER_DATA"]
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = environment ?? package.deletingLastPathComponent().appendingPathComponent("shared/data").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()
