import ArgumentParser
import LogFiles
import OffPolicy

/// Adds up the parts of an evaluation: the report that one process would have written, but for the noise of models that saw only their own
/// part's past.
struct PartsMerger {
    private let parts: [EvaluationPart]
    private let call: EvaluationCall
    private let log: DecisionLog
    private let check: PropensityCheck
    private let rowsUsed: Int
    /// `[policy][series]`.
    private let sums: [[BlockSums]]
    /// `[policy][series]`, over all parts; empty without a bootstrap.
    private let replicates: [[[Double]]]

    /// As the command line has it, where the last part is n/n.
    private static func name(_ index: Int, of count: Int) -> String { "\(index == 0 ? count : index)/\(count)" }

    /// Refuses parts of different calls, parts that are there twice and parts that are missing.
    init(_ files: [(path: String, part: EvaluationPart)]) throws(CommandFailure) {
        guard let first = files.first else { throw .usage("no parts") }
        var origin: [Int: String] = [:]
        for (path, part) in files {
            guard part.arguments == first.part.arguments, part.count == first.part.count else {
                throw .input("\(path): call: is a part of another evaluation than \(first.path)")
            }
            guard Self.shape(part) == Self.shape(first.part) else {
                throw .input("\(path): policies: other policies or estimators than those of \(first.path)")
            }
            if let other = origin.updateValue(path, forKey: part.index) {
                throw .input("\(path): part: \(Self.name(part.index, of: part.count)) is \(other), too")
            }
        }
        for index in 0..<first.part.count where origin[index] == nil {
            throw .input("\(first.path): part: \(Self.name(index, of: first.part.count)) is in none of the files")
        }
        // In the order of the parts, so that the order of the arguments says nothing.
        parts = files.map(\.part).sorted { $0.index < $1.index }
        do { call = try EvaluationOptions.parse(["parts"] + first.part.arguments).call(isLearning: false) } catch {
            throw .input("\(first.path): call: \(error)")
        }
        var log = DecisionLog()
        var squares: [PropensityCheck.Squares]?
        Self.join(parts, call, &log, &squares)
        self.log = log
        check = PropensityCheck(log.cells, squares: squares)
        rowsUsed = parts.reduce(0) { $0 + $1.rowsUsed }
        let isClustered = call.settings.clustersBySession
        let sums = parts[0].policies.indices.map { [parts] policy in
            parts[0].policies[policy].series.indices.map { series in
                BlockSums(
                    EstimatorKind(rawValue: parts[0].policies[policy].series[series].kind)!,
                    sums: parts.flatMap { $0.policies[policy].series[series].sums }, isClustered: isClustered)
            }
        }
        self.sums = sums
        guard call.settings.intervals.contains(.bootstrap) else {
            replicates = []
            return
        }
        var all = BayesianBootstrap.replicates(
            sums.flatMap { $0.map(\.statistic) }, count: call.settings.bootstrapReplicates, seed: call.settings.seed)[
                ...]
        replicates = sums.map { $0.map { _ in all.removeFirst() } }
    }

    private static func shape(_ part: EvaluationPart) -> [String] {
        part.policies.flatMap { [$0.name] + $0.series.filter { EstimatorKind(rawValue: $0.kind) != nil }.map(\.kind) }
    }

