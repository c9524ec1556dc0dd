/// Decisions as columns; all arrays are `[row]`, in the order of the file.
package struct LogRows: Sendable {
    /// Index among all valid rows of the file, used or not.
    package var number: [UInt32] = []
    /// Line in the file, from 1.
    package var line: [UInt32] = []
    /// Hash of the decision id: seeds the draws that concern the row.
    package var identity: [UInt64] = []
    package var category: [UInt32] = []
    /// Index into ``LogNames/armLists``.
    package var armList: [UInt32] = []
    /// Position of the arm drawn in its list.
    package var slot: [UInt16] = []
    /// The arm drawn.
    package var arm: [UInt32] = []
    /// In (0, 1].
    package var propensity: [Double] = []
    /// What is estimated; in [0, 1] for rewards, scaled to it for other metrics. NaN in rows without one.
    package var reward: [Double] = []
    /// Microseconds since the epoch; 0 where the log has no time.
    package var timeMicroseconds: [Int64] = []
    /// The arm that answered.
    package var servedArm: [UInt32] = []
    /// When the reward came, microseconds since the epoch; 0 where the log does not say. Empty unless asked for.
    package var rewardTimeMicroseconds: [Int64] = []
    /// US dollars, NaN unknown. Empty where no row has any.
    package var costUSD: [Double] = []
    /// Milliseconds, NaN unknown. Empty where no row has any.
    package var latencyMS: [Double] = []
    /// Index of the session the row belongs to, or ``noSession``; empty where no row has one.
    package var session: [UInt32] = []
    /// Stands in ``session`` for a row without one.
    package static let noSession = UInt32.max
    /// What the behaviour policy would have drawn with which probability.
    package var probabilities = DistributionColumn()
    /// Columns `target_probabilities` names.
    package var targets: [String: DistributionColumn] = [:]
    /// Their probabilities of the arm drawn; NaN where a row lacks the column. Weights need no more than these.
    package var targetsOfArm: [String: [Double]] = [:]

    package init() {}

    package var count: Int { reward.count }

    /// The session of every row of the range.
    package func sessions(in range: Range<Int>) -> [UInt32] {
        session.isEmpty ? [UInt32](repeating: Self.noSession, count: range.count) : Array(session[range])
    }

    /// Whether every row of the range has all probabilities, not only the propensity of the arm drawn.
    package func hasProbabilities(in range: Range<Int>) -> Bool {
        probabilities.isComplete(in: range)
    }
}
