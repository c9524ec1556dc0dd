/// How cells learn from each other.
package enum Pooling: String, CaseIterable, Sendable {
    /// Each cell's prior comes from its arm's and its category's other cells.
    case pooled
    /// Each cell's prior is its arm's configured one.
    case none
    /// One cell an arm, over all categories.
    case global
}

/// How evidence becomes beliefs: what `CellTable` does not know (priors, prices, how cells are pooled).
package struct LearningModel: Sendable, Equatable {
    package var pooling: Pooling
    package var concentration: Concentration
    /// Whether rewards are graded, so that the variance-matched factor is estimated; else it is 1.
    package var graded: Bool
    /// `[arm]`.
    package var priors: [ArmPrior]
    /// 1/dollars_per_quality; 0: cost is not priced.
    package var rewardPerUSD: Double
    /// 1/(1000·seconds_per_quality); 0: latency is not priced.
    package var rewardPerMS: Double
    /// `[arm]`: USD a request before any observation (list price × expected tokens); nil where unknown.
    package var listCostUSD: [Double?]
    /// `[arm]`: milliseconds before any observation; nil where unknown.
    package var guessedLatencyMS: [Double?]
    /// Observations an arm's mean over all categories counts for in a cell's expected cost and latency.
    package var costMass: Double
    package var fit: PooledFit.Options
    /// A benchmark kept apart from the table, which discounts itself; nil: none.
    package var benchmark: BenchmarkPrior?

    package init(
        priors: [ArmPrior], pooling: Pooling = .pooled, concentration: Concentration = 1, graded: Bool = false,
        rewardPerUSD: Double = 0, rewardPerMS: Double = 0, listCostUSD: [Double?]? = nil,
        guessedLatencyMS: [Double?]? = nil, costMass: Double = 3, fit: PooledFit.Options = PooledFit.Options(),
        benchmark: BenchmarkPrior? = nil
    ) {
        if case .constant(let value) = concentration {
            precondition(value > 0 && value.isFinite, "the concentration must be positive")
        }
        precondition(rewardPerUSD >= 0 && rewardPerMS >= 0, "prices must not be negative")
        self.priors = priors
        self.pooling = pooling
        self.concentration = concentration
        self.graded = graded
        self.rewardPerUSD = rewardPerUSD
        self.rewardPerMS = rewardPerMS
        self.listCostUSD = listCostUSD ?? [Double?](repeating: nil, count: priors.count)
        self.guessedLatencyMS = guessedLatencyMS ?? [Double?](repeating: nil, count: priors.count)
        self.costMass = costMass
        self.fit = fit
        self.benchmark = benchmark
        precondition(
            self.listCostUSD.count == priors.count && self.guessedLatencyMS.count == priors.count, "one value an arm")
    }
}