    /// The log as far as reports speak of it: counts, names, tallies.
    private static func join(
        _ parts: [EvaluationPart], _ call: EvaluationCall, _ log: inout DecisionLog,
        _ squares: inout [PropensityCheck.Squares]?
    ) {
        var arms: [String: Int] = [:]
        var categories: [String: Int] = [:]
        for cell in parts.flatMap(\.cells) {
            if arms[cell.arm] == nil {
                arms[cell.arm] = arms.count
                log.names.arms.append(cell.arm)
            }
            if categories[cell.category] == nil {
                categories[cell.category] = categories.count
                log.names.categories.append(cell.category)
            }
        }
        log.cells = [[ArmTally]](
            repeating: [ArmTally](repeating: ArmTally(), count: arms.count), count: categories.count)
        if call.settings.clustersBySession {
            squares = [PropensityCheck.Squares](
                repeating: PropensityCheck.Squares(), count: arms.count * categories.count)
        }
        for cell in parts.flatMap(\.cells) {
            let (category, arm) = (categories[cell.category]!, arms[cell.arm]!)
            log.cells[category][arm] += cell.tally
            if let own = cell.squares { squares?[category * arms.count + arm] += own }
        }
        for part in parts {
            log.counts.rows += part.counts.rows
            log.counts.sticky += part.counts.sticky
            log.counts.pinned += part.counts.pinned
            log.counts.withoutReward += part.counts.withoutReward
            log.counts.silentCounted += part.counts.silentCounted
            // Of one log every part has seen every line.
            log.counts.skippedInvalid = max(log.counts.skippedInvalid, part.counts.skippedInvalid)
            for note in part.notes where !log.notes.contains(note) { log.notes.append(note) }
        }
        if call.metric != .reward { log.metric.possible = 0...(.infinity) }
    }

    // MARK: The report

    func report() -> EvaluationReport {
        var report = EvaluationReport(call: call, log: log, range: 0..<rowsUsed)
        report.warn(
            "The log was judged in \(parts.count) parts: models of the past have seen the rows of their own part, and dm and the costs beside "
                + "rewards are left out (--metric cost_usd has them).")
        if call.settings.clustersBySession { report.sessionCount = parts.reduce(0) { $0 + ($1.clusters ?? 0) } }
        let widening = parts.compactMap { part in part.widening.map { ($0, part.sessions ?? 0) } }
        if let most = widening.map(\.0).max() {
            report.warn(
                "The rows are of \(widening.reduce(0) { $0 + $1.1 }) sessions, and every interval takes them as independent; counted by session "
                    + "(--cluster session) the error of the mean is up to \(Diagnostics.short(most)) times as large.")
        }
        var judgements = sums.indices.map { judgement($0, widening: widening.map(\.0).max()) }
        var comparisons: [EvaluationReport.Comparison] = []
        if let baseline = call.comparedWith, let base = judgements.firstIndex(where: { $0.policy == baseline.name }) {
            for index in judgements.indices where index != base {
                comparisons.append(
                    EvaluationReport.Comparison(
                        policy: judgements[index].policy, baseline: baseline.name,
                        estimates: differences(index, base, judgements)))
            }
        }
        if let base = judgements.firstIndex(where: { $0.policy == "logged" }), !judgements[base].isRefused {
            for index in judgements.indices where index != base && !judgements[index].isRefused {
                judgements[index].difference = EvaluationReport.Judgement.headline(differences(index, base, judgements))
            }
        }
        let gates = call.gates.map { judge($0, judgements) }
        report.take(judgements, comparisons, gates)
        return report
    }

    private var isOfRewards: Bool { call.metric == .reward }

