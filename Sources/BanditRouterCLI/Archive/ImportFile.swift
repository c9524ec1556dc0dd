import DecisionStore
import Foundation
import LogFiles
import RoutingEngine

/// Brings an exported log into a store, line by line.
struct ImportFile {
    let path: String
    let target: StoreImport

    /// Reads the file from its beginning, or from where an import that was cut off ended.
    ///
    /// - Throws: ``InputError`` with file, line and field; what came before that line is kept for another try.
    func read(progress: (Double) -> Void) throws {
        let reading = ArchiveReading(file: path)
        let lines = try LineReader(path: path)
        var parts: [UInt8] = []
        var basePlace: (sequence: Int64, time: Timestamp, fingerprint: String)?
        var decisions = 0
        while let line = try lines.next() {
            if line.isBlank { continue }
            decisions += 1
            if decisions % 1024 == 0, let share = lines.progress { progress(share) }
            if decisions <= target.done {
                try check(line, decisions, reading)
                continue
            }
            let (decision, store) = try reading.line(line)
            do throws(StoreError) {
                for quarantine in store?.quarantines ?? [] { try target.add(quarantine) }
                if let part = store?.base {
                    basePlace = part.place ?? basePlace
                    parts += part.bytes
                    if part.part == part.parts - 1, let place = basePlace {
                        try target.add(
                            ArchivedBase(
                                sequence: place.sequence, time: place.time, fingerprint: place.fingerprint,
                                state: parts))
                    }
                }
                try target.add(decision)
            } catch {
                throw error.code == .rejected
                    ? InputError(file: path, line: line.number, field: "record", reason: error.message) : error
            }
        }
        guard decisions >= target.done else {
            throw InputError(
                file: path, field: "file",
                reason: "has \(decisions) decisions; the import that was cut off had brought in \(target.done)")
        }
    }

    /// The last line that an import before this one read must be the same now.
    private func check(_ line: LineReader.Line, _ number: Int, _ reading: ArchiveReading) throws(InputError) {
        guard number == target.done, let last = target.resumesAfter else { return }
        guard try reading.id(line) == last else {
            throw InputError(
                file: path, line: line.number, field: "decision_id",
                reason: "not the file that an import was cut off in (that had \(last) here); "
                    + "give that file, or `import --undo` first")
        }
    }
}
