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
    /// `[policy]`: the largest weight any arm could have had, where events are few or the interval of counts is asked for.
    private let countBounds: [Double?]

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
        countBounds = evaluations.map { evaluation in
            let isWanted =
                settings.intervals.contains(.gamma)
                || settings.mendsIntervals && evaluation.results.contains { $0.rare?.isFew == true }
            return isWanted ? evaluation.largestPossibleWeight : nil
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
        if let caveat = kind.caveat { return none(caveat) }
        switch method {
        case .normal, .bootstrap:
            if settings.mendsIntervals, estimate.rare?.isFew == true {
                let interval = countInterval(policy, result, confidence: settings.confidence)!
                return Answer(
                    method: .gamma, interval: interval.hull(Interval(low: value, high: value)).cut(to: possible),
                    biasBound: bound, absence: nil)
            }
            if kind.isShrunken, bound == nil {
                return none("the bias of \(kind.rawValue) is bounded only where the log has all probabilities")
            }
            guard let raw = spreadInterval(policy, result, method: method) else { return none(tooFew) }
            let widened = raw.widened(below: kind == .clippedIPS ? 0 : bound ?? 0, above: bound ?? 0)
            return Answer(
                method: kind == .adaptivelyWeighted ? .normal : method, interval: cut(widened), biasBound: bound,
                absence: nil)
        case .empiricalBernstein:
            guard kind == .ips || kind == .dr else { return none("empirical-bernstein is for ips and dr") }
            guard let largest = weightBounds[policy] else {
                return none("without all probabilities nothing bounds the weights")
            }
            guard let error = estimate.point.standardError else { return none(tooFew) }
            let units = evaluation.units
            let interval = Interval.empiricalBernstein(
                value: value, standardError: error, count: units.count,
                range: (kind == .ips ? largest : 2 * largest + 1) * units.weight, confidence: settings.confidence)
            return Answer(method: method, interval: interval, biasBound: nil, absence: nil)
        case .anytime:
            if settings.clustersBySession { return none(Self.noSequence) }
            guard let outcomes = Self.outcomes(evaluation, kind) else {
                return none(
                    kind == .dr
                        ? "anytime for dr needs all probabilities and a model of the past" : "anytime is for ips and dr"
                )
            }
            return Answer(
                method: method, interval: outcomes.interval(confidence: settings.confidence), biasBound: nil,
                absence: nil)
        case .gamma:
            guard let interval = countInterval(policy, result, confidence: settings.confidence) else {
                return none("gamma is for rewards")
            }
            return Answer(
                method: method, interval: interval.hull(Interval(low: value, high: value)).cut(to: possible),
                biasBound: bound, absence: nil)
        }
    }

    private static let noSequence =
        "anytime takes one row after another, and rows of a session depend on each other: not with --cluster session"
    private var tooFew: String { settings.clustersBySession ? "too few sessions" : "too few rows" }
    private var possible: ClosedRange<Double> { evaluations[0].log.metric.possible }

    private func cut(_ interval: Interval) -> Interval {
        settings.mendsIntervals ? interval.cut(to: possible) : interval
    }

    /// By the standard error or by the bootstrap, without bounds of the bias.
    private func spreadInterval(_ policy: Int, _ result: Int, method: IntervalMethod) -> Interval? {
        let estimate = evaluations[policy].results[result]
        let value = estimate.point.value!
        let clusters = evaluations[policy].clusters
        if method == .normal || estimate.specification.kind == .adaptivelyWeighted {
            return estimate.point.standardError.map {
                let half = MeanError.factor(confidence: settings.confidence, degrees: estimate.degrees) * $0
                return Interval(low: value - half, high: value + half)
            }
        }
        guard clusters.map({ $0.count > 1 }) ?? true else { return nil }
        return BayesianBootstrap.percentileInterval(replicates[policy][result], confidence: settings.confidence)?
            .spread(about: value, by: clusters?.count, degrees: estimate.degrees, confidence: settings.confidence)
    }

    /// The interval of counts of what an estimator counts; nil where it is not known.
    private func countInterval(_ policy: Int, _ result: Int, confidence: Double) -> Interval? {
        let evaluation = evaluations[policy]
        let kind = evaluation.results[result].specification.kind
        guard let rare = evaluation.results[result].rare, let bound = countBounds[policy] else { return nil }
        return rare.interval(
            largestWeight: kind == .replay ? 1 : bound, confidence: confidence,
            rowsPerCluster: evaluation.clusters.map { Double(evaluation.range.count) / Double(max(1, $0.count)) } ?? 1)
    }

    private static func outcomes(_ evaluation: PolicyEvaluation, _ kind: EstimatorKind) -> PseudoOutcomes? {
        switch kind {
        case .ips: PseudoOutcomes.inversePropensity(evaluation.stream)
        case .dr: PseudoOutcomes.doublyRobust(evaluation.stream)
        default: nil
        }
    }
}

