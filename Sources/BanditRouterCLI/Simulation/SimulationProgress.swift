import Foundation
import Synchronization

/// A bar with the time left, on stderr and only where that is a terminal.
final class SimulationProgress: Sendable {
    private struct State {
        var done = 0
        var lastShown = ContinuousClock.now
    }

    private let total: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(total: Int, isShown: Bool = isatty(STDERR_FILENO) == 1) {
        self.total = max(1, total)
        self.isShown = isShown
    }

    func advance(by rounds: Int) {
        guard isShown, rounds > 0 else { return }
        let now = ContinuousClock.now
        let line = state.withLock { state -> String? in
            state.done += rounds
            guard now - state.lastShown > .milliseconds(100) || state.done >= total else { return nil }
            state.lastShown = now
            return Self.line(done: state.done, total: total, elapsed: now - start)
        }
        if let line { FileHandle.standardError.write(Data(line.utf8)) }
    }

    func finish() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
    }

    static func line(done: Int, total: Int, elapsed: Duration) -> String {
        let share = min(1, Double(done) / Double(total))
        let filled = Int(saturating: share * 30)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let left = share > 0 ? Int(saturating: (seconds * (1 - share) / share).rounded()) : 0
        let percent = Int(saturating: share * 100)
        return "\r\u{1B}[2K\(bar) \(percent) %  \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
    }
}
