import BanditCore
import Foundation
import LogFiles
import PolicySimulator
import QueryCategories
import RoutingEngine

/// A simulation ready to run, with what its outputs are to say of it.
struct BuiltScenario {
    var simulation: Simulation
    var labels: SimulationLabels
    /// What was found out on the way and the user should know; nil: nothing.
    var note: String?
}

/// Reads the files that a scenario names and makes the simulation of it.
struct ScenarioBuilder {
    let file: ScenarioFile
    let log: ScenarioLog

    init(_ file: ScenarioFile) {
        self.file = file
        log = ScenarioLog(file: file.path)
    }

    /// - Throws: ``InputError`` for the files that the scenario names, ``ConfigurationFailure`` for the scenario itself.
    func build() throws -> BuiltScenario {
        switch file.kind {
        case .outcomeTable: return try buildTable()
        case .decisionLog: return try buildLogged()
        case .bernoulli, .gaussian, .drifting: return try buildSynthetic()
        }
    }

    /// Throws where a problem was reported.
    func check() throws {
        if let failure = log.failure { throw failure }
    }

    // MARK: Synthetic worlds

    private func buildSynthetic() throws -> BuiltScenario {
        guard let own = file.synthetic, case .rounds(let horizon) = file.horizon else {
            preconditionFailure("the scenario was checked")
        }
        let environment: any Environment =
            switch file.kind {
            case .gaussian:
                GaussianEnvironment(
                    categories: own.categories, arms: own.arms, weights: own.weights, means: own.means,
                    deviations: own.deviations, costSpread: own.costSpread, latencySpread: own.latencySpread)
            case .drifting:
                DriftingEnvironment(
                    categories: own.categories, arms: own.arms, weights: own.weights, means: own.means,
                    drifts: own.drifts, costSpread: own.costSpread, latencySpread: own.latencySpread)
            default:
                BernoulliEnvironment(
                    categories: own.categories, arms: own.arms, weights: own.weights, means: own.means,
                    costSpread: own.costSpread, latencySpread: own.latencySpread)
            }
        requireKnown(own.means.costUSD, own.means.latencyMS)
        return try assemble(
            environment: environment, warmUp: nil,
            prior: try importedPrior(categories: own.categories, arms: own.arms), horizon: horizon,
            graded: file.kind == .gaussian, feedback: file.feedback)
    }

