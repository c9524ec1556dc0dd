package import RoutingEngine

/// A decision with all that followed: what `GET /v1/decisions/{id}` shows.
package struct DecisionRecord: Sendable, Equatable {
    /// A current value of feedback.
    package struct Feedback: Sendable, Equatable {
        package var feedbackID: String
        package var metric: String
        package var source: FeedbackSource
        package var value: FeedbackValue
        package var comment: String?
        package var received: Timestamp
        /// False where the author's influence was capped or removed.
        package var counts: Bool
    }

    /// Place in the log; 0 while it waits in memory.
    package var sequence: Int64
    package var decision: Decision
    /// nil while it is pending.
    package var outcome: Outcome?
    /// The arm that earns the reward: the arm drawn until something says otherwise; nil where none served.
    package var servedArm: String?
    /// The `id` the client saw, where it is known.
    package var completionID: String?
    /// Current values; retracted ones are left out.
    package var feedback: [Feedback]
    /// In [0, 1]; nil where nothing counts.
    package var reward: Double?
}
