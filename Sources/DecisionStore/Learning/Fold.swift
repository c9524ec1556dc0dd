import BanditCore
import RoutingEngine

/// The learned state, and the way from stored events to it.
struct Fold: Sendable {
    private(set) var state: LearnerState
    /// The last log entry that went in, whether or not the learner was told anything of it.
    private(set) var sequence: Int64
    /// Events of arms beyond the number that one route can have; they are not learned from.
    private(set) var overflowing = 0
    private var addresses: [NamedCell: CellAddress] = [:]

    init(_ state: LearnerState, sequence: Int64) {
        self.state = state
        self.sequence = sequence
    }

    /// Folds the events of one log entry.
    ///
    /// Addresses are made here and only here, in the order of the log, so that a refold numbers its cells alike.
    mutating func fold(_ events: [StoredEvent], sequence: Int64, names: (Int) -> String) {
        self.sequence = sequence
        for event in events { fold(event, sequence: sequence, names: names) }
    }

    /// Folds one event of a log entry.
    mutating func fold(_ event: StoredEvent, sequence: Int64, names: (Int) -> String) {
        self.sequence = sequence
        switch event {
        case .decided(let cell, let time):
            guard let address = address(cell, names) else { return }
            state.apply(.decided(address, time: time), sequence: sequence)
        case .attempted(let cell, let time, let failed, let share):
            guard let address = address(cell, names) else { return }
            state.apply(.attempted(address, time: time, failed: failed, share: share), sequence: sequence)
        case .served(let cell, let time, let cost, let latency, let share):
            guard let address = address(cell, names) else { return }
            state.apply(
                .served(address, time: time, costUSD: cost, latencyMS: latency, share: share), sequence: sequence)
        case .ended(let cell, let time, let cost):
            guard let address = address(cell, names) else { return }
            state.apply(.ended(address, time: time, cost: cost), sequence: sequence)
        case .withdrawn(let cell, let time, let failed, let cost, let latency, let share):
            guard let address = address(cell, names) else { return }
            state.apply(
                .withdrawn(address, time: time, failed: failed, costUSD: cost, latencyMS: latency, share: share),
                sequence: sequence)
        case .refunded(let cell, let time, let cost):
            guard let address = address(cell, names) else { return }
            state.apply(.refunded(address, time: time, cost: cost), sequence: sequence)
        case .rewarded(let cell, let time, let propensity, let previous, let current, let share):
            guard let address = address(cell, names) else { return }
            state.apply(
                .rewarded(
                    address, time: time, propensity: propensity, previous: previous, current: current, share: share),
                sequence: sequence)
        }
    }

    private mutating func address(_ cell: NamedCell, _ names: (Int) -> String) -> CellAddress? {
        if let known = addresses[cell] { return known }
        let route = names(cell.route)
        let arm = names(cell.arm)
        if let known = state.route(route), known.arm(arm) == nil, known.arms.count >= ArmSet.capacity {
            overflowing += 1
            return nil
        }
        let made = state.address(route: route, category: names(cell.category), arm: arm)
        addresses[cell] = made
        return made
    }
}
