import BanditCore
import DecisionStore
import Foundation
import Gateway
import LogFiles
import QueryCategories
import RoutingEngine
import WireFormats

/// A past decision and why it fell out as it did, computed again from the log.
struct Explanation {
    let record: DecisionRecord
    /// nil where what had been learned by then is not to be had, or route or arms are gone; `reason` says which.
    let then: Recomputation?
    let reason: String
    /// From what is learned now; nil where route or arms are gone.
    let now: Recomputation?

    /// - Throws: where the store cannot be read, or has no such decision.
    init(_ id: DecisionID, configuration: RouterConfiguration) throws {
        let path = configuration.store.path
        let archive = try StoreArchive(path: path, options: configuration.storeOptions)
        guard let record = try archive.decision(id) else {
            throw CommandFailure.input("store \(path): no decision has the id \(id)")
        }
        self.record = record
        let catalogue = try configuration.catalogue(categories: configuration.categorizer().ids)
        let decision = record.decision
        let current = try archive.learnerState(asOf: .max) ?? LearnerState(halfLives: [:])
        now = Published(catalogue: catalogue, state: current, asOf: WallClock.now()).recompute(decision)
        guard decision.stateVersion >= 0 else {
            (then, reason) = (nil, "it was made by another store's router: what that had learned is not in this log")
            return
        }
        guard let state = try archive.learnerState(asOf: decision.stateVersion) else {
            (then, reason) = (nil, "the log of that time was deleted (privacy.retention)")
            return
        }
        then = Published(catalogue: catalogue, state: state, asOf: decision.stateTime).recompute(decision)
        reason = then == nil ? "its route or one of its arms is not in the configuration any more" : ""
    }

    /// Whether the log's word and the computation agree, as far as there is something to compare.
    var agrees: Bool {
        guard let then else { return true }
        if case .different = then.verdict { return false }
        return then.redrawn.map { $0 == record.decision.arm } ?? true
    }

    /// A client that names an arm excludes no other; where all were excluded, the last resort was asked.
    private var isLastResort: Bool { record.decision.kind == .pinned && !record.decision.excluded.isEmpty }

    /// One sentence on the comparison.
    var verdict: String {
        if isLastResort { return "no draw: no arm of the route could be asked" }
        guard let then else { return "not computed again: \(reason)" }
        switch then.verdict {
        case .equal:
            return then.redrawn == record.decision.arm
                ? "the logged probabilities are those computed again, bit for bit, and its generator draws the same arm"
                : "the logged probabilities are those computed again, but its generator draws \(then.redrawn ?? "no arm")"
        case .greedy: return "no draw: the arm of best expected utility (x-bandit-explore: off)"
        case .notDrawn:
            return record.decision.kind == .sticky
                ? "no draw: \(keptBy) kept its arm" : "no draw: the client named the arm"
        case .different(let distance):
            return
                "the probabilities computed again differ by up to \(distance): policy, arms, priors, prices or metrics of the "
                + "configuration are not those of then"
        }
    }

    /// What a sticky decision goes back to.
    private var keptBy: String {
        switch record.decision.sessionSource {
        case "conversation": "the conversation, known by its system prompt and first turn,"
        case "conversation_turns": "the conversation, known by what was said before,"
        case let source?: "the session named by \(source)"
        case nil: "the session"
        }
    }

    // MARK: For people

    var text: String {
        let decision = record.decision
        let category = decision.categorySource + (decision.categoryFeatures.map { " by \($0)" } ?? "")
        var lines = [
            "decision  \(decision.id)  \(RFC3339.text(microseconds: decision.time))",
            "route     \(decision.route), category \(decision.category) (\(category)), \(decision.kind.rawValue), "
                + "policy \(decision.policy)",
            "state     log entry \(decision.stateVersion), read as of \(RFC3339.text(microseconds: decision.stateTime))",
        ]
        if let price = decision.rewardPerUSD, price > 0 {
            let budget =
                decision.shadowPrices.map { " (budget: \(Self.price($0.low)) to \(Self.price($0.high)))" } ?? ""
            lines.append("price     \(Self.price(price)) a point of quality\(budget)")
        }
        lines += ["", TextTable.aligned(table)]
        if !decision.excluded.isEmpty {
            lines.append("")
            for exclusion in decision.excluded {
                lines.append("excluded  \(exclusion.arm): \(exclusion.reason.rawValue)")
            }
        }
        lines += ["", chosen, "check     \(verdict)"]
        lines.append("served    \(record.servedArm ?? "none")")
        if let outcome = record.outcome {
            let cost = outcome.cost.map { ", \(Self.dollars($0.usd))" } ?? ""
            let latency = outcome.latencyMS.map { ", \(Self.short($0)) ms" } ?? ""
            lines.append("outcome   \(outcome.status.rawValue)\(latency)\(cost)")
            for attempt in outcome.attempts {
                let status = attempt.httpStatus.map { " \($0)" } ?? ""
                lines.append(
                    "attempt   \(attempt.arm): \(attempt.succeeded ? "ok" : attempt.error ?? "failed")\(status), "
                        + "\(Self.short(attempt.latencyMS)) ms")
            }
        } else {
            lines.append("outcome   pending")
        }
        for feedback in record.feedback {
            lines.append(
                "feedback  \(feedback.metric) = \(Self.value(feedback.value)) (\(feedback.source.rawValue))"
                    + (feedback.counts ? "" : ", does not count"))
        }
        lines.append("reward    \(record.reward.map { "\($0)" } ?? "none")")
        return lines.joined(separator: "\n")
    }

