import BanditCore
package import OffPolicy

/// How often intervals, bounds and gates hold on the logs of DESIGN-experiments §6: learners, silence, rare events, sessions, propensities.
/// Every world's truth is known; log i of a study is made from seed + i.
package struct DoubtfulLogs: Sendable {
    /// One line of the table.
    package struct Line: Sendable {
        package let world: String
        package let what: String
        package internal(set) var logs = 0
        package internal(set) var covered = 0
        /// Times a claim that is not true was shown; nil where none was made.
        package internal(set) var falselyShown: Int?
        fileprivate var totalWidth = 0.0

        package var coverage: Double { Double(covered) / Double(max(1, logs)) }
        package var width: Double { totalWidth / Double(max(1, logs)) }
    }

    package let logs: Int
    package let seed: UInt64
    private var lines: [Line] = []

    package init(logs: Int, seed: UInt64) {
        self.logs = logs
        self.seed = seed
    }

    private mutating func note(
        _ world: String, _ what: String, _ interval: Interval?, truth: Double, isFalselyShown: Bool? = nil
    ) {
        let place = lines.firstIndex { $0.world == world && $0.what == what } ?? lines.count
        if place == lines.count { lines.append(Line(world: world, what: what)) }
        if let isFalselyShown {
            lines[place].falselyShown = (lines[place].falselyShown ?? 0) + (isFalselyShown ? 1 : 0)
        }
        guard let interval else { return }
        lines[place].logs += 1
        lines[place].covered += interval.low <= truth && truth <= interval.high ? 1 : 0
        lines[place].totalWidth += interval.high - interval.low
    }

    // MARK: Learners

    /// Uniform logs of Bernoulli arms, replayed to Thompson sampling. Where arms are alike every policy is worth their mean, and "it earns
    /// more" is false; where they are not, the truth is the mean of the estimates, which are unbiased.
    package static func learners(means: [Double], rows: Int, logs: Int, seed: UInt64, replays: Int = 10) -> [Line] {
        var study = DoubtfulLogs(logs: logs, seed: seed)
        let alike = means.allSatisfy { $0 == means[0] }
        let world =
            alike
            ? "learner, \(means.count) arms alike" : "learner, arms \(means.map { "\($0)" }.joined(separator: " "))"
        var found: [(kind: String, value: Double, interval: Interval?)] = []
        for index in 0..<logs {
            var maker = LogMaker(arms: means.count, seed: seed + UInt64(index))
            for _ in 0..<rows {
                let arm = Int(saturating: maker.generator.uniform() * Double(means.count))
                let reward: Double = maker.generator.uniform() < means[arm] ? 1 : 0
                maker.add(arm: arm, probabilities: maker.even, reward: reward)
            }
            var settings = LearningEvaluation.Settings()
            settings.seed = seed + UInt64(index)
            settings.replays = replays
            let learner = LearnerSpecification(name: "thompson", policy: .thompson)
            guard
                let evaluation = try? LearningEvaluation(
                    learner, log: maker.finish(), range: 0..<rows, settings: settings)
            else { continue }
            for (kind, estimate) in [("dr", evaluation.doublyRobustEstimate), ("replay", evaluation.replayEstimate)] {
                found.append((kind, estimate.value ?? .nan, evaluation.interval(estimate, confidence: 0.95)))
            }
        }
        for kind in ["dr", "replay"] {
            let own = found.filter { $0.kind == kind }
            let truth = alike ? means[0] : own.reduce(0) { $0 + $1.value } / Double(max(1, own.count))
            for item in own {
                let isShown = item.interval.map { $0.low > truth } ?? false
                study.note(world, kind, item.interval, truth: truth, isFalselyShown: alike ? isShown : nil)
            }
        }
        return study.lines
    }

    // MARK: Silence

    /// Two arms worth .5 each, drawn evenly. Half of a's users speak; of b's those who are content with the first probability, the others with
    /// the second. "b earns more than a" is false.
    package static func silence(speaks: (content: Double, others: Double), rows: Int, logs: Int, seed: UInt64) -> [Line]
    {
        var study = DoubtfulLogs(logs: logs, seed: seed)
        let world = speaks.content == speaks.others ? "silence at random" : "only happy users of b speak"
        for index in 0..<logs {
            var maker = LogMaker(arms: 2, seed: seed + UInt64(index))
            for _ in 0..<rows {
                let arm = Int(saturating: maker.generator.uniform() * 2)
                let reward: Double = maker.generator.uniform() < 0.5 ? 1 : 0
                let chance = arm == 0 ? 0.5 : reward > 0 ? speaks.content : speaks.others
                let isHeard = maker.generator.uniform() < chance
                maker.add(arm: arm, probabilities: maker.even, reward: isHeard ? reward : .nan)
            }
            let log = maker.finish()
            let settings = EvaluationSettings(estimators: [EstimatorSpecification(.dr)], intervals: [.normal])
            let evaluations = [1, 0].map { arm in
                evaluate(log, settings) { .fixed(LogMaker.name(arm), log.names, $0)! }
            }
            let weights = evaluations.map { $0.freshWeights! }
            let bounds = MissingFeedback(weights[0], confidence: 0.95, clustered: false)!.bounds
            let difference = MissingFeedback.difference(weights[0], weights[1], confidence: 0.95, clustered: false)
            let blind = IntervalMaker(evaluations, settings: settings)
            study.note(world, "bounds of b", bounds, truth: 0.5)
            study.note(world, "bounds of b − a", difference, truth: 0, isFalselyShown: difference.low > 0)
            let assumed = blind.difference(policy: 0, baseline: 1, result: 0)?.answers[0].interval
            study.note(
                world, "dr of b − a, silence taken to be at random", assumed, truth: 0,
                isFalselyShown: assumed.map { $0.low > 0 })
        }
        return study.lines
    }

    /// A policy on the rated rows and on the silent ones.
    private static func evaluate(
        _ log: DecisionLog, _ settings: EvaluationSettings, _ policy: (LogRows) -> TargetPolicy
    ) -> PolicyEvaluation {
        let range = 0..<log.rows.count
        return PolicyEvaluation(
            policy(log.rows), log: log, range: range,
            rewards: FittedRewards(
                log, range: range, model: settings.rewardModel, crossFit: settings.crossFit,
                clusters: settings.clustersBySession ? Clusters(log.rows, range: range) : nil),
            settings: settings, silent: log.silentRows.count > 0 ? policy(log.silentRows) : nil)
    }

    // MARK: Rare events

    /// Clicks of the same rate on every arm. `probabilities`: what arms are drawn with; the policies are `uniform` and the first arm alone.
    /// "The first arm earns more than the second" is false.
    package static func clicks(
        rate: Double, probabilities: [Double], rows: Int, logs: Int, seed: UInt64
    ) -> [Line] {
        var study = DoubtfulLogs(logs: logs, seed: seed)
        let world = "clicks: \(probabilities.count) arms, \(rate) of \(rows)"
        for index in 0..<logs {
            var maker = LogMaker(arms: probabilities.count, seed: seed + UInt64(index))
            for _ in 0..<rows {
                let arm = ActionDistribution(probabilities: probabilities).draw(using: &maker.generator)
                let reward: Double = maker.generator.uniform() < rate ? 1 : 0
                maker.add(arm: arm, probabilities: probabilities, reward: reward)
            }
            let log = maker.finish()
            let settings = EvaluationSettings(
                estimators: [.ips, .snips, .dr].map { EstimatorSpecification($0) }, intervals: [.normal])
            let names = ["uniform", "first", "second"]
            let evaluations = names.map { name in
                evaluate(log, settings) { rows in
                    switch name {
                    case "uniform": .uniform(log.names, rows)
                    case "first": .fixed(LogMaker.name(0), log.names, rows)!
                    default: .fixed(LogMaker.name(1), log.names, rows)!
                    }
                }
            }
            let intervals = IntervalMaker(evaluations, settings: settings)
            for policy in 0..<2 {
                for (result, kind) in settings.estimators.map(\.kind).enumerated() {
                    let interval = intervals.answers(policy: policy, result: result)[0].interval
                    study.note(world, "\(kind.rawValue) of \(names[policy])", interval, truth: rate)
                }
            }
            let difference = intervals.difference(policy: 1, baseline: 2, result: 2)?.answers[0].interval
            study.note(
                world, "dr of first − second", difference, truth: 0, isFalselyShown: difference.map { $0.low > 0 })
        }
        return study.lines
    }

    // MARK: Sessions

    /// Sessions whose mean reward is uniform in [0, 1], each row drawing one of two arms, or each session (`keepsArm`): every policy is
    /// worth ½.
    package static func sessions(
        count: Int, rowsEach: Int, keepsArm: Bool = false, logs: Int, seed: UInt64
    ) -> [Line] {
        var study = DoubtfulLogs(logs: logs, seed: seed)
        let world = "\(count) sessions of \(rowsEach)\(keepsArm ? ", one arm each" : "")"
        for index in 0..<logs {
            var maker = LogMaker(arms: 2, seed: seed + UInt64(index))
            for session in 0..<count {
                let mean = maker.generator.uniform()
                var arm = Int(saturating: maker.generator.uniform() * 2)
                for _ in 0..<rowsEach {
                    if !keepsArm { arm = Int(saturating: maker.generator.uniform() * 2) }
                    let reward: Double = maker.generator.uniform() < mean ? 1 : 0
                    maker.add(arm: arm, probabilities: maker.even, reward: reward, session: session)
                }
            }
            let log = maker.finish()
            for clusters in [true, false] {
                var settings = EvaluationSettings(
                    estimators: [EstimatorSpecification(.dr)], intervals: [.normal, .bootstrap],
                    bootstrapReplicates: 300,
                    seed: seed + UInt64(index))
                settings.clustersBySession = clusters
                let evaluations = [0, 1].map { arm in
                    evaluate(log, settings) { .fixed(LogMaker.name(arm), log.names, $0)! }
                }
                let intervals = IntervalMaker(evaluations, settings: settings)
                let word = clusters ? "by session" : "by row"
                for answer in intervals.answers(policy: 0, result: 0) {
                    study.note(
                        world, "dr of a, \(answer.method.rawValue), \(word)", answer.interval, truth: 0.5,
                        isFalselyShown: answer.interval.map { $0.low > 0.5 })
                }
                let difference = intervals.difference(policy: 0, baseline: 1, result: 0)?.answers[0].interval
                study.note(
                    world, "dr of a − b, normal, \(word)", difference, truth: 0,
                    isFalselyShown: difference.map { $0.low > 0 })
            }
        }
        return study.lines
    }

    // MARK: Propensities

    /// Ways in which logged propensities are not those of the draws, though their sums by category and arm agree, or are too small to tell.
    package enum WrongPropensities: String, CaseIterable, Sendable {
        /// Drawn .8 and .2, then the other way round; logged .5.
        case halves
        /// Drawn .6 or .4 by request, logged .7 or .3.
        case sharpened
        /// Logged .9 and .1 before a floor of .1 was mixed in.
        case beforeFloor
        /// Forty categories of 75 rows; of ten arms one is drawn in 22.5 %, logged .1.
        case manyCategories
    }

    /// What a log of wrong propensities is held to be.
    package static func judged(
        _ wrong: WrongPropensities, logsProbabilities: Bool, rows: Int, seed: UInt64
    ) -> (check: PropensityCheck, names: LogNames) {
        let arms = wrong == .manyCategories ? 10 : 2
        var maker = LogMaker(arms: arms, seed: seed, logsProbabilities: logsProbabilities)
        var generator = Xoshiro256StarStar(seed: seed, stream: 9)
        for row in 0..<rows {
            let turns = generator.uniform() < 0.5
            let first: (drawn: Double, logged: Double) =
                switch wrong {
                case .halves: (row < rows / 2 ? 0.8 : 0.2, 0.5)
                case .sharpened: turns ? (0.6, 0.7) : (0.4, 0.3)
                case .beforeFloor: turns ? (0.86, 0.9) : (0.14, 0.1)
                case .manyCategories: (0.225, 0.1)
                }
            func distribution(_ first: Double) -> [Double] {
                [first] + [Double](repeating: (1 - first) / Double(arms - 1), count: arms - 1)
            }
            let arm = ActionDistribution(probabilities: distribution(first.drawn)).draw(using: &generator)
            maker.add(
                arm: arm, probabilities: distribution(first.logged), reward: 0.5,
                category: wrong == .manyCategories ? row % 40 : 0)
        }
        let log = maker.finish()
        return (PropensityCheck(log), log.names)
    }

    /// Logs of a policy whose every row has probabilities of its own, logged rightly: how many are doubted.
    package static func rightPropensities(rows: Int, logs: Int, seed: UInt64) -> [Line] {
        var study = DoubtfulLogs(logs: logs, seed: seed)
        for index in 0..<logs {
            var makers = [true, false].map { LogMaker(arms: 4, seed: seed + UInt64(index), logsProbabilities: $0) }
            var generator = Xoshiro256StarStar(seed: seed + UInt64(index), stream: 9)
            func distribution() -> [Double] {
                let raw = (0..<4).map { _ in 0.02 + generator.uniform() }
                let sum = raw.reduce(0, +)
                return raw.map { 0.05 + 0.8 * $0 / sum }
            }
            for _ in 0..<rows {
                let category = Int(saturating: generator.uniform() * 4)
                let probabilities = distribution()
                let arm = ActionDistribution(probabilities: probabilities).draw(using: &generator)
                for maker in makers.indices {
                    makers[maker].add(arm: arm, probabilities: probabilities, reward: 0.5, category: category)
                }
            }
            for (maker, word) in zip(makers, ["all probabilities", "propensities only"]) {
                let check = PropensityCheck(maker.finish())
                study.note(
                    "right propensities", word, Interval(low: 0, high: 0), truth: 0,
                    isFalselyShown: check.verdict != .ok)
            }
        }
        return study.lines
    }
}

