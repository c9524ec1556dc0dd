import BanditCore
import Foundation
import Gateway
import LogFiles
import OffPolicy
import RoutingEngine

/// What `evaluate` and `replay` are asked to do, after the words are checked and before the log is read.
struct EvaluationCall {
    var log: String
    /// Empty: the defaults.
    var policies: [PolicyText] = []
    var settings = EvaluationSettings()
    var metric = Metric.reward
    var rewardScale = RewardScale.identity
    var propensities = PropensitySource.logged
    /// nil: half of the log if a policy needs training, else nothing.
    var trainShare: Double?
    var isLearning = false
    var learning = LearningEvaluation.Settings()
    var printsRefused = false
    var skipInvalid = 0
    var comparedWith: PolicyText?
    var gates: [Gate] = []
    /// The part of the log that is read; nil: all of it.
    var part: LogPart?
    /// What is taken for granted of decisions nobody rated.
    var missing = MissingAssumption.bounds
    /// Decisions without a reward count as 0.
    var silenceIsZero = false
    /// A store or a snapshot frozen policies start from, instead of training on the log.
    var statePath: String?
    /// Whose cells, where the state has several routes.
    var route: String?
    /// The router's configuration: its metrics say what the rewards of a store are.
    var configurationPath: String?

    /// Reads the log and judges the policies.
    func run() throws(CommandFailure) -> EvaluationReport {
        let clock = ContinuousClock()
        let start = clock.now
        let log = try read()
        let readSeconds = (clock.now - start) / .seconds(1)
        let policies = allPolicies(log)
        let needsTraining = !isLearning && statePath == nil && policies.contains { $0.learner != nil }
        let range = log.evaluated(afterShare: trainShare ?? (needsTraining ? 0.5 : 0))
        guard !range.isEmpty else {
            throw .input(
                "\(self.log): rows: no usable row is left after the first \(trainShare ?? 0.5) of the log, which trains"
            )
        }
        if policies.contains(where: { $0.learner != nil }), log.names.arms.count > ArmSet.capacity {
            throw .usage(
                "policies that learn are for at most \(ArmSet.capacity) arms; the log has \(log.names.arms.count)")
        }
        var report = EvaluationReport(call: self, log: log, range: range)
        try report.judge(policies, readSeconds: readSeconds)
        return report
    }

    func read() throws(CommandFailure) -> DecisionLog {
        var options = DecisionLogBuilder.Options()
        options.metric = metric
        options.rewardScale = rewardScale
        options.propensities = propensities
        let learners = policies.compactMap(\.learner) + gates.flatMap(\.policies).compactMap(\.learner)
        options.keepsObservations = !learners.isEmpty || comparedWith?.learner != nil
        options.keepsPrices =
            metric == .reward || learners.contains { $0.dollarsPerQuality != nil || $0.secondsPerQuality != nil }
        options.part = part
        // What a silent decision cost or how long it took is not 0.
        if metric == .reward, try silenceCounts() { options.silentValue = 0 }
        // With a state, the route is whose cells; its policy may be judged on the traffic of another.
        if statePath == nil { options.route = route }
        let source = LogSources.open(log, configurationPath: configurationPath)
        let bar = ProgressBar("reading \(source.name)")
        defer { bar.clear() }
        do throws(InputError) {
            return try source.load(options, skipInvalid: skipInvalid) { bar.update($0) }
        } catch {
            throw .input(error.description)
        }
    }

    /// Whether a decision nobody rated counts as 0: by the flag, or since every metric of the configuration is a count.
    private func silenceCounts() throws(CommandFailure) -> Bool {
        if silenceIsZero { return true }
        guard let configurationPath else { return false }
        return try StoreLog.configuration(configurationPath).feedback.metrics.allSatisfy { $0.silence == .zero }
    }

    /// The policies asked for, or `logged`, `uniform` and every column; and those that only a gate or a comparison names.
    func allPolicies(_ log: DecisionLog) -> [PolicyText] {
        var all = policies
        if all.isEmpty {
            all = [.logged, .uniform] + log.rows.targets.keys.sorted().map { .column(name: $0) }
        }
        for policy in gates.flatMap(\.policies) + [comparedWith].compactMap({ $0 })
        where !all.contains(where: { $0.name == policy.name }) {
            all.append(policy)
        }
        return all
    }

    /// The policy on some rows of the log (the used ones, or those nobody rated).
    func target(_ policy: PolicyText, _ log: DecisionLog, _ rows: LogRows, range: Range<Int>) throws(CommandFailure)
        -> TargetPolicy
    {
        switch policy {
        case .logged: return .logged(rows, range: range)
        case .uniform: return .uniform(log.names, rows)
        case .fixed(let arm):
            guard let target = TargetPolicy.fixed(arm, log.names, rows) else {
                throw .usage("policy '\(policy.name)': the log has no arm '\(arm)'" + hint(arm, log.names.arms))
            }
            return target
        case .column(let name):
            guard let target = TargetPolicy.column(name, rows) else {
                throw .usage(
                    "policy '\(policy.name)': the log has no column '\(name)'"
                        + hint(name, log.rows.targets.keys.sorted()))
            }
            if let row = target.firstAbsentRow(in: range) {
                throw .input("\(self.log):\(rows.line[row]): target_probabilities.\(name): missing")
            }
            return target
        case .learner(let specification): return try frozen(specification, log, rows)
        }
    }

    /// The learner as it stands after its training, on the rows.
    private func frozen(_ specification: LearnerSpecification, _ log: DecisionLog, _ rows: LogRows)
        throws(CommandFailure) -> TargetPolicy
    {
        let state = try statePath.map { path throws(CommandFailure) in
            try LearnedState(path: path, route: route, configurationPath: configurationPath)
        }
        do throws(PolicyError) {
            if let state { return try state.learner(specification, log: log).frozen(rows) }
            var learner = try Learner(specification, names: log.names)
            let first = UInt32(saturating: ((trainShare ?? 0.5) * Double(log.counts.rows)).rounded(.down))
            learner.train(on: log.observations, before: first)
            return learner.frozen(rows)
        } catch {
            throw .usage("policy '\(specification.name)': \(error.message)")
        }
    }

    private func hint(_ word: String, _ names: [String]) -> String {
        nearestName(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
    }
}
