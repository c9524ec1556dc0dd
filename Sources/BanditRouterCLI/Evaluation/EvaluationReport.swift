import BanditCore
import Foundation
import LogFiles
import OffPolicy

/// The judgement of a log's policies: what every output format prints.
struct EvaluationReport {
    /// One estimator with one interval.
    struct Estimate {
        let estimator: String
        let value: Double?
        let standardError: Double?
        let interval: Interval?
        let method: String
        let parameter: (name: String, value: Double)?
        let biasBound: Double?
        let isShrunken: Bool
        let reason: String?
        /// What this log makes of this estimator.
        var note: String?

        /// What is to be known of the number.
        var caveat: String? { value == nil ? nil : note ?? EstimatorKind(rawValue: estimator)?.caveat }
    }

    struct Judgement {
        let policy: String
        var estimates: [Estimate] = []
        var diagnostics: Diagnostics
        var learning: LearningEvaluation?
        var detectableEffect: Double?
        var missingFeedback: MissingFeedback?
        /// dr less dm, in standard errors of dr.
        var modelGap: Double?
        /// For the figures of the page.
        var evaluation: PolicyEvaluation?
        /// What it costs and how long it takes, beside what it earns.
        var companions: [Companion] = []
        /// What it earns less what was logged, where that says more than nothing.
        var difference: Estimate?
        var isRefused: Bool { diagnostics.verdict == .refused }
        var freshWeights: FreshWeights? { learning?.freshWeights ?? evaluation?.freshWeights }
        /// What differs from the usual reward; nil where rewards are not what is estimated.
        var rare: RareEvents?
    }

    struct Comparison {
        let policy: String
        let baseline: String
        let estimates: [Estimate]
    }

    let call: EvaluationCall
    let log: DecisionLog
    let range: Range<Int>
    private(set) var judgements: [Judgement] = []
    private(set) var comparisons: [Comparison] = []
    private(set) var gates: [Gate.Outcome] = []
    /// What is to be known of the log, whatever policy is judged.
    private(set) var warnings: [String] = []
    let silentRates: SilentRates
    /// Of parts, whose rows are elsewhere.
    var sessionCount: Int?
    private(set) var seconds = (read: 0.0, estimate: 0.0, bootstrap: 0.0)

    init(call: EvaluationCall, log: DecisionLog, range: Range<Int>) {
        self.call = call
        self.log = log
        self.range = range
        silentRates = SilentRates(log)
        if let sentence = call.missing.sentence { warnings.append(sentence) }
        if log.counts.silentCounted > 0 {
            warnings.append(
                "\(log.counts.silentCounted) decisions without a reward count as 0 (silence: zero): right for counts such as clicks."
            )
        }
        if !call.settings.clustersBySession, let sentence = LogWarnings.ofSessions(log, range: range) {
            warnings.append(sentence)
        }
        if let sentence = LogWarnings.ofNames(log.names.categories, what: "Categories") { warnings.append(sentence) }
        if let sentence = LogWarnings.ofNames(log.names.arms, what: "Arms") { warnings.append(sentence) }
        warnings += LogWarnings.ofColumns(log)
    }

    /// 0, or 1 when a policy was refused or a gate not shown.
    var exitCode: Int32 { judgements.contains(where: \.isRefused) || gates.contains { !$0.isShown } ? 1 : 0 }

