import BanditCore
import RoutingEngine

/// A policy with what it has learned and, where there is a budget, its pacer: the router's decision without the router's I/O.
struct Chooser: Sendable {
    private enum Kind: Sendable {
        case router(any Policy)
        case capped(CappedLearner)
    }

    private let kind: Kind
    private var learner: SimulatedLearner
    private var pacer: BudgetPacer?
    /// Whether there is a pacer: asked in every round, and cheaper to ask than the pacer.
    private let isPaced: Bool
    private var generator: Xoshiro256StarStar
    private let armIndices: [Int]
    /// The objective's prices, in units of reward.
    let rewardPerUSD: Double
    let rewardPerMS: Double
    /// Whether losses are weighted by propensities, so that they must be known.
    private let usesPropensities: Bool
    /// Posterior states for the pacer to price.
    private var scratch: [CategoryState] = []
    /// Of the last choice; NaN where it was not needed.
    private(set) var propensity = Double.nan

    init(_ policy: SimulatedPolicy, simulation: Simulation, seed: UInt64) throws(PolicyError) {
        let objective = simulation.objective
        rewardPerUSD = objective.dollarsPerQuality.map { 1 / $0 } ?? 0
        rewardPerMS = objective.secondsPerQuality.map { 1 / (1000 * $0) } ?? 0
        let ids = simulation.arms.map(\.id)
        switch policy.kind {
        case .router(let specification):
            let made = try specification.make { name in ids.firstIndex(of: name) }
            kind = .router(policy.explorationFloor > 0 ? FlooredPolicy(made, floor: policy.explorationFloor) : made)
            usesPropensities = specification.kind == .exp3IX || specification.kind == .tsallisINF
        case .capped(let capped):
            kind = .capped(capped)
            usesPropensities = false
        }
        let model = LearningModel(
            priors: simulation.arms.map(\.prior), pooling: policy.pooling, concentration: policy.concentration,
            graded: policy.graded, rewardPerUSD: rewardPerUSD, rewardPerMS: rewardPerMS,
            listCostUSD: simulation.arms.map(\.listCostUSD))
        learner = SimulatedLearner(
            model: model, categories: simulation.environment.categories, arms: ids, halfLife: policy.halfLife,
            needsCosts: (simulation.budget != nil && policy.paced) || policy.isCapped)
        if let prior = simulation.prior { learner.add(prior) }
        armIndices = Array(ids.indices)
        pacer =
            policy.paced && !policy.isCapped
            ? simulation.budget.map { BudgetPacer(definition: $0, arms: ids.count) } : nil
        isPaced = pacer != nil
        generator = Xoshiro256StarStar(seed: seed)
    }

    /// Chooses an arm; `kept` is that of the conversation, which is not drawn again.
    @inline(__always)
    mutating func choose(category: Int, eligible: ArmSet, kept: Int?, now: Int) -> Int {
        learner.age(category: category, to: now)
        var eligible = eligible
        if isPaced { eligible = pace(category, eligible, now) }
        if let kept {
            propensity = 1
            return kept
        }
        switch kind {
        case .router(let policy):
            let state = learner.posterior[category]
            if usesPropensities {
                let distribution = policy.distribution(state, eligible: eligible)
                let arm = distribution.draw(using: &generator)
                propensity = distribution.probabilities[arm]
                return arm
            }
            return policy.draw(state, eligible: eligible, using: &generator)
        case .capped(let capped):
            return capped.draw(learner.posterior[category], eligible: eligible, using: &generator)
        }
    }

    /// Solves the price again where that is due, draws one of the two prices, and prices the category.
    private mutating func pace(_ category: Int, _ eligible: ArmSet, _ now: Int) -> ArmSet {
        guard case .router(let policy) = kind, var pacer else { return eligible }
        if pacer.isDue {
            learner.refit(at: now)
            scratch = learner.posterior.states
            pacer.learnVariation(of: learner.cells, asOf: Timestamp(now))
            pacer.solve(
                policy: policy, states: &scratch, shares: learner.trafficShares(at: now), eligible: eligible,
                floor: rewardPerUSD, rewardPerMS: rewardPerMS)
            self.pacer = pacer
        }
        let price = max(rewardPerUSD, pacer.prices.draw(using: &generator))
        learner.price(category: category, arms: armIndices, rewardPerUSD: price, rewardPerMS: rewardPerMS)
        return pacer.affordable(eligible, expectedCostUSD: learner.posterior[category].expectedCostUSD)
    }

    /// Folds what came back.
    @inline(__always)
    mutating func decided(category: Int, arm: Int, outcome: ArmOutcome, now: Int) {
        if isPaced {
            pacer?.decided()
            pacer?.spent(outcome.costUSD)
        }
        learner.foldDecision(category: category, arm: arm, outcome: outcome, round: now)
    }

    /// Folds feedback on a decision made in `round`, in round `now`.
    @inline(__always)
    mutating func learn(category: Int, arm: Int, reward: Double, propensity: Double, round: Int, now: Int) {
        if case .capped(let capped) = kind {
            if capped.priorMass + learner.posterior[category].count[arm] + 1 > capped.cap { return }
        }
        learner.foldReward(
            category: category, arm: arm, reward: reward, propensity: propensity.isNaN ? nil : propensity, round: round,
            now: now)
    }

    /// Reward per USD; nil without a budget.
    var shadowPrice: Double? { pacer?.prices.mean }

    /// Starts the budget anew, after a warm-up.
    mutating func restartBudget() { pacer?.restart() }
}

extension SimulatedPolicy {
    var isCapped: Bool {
        if case .capped = kind { true } else { false }
    }
}

extension CappedLearner {
    /// The arm of the best blend of a drawn quality and cheapness.
    func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let costs = state.expectedCostUSD
        var (least, most) = (Double.infinity, -Double.infinity)
        for arm in eligible where !costs[arm].isNaN {
            least = min(least, costs[arm])
            most = max(most, costs[arm])
        }
        var (best, chosen) = (-Double.infinity, -1)
        for arm in eligible {
            let successes = state.rewardSum[arm]
            let quality = generator.beta(
                priorMass / 2 + successes, priorMass / 2 + max(0, state.count[arm] - successes))
            let dearness = most > least && !costs[arm].isNaN ? (costs[arm] - least) / (most - least) : 0
            let score = qualityWeight * quality + (1 - qualityWeight) * (1 - dearness)
            if score > best { (best, chosen) = (score, arm) }
        }
        return chosen
    }
}
