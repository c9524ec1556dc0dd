/// Makes the intervals of several policies judged on the same rows, and of their differences.
package struct IntervalMaker: Sendable {
    /// One interval, or why there is none.
    package struct Answer: Sendable {
        package let method: IntervalMethod
        package let interval: Interval?
        /// Largest bias the interval was widened by; nil for estimators without one.
        package let biasBound: Double?
        package let absence: String?
    }

    private let evaluations: [PolicyEvaluation]
    private let settings: EvaluationSettings
    /// `[policy][result]`; empty without a bootstrap.
    private let replicates: [[[Double]]]
    /// `[policy][result]`: the bound of a shrunken estimator's bias where the log tells it.
    private let biasBounds: [[Double?]]
    private let weightBounds: [Double?]

    /// All evaluations are of the same rows with the same settings.
    package init(_ evaluations: [PolicyEvaluation], settings: EvaluationSettings) {
        self.evaluations = evaluations
        self.settings = settings
        replicates = settings.intervals.contains(.bootstrap) ? Self.bootstrap(evaluations, settings) : []
        let widens = settings.intervals.contains(.bootstrap) || settings.intervals.contains(.normal)
        biasBounds = evaluations.map { widens ? Self.biasBounds($0) : $0.results.map { _ in nil } }
        weightBounds = evaluations.map {
            settings.intervals.contains(.empiricalBernstein)
                ? $0.scan(.weightBound, parameters: EstimatorParameters(defaultsFor: $0.weights))?.weightBound : nil
        }
    }

    private static func bootstrap(_ evaluations: [PolicyEvaluation], _ settings: EvaluationSettings) -> [[[Double]]] {
        let statistics = evaluations.flatMap { $0.results.compactMap(\.statistic) }
        var all = BayesianBootstrap.replicates(statistics, count: settings.bootstrapReplicates, seed: settings.seed)[
            ...]
        return evaluations.map { $0.results.map { $0.statistic == nil ? [] : all.removeFirst() } }
    }

    /// As few scans as the parameters asked for allow.
    private static func biasBounds(_ evaluation: PolicyEvaluation) -> [Double?] {
        var bounds = [Double?](repeating: nil, count: evaluation.results.count)
        var left = evaluation.results.indices.filter { evaluation.results[$0].specification.kind.isShrunken }
        while !left.isEmpty {
            var parameters = EstimatorParameters(defaultsFor: evaluation.weights)
            var taken: [EstimatorKind: Int] = [:]
            for index in left where taken[evaluation.results[index].specification.kind] == nil {
                let kind = evaluation.results[index].specification.kind
                taken[kind] = index
                parameters[kind] = evaluation.results[index].parameter
            }
            guard let scan = evaluation.scan(.biasBounds, parameters: parameters) else { break }
            for (kind, index) in taken { bounds[index] = scan.biasBounds[kind] }
            left.removeAll { taken.values.contains($0) }
        }
        return bounds
    }

    /// The intervals of one estimate, in the order of the methods asked for.
    package func answers(policy: Int, result: Int) -> [Answer] {
        settings.intervals.map { answer(policy: policy, result: result, method: $0) }
    }

    private func answer(policy: Int, result: Int, method: IntervalMethod) -> Answer {
        let evaluation = evaluations[policy]
        let estimate = evaluation.results[result]
        let kind = estimate.specification.kind
        let bound = biasBounds[policy][result]
        func none(_ absence: String) -> Answer {
            Answer(method: method, interval: nil, biasBound: bound, absence: absence)
        }
        guard let value = estimate.point.value else { return none(estimate.absence ?? "no estimate") }
        let confidence = settings.confidence
        switch method {
        case .normal, .bootstrap:
            if kind.isShrunken, bound == nil {
                return none("the bias of \(kind.rawValue) is bounded only where the log has all probabilities")
            }
            let raw: Interval?
            if method == .normal || kind == .adaptivelyWeighted {
                raw = estimate.point.standardError.map {
                    Interval.normal(value: value, standardError: $0, confidence: confidence)
                }
            } else {
                raw = BayesianBootstrap.percentileInterval(replicates[policy][result], confidence: confidence)
            }
            guard let raw else { return none("too few rows") }
            let widened = raw.widened(below: kind == .clippedIPS ? 0 : bound ?? 0, above: bound ?? 0)
            return Answer(
                method: kind == .adaptivelyWeighted ? .normal : method, interval: widened, biasBound: bound,
                absence: nil)
        case .empiricalBernstein:
            guard kind == .ips || kind == .dr else { return none("empirical-bernstein is for ips and dr") }
            guard let largest = weightBounds[policy] else {
                return none("without all probabilities nothing bounds the weights")
            }
            guard let error = estimate.point.standardError else { return none("too few rows") }
            let interval = Interval.empiricalBernstein(
                value: value, standardError: error, count: evaluation.range.count,
                range: kind == .ips ? largest : 2 * largest + 1,
                confidence: confidence)
            return Answer(method: method, interval: interval, biasBound: nil, absence: nil)
        case .anytime:
            guard let outcomes = Self.outcomes(evaluation, kind) else {
                return none(
                    kind == .dr
                        ? "anytime for dr needs all probabilities and a model of the past" : "anytime is for ips and dr"
                )
            }
            return Answer(
                method: method, interval: outcomes.interval(confidence: confidence), biasBound: nil, absence: nil)
        }
    }

    private static func outcomes(_ evaluation: PolicyEvaluation, _ kind: EstimatorKind) -> PseudoOutcomes? {
        switch kind {
        case .ips: PseudoOutcomes.inversePropensity(evaluation.stream)
        case .dr: PseudoOutcomes.doublyRobust(evaluation.stream)
        default: nil
        }
    }
}

