import Foundation
import OffPolicy

/// What a report comes to, in one sentence a policy: what it earns against what was logged, what it costs, whether the log can tell.
struct Headline {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    /// `[policy]`.
    var sentences: [String] { report.judgements.map(sentence) }

    private func sentence(_ judgement: EvaluationReport.Judgement) -> String {
        let name = "`\(judgement.policy)`"
        let found = judgement.diagnostics
        guard !judgement.isRefused, let estimate = judgement.headline, let value = estimate.value else {
            return "\(name): the log cannot tell. \(Self.first(found.reasons) ?? estimateAbsence(judgement))"
        }
        var clauses = ["\(name) \(earns) \(amount(clipped(value)))\(range(estimate.interval, amount))"]
        if judgement.policy != "logged", let difference = judgement.difference, let gap = difference.value {
            clauses[0] += ", " + against(gap, difference.interval)
        }
        clauses += judgement.companions.map { companion($0, isLogged: judgement.policy == "logged") }
        return clauses.joined(separator: "; ") + "; " + verdict(found)
    }

    private func verdict(_ found: Diagnostics) -> String {
        let condition = report.call.propensities == .logged ? "" : ", if arms were drawn at random with their shares"
        if found.verdict == .ok { return "the log can tell\(condition)." }
        return "the log hardly can\(condition): \(Self.first(found.reasons) ?? "see below.")"
    }

    /// The first sentence of the first reason.
    private static func first(_ reasons: [String]) -> String? {
        guard let reason = reasons.first else { return nil }
        return reason.firstRange(of: ". ").map { reason[..<$0.lowerBound] + "." } ?? reason
    }

    private func estimateAbsence(_ judgement: EvaluationReport.Judgement) -> String {
        judgement.estimates.first?.reason.map { "No estimate: \($0)." } ?? "Nothing was estimated."
    }

    private var earns: String {
        switch report.call.metric {
        case .reward: "earns"
        case .costUSD: "costs"
        case .latencyMS: "takes"
        case .utility: "is worth"
        }
    }

    /// An estimator may be outside of what a mean can be; what is said of it is not.
    private func clipped(_ value: Double) -> Double {
        let possible = report.log.metric.possible
        guard report.call.metric == .reward else { return value }
        return min(max(value, possible.lowerBound), possible.upperBound)
    }

    private func amount(_ value: Double) -> String {
        switch report.call.metric {
        case .reward, .utility: Self.number(value)
        case .costUSD: Self.dollars(1000 * value) + " per 1,000"
        case .latencyMS: Self.milliseconds(value)
        }
    }

    private func range(_ interval: Interval?, _ text: (Double) -> String) -> String {
        guard let interval else { return "" }
        return report.call.metric == .costUSD
            ? " [\(Self.dollars(1000 * interval.low)), \(Self.dollars(1000 * interval.high))]"
            : " [\(text(interval.low)), \(text(interval.high))]"
    }

    /// "0.11 less [0.05, 0.17] than `logged`": the words have the sign.
    private func against(_ gap: Double, _ interval: Interval?) -> String {
        let ends = [interval?.low, interval?.high].compactMap { $0 }
        if ends.count == 2, (ends + [gap]).allSatisfy({ abs($0) < Self.nothing }) { return "as much as `logged`" }
        let isLess = gap < 0
        let size = abs(gap)
        let signed = interval.map { isLess ? Interval(low: -$0.high, high: -$0.low) : $0 }
        let text =
            "\(amount(size)) \(isLess ? "less" : "more")\(range(signed, amount)) than `logged`"
        guard let signed else { return text }
        return signed.low > 0 ? text : "\(text), which chance may explain"
    }

    private func companion(_ found: Companion, isLogged: Bool) -> String {
        let isShown = found.differenceInterval.low > 0 || found.differenceInterval.high < 0
        switch found.quantity {
        case .costUSD:
            let text = "costs \(Self.dollars(1000 * found.value)) per 1,000"
            guard !isLogged else { return text }
            guard isShown else { return "\(text), about as much" }
            return "\(text), \(Self.dollars(1000 * abs(found.difference))) \(found.difference < 0 ? "less" : "more")"
        case .latencyMS:
            let text = "takes \(Self.milliseconds(found.value))"
            guard !isLogged else { return text }
            guard isShown else { return "\(text), about as long" }
            return "\(text), \(Self.milliseconds(abs(found.difference))) \(found.difference < 0 ? "less" : "more")"
        }
    }

    // MARK: Numbers

    /// What no figure shows.
    private static let nothing = 5e-6

    static func number(_ value: Double) -> String {
        let size = abs(value)
        return String(format: size > 0 && size < 0.01 ? "%.5f" : size < 10 ? "%.3f" : "%.1f", value)
    }

    static func dollars(_ value: Double) -> String {
        String(format: abs(value) > 0 && abs(value) < 0.1 ? "$%.4f" : "$%.2f", value).replacing("$-", with: "-$")
    }

    static func milliseconds(_ value: Double) -> String {
        abs(value) >= 10_000 ? String(format: "%.1f s", value / 1000) : String(format: "%.0f ms", value)
    }
}
