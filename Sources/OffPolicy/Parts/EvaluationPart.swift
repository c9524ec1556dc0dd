/// What one machine's share of a log says of some policies: sums, which add up to those of the whole log.
///
/// Models of the past have seen the rows of their own part only; estimates of the whole are those of one process within the noise.
package struct EvaluationPart: Codable, Sendable {
    package static let format = "bandit-router-evaluation-part-1"
    /// Blocks of rows a part is told in at least: the spread of an estimate comes from them.
    package static let leastBlocks = 64

    /// What the fresh rows say of one arm in one category.
    package struct Cell: Codable, Sendable {
        package var category: String
        package var arm: String
        package var tally: ArmTally
        /// Σ over sessions of (drawn − promised)², where rows are counted by session.
        package var squares: PropensityCheck.Squares?
    }

    package var format = EvaluationPart.format
    /// The call, word for word: parts of different ones do not add up.
    package var arguments: [String]
    package var index: Int
    package var count: Int
    package var counts: LogCounts
    package var rowsUsed: Int
    package var clusters: Int?
    /// Where sessions are there and not used: how much larger the error of the mean would be, and how many they are.
    package var widening: Double?
    package var sessions: Int?
    package var cells: [Cell]
    package var notes: [String]
    package var policies: [PolicyPart]

    package init(
        arguments: [String], part: LogPart, log: DecisionLog, range: Range<Int>,
        widening: (factor: Double, sessions: Int)?, evaluations: [PolicyEvaluation]
    ) {
        self.arguments = arguments
        index = part.index
        count = part.count
        self.widening = widening?.factor
        sessions = widening?.sessions
        let clustered = evaluations.first?.clusters != nil
        counts = log.counts
        rowsUsed = range.count
        notes = log.notes
        clusters = evaluations.first?.clusters?.count
        let squares = clustered ? log.clusteredSquares() : nil
        cells = log.cells.indices.flatMap { category in
            log.cells[category].indices.map { arm in
                Cell(
                    category: log.names.categories[category], arm: log.names.arms[arm],
                    tally: log.cells[category][arm],
                    squares: squares?[category * log.names.arms.count + arm])
            }
        }
        policies = evaluations.map { PolicyPart($0, parts: part.count) }
    }
}

