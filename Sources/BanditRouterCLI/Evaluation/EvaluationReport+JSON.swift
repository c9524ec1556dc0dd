import OffPolicy

extension EvaluationReport {
    /// The report of DESIGN §9; `timings` are the only figures that vary.
    func json(withTimings: Bool) -> JSONText {
        let headlines = Headline(self).sentences
        var fields: [(String, JSONText)] = [
            ("headlines", .array(headlines.map { .string($0) })),
            ("assumptions", .array([call.missing.word].compactMap { $0.map { .string($0) } })),
            ("warnings", .array(warnings.map { .string($0) })), ("log", logFields),
            ("policies", .array(zip(judgements, headlines).map(json))),
        ]
        if !comparisons.isEmpty { fields.append(("comparisons", .array(comparisons.map(json)))) }
        if !gates.isEmpty { fields.append(("gates", .array(gates.map(json)))) }
        if withTimings {
            fields.append(
                (
                    "timings",
                    .object([
                        ("read_s", .number(seconds.read)), ("estimate_s", .number(seconds.estimate)),
                        ("bootstrap_s", .number(seconds.bootstrap)),
                    ])
                ))
        }
        return .object(fields)
    }

    private var logFields: JSONText {
        let counts = log.counts
        var fields: [(String, JSONText)] = [
            ("rows", .integer(counts.rows)), ("rows_used", .integer(range.count)),
            ("rows_sticky", .integer(counts.sticky)),
            ("rows_pinned", .integer(counts.pinned)), ("rows_without_reward", .integer(counts.withoutReward)),
            ("skipped_invalid", .integer(counts.skippedInvalid)), ("arms", .array(log.names.arms.map { .string($0) })),
            ("categories", .array(log.names.categories.map { .string($0) })),
        ]
        if !log.notes.isEmpty { fields.append(("notes", .array(log.notes.map { .string($0) }))) }
        if range.lowerBound > 0 { fields.append(("rows_used_for_training", .integer(range.lowerBound))) }
        if call.metric != .reward {
            fields.append(("metric_range", .array([.number(log.metric.lowest), .number(log.metric.highest)])))
        }
        if call.settings.clustersBySession {
            let sessions = sessionCount ?? Clusters(log.rows, range: range).count
            fields.append(("sessions", .integer(sessions)))
        }
        if log.silentRows.count > 0 { fields.append(("silence", silenceFields)) }
        let tallies = log.tallies
        fields.append(
            (
                "calibration",
                .array(
                    tallies.indices.map { arm in
                        let tally = tallies[arm]
                        return .object([
                            ("arm", .string(log.names.arms[arm])), ("eligible", .integer(tally.eligibleRows)),
                            ("drawn", .integer(tally.draws)), ("without_reward", .integer(tally.withoutReward)),
                            ("expected_draws", tally.drawVariance > 0 ? .number(tally.expectedDraws) : .null),
                            ("z", .optional(tally.zScore)),
                        ])
                    })
            ))
        return .object(fields)
    }

    /// Who is silent how often.
    private var silenceFields: JSONText {
        func list(_ rates: [SilentRates.Rate], _ word: String) -> JSONText {
            .array(
                rates.map {
                    .object([
                        (word, .string($0.name)), ("decisions", .integer($0.draws)), ("silent", .integer($0.silent)),
                        ("rate", .number($0.share)),
                    ])
                })
        }
        return .object([
            ("rate", .number(silentRates.overall)), ("differs_by_arm", .bool(silentRates.differByArm)),
            ("differs_by_category", .bool(silentRates.differByCategory)), ("by_arm", list(silentRates.byArm, "arm")),
            ("by_category", list(silentRates.byCategory, "category")),
        ])
    }

