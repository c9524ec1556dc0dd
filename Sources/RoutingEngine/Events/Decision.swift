/// How an arm came to be chosen.
package enum DecisionKind: String, Sendable, CaseIterable {
    /// Drawn from the policy's action distribution; only these count in offline evaluation.
    case fresh
    /// The session kept the arm of an earlier decision.
    case sticky
    /// The arm was named, not drawn: by the client as `model`, or by the configuration as the last resort of a route none of
    /// whose arms could be asked.
    case pinned
}

/// Why an arm of the route could not be chosen.
package struct Exclusion: Sendable, Equatable {
    package let arm: String
    /// One of the words of ``ExclusionReason``.
    package let reason: ExclusionReason

    package init(arm: String, reason: ExclusionReason) {
        self.arm = arm
        self.reason = reason
    }
}

/// The reasons for which an arm is left out of a decision.
package enum ExclusionReason: String, Sendable, CaseIterable {
    case capabilityTools = "capability_tools"
    case capabilityVision = "capability_vision"
    case capabilityJSON = "capability_json"
    case capabilityEmbeddings = "capability_embeddings"
    case capabilityReasoning = "capability_reasoning"
    case capabilityDocuments = "capability_documents"
    case capabilityAudio = "capability_audio"
    case capabilityStructuredOutput = "capability_structured_output"
    case capabilityParallelTools = "capability_parallel_tools"
    case capabilityPromptCaching = "capability_prompt_caching"
    /// What its calls are paid with could not be had.
    case credentials
    case contextWindow = "context_window"
    case maxCost = "max_cost"
    case breakerOpen = "breaker_open"
    case cooldown
    case budget
    case notAllowed = "not_allowed"
    case baseline
    case canaryShare = "canary_share"
    /// Switched off by an administrator.
    case disabled
    // The arm's dialect has no words for what the request says.
    case cannotChoices = "dialect_cannot:n"
    case cannotLogprobs = "dialect_cannot:logprobs"
    case cannotLogitBias = "dialect_cannot:logit_bias"
    case cannotAudioOut = "dialect_cannot:audio_out"
    case cannotAudioIn = "dialect_cannot:audio_in"
    case cannotJSONObject = "dialect_cannot:json_object"
    case cannotCustomTool = "dialect_cannot:custom_tool"
    case cannotServerTool = "dialect_cannot:server_tool"
    case cannotFunctions = "dialect_cannot:functions"
    case cannotFileID = "dialect_cannot:file_id"
    case cannotDocumentType = "dialect_cannot:document_type"
    case cannotContentPart = "dialect_cannot:content_part"
    case cannotStop = "dialect_cannot:stop"
    case cannotStopsOver4 = "dialect_cannot:stops_over_4"
    case cannotStopsOver5 = "dialect_cannot:stops_over_5"
    case cannotImageURL = "dialect_cannot:image_url"
    case cannotDocumentURL = "dialect_cannot:document_url"
    case cannotParallelOff = "dialect_cannot:parallel_off"
    case cannotPrefill = "dialect_cannot:prefill"
    case cannotCitations = "dialect_cannot:citations"
    case cannotMCP = "dialect_cannot:mcp"
    case cannotContainer = "dialect_cannot:container"

    /// That a dialect has no words for a feature; nil: no feature has that name.
    package init?(dialectCannot feature: String) { self.init(rawValue: "dialect_cannot:\(feature)") }
}

/// One choice of an arm: what could be chosen, with what probabilities, what was drawn, and from which learned state.
///
/// Invariants: `arms` is the eligible set, in the route's order; `probabilities` has its length and sums to 1;
/// `arm` is one of `arms` and `propensity` its probability.
package struct Decision: Sendable, Equatable {
    package var id: DecisionID
    package var time: Timestamp
    package var route: String
    package var category: String
    package var kind: DecisionKind
    package var arms: [String]
    package var probabilities: [Double]
    package var arm: String
    package var propensity: Double
    package var excluded: [Exclusion]
    /// Name of the policy that chose, as in the configuration.
    package var policy: String
    /// Sequence number of the last event folded into the state that chose; 0 for the empty state.
    package var stateVersion: Int64
    /// The instant as of which that state's decayed sums were read, so that the choice can be computed again.
    package var stateTime: Timestamp
    /// The id of the key that asked; nil in keyless mode.
    package var keyID: String?
    /// The group whose keys may give feedback on it; empty in keyless mode.
    package var keyGroup: String
    /// The client's session, as given, or what a conversation is known by; nil without one.
    package var sessionID: String?
    /// What named the session: the header or parameter, `conversation` for system prompt and first turn, `conversation_turns` for all
    /// that was said; nil where that is not known.
    package var sessionSource: String?
    /// What decided the category: `explicit`, `rule`, `pattern`, `classifier` or `default`.
    package var categorySource: String
    /// Version hash of the category model; nil where none was used.
    package var categoryModel: String?
    /// The price of money in force, reward per USD; nil without a budget and without `dollars_per_quality`.
    package var rewardPerUSD: Double?
    /// The budget's shadow prices that the distribution was mixed under; nil without a budget that binds.
    package var shadowPrices: ShadowPrices?
    /// What was held of daily limits until its outcome is known; nil where no provider is asked, and of decisions that were read.
    package var reserved: NanoDollars?
    /// Whether the router only chose, and its client asks the arm itself (`POST /v1/decisions`).
    package var isDecideOnly = false

    /// What the classifier looked at: `words`, or `words+embedding`; nil where it was not asked.
    package var categoryFeatures: String? {
        guard let categoryModel, categorySource == "classifier" || categorySource == "default" else { return nil }
        return categoryModel.split(separator: "+").contains { $0.hasPrefix("em-") } ? "words+embedding" : "words"
    }

    package init(
        id: DecisionID, time: Timestamp, route: String, category: String, kind: DecisionKind, arms: [String],
        probabilities: [Double], arm: String, propensity: Double, excluded: [Exclusion] = [], policy: String,
        stateVersion: Int64, stateTime: Timestamp, keyID: String? = nil, keyGroup: String = "",
        sessionID: String? = nil, categorySource: String = "default", categoryModel: String? = nil,
        rewardPerUSD: Double? = nil, shadowPrices: ShadowPrices? = nil
    ) {
        self.id = id
        self.time = time
        self.route = route
        self.category = category
        self.kind = kind
        self.arms = arms
        self.probabilities = probabilities
        self.arm = arm
        self.propensity = propensity
        self.excluded = excluded
        self.policy = policy
        self.stateVersion = stateVersion
        self.stateTime = stateTime
        self.keyID = keyID
        self.keyGroup = keyGroup
        self.sessionID = sessionID
        self.categorySource = categorySource
        self.categoryModel = categoryModel
        self.rewardPerUSD = rewardPerUSD
        self.shadowPrices = shadowPrices
    }
}