// MARK: Differences

extension IntervalMaker {
    /// One policy's value less another's, by one estimator.
    package struct Difference: Sendable {
        package let value: Double
        package let standardError: Double
        package let answers: [Answer]
    }

    /// The difference of two policies by result `result`, rows paired; nil where either has no estimate.
    package func difference(policy: Int, baseline: Int, result: Int) -> Difference? {
        let (left, right) = (evaluations[policy], evaluations[baseline])
        guard let leftValue = left.results[result].point.value, let rightValue = right.results[result].point.value
        else { return nil }
        let value = leftValue - rightValue
        let error: Double
        if let leftInfluence = left.influences(result), let rightInfluence = right.influences(result) {
            var moments = Moments(shift: 0)
            leftInfluence.withUnsafeBufferPointer { leftInfluence in
                rightInfluence.withUnsafeBufferPointer { rightInfluence in
                    for row in leftInfluence.indices {
                        moments.add(leftInfluence[row] - rightInfluence[row])
                    }
                }
            }
            error = moments.standardError ?? .nan
        } else {
            let errors = (
                left.results[result].point.standardError ?? .nan, right.results[result].point.standardError ?? .nan
            )
            error = (errors.0 * errors.0 + errors.1 * errors.1).squareRoot()
        }
        let answers = settings.intervals.map {
            differenceAnswer(policy, baseline, result, value: value, error: error, method: $0)
        }
        return Difference(value: value, standardError: error, answers: answers)
    }

    private func differenceAnswer(
        _ policy: Int, _ baseline: Int, _ result: Int, value: Double, error: Double, method: IntervalMethod
    ) -> Answer {
        let kind = evaluations[policy].results[result].specification.kind
        let bounds = (biasBounds[policy][result], biasBounds[baseline][result])
        func none(_ absence: String) -> Answer {
            Answer(method: method, interval: nil, biasBound: nil, absence: absence)
        }
        switch method {
        case .normal, .bootstrap:
            var widening = (below: 0.0, above: 0.0)
            if kind.isShrunken {
                guard let own = bounds.0, let other = bounds.1 else { return none("no bound of the bias") }
                // Clipping only takes away.
                widening = kind == .clippedIPS ? (other, own) : (own + other, own + other)
            }
            let raw: Interval?
            if method == .normal || kind == .adaptivelyWeighted {
                raw =
                    error.isFinite
                    ? Interval.normal(value: value, standardError: error, confidence: settings.confidence) : nil
            } else {
                let pairs = zip(replicates[policy][result], replicates[baseline][result]).map { $0 - $1 }
                raw = BayesianBootstrap.percentileInterval(pairs, confidence: settings.confidence)
            }
            guard let raw else { return none("too few rows") }
            return Answer(
                method: method, interval: raw.widened(below: widening.below, above: widening.above),
                biasBound: kind.isShrunken ? widening.above : nil, absence: nil)
        case .empiricalBernstein:
            guard kind == .ips || kind == .dr, let own = weightBounds[policy], let other = weightBounds[baseline],
                error.isFinite
            else { return none("empirical-bernstein is for ips and dr, with all probabilities") }
            let interval = Interval.empiricalBernstein(
                value: value, standardError: error, count: evaluations[policy].range.count,
                range: kind == .ips ? own + other : 2 * (own + other + 1), confidence: settings.confidence, cut: -1...1)
            return Answer(method: method, interval: interval, biasBound: nil, absence: nil)
        case .anytime:
            guard let own = Self.outcomes(evaluations[policy], kind),
                let other = Self.outcomes(evaluations[baseline], kind)
            else {
                return none("anytime is for ips and dr")
            }
            // Both hold together with the confidence asked for.
            let each = 1 - (1 - settings.confidence) / 2
            let (left, right) = (own.interval(confidence: each), other.interval(confidence: each))
            return Answer(
                method: method, interval: Interval(low: left.low - right.high, high: left.high - right.low),
                biasBound: nil,
                absence: nil)
        }
    }
}
