import Foundation
import OffPolicy

/// Compares policies of one report: the interval of a difference, and whether a gate's claim is shown.
struct PolicyComparer {
    typealias Estimate = EvaluationReport.Estimate

    let call: EvaluationCall
    let log: DecisionLog
    let maker: IntervalMaker
    let evaluations: [PolicyEvaluation]
    /// `[policy]`: its place among the evaluations; nil for policies that learn on the way.
    let places: [Int?]
    let judgements: [EvaluationReport.Judgement]
    let check: PropensityCheck

    private var settings: EvaluationSettings { call.settings }

    // MARK: Differences

    /// The differences of one policy from another, by every estimator.
    func differences(_ policy: Int, _ baseline: Int) -> [Estimate] {
        let refused = [policy, baseline].filter { judgements[$0].isRefused && !call.printsRefused }.map {
            judgements[$0].policy
        }
        guard refused.isEmpty else {
            return settings.estimators.map {
                Self.nothing($0, "\(refused.joined(separator: " and ")) refused", settings)
            }
        }
        guard let left = places[policy], let right = places[baseline] else {
            return settings.estimators.indices.compactMap { learnedDifference(policy, baseline, $0) }
        }
        return settings.estimators.indices.flatMap { index -> [Estimate] in
            let specification = settings.estimators[index]
            guard let difference = maker.difference(policy: left, baseline: right, result: index) else {
                return [Self.nothing(specification, "one of the two has no estimate", settings)]
            }
            return difference.answers.map { answer in
                Estimate(
                    estimator: specification.kind.rawValue, value: log.metric.length(difference.value),
                    standardError: difference.standardError.isFinite
                        ? log.metric.length(difference.standardError) : nil,
                    interval: answer.interval.map(length), method: answer.method.rawValue, parameter: nil,
                    biasBound: answer.biasBound.map(log.metric.length), isShrunken: specification.kind.isShrunken,
                    reason: answer.absence)
            }
        }
    }

    private func length(_ interval: Interval) -> Interval {
        Interval(low: log.metric.length(interval.low), high: log.metric.length(interval.high))
    }

    private static func nothing(
        _ specification: EstimatorSpecification, _ reason: String, _ settings: EvaluationSettings
    ) -> Estimate {
        Estimate(
            estimator: specification.kind.rawValue, value: nil, standardError: nil, interval: nil,
            method: settings.intervals[0].rawValue, parameter: nil, biasBound: nil, isShrunken: false, reason: reason)
    }

    /// A learner's replays against another policy, rows paired; nil for estimators learners do not have.
    private func learnedDifference(_ policy: Int, _ baseline: Int, _ result: Int) -> Estimate? {
        let specification = settings.estimators[result]
        let kind = specification.kind
        guard kind == .dr || kind == .replay else { return nil }
        let (left, right) = (judgements[policy].learning?[kind], judgements[baseline].learning?[kind])
        guard let own = side(policy, result), let other = side(baseline, result) else {
            return Self.nothing(specification, "one of the two has no estimate", settings)
        }
        let found: (value: Double, standardError: Double, interval: Interval)?
        if let left {
            found = left.difference(
                from: (other.value, other.influence, right), confidence: settings.confidence)
        } else {
            found = right?.difference(from: (own.value, own.influence, nil), confidence: settings.confidence).map {
                (-$0.value, $0.standardError, Interval(low: -$0.interval.high, high: -$0.interval.low))
            }
        }
        guard let found else { return Self.nothing(specification, "one replay has no spread", settings) }
        var interval = found.interval
        if let few = rareDifference(policy, baseline, kind) { interval = interval.hull(few) }
        return Estimate(
            estimator: kind.rawValue, value: log.metric.length(found.value),
            standardError: log.metric.length(found.standardError), interval: length(interval),
            method: IntervalMethod.normal.rawValue, parameter: nil, biasBound: nil, isShrunken: false, reason: nil)
    }

    private func side(_ policy: Int, _ result: Int) -> (value: Double, influence: [Double])? {
        if let estimate = judgements[policy].learning?[settings.estimators[result].kind] {
            return estimate.value.map { ($0, estimate.influence) }
        }
        guard let place = places[policy], let value = evaluations[place].results[result].point.value,
            let influence = evaluations[place].influences(result)
        else { return nil }
        return (value, influence)
    }

    /// What few events prove of two policies; nil where both have many.
    private func rareDifference(_ policy: Int, _ baseline: Int, _ kind: EstimatorKind) -> Interval? {
        let confidence = 1 - (1 - settings.confidence) / 2
        func proven(_ index: Int) -> (interval: Interval, isFew: Bool)? {
            if let learning = judgements[index].learning {
                guard let rare = learning.rare, let estimate = learning[kind],
                    let interval = learning.interval(estimate, confidence: confidence)
                else { return nil }
                return (rare.proven(interval), rare.isFew)
            }
            guard let place = places[index] else { return nil }
            let weights = evaluations[place].weights
            let rare = RareEvents(weights: weights.values, rewards: Array(log.rows.reward[evaluations[place].range]))
            return (
                rare.proven(
                    rare.interval(largestWeight: evaluations[place].largestPossibleWeight, confidence: confidence)),
                rare.isFew
            )
        }
        guard log.metric == MetricRange(), let left = proven(policy), let right = proven(baseline),
            left.isFew || right.isFew
        else { return nil }
        return left.interval.minus(right.interval)
    }

