package import BanditCore

/// What a policy that learns would have earned had it run from its prior (DESIGN-evaluation §6): rejection replay, and doubly robust
/// for non-stationary policies (Dudík, Erhan, Langford and Li 2012).
package struct LearningEvaluation: Sendable {
    /// How a learner is replayed.
    package struct Settings: Sendable {
        package var replays = 10
        package var seed: UInt64 = 1
        package var rewardModel = RewardModel.pooled
        /// nil: the largest weight any row could have. Else that quantile of 1/propensity: longer horizon, some bias.
        package var acceptQuantile: Double?
        /// Microseconds between a decision and its reward reaching the learner, by the log's time.
        package var feedbackDelayMicroseconds: Int64 = 0
        /// Rows of one session count together in the standard errors.
        package var clustersBySession = false

        package init() {}
    }

    /// One replay: means, how many rows were accepted, weights for the diagnostics.
    package struct Replay: Sendable {
        package var accepted = 0
        package var meanReward = Double.nan
        package var doublyRobust = Double.nan
        /// Mean over the rows of the reward model's value of the learner.
        package var modelValue = Double.nan
    }

    /// A look at a learner on the way.
    package struct Checkpoint: Sendable {
        /// Rows accepted and rows read so far.
        package let accepted: Int
        package let row: Int
        /// Mean reward of the accepted rows.
        package let meanReward: Double
        /// `[arm]`: share of the accepted rows.
        package let shares: [Double]
        package let state: PosteriorTable
    }

    package let replays: [Replay]
    /// M: a row is accepted with probability w/M.
    package let weightBound: Double
    package var diagnostics: Diagnostics
    /// Of the first replay, at about sixty log-spaced numbers of accepted rows.
    package let checkpoints: [Checkpoint]
    /// Weights of the first replay, on the rows somebody rated and on those nobody did.
    package let freshWeights: FreshWeights
    package let replayEstimate: LearningEstimate
    package let doublyRobustEstimate: LearningEstimate

    /// `range` is not empty; the log has observations' columns (time, served arm).
    package init(
        _ specification: LearnerSpecification, log: DecisionLog, range: Range<Int>, settings: Settings
    ) throws(PolicyError) {
        let bound = Self.bound(log, range: range, quantile: settings.acceptQuantile)
        weightBound = bound
        let start = try Learner(specification, names: log.names)
        let clusters = settings.clustersBySession ? Clusters(log.rows, range: range) : nil
        var replays: [Replay] = []
        var sums = ReplaySums(rowCount: range.count)
        var first: LearningRun?
        for index in 0..<settings.replays {
            var run = LearningRun(
                start, log: log, range: range, bound: bound, settings: settings, index: index, clusters: clusters)
            run.run(keepsWeights: index == 0, sums: &sums)
            replays.append(run.replay)
            if index == 0 { first = run }
        }
        self.replays = replays
        let run = first!
        checkpoints = run.checkpoints
        let overlap = sums.overlap(replays)
        replayEstimate = LearningEstimate(
            values: replays.map(\.meanReward), influence: sums.replayInfluence(replays.count),
            modelValues: replays.map(\.modelValue), overlap: overlap, clusters: clusters)
        doublyRobustEstimate = LearningEstimate(
            values: replays.map(\.doublyRobust), influence: sums.terms.map { $0 / Double(replays.count) },
            modelValues: replays.map(\.modelValue), overlap: overlap, clusters: clusters)
        let weights = ImportanceWeights(run.weights)
        freshWeights = FreshWeights(weights.values, run.silentWeights, log: log, range: range)
        var evidence = Diagnostics.Evidence(weights)
        if log.rows.hasProbabilities(in: range) {
            var scan = SupportScan()
            scan.violations = run.violations
            scan.unsupportedMass = run.unsupportedMass / Double(range.count)
            evidence.support = scan
        }
        evidence.note(log, PropensityCheck(log, clustered: settings.clustersBySession))
        evidence.noteMean(freshWeights, settings.clustersBySession)
        evidence.heaviest = weights.heaviestRow.map {
            (Int(log.rows.line[range.lowerBound + $0]), log.rows.propensity[range.lowerBound + $0])
        }
        evidence.accepted = Double(replays.reduce(0) { $0 + $1.accepted }) / Double(replays.count)
        evidence.clusters = clusters?.count
        if log.metric == MetricRange() {
            evidence.rare = RareEvents(weights: weights.values, rewards: Array(log.rows.reward[range]))
        }
        rare = evidence.rare
        diagnostics = Diagnostics(evidence)
    }

    /// What differs from the usual reward among what the first replay would choose; nil where rewards are not what is estimated.
    package let rare: RareEvents?

    /// Mean T.
    package var accepted: Double { Double(replays.reduce(0) { $0 + $1.accepted }) / Double(replays.count) }

    /// An estimate's interval, cut to what a mean can be, and of few events wide enough for them.
    package func interval(_ estimate: LearningEstimate, confidence: Double) -> Interval? {
        guard let interval = estimate.interval(confidence: confidence) else { return nil }
        let possible = freshWeights.log.metric.possible
        guard let rare, rare.isFew else { return interval.cut(to: possible) }
        return interval.hull(rare.interval(largestWeight: weightBound, confidence: confidence)).cut(to: possible)
    }

    /// 1/smallest logged probability; with propensities only, 1/smallest propensity; or a quantile of 1/propensity.
    private static func bound(_ log: DecisionLog, range: Range<Int>, quantile: Double?) -> Double {
        if let quantile {
            let inverse = range.map { min(ImportanceWeights.limit, 1 / log.rows.propensity[$0]) }.sorted()
            return BayesianBootstrap.percentile(inverse, quantile)
        }
        var smallest = log.rows.propensity[range].min()!
        if log.rows.hasProbabilities(in: range) {
            for row in range {
                let start = Int(log.rows.probabilities.starts[row])
                for index in 0..<log.names.armLists[Int(log.rows.armList[row])].count {
                    let probability = log.rows.probabilities.values[start + index]
                    if probability > 0, probability < smallest { smallest = probability }
                }
            }
        }
        return min(ImportanceWeights.limit, 1 / smallest)
    }
}
