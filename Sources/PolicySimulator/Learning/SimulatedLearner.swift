import BanditCore
import RoutingEngine

/// What one policy of a simulation has learned: the router's own fold and posteriors, with rounds for time.
///
/// Pooled priors and variance factors follow the reference's schedule (``IncrementalPosterior``), costs and latencies with them.
struct SimulatedLearner: Sendable {
    private static let route = "simulation"

    private(set) var state: LearnerState
    private var learned: IncrementalPosterior
    private let addresses: [CellAddress]
    private let categories: Int
    private let arms: Int
    private let forgets: Bool
    /// Whether anything but a cell's own evidence enters its posterior.
    private let refits: Bool
    private var sequence: Int64 = 0

    /// - Parameter needsCosts: whether expected costs matter even where the objective does not price them.
    init(model: LearningModel, categories: [String], arms: [String], halfLife: Int?, needsCosts: Bool) {
        self.categories = categories.count
        self.arms = arms.count
        forgets = halfLife != nil
        refits =
            model.pooling == .pooled || model.graded || model.rewardPerUSD > 0 || model.rewardPerMS > 0
            || model.concentration == .annealed || needsCosts
        var state = LearnerState(halfLives: halfLife.map { [Self.route: Timestamp($0)] } ?? [:])
        var addresses: [CellAddress] = []
        for category in categories {
            for arm in arms { addresses.append(state.address(route: Self.route, category: category, arm: arm)) }
        }
        self.state = state
        self.addresses = addresses
        learned = IncrementalPosterior(model: model, table: state.routes[0].cells)
    }

    /// What is believed of every cell.
    var posterior: PosteriorTable {
        @inline(__always) _read { yield learned.posterior }
    }

    /// Adds an imported prior, before the first round.
    mutating func add(_ prior: ImportedPrior) {
        for category in 0..<categories {
            for arm in 0..<arms {
                let cell = category * arms + arm
                state.addPseudoObservations(.reward, prior.reward[cell], to: addresses[cell], time: 0)
                state.addPseudoObservations(.costUSD, prior.costUSD[cell], to: addresses[cell], time: 0)
                state.addPseudoObservations(.latencyMS, prior.latencyMS[cell], to: addresses[cell], time: 0)
            }
            if prior.decisions[category] > 0 {
                state.addPseudoDecisions(prior.decisions[category], route: 0, category: category, time: 0)
            }
        }
        refit(at: 0)
    }

    /// Folds a decision and what came back for it.
    @inline(__always)
    mutating func foldDecision(category: Int, arm: Int, outcome: ArmOutcome, round: Int) {
        let cell = addresses[category * arms + arm]
        sequence += 1
        state.apply(.decided(cell, time: Timestamp(round)), sequence: sequence)
        let cost = outcome.costUSD.isNaN ? nil : outcome.costUSD
        let latency = outcome.latencyMS.isNaN ? nil : outcome.latencyMS
        if cost != nil || latency != nil {
            state.apply(
                .served(cell, time: Timestamp(round), costUSD: cost, latencyMS: latency), sequence: sequence)
        }
    }

    /// Folds the reward of a decision made in `round`; `now` is the round it is folded in.
    @inline(__always)
    mutating func foldReward(
        category: Int, arm: Int, reward: Double, propensity: Double?, round: Int, now: Int
    ) {
        sequence += 1
        state.apply(
            .rewarded(
                addresses[category * arms + arm], time: Timestamp(round), propensity: propensity, previous: nil,
                current: reward),
            sequence: sequence)
        if refits, learned.countObservation() {
            refit(at: now)
        } else if !forgets {
            state.renew(&learned.posterior, at: addresses[category * arms + arm])
        }
    }

    /// Ages a category's cells to a round, where anything is forgotten.
    @inline(__always)
    mutating func age(category: Int, to round: Int) {
        if forgets { state.age(&learned.posterior, route: 0, category: category, to: Timestamp(round)) }
    }

    /// What was observed in every cell.
    var cells: CellTable { state.routes[0].cells }

    /// Every category's share of the traffic.
    func trafficShares(at round: Int) -> [Double] {
        state.routes[0].cells.trafficShares(of: Array(0..<categories), asOf: Double(round))
    }

    /// Priors, factors, costs and posteriors of every cell anew.
    mutating func refit(at round: Int) {
        learned.refit(cells, asOf: Double(round))
    }

    /// Prices money and time in a category's posterior, in units of reward.
    mutating func price(category: Int, arms: [Int], rewardPerUSD: Double, rewardPerMS: Double) {
        learned.posterior[category].price(arms: arms, rewardPerUSD: rewardPerUSD, rewardPerMS: rewardPerMS)
    }
}