    // MARK: Gates

    /// dr where it is estimated, else the first estimator with intervals, else the first.
    private var gateEstimator: EstimatorKind {
        let kinds = settings.estimators.map(\.kind)
        return kinds.contains(.dr) ? .dr : kinds.first { $0.caveat == nil } ?? kinds[0]
    }

    /// Whether a claim is shown: by the interval of those who answered, and by bounds that hold whatever the silent think unless that they
    /// are like the others is assumed.
    func judge(_ gate: Gate) -> Gate.Outcome {
        let kind = gateEstimator
        var outcome = Gate.Outcome(gate: gate, estimator: kind.rawValue, assumption: call.missing.word)
        func refuse(_ reason: String) -> Gate.Outcome {
            outcome.reason = reason
            return outcome
        }
        if let caveat = kind.caveat { return refuse("\(kind.rawValue) shows nothing, \(caveat); ask for dr as well") }
        let sides = gate.policies.map { policy in judgements.firstIndex { $0.policy == policy.name }! }
        if let refused = sides.first(where: { judgements[$0].isRefused }) {
            return refuse("\(judgements[refused].policy) is refused")
        }
        if let doubt = doubt(of: sides) { return refuse(doubt) }
        let all = sides.count == 2 ? differences(sides[0], sides[1]) : judgements[sides[0]].estimates
        let own = all.filter { $0.estimator == kind.rawValue }
        guard let found = own.first(where: { $0.interval != nil }) ?? own.first else {
            return refuse("there is no estimate by \(kind.rawValue)")
        }
        outcome.value = found.value
        guard var interval = found.interval else { return refuse(found.reason ?? "there is no interval") }
        if sides.count == 1, let rare = judgements[sides[0]].rare { interval = rare.proven(interval) }
        outcome.decide(by: interval)
        return silenced(outcome, sides, interval)
    }

    /// What the intervals of these policies leave out, so that their ends prove nothing.
    private func doubt(of sides: [Int]) -> String? {
        if let doubt = Gate.doubt(log, check, of: sides.map { judgements[$0].policy }) { return doubt }
        guard !settings.clustersBySession, let range = evaluations.first?.range else { return nil }
        if let found = LogWarnings.widening(log, range: range), found.factor > LogWarnings.tolerableWidening {
            return
                "counted by session (--cluster session) the error is \(Diagnostics.short(found.factor)) times as large"
        }
        return nil
    }

    private func silenced(_ outcome: Gate.Outcome, _ sides: [Int], _ interval: Interval) -> Gate.Outcome {
        var outcome = outcome
        guard log.metric == MetricRange(), log.silentRange(beside: evaluations.first?.range ?? 0..<0).count > 0 else {
            return outcome
        }
        func deny(_ reason: String) -> Gate.Outcome {
            outcome.isShown = false
            outcome.reason = reason
            return outcome
        }
        let missing = sides.map { judgements[$0].missingFeedback }
        let weights = sides.compactMap { judgements[$0].freshWeights }
        if let one = missing.compactMap({ $0 }).first(where: \.isOneValued) {
            return deny(
                "every reward given is the same, and \(Diagnostics.percent(one.rate)) of the decisions are silent: those who answer are "
                    + "not those who do not")
        }
        guard !call.missing.isAssumed else { return outcome }
        guard weights.count == sides.count, !missing.contains(where: { $0 == nil }) else {
            return deny("nothing is known of this policy on the decisions nobody rated")
        }
        let bounds =
            sides.count == 1
            ? missing[0]!.bounds
            : MissingFeedback.difference(
                weights[0], weights[1], confidence: settings.confidence, clustered: settings.clustersBySession)
        let wasShown = outcome.isShown
        outcome.decide(by: interval.hull(bounds))
        outcome.reason += ", whatever the silent think"
        guard wasShown, !outcome.isShown else { return outcome }
        let point = MissingFeedback.breakdownPoint(
            lowOfClaim: outcome.gate.margin(of: interval), shares: missing.map { $0!.policyRate })
        outcome.breakdownPoint = point
        outcome.reason +=
            "; those who answered show it, and it falls where the silent are less content by \(Diagnostics.short(point)) on average "
            + "(--missing at-random takes for granted that they are not)"
        return outcome
    }
}

extension LearningEvaluation {
    /// A learner's estimate of that kind, if it has one.
    subscript(kind: EstimatorKind) -> LearningEstimate? {
        switch kind {
        case .replay: replayEstimate
        case .dr: doublyRobustEstimate
        default: nil
        }
    }
}
