/// One decision of a log, as a value: what a line of the file says (DESIGN §9).
package struct LoggedDecision: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// Drawn from the policy's distribution.
        case fresh
        /// Kept from an earlier decision of the session.
        case sticky
        /// Asked for by the client.
        case pinned
    }

    package var id: String
    package var timeMicroseconds: Int64?
    package var route: String?
    package var category: String?
    package var kind = Kind.fresh
    package var arms: [String]
    package var probabilities: [Double]?
    package var arm: String
    package var propensity: Double?
    package var servedArm: String?
    package var reward: Double?
    /// When the reward came, microseconds since the epoch.
    package var rewardTimeMicroseconds: Int64?
    package var costUSD: Double?
    package var latencyMS: Double?
    package var session: String?
    package var targetProbabilities: [String: [Double]] = [:]

    package init(
        id: String, arms: [String], arm: String, probabilities: [Double]? = nil, propensity: Double? = nil,
        reward: Double?
    ) {
        self.id = id
        self.arms = arms
        self.arm = arm
        self.probabilities = probabilities
        self.propensity = propensity
        self.reward = reward
    }
}

/// What is wrong with one row of a log: the field and the reason.
package struct RowFault: Error, Equatable, Sendable {
    /// What sort of fault it is: those of a file are told and counted by field and sort, not one by one.
    package enum Sort: Sendable {
        case missing, type, range, sum, length, mismatch, unknownName, duplicate, time, syntax, encoding, size
    }

    package let field: String
    package let reason: String
    package let sort: Sort

    package init(field: String, _ sort: Sort, reason: String) {
        self.field = field
        self.reason = reason
        self.sort = sort
    }
}
