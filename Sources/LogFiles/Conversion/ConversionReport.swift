/// What a conversion wrote and left out.
package struct ConversionReport: Sendable {
    /// Different reasons beyond these are one.
    private static let reasonLimit = 50

    package var output = ""
    /// Decisions, or prompts of a table.
    package var written = 0
    package var read = 0
    package var withReward = 0
    /// Decisions that say how likely their arm was.
    package var withProbability = 0
    package var arms: [String] = []
    /// Rows left out by reason, in order of appearance.
    package private(set) var dropped: [(reason: String, count: Int)] = []
    package var notes: [String] = []

    package init() {}

    mutating func drop(_ reason: String, count: Int = 1) {
        guard count > 0 else { return }
        if let index = dropped.firstIndex(where: { $0.reason == reason }) {
            dropped[index].count += count
        } else if dropped.count < Self.reasonLimit {
            dropped.append((reason, count))
        } else {
            dropped[Self.reasonLimit - 1].reason = "other reasons"
            dropped[Self.reasonLimit - 1].count += count
        }
    }

    mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }
}
