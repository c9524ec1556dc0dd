import BanditCore

/// Which arms of a route may serve a request, and why the others may not.
struct Eligibility {
    private(set) var eligible: ArmSet
    private(set) var excluded: [Exclusion] = []
    private let plan: RoutePlan

    init(_ request: DecisionRequest, plan: RoutePlan) {
        self.plan = plan
        eligible = plan.all
        limitToEnabled(request)
        limitToSayable(request)
        limitToCapable(request)
        limitToContextWindow(request)
        limitToAllowed(request)
        limitToMaxCost(request)
    }

    mutating func remove(_ position: Int, _ reason: ExclusionReason) {
        guard eligible.contains(position) else { return }
        eligible.remove(position)
        excluded.append(Exclusion(arm: plan.armIDs[position], reason: reason))
    }

    /// Puts back an arm that was removed.
    mutating func restore(_ position: Int) {
        eligible.insert(position)
        excluded.removeAll { $0.arm == plan.armIDs[position] }
    }

    /// Without exploring, canaries are left alone: they are in the route to be tried.
    private mutating func limitToEnabled(_ request: DecisionRequest) {
        for position in plan.disabled { remove(position, .disabled) }
        guard !request.explores, plan.canaries != plan.all, request.model == plan.definition.id else { return }
        for position in plan.canaries { remove(position, .canaryShare) }
    }

    /// The words are looked at before the ability: what cannot be said is nothing that a model could do.
    private mutating func limitToSayable(_ request: DecisionRequest) {
        guard !request.unsayable.isEmpty else { return }
        for position in plan.armIDs.indices {
            if let reason = request.unsayable[plan.armIDs[position]] { remove(position, reason) }
        }
    }

    private mutating func limitToCapable(_ request: DecisionRequest) {
        // An embedding arm serves embeddings and nothing else, and no other arm serves them.
        let embeds = request.requirements.contains(.embeddings)
        let embedders = plan.embedders
        if embeds || !embedders.isEmpty {
            for position in plan.armIDs.indices where embedders.contains(position) != embeds {
                remove(position, .capabilityEmbeddings)
            }
        }
        guard !request.requirements.isEmpty else { return }
        for capability in Capability.allCases
        where capability != .embeddings && request.requirements.contains(capability) {
            let able = plan.capable[capability] ?? ArmSet()
            for position in plan.armIDs.indices where !able.contains(position) {
                remove(position, capability.exclusion)
            }
        }
    }

    private mutating func limitToContextWindow(_ request: DecisionRequest) {
        for position in plan.armIDs.indices {
            let arm = plan.arms[position]
            if let window = arm.contextWindow, request.contextTokens(at: arm) > Double(window) {
                remove(position, .contextWindow)
            }
        }
    }

    private mutating func limitToAllowed(_ request: DecisionRequest) {
        guard let allowed = request.allowedArms else { return }
        for position in plan.armIDs.indices where !allowed.contains(plan.armIDs[position]) {
            remove(position, .notAllowed)
        }
    }

    private mutating func limitToMaxCost(_ request: DecisionRequest) {
        guard let cap = request.maxCostUSD else { return }
        for position in plan.armIDs.indices {
            // An arm whose price is unknown might cost anything: it cannot be shown to stay under the cap.
            let worst = plan.arms[position].worstCaseUSD(of: request)
            if worst.map({ $0 > cap }) ?? true { remove(position, .maxCost) }
        }
    }

    /// Why an arm that is asked outside of the draw cannot serve a request; nil where it can.
    static func obstacle(to arm: ArmDefinition, for request: DecisionRequest) -> ExclusionReason? {
        if !arm.isEnabled { return .disabled }
        if let reason = request.unsayable[arm.id] { return reason }
        if arm.capabilities.contains(.embeddings) != request.requirements.contains(.embeddings) {
            return .capabilityEmbeddings
        }
        for capability in Capability.allCases
        where capability != .embeddings && request.requirements.contains(capability) && !arm.has(capability) {
            return capability.exclusion
        }
        if let window = arm.contextWindow, request.contextTokens(at: arm) > Double(window) {
            return .contextWindow
        }
        if let allowed = request.allowedArms, !allowed.contains(arm.id) { return .notAllowed }
        if let cap = request.maxCostUSD {
            let worst = arm.worstCaseUSD(of: request)
            if worst.map({ $0 > cap }) ?? true { return .maxCost }
        }
        return nil
    }

    /// The refusal where nothing is left: what the client can change comes before what it can only wait for.
    var refusal: RoutingRefusal {
        let reasons = Set(excluded.map(\.reason))
        if !reasons.isDisjoint(with: [.breakerOpen, .cooldown, .disabled, .credentials]) {
            return .noArmAvailable(excluded)
        }
        if reasons.contains(.budget) { return .budgetExceeded(excluded) }
        if reasons.contains(.contextWindow) { return .contextLengthExceeded(excluded) }
        return .noCapableArm(excluded)
    }
}
