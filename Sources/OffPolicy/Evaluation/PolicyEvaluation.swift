/// Everything one pass over a log says of one policy: estimates, the sums their bootstrap needs, diagnostics.
package struct PolicyEvaluation: Sendable {
    /// One estimator's answer.
    package struct Result: Sendable {
        package let specification: EstimatorSpecification
        /// What tuned it, if anything does.
        package let parameter: Double?
        package internal(set) var point: PointEstimate
        /// Of the standard error; nil: as many as need not be counted.
        package internal(set) var degrees: Double?
        /// Why there is no value, in words.
        package let absence: String?
        let statistic: BayesianBootstrap.Statistic?
        let influence: (@Sendable (RowBlock.Row) -> Double)?
        /// `[row]`: ψ where it cannot be worked out from a row alone.
        let storedInfluence: [Double]?
        /// What differs from the usual reward among what the estimator counts; nil where rewards are not what is estimated.
        let rare: RareEvents?
    }

    package let log: DecisionLog
    package let range: Range<Int>
    package let policy: TargetPolicy
    package let settings: EvaluationSettings
    package let rewards: FittedRewards
    package let weights: ImportanceWeights
    /// Weights of the fresh rows without a reward that belong to the range; nil where the policy says nothing of them.
    package let silentWeights: ImportanceWeights?
    /// What rows are counted by; nil: each by itself.
    package let clusters: Clusters?
    package private(set) var results: [Result] = []
    /// Mean share of the policy on arms that are not eligible.
    package let missingMass: Double
    package var diagnostics: Diagnostics

    /// Whether the policy's probability of every arm is known on every row, and whether the log's is.
    package var knowsPolicy: Bool { policy.masses != nil }
    package let knowsLog: Bool

    /// `range` is not empty. Rows are read once for each group of estimators that can be fed together: one, unless an estimator
    /// is asked for with several parameters. `silent`: the policy on the rows nobody rated. `check`: the log's, where it is known.
    package init(
        _ policy: TargetPolicy, log: DecisionLog, range: Range<Int>, rewards: FittedRewards,
        settings: EvaluationSettings, silent: TargetPolicy? = nil, check: PropensityCheck? = nil
    ) {
        precondition(!range.isEmpty, "an evaluation needs rows")
        self.policy = policy
        self.log = log
        self.range = range
        self.settings = settings
        self.rewards = rewards
        let weights = ImportanceWeights(policy, log.rows, range: range)
        self.weights = weights
        let silentRange = log.silentRange(beside: range)
        silentWeights = silent.map { ImportanceWeights($0, log.silentRows, range: silentRange) }
        let clusters = settings.clustersBySession ? rewards.clusters ?? Clusters(log.rows, range: range) : nil
        self.clusters = clusters
        knowsLog = log.rows.hasProbabilities(in: range)
        let parameters = EstimatorParameters(defaultsFor: weights, parts: settings.parts)
        var evidence = Diagnostics.Evidence(weights)
        evidence.support =
            knowsLog && policy.masses != nil
            ? SupportScan(policy, log.rows, names: log.names, range: range, parameters: parameters, parts: .support)
            : nil
        let stream = RowStream(
            log: log, range: range, policy: policy, weights: weights, rewards: rewards, seed: settings.seed)
        let pass = EstimatorPass(stream, settings: settings, clusters: clusters)
        var results: [Result?] = settings.estimators.map { _ in nil }
        for round in EstimatorRound.rounds(settings.estimators, defaults: parameters, stream: stream) {
            let outcome = pass.run(round.parameters)
            evidence.missingMass = outcome.totals.missingMass / Double(range.count)
            evidence.rare = log.metric == MetricRange() ? RareEvents(outcome.suite.selfNormalized.rareSums) : nil
            for index in round.members { results[index] = outcome.result(settings.estimators[index], round.parameters) }
        }
        if settings.estimators.isEmpty { evidence.missingMass = pass.missingMass() }
        evidence.note(log, check ?? PropensityCheck(log, clustered: settings.clustersBySession))
        evidence.heaviest = weights.heaviestRow.map {
            (Int(log.rows.line[range.lowerBound + $0]), log.rows.propensity[range.lowerBound + $0])
        }
        evidence.isLogged = policy.name == "logged"
        evidence.clusters = clusters?.count
        if silentWeights != nil || clusters != nil {
            evidence.noteMean(
                FreshWeights(weights.values, silentWeights?.values ?? [], log: log, range: range), clusters != nil)
        }
        missingMass = evidence.missingMass
        diagnostics = Diagnostics(evidence)
        self.results = results.map { $0! }
        guard let clusters else { return }
        for index in self.results.indices {
            guard let influences = influences(index) else { continue }
            let error = MeanError(influences, clusters: clusters)
            self.results[index].point.standardError = error?.value
            self.results[index].degrees = error?.degrees
        }
    }

    /// The weights' bound and the largest biases, where the intervals ask for them and the log knows all probabilities.
    package func scan(_ parts: SupportScan.Parts, parameters: EstimatorParameters) -> SupportScan? {
        guard knowsLog, knowsPolicy else { return nil }
        return SupportScan(policy, log.rows, names: log.names, range: range, parameters: parameters, parts: parts)
    }

    /// The largest weight any arm of any row could have had; of the rows seen where the log has propensities only.
    package var largestPossibleWeight: Double {
        scan(.weightBound, parameters: EstimatorParameters(defaultsFor: weights))?.playableWeightBound
            ?? weights.largest
    }

    /// Weights of all fresh rows of the range; nil where the policy says nothing of those nobody rated.
    package var freshWeights: FreshWeights? {
        guard let silentWeights else {
            return log.silentRange(beside: range).isEmpty
                ? FreshWeights(weights.values, [], log: log, range: range) : nil
        }
        return FreshWeights(weights.values, silentWeights.values, log: log, range: range)
    }

    var stream: RowStream {
        RowStream(log: log, range: range, policy: policy, weights: weights, rewards: rewards, seed: settings.seed)
    }

    /// ψ of every row for one result, centred at 0; nil where there is no estimate.
    package func influences(_ index: Int) -> [Double]? {
        if let stored = results[index].storedInfluence { return stored }
        guard let influence = results[index].influence, results[index].point.value != nil else { return nil }
        var values: [Double] = []
        values.reserveCapacity(range.count)
        stream.forEachBlock(partEnds: [range.count]) { rows, _ in
            for row in 0..<rows.count { values.append(influence(rows[row])) }
        }
        return values
    }
}

extension Diagnostics.Evidence {
    /// What a log's propensities look like.
    mutating func note(_ log: DecisionLog, _ check: PropensityCheck) {
        propensities = check.verdict
        propensitySentence = check.sentence(log.names)
    }

    /// The mean weight of all fresh rows.
    mutating func noteMean(_ weights: FreshWeights, _ isClustered: Bool) {
        let all = weights.used + weights.silent
        meanWeight = all.reduce(0, +) / Double(all.count)
        meanWeightError = MeanError(all, clusters: isClustered ? weights.clusters : nil)?.value
    }
}
