import ArgumentParser
import DecisionStore
import Foundation
import Gateway
import LogFiles
import WireFormats

/// Brings an exported log into the store of the configuration.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring a log that `export` wrote into the store.",
        discussion: """
            Into an empty store the log is the same as where it came from, and so is what is learned from it. Into another it follows \
            after what is there; decisions that are there already are left alone. No router may have the store meanwhile. An \
            import that was cut off goes on when the command is given again with the same file; until then no router opens the \
            store. Nothing is written of a file with a bad line. Exit 3: the store is in use or cannot be written, or the file is bad (with line and field).
            """)

    @Argument(help: "The file, zipped or not.") var file: String?
    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Remove what an import that was cut off has brought in.") var undo = false

    func validate() throws {
        guard undo != (file != nil) else { throw ValidationError("give a file, or --undo") }
    }

    func run() throws {
        let configuration = try options.load().configuration
        let bar = ProgressBar("importing")
        do {
            // The file is read whole first: nothing is written of one that has a bad line, and no store is made for it.
            let source = file.map { ImportFile(path: $0, now: WallClock.now()) }
            let check = ProgressBar("checking")
            try source?.check { check.update($0) }
            check.clear()
            let isNew = !FileManager.default.fileExists(atPath: configuration.store.path)
            let target = try StoreImport(path: configuration.store.path, options: configuration.storeOptions)
            guard let source else {
                let wasCut = target.resumesAfter != nil
                try target.undo()
                return print(
                    wasCut
                        ? "what an import had brought into \(configuration.store.path) is removed"
                        : "\(configuration.store.path): no import was cut off; there is nothing to remove")
            }
            do {
                try source.read(into: target) { bar.update($0) }
            } catch {
                try abandon(target)
                if isNew { remove(configuration.store.path) }
                throw error
            }
            try target.finish(at: WallClock.now())
            bar.clear()
            let report = target.report
            let before = target.done > 0 ? "; \(target.done) were read by an import that was cut off" : ""
            print("\(report.imported) decisions imported, \(report.present) were there already\(before)")
        } catch {
            bar.clear()
            RouterHost.refuse(error)
        }
    }

    /// A failed import leaves nothing behind: not its own decisions, nor those of the import that it went on with. Only where it never
    /// began, since the file is another than the one that was cut off, what is there waits for the right one.
    private func abandon(_ target: StoreImport) throws {
        if target.done > 0, target.report.imported + target.report.present == 0 {
            try target.suspend()
        } else {
            try target.undo()
        }
    }

    /// Removes a store that was not there before, with the files beside it.
    private func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
