package import BanditCore
package import RoutingEngine
import Synchronization

/// A cell whose rewards have changed, as operators are told of it.
package struct DriftAlarm: Sendable, Equatable {
    package let time: Timestamp
    package let category: String
    package let arm: String
    package let change: ChangeDetector.Change
}

/// Watches the rewards of every cell for a change of their mean (the generalised likelihood-ratio test of `ChangeDetector`).
///
/// It tells people; it does not touch what was learned. Learning forgets by the routes' half-lives.
package final class DriftMonitor: Sendable {
    private struct Cell: Hashable {
        let category: String
        let arm: String
    }

    private struct State {
        var detectors: [Cell: ChangeDetector] = [:]
        var alarms: [DriftAlarm] = []
        var counts: [Cell: Int] = [:]
    }

    /// Cells watched at most; beyond them new ones are not.
    package static let cellLimit = 4096
    /// Alarms kept, newest last.
    package static let alarmLimit = 100
    /// Probability of a false alarm of one cell, over all time.
    package static let falseAlarm = 0.001

    private let state = Mutex(State())

    package init() {}

    /// Takes in the reward of a decision, in [0, 1].
    ///
    /// - Returns: the alarm it set off.
    @discardableResult
    package func observe(category: String, arm: String, reward: Double, at now: Timestamp) -> DriftAlarm? {
        state.withLock { state in
            let cell = Cell(category: category, arm: arm)
            if state.detectors[cell] == nil {
                guard state.detectors.count < Self.cellLimit else { return nil }
                state.detectors[cell] = ChangeDetector(falseAlarm: Self.falseAlarm)
            }
            guard let change = state.detectors[cell]?.add(reward) else { return nil }
            let alarm = DriftAlarm(time: now, category: category, arm: arm, change: change)
            if state.alarms.count >= Self.alarmLimit { state.alarms.removeFirst() }
            state.alarms.append(alarm)
            state.counts[cell, default: 0] += 1
            return alarm
        }
    }

    /// Newest first.
    package var alarms: [DriftAlarm] { state.withLock { $0.alarms }.reversed() }

    /// How often each cell set off an alarm, in a fixed order.
    var counts: [(category: String, arm: String, count: Int)] {
        state.withLock { $0.counts }.map { ($0.key.category, $0.key.arm, $0.value) }
            .sorted { ($0.category, $0.arm) < ($1.category, $1.arm) }
    }
}
