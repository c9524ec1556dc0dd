/// Who judged.
package enum FeedbackSource: String, Sendable, CaseIterable {
    case user
    case judge
    case system
}

/// What was said: a yes or no, a number, or the retraction of what was said before.
package enum FeedbackValue: Sendable, Hashable {
    case boolean(Bool)
    case number(Double)
    case retraction
}

/// The decision that feedback speaks of.
package enum FeedbackTarget: Sendable, Hashable {
    case decision(DecisionID)
    /// The `id` of the answer that the client saw; looked up among the decisions of the key's group.
    case completion(String)
}

/// One piece of feedback as it was submitted, checked for form but not yet against the store.
package struct FeedbackSubmission: Sendable, Equatable {
    package var target: FeedbackTarget
    /// Id of a configured metric.
    package var metric: String
    package var value: FeedbackValue
    package var source: FeedbackSource
    package var comment: String?
    package var idempotencyKey: String?
    /// The client's own clock; recorded only.
    package var observedAt: Timestamp?

    package init(
        target: FeedbackTarget, metric: String, value: FeedbackValue, source: FeedbackSource = .user,
        comment: String? = nil, idempotencyKey: String? = nil, observedAt: Timestamp? = nil
    ) {
        self.target = target
        self.metric = metric
        self.value = value
        self.source = source
        self.comment = comment
        self.idempotencyKey = idempotencyKey
        self.observedAt = observedAt
    }
}

/// On whose behalf feedback is given.
package struct FeedbackAuthor: Sendable, Equatable {
    /// The key's id; nil in keyless mode.
    package var keyID: String?
    package var group: String
    /// Whether the key may speak for every decision.
    package var isAdministrator: Bool

    package init(keyID: String? = nil, group: String = "", isAdministrator: Bool = true) {
        self.keyID = keyID
        self.group = group
        self.isAdministrator = isAdministrator
    }
}

/// What became of a piece of feedback.
package enum FeedbackStatus: String, Sendable, CaseIterable {
    case applied
    case duplicate
    case replaced
    case retracted
    case expired
}

/// The durable answer to a piece of feedback.
package struct FeedbackReceipt: Sendable, Equatable {
    package var feedbackID: String
    package var decisionID: DecisionID
    package var status: FeedbackStatus
    /// The arm that served and so earns the reward.
    package var arm: String
    package var category: String
    /// The decision's reward in [0, 1] after this piece; nil where nothing is left or nothing counts.
    package var reward: Double?

    package init(
        feedbackID: String, decisionID: DecisionID, status: FeedbackStatus, arm: String, category: String,
        reward: Double?
    ) {
        self.feedbackID = feedbackID
        self.decisionID = decisionID
        self.status = status
        self.arm = arm
        self.category = category
        self.reward = reward
    }
}

/// Why a piece of feedback was refused; nothing of it was stored.
package enum FeedbackRefusal: String, Error, Sendable, CaseIterable {
    case decisionNotFound = "decision_not_found"
    case decisionForbidden = "decision_forbidden"
    case decisionNotServed = "decision_not_served"
    case ambiguousCompletionID = "ambiguous_completion_id"
    case idempotencyConflict = "idempotency_conflict"
}

/// What users say about answers, as configured: its name, form, range and weight in the reward.
package struct FeedbackMetric: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// true is reward 1, false reward 0.
        case boolean
        /// A number in [minimum, maximum]; reward = (value − minimum)/(maximum − minimum).
        case scale(minimum: Double, maximum: Double)
    }

    /// What a decision nobody said anything of is to offline evaluation. Learning takes silence for nothing either way.
    package enum Silence: String, Sendable, CaseIterable {
        /// Nothing is known of it.
        case unknown
        /// It counts as reward 0, as of clicks.
        case zero
    }

    package var id: String
    package var kind: Kind
    /// Share in the weighted mean over a decision's current values; > 0.
    package var weight: Double
    /// Whether it speaks of the arm that was drawn, and not of the one that served in its place.
    package var speaksOfDrawnArm: Bool
    package var silence = Silence.unknown

    package init(id: String, kind: Kind, weight: Double = 1, speaksOfDrawnArm: Bool = false) {
        self.id = id
        self.kind = kind
        self.weight = weight
        self.speaksOfDrawnArm = speaksOfDrawnArm
    }

    /// The router's own word on a provider that failed: false, reward 0 for the arm drawn.
    package static let answered = FeedbackMetric(id: "answered", kind: .boolean, speaksOfDrawnArm: true)
    /// The router's own word on an answer that was asked for again at once: false.
    package static let kept = FeedbackMetric(id: "kept", kind: .boolean)

    /// The reward in [0, 1] of a value; nil where the value is not of the metric's form or range.
    package func reward(of value: FeedbackValue) -> Double? {
        switch (kind, value) {
        case (.boolean, .boolean(let yes)): yes ? 1 : 0
        case (.scale(let minimum, let maximum), .number(let number)) where number >= minimum && number <= maximum:
            (number - minimum) / (maximum - minimum)
        default: nil
        }
    }
}
