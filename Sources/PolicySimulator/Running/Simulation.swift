package import BanditCore
package import RoutingEngine

/// What is known of an arm before the first round.
package struct SimulatedArm: Sendable, Equatable {
    package var id: String
    package var prior: ArmPrior
    /// List price × expected tokens, USD a request; nil where unknown.
    package var listCostUSD: Double?

    package init(id: String, prior: ArmPrior = ArmPrior(), listCostUSD: Double? = nil) {
        self.id = id
        self.prior = prior
        self.listCostUSD = listCostUSD
    }
}

/// Policies, the world they meet and what of it they get to see: everything a run depends on.
package struct Simulation: Sendable {
    package var environment: any Environment
    /// In the environment's order.
    package var arms: [SimulatedArm]
    package var policies: [SimulatedPolicy]
    package var perturbations: [Perturbation]
    /// A first phase that only learns; has the environment's arms and categories.
    package var warmUp: (any Environment)?
    package var objective: Objective
    package var budget: BudgetDefinition?
    package var prior: ImportedPrior?
    package var feedback: FeedbackModel
    package var sessions: SessionModel?
    /// Rounds of a run; ≥ 1.
    package var horizon: Int
    package var replications: Int
    package var seed: UInt64

    package init(
        environment: any Environment, arms: [SimulatedArm], policies: [SimulatedPolicy],
        perturbations: [Perturbation] = [], warmUp: (any Environment)? = nil, objective: Objective = Objective(),
        budget: BudgetDefinition? = nil, prior: ImportedPrior? = nil, feedback: FeedbackModel = FeedbackModel(),
        sessions: SessionModel? = nil, horizon: Int, replications: Int = 1, seed: UInt64 = 1
    ) {
        precondition(arms.map(\.id) == environment.arms, "the arms are those of the environment")
        precondition(
            warmUp.map { $0.arms == environment.arms && $0.categories == environment.categories } ?? true,
            "the warm-up has the arms and categories of the environment")
        precondition(horizon >= 1 && replications >= 1, "a simulation has rounds and replications")
        self.environment = environment
        self.arms = arms
        self.policies = policies
        // A stable sort: changes of one round apply in the order in which they were given.
        self.perturbations = perturbations.enumerated()
            .sorted { ($0.element.round, $0.offset) < ($1.element.round, $1.offset) }.map(\.element)
        self.warmUp = warmUp
        self.objective = objective
        self.budget = budget
        self.prior = prior
        self.feedback = feedback
        self.sessions = sessions
        self.horizon = horizon
        self.replications = replications
        self.seed = seed
    }

    /// Arms that serve in the first round: those that do not appear later.
    package var presentAtFirst: ArmSet {
        var present = ArmSet(first: arms.count)
        var settled = ArmSet()
        for perturbation in perturbations {
            switch perturbation.change {
            case .add(let arm) where !settled.contains(arm):
                present.remove(arm)
                settled.insert(arm)
            case .remove(let arm): settled.insert(arm)
            default: break
            }
        }
        return present
    }
}
