internal import RealModule

/// One quantity for every arm of a category: a window onto the state's storage.
package struct ArmColumn: RandomAccessCollection, Sendable {
    @usableFromInline let values: [Double]
    @usableFromInline let start: Int
    package let endIndex: Int

    @inlinable
    init(values: [Double], start: Int, count: Int) {
        self.values = values
        self.start = start
        endIndex = count
    }

    @inlinable package var startIndex: Int { 0 }

    @inlinable
    package subscript(arm: Int) -> Double {
        precondition(arm >= 0 && arm < endIndex, "no such arm")
        return values[start + arm]
    }
}

/// What a policy sees of one category: for every arm its evidence, posterior, prior and price, by arm index.
package struct CategoryState: Sendable, Equatable {
    @usableFromInline
    enum Field: Int, CaseIterable {
        case count, rewardSum, rewardSumSquares, alpha, beta, priorAlpha, priorBeta, penalty, expectedCostUSD
        case expectedLatencyMS, weightedLoss
    }

    package let armCount: Int
    /// `[field][arm]`.
    @usableFromInline var values: [Double]
    /// Multiplies both shapes before Thompson sampling draws.
    package var concentration: Double
    /// Σ over arms of the decayed number of rewards.
    package var total: Double

    /// Without evidence: every arm has the posterior Beta(1, 1), no penalty, no known cost.
    package init(armCount: Int, concentration: Double = 1) {
        precondition(armCount >= 0 && armCount <= ArmSet.capacity, "at most \(ArmSet.capacity) arms")
        self.armCount = armCount
        self.concentration = concentration
        total = 0
        values = [Double](repeating: 0, count: Field.allCases.count * armCount)
        for arm in 0..<armCount {
            self[.alpha, arm] = 1
            self[.beta, arm] = 1
            self[.priorAlpha, arm] = 1
            self[.priorBeta, arm] = 1
            self[.expectedCostUSD, arm] = .nan
            self[.expectedLatencyMS, arm] = .nan
        }
    }

    /// A state of given posteriors, without evidence: for tests and for policies over outside scores.
    package init(alpha: [Double], beta: [Double], penalty: [Double]? = nil, concentration: Double = 1) {
        precondition(alpha.count == beta.count && (penalty?.count ?? alpha.count) == alpha.count, "one value an arm")
        self.init(armCount: alpha.count, concentration: concentration)
        for arm in alpha.indices {
            self[.alpha, arm] = alpha[arm]
            self[.beta, arm] = beta[arm]
            self[.penalty, arm] = penalty?[arm] ?? 0
        }
    }

    /// A state of given evidence, with the posterior Beta(prior + evidence) for the same prior of every arm.
    package init(
        count: [Double], rewardSum: [Double], rewardSumSquares: [Double]? = nil, prior: ArmPrior = ArmPrior(),
        penalty: [Double]? = nil, weightedLoss: [Double]? = nil, concentration: Double = 1
    ) {
        self.init(armCount: count.count, concentration: concentration)
        for arm in count.indices {
            self[.count, arm] = count[arm]
            self[.rewardSum, arm] = rewardSum[arm]
            self[.rewardSumSquares, arm] = rewardSumSquares?[arm] ?? rewardSum[arm]
            self[.priorAlpha, arm] = prior.mean * prior.strength
            self[.priorBeta, arm] = (1 - prior.mean) * prior.strength
            self[.alpha, arm] = self[.priorAlpha, arm] + rewardSum[arm]
            self[.beta, arm] = self[.priorBeta, arm] + count[arm] - rewardSum[arm]
            self[.penalty, arm] = penalty?[arm] ?? 0
            self[.weightedLoss, arm] = weightedLoss?[arm] ?? 0
            total += count[arm]
        }
    }

    /// Bit for bit, so that a cost that is unknown (NaN) equals itself.
    package static func == (left: CategoryState, right: CategoryState) -> Bool {
        left.armCount == right.armCount && left.concentration == right.concentration && left.total == right.total
            && left.values.elementsEqual(right.values) { $0.bitPattern == $1.bitPattern }
    }

    @inlinable
    subscript(field: Field, arm: Int) -> Double {
        get { values[field.rawValue &* armCount &+ arm] }
        set { values[field.rawValue &* armCount &+ arm] = newValue }
    }

    @inlinable
    func column(_ field: Field) -> ArmColumn {
        ArmColumn(values: values, start: field.rawValue * armCount, count: armCount)
    }

    /// Decayed number of rewards, without prior.
    @inlinable package var count: ArmColumn { column(.count) }
    /// Decayed sum of rewards, without prior.
    @inlinable package var rewardSum: ArmColumn { column(.rewardSum) }
    /// Decayed sum of squared rewards, without prior.
    @inlinable package var rewardSumSquares: ArmColumn { column(.rewardSumSquares) }
    /// First shape of the Beta posterior, after the variance factor and before `concentration`.
    @inlinable package var alpha: ArmColumn { column(.alpha) }
    /// Second shape of the Beta posterior, after the variance factor and before `concentration`.
    @inlinable package var beta: ArmColumn { column(.beta) }
    @inlinable package var priorAlpha: ArmColumn { column(.priorAlpha) }
    @inlinable package var priorBeta: ArmColumn { column(.priorBeta) }
    /// Priced expected cost and latency, in units of reward: utility = reward − penalty.
    @inlinable package var penalty: ArmColumn { column(.penalty) }
    /// USD a request; NaN where unknown.
    @inlinable package var expectedCostUSD: ArmColumn { column(.expectedCostUSD) }
    /// Milliseconds; NaN where unknown.
    @inlinable package var expectedLatencyMS: ArmColumn { column(.expectedLatencyMS) }
    /// Decayed sum of importance-weighted losses, for exp3-ix and tsallis-inf.
    @inlinable package var weightedLoss: ArmColumn { column(.weightedLoss) }

    /// Posterior mean of the reward.
    package func mean(_ arm: Int) -> Double {
        let (alpha, beta) = (self[.alpha, arm], self[.beta, arm])
        return alpha / (alpha + beta)
    }

    /// Posterior mean of the utility.
    package func meanUtility(_ arm: Int) -> Double {
        mean(arm) - self[.penalty, arm]
    }

    /// Equal-tailed credible interval of the reward.
    package func interval(_ arm: Int, confidence: Double = 0.95) -> (lower: Double, upper: Double) {
        BetaPosterior(alpha: self[.alpha, arm], beta: self[.beta, arm]).interval(confidence: confidence)
    }

    /// `[arm]`: posterior probability (concentration 1) of having the best utility of the eligible arms.
    package func probabilityBest(eligible: ArmSet) -> [Double] {
        thompsonDistribution(armCount: armCount, eligible: eligible) {
            (self[.alpha, $0], self[.beta, $0], self[.penalty, $0])
        }.probabilities
    }
}