    private var chosen: String {
        switch record.decision.kind {
        case .fresh: "drawn     \(record.decision.arm) with probability \(record.decision.propensity)"
        case .sticky: "kept      \(record.decision.arm), as the session had it"
        case .pinned: "\(isLastResort ? "resort" : "named ")    \(record.decision.arm)"
        }
    }

    private var table: [[String]] {
        let decision = record.decision
        var rows = [
            [
                "arm", "logged", "computed", "mean then", "95 % then", "n then", "mean now", "95 % now", "n now",
                "cost USD",
            ]
        ]
        for (index, arm) in decision.arms.enumerated() {
            let (mean, interval, n) = Self.posterior(then, index)
            let (meanNow, intervalNow, nNow) = Self.posterior(now, index)
            let cost = (then ?? now).map { $0.state.expectedCostUSD[$0.positions[index]] } ?? .nan
            rows.append([
                arm, String(format: "%.6f", decision.probabilities[index]),
                then.map { String(format: "%.6f", $0.probabilities[index]) } ?? "–", mean, interval, n, meanNow,
                intervalNow, nNow, cost.isNaN ? "–" : Self.dollars(cost),
            ])
        }
        return rows
    }

    private static func posterior(_ side: Recomputation?, _ index: Int) -> (String, String, String) {
        guard let side else { return ("–", "–", "–") }
        let state = side.state
        let position = side.positions[index]
        let interval = state.interval(position)
        return (
            String(format: "%.3f", state.mean(position)),
            String(format: "%.3f…%.3f", interval.lower, interval.upper), String(format: "%.1f", state.count[position])
        )
    }

    private static func short(_ value: Double) -> String { String(format: "%.1f", value) }
    private static func dollars(_ value: Double) -> String { String(format: "%.6f", value) }
    private static func price(_ rewardPerUSD: Double) -> String {
        rewardPerUSD > 0 ? "$\(String(format: "%.6g", 1 / rewardPerUSD))" : "free"
    }
    private static func value(_ value: FeedbackValue) -> String {
        switch value {
        case .boolean(let yes): "\(yes)"
        case .number(let number): "\(number)"
        case .retraction: "null"
        }
    }

    // MARK: For programs

    var json: JSONText {
        let decision = record.decision
        var fields: [(String, JSONText)] = [
            ("decision_id", .string(decision.id.description)),
            ("time", .string(RFC3339.text(microseconds: decision.time))), ("route", .string(decision.route)),
            ("category", .string(decision.category)), ("category_by", .string(decision.categorySource)),
            ("category_model", decision.categoryModel.map { .string($0) } ?? .null),
            ("category_features", decision.categoryFeatures.map { .string($0) } ?? .null),
            ("kind", .string(decision.kind.rawValue)),
            ("session_id", decision.sessionID.map { .string($0) } ?? .null),
            ("session_source", decision.sessionSource.map { .string($0) } ?? .null),
            ("policy", .string(decision.policy)),
            ("state_version", .integer(Int(decision.stateVersion))),
            ("state_time", .string(RFC3339.text(microseconds: decision.stateTime))),
            ("arm", .string(decision.arm)), ("propensity", .number(decision.propensity)),
            ("reward_per_usd", .optional(decision.rewardPerUSD)),
        ]
        fields.append(
            (
                "arms",
                .array(
                    decision.arms.indices.map { index in
                        .object([
                            ("arm", .string(decision.arms[index])),
                            ("probability", .number(decision.probabilities[index])),
                            ("recomputed", .optional(then?.probabilities[index])),
                            ("then", Self.posteriorJSON(then, index)), ("now", Self.posteriorJSON(now, index)),
                        ])
                    })
            ))
        fields.append(
            (
                "excluded",
                .array(
                    decision.excluded.map {
                        .object([("arm", .string($0.arm)), ("reason", .string($0.reason.rawValue))])
                    })
            ))
        fields.append(("redrawn", then?.redrawn.map { .string($0) } ?? .null))
        fields.append(("agrees", then == nil ? .null : .bool(agrees)))
        fields.append(("verdict", .string(verdict)))
        fields.append(("served_arm", record.servedArm.map { .string($0) } ?? .null))
        fields.append(("outcome", record.outcome.map { .string($0.status.rawValue) } ?? .string("pending")))
        fields.append(("cost_usd", .optional(record.outcome?.cost?.usd)))
        fields.append(("reward", .optional(record.reward)))
        return .object(fields)
    }

    private static func posteriorJSON(_ side: Recomputation?, _ index: Int) -> JSONText {
        guard let side else { return .null }
        let state = side.state
        let position = side.positions[index]
        let interval = state.interval(position)
        return .object([
            ("alpha", .number(state.alpha[position])), ("beta", .number(state.beta[position])),
            ("mean", .number(state.mean(position))),
            ("interval", .array([.number(interval.lower), .number(interval.upper)])),
            ("n", .number(state.count[position])), ("expected_cost_usd", .optional(state.expectedCostUSD[position])),
            ("utility", .number(state.meanUtility(position))),
        ])
    }
}
