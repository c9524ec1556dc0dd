/// Where another system's export has what a decision log needs: paths of its rows, by the log's own field names.
package struct LogMapping: Sendable {
    /// A decision log's fields, and what they may be made of.
    package enum Field: String, CaseIterable, Sendable {
        case id = "decision_id"
        case time, route, category, kind, arms, probabilities, arm, propensity, reward
        case endTime = "end_time"
        case rewardTime = "reward_time"
        case servedArm = "served_arm"
        case costUSD = "cost_usd"
        case latencyMS = "latency_ms"
        case latencySeconds = "latency_s"
        case session = "session_id"
    }

    /// Rows that are no decision of a router, by the value of a field.
    package struct Exclusion: Sendable {
        let path: String
        /// Lower-case values; a row is left out that has one of them or, with `isKept`, another.
        let values: Set<String>
        let isKept: Bool
        let reason: String

        static func unless(_ path: String, _ values: Set<String>, _ reason: String) -> Exclusion {
            Exclusion(path: path, values: values, isKept: true, reason: reason)
        }

        static func when(_ path: String, _ values: Set<String>, _ reason: String) -> Exclusion {
            Exclusion(path: path, values: values, isKept: false, reason: reason)
        }

        func applies(to row: ForeignRow) -> Bool {
            guard let text = row[path]?.text?.lowercased() else { return false }
            return values.contains(text) != isKept
        }
    }

    /// The paths of a field, the first that a row has.
    package var paths: [Field: [String]]
    /// Names of the arms where rows do not say: nil = those that the file has, on each route.
    package var arms: [String]?
    var exclusions: [Exclusion] = []
    /// Members that a row of this kind has.
    var marks: Set<String> = []
    /// Where the scores of other files say whom they are about, how they are called, and what they are.
    var scores: Scores?
    /// An object of scores by name within the row: `--score` picks one.
    var namedScores: String?
    /// What is always said of such a log.
    var notes: [String] = []

    /// A file of scores beside the file of decisions.
    struct Scores: Sendable {
        /// Paths with the id of a decision, then of what it is a part of (a trace, an episode).
        var targets: [String]
        var name: String
        var value: String
        /// The part that ids of targets may name beside the decision's own.
        var group: String?
    }

    package init(paths: [Field: [String]]) { self.paths = paths }

    func value(_ field: Field, of row: ForeignRow) -> ForeignValue? {
        for path in paths[field] ?? [] {
            if let value = row[path] { return value }
        }
        return nil
    }

    // MARK: The kinds

    package static let kinds = ["generic", "litellm", "langfuse", "tensorzero", "vw", "obd", "helicone", "openrouter"]

    /// The mapping of a kind that is a matter of names; nil for others.
    package static func kind(_ name: String) -> LogMapping? {
        switch name {
        case "generic": generic
        case "litellm": litellm
        case "langfuse": langfuse
        case "tensorzero": tensorZero
        case "obd": openBandit
        case "helicone": helicone
        case "openrouter": openRouter
        default: nil
        }
    }

    /// The log's own names; flags and files say others.
    static let generic = LogMapping(
        paths: Dictionary(uniqueKeysWithValues: Field.allCases.map { ($0, [$0.rawValue]) }))

    /// Rows of `LiteLLM_SpendLogs`, from the table or `/spend/logs`.
    private static var litellm: LogMapping {
        var mapping = LogMapping(paths: [
            .id: ["request_id"], .time: ["startTime"], .endTime: ["endTime"], .route: ["model_group"], .arm: ["model"],
            .costUSD: ["spend"], .session: ["session_id"],
        ])
        mapping.marks = ["request_id", "spend", "startTime"]
        mapping.exclusions = [
            .unless("status", ["success"], "status is not success: there was no answer"),
            .when("cache_hit", ["true"], "cache_hit: the answer came from the cache, no model was drawn"),
            .unless(
                "call_type",
                [
                    "completion", "acompletion", "text_completion", "atext_completion", "responses", "aresponses",
                    "anthropic_messages",
                ], "call_type is no completion"),
        ]
        mapping.notes = ["LiteLLM logs no reward: join a file of ratings with --rewards, or judge --metric cost_usd"]
        return mapping
    }

    /// Observations of Langfuse's export, with a file of scores.
    private static var langfuse: LogMapping {
        var mapping = LogMapping(paths: [
            .id: ["id"], .time: ["start_time", "startTime"], .endTime: ["end_time", "endTime"],
            .route: ["trace_name", "traceName", "name"], .category: ["metadata.category"],
            .arm: ["provided_model_name", "providedModelName", "model"],
            .costUSD: ["total_cost", "totalCost", "calculatedTotalCost", "cost_details.total"],
            .latencySeconds: ["latency"], .session: ["session_id", "sessionId", "trace_id", "traceId"],
        ])
        mapping.marks = ["trace_id", "traceId", "provided_model_name", "type"]
        mapping.exclusions = [
            .unless("type", ["generation"], "type is not GENERATION: a span or an event, no call of a model"),
            .when("level", ["error"], "level is ERROR: there was no answer"),
        ]
        mapping.scores = Scores(
            targets: ["observation_id", "observationId", "trace_id", "traceId"], name: "name", value: "value",
            group: "trace_id")
        mapping.notes = ["a score of a trace counts for every generation of the trace"]
        return mapping
    }

    /// `ChatInference` or `JsonInference`, with a file of feedback.
    private static var tensorZero: LogMapping {
        var mapping = LogMapping(paths: [
            .id: ["id", "inference_id"], .time: ["timestamp"], .route: ["function_name"], .arm: ["variant_name"],
            .latencyMS: ["processing_time_ms"], .session: ["episode_id"], .category: ["tags.category"],
        ])
        mapping.marks = ["variant_name", "function_name", "episode_id"]
        mapping.scores = Scores(targets: ["target_id"], name: "metric_name", value: "value", group: "episode_id")
        mapping.notes = [
            "feedback on an episode counts for every inference of it"
        ]
        return mapping
    }

    /// The Open Bandit Dataset: an item in one of three positions is one decision of that position.
    private static var openBandit: LogMapping {
        var mapping = LogMapping(paths: [
            .id: ["", "index"], .time: ["timestamp"], .category: ["position"], .arm: ["item_id"],
            .propensity: ["propensity_score"], .reward: ["click"],
        ])
        mapping.marks = ["item_id", "propensity_score"]
        mapping.notes = ["the position is the category, and the items that the file has are the arms"]
        return mapping
    }

    private static var helicone: LogMapping {
        var mapping = LogMapping(paths: [
            .id: ["request_id"], .time: ["request_created_at"], .arm: ["request_model", "model", "response_model"],
            .costUSD: ["costUSD", "cost"], .latencyMS: ["delay_ms"], .reward: ["feedback_rating"],
            .session: ["request_properties.Helicone-Session-Id"], .category: ["request_properties.category"],
            .route: ["request_properties.route"],
        ])
        mapping.marks = ["request_id", "request_created_at", "request_model"]
        mapping.exclusions = [
            .unless("response_status", ["200", "201"], "response_status is not 200: there was no answer")
        ]
        mapping.namedScores = "scores"
        return mapping
    }

    /// Rows a generation; the activity by day is refused.
    private static var openRouter: LogMapping {
        var mapping = LogMapping(paths: [
            .id: ["generation_id", "id"], .time: ["created_at"], .arm: ["model_permaslug", "model"],
            .costUSD: ["cost_total", "total_cost", "usage"], .latencyMS: ["generation_time_ms", "generation_time"],
            .route: ["app_name"],
        ])
        mapping.marks = ["generation_id", "model_permaslug"]
        mapping.exclusions = [.when("cancelled", ["true"], "cancelled: nobody saw the whole answer")]
        mapping.notes = ["OpenRouter logs no reward: join a file of ratings with --rewards, or judge --metric cost_usd"]
        return mapping
    }
}
