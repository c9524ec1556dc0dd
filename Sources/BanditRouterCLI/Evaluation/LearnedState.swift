import BanditCore
import DecisionStore
import Foundation
import OffPolicy
import RoutingEngine

/// What a router had learned, from its store or from a snapshot, over a log's categories and arms.
struct LearnedState {
    private let route: LearnerState.Route

    /// `route`: which one's cells; nil where the state has but one.
    init(path: String, route: String?, configurationPath: String?) throws(CommandFailure) {
        let state = try Self.read(path, configurationPath)
        let names = state.routes.map(\.name)
        guard let name = route ?? (names.count == 1 ? names[0] : nil) else {
            throw .usage("--state \(path) has the routes \(names.joined(separator: ", ")); say which with --route")
        }
        guard let found = state.route(name) else {
            throw .usage("--state \(path) has no route '\(name)' (\(names.joined(separator: ", ")))")
        }
        self.route = found
    }

    private static func read(_ path: String, _ configurationPath: String?) throws(CommandFailure) -> LearnerState {
        if LogSources.isDatabase(path) {
            do {
                let archive = try StoreArchive(path: path, options: try StoreLog.options(configurationPath))
                guard let state = try archive.learnerState(asOf: .max) else {
                    throw CommandFailure.input("\(path): state: cannot be folded")
                }
                return state
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw .input("\(path): file: \(error)")
            }
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .input("\(path): file: cannot be read")
        }
        do throws(LearnerStateError) {
            return try LearnerState(decoding: Array(bytes))
        } catch {
            throw .input("\(path): state: not a snapshot (\(error))")
        }
    }

    /// A learner that has seen what the route has; cells the route does not know start from the prior.
    func learner(_ specification: LearnerSpecification, log: DecisionLog) throws(PolicyError) -> Learner {
        let time = Double(log.rows.timeMicroseconds.max() ?? 0)
        var table = CellTable(
            categories: log.names.categories.count, arms: log.names.arms.count, forgetting: route.cells.forgetting,
            implicitExploration: route.cells.implicitExploration)
        for (category, categoryName) in log.names.categories.enumerated() {
            for (arm, armName) in log.names.arms.enumerated() {
                guard let row = route.category(categoryName), let column = route.arm(armName) else { continue }
                for signal in [Signal.reward, .costUSD, .latencyMS] {
                    let sums = route.cells.sums(signal, category: row, arm: column, asOf: time)
                    table.add(signal, category: category, arm: arm, sums: sums, time: time)
                }
            }
        }
        return try Learner(specification, names: log.names, state: table, asOf: time)
    }
}