    private func json(_ judgement: Judgement, _ headline: String) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("policy", .string(judgement.policy)), ("headline", .string(headline)),
            ("estimates", .array(judgement.estimates.map(json))),
        ]
        if let difference = judgement.difference { fields.append(("less_logged", json(difference))) }
        for companion in judgement.companions { fields.append((companion.quantity.rawValue, json(companion))) }
        if let learning = judgement.learning {
            fields.append(
                (
                    "learning",
                    .object([
                        ("accepted", .number(learning.accepted)), ("replays", .integer(learning.replays.count)),
                        ("weight_bound", .number(learning.weightBound)),
                    ])
                ))
        }
        let found = judgement.diagnostics
        var diagnostics: [(String, JSONText)] = [
            ("effective_sample_size", .number(found.effectiveSampleSize)), ("max_weight", .number(found.maximumWeight)),
            ("mean_weight", .number(found.meanWeight)), ("mean_weight_rated", .number(found.meanWeightOfRated)),
            ("events", .optional(found.events)),
            ("support_violations", found.supportViolations.map { .integer($0) } ?? .null),
            ("unsupported_mass", .optional(found.unsupportedMass)), ("verdict", .string(found.verdict.rawValue)),
            ("reasons", .array(found.reasons.map { .string($0) })),
            ("minimum_detectable_effect", .optional(judgement.detectableEffect)),
            ("dr_dm_gap_se", .optional(judgement.modelGap)),
        ]
        if found.supportViolations == nil {
            diagnostics.append(
                (
                    "unknown",
                    .string("the log has the propensity of the arm drawn only: support and bias cannot be checked")
                ))
        }
        if let missing = judgement.missingFeedback {
            diagnostics.append(
                (
                    "missing_feedback",
                    .object([
                        ("rate", .number(missing.rate)), ("policy_rate", .number(missing.policyRate)),
                        ("value_if_all_0", .number(missing.valueIfAllZero)),
                        ("value_if_all_1", .number(missing.valueIfAllOne)), ("bounds", Self.pair(missing.bounds)),
                    ])
                ))
        }
        fields.append(("diagnostics", .object(diagnostics)))
        return .object(fields)
    }

    private static func pair(_ interval: Interval) -> JSONText {
        .array([.optional(interval.low), .optional(interval.high)])
    }

    private func json(_ companion: Companion) -> JSONText {
        .object([
            ("value", .number(companion.value)), ("interval", Self.pair(companion.interval)),
            ("less_logged", .number(companion.difference)),
            ("less_logged_interval", Self.pair(companion.differenceInterval)), ("rows", .integer(companion.rows)),
        ])
    }

    private func json(_ estimate: Estimate) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("estimator", .string(estimate.estimator)), ("value", .optional(estimate.value)),
            ("standard_error", .optional(estimate.standardError)),
            ("interval", estimate.interval.map(Self.pair) ?? .null),
            ("interval_method", .string(estimate.method)),
        ]
        if let parameter = estimate.parameter {
            fields.append(("parameters", .object([(parameter.name, .number(parameter.value))])))
        }
        if estimate.isShrunken { fields.append(("bias_bound", .optional(estimate.biasBound))) }
        if let caveat = estimate.caveat { fields.append(("caveat", .string(caveat))) }
        if let reason = estimate.reason { fields.append(("reason", .string(reason))) }
        return .object(fields)
    }

    private func json(_ comparison: Comparison) -> JSONText {
        .object([
            ("policy", .string(comparison.policy)), ("baseline", .string(comparison.baseline)),
            ("differences", .array(comparison.estimates.map(json))),
        ])
    }

    private func json(_ outcome: Gate.Outcome) -> JSONText {
        .object([
            ("gate", .string(outcome.gate.text)), ("shown", .bool(outcome.isShown)),
            ("estimator", .string(outcome.estimator)),
            ("value", .optional(outcome.value)),
            ("interval", outcome.interval.map(Self.pair) ?? .null),
            ("assumption", outcome.assumption.map { .string($0) } ?? .null),
            ("breakdown_point", .optional(outcome.breakdownPoint)), ("reason", .string(outcome.reason)),
        ])
    }
}