extension PolicyEvaluation {
    /// How many independent numbers there are, and how many of the average one's rows the largest may hold.
    fileprivate var units: (count: Int, weight: Double) {
        guard let clusters, clusters.count > 1 else { return (range.count, 1) }
        var sizes = [Int](repeating: 0, count: clusters.count)
        for cluster in clusters.index { sizes[Int(cluster)] += 1 }
        return (clusters.count, Double(sizes.max()! * clusters.count) / Double(range.count))
    }
}

extension Interval {
    /// value ± quantile·SE.
    package static func around(_ value: Double, _ error: MeanError, confidence: Double) -> Interval {
        let half = error.halfWidth(confidence)
        return Interval(low: value - half, high: value + half)
    }

    /// A bootstrap's interval as wide as clusters need: √(G/(G − 1)) and Student's quantile instead of the normal one.
    package func spread(about value: Double, by clusters: Int?, degrees: Double?, confidence: Double)
        -> Interval
    {
        guard let clusters, let degrees else { return self }
        let g = Double(clusters)
        let factor =
            MeanError.factor(confidence: confidence, degrees: degrees)
            / MeanError.factor(confidence: confidence, degrees: nil) * (g / (g - 1)).squareRoot()
        return Interval(low: value - factor * (value - low), high: value + factor * (high - value))
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
        var error: MeanError?
        if let leftInfluence = left.influences(result), let rightInfluence = right.influences(result) {
            let influence = zip(leftInfluence, rightInfluence).map { $0 - $1 }
            error = MeanError(influence, clusters: left.clusters)
        }
        let answers = settings.intervals.map {
            differenceAnswer(policy, baseline, result, value: value, error: error, method: $0)
        }
        return Difference(value: value, standardError: error?.value ?? .nan, answers: answers)
    }

