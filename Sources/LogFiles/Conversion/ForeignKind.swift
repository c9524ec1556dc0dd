/// What an export is by the names its rows have: why it cannot be a log, or which kind reads it.
package enum ForeignKind {
    /// Why a row with these members can be no decision and no outcome; nil where it may be.
    package static func refusal(_ names: Set<String>) -> String? {
        if names.isSuperset(of: ["model_a", "model_b"]), names.contains("winner") || names.contains("winner_model_a") {
            return
                "these are votes between two answers (an arena): two models answered at once, so no row says what one model alone "
                + "earned, and there is no probability with which one was drawn. Wins can be ranked (Bradley–Terry), not judged here"
        }
        if names.isSuperset(of: ["chosen", "rejected"]) {
            return "these are preferences between two answers: no row says what one model alone earned"
        }
        if names.isSuperset(of: ["p_log", "p_pred", "r"]) {
            return
                "these are an estimator's inputs (p_log, r, p_pred, n): rows without the arm that was drawn, already weighed for one "
                + "policy. Convert the log they were made of (--from vw)"
        }
        let isSum = names.contains("num_model_requests") || names.contains("num_requests") || names.contains("requests")
        if names.contains("results") && names.contains("start_time") || isSum && !names.contains("request_id")
            || names.contains("object") && names.contains("results")
        {
            return
                "these are sums over many requests (usage by day or hour): what one decision earned and cost is not in them. "
                + "Export the requests themselves"
        }
        return nil
    }

    /// Kinds by members that their rows have.
    private static let signatures: [(kind: String, names: Set<String>)] = [
        ("litellm", ["request_id", "spend", "startTime"]), ("langfuse", ["trace_id", "provided_model_name"]),
        ("tensorzero", ["variant_name", "function_name"]), ("vw", ["_label_cost", "EventId"]),
        ("obd", ["item_id", "propensity_score"]), ("helicone", ["request_created_at", "request_model"]),
        ("openrouter", ["generation_id", "model_permaslug"]),
        ("routerbench", ["sample_id", "oracle_model_to_route_to"]),
        ("llmrouter", ["model_name", "performance"]), ("routerarena", ["global index", "prediction"]),
        ("lm-eval", ["doc_id", "filtered_resps"]), ("promptfoo", ["testIdx", "promptIdx"]),
        ("helm", ["instance_id", "stats"]), ("generic", ["action", "propensity"]), ("generic", ["decision", "reward"]),
    ]

    /// The kind that reads rows with these members; nil where none is known to.
    package static func recognised(_ names: Set<String>) -> String? {
        signatures.first { names.isSuperset(of: $0.names) }?.kind
    }

    /// Names that programs give to a log's fields.
    private static let synonyms: [(field: LogMapping.Field, names: [String])] = [
        (.arm, ["action", "decision", "model", "model_name", "chosen_arm", "chosen", "variant", "treatment"]),
        (.id, ["event_id", "request_id", "id", "uuid"]),
        (.time, ["timestamp", "ts", "created_at", "date"]), (.category, ["segment", "topic", "task", "context"]),
        (.propensity, ["probability", "prob", "p", "pscore", "propensity_score", "action_prob"]),
        (.reward, ["score", "rating", "outcome", "feedback", "y", "label"]),
        (.costUSD, ["cost", "spend", "price"]), (.session, ["session", "conversation_id"]),
    ]

    /// Flags that would make a log of rows with these members, by how such members are often called; nil where no arm is among them.
    static func likelyMapping(_ names: Set<String>) -> String? {
        let likely = synonyms.compactMap { field, synonyms -> (field: LogMapping.Field, name: String)? in
            if names.contains(field.rawValue) { return nil }
            return synonyms.first(where: names.contains).map { (field, $0) }
        }
        guard likely.first?.field == .arm else { return nil }
        return likely.map { "--map \($0.field.rawValue)=\($0.name)" }.joined(separator: " ")
    }
}
