/// A decision log in memory: the rows estimators use, the fresh ones nobody rated, and what learners may train on.
package struct DecisionLog: Sendable {
    package var names = LogNames()
    package var counts = LogCounts()
    /// What the valid rows have, those of other routes included.
    package var contents = LogContents()
    /// What was done to the log on reading it, in sentences that every report repeats.
    package var notes: [String] = []
    /// Whether propensities were to be shares, and every arm's is 0 or 1.
    package var isDeterministic = false
    /// Fresh and with a value of the metric.
    package var rows = LogRows()
    /// Fresh, without a value: they bound what missing feedback can hide.
    package var silentRows = LogRows()
    /// Every row with a reward, of any kind, for training; empty unless asked for.
    package var observations = Observations()
    /// `[category][arm]`, over the fresh rows.
    package var cells: [[ArmTally]] = []
    /// Tenths of the logged probabilities, over the fresh rows that have all of them.
    package var calibration = [CalibrationBin](repeating: CalibrationBin(), count: 10)
    /// What is estimated, and the range it was scaled from.
    package var metric = MetricRange()

    package init() {}

    /// The used rows after the first `share` of all rows, which are for training.
    package func evaluated(afterShare share: Double) -> Range<Int> {
        let first = UInt32(saturating: (share * Double(counts.rows)).rounded(.down))
        // Numbers rise: binary search.
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows.number[middle] < first { low = middle + 1 } else { high = middle }
        }
        return low..<rows.count
    }
}

/// How many rows a log has, and what became of them.
package struct LogCounts: Codable, Sendable, Equatable {
    package var rows = 0
    package var sticky = 0
    package var pinned = 0
    package var withoutReward = 0
    package var skippedInvalid = 0
    /// Fresh rows without a value that count as one all the same (`--silence zero`).
    package var silentCounted = 0
    /// Rows whose probabilities were written with few decimals and were divided by their sum, or took the finer of two numbers.
    package var rounded = 0
    /// The most that a sum of such probabilities was off 1.
    package var largestRounding = 0.0
    /// Rows whose time has no zone, and was taken as UTC.
    package var timesWithoutZone = 0

    package init() {}
}

/// What the valid rows of a log have, by field: says why nothing is left of a log for a route or a metric.
package struct LogContents: Sendable, Equatable {
    package var rewards = 0
    package var costs = 0
    package var latencies = 0
    /// In order of appearance, and the rows of each.
    package var routes: [String] = []
    package var rowsOfRoute: [Int] = []

    package init() {}
}

/// What was observed, for learners: every row with a reward, whoever drew it, credited to the arm that served.
package struct Observations: Sendable {
    package var number: [UInt32] = []
    package var category: [UInt32] = []
    package var servedArm: [UInt32] = []
    package var reward: [Double] = []
    package var timeMicroseconds: [Int64] = []
    package var costUSD: [Double] = []
    package var latencyMS: [Double] = []

    package init() {}

    package var count: Int { reward.count }
}

/// The range of a metric. Values in the log are scaled from it to [0, 1]; estimates are scaled back.
package struct MetricRange: Sendable, Equatable {
    package var lowest = 0.0
    package var highest = 1.0

    package init(lowest: Double = 0, highest: Double = 1) {
        self.lowest = lowest
        self.highest = highest
    }

    /// An estimate in the metric's own unit.
    package func value(_ scaled: Double) -> Double { lowest + (highest - lowest) * scaled }
    /// What a mean can be, scaled: rewards lie in [0, 1], costs and latencies are not negative, utilities may be anything.
    package var possible: ClosedRange<Double> = 0...1

    /// A length (standard error, difference) in the metric's own unit.
    package func length(_ scaled: Double) -> Double { (highest - lowest) * scaled }
}
