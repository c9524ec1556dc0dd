import ArgumentParser
import DecisionStore
import Foundation
import Gateway
import LogFiles

/// Writes the log of a store to a file that other programs, and other stores, can read.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the log as JSON lines, for `evaluate`, `replay`, `import` and other programs.",
        discussion: """
            One decision a line, with everything that was said of it. Keys and their secrets are not in it. Beside a running router it is \
            the log as of the moment the export began. An export that was cut off goes on when the command is given again. \
            Exit 3: the store cannot be read, or the file not be written.
            """)

    @Argument(help: "The file to write; zipped where its name ends in .gz.") var file: String
    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Overwrite the file where it exists.") var force = false

    func run() throws {
        let configuration = try options.load().configuration
        let bar = ProgressBar("exporting")
        do {
            guard force || !FileManager.default.fileExists(atPath: file) else {
                throw CommandFailure.input("\(file): exists already; --force overwrites it")
            }
            let archive = try StoreArchive(path: configuration.store.path, options: configuration.storeOptions)
            let done = try ExportFile(path: file, archive: archive).write { bar.update($0) }
            bar.clear()
            let resumed = done.resumed > 0 ? " (\(done.resumed) of them by an export that was cut off)" : ""
            print("\(done.decisions) decisions exported to \(file)\(resumed)")
        } catch let failure as CommandFailure {
            bar.clear()
            failure.print()
            throw ExitCode(failure.code)
        } catch {
            bar.clear()
            RouterHost.refuse(error)
        }
    }
}
