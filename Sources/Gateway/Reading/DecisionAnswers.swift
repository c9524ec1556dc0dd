import DecisionStore
import RoutingEngine
import WireFormats

/// A decision as `GET /v1/decisions/{id}` shows it: the names of the decision log, and the why.
enum DecisionAnswers {
    static func one(_ record: DecisionRecord) -> [UInt8] {
        var json = JSONBytes(capacity: 1024)
        write(record, to: &json)
        return json.bytes
    }

    static func list(_ records: [DecisionRecord]) -> [UInt8] { list(DecisionPage(records: records, next: nil)) }

    /// `next` is the id to ask on `before`; null where nothing older is left.
    static func list(_ page: DecisionPage) -> [UInt8] {
        let records = page.records
        var json = JSONBytes(capacity: 1024 * records.count + 64)
        json.object { json in
            json.member("object", "list")
            json.member("next", page.next?.description)
            json.key("data")
            json.array { json in for record in records { write(record, to: &json) } }
        }
        return json.bytes
    }

    /// What was said, as text.
    static func content(_ content: DecisionContent) -> [UInt8] {
        var json = JSONBytes(capacity: 1024)
        json.object { json in
            json.member("decision_id", content.decisionID.description)
            json.member("request", content.request.map { String(decoding: $0, as: UTF8.self) })
            json.member("answer", content.answer.map { String(decoding: $0, as: UTF8.self) })
        }
        return json.bytes
    }

    private static func write(_ record: DecisionRecord, to json: inout JSONBytes) {
        let decision = record.decision
        json.object { json in
            json.member("decision_id", decision.id.description)
            json.member("time", RFC3339.exactText(microseconds: decision.time))
            json.member("route", decision.route)
            json.member("category", decision.category)
            json.member("category_by", decision.categorySource)
            json.member("category_model", decision.categoryModel)
            json.member("category_features", decision.categoryFeatures)
            json.member("kind", decision.kind.rawValue)
            json.member("policy", decision.policy)
            json.member("state_version", decision.stateVersion)
            json.member("arms", decision.arms)
            json.member("probabilities", decision.probabilities)
            json.member("arm", decision.arm)
            json.member("propensity", decision.propensity)
            json.member("reward_per_usd", decision.rewardPerUSD)
            json.member("served_arm", record.servedArm)
            json.member("reward", record.reward)
            json.member("completion_id", record.completionID)
            json.member("session_id", decision.sessionID)
            json.member("session_source", decision.sessionSource)
            json.member("key_id", decision.keyID)
            json.member("eligible", decision.arms)
            json.key("excluded")
            json.array { json in
                for exclusion in decision.excluded {
                    json.object {
                        $0.member("arm", exclusion.arm)
                        $0.member("reason", exclusion.reason.rawValue)
                    }
                }
            }
            json.key("attempts")
            json.array { json in
                for attempt in record.outcome?.attempts ?? [] { write(attempt, to: &json) }
            }
            json.key("outcome")
            write(record.outcome, to: &json)
            json.key("feedback")
            json.array { json in for entry in record.feedback { write(entry, to: &json) } }
        }
    }

    private static func write(_ attempt: Attempt, to json: inout JSONBytes) {
        json.object {
            $0.member("arm", attempt.arm)
            $0.member("status", attempt.succeeded ? "ok" : "error")
            $0.member("http_status", attempt.httpStatus)
            $0.member("error", attempt.error)
            $0.member("latency_ms", attempt.latencyMS)
            $0.member("cost_usd", attempt.cost?.usd)
        }
    }

    private static func write(_ outcome: Outcome?, to json: inout JSONBytes) {
        json.object {
            $0.member("status", outcome?.status.rawValue ?? "pending")
            $0.member("prompt_tokens", outcome?.promptTokens)
            $0.member("cached_prompt_tokens", outcome?.cachedPromptTokens)
            $0.member("completion_tokens", outcome?.completionTokens)
            $0.member("tokens_estimated", outcome?.tokensEstimated)
            $0.member("cost_usd", outcome?.cost?.usd)
            $0.member("latency_ms", outcome?.latencyMS)
            $0.member("first_byte_ms", outcome?.firstByteMS)
        }
    }

    private static func write(_ entry: DecisionRecord.Feedback, to json: inout JSONBytes) {
        json.object { json in
            json.member("feedback_id", entry.feedbackID)
            json.member("metric", entry.metric)
            json.member("source", entry.source.rawValue)
            json.key("value")
            switch entry.value {
            case .boolean(let yes): json.value(yes)
            case .number(let number): json.value(number)
            case .retraction: json.null()
            }
            json.member("comment", entry.comment)
            json.member("time", RFC3339.exactText(microseconds: entry.received))
            json.member("counts", entry.counts)
        }
    }
}
