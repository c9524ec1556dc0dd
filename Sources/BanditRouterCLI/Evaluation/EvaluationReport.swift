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

        /// What the interval does not say.
        var caveat: String? { interval == nil ? nil : EstimatorKind(rawValue: estimator)?.caveat }
    }

    struct Judgement {
        let policy: String
        var estimates: [Estimate] = []
        let diagnostics: Diagnostics
        var learning: LearningEvaluation?
        var detectableEffect: Double?
        var missingFeedback: MissingFeedback?
        /// dr less dm, in standard errors of dr.
        var modelGap: Double?
        /// For the figures of the page.
        var evaluation: PolicyEvaluation?
        var isRefused: Bool { diagnostics.verdict == .refused }
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
    private(set) var seconds = (read: 0.0, estimate: 0.0, bootstrap: 0.0)

    init(call: EvaluationCall, log: DecisionLog, range: Range<Int>) {
        self.call = call
        self.log = log
        self.range = range
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
            log, range: range, model: call.settings.rewardModel, crossFit: call.settings.crossFit)
        var evaluations: [PolicyEvaluation] = []
        var places: [Int?] = []
        for target in targets {
            places.append(target == nil ? nil : evaluations.count)
            guard let target else { continue }
            evaluations.append(
                PolicyEvaluation(target, log: log, range: range, rewards: rewards, settings: call.settings))
        }
        seconds.estimate = (clock.now - start) / .seconds(1)
        let intervalStart = clock.now
        let maker = IntervalMaker(evaluations, settings: call.settings)
        var answers = evaluations.indices.map { policy in
            evaluations[policy].results.indices.map { maker.answers(policy: policy, result: $0) }
        }[...]
        seconds.bootstrap = (clock.now - intervalStart) / .seconds(1)
        for (index, policy) in policies.enumerated() {
            guard let place = places[index] else {
                judgements.append(try learn(policy))
                continue
            }
            var judgement = Judgement(
                policy: policy.name, diagnostics: evaluations[place].diagnostics, evaluation: evaluations[place])
            judgement.estimates = estimates(evaluations[place], answers.removeFirst(), isRefused: judgement.isRefused)
            try addExtras(&judgement, policy, evaluations[place])
            judgements.append(judgement)
        }
        compare(policies, places, maker, evaluations)
    }

    // MARK: Parts

    private func estimates(
        _ evaluation: PolicyEvaluation, _ answers: [[IntervalMaker.Answer]], isRefused: Bool
    ) -> [Estimate] {
        let isHidden = isRefused && !call.printsRefused
        return evaluation.results.indices.flatMap { index in
            let result = evaluation.results[index]
            let kind = result.specification.kind
            return answers[index].map { answer in
                Estimate(
                    estimator: kind.rawValue, value: isHidden ? nil : result.point.value.map(log.metric.value),
                    standardError: isHidden ? nil : result.point.standardError.map(log.metric.length),
                    interval: isHidden ? nil : answer.interval.map(scaled), method: answer.method.rawValue,
                    parameter: result.parameter.map { (kind.parameterName!, $0) },
                    biasBound: answer.biasBound.map(log.metric.length),
                    isShrunken: kind.isShrunken,
                    reason: isHidden ? "refused" : answer.interval == nil ? answer.absence : nil)
            }
        }
    }

    private func scaled(_ interval: Interval) -> Interval {
        Interval(low: log.metric.value(interval.low), high: log.metric.value(interval.high))
    }

    private func addExtras(_ judgement: inout Judgement, _ policy: PolicyText, _ evaluation: PolicyEvaluation)
        throws(CommandFailure)
    {
        guard !judgement.isRefused || call.printsRefused else { return }
        if policy.name != "logged" {
            judgement.detectableEffect = DetectableEffect.minimum(evaluation, confidence: call.settings.confidence).map(
                log.metric.length)
        }
        func result(_ kind: EstimatorKind) -> PointEstimate? {
            evaluation.results.first { $0.specification.kind == kind }?.point
        }
        if let direct = result(.dm)?.value, let robust = result(.dr), let value = robust.value,
            let error = robust.standardError,
            error > 0
        {
            judgement.modelGap = (value - direct) / error
        }
        guard log.silentRows.count > 0, log.metric == MetricRange() else { return }
        let silent = log.silentRows
        let rest = try? call.target(policy, log, silent, range: 0..<silent.count)
        judgement.missingFeedback = MissingFeedback(evaluation, rest: rest)
    }

    private func learn(_ policy: PolicyText) throws(CommandFailure) -> Judgement {
        let learning: LearningEvaluation
        do throws(PolicyError) {
            var settings = call.learning
            settings.seed = call.settings.seed
            settings.rewardModel = call.settings.rewardModel
            learning = try LearningEvaluation(policy.learner!, log: log, range: range, settings: settings)
        } catch {
            throw .usage("policy '\(policy.name)': \(error.message)")
        }
        var judgement = Judgement(policy: policy.name, diagnostics: learning.diagnostics, learning: learning)
        let isHidden = judgement.isRefused && !call.printsRefused
        for specification in call.settings.estimators {
            let point: PointEstimate
            switch specification.kind {
            case .replay: point = learning.replayEstimate
            case .dr: point = learning.doublyRobustEstimate
            default: continue
            }
            var interval: Interval?
            if let value = point.value, let error = point.standardError {
                interval = Interval.normal(value: value, standardError: error, confidence: call.settings.confidence)
            }
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

    private mutating func compare(
        _ policies: [PolicyText], _ places: [Int?], _ maker: IntervalMaker, _ evaluations: [PolicyEvaluation]
    ) {
        if let baseline = call.comparedWith, let base = policies.firstIndex(where: { $0.name == baseline.name }) {
            for index in policies.indices where index != base {
                comparisons.append(
                    Comparison(
                        policy: policies[index].name, baseline: baseline.name,
                        estimates: differences(index, base, places, maker, evaluations)))
            }
        }
        for gate in call.gates {
            let left = policies.firstIndex { $0.name == gate.left.name }!
            let result = gateEstimator()
            let estimator = call.settings.estimators[result].kind.rawValue
            if let caveat = call.settings.estimators[result].kind.caveat {
                gates.append(
                    gate.judge(
                        value: nil, interval: nil, estimator: estimator,
                        absence: "\(estimator) shows nothing, \(caveat); ask for dr as well"))
            } else if judgements[left].isRefused {
                gates.append(
                    gate.judge(value: nil, interval: nil, estimator: estimator, absence: "\(gate.left.name) is refused")
                )
            } else if case .policy(let other) = gate.right {
                let right = policies.firstIndex { $0.name == other.name }!
                if judgements[right].isRefused {
                    gates.append(
                        gate.judge(value: nil, interval: nil, estimator: estimator, absence: "\(other.name) is refused")
                    )
                } else {
                    let all = differences(left, right, places, maker, evaluations)
                    let found =
                        all.first { $0.estimator == estimator && $0.interval != nil }
                        ?? all.first { $0.estimator == estimator }
                    gates.append(
                        gate.judge(
                            value: found?.value, interval: found?.interval, estimator: estimator, absence: found?.reason
                        ))
                }
            } else {
                let all = judgements[left].estimates.filter { $0.estimator == estimator }
                let found = all.first { $0.interval != nil } ?? all.first
                gates.append(
                    gate.judge(
                        value: found?.value, interval: found?.interval, estimator: estimator, absence: found?.reason))
            }
        }
    }

    /// dr where it is estimated, else the first estimator whose intervals say all, else the first.
    private func gateEstimator() -> Int {
        let kinds = call.settings.estimators.map(\.kind)
        return kinds.firstIndex(of: .dr) ?? kinds.firstIndex { $0.caveat == nil } ?? 0
    }

    private func differences(
        _ policy: Int, _ baseline: Int, _ places: [Int?], _ maker: IntervalMaker, _ evaluations: [PolicyEvaluation]
    ) -> [Estimate] {
        let refused = [policy, baseline].filter { judgements[$0].isRefused && !call.printsRefused }.map {
            judgements[$0].policy
        }
        func nothing(_ specification: EstimatorSpecification, _ reason: String) -> Estimate {
            Estimate(
                estimator: specification.kind.rawValue, value: nil, standardError: nil, interval: nil,
                method: call.settings.intervals[0].rawValue, parameter: nil, biasBound: nil, isShrunken: false,
                reason: reason)
        }
        guard refused.isEmpty else {
            return call.settings.estimators.map { nothing($0, "\(refused.joined(separator: " and ")) refused") }
        }
        guard let left = places[policy], let right = places[baseline] else {
            return call.settings.estimators.compactMap { learnedDifference(policy, baseline, $0) }
        }
        return call.settings.estimators.indices.flatMap { index -> [Estimate] in
            let specification = call.settings.estimators[index]
            guard let difference = maker.difference(policy: left, baseline: right, result: index) else {
                return [nothing(specification, "one of the two has no estimate")]
            }
            return difference.answers.map { answer in
                Estimate(
                    estimator: specification.kind.rawValue, value: log.metric.length(difference.value),
                    standardError: difference.standardError.isFinite
                        ? log.metric.length(difference.standardError) : nil,
                    interval: answer.interval.map {
                        Interval(low: log.metric.length($0.low), high: log.metric.length($0.high))
                    },
                    method: answer.method.rawValue, parameter: nil, biasBound: answer.biasBound.map(log.metric.length),
                    isShrunken: specification.kind.isShrunken, reason: answer.absence)
            }
        }
    }

    /// A learner's replays against another policy: their errors taken as independent, which is on the safe side.
    private func learnedDifference(_ policy: Int, _ baseline: Int, _ specification: EstimatorSpecification) -> Estimate?
    {
        func find(_ index: Int) -> Estimate? {
            judgements[index].estimates.first { $0.estimator == specification.kind.rawValue }
        }
        guard let left = find(policy), let right = find(baseline), let leftValue = left.value,
            let rightValue = right.value,
            let leftError = left.standardError, let rightError = right.standardError
        else { return nil }
        let error = (leftError * leftError + rightError * rightError).squareRoot()
        return Estimate(
            estimator: specification.kind.rawValue, value: leftValue - rightValue, standardError: error,
            interval: .normal(
                value: leftValue - rightValue, standardError: error, confidence: call.settings.confidence),
            method: IntervalMethod.normal.rawValue, parameter: nil, biasBound: nil, isShrunken: false, reason: nil)
    }

    mutating func dropTimings() { seconds = (0, 0, 0) }
}
