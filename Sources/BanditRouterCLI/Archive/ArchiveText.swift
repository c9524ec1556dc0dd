import DecisionStore
import Foundation
import OffPolicy
import RoutingEngine

/// What stands in an exported line beside the decision log's own fields: `record`, from which the log's entries can be made again, and on
/// the first lines `store`, what belongs to no decision.
enum ArchiveText {
    /// What the first lines carry.
    struct Head {
        var storeID: String
        var asOf: Int64
        var quarantines: [ArchivedQuarantine]
        var base: ArchivedBase?

        /// Bytes of the base in one line; a line has a mebibyte at the most.
        static let partBytes = 384 * 1024

        /// Lines that it takes.
        var lines: Int { max(1, ((base?.state.count ?? 0) + Self.partBytes - 1) / Self.partBytes) }
    }

    /// The further members of a line.
    ///
    /// - Parameter index: of the line, from 0.
    static func members(of archived: ArchivedDecision, head: Head, index: Int) -> [UInt8] {
        var json = CompactJSON()
        if index < head.lines { store(head, index, &json) }
        json.object("record") { record(archived, &$0) }
        return json.bytes
    }

    private static func store(_ head: Head, _ index: Int, _ json: inout CompactJSON) {
        json.object("store") { json in
            if index == 0 {
                json.member("id", head.storeID)
                json.member("as_of", head.asOf)
                json.list("quarantines", head.quarantines) { quarantine, json in
                    json.member("seq", quarantine.sequence)
                    json.member("key_id", quarantine.keyID)
                    json.member("time_us", quarantine.time)
                }
            }
            guard let base = head.base else { return }
            json.object("base") { json in
                json.member("part", index)
                json.member("parts", head.lines)
                if index == 0 {
                    json.member("seq", base.sequence)
                    json.member("time_us", base.time)
                    json.member("fingerprint", base.fingerprint)
                }
                let start = index * Head.partBytes
                let bytes = base.state[start..<min(base.state.count, start + Head.partBytes)]
                json.member("state", Data(bytes).base64EncodedString())
            }
        }
    }

    private static func record(_ archived: ArchivedDecision, _ json: inout CompactJSON) {
        let decision = archived.decision
        json.member("seq", archived.sequence)
        json.member("time_us", decision.time)
        json.member("policy", decision.policy)
        json.member("state_version", decision.stateVersion)
        json.member("state_time_us", decision.stateTime)
        json.list("excluded", decision.excluded) { exclusion, json in
            json.member("arm", exclusion.arm)
            json.member("reason", exclusion.reason.rawValue)
        }
        if decision.isDecideOnly { json.member("decide_only", true) }
        json.member("key_id", decision.keyID)
        json.member("key_group", decision.keyGroup)
        json.member("category_source", decision.categorySource)
        json.member("category_model", decision.categoryModel)
        json.member("reward_per_usd", decision.rewardPerUSD)
        if let prices = decision.shadowPrices {
            json.object("shadow_prices") { json in
                json.member("low", prices.low)
                json.member("high", prices.high)
                json.member("share_of_low", prices.shareOfLow)
            }
        }
        if let serving = archived.serving {
            json.object("serving") { json in
                json.member("seq", serving.sequence)
                json.member("arm", serving.arm)
                json.member("completion_id", serving.completionID)
            }
        }
        if let outcome = archived.outcome, let sequence = archived.outcomeSequence {
            json.object("outcome") { json in
                self.outcome(outcome, sequence, &json)
                if let reporter = archived.reporter {
                    json.member("reported_by", reporter)
                    json.member("report_counted", archived.reportCounted)
                }
            }
        }
        json.list("feedback", archived.revisions, revision)
        json.list("answers", archived.answers) { answer, json in
            json.member("key_id", answer.keyID)
            json.member("idempotency_key", answer.key)
            json.member("hash", answer.hash)
            json.member("expired", answer.isExpired)
            json.member("feedback", answer.feedback)
            json.member("received_us", answer.received)
        }
    }

    private static func outcome(_ outcome: Outcome, _ sequence: Int64, _ json: inout CompactJSON) {
        json.member("seq", sequence)
        json.member("time_us", outcome.time)
        json.member("status", outcome.status.rawValue)
        json.member("served_arm", outcome.servedArm)
        json.member("completion_id", outcome.completionID)
        json.list("attempts", outcome.attempts) { attempt, json in
            json.member("arm", attempt.arm)
            json.member("succeeded", attempt.succeeded)
            json.member("http_status", attempt.httpStatus)
            json.member("error", attempt.error)
            json.member("latency_ms", attempt.latencyMS)
            json.member("is_arm_fault", attempt.isArmFault)
            json.member("cost_nano_usd", attempt.cost)
        }
        json.member("latency_ms", outcome.latencyMS)
        json.member("first_byte_ms", outcome.firstByteMS)
        json.member("prompt_tokens", outcome.promptTokens)
        json.member("cached_prompt_tokens", outcome.cachedPromptTokens)
        json.member("completion_tokens", outcome.completionTokens)
        json.member("tokens_estimated", outcome.tokensEstimated)
        json.member("cost_nano_usd", outcome.cost)
    }

    private static func revision(_ revision: ArchivedDecision.Revision, _ json: inout CompactJSON) {
        json.member("seq", revision.sequence)
        json.member("metric", revision.metric)
        json.member("source", revision.source.rawValue)
        switch revision.value {
        case .boolean(let yes): json.member("value", yes)
        case .number(let number): json.member("value", number)
        case .retraction: json.null("value")
        }
        json.member("key_id", revision.keyID)
        json.member("counted", revision.counted)
        json.member("received_us", revision.received)
        json.member("observed_us", revision.observedAt)
        json.member("comment", revision.comment)
    }
}

extension OffPolicy.LoggedDecision {
    /// A line of the decision log from the store's word for it.
    init(_ logged: StoredDecision, session: String? = nil) {
        self.init(
            id: logged.id.description, arms: logged.arms, arm: logged.arm, probabilities: logged.probabilities,
            propensity: logged.propensity, reward: logged.reward)
        timeMicroseconds = logged.time
        route = logged.route
        category = logged.category
        kind = OffPolicy.LoggedDecision.Kind(rawValue: logged.kind.rawValue)!
        servedArm = logged.servedArm
        costUSD = logged.cost.map(\.usd)
        latencyMS = logged.latencyMS
        rewardTimeMicroseconds = logged.rewardTime
        self.session = session
    }
}
