/// Everything one pass over a log says of one policy: estimates, the sums their bootstrap needs, diagnostics.
package struct PolicyEvaluation: Sendable {
    /// One estimator's answer.
    package struct Result: Sendable {
        package let specification: EstimatorSpecification
        /// What tuned it, if anything does.
        package let parameter: Double?
        package let point: PointEstimate
        /// Why there is no value, in words.
        package let absence: String?
        let statistic: BayesianBootstrap.Statistic?
        let influence: (@Sendable (RowBlock.Row) -> Double)?
    }

    package let log: DecisionLog
    package let range: Range<Int>
    package let policy: TargetPolicy
    package let settings: EvaluationSettings
    package let rewards: FittedRewards
    package let weights: ImportanceWeights
    package private(set) var results: [Result] = []
    package let diagnostics: Diagnostics

    /// Whether the policy's probability of every arm is known on every row, and whether the log's is.
    package var knowsPolicy: Bool { policy.masses != nil }
    package let knowsLog: Bool

    /// `range` is not empty. Rows are read once for each group of estimators that can be fed together: one, unless an estimator
    /// is asked for with several parameters.
    package init(
        _ policy: TargetPolicy, log: DecisionLog, range: Range<Int>, rewards: FittedRewards,
        settings: EvaluationSettings
    ) {
        precondition(!range.isEmpty, "an evaluation needs rows")
        self.policy = policy
        self.log = log
        self.range = range
        self.settings = settings
        self.rewards = rewards
        let weights = ImportanceWeights(policy, log.rows, range: range)
        self.weights = weights
        knowsLog = log.rows.hasProbabilities(in: range)
        let parameters = EstimatorParameters(defaultsFor: weights)
        let support =
            knowsLog && policy.masses != nil
            ? SupportScan(policy, log.rows, names: log.names, range: range, parameters: parameters, parts: .support)
            : nil
        let stream = RowStream(
            log: log, range: range, policy: policy, weights: weights, rewards: rewards, seed: settings.seed)
        let pass = EstimatorPass(stream, settings: settings)
        var missingMass = 0.0
        var results: [Result?] = settings.estimators.map { _ in nil }
        for round in EstimatorRound.rounds(settings.estimators, defaults: parameters, stream: stream) {
            let outcome = pass.run(round.parameters)
            missingMass = outcome.totals.missingMass / Double(range.count)
            for index in round.members { results[index] = outcome.result(settings.estimators[index], round.parameters) }
        }
        if settings.estimators.isEmpty { missingMass = pass.missingMass() }
        diagnostics = Diagnostics(weights, support: support, missingMass: missingMass, doubts: log.calibrationDoubts)
        self.results = results.map { $0! }
    }

    /// The weights' bound and the largest biases, where the intervals ask for them and the log knows all probabilities.
    package func scan(_ parts: SupportScan.Parts, parameters: EstimatorParameters) -> SupportScan? {
        guard knowsLog, knowsPolicy else { return nil }
        return SupportScan(policy, log.rows, names: log.names, range: range, parameters: parameters, parts: parts)
    }

    var stream: RowStream {
        RowStream(log: log, range: range, policy: policy, weights: weights, rewards: rewards, seed: settings.seed)
    }

    /// ψ of every row for one result, centred at 0; nil where there is no estimate.
    package func influences(_ index: Int) -> [Double]? {
        guard let influence = results[index].influence, results[index].point.value != nil else { return nil }
        var values: [Double] = []
        values.reserveCapacity(range.count)
        stream.forEachBlock(partEnds: [range.count]) { rows, _ in
            for row in 0..<rows.count { values.append(influence(rows[row])) }
        }
        return values
    }
}