    private func judgement(_ policy: Int, widening: Double?) -> EvaluationReport.Judgement {
        let own = parts.map { $0.policies[policy] }
        let n = Double(rowsUsed)
        let heaviest = own.max { $0.largestWeight < $1.largestWeight }!
        var evidence = Diagnostics.Evidence(
            ImportanceWeights(
                count: rowsUsed, sum: own.reduce(0) { $0 + $1.weight },
                sumOfSquares: own.reduce(0) { $0 + $1.weightSquares }, largest: heaviest.largestWeight))
        evidence.missingMass = own.reduce(0) { $0 + $1.missingMass } / n
        if own.allSatisfy({ $0.supportViolations != nil }) {
            var support = SupportScan()
            support.violations = own.reduce(0) { $0 + $1.supportViolations! }
            support.unsupportedMass = own.reduce(0) { $0 + $1.unsupportedMass } / n
            evidence.support = support
        }
        (evidence.meanWeight, evidence.meanWeightError) = PolicyPart.Mean.joined(own.map(\.meanWeight))
        evidence.propensities = check.verdict
        evidence.propensitySentence = check.sentence(log.names)
        evidence.rare = isOfRewards ? RareEvents(own.reduce(RareEvents.Sums()) { $0 + ($1.rare ?? .init()) }) : nil
        if let line = heaviest.heaviestLine, let propensity = heaviest.heaviestPropensity {
            evidence.heaviest = (line, propensity)
        }
        evidence.isLogged = own[0].name == "logged"
        evidence.clusters = call.settings.clustersBySession ? parts.reduce(0) { $0 + ($1.clusters ?? 0) } : nil
        var judgement = EvaluationReport.Judgement(policy: own[0].name, diagnostics: Diagnostics(evidence))
        judgement.rare = evidence.rare
        judgement.estimates = sums[policy].indices.flatMap { estimates(policy, $0, judgement) }
        noteSilence(&judgement, own)
        if let widening, widening > LogWarnings.tolerableWidening {
            judgement.diagnostics.doubt(
                "Rows of a session are alike and intervals take them as independent: --cluster session makes the error of the mean "
                    + "\(Diagnostics.short(widening)) times as large.")
        }
        return judgement
    }

    private func noteSilence(_ judgement: inout EvaluationReport.Judgement, _ own: [PolicyPart]) {
        guard isOfRewards, !judgement.isRefused || call.printsRefused else { return }
        if own.contains(where: \.isSilenceUnknown) {
            judgement.diagnostics.doubt("Nothing is known of this policy on the decisions nobody rated.")
        }
        let silences = own.compactMap(\.silence)
        guard !silences.isEmpty else { return }
        // Parts where everybody answered have nothing to hide, and are known by their mean.
        let total = own.reduce(0) { $0 + $1.meanWeight.weight * $1.meanWeight.value }
        func end(_ path: KeyPath<PolicyPart.Silence, PolicyPart.Mean>) -> (value: Double, error: Double) {
            PolicyPart.Mean.joined(
                own.map { part in
                    part.silence?[keyPath: path] ?? part.ratedMean
                })
        }
        let missing = MissingFeedback(
            silent: silences.reduce(0) { $0 + $1.silent }, fresh: silences.reduce(0) { $0 + $1.fresh },
            policyRate: total > 0 ? silences.reduce(0) { $0 + $1.silentWeight } / total : 0,
            ifAllZero: end(\.ifAllZero), ifAllOne: end(\.ifAllOne),
            isOneValued: own.allSatisfy { $0.leastReward == own[0].leastReward && $0.mostReward == own[0].leastReward },
            confidence: call.settings.confidence)
        judgement.missingFeedback = missing
        let doubt = missing.doubt(
            interval: judgement.headline?.interval, rates: SilentRates(log), isAssumed: call.missing.isAssumed)
        if let doubt { judgement.diagnostics.doubt(doubt, isFirst: true) }
    }

    // MARK: Estimates

    private func bias(_ policy: Int, _ series: Int) -> Double? {
        let found = parts.compactMap { $0.policies[policy].series[series].bias }
        return found.count == parts.count ? found.reduce(0, +) / Double(rowsUsed) : nil
    }

    private func estimates(_ policy: Int, _ series: Int, _ judgement: EvaluationReport.Judgement)
        -> [EvaluationReport.Estimate]
    {
        let own = sums[policy][series]
        let isHidden = judgement.isRefused && !call.printsRefused
        let weights = parts.map { ($0.policies[policy].series[series].parameter, Double($0.rowsUsed)) }
        let parameter =
            weights[0].0 == nil ? nil : weights.reduce(0) { $0 + ($1.0 ?? 0) * $1.1 } / Double(rowsUsed)
        let error = own.error
        return call.settings.intervals.map { method in
            var found = interval(policy, series, error, method, judgement.rare)
            if isHidden { found = (nil, found.method, "refused") }
            return EvaluationReport.Estimate(
                estimator: own.kind.rawValue, value: isHidden ? nil : own.value,
                standardError: isHidden ? nil : error?.value, interval: found.interval, method: found.method.rawValue,
                parameter: parameter.map { (own.kind.parameterName ?? "parameter", $0) },
                biasBound: bias(policy, series),
                isShrunken: own.kind.isShrunken, reason: found.reason)
        }
    }

