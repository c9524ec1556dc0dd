import ArgumentParser
import BanditCore
import DecisionStore
import Foundation
import Gateway
import RoutingEngine
import WireFormats

/// Removes the influence of one key's feedback.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Remove the influence of a key's feedback, past and to come, and show the difference.",
        discussion: """
            Beside a running router the quarantine is asked for and carried out by it within a second; the command waits for that. \
            Without one the command does it itself. It cannot be taken back. Revoke the key with `keys delete` to shut it out as well. \
            Exit 3: the store cannot be used, or the router did not answer in time (it will when it can).
            """)

    @Option(help: "The key's id, as `keys list` and GET /v1/decisions show it.") var key: String
    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Show what would change, and change nothing.") var dryRun = false
    @Option(help: "text or json.") var format = KeyOutputFormat.text

    /// How long a running router may take, seconds.
    private static let patience = 10.0

    func run() async throws {
        let configuration = try options.load().configuration
        do {
            let path = configuration.store.path
            let archive = try StoreArchive(path: path, options: configuration.storeOptions)
            let preview = try archive.previewQuarantine(keyID: key)
            if preview.decisions == 0, !preview.isQuarantined,
                try !KeyDesk(path: path).keys().keys.contains(where: { $0.id == key })
            {
                throw CommandFailure.input(
                    "store \(path): there is no key with the id “\(key)”, and none of this id gave feedback; "
                        + "`keys list` shows the ids")
            }
            var by = "nothing was changed (dry run)"
            if preview.isQuarantined {
                by = "the key is in quarantine already"
            } else if !dryRun {
                by = try await carryOut(configuration, archive)
            }
            switch format {
            case .text: printTable(preview, by)
            case .json: print(json(preview, by).text, terminator: "")
            }
        } catch let failure as CommandFailure {
            failure.print()
            throw ExitCode(failure.code)
        } catch {
            RouterHost.refuse(error)
        }
    }

    /// - Returns: who did it.
    private func carryOut(_ configuration: RouterConfiguration, _ archive: StoreArchive) async throws -> String {
        let path = configuration.store.path
        do throws(StoreError) {
            let store = try DecisionStore(
                path: path, options: configuration.storeOptions, clock: { WallClock.now() })
            defer { store.close() }
            _ = try await store.quarantine(keyID: key, at: WallClock.now())
        } catch {
            guard error.code == .locked else { throw error }
            try KeyDesk(path: path).requestQuarantine(keyID: key, at: WallClock.now())
            let deadline = ContinuousClock.now.advanced(by: .seconds(Self.patience))
            while try !archive.isQuarantined(keyID: key) {
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure.input(
                        "store \(path): the router has not carried it out in \(Self.patience) s; it will when it can write"
                    )
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            return "carried out by the running router"
        }
        guard try archive.isQuarantined(keyID: key) else {
            throw CommandFailure.input("store \(path): the quarantine was not written")
        }
        return "carried out"
    }

    private func evidence(_ state: LearnerState, _ cell: QuarantineDifference) -> SignalSums {
        guard let address = state.existingAddress(route: cell.route, category: cell.category, arm: cell.arm) else {
            return SignalSums()
        }
        return state.routes[address.route].cells.sums(
            .reward, category: address.category, arm: address.arm, asOf: Double(WallClock.now()))
    }

    private func printTable(_ preview: QuarantinePreview, _ by: String) {
        print("key \(key): spoke of \(preview.decisions) decisions; \(by)")
        guard !preview.differences.isEmpty else { return print("no cell changes") }
        var rows = [["route", "category", "arm", "decisions", "n before", "n after", "mean before", "mean after"]]
        for cell in preview.differences {
            let (before, after) = (evidence(preview.before, cell), evidence(preview.after, cell))
            rows.append([
                cell.route, cell.category, cell.arm, "\(cell.decisions)", Self.short(before.count),
                Self.short(after.count), Self.mean(before), Self.mean(after),
            ])
        }
        print(TextTable.aligned(rows))
    }

    private func json(_ preview: QuarantinePreview, _ by: String) -> JSONText {
        .object([
            ("key_id", .string(key)), ("decisions", .integer(preview.decisions)), ("result", .string(by)),
            (
                "cells",
                .array(
                    preview.differences.map { cell in
                        let (before, after) = (evidence(preview.before, cell), evidence(preview.after, cell))
                        return .object([
                            ("route", .string(cell.route)), ("category", .string(cell.category)),
                            ("arm", .string(cell.arm)), ("decisions", .integer(cell.decisions)),
                            ("n_before", .number(before.count)), ("n_after", .number(after.count)),
                            ("reward_sum_before", .number(before.sum)), ("reward_sum_after", .number(after.sum)),
                        ])
                    })
            ),
        ])
    }

    private static func short(_ value: Double) -> String { String(format: "%.1f", value) }
    private static func mean(_ sums: SignalSums) -> String {
        sums.count > 0 ? String(format: "%.3f", sums.sum / sums.count) : "–"
    }
}