/// Puts a log together from rows that are known to be valid.
private struct LogMaker {
    private var builder: DecisionLogBuilder
    private let list: Int
    private let logsProbabilities: Bool
    private var count = 0
    private let seed: UInt64
    let even: [Double]
    var generator: Xoshiro256StarStar

    static func name(_ arm: Int) -> String { "arm-\(arm)" }

    init(arms: Int, seed: UInt64, logsProbabilities: Bool = true) {
        self.seed = seed
        self.logsProbabilities = logsProbabilities
        even = [Double](repeating: 1 / Double(arms), count: arms)
        generator = Xoshiro256StarStar(seed: seed, stream: 4)
        var options = DecisionLogBuilder.Options()
        // Learners want the time and the arm that served.
        options.keepsObservations = true
        var builder = DecisionLogBuilder(options)
        let indices = (0..<arms).map { builder.arm(Self.name($0)) }
        list = builder.armList(indices)
        self.builder = builder
    }

    /// `reward`: NaN where nobody rated the decision.
    mutating func add(arm: Int, probabilities: [Double], reward: Double, category: Int = 0, session: Int? = nil) {
        var row = DecisionLogBuilder.Row()
        row.line = count + 1
        row.identity = seed &* 1_000_003 &+ UInt64(count)
        row.category = builder.category("c\(category)")
        row.armList = list
        row.slot = arm
        row.servedArm = arm
        row.propensity = probabilities[arm]
        row.reward = reward
        if let session { row.session = builder.session(DecisionIdentity("\(session)")) }
        count += 1
        guard logsProbabilities else {
            builder.append(row, probabilities: nil, targets: [])
            return
        }
        probabilities.withUnsafeBufferPointer { builder.append(row, probabilities: $0, targets: []) }
    }

    func finish() -> DecisionLog { builder.finish() }
}
