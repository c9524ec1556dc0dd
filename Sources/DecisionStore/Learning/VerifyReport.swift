package import RoutingEngine

/// What a full check of a store found.
package struct VerifyReport: Sendable, Equatable {
    /// Entries of the log that were folded.
    package var entries = 0
    /// Place of the last entry.
    package var sequence: Int64 = 0
    /// Snapshots that were compared with the fold of the log at their place.
    package var snapshots = 0
    /// Cells of the state that were compared, each with all its sums.
    package var cells = 0
    /// Whether older entries were deleted, so that the fold began with what is kept of them.
    package var startsFromBase = false
    /// What the whole log teaches; nil where the check ended before it was folded.
    package var state: LearnerState?
    /// Everything that is not as it should be, one sentence each; the first hundred.
    package var problems: [String] = []

    package var isEqual: Bool { problems.isEmpty }

    package mutating func report(_ problem: String) {
        if problems.count < 100 { problems.append(problem) }
    }
}