    private typealias Found = (interval: Interval?, method: IntervalMethod, reason: String?)

    private func interval(
        _ policy: Int, _ series: Int, _ error: MeanError?, _ method: IntervalMethod, _ rare: RareEvents?
    ) -> Found {
        let own = sums[policy][series]
        guard let value = own.value else { return (nil, method, "no row of the log carries weight under this policy") }
        guard let error else { return (nil, method, "too few rows") }
        if let rare, rare.isFew {
            if own.kind == .replay { return (nil, .gamma, "the events among the rows kept are not counted by parts") }
            return (count(policy, rare, call.settings.confidence).hull(Interval(low: value, high: value)), .gamma, nil)
        }
        let bound = bias(policy, series)
        if own.kind.isShrunken, bound == nil {
            return (nil, method, "the bias of \(own.kind.rawValue) is bounded only where the log has all probabilities")
        }
        let raw = spread(value, error, method, replicates.isEmpty ? [] : replicates[policy][series])
        let widened = raw.widened(below: own.kind == .clippedIPS ? 0 : bound ?? 0, above: bound ?? 0)
        return (widened.cut(to: log.metric.possible), method, nil)
    }

    private func spread(_ value: Double, _ error: MeanError, _ method: IntervalMethod, _ replicates: [Double])
        -> Interval
    {
        let confidence = call.settings.confidence
        guard method == .bootstrap,
            let found = BayesianBootstrap.percentileInterval(replicates, confidence: confidence)
        else { return .around(value, error, confidence: confidence) }
        return found.spread(about: value, by: sums[0][0].blocks.count, degrees: error.degrees, confidence: confidence)
    }

    private func count(_ policy: Int, _ rare: RareEvents, _ confidence: Double) -> Interval {
        let clusters = parts.reduce(0) { $0 + ($1.clusters ?? 0) }
        return rare.interval(
            largestWeight: parts.map { $0.policies[policy].largestPossibleWeight }.max()!, confidence: confidence,
            rowsPerCluster: clusters > 0 ? Double(rowsUsed) / Double(clusters) : 1
        ).cut(to: log.metric.possible)
    }

    // MARK: Differences

    private func differences(_ policy: Int, _ baseline: Int, _ judgements: [EvaluationReport.Judgement])
        -> [EvaluationReport.Estimate]
    {
        let isRefused = [policy, baseline].contains { judgements[$0].isRefused && !call.printsRefused }
        return sums[policy].indices.flatMap { series -> [EvaluationReport.Estimate] in
            let (left, right) = (sums[policy][series], sums[baseline][series])
            let error = left.errorOfDifference(from: right)
            let value = left.value.flatMap { own in right.value.map { own - $0 } }
            return call.settings.intervals.map { method in
                var found: Found = (nil, method, isRefused ? "refused" : "one of the two has no estimate")
                if !isRefused, let value, let error {
                    found = difference(policy, baseline, series, value, error, method, judgements)
                }
                return EvaluationReport.Estimate(
                    estimator: left.kind.rawValue, value: isRefused ? nil : value,
                    standardError: isRefused ? nil : error?.value, interval: found.interval,
                    method: found.method.rawValue, parameter: nil, biasBound: nil, isShrunken: left.kind.isShrunken,
                    reason: found.reason)
            }
        }
    }

