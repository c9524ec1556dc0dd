/// One replay of a learner.
struct LearningRun {
    private var learner: Learner
    private let log: DecisionLog
    private let range: Range<Int>
    private let bound: Double
    private let settings: LearningEvaluation.Settings
    private let index: Int
    /// What the reward model must not have seen; nil: every row before.
    private var own: OwnPast?
    private(set) var replay = LearningEvaluation.Replay()
    private(set) var weights: [Double] = []
    private(set) var silentWeights: [Double] = []
    private(set) var violations = 0
    private(set) var unsupportedMass = 0.0
    private(set) var checkpoints: [LearningEvaluation.Checkpoint] = []
    private var pending: [(due: Int64, row: Int)] = []
    private var nextPending = 0

    init(
        _ learner: Learner, log: DecisionLog, range: Range<Int>, bound: Double, settings: LearningEvaluation.Settings,
        index: Int, clusters: Clusters?
    ) {
        own = clusters.map { OwnPast($0) }
        self.learner = learner
        self.log = log
        self.range = range
        self.bound = bound
        self.settings = settings
        self.index = index
    }

    /// Adds what the replay came to to `sums`. `keepsWeights`: it is the one whose weights, support and course are told.
    mutating func run(keepsWeights: Bool, sums: inout ReplaySums) {
        let rows = log.rows
        let armCount = log.names.arms.count
        let knowsLog = rows.hasProbabilities(in: range)
        var past = PastRewardModel(
            kind: settings.rewardModel, categoryCount: log.names.categories.count, armCount: armCount)
        defer { past.deallocate() }
        let values = UnsafeMutablePointer<Double>.allocate(capacity: armCount)
        values.initialize(repeating: 0, count: armCount)
        defer { values.deallocate() }
        let first = range.lowerBound
        let seed = settings.seed &+ UInt64(index + 1) &* 0x632b_e59b_d9b4_e019
        var shares = [Int](repeating: 0, count: armCount)
        var accepted = 0.0
        var robust = 0.0
        var models = 0.0
        var silent = log.silentRange(beside: range)
        var nextCheckpoint = 1.0
        for row in range {
            deliver(upTo: rows.timeMicroseconds[row])
            if keepsWeights { noteSilent(&silent, before: rows.number[row]) }
            let category = Int(rows.category[row])
            let arm = Int(rows.arm[row])
            let reward = rows.reward[row]
            let list = Int(rows.armList[row])
            let distribution = learner.distribution(category: category, list: list)
            let weight = min(ImportanceWeights.limit, distribution[Int(rows.slot[row])] / rows.propensity[row])
            past.write(category: category, without: own?.before(row - first) ?? [], to: values)
            var model = 0.0
            for (position, other) in log.names.armLists[list].enumerated() where distribution[position] > 0 {
                model += distribution[position] * values[other]
            }
            let term = model + weight * (reward - values[arm])
            robust += term
            models += model
            sums.terms[row - range.lowerBound] += term
            past.observe(category: category, arm: arm, reward: reward)
            own?.observe(row - first, category: category, arm: arm, reward: reward)
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
        if keepsWeights { noteSilent(&silent, before: .max) }
        if keepsWeights, replay.accepted > 0, checkpoints.last?.accepted != replay.accepted {
            check(range.upperBound - 1, accepted / Double(replay.accepted), shares)
        }
        replay.meanReward = replay.accepted > 0 ? accepted / Double(replay.accepted) : .nan
        replay.doublyRobust = robust / Double(range.count)
        replay.modelValue = models / Double(range.count)
        sums.add(accepted: pending.map(\.row), mean: replay.meanReward, log.rows.reward, range)
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

    /// What the learner would have weighed the silent rows before row number `number`, which teach it nothing.
    private mutating func noteSilent(_ range: inout Range<Int>, before number: UInt32) {
        let rows = log.silentRows
        while let row = range.first, number == .max || rows.number[row] < number {
            let distribution = learner.distribution(category: Int(rows.category[row]), list: Int(rows.armList[row]))
            silentWeights.append(
                min(ImportanceWeights.limit, distribution[Int(rows.slot[row])] / rows.propensity[row]))
            range = range.dropFirst()
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
