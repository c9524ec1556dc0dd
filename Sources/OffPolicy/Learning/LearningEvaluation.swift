package import BanditCore
import RealModule

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

        package init() {}
    }

    /// One replay: means, how many rows were accepted, weights for the diagnostics.
    package struct Replay: Sendable {
        package var accepted = 0
        package var meanReward = Double.nan
        package var doublyRobust = Double.nan
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
    package let diagnostics: Diagnostics
    /// Of the first replay, at about sixty log-spaced numbers of accepted rows.
    package let checkpoints: [Checkpoint]

    /// `range` is not empty; the log has observations' columns (time, served arm).
    package init(
        _ specification: LearnerSpecification, log: DecisionLog, range: Range<Int>, settings: Settings
    ) throws(PolicyError) {
        let bound = Self.bound(log, range: range, quantile: settings.acceptQuantile)
        weightBound = bound
        let start = try Learner(specification, names: log.names)
        var replays: [Replay] = []
        var runs: [LearningRun] = []
        for index in 0..<settings.replays {
            var run = LearningRun(start, log: log, range: range, bound: bound, settings: settings, index: index)
            run.run(keepsWeights: index == 0)
            replays.append(run.replay)
            if index == 0 { runs.append(run) }
        }
        self.replays = replays
        checkpoints = runs[0].checkpoints
        let weights = ImportanceWeights(runs[0].weights)
        var support: SupportScan?
        if log.rows.hasProbabilities(in: range) {
            var scan = SupportScan()
            scan.violations = runs[0].violations
            scan.unsupportedMass = runs[0].unsupportedMass / Double(range.count)
            support = scan
        }
        diagnostics = Diagnostics(weights, support: support, missingMass: 0, doubts: log.calibrationDoubts)
    }

    /// Mean reward of the learner's first T decisions; standard error = sd over the replays.
    package var replayEstimate: PointEstimate { Self.estimate(replays.map(\.meanReward)) }
    package var doublyRobustEstimate: PointEstimate { Self.estimate(replays.map(\.doublyRobust)) }
    /// Mean T.
    package var accepted: Double { Double(replays.reduce(0) { $0 + $1.accepted }) / Double(replays.count) }

    private static func estimate(_ values: [Double]) -> PointEstimate {
        let defined = values.filter { !$0.isNaN }
        guard !defined.isEmpty else { return .undefined }
        let mean = defined.reduce(0, +) / Double(defined.count)
        let squares = defined.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let spread = defined.count > 1 ? (squares / Double(defined.count - 1)).squareRoot() : nil
        return PointEstimate(value: mean, standardError: spread)
    }

    /// 1/smallest logged probability; with propensities only, 1/smallest propensity; or a quantile of 1/propensity.
    private static func bound(_ log: DecisionLog, range: Range<Int>, quantile: Double?) -> Double {
        if let quantile {
            let inverse = range.map { 1 / log.rows.propensity[$0] }.sorted()
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
        return 1 / smallest
    }
}

/// One replay of a learner.
struct LearningRun {
    private var learner: Learner
    private let log: DecisionLog
    private let range: Range<Int>
    private let bound: Double
    private let settings: LearningEvaluation.Settings
    private let index: Int
    private(set) var replay = LearningEvaluation.Replay()
    private(set) var weights: [Double] = []
    private(set) var violations = 0
    private(set) var unsupportedMass = 0.0
    private(set) var checkpoints: [LearningEvaluation.Checkpoint] = []
    private var pending: [(due: Int64, row: Int)] = []
    private var nextPending = 0

    init(
        _ learner: Learner, log: DecisionLog, range: Range<Int>, bound: Double, settings: LearningEvaluation.Settings,
        index: Int
    ) {
        self.learner = learner
        self.log = log
        self.range = range
        self.bound = bound
        self.settings = settings
        self.index = index
    }

    mutating func run(keepsWeights: Bool) {
        let rows = log.rows
        let armCount = log.names.arms.count
        let knowsLog = rows.hasProbabilities(in: range)
        var past = PastRewardModel(
            kind: settings.rewardModel, categoryCount: log.names.categories.count, armCount: armCount)
        defer { past.deallocate() }
        let seed = settings.seed &+ UInt64(index + 1) &* 0x632b_e59b_d9b4_e019
        var shares = [Int](repeating: 0, count: armCount)
        var accepted = 0.0
        var robust = 0.0
        var nextCheckpoint = 1.0
        for row in range {
            deliver(upTo: rows.timeMicroseconds[row])
            let category = Int(rows.category[row])
            let arm = Int(rows.arm[row])
            let reward = rows.reward[row]
            let list = Int(rows.armList[row])
            let distribution = learner.distribution(category: category, list: list)
            let weight = distribution[Int(rows.slot[row])] / rows.propensity[row]
            var model = 0.0
            for (position, other) in log.names.armLists[list].enumerated() where distribution[position] > 0 {
                model += distribution[position] * past.value(category: category, arm: other)
            }
            robust += model + weight * (reward - past.value(category: category, arm: arm))
            past.observe(category: category, arm: arm, reward: reward)
            if keepsWeights {
                weights.append(weight)
                if knowsLog { noteSupport(distribution, row: row) }
            }
            guard SeededUniform.value(seed: seed, identity: rows.identity[row]) * bound < weight else { continue }
            replay.accepted += 1
            accepted += reward
            shares[arm] += 1
            pending.append((rows.timeMicroseconds[row] + settings.feedbackDelayMicroseconds, row))
            if settings.feedbackDelayMicroseconds == 0 { deliver(upTo: .max) }
            if keepsWeights, Double(replay.accepted) >= nextCheckpoint {
                check(row, accepted / Double(replay.accepted), shares)
                nextCheckpoint = max(nextCheckpoint + 1, nextCheckpoint * 1.15)
            }
        }
        if keepsWeights, replay.accepted > 0, checkpoints.last?.accepted != replay.accepted {
            check(range.upperBound - 1, accepted / Double(replay.accepted), shares)
        }
        replay.meanReward = replay.accepted > 0 ? accepted / Double(replay.accepted) : .nan
        replay.doublyRobust = robust / Double(range.count)
    }

    /// Hands the learner the rewards that have arrived by `time`.
    private mutating func deliver(upTo time: Int64) {
        while nextPending < pending.count, pending[nextPending].due <= time {
            let row = pending[nextPending].row
            let rows = log.rows
            learner.observe(
                category: Int(rows.category[row]), arm: Int(rows.servedArm[row]), reward: rows.reward[row],
                time: Double(rows.timeMicroseconds[row]), propensity: rows.propensity[row],
                costUSD: rows.costUSD.isEmpty ? .nan : rows.costUSD[row],
                latencyMS: rows.latencyMS.isEmpty ? .nan : rows.latencyMS[row])
            nextPending += 1
        }
    }

    private mutating func noteSupport(_ distribution: [Double], row: Int) {
        guard log.rows.probabilities.hasZero else { return }
        let start = Int(log.rows.probabilities.starts[row])
        var lost = 0.0
        for position in distribution.indices where log.rows.probabilities.values[start + position] == 0 {
            lost += distribution[position]
        }
        if lost > 0 { violations += 1 }
        unsupportedMass += lost
    }

    private mutating func check(_ row: Int, _ mean: Double, _ shares: [Int]) {
        checkpoints.append(
            LearningEvaluation.Checkpoint(
                accepted: replay.accepted, row: row - range.lowerBound + 1, meanReward: mean,
                shares: shares.map { Double($0) / Double(replay.accepted) }, state: learner.state))
    }
}