    private func differenceAnswer(
        _ policy: Int, _ baseline: Int, _ result: Int, value: Double, error: MeanError?, method: IntervalMethod
    ) -> Answer {
        let estimate = evaluations[policy].results[result]
        let kind = estimate.specification.kind
        func none(_ absence: String) -> Answer {
            Answer(method: method, interval: nil, biasBound: nil, absence: absence)
        }
        if let caveat = kind.caveat { return none(caveat) }
        switch method {
        case .normal, .bootstrap:
            if settings.mendsIntervals,
                estimate.rare?.isFew == true || evaluations[baseline].results[result].rare?.isFew == true,
                let interval = rareDifference(policy, baseline, result)
            {
                return Answer(method: .gamma, interval: interval, biasBound: nil, absence: nil)
            }
            var widening = (below: 0.0, above: 0.0)
            if kind.isShrunken {
                guard let own = biasBounds[policy][result], let other = biasBounds[baseline][result] else {
                    return none("no bound of the bias")
                }
                // Clipping only takes away.
                widening = kind == .clippedIPS ? (other, own) : (own + other, own + other)
            }
            guard let raw = spreadOfDifference(policy, baseline, result, value: value, error: error, method: method)
            else { return none(tooFew) }
            return Answer(
                method: method, interval: cutDifference(raw.widened(below: widening.below, above: widening.above)),
                biasBound: kind.isShrunken ? widening.above : nil, absence: nil)
        case .empiricalBernstein:
            guard kind == .ips || kind == .dr, let own = weightBounds[policy], let other = weightBounds[baseline],
                let error
            else { return none("empirical-bernstein is for ips and dr, with all probabilities") }
            let units = evaluations[policy].units
            let interval = Interval.empiricalBernstein(
                value: value, standardError: error.value, count: units.count,
                range: (kind == .ips ? own + other : 2 * (own + other + 1)) * units.weight,
                confidence: settings.confidence, cut: -1...1)
            return Answer(method: method, interval: interval, biasBound: nil, absence: nil)
        case .anytime:
            if settings.clustersBySession { return none(Self.noSequence) }
            guard let own = Self.outcomes(evaluations[policy], kind),
                let other = Self.outcomes(evaluations[baseline], kind)
            else {
                return none("anytime is for ips and dr")
            }
            let each = confidenceOfEach
            let (left, right) = (own.interval(confidence: each), other.interval(confidence: each))
            return Answer(method: method, interval: left.minus(right), biasBound: nil, absence: nil)
        case .gamma:
            guard let interval = rareDifference(policy, baseline, result) else { return none("gamma is for rewards") }
            return Answer(method: method, interval: interval, biasBound: nil, absence: nil)
        }
    }

    /// Both hold together with the confidence asked for.
    private var confidenceOfEach: Double { 1 - (1 - settings.confidence) / 2 }

    private func cutDifference(_ interval: Interval) -> Interval {
        let width = possible.upperBound - possible.lowerBound
        return settings.mendsIntervals ? interval.cut(to: -width...width) : interval
    }

    private func spreadOfDifference(
        _ policy: Int, _ baseline: Int, _ result: Int, value: Double, error: MeanError?, method: IntervalMethod
    ) -> Interval? {
        let clusters = evaluations[policy].clusters
        if method == .normal || evaluations[policy].results[result].specification.kind == .adaptivelyWeighted {
            return error.map { Interval.around(value, $0, confidence: settings.confidence) }
        }
        guard clusters.map({ $0.count > 1 }) ?? true else { return nil }
        let pairs = zip(replicates[policy][result], replicates[baseline][result]).map { $0 - $1 }
        return BayesianBootstrap.percentileInterval(pairs, confidence: settings.confidence)?
            .spread(about: value, by: clusters?.count, degrees: error?.degrees, confidence: settings.confidence)
    }

    /// What few events prove of each, one less the other: with hardly any event only the ends away from the usual reward count, so that
    /// nothing is shown to be better but "no worse by more than that".
    private func rareDifference(_ policy: Int, _ baseline: Int, _ result: Int) -> Interval? {
        func proven(_ policy: Int) -> Interval? {
            let estimate = evaluations[policy].results[result]
            guard let rare = estimate.rare else { return nil }
            if let interval = rare.isFew ? countInterval(policy, result, confidence: confidenceOfEach) : nil {
                return rare.proven(interval)
            }
            guard let value = estimate.point.value, let error = estimate.point.standardError else { return nil }
            let half = MeanError.factor(confidence: confidenceOfEach, degrees: estimate.degrees) * error
            return Interval(low: value - half, high: value + half)
        }
        guard let left = proven(policy), let right = proven(baseline) else { return nil }
        return cutDifference(left.minus(right))
    }
}

extension Interval {
    /// The differences of a number in one interval and a number in another.
    package func minus(_ other: Interval) -> Interval { Interval(low: low - other.high, high: high - other.low) }
}
