import DecisionStore
import Foundation
import Gateway
import LogFiles
import OffPolicy

/// The router's own store as a decision log, also while the router writes to it.
struct StoreLog: DecisionLogSource {
    let name: String
    /// The configuration whose metrics say what rewards are; nil: one boolean metric, `satisfaction`.
    let configurationPath: String?

    init(path: String, configurationPath: String?) {
        name = path
        self.configurationPath = configurationPath
    }

    /// The store's options under a configuration, or the defaults.
    static func options(_ configurationPath: String?) throws(CommandFailure) -> StoreOptions {
        guard let configurationPath else { return StoreOptions() }
        return try configuration(configurationPath).storeOptions
    }

    /// The configuration of a file.
    static func configuration(_ path: String) throws(CommandFailure) -> RouterConfiguration {
        do throws(ConfigurationFailure) {
            return try loadConfiguration(path: path, environment: ProcessInfo.processInfo.environment).configuration
        } catch {
            throw .input("\(error)")
        }
    }

    func read(into builder: inout DecisionLogBuilder, skipInvalid: Int, progress: ((Double) -> Void)?)
        throws(InputError)
    {
        var line = 0
        var skipped = 0
        do {
            let archive = try StoreArchive(path: name, options: try Self.options(configurationPath))
            let count = max(1, try archive.decisionCount())
            try archive.forEachLoggedDecision { logged in
                line += 1
                if line % 16_384 == 0 { progress?(min(1, Double(line) / Double(count))) }
                do throws(RowFault) {
                    try builder.add(OffPolicy.LoggedDecision(logged), line: line)
                } catch {
                    guard skipped < skipInvalid else {
                        throw InputError(
                            file: name, line: line, field: error.field, reason: "decision \(logged.id): \(error.reason)"
                        )
                    }
                    skipped += 1
                    builder.countSkipped()
                }
            }
        } catch let error as InputError {
            throw error
        } catch let error as CommandFailure {
            throw InputError(file: name, field: "configuration", reason: error.message)
        } catch {
            throw InputError(file: name, field: "file", reason: "\(error)")
        }
    }
}