    mutating func judge(_ policies: [PolicyText], readSeconds: Double) throws(CommandFailure) {
        let clock = ContinuousClock()
        seconds.read = readSeconds
        var targets: [TargetPolicy?] = []
        for policy in policies {
            targets.append(
                call.isLearning && policy.learner != nil ? nil : try call.target(policy, log, log.rows, range: range))
        }
        let start = clock.now
        let rewards = FittedRewards(
            log, range: range, model: call.settings.rewardModel, crossFit: call.settings.crossFit,
            clusters: call.settings.clustersBySession ? Clusters(log.rows, range: range) : nil)
        let check = PropensityCheck(log, clustered: call.settings.clustersBySession)
        let silent = log.silentRows
        var evaluations: [PolicyEvaluation] = []
        var places: [Int?] = []
        for (target, policy) in zip(targets, policies) {
            places.append(target == nil ? nil : evaluations.count)
            guard let target else { continue }
            let rest = silent.count == 0 ? nil : try? call.target(policy, log, silent, range: 0..<silent.count)
            evaluations.append(
                PolicyEvaluation(
                    target, log: log, range: range, rewards: rewards, settings: call.settings, silent: rest,
                    check: check))
        }
        seconds.estimate = (clock.now - start) / .seconds(1)
        let intervalStart = clock.now
        let maker = IntervalMaker(evaluations, settings: call.settings)
        var answers = evaluations.indices.map { policy in
            evaluations[policy].results.indices.map { maker.answers(policy: policy, result: $0) }
        }[...]
        seconds.bootstrap = (clock.now - intervalStart) / .seconds(1)
        let widening = call.settings.clustersBySession ? nil : LogWarnings.widening(log, range: range)
        for (index, policy) in policies.enumerated() {
            var judgement: Judgement
            if let place = places[index] {
                let evaluation = evaluations[place]
                judgement = Judgement(policy: policy.name, diagnostics: evaluation.diagnostics, evaluation: evaluation)
                judgement.rare =
                    log.metric == MetricRange()
                    ? RareEvents(weights: evaluation.weights.values, rewards: Array(log.rows.reward[range])) : nil
                judgement.estimates = estimates(
                    evaluation, answers.removeFirst(), isRefused: judgement.isRefused && !call.printsRefused)
                addExtras(&judgement, policy, evaluation)
            } else {
                judgement = try learn(policy)
            }
            noteSilence(&judgement)
            if let widening, widening.factor > LogWarnings.tolerableWidening {
                judgement.diagnostics.doubt(
                    "Rows of a session are alike and intervals take them as independent: --cluster session makes the error of the mean "
                        + "\(Diagnostics.short(widening.factor)) times as large.")
            }
            judgements.append(judgement)
        }
        compare(
            policies,
            PolicyComparer(
                call: call, log: log, maker: maker, evaluations: evaluations, places: places, judgements: judgements,
                check: check))
    }

    // MARK: Of parts

    mutating func warn(_ sentence: String) { warnings.append(sentence) }

    /// Takes what was worked out elsewhere.
    mutating func take(_ judgements: [Judgement], _ comparisons: [Comparison], _ gates: [Gate.Outcome]) {
        self.judgements = judgements
        self.comparisons = comparisons
        self.gates = gates
    }

    // MARK: Pieces

    private func estimates(
        _ evaluation: PolicyEvaluation, _ answers: [[IntervalMaker.Answer]], isRefused isHidden: Bool
    ) -> [Estimate] {
        // Weights of the rated rows that do not average 1: arms are rated at different rates, and what is not normalised counts that in.
        let rated = evaluation.diagnostics.meanWeightOfRated
        let isUneven = evaluation.silentWeights != nil && abs(rated - 1) > 0.1
        let note =
            "the weights of the rated rows average \(Diagnostics.short(rated)), not 1, for arms are rated at different rates: go by dr or snips"
        return evaluation.results.indices.flatMap { index in
            let result = evaluation.results[index]
            let kind = result.specification.kind
            let isNormalised = ![.ips, .clippedIPS, .subGaussian].contains(kind)
            return answers[index].map { answer in
                Estimate(
                    estimator: kind.rawValue, value: isHidden ? nil : result.point.value.map(log.metric.value),
                    standardError: isHidden ? nil : result.point.standardError.map(log.metric.length),
                    interval: isHidden ? nil : answer.interval.map(scaled), method: answer.method.rawValue,
                    parameter: result.parameter.map { (kind.parameterName!, $0) },
                    biasBound: answer.biasBound.map(log.metric.length),
                    isShrunken: kind.isShrunken,
                    reason: isHidden ? "refused" : answer.interval == nil ? answer.absence : nil,
                    note: isUneven && !isNormalised ? note : nil)
            }
        }
    }

    private func scaled(_ interval: Interval) -> Interval {
        Interval(low: log.metric.value(interval.low), high: log.metric.value(interval.high))
    }

    private func addExtras(_ judgement: inout Judgement, _ policy: PolicyText, _ evaluation: PolicyEvaluation) {
        guard !judgement.isRefused || call.printsRefused else { return }
        if policy.name != "logged" {
            judgement.detectableEffect = DetectableEffect.minimum(evaluation, confidence: call.settings.confidence).map(
                log.metric.length)
        }
        func result(_ kind: EstimatorKind) -> PointEstimate? {
            evaluation.results.first { $0.specification.kind == kind }?.point
        }
        if let direct = result(.dm)?.value, let robust = result(.dr), let value = robust.value,
            let error = robust.standardError, error > 0
        {
            judgement.modelGap = (value - direct) / error
        }
    }