/// What a part says of one policy.
package struct PolicyPart: Codable, Sendable {
    /// An estimator's sums (``OffPolicyEstimator/sums``) by block of rows, in the metric's own unit, four numbers a block.
    package struct Series: Codable, Sendable {
        package var kind: String
        package var parameter: Double?
        /// The largest bias, summed over the rows; nil where nothing bounds it or it needs no bound.
        package var bias: Double?
        package var sums: [Double]
    }

    /// A mean with its standard error and what it weighs against those of other parts.
    package struct Mean: Codable, Sendable {
        package var weight: Double
        package var value: Double
        package var error: Double

        init(weight: Double, value: Double, error: Double?) {
            (self.weight, self.value, self.error) = (weight, value, error ?? 0)
        }

        /// Of all rows together: parts are independent.
        package static func joined(_ means: [Mean]) -> (value: Double, error: Double) {
            let total = means.reduce(0) { $0 + $1.weight }
            guard total > 0 else { return (0, 0) }
            let value = means.reduce(0) { $0 + $1.weight * $1.value } / total
            let variance = means.reduce(0) { $0 + $1.weight * $1.weight * $1.error * $1.error } / (total * total)
            return (value, variance.squareRoot())
        }
    }

    /// What the silent rows could hide.
    package struct Silence: Codable, Sendable {
        package var silent: Int
        package var fresh: Int
        package var silentWeight: Double
        package var ifAllZero: Mean
        package var ifAllOne: Mean
    }

    package var name: String
    package var rows: Int
    package var series: [Series]
    package var weight: Double
    package var weightSquares: Double
    package var largestWeight: Double
    /// Line and propensity of the row that carries it.
    package var heaviestLine: Int?
    package var heaviestPropensity: Double?
    /// Of all fresh rows.
    package var meanWeight: Mean
    package var largestPossibleWeight: Double
    /// Nil where the log has propensities only.
    package var supportViolations: Int?
    /// Summed over the rows.
    package var unsupportedMass: Double
    package var missingMass: Double
    /// Nil where rewards are not what is estimated.
    package var rare: RareEvents.Sums?
    package var leastReward: Double
    package var mostReward: Double
    package var silence: Silence?
    /// Σwr/Σw of the rated rows, for parts without silent ones.
    package var ratedMean: Mean
    /// The policy says nothing of the rows nobody rated.
    package var isSilenceUnknown: Bool

    init(_ evaluation: PolicyEvaluation, parts: Int) {
        let log = evaluation.log
        let range = evaluation.range
        let n = Double(range.count)
        name = evaluation.policy.name
        rows = range.count
        series = evaluation.results.compactMap { result in
            Self.series(
                result, evaluation, blocks: max(EvaluationPart.leastBlocks, BayesianBootstrap.partLimit / parts))
        }
        let weights = evaluation.weights
        (weight, weightSquares, largestWeight) = (weights.sum, weights.sumOfSquares, weights.largest)
        if let row = weights.heaviestRow {
            heaviestLine = Int(log.rows.line[range.lowerBound + row])
            heaviestPropensity = log.rows.propensity[range.lowerBound + row]
        }
        let found = evaluation.diagnostics
        meanWeight = Mean(
            weight: n + Double(evaluation.silentWeights?.count ?? 0), value: found.meanWeight,
            error: found.meanWeightError)
        largestPossibleWeight = evaluation.largestPossibleWeight
        supportViolations = found.supportViolations
        missingMass = evaluation.missingMass * n
        unsupportedMass = (found.unsupportedMass.map { $0 - evaluation.missingMass } ?? 0) * n
        let rewards = log.rows.reward[range]
        leastReward = rewards.min() ?? 0
        mostReward = rewards.max() ?? 0
        let isOfRewards = log.metric == MetricRange()
        rare = isOfRewards ? RareEvents.Sums(weights: weights.values, rewards: Array(rewards)) : nil
        ratedMean = Self.ratedMean(evaluation)
        let fresh = evaluation.freshWeights
        isSilenceUnknown = isOfRewards && fresh == nil
        silence = fresh.flatMap { isOfRewards ? Self.silence($0, clustered: evaluation.clusters != nil) : nil }
    }

    private static func ratedMean(_ evaluation: PolicyEvaluation) -> Mean {
        let weights = evaluation.weights
        let rewards = evaluation.log.rows.reward[evaluation.range]
        guard weights.sum > 0 else { return Mean(weight: 0, value: 0, error: nil) }
        let value = zip(weights.values, rewards).reduce(0) { $0 + $1.0 * $1.1 } / weights.sum
        let influence = zip(weights.values, rewards).map { $0 * ($1 - value) / weights.mean }
        return Mean(
            weight: weights.sum, value: value, error: MeanError(influence, clusters: evaluation.clusters)?.value)
    }

    private static func silence(_ weights: FreshWeights, clustered: Bool) -> Silence? {
        guard let found = MissingFeedback(weights, confidence: 0.95, clustered: clustered) else { return nil }
        let total = weights.total
        return Silence(
            silent: weights.silent.count, fresh: weights.count, silentWeight: found.policyRate * total,
            ifAllZero: Mean(weight: total, value: found.valueIfAllZero, error: found.errors.zero),
            ifAllOne: Mean(weight: total, value: found.valueIfAllOne, error: found.errors.one))
    }

    private static func series(_ result: PolicyEvaluation.Result, _ evaluation: PolicyEvaluation, blocks: Int)
        -> Series?
    {
        guard let parts = result.statistic?.parts else { return nil }
        let kind = result.specification.kind
        let metric = evaluation.log.metric
        let scale = metric.highest - metric.lowest
        var sums = [Double](repeating: 0, count: 4 * min(blocks, parts.count))
        let count = sums.count / 4
        for (index, part) in parts.enumerated() {
            // Sums are homogeneous in what is estimated but for the weights they are divided by.
            var own = part
            own[1] *= scale
            if kind == .sndr { own[2] *= scale }
            let block = index * count / parts.count
            for lane in 0..<4 { sums[4 * block + lane] += own[lane] }
        }
        var parameters = EstimatorParameters(defaultsFor: evaluation.weights)
        parameters[kind] = result.parameter
        let bias = kind.isShrunken ? evaluation.scan(.biasBounds, parameters: parameters)?.biasBounds[kind] : nil
        return Series(
            kind: kind.rawValue, parameter: result.parameter,
            bias: bias.map { $0 * scale * Double(evaluation.range.count) },
            sums: sums)
    }
}
