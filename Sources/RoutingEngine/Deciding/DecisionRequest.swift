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
    /// Ids of arms whose dialect has no words for the request, with what it cannot say, or that cannot be paid for now.
    package var unsayable: [String: ExclusionReason] = [:]
    /// Tokens of the prompt, estimated, at arms that ``promptTokensOfArm`` does not tell of.
    package var promptTokens: Int { didSet { promptTokens = Count.clamped(promptTokens) } }
    /// The same at one arm; nil: as at any other.
    package var promptTokensOfArm: (@Sendable (ArmDefinition) -> Int)?
    /// The share of the prompt that a context window has to hold at once: less than 1 for several inputs of embeddings.
    package var longestShare = 1.0
    /// Tokens of answer that the client allows; nil: it did not say.
    package var maxTokens: Int? { didSet { maxTokens = maxTokens.map(Count.clamped) } }
    /// Tokens of thinking that may come on top of an answer that the client does not bound.
    package var thinkingTokens = 0 { didSet { thinkingTokens = Count.clamped(thinkingTokens) } }
    /// Answers that one call asks for (`n`), each of them billed; ≥ 1.
    package var choices: Int
    /// What the request may cost in the worst case, USD.
    package var maxCostUSD: Double?
    /// false: the arm of best expected utility, no draw.
    package var explores: Bool
    package var session: String?
    /// The header or parameter that named the session.
    package var sessionSource: String?
    /// nil where nothing is known of it, or ``session`` is given.
    package var conversation: Conversation?
    package var keyID: String?
    package var keyGroup: String
    /// Ids of arms that the key may use; nil: all.
    package var allowedArms: Set<String>?

    package init(
        model: String, category: String, categorySource: String = "default", categoryModel: String? = nil,
        requirements: Set<Capability> = [], promptTokens: Int = 0, maxTokens: Int? = nil, choices: Int = 1,
        maxCostUSD: Double? = nil, explores: Bool = true, session: String? = nil, keyID: String? = nil,
        keyGroup: String = "",
        allowedArms: Set<String>? = nil
    ) {
        self.model = model
        self.category = category
        self.categorySource = categorySource
        self.categoryModel = categoryModel
        self.requirements = requirements
        self.promptTokens = Count.clamped(promptTokens)
        self.maxTokens = maxTokens.map(Count.clamped)
        self.choices = choices
        self.maxCostUSD = maxCostUSD
        self.explores = explores
        self.session = session
        self.keyID = keyID
        self.keyGroup = keyGroup
        self.allowedArms = allowedArms
    }
}

extension DecisionRequest {
    /// Tokens of the prompt at an arm.
    package func promptTokens(at arm: ArmDefinition) -> Int { max(0, promptTokensOfArm?(arm) ?? promptTokens) }

    /// Tokens that an arm's context window must hold.
    func contextTokens(at arm: ArmDefinition) -> Double {
        Double(promptTokens(at: arm)) * longestShare + Double(max(0, maxTokens ?? 0))
    }

    /// Tokens of answer taken for a choice of a call whose client did not bound it.
    static let assumedMaxTokens = 4096

    /// The most tokens of answer that a call is taken to be billed for: all its choices; none where it asks for embeddings.
    package var billableAnswerTokens: Int { answerTokens(of: maxTokens ?? Self.assumedMaxTokens + thinkingTokens) }

    /// The same at an arm, whose configuration may overrule the client, or speak where it is silent.
    func billableAnswerTokens(at arm: borrowing ArmDefinition) -> Int {
        answerTokens(
            of: arm.answerTokens.overruled ?? maxTokens
                ?? (arm.answerTokens.usual ?? Self.assumedMaxTokens) + thinkingTokens)
    }

    private func answerTokens(of limit: Int) -> Int {
        guard !requirements.contains(.embeddings) else { return 0 }
        let (tokens, overflows) = max(0, limit).multipliedReportingOverflow(by: max(1, choices))
        return overflows ? .max : tokens
    }
}

extension ArmDefinition {
    /// The most that a call can cost, USD; nil without a price.
    package func worstCaseUSD(of request: DecisionRequest) -> Double? {
        price.map {
            $0.worstCost(
                promptTokens: request.promptTokens(at: self), completionTokens: request.billableAnswerTokens(at: self)
            ).usd
        }
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
    /// Arms that are asked although their breakers are open, because those of all are; empty otherwise.
    let openArms: ArmSet

    init(
        decision: Decision, plan: RoutePlan, position: Int, category: PublishedCategory?, eligible: ArmSet,
        lastResort: ArmDefinition?, openArms: ArmSet = ArmSet()
    ) {
        self.decision = decision
        self.plan = plan
        self.position = position
        self.category = category
        self.eligible = eligible
        self.lastResort = lastResort
        self.openArms = openArms
    }

    /// Whether arms are asked whose breakers are open.
    package var asksOpenArms: Bool { !openArms.isEmpty }
}

extension Choice {
    /// The most that serving the request can cost: at the dearest arm with a price that may be asked; nil where none has one.
    package func worstCase(of request: DecisionRequest) -> NanoDollars? {
        var worst: NanoDollars?
        func consider(_ arm: borrowing ArmDefinition) {
            guard let usd = arm.worstCaseUSD(of: request), let cost = NanoDollars(usd: usd) else { return }
            worst = max(worst ?? 0, cost)
        }
        for position in eligible { consider(plan.arms[position]) }
        if let lastResort { consider(lastResort) }
        return worst
    }
}
