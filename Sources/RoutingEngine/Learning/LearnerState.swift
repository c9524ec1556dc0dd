package import BanditCore

/// All that was learned: the decayed sums of every cell, as a pure function of the log.
///
/// The live learner, recovery after a crash, `verify`, offline replay and the simulator call ``apply(_:sequence:)`` and nothing
/// else, in the order of the log (`sequence`), so that their states are equal bit for bit.
package struct LearnerState: Sendable, Equatable {
    /// What one route learned, with the names of its rows and columns in the order in which they were first seen.
    package struct Route: Sendable, Equatable {
        package internal(set) var name: String
        package internal(set) var categories: [String] = []
        package internal(set) var arms: [String] = []
        package internal(set) var cells: CellTable
        package internal(set) var spend = SpendAccount()

        /// A route of which nothing was learned, without rows or columns.
        init(named name: String, forgetting: Forgetting = .none) {
            self.init(name: name, cells: CellTable(categories: 0, arms: 0, forgetting: forgetting))
        }

        init(
            name: String, categories: [String] = [], arms: [String] = [], cells: CellTable,
            spend: SpendAccount = SpendAccount()
        ) {
            self.name = name
            self.categories = categories
            self.arms = arms
            self.cells = cells
            self.spend = spend
        }

        package func category(_ name: String) -> Int? { categories.firstIndex(of: name) }
        package func arm(_ name: String) -> Int? { arms.firstIndex(of: name) }
    }

    package private(set) var routes: [Route] = []
    /// Sequence number of the last event applied; 0 before the first.
    package private(set) var version: Int64 = 0
    /// Half-life of each route's observations, microseconds; absent: no forgetting.
    package let halfLives: [String: Timestamp]

    package init(halfLives: [String: Timestamp] = [:]) {
        self.halfLives = halfLives
    }

    /// What of the configuration decides the fold; a state made under another fingerprint must be folded again.
    package var fingerprint: String { Self.fingerprint(halfLives: halfLives) }

    package static func fingerprint(halfLives: [String: Timestamp]) -> String {
        "cells-2;" + halfLives.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }

    /// The address of a cell, made where it does not exist yet.
    ///
    /// Names are searched in order: a router has tens of them, and the gateway keeps the addresses it uses.
    package mutating func address(route: String, category: String, arm: String) -> CellAddress {
        let r = index(ofRoute: route)
        let g =
            routes[r].category(category)
            ?? {
                routes[r].categories.append(category)
                _ = routes[r].cells.addCategory()
                return routes[r].categories.count - 1
            }()
        let k =
            routes[r].arm(arm)
            ?? {
                routes[r].arms.append(arm)
                _ = routes[r].cells.addArm()
                return routes[r].arms.count - 1
            }()
        return CellAddress(route: r, category: g, arm: k)
    }

    /// The address of a cell that exists; nil otherwise.
    package func existingAddress(route: String, category: String, arm: String) -> CellAddress? {
        guard let r = routes.firstIndex(where: { $0.name == route }), let g = routes[r].category(category),
            let k = routes[r].arm(arm)
        else { return nil }
        return CellAddress(route: r, category: g, arm: k)
    }

    package func route(_ name: String) -> Route? { routes.first { $0.name == name } }

    /// Takes over what was read back; only for decoding.
    mutating func restore(routes: [Route], version: Int64) {
        self.routes = routes
        self.version = version
    }

    private mutating func index(ofRoute name: String) -> Int {
        if let known = routes.firstIndex(where: { $0.name == name }) { return known }
        routes.append(Route(named: name, forgetting: Forgetting(halfLife: halfLives[name].map(Double.init))))
        return routes.count - 1
    }

    /// Folds one event. O(1), without allocation.
    ///
    /// - Parameters:
    ///   - event: addresses must come from this value's ``address(route:category:arm:)``.
    ///   - sequence: the event's place in the log; later than ``version``, or equal to it where one log entry yields several events.
    package mutating func apply(_ event: LearnerEvent, sequence: Int64) {
        precondition(sequence >= version, "events are folded in the order of the log")
        version = sequence
        switch event {
        case .decided(let cell, let time):
            routes[cell.route].cells.addDecision(category: cell.category, time: Double(time))
        // What is said of a decision of a wrong clock's far future, after the clock was set right, does not count.
        case .attempted(let cell, let time, _, _) where !reaches(cell, time): break
        case .served(let cell, let time, _, _, _) where !reaches(cell, time): break
        case .rewarded(let cell, let time, _, _, _, _) where !reaches(cell, time): break
        case .withdrawn(let cell, let time, _, _, _, _) where !reaches(cell, time): break
        case .attempted(let cell, let time, let failed, let share):
            routes[cell.route].cells.addFailure(
                failed, category: cell.category, arm: cell.arm, time: Double(time), share: share)
        case .served(let cell, let time, let cost, let latency, let share):
            if let cost {
                routes[cell.route].cells.addCost(
                    category: cell.category, arm: cell.arm, value: cost, time: Double(time), share: share)
            }
            if let latency {
                routes[cell.route].cells.addLatency(
                    category: cell.category, arm: cell.arm, value: latency, time: Double(time), share: share)
            }
        case .ended(let cell, let time, let cost):
            routes[cell.route].spend.add(cost: cost, time: time)
        case .withdrawn(let cell, let time, let failed, let cost, let latency, let share):
            for (signal, value) in [
                (Signal.failure, failed.map { $0 ? 1.0 : 0 }), (.costUSD, cost), (.latencyMS, latency),
            ] {
                guard let value else { continue }
                routes[cell.route].cells.retract(
                    signal, category: cell.category, arm: cell.arm, value: value, time: Double(time), share: share)
            }
            routes[cell.route].cells.settle(category: cell.category, arm: cell.arm)
        case .refunded(let cell, let time, let cost):
            routes[cell.route].spend.refund(cost: cost, time: time)
        case .rewarded(let cell, let time, let drawnWith, let previous, let current, let share):
            // An arm that was not drawn (a fallback) has no importance weight: as if it had been drawn infinitely often.
            let propensity = drawnWith ?? .infinity
            if let previous {
                routes[cell.route].cells.retractReward(
                    category: cell.category, arm: cell.arm, value: previous, time: Double(time), propensity: propensity,
                    share: share)
            }
            if let current {
                routes[cell.route].cells.addReward(
                    category: cell.category, arm: cell.arm, value: current, time: Double(time), propensity: propensity,
                    share: share)
            }
            // Now and not when it is next read from bytes: a state is the same live and after a restart.
            routes[cell.route].cells.settle(category: cell.category, arm: cell.arm)
        }
    }

    private func reaches(_ cell: CellAddress, _ time: Timestamp) -> Bool {
        routes[cell.route].cells.reaches(Double(time))
    }
}