    /// The prior that the scenario names, for a world without a table.
    func importedPrior(categories: [String], arms: [String]) throws -> ImportedPrior? {
        try file.prior.map { prior in
            let table = try read(prior.file)
            let positions = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1, $0) })
            return ImportedPrior(
                table: table, categoryOfRow: categoryNames(of: table).map { positions[$0] ?? -1 },
                categories: categories.count, arms: arms.map { table.models.firstIndex(of: $0) }, mass: prior.mass)
        }
    }

    /// The table's column, or one category where it has none.
    private func categoryNames(of table: OutcomeTable) -> [String] {
        table.categories ?? [String](repeating: "general", count: table.rowCount)
    }

    /// A price on money or time needs to know what is spent.
    func requireKnown(_ costs: [Double]?, _ latencies: [Double]?) {
        let costKnown = costs.map { !$0.contains(where: \.isNaN) } ?? false
        let latencyKnown = latencies.map { !$0.contains(where: \.isNaN) } ?? false
        if file.budget != nil, !costKnown {
            log.report(nil, "budget", "needs a cost or a price of every arm")
        }
        if file.objective.dollarsPerQuality != nil, !costKnown {
            log.report(nil, "objective.dollars_per_quality", "needs a cost or a price of every arm")
        }
        if file.objective.secondsPerQuality != nil, !latencyKnown {
            log.report(nil, "objective.seconds_per_quality", "needs a latency of every arm")
        }
    }

    // MARK: All worlds

    func assemble(
        environment: any Environment, warmUp: (any Environment)?, prior: ImportedPrior?, horizon: Int, graded: Bool,
        feedback: FeedbackModel, guessedCosts: [String: Double] = [:]
    ) throws -> BuiltScenario {
        let ids = environment.arms
        let arms = ids.map { id in
            let own = file.arms.first { $0.id == id }
            return SimulatedArm(
                id: id, prior: own?.prior ?? ArmPrior(), listCostUSD: own?.expectedCostUSD ?? guessedCosts[id])
        }
        // An arm of unknown cost counts as the dearest known: without a price list a budget could never try it.
        if file.budget != nil {
            for (arm, column) in zip(arms, ids.indices) where arm.listCostUSD == nil {
                let known = prior.map { prior in
                    stride(from: column, to: prior.costUSD.count, by: ids.count).contains {
                        prior.costUSD[$0].count > 0
                    }
                }
                if known != true {
                    log.report(
                        file.arms.first { $0.id == arm.id }?.line, "budget",
                        "needs a price of the arm “\(arm.id)” (arms: price), or its costs in the table of prior")
                }
            }
        }
        let policies = file.policies.map { policy in
            if case .router(let made) = policy.kind, let arm = made.arm, !ids.contains(arm) {
                log.report(
                    policy.line, "policies",
                    "the policy “\(policy.id)” names the arm “\(shown(arm))”, which does not exist",
                    suggestion: nearestName(to: arm, among: ids))
            }
            return SimulatedPolicy(
                id: policy.id, kind: policy.kind, pooling: policy.pooling, concentration: policy.concentration,
                graded: policy.graded ?? (graded && !policy.isCapped), explorationFloor: policy.explorationFloor,
                halfLife: policy.halfLife, affinity: policy.affinity, paced: policy.paced)
        }
        var feedback = feedback
        feedback.poisonings = file.poisonings.map { poisoning in
            Poisoning(
                arm: poisoning.arm.map { position(of: $0, in: ids, "arm", poisoning.line, poisoning.path) },
                share: poisoning.share, value: poisoning.value, rounds: poisoning.rounds)
        }
        let perturbations = file.perturbations.map { resolve($0, arms: ids, categories: environment.categories) }
        try check()
        let simulation = Simulation(
            environment: environment, arms: arms, policies: policies, perturbations: perturbations, warmUp: warmUp,
            objective: file.objective, budget: file.budget, prior: prior, feedback: feedback, sessions: file.sessions,
            horizon: horizon, replications: file.replications, seed: file.seed)
        checkService(simulation)
        try check()
        try simulation.check()
        var budget: Double?
        if case .usdPerRequest(let usd)? = file.budget?.limit { budget = usd }
        return BuiltScenario(
            simulation: simulation,
            labels: SimulationLabels(
                title: file.title, policies: policies.map(\.id), arms: ids, categories: environment.categories,
                rounds: horizon, replications: file.replications, seed: file.seed, budgetUSDPerRequest: budget))
    }

    /// Some arm serves at every moment.
    private func checkService(_ simulation: Simulation) {
        var present = simulation.presentAtFirst
        if present.isEmpty {
            log.report(nil, "environment.perturbations", "leave no arm at the beginning")
        }
        for perturbation in simulation.perturbations {
            switch perturbation.change {
            case .add(let arm): present.insert(arm)
            case .remove(let arm): present.remove(arm)
            default: continue
            }
            if present.isEmpty {
                let line = file.perturbations.first { $0.at == perturbation.round }?.line
                log.report(line, "environment.perturbations", "leave no arm from round \(perturbation.round) on")
            }
        }
    }

    /// The position of a name; 0 and a problem where it is unknown.
    private func position(of name: String, in names: [String], _ what: String, _ line: Int?, _ path: String) -> Int {
        if let position = names.firstIndex(of: name) { return position }
        log.report(
            line, path, "there is no \(what) “\(shown(name))”", suggestion: nearestName(to: name, among: names))
        return 0
    }

    private func resolve(
        _ named: ScenarioFile.NamedPerturbation, arms: [String], categories: [String]
    ) -> Perturbation {
        func arm(_ name: String) -> Int { position(of: name, in: arms, "arm", named.line, named.path) }
        let change: Perturbation.Change =
            switch named.change {
            case .cost(let name, let factor): .cost(arm: arm(name), factor: factor)
            case .score(let name, let factor): .score(arm: arm(name), factor: factor)
            case .latency(let name, let factor): .latency(arm: arm(name), factor: factor)
            case .add(let name): .add(arm: arm(name))
            case .remove(let name): .remove(arm: arm(name))
            case .mix(let listed):
                .mix(
                    {
                        var weights = [Double](repeating: 1, count: categories.count)
                        for (name, weight, line) in listed {
                            weights[position(of: name, in: categories, "category", line, named.path)] = weight
                        }
                        if !weights.contains(where: { $0 > 0 }) {
                            log.report(named.line, named.path, "leaves no category")
                        }
                        return weights
                    }())
            }
        return Perturbation(round: named.at, change: change)
    }
}

extension ScenarioFile.Policy {
    var isCapped: Bool { if case .capped = kind { true } else { false } }
}
