import RoutingEngine

/// What became of something that was given to the store to keep.
package enum Recorded: Sendable, Equatable {
    /// It is in the log, at this place.
    case stored(Int64)
    /// The store cannot be written; it waits in memory and is written when the store is back, unless the memory runs out first.
    case buffered
    /// It was not kept: there is no decision of that id, or the entry itself was refused.
    case dropped
}

/// What became of an outcome that a client posted.
package enum PostedOutcome: Sendable, Equatable {
    case stored
    /// The decision has an outcome already; the first one stands.
    case alreadyStored
    case decisionNotFound
    case decisionForbidden
    /// The router asked the arm itself: it knows.
    case decisionServed
}

/// Work for the writer, in the order in which it was given.
indirect enum Job: Sendable {
    case decision(Decision, (@Sendable (Recorded) -> Void)?)
    case serving(DecisionID, arm: String, completionID: String?, (@Sendable (Recorded) -> Void)?)
    case outcome(Outcome, (@Sendable (Recorded) -> Void)?)
    case content(DecisionContent)
    case postedOutcome(Outcome, FeedbackAuthor, @Sendable (Result<PostedOutcome, StoreError>) -> Void)
    case feedback(
        [FeedbackSubmission], FeedbackAuthor, received: Timestamp,
        @Sendable (Result<[Result<FeedbackReceipt, FeedbackRefusal>], StoreError>) -> Void)
    /// Anything else that needs the writer: keys, quarantine, models. The second closure learns of a failure.
    case task(
        @Sendable (LogWriter) throws(StoreError) -> @Sendable () -> Void, failed: @Sendable (StoreError) -> Void)

    /// Whether an acknowledgement waits for it that must survive the loss of power.
    var needsFlush: Bool {
        switch self {
        case .decision, .serving, .outcome, .content: false
        case .postedOutcome, .feedback, .task: true
        }
    }
}
