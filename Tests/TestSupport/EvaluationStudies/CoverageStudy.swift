package import OffPolicy

/// How often intervals cover the truth, over many logs of one world.
package struct CoverageStudy: Sendable {
    /// One line of the table.
    package struct Line: Sendable {
        package let behaviour: LoggedWorld.Behaviour
        package let policy: String
        package let estimator: String
        package let interval: String
        package let crossFit: String
        package var logs = 0
        package var covered = 0
        package var totalWidth = 0.0
        package var totalError = 0.0

        package var coverage: Double { Double(covered) / Double(logs) }
        package var width: Double { totalWidth / Double(logs) }
        package var bias: Double { totalError / Double(logs) }
    }

    /// A reward model and which rows it sees.
    package struct Fit: Sendable {
        package let name: String
        let crossFit: CrossFit
        let model: RewardModel

        package static let past = Fit(name: "past", crossFit: .past, model: .pooled)
        package static let none = Fit(name: "none", crossFit: .none, model: .pooled)
        package static let noneCellMean = Fit(name: "none, cell-mean", crossFit: .none, model: .cellMean)
    }

    package let world: LoggedWorld
    package let behaviour: LoggedWorld.Behaviour
    package let logs: Int
    package let rows: Int
    package var methods: [IntervalMethod] = [.normal, .bootstrap]
    package var estimators: [EstimatorKind] = EstimatorKind.standard + [.adaptivelyWeighted]
    package var bootstrapReplicates = 1000
    /// As ``EvaluationSettings/mendsIntervals``.
    package var mendsIntervals = true
    /// Reward models, and which rows they see.
    package var fits: [Fit] = [.past, .noneCellMean]
    /// Sample sizes at which confidence sequences are looked at; empty: they are left out.
    package var stoppingTimes: [Int] = []

    package init(world: LoggedWorld, behaviour: LoggedWorld.Behaviour, logs: Int, rows: Int) {
        self.world = world
        self.behaviour = behaviour
        self.logs = logs
        self.rows = rows
    }

    /// `seed` + i makes log i. A confidence sequence counts as covering only when it does at every stopping time.
    package func run(seed: UInt64, progress: ((Int) -> Void)? = nil) -> [Line] {
        var lines: [String: Line] = [:]
        var order: [String] = []
        let truths = world.policies.indices.map { world.truth($0) }
        func note(
            _ policy: Int, _ estimator: String, _ interval: String, _ fit: String, covers: Bool, width: Double,
            error: Double
        ) {
            let key = "\(policy) \(estimator) \(interval) \(fit)"
            if lines[key] == nil {
                order.append(key)
                lines[key] = Line(
                    behaviour: behaviour, policy: world.policies[policy], estimator: estimator, interval: interval,
                    crossFit: fit)
            }
            lines[key]!.logs += 1
            lines[key]!.covered += covers ? 1 : 0
            lines[key]!.totalWidth += width
            lines[key]!.totalError += error
        }
        for index in 0..<logs {
            progress?(index)
            let log = world.log(behaviour, rows: rows, seed: seed + UInt64(index))
            for fit in fits {
                var settings = EvaluationSettings(
                    intervals: methods, bootstrapReplicates: bootstrapReplicates, seed: seed + UInt64(index))
                settings.estimators = estimators.filter { fit.crossFit == .past || [.dr, .sndr].contains($0) }.map {
                    EstimatorSpecification($0)
                }
                settings.crossFit = fit.crossFit
                settings.rewardModel = fit.model
                settings.mendsIntervals = mendsIntervals
                let rewards = FittedRewards(log, range: 0..<rows, model: fit.model, crossFit: fit.crossFit)
                let evaluations = world.policies.map {
                    PolicyEvaluation(
                        .column($0, log.rows)!, log: log, range: 0..<rows, rewards: rewards, settings: settings)
                }
                let maker = IntervalMaker(evaluations, settings: settings)
                for policy in evaluations.indices {
                    for (result, estimate) in evaluations[policy].results.enumerated() {
                        for (method, answer) in zip(methods, maker.answers(policy: policy, result: result)) {
                            guard let interval = answer.interval, let value = estimate.point.value else { continue }
                            let covers = interval.low <= truths[policy] && truths[policy] <= interval.high
                            note(
                                policy, estimate.specification.kind.rawValue,
                                // Few events get another interval under the name of the one asked for.
                                (answer.method == .gamma ? method : answer.method).rawValue, fit.name,
                                covers: covers,
                                width: interval.high - interval.low, error: value - truths[policy])
                        }
                    }
                    if fit.crossFit == .past, !stoppingTimes.isEmpty {
                        for (kind, intervals) in ConfidenceSequences.both(evaluations[policy], at: stoppingTimes) {
                            let covers = intervals.allSatisfy { $0.low <= truths[policy] && truths[policy] <= $0.high }
                            note(
                                policy, kind.rawValue, "anytime, all times", fit.name, covers: covers,
                                width: intervals.last!.high - intervals.last!.low, error: 0)
                        }
                    }
                }
            }
        }
        return order.map { lines[$0]! }
    }

    /// Forty sample sizes from 20 on in equal ratios.
    package static func times(upTo rows: Int) -> [Int] {
        var times: [Int] = []
        var next = 20.0
        while Int(saturating: next) < rows {
            if times.last != Int(saturating: next) { times.append(Int(saturating: next)) }
            next *= 1.12
        }
        return times + [rows]
    }
}
