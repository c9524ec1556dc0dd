import DecisionStore
import Foundation
import LogFiles
import OffPolicy
import RoutingEngine

/// The log of a store as a file, written beside its final name until it is whole.
///
/// The log only grows: what it was when it had reached a place can be asked for again at any time. An export that was cut off goes on
/// from its last chunk, as of the place where it began, and ends in the same bytes.
struct ExportFile {
    /// How far an export has come.
    private struct Progress: Codable {
        var store: String
        /// The last entry of the log that counts.
        var asOf: Int64
        /// Place of the last decision that is in the file.
        var after: Int64
        var decisions: Int
        /// Size of the file by then.
        var bytes: Int64
        /// Place of what was kept of deleted entries.
        var base: Int64
    }

    let path: String
    let archive: StoreArchive
    /// Decisions brought to the disk at once.
    var chunk = 8192

    private var partialPath: String { path + ".partial" }
    private var progressPath: String { path + ".progress" }

    /// Writes the file.
    ///
    /// - Parameter progress: told the share that is done.
    /// - Returns: decisions in the file, and how many of them were there from an export that was cut off.
    func write(progress: (Double) -> Void) throws -> (decisions: Int, resumed: Int) {
        let base = try archive.base()
        let storeID = try archive.storeID()
        let asOf = try archive.lastSequence()
        var state =
            resumable(storeID, base: base?.sequence ?? 0, asOf: asOf)
            ?? Progress(store: storeID, asOf: asOf, after: 0, decisions: 0, bytes: 0, base: base?.sequence ?? 0)
        let resumed = state.decisions
        let head = ArchiveText.Head(
            storeID: storeID, asOf: state.asOf, quarantines: try archive.quarantines(upTo: state.asOf), base: base)
        let left = try archive.decisionCount(after: state.after, upTo: state.asOf)
        guard resumed + left >= (base == nil ? 0 : head.lines) else {
            throw CommandFailure.input(
                "store: \(resumed + left) decisions are too few lines for what is kept of deleted ones (\(head.lines) lines)"
            )
        }
        // What users said may be in it.
        let zipped = try GzipWriter(
            path: partialPath, isZipped: path.hasSuffix(".gz"), keeping: state.bytes, mode: 0o600)
        let lines = DecisionLogWriter(zipped)
        let total = Double(max(1, resumed + left))
        try archive.forEachArchived(after: state.after, upTo: state.asOf) { archived in
            guard let logged = archived.logged else { return }
            try lines.write(
                OffPolicy.LoggedDecision(logged, session: archived.decision.sessionID),
                more: ArchiveText.members(of: archived, head: head, index: state.decisions))
            state.decisions += 1
            state.after = archived.sequence
            guard state.decisions % chunk == 0 else { return }
            state.bytes = try zipped.checkpoint()
            try JSONEncoder().encode(state).write(to: URL(fileURLWithPath: progressPath), options: .atomic)
            progress(Double(state.decisions) / total)
        }
        _ = try zipped.checkpoint()
        try lines.close()
        guard rename(partialPath, path) == 0 else {
            throw InputError(file: path, field: "file", reason: String(cString: strerror(errno)))
        }
        unlink(progressPath)
        return (state.decisions, resumed)
    }

    /// What an export of this store has left behind; nil where there is none, or it cannot be continued.
    private func resumable(_ storeID: String, base: Int64, asOf: Int64) -> Progress? {
        guard let data = FileManager.default.contents(atPath: progressPath),
            let progress = try? JSONDecoder().decode(Progress.self, from: data), progress.store == storeID,
            progress.base == base, progress.asOf <= asOf,
            let size = (try? FileManager.default.attributesOfItem(atPath: partialPath))?[.size] as? Int64,
            size >= progress.bytes
        else { return nil }
        return progress
    }
}
