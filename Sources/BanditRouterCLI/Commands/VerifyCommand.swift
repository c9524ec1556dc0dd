import ArgumentParser
import BanditCore
import DecisionStore
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import WireFormats

/// Proves that what was learned is what the log says.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Fold the whole log again, compare it with the learned state bit for bit, and derive the posteriors.",
        discussion: "Exit 0: equal. Exit 1: not equal, or the store is damaged; every difference is a line on stdout.")

    @OptionGroup var options: ConfigurationOptions

    /// Cells named in one line.
    private static let named = 100

    /// Derives from the folded state what a router would serve from: a state that is equal, and from which no posterior can be made,
    /// would stop it at its start.
    ///
    /// - Returns: cells that hold observations from after now.
    private func publish(
        _ state: LearnerState, _ configuration: RouterConfiguration, problems report: inout VerifyReport
    ) throws -> [CellName] {
        let catalogue = try configuration.catalogue(categories: configuration.categorizer().ids)
        let published = Published(catalogue: catalogue, state: state, asOf: WallClock.now())
        for route in published.routes {
            for category in route.categories {
                let probabilities = category.distribution(over: route.plan.all).probabilities
                guard probabilities.allSatisfy({ $0 >= 0 }), abs(probabilities.reduce(0, +) - 1) < 1e-6 else {
                    report.report("posterior: \(route.plan.definition.id)/\(category.id) gives no distribution")
                    continue
                }
            }
        }
        return published.cellsAhead
    }

    func run() throws {
        let configuration = try options.load().configuration
        var report: VerifyReport
        do throws(StoreError) {
            report = try StoreArchive(path: configuration.store.path, options: configuration.storeOptions).verify()
        } catch {
            FileHandle.standardError.write(Data("bandit-router: \(error)\n".utf8))
            throw ExitCode(error.code == .damaged ? 1 : 3)
        }
        var ahead: [CellName] = []
        if let state = report.state {
            do {
                ahead = try publish(state, configuration, problems: &report)
            } catch {
                RouterHost.refuse(error)
            }
        }
        let base = report.startsFromBase ? ", from the base that deleted entries went into" : ""
        print(
            "\(report.entries) log entries folded again\(base); \(report.cells) cells and \(report.snapshots) snapshots compared: "
                + (report.isEqual ? "equal" : "\(report.problems.count) differences"))
        for problem in report.problems { print(problem) }
        if !ahead.isEmpty {
            print(
                "\(ahead.count) cells hold observations from after now, which cannot be weighed (a clock was wrong): "
                    + ahead.prefix(Self.named).map(\.description).joined(separator: " "))
        }
        if !report.isEqual { throw ExitCode(1) }
    }
}
