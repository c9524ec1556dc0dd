/// One upstream call made for a decision.
package struct Attempt: Sendable, Equatable {
    package var arm: String
    /// Whether the call answered; a fault of the arm otherwise.
    package var succeeded: Bool
    /// Status of the upstream's answer; nil where there was none.
    package var httpStatus: Int?
    /// What went wrong, one of the gateway's fault codes; nil on success.
    package var error: String?
    package var latencyMS: Double
    /// Whether the failure counts against the arm (a client's mistake or a client that left does not).
    package var isArmFault: Bool
    /// What the call cost, where known (a failed call can cost, too).
    package var cost: NanoDollars?

    package init(
        arm: String, succeeded: Bool, httpStatus: Int? = nil, error: String? = nil, latencyMS: Double,
        isArmFault: Bool = false, cost: NanoDollars? = nil
    ) {
        self.arm = arm
        self.succeeded = succeeded
        self.httpStatus = httpStatus
        self.error = error.map { TextLimit.cut($0, to: TextLimit.name) }
        self.latencyMS = latencyMS
        self.isArmFault = isArmFault
        self.cost = cost
    }
}

/// How a decision ended.
package enum OutcomeStatus: String, Sendable, CaseIterable {
    case ok
    case error
    case cancelled
}

/// What came back for a decision: who served, status, latency, tokens and cost.
package struct Outcome: Sendable, Equatable {
    package var decisionID: DecisionID
    package var time: Timestamp
    package var status: OutcomeStatus
    /// The arm that answered; nil where none did. A stream that broke after its first content was served.
    package var servedArm: String?
    /// The `id` the client saw in the answer.
    package var completionID: String?
    package var attempts: [Attempt]
    /// From the request's arrival to the end of the answer.
    package var latencyMS: Double?
    /// From the request's arrival to the first byte of the answer.
    package var firstByteMS: Double?
    package var promptTokens: Int?
    package var cachedPromptTokens: Int?
    package var completionTokens: Int?
    /// Whether the token counts are the router's estimate rather than the provider's word.
    package var tokensEstimated: Bool
    package var cost: NanoDollars?

    package init(
        decisionID: DecisionID, time: Timestamp, status: OutcomeStatus, servedArm: String?,
        completionID: String? = nil, attempts: [Attempt] = [], latencyMS: Double? = nil, firstByteMS: Double? = nil,
        promptTokens: Int? = nil, cachedPromptTokens: Int? = nil, completionTokens: Int? = nil,
        tokensEstimated: Bool = false, cost: NanoDollars? = nil
    ) {
        self.decisionID = decisionID
        self.time = time
        self.status = status
        self.servedArm = servedArm
        // One that is longer cannot be asked for.
        self.completionID = TextLimit.within(TextLimit.id, completionID)
        self.attempts = attempts
        self.latencyMS = latencyMS
        self.firstByteMS = firstByteMS
        self.promptTokens = promptTokens
        self.cachedPromptTokens = cachedPromptTokens
        self.completionTokens = completionTokens
        self.tokensEstimated = tokensEstimated
        self.cost = cost
    }
}