    /// What silence hides, and what a policy costs: both from the weights of all fresh rows.
    private func noteSilence(_ judgement: inout Judgement) {
        guard !judgement.isRefused || call.printsRefused else { return }
        let (confidence, clustered) = (call.settings.confidence, call.settings.clustersBySession)
        let isOfRewards = log.metric == MetricRange()
        guard let weights = judgement.freshWeights else {
            if isOfRewards {
                judgement.diagnostics.doubt("Nothing is known of this policy on the decisions nobody rated.")
            }
            return
        }
        if call.metric == .reward {
            judgement.companions = Companion.Quantity.allCases.compactMap {
                Companion($0, weights, confidence: confidence, clustered: clustered)
            }
        }
        guard isOfRewards, let missing = MissingFeedback(weights, confidence: confidence, clustered: clustered) else {
            return
        }
        judgement.missingFeedback = missing
        let doubt = missing.doubt(
            interval: judgement.headline?.interval, rates: silentRates, isAssumed: call.missing.isAssumed)
        if let doubt { judgement.diagnostics.doubt(doubt, isFirst: true) }
    }

    private func learn(_ policy: PolicyText) throws(CommandFailure) -> Judgement {
        let learning: LearningEvaluation
        do throws(PolicyError) {
            var settings = call.learning
            settings.seed = call.settings.seed
            settings.rewardModel = call.settings.rewardModel
            settings.clustersBySession = call.settings.clustersBySession
            learning = try LearningEvaluation(policy.learner!, log: log, range: range, settings: settings)
        } catch {
            throw .usage("policy '\(policy.name)': \(error.message)")
        }
        var judgement = Judgement(policy: policy.name, diagnostics: learning.diagnostics, learning: learning)
        judgement.rare = learning.rare
        let isHidden = judgement.isRefused && !call.printsRefused
        for specification in call.settings.estimators {
            guard let estimate = learning[specification.kind] else { continue }
            let point = estimate.point
            let interval = learning.interval(estimate, confidence: call.settings.confidence)
            let absence =
                isHidden
                ? "refused"
                : point.value == nil ? "no row was accepted" : interval == nil ? "one replay has no spread" : nil
            judgement.estimates.append(
                Estimate(
                    estimator: specification.kind.rawValue, value: isHidden ? nil : point.value.map(log.metric.value),
                    standardError: isHidden ? nil : point.standardError.map(log.metric.length),
                    interval: isHidden ? nil : interval.map(scaled), method: IntervalMethod.normal.rawValue,
                    parameter: nil,
                    biasBound: nil, isShrunken: false, reason: absence))
        }
        return judgement
    }

    // MARK: Differences

    private mutating func compare(_ policies: [PolicyText], _ comparer: PolicyComparer) {
        if let baseline = call.comparedWith, let base = policies.firstIndex(where: { $0.name == baseline.name }) {
            for index in policies.indices where index != base {
                comparisons.append(
                    Comparison(
                        policy: policies[index].name, baseline: baseline.name,
                        estimates: comparer.differences(index, base)))
            }
        }
        if let base = policies.firstIndex(where: { $0.name == "logged" }), !judgements[base].isRefused {
            for index in policies.indices where index != base && !judgements[index].isRefused {
                let known = comparisons.first { $0.policy == policies[index].name && $0.baseline == "logged" }
                judgements[index].difference = Judgement.headline(
                    known?.estimates ?? comparer.differences(index, base))
            }
        }
        gates = call.gates.map(comparer.judge)
    }

    mutating func dropTimings() { seconds = (0, 0, 0) }
}

extension EvaluationReport.Judgement {
    /// The estimate to read first: dr where it is there, else the first with an interval, else the first. Of what was logged it is the mean
    /// reward itself.
    static func headline(_ estimates: [EvaluationReport.Estimate], isLogged: Bool = false)
        -> EvaluationReport.Estimate?
    {
        let means = [EstimatorKind.ips.rawValue, EstimatorKind.snips.rawValue]
        if isLogged, let mean = estimates.first(where: { means.contains($0.estimator) && $0.interval != nil }) {
            return mean
        }
        let robust = estimates.filter { $0.estimator == EstimatorKind.dr.rawValue }
        return robust.first { $0.interval != nil } ?? estimates.first { $0.interval != nil } ?? robust.first
            ?? estimates.first
    }

    var headline: EvaluationReport.Estimate? { Self.headline(estimates, isLogged: policy == "logged") }
}
