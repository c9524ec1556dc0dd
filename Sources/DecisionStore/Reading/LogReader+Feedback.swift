package import RoutingEngine

/// A piece of feedback in the log, with the decision it speaks of.
package struct FeedbackRecord: Sendable, Equatable {
    /// Place in the log.
    package var sequence: Int64
    package var feedbackID: String
    package var received: Timestamp
    package var metric: String
    package var source: FeedbackSource
    package var value: FeedbackValue
    package var comment: String?
    /// False where the author's influence was capped.
    package var counts: Bool
    package var decisionID: DecisionID
    package var route: String
    package var category: String
    /// The arm that served.
    package var arm: String
}

extension LogReader {
    /// Revisions of feedback, newest first.
    ///
    /// - Parameter before: only those before this place in the log; nil: all.
    func feedback(before: Int64?, limit: Int) throws(StoreError) -> [FeedbackRecord] {
        let rows = try connection.cursor(ReadingQueries.feedback)
        rows.bind(1, before ?? .max)
        rows.bind(2, limit)
        var found: [FeedbackRecord] = []
        while try rows.step() {
            guard let source = FeedbackSource(number: rows.int(3)),
                let decision = rows.withBlob(7, { DecisionID(bytes: $0) })
            else { continue }
            found.append(
                FeedbackRecord(
                    sequence: rows.integer(0), feedbackID: FeedbackID.text(rows.integer(0), salt: feedbackSalt),
                    received: rows.integer(1), metric: try name(rows.int(2)), source: source,
                    value: FeedbackValue(rows, 4),
                    comment: rows.optionalText(5), counts: rows.int(6) != 0, decisionID: decision,
                    route: try name(rows.int(8)), category: try name(rows.int(9)), arm: try name(rows.int(10))))
        }
        return found
    }
}
