import RealModule

/// How the means of a ``DriftingEnvironment`` move.
package enum Drift: Sendable, Equatable {
    /// From round `at` on, the means are these, `[category][arm]`.
    case abrupt(at: Int, means: [Double])
    /// Between two rounds, the means move in a straight line to these, `[category][arm]`.
    case gradual(from: Int, until: Int, means: [Double])
    /// `amplitude · sin(2π(round/period + phase))` is added; phases by arm, in turns.
    case seasonal(period: Double, amplitude: Double, phases: [Double])

    var start: Int {
        switch self {
        case .abrupt(let at, _): at
        case .gradual(let from, _, _): from
        case .seasonal: 0
        }
    }
}

/// Rewards 0 or 1 with means that move: abruptly, gradually, with the seasons, or all of these.
package struct DriftingEnvironment: Environment {
    package let categories: [String]
    package let arms: [String]
    package let weights: [Double]
    package let means: CellMeans
    /// In the order of their beginning.
    package let drifts: [Drift]
    package let costSpread: Double
    package let latencySpread: Double

    package init(
        categories: [String], arms: [String], weights: [Double]? = nil, means: CellMeans, drifts: [Drift],
        costSpread: Double = 0, latencySpread: Double = 0
    ) {
        precondition(means.reward.count == categories.count * arms.count, "a mean a cell")
        self.categories = categories
        self.arms = arms
        self.weights = weights ?? categories.map { _ in 1 }
        self.means = means
        // A stable sort: drifts that begin together apply in the order in which they were given.
        self.drifts = drifts.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
        self.costSpread = costSpread
        self.latencySpread = latencySpread
    }

    package var passLength: Int? { nil }

    package func world(random: CounterRandom, replication: Int) -> World {
        World(
            cells: CellWorld(
                arms: arms.count, random: random, weights: weights, means: means, costSpread: costSpread,
                latencySpread: latencySpread),
            moves: drifts)
    }

    package struct World: CellBasedWorld {
        package var cells: CellWorld
        let moves: [Drift]

        package var drifts: Bool { true }

        func mean(_ category: Int, _ arm: Int, _ round: Int) -> Double {
            let cell = category * cells.arms + arm
            var mean = cells.means.reward[cell]
            var season = 0.0
            for move in moves where move.start <= round {
                switch move {
                case .abrupt(_, let means): mean = means[cell]
                case .gradual(let from, let until, let means):
                    let share = until > from ? min(1, Double(round - from) / Double(until - from)) : 1
                    mean += share * (means[cell] - mean)
                case .seasonal(let period, let amplitude, let phases):
                    season += amplitude * Double.sin(2 * Double.pi * (Double(round) / period + phases[arm]))
                }
            }
            return min(1, max(0, (mean + season) * cells.conditions[arm].scoreFactor))
        }

        package func outcome(_ query: Query, arm: Int, round: Int) -> ArmOutcome {
            let success = cells.random.uniform(.outcome, round: round, arm: arm) < mean(query.category, arm, round)
            return ArmOutcome(
                reward: success ? 1 : 0, costUSD: cells.cost(category: query.category, arm: arm, round: round),
                latencyMS: cells.latency(category: query.category, arm: arm, round: round))
        }

        package func expectation(category: Int, arm: Int, round: Int) -> ArmOutcome {
            cells.expectation(reward: mean(category, arm, round), category: category, arm: arm)
        }
    }
}
