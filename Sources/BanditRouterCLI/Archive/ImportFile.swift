import BanditCore
import DecisionStore
import Foundation
import LogFiles
import RoutingEngine

/// Brings an exported log into a store, line by line.
struct ImportFile {
    let path: String
    /// Of the wall clock: nothing in the file may be more than a day later.
    let now: Timestamp

    /// Reads the whole file without a store, so that nothing is written of one that cannot be taken whole.
    ///
    /// - Throws: ``InputError`` with file, line and field.
    func check(progress: (Double) -> Void) throws {
        let reading = ArchiveReading(file: path, now: now)
        let lines = try LineReader(path: path)
        var places: [(place: Int64, line: Int)] = []
        var last: Int64 = 0
        var base = BaseAssembly()
        var count = 0
        while let line = try lines.next() {
            if line.isBlank { continue }
            count += 1
            if count % 1024 == 0, let share = lines.progress { progress(share) }
            let (decision, store) = try reading.line(line)
            func fault(_ field: String, _ reason: String) -> InputError {
                InputError(file: path, line: line.number, field: field, reason: reason)
            }
            guard decision.sequence > last else {
                throw fault("record.seq", "must be after that of the line before, which is \(last)")
            }
            last = decision.sequence
            places += decision.places.map { ($0, line.number) }
            for quarantine in store?.quarantines ?? [] { places.append((quarantine.sequence, line.number)) }
            guard let part = store?.base else { continue }
            if let whole = try base.add(part, fault) {
                try check(whole) { fault("store.base.state", $0) }
            }
        }
        places.sort { $0.place < $1.place }
        for (one, two) in zip(places, places.dropFirst()) where one.place == two.place {
            throw InputError(
                file: path, line: max(one.line, two.line), field: "record.seq",
                reason: "place \(one.place) of the log is given to two entries")
        }
    }

    /// A base is sums; sums that no observations could make, or of observations yet to come, would be learned for good.
    private func check(_ base: ArchivedBase, _ fault: (String) -> InputError) throws {
        var repaired = 0
        let state: LearnerState
        do throws(LearnerStateError) {
            state = try LearnerState(decoding: base.state, repairedCells: &repaired)
        } catch {
            throw fault("is no learner state: \(error)")
        }
        guard repaired == 0 else { throw fault("has \(repaired) cells whose sums no observations could make") }
        for route in state.routes {
            guard let cell = route.cells.cellsAhead(of: Double(now.addingSaturated(ArchiveReading.tolerance))).first
            else { continue }
            throw fault(
                "has observations from after now in \(route.name)/\(route.categories[cell.category])/\(route.arms[cell.arm])"
            )
        }
    }

    /// Reads the file from its beginning, or from where an import that was cut off ended, into a store.
    ///
    /// - Throws: ``InputError`` with file, line and field; what came before that line is kept for another try.
    func read(into target: StoreImport, progress: (Double) -> Void) throws {
        let reading = ArchiveReading(file: path, now: now)
        let lines = try LineReader(path: path)
        var base = BaseAssembly()
        var decisions = 0
        while let line = try lines.next() {
            if line.isBlank { continue }
            decisions += 1
            if decisions % 1024 == 0, let share = lines.progress { progress(share) }
            if decisions <= target.done {
                try check(line, decisions, reading, target)
                continue
            }
            let (decision, store) = try reading.line(line)
            let whole = try store?.base.flatMap { part throws(InputError) in
                try base.add(part) { InputError(file: path, line: line.number, field: $0, reason: $1) }
            }
            do throws(StoreError) {
                for quarantine in store?.quarantines ?? [] { try target.add(quarantine) }
                if let whole { try target.add(whole) }
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
    private func check(
        _ line: LineReader.Line, _ number: Int, _ reading: ArchiveReading, _ target: StoreImport
    ) throws(InputError) {
        guard number == target.done, let last = target.resumesAfter else { return }
        guard try reading.id(line) == last else {
            throw InputError(
                file: path, line: line.number, field: "decision_id",
                reason: "not the file that an import was cut off in (that had \(last) here); "
                    + "give that file, or `import --undo` first")
        }
    }
}

/// A base's state, put together from the parts that stand on the first lines.
private struct BaseAssembly {
    private var bytes: [UInt8] = []
    private var place: (sequence: Int64, time: Timestamp, fingerprint: String)?
    private var next = 0

    /// Takes the next part.
    ///
    /// - Returns: the whole, with the last part.
    mutating func add(
        _ part: ArchiveReading.BasePart, _ fault: (String, String) -> InputError
    ) throws(InputError) -> ArchivedBase? {
        guard part.part == next else { throw fault("store.base.part", "must be \(next): parts come in their order") }
        next += 1
        place = part.place ?? place
        bytes += part.bytes
        guard part.part == part.parts - 1, let place else { return nil }
        return ArchivedBase(
            sequence: place.sequence, time: place.time, fingerprint: place.fingerprint, state: bytes)
    }
}

extension ArchivedDecision {
    /// Places in the log of all its entries.
    fileprivate var places: [Int64] {
        [sequence] + [serving?.sequence, outcomeSequence].compactMap { $0 } + revisions.map(\.sequence)
    }
}
