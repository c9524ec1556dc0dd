import BanditCore

/// What a decision needs to know of a request. Holds no text of it.
package struct DecisionRequest: Sendable {
    /// Id of a route or of an arm, as the client named it.
    package var model: String
    /// Id of the category, already settled.
    package var category: String
    package var categorySource: String
    package var categoryModel: String?
    package var requirements: Set<Capability>
    /// Tokens of the prompt, estimated; 0 ... ``Numbers/Count/most``.
    package var promptTokens: Int { didSet { promptTokens = Count.clamped(promptTokens) } }
    /// Tokens of answer that the client allows, 0 ... ``Numbers/Count/most``; nil: it did not say.
    package var maxTokens: Int? { didSet { maxTokens = maxTokens.map(Count.clamped) } }
    /// Tokens of prompt and answer together that an arm must have room for.
    package var neededTokens: Int { promptTokens + (maxTokens ?? 0) }
    /// What the request may cost in the worst case, USD.
    package var maxCostUSD: Double?
    /// false: the arm of best expected utility, no draw.
    package var explores: Bool
    package var session: String?
    package var keyID: String?
    package var keyGroup: String
    /// Ids of arms that the key may use; nil: all.
    package var allowedArms: Set<String>?

    package init(
        model: String, category: String, categorySource: String = "default", categoryModel: String? = nil,
        requirements: Set<Capability> = [], promptTokens: Int = 0, maxTokens: Int? = nil, maxCostUSD: Double? = nil,
        explores: Bool = true, session: String? = nil, keyID: String? = nil, keyGroup: String = "",
        allowedArms: Set<String>? = nil
    ) {
        self.model = model
        self.category = category
        self.categorySource = categorySource
        self.categoryModel = categoryModel
        self.requirements = requirements
        self.promptTokens = Count.clamped(promptTokens)
        self.maxTokens = maxTokens.map(Count.clamped)
        self.maxCostUSD = maxCostUSD
        self.explores = explores
        self.session = session
        self.keyID = keyID
        self.keyGroup = keyGroup
        self.allowedArms = allowedArms
    }
}

/// Why no arm was chosen.
package enum RoutingRefusal: Error, Sendable, Equatable {
    /// No route and no arm has that name.
    case modelNotFound(String)
    /// No arm of the route can do what the request needs, or may be used for it.
    case noCapableArm([Exclusion])
    /// The prompt fits no arm that could otherwise serve it.
    case contextLengthExceeded([Exclusion])
    /// Arms could serve, but none is in service now.
    case noArmAvailable([Exclusion])
    case budgetExceeded([Exclusion])
}

/// A decision with what serving it needs: the plan it was made under and what is left to fall back on.
package final class Choice: Sendable {
    package let decision: Decision
    package let plan: RoutePlan
    /// Position of the arm in the plan; -1 where no arm of the route may be asked and the last resort is all there is.
    package let position: Int
    /// What fallbacks are drawn from; nil for pinned requests, which have none.
    let category: PublishedCategory?
    let eligible: ArmSet
    /// Can serve the request when no arm of the route did; nil where the route names none, or it is not able to.
    package let lastResort: ArmDefinition?

    init(
        decision: Decision, plan: RoutePlan, position: Int, category: PublishedCategory?, eligible: ArmSet,
        lastResort: ArmDefinition?
    ) {
        self.decision = decision
        self.plan = plan
        self.position = position
        self.category = category
        self.eligible = eligible
        self.lastResort = lastResort
    }
}
