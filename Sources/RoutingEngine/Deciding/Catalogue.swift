package import BanditCore

/// A route ready to decide: its arms in order, its policy, and what each arm can do as sets of positions.
package final class RoutePlan: Sendable {
    package let definition: RouteDefinition
    /// In the route's order; an arm's position here is its index in every distribution of the route.
    package let arms: [ArmDefinition]
    package let armIDs: [String]
    package let policy: any Policy
    package let model: LearningModel
    package let all: ArmSet
    /// Arms that have each capability, by capability.
    let capable: [Capability: ArmSet]
    /// Arms that serve embeddings.
    let embedders: ArmSet
    /// Arms that are listed but switched off.
    let disabled: ArmSet
    /// Arms with a fixed share of the requests.
    let canaries: ArmSet
    /// Asked when no arm of the route answered; may be one of them.
    package let lastResort: ArmDefinition?

    init(
        definition: RouteDefinition, arms: [ArmDefinition], policy: any Policy, model: LearningModel,
        capable: [Capability: ArmSet], lastResort: ArmDefinition?
    ) {
        self.definition = definition
        self.arms = arms
        armIDs = arms.map(\.id)
        self.policy = policy
        self.model = model
        all = ArmSet(first: arms.count)
        self.capable = capable
        embedders = capable[.embeddings] ?? ArmSet()
        disabled = ArmSet(arms.indices.filter { !arms[$0].isEnabled })
        canaries = ArmSet(arms.indices.filter { (definition.canaryShares[arms[$0].id] ?? 0) > 0 })
        self.lastResort = lastResort
    }

    package func position(of arm: String) -> Int? { armIDs.firstIndex(of: arm) }
}

/// The routes and arms of one configuration, compiled.
package struct Catalogue: Sendable {
    package let arms: [ArmDefinition]
    package let routes: [RoutePlan]
    /// Every route has a row of cells for each of these.
    package let categories: [String]
    private let armPositions: [String: Int]
    private let routePositions: [String: Int]

    /// - Parameters:
    ///   - arms: with distinct ids.
    ///   - routes: with distinct ids, over ids of `arms`.
    ///   - categories: with distinct ids; `general` is among them.
    ///   - graded: whether some feedback metric is not boolean, so that rewards need the variance-matched factor.
    /// - Throws: where a policy's parameters cannot be used, naming the parameter.
    package init(
        arms: [ArmDefinition], routes: [RouteDefinition], categories: [String], graded: Bool = false
    ) throws(PolicyError) {
        self.arms = arms
        self.categories = categories
        armPositions = Dictionary(arms.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        routePositions = Dictionary(routes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        var plans: [RoutePlan] = []
        for route in routes {
            plans.append(
                try Self.plan(route, arms: arms, categories: categories, positions: armPositions, graded: graded))
        }
        self.routes = plans
    }

    package func route(_ id: String) -> RoutePlan? { routePositions[id].map { routes[$0] } }
    package func routePosition(_ id: String) -> Int? { routePositions[id] }
    package func arm(_ id: String) -> ArmDefinition? { armPositions[id].map { arms[$0] } }

    /// The first route that lists an arm: pinned requests for the arm belong to it.
    package func firstRoute(listing arm: String) -> Int? { routes.firstIndex { $0.armIDs.contains(arm) } }

    private static func plan(
        _ route: RouteDefinition, arms: [ArmDefinition], categories: [String], positions: [String: Int], graded: Bool
    ) throws(PolicyError) -> RoutePlan {
        var own: [ArmDefinition] = []
        for id in route.arms {
            guard let position = positions[id] else {
                preconditionFailure("the configuration was checked for dangling arms")
            }
            own.append(arms[position])
        }
        let ids = own.map(\.id)
        let shares = ids.map { route.canaryShares[$0] ?? 0 }
        let model = LearningModel(
            priors: own.map(\.prior), pooling: route.pooling, concentration: route.concentration, graded: graded,
            rewardPerUSD: route.objective.dollarsPerQuality.map { 1 / $0 } ?? 0,
            rewardPerMS: route.objective.secondsPerQuality.map { 1 / ($0 * 1000) } ?? 0,
            listCostUSD: own.map(\.expectedCostUSD),
            benchmark: route.priors?.benchmark(categories: categories, arms: ids))
        var capable: [Capability: ArmSet] = [:]
        for capability in Capability.allCases {
            capable[capability] = ArmSet(own.indices.filter { own[$0].has(capability) })
        }
        return RoutePlan(
            definition: route, arms: own,
            policy: policy(
                try route.policy.make(armIndex: { ids.firstIndex(of: $0) }), floor: route.explorationFloor,
                shares: shares),
            model: model, capable: capable,
            lastResort: route.lastResort.flatMap { positions[$0] }.map { arms[$0] })
    }

    /// The route's policy with its floor and its canaries around it.
    private static func policy(_ base: any Policy, floor: Double, shares: [Double]) -> any Policy {
        let taken = min(1, shares.reduce(0, +))
        // What the canaries take is taken from the floor, too: without it the other arms would fall below it.
        let raised = taken < 1 ? min(1, floor / (1 - taken)) : floor
        let floored: any Policy = floor > 0 ? FlooredPolicy(base, floor: raised) : base
        return taken > 0 ? CanaryPolicy(floored, shares: shares) : floored
    }
}
