/// How a call judges its policies; everything here has the default of DESIGN-evaluation.
package struct EvaluationSettings: Sendable {
    package var estimators: [EstimatorSpecification]
    package var intervals: [IntervalMethod]
    /// In (0, 1).
    package var confidence: Double
    package var bootstrapReplicates: Int
    package var seed: UInt64
    package var rewardModel: RewardModel
    package var crossFit: CrossFit
    /// Rows of one session count together, in every standard error and interval.
    package var clustersBySession: Bool
    /// Intervals are cut to what a mean can be, and few events get an interval that holds for few (DESIGN-experiments, rule 31). Without:
    /// the formulas as they stand.
    package var mendsIntervals = true
    /// How many parts the log is judged in; what is judged is one of them.
    package var parts = 1

    package init(
        estimators: [EstimatorSpecification] = EstimatorKind.standard.map { EstimatorSpecification($0) },
        intervals: [IntervalMethod] = [.bootstrap], confidence: Double = 0.95, bootstrapReplicates: Int = 1000,
        seed: UInt64 = 1, rewardModel: RewardModel = .pooled, crossFit: CrossFit = .past,
        clustersBySession: Bool = false
    ) {
        self.estimators = estimators
        self.intervals = intervals
        self.confidence = confidence
        self.bootstrapReplicates = bootstrapReplicates
        self.seed = seed
        self.rewardModel = rewardModel
        self.crossFit = crossFit
        self.clustersBySession = clustersBySession
    }
}

/// An estimator with what tunes it.
package struct EstimatorSpecification: Sendable, Hashable {
    package enum Parameter: Sendable, Hashable {
        /// The default of DESIGN-evaluation, rule 20.
        case standard
        case value(Double)
        /// Chosen on the log by SLOPE.
        case slope
    }

    package let kind: EstimatorKind
    package let parameter: Parameter

    package init(_ kind: EstimatorKind, parameter: Parameter = .standard) {
        precondition(kind.parameterName != nil || parameter == .standard, "\(kind.rawValue) has no parameter")
        self.kind = kind
        self.parameter = parameter
    }
}
