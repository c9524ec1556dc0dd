import RealModule

/// The rounds at which curves have a point: about 200, log-spaced, and the last.
package enum CheckpointSchedule {
    package static let count = 200
    /// Equal stretches of the run for which shares of arms are counted.
    package static let bins = 50

    /// Rounds done, ascending, from 1 to `horizon`.
    package static func rounds(horizon: Int) -> [Int] {
        guard horizon > count else { return Array(1...max(1, horizon)) }
        var rounds: [Int] = []
        for index in 0..<(count - 1) {
            let share = Double(index) / Double(count - 1)
            let point = Int(saturating: Double.exp(share * Double.log(Double(horizon))).rounded())
            // Early points are pushed apart to whole rounds.
            rounds.append(max(point, (rounds.last ?? 0) + 1))
        }
        return rounds.filter { $0 < horizon } + [horizon]
    }
}
