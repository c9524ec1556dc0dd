package import RoutingEngine

/// A decision with every entry of the log that speaks of it, and their places: what `export` writes and `import` reads. Nothing of it is
/// derived but ``logged``.
package struct ArchivedDecision: Sendable, Equatable {
    /// The arm that an answer's head named.
    package struct Serving: Sendable, Equatable {
        package var sequence: Int64
        package var arm: String
        package var completionID: String?

        package init(sequence: Int64, arm: String, completionID: String? = nil) {
            self.sequence = sequence
            self.arm = arm
            self.completionID = completionID
        }
    }

    /// One revision of what a source says in a metric.
    package struct Revision: Sendable, Equatable {
        package var sequence: Int64
        package var metric: String
        package var source: FeedbackSource
        package var value: FeedbackValue
        /// Empty without a key.
        package var keyID: String
        /// Whether it counted when it came; a later quarantine is an entry of its own.
        package var counted: Bool
        package var received: Timestamp
        package var observedAt: Timestamp?
        package var comment: String?

        package init(
            sequence: Int64, metric: String, source: FeedbackSource, value: FeedbackValue, keyID: String, counted: Bool,
            received: Timestamp, observedAt: Timestamp? = nil, comment: String? = nil
        ) {
            self.sequence = sequence
            self.metric = metric
            self.source = source
            self.value = value
            self.keyID = keyID
            self.counted = counted
            self.received = received
            self.observedAt = observedAt
            self.comment = comment
        }
    }

    /// The answer that was given under a client's idempotency key.
    package struct Answer: Sendable, Equatable {
        package var keyID: String
        package var key: String
        /// Of all that was said under the key.
        package var hash: Int64
        package var isExpired: Bool
        /// Place of the revision; negative where there was none.
        package var feedback: Int64
        package var received: Timestamp

        package init(keyID: String, key: String, hash: Int64, isExpired: Bool, feedback: Int64, received: Timestamp) {
            self.keyID = keyID
            self.key = key
            self.hash = hash
            self.isExpired = isExpired
            self.feedback = feedback
            self.received = received
        }
    }

    /// Place in the log of the store it comes from, ≥ 1.
    package var sequence: Int64
    package var decision: Decision
    package var serving: Serving?
    package var outcomeSequence: Int64?
    package var outcome: Outcome?
    /// The key that reported the outcome of a decision without a call; nil where the router knows it itself.
    package var reporter: String?
    /// Whether what was reported counted when it came.
    package var reportCounted = true
    /// In the order of the log.
    package var revisions: [Revision] = []
    package var answers: [Answer] = []
    /// The same as a line of the decision log: which arm served, what it earned and cost, under the reader's metrics.
    package var logged: StoredDecision?

    package init(sequence: Int64, decision: Decision) {
        self.sequence = sequence
        self.decision = decision
    }

    /// Place of the last entry that speaks of it.
    package var lastSequence: Int64 {
        let others = [serving?.sequence, outcomeSequence].compactMap { $0 } + revisions.map(\.sequence)
        return others.reduce(sequence, max)
    }
}

/// A key whose feedback stopped to count at a place in the log.
package struct ArchivedQuarantine: Sendable, Equatable {
    package var sequence: Int64
    package var keyID: String
    package var time: Timestamp

    package init(sequence: Int64, keyID: String, time: Timestamp) {
        self.sequence = sequence
        self.keyID = keyID
        self.time = time
    }
}

/// What was learned of entries that were deleted: every fold of the log begins with it.
package struct ArchivedBase: Sendable, Equatable {
    package var sequence: Int64
    package var time: Timestamp
    package var fingerprint: String
    /// ``RoutingEngine/LearnerState/encoded()``.
    package var state: [UInt8]

    package init(sequence: Int64, time: Timestamp, fingerprint: String, state: [UInt8]) {
        self.sequence = sequence
        self.time = time
        self.fingerprint = fingerprint
        self.state = state
    }
}
