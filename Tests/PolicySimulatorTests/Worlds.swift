import BanditCore
import PolicySimulator
import RoutingEngine

/// Small worlds that several tests share.
enum Worlds {
    /// Two categories in which another arm is best.
    static func bernoulli(costs: [Double]? = nil) -> BernoulliEnvironment {
        BernoulliEnvironment(
            categories: ["code", "chat"], arms: ["a", "b", "c"],
            means: CellMeans(reward: [0.8, 0.5, 0.3, 0.4, 0.5, 0.7], costUSD: costs, latencyMS: costs))
    }

    /// Twelve prompts: arm `a` scores on category x, `b` on y, `c` never; costs 1, 2 and 3 thousandths.
    static func table() -> OutcomeTable {
        let categories = (0..<12).map { $0 % 2 == 0 ? "x" : "y" }
        return OutcomeTable(
            promptIDs: (0..<12).map { "p\($0)" }, categories: categories, models: ["a", "b", "c"],
            scores: categories.flatMap { $0 == "x" ? [1.0, 0, 0] : [0, 1, 0] },
            costsUSD: categories.flatMap { _ in [0.001, 0.002, 0.003] })
    }

    static func tableEnvironment(orders: [[Int]]? = nil) -> TableEnvironment {
        let table = table()
        return TableEnvironment(
            table: table, categories: ["x", "y"], categoryOfRow: (table.categories ?? []).map { $0 == "x" ? 0 : 1 },
            orders: orders)
    }

    static func policy(_ id: String, _ kind: String, _ numbers: [String: Double] = [:], arm: String? = nil) throws
        -> SimulatedPolicy
    {
        SimulatedPolicy(id: id, kind: .router(try PolicySpecification.parse(kind: kind, parameters: numbers, arm: arm)))
    }

    static func simulation(
        _ environment: any Environment, _ policies: [SimulatedPolicy], horizon: Int, replications: Int = 1,
        perturbations: [Perturbation] = [], objective: Objective = Objective(), budget: BudgetDefinition? = nil,
        prior: ImportedPrior? = nil, feedback: FeedbackModel = FeedbackModel(), sessions: SessionModel? = nil,
        warmUp: (any Environment)? = nil, seed: UInt64 = 1
    ) -> Simulation {
        Simulation(
            environment: environment, arms: environment.arms.map { SimulatedArm(id: $0) }, policies: policies,
            perturbations: perturbations, warmUp: warmUp, objective: objective, budget: budget, prior: prior,
            feedback: feedback, sessions: sessions, horizon: horizon, replications: replications, seed: seed)
    }
}
