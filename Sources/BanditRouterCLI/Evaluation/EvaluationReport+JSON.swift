import OffPolicy

extension EvaluationReport {
    /// The report of DESIGN §9; `timings` are the only figures that vary.
    func json(withTimings: Bool) -> JSONText {
        var fields: [(String, JSONText)] = [("log", logFields), ("policies", .array(judgements.map(json)))]
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
        fields.append(
            (
                "calibration",
                .array(
                    log.tallies.indices.map { arm in
                        let tally = log.tallies[arm]
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

    private func json(_ judgement: Judgement) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("policy", .string(judgement.policy)), ("estimates", .array(judgement.estimates.map(json))),
        ]
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
            ("mean_weight", .number(found.meanWeight)),
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
                        ("rate", .number(missing.rate)), ("value_if_all_0", .number(missing.valueIfAllZero)),
                        ("value_if_all_1", .number(missing.valueIfAllOne)),
                    ])
                ))
        }
        fields.append(("diagnostics", .object(diagnostics)))
        return .object(fields)
    }

    private func json(_ estimate: Estimate) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("estimator", .string(estimate.estimator)), ("value", .optional(estimate.value)),
            ("standard_error", .optional(estimate.standardError)),
            ("interval", estimate.interval.map { .array([.optional($0.low), .optional($0.high)]) } ?? .null),
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
            ("interval", outcome.interval.map { .array([.number($0.low), .number($0.high)]) } ?? .null),
            ("reason", .string(outcome.reason)),
        ])
    }
}
