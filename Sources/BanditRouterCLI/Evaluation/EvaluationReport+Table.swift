import Foundation
import OffPolicy

extension EvaluationReport {
    /// For people: one block a policy.
    func table(withTimings: Bool) -> String {
        let counts = log.counts
        var lines = Headline(self).sentences + warnings.map { "! \($0)" } + [""]
        lines.append(
            "\(counts.rows) rows, \(range.count) used (\(counts.sticky) sticky, \(counts.pinned) pinned, \(counts.withoutReward) without "
                + "reward, \(counts.skippedInvalid) invalid left out), \(log.names.arms.count) arms, "
                + "\(log.names.categories.count) categories"
                + (range.lowerBound > 0 ? "; \(range.lowerBound) used rows before them train" : ""))
        lines += log.notes.map { "! \($0)" }
        if log.silentRows.count > 0 { lines.append(silentRates.sentence) }
        for judgement in judgements {
            lines.append("")
            lines += block(judgement)
        }
        for comparison in comparisons {
            lines += ["", "\(comparison.policy) − \(comparison.baseline)"]
            lines += rows(comparison.estimates)
        }
        for outcome in gates {
            lines += [
                "",
                "gate \(outcome.gate.text): \(outcome.isShown ? "shown" : "NOT shown") by \(outcome.estimator) (\(outcome.reason))"
                    + (outcome.assumption.map { ", assuming \($0)" } ?? ""),
            ]
        }
        if withTimings {
            lines += [
                "",
                String(
                    format: "read %.3f s, estimates %.4f s, intervals %.4f s", seconds.read, seconds.estimate,
                    seconds.bootstrap),
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func block(_ judgement: Judgement) -> [String] {
        let found = judgement.diagnostics
        var head = "\(judgement.policy): \(found.verdict.rawValue)"
        head += String(
            format: found.meanWeight < 1e6
                ? "   effective n %.1f, largest weight %.4g, mean weight %.4f"
                : "   effective n %.1f, largest weight %.4g, mean weight %.4g", found.effectiveSampleSize,
            found.maximumWeight,
            found.meanWeight)
        if let mass = found.unsupportedMass { head += String(format: ", unsupported %.2f %%", mass * 100) }
        if let learning = judgement.learning {
            head += String(
                format: ", %.0f rows accepted on average of %d replays", learning.accepted, learning.replays.count)
        }
        var lines = [head] + found.reasons.map { "  ! \($0)" }
        lines += rows(judgement.estimates)
        if let effect = judgement.detectableEffect {
            lines.append(
                String(format: "  this log shows a difference from logged of %.4f or more (80 %% power)", effect))
        }
        for companion in judgement.companions {
            lines.append(
                String(
                    format: "  %@ %.5g [%.5g, %.5g], less logged %.5g [%.5g, %.5g], over %d decisions",
                    companion.quantity.rawValue, companion.value, companion.interval.low, companion.interval.high,
                    companion.difference, companion.differenceInterval.low, companion.differenceInterval.high,
                    companion.rows))
        }
        if let missing = judgement.missingFeedback {
            lines.append(
                String(
                    format:
                        "  %.1f %% of what it would choose has no reward: the value lies in [%.4f, %.4f] whatever they were",
                    missing.policyRate * 100, missing.bounds.low, missing.bounds.high))
        }
        return lines
    }

    private func rows(_ estimates: [Estimate]) -> [String] {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let header =
            "  " + padded("estimator", 14) + padded("value", 11) + padded("± se", 11) + padded("interval", 26) + "by"
        return [header]
            + estimates.map { estimate in
                func number(_ value: Double?) -> String { value.map { String(format: "%.5f", $0) } ?? "–" }
                let interval = estimate.interval.map { String(format: "[%.5f, %.5f]", $0.low, $0.high) } ?? "–"
                var line = "  " + padded(estimate.estimator, 14) + padded(number(estimate.value), 11)
                line += padded(number(estimate.standardError), 11) + padded(interval, 26) + estimate.method
                if let parameter = estimate.parameter {
                    line += String(format: "  %@ = %.4g", parameter.name, parameter.value)
                }
                if let caveat = estimate.caveat { line += "  (\(caveat))" }
                if let reason = estimate.reason, reason != estimate.caveat { line += "  (\(reason))" }
                return line
            }
    }

    /// One line an estimate.
    var csv: String {
        func field(_ text: String) -> String {
            text.contains(where: { ",\"\n\r".contains($0) })
                ? "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\"" : text
        }
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        var lines = [
            "policy,baseline,estimator,value,standard_error,low,high,interval_method,parameter,bias_bound,verdict,caveat,assumption,notes"
        ]
        func add(_ policy: String, _ baseline: String, _ estimates: [Estimate], _ verdict: String) {
            for estimate in estimates {
                lines.append(
                    [
                        field(policy), field(baseline), estimate.estimator, number(estimate.value),
                        number(estimate.standardError),
                        number(estimate.interval?.low), number(estimate.interval?.high), estimate.method,
                        number(estimate.parameter?.value), number(estimate.biasBound), verdict,
                        field(estimate.caveat ?? ""), call.missing.word ?? "", field(log.notes.joined(separator: " ")),
                    ].joined(separator: ","))
            }
        }
        for judgement in judgements {
            add(judgement.policy, "", judgement.estimates, judgement.diagnostics.verdict.rawValue)
        }
        for comparison in comparisons { add(comparison.policy, comparison.baseline, comparison.estimates, "") }
        return lines.joined(separator: "\n") + "\n"
    }
}