    private func difference(
        _ policy: Int, _ baseline: Int, _ series: Int, _ value: Double, _ error: MeanError, _ method: IntervalMethod,
        _ judgements: [EvaluationReport.Judgement]
    ) -> Found {
        let kind = sums[policy][series].kind
        let width = log.metric.possible.upperBound
        let rare = [policy, baseline].map { judgements[$0].rare }
        if rare.contains(where: { $0?.isFew == true }) {
            // What few events prove of each, both with the confidence asked for.
            let each = 1 - (1 - call.settings.confidence) / 2
            let proven = zip([policy, baseline], rare).map { place, events -> Interval? in
                guard let events else { return nil }
                if events.isFew { return events.proven(count(place, events, each)) }
                guard let value = sums[place][series].value, let error = sums[place][series].error else { return nil }
                return .around(value, error, confidence: each)
            }
            guard let left = proven[0], let right = proven[1] else { return (nil, .gamma, "too few rows") }
            return (left.minus(right).cut(to: -width...width), .gamma, nil)
        }
        var widening = (below: 0.0, above: 0.0)
        if kind.isShrunken {
            guard let own = bias(policy, series), let other = bias(baseline, series) else {
                return (nil, method, "no bound of the bias")
            }
            // Clipping only takes away.
            widening = kind == .clippedIPS ? (other, own) : (own + other, own + other)
        }
        let pairs =
            replicates.isEmpty ? [] : zip(replicates[policy][series], replicates[baseline][series]).map { $0 - $1 }
        let raw = spread(value, error, method, pairs)
        return (raw.widened(below: widening.below, above: widening.above).cut(to: -width...width), method, nil)
    }

    // MARK: Gates

    private func judge(_ gate: Gate, _ judgements: [EvaluationReport.Judgement]) -> Gate.Outcome {
        let kinds = sums[0].map(\.kind)
        let kind = kinds.contains(.dr) ? EstimatorKind.dr : kinds[0]
        var outcome = Gate.Outcome(gate: gate, estimator: kind.rawValue, assumption: call.missing.word)
        let sides = gate.policies.compactMap { policy in judgements.firstIndex { $0.policy == policy.name } }
        guard sides.count == gate.policies.count else {
            outcome.reason = "the parts do not have its policies"
            return outcome
        }
        if let refused = sides.first(where: { judgements[$0].isRefused }) {
            outcome.reason = "\(judgements[refused].policy) is refused"
            return outcome
        }
        if let doubt = Gate.doubt(log, check, of: sides.map({ judgements[$0].policy })) {
            outcome.reason = doubt
            return outcome
        }
        let all = sides.count == 2 ? differences(sides[0], sides[1], judgements) : judgements[sides[0]].estimates
        guard let found = all.first(where: { $0.estimator == kind.rawValue && $0.interval != nil }),
            var interval = found.interval
        else { return outcome }
        outcome.value = found.value
        if sides.count == 1, let rare = judgements[sides[0]].rare { interval = rare.proven(interval) }
        outcome.decide(by: interval)
        let missing = sides.compactMap { judgements[$0].missingFeedback }
        guard !missing.isEmpty else { return outcome }
        if let one = missing.first(where: \.isOneValued) {
            outcome.isShown = false
            outcome.reason =
                "every reward given is the same, and \(Diagnostics.percent(one.rate)) of the decisions are silent: those who answer are "
                + "not those who do not"
            return outcome
        }
        guard !call.missing.isAssumed, missing.count == sides.count else {
            if !call.missing.isAssumed {
                outcome.isShown = false
                outcome.reason = "nothing is known of this policy on the decisions nobody rated"
            }
            return outcome
        }
        // Each by itself: wider than what holds for both, since they share every silent row.
        let bounds = sides.count == 1 ? missing[0].bounds : missing[0].bounds.minus(missing[1].bounds)
        outcome.decide(by: interval.hull(bounds))
        outcome.reason += ", whatever the silent think"
        return outcome
    }
}
