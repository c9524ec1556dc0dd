package import BanditCore
import RealModule

/// What a synthetic world says of its cells: `[category][arm]`, row-major.
package struct CellMeans: Sendable, Equatable {
    /// In [0, 1].
    package var reward: [Double]
    /// USD a request; NaN where unknown.
    package var costUSD: [Double]
    /// Milliseconds; NaN where unknown.
    package var latencyMS: [Double]

    /// - Precondition: the three have the same length; rewards are in [0, 1].
    package init(reward: [Double], costUSD: [Double]? = nil, latencyMS: [Double]? = nil) {
        self.reward = reward
        self.costUSD = costUSD ?? reward.map { _ in .nan }
        self.latencyMS = latencyMS ?? reward.map { _ in .nan }
        precondition(self.costUSD.count == reward.count && self.latencyMS.count == reward.count, "a mean a cell")
        precondition(reward.allSatisfy { $0 >= 0 && $0 <= 1 }, "mean rewards are in [0, 1]")
    }
}

/// What the synthetic worlds share: categories by weight, costs and latencies around their means.
package struct CellWorld: Sendable {
    let arms: Int
    let random: CounterRandom
    let weights: [Double]
    let means: CellMeans
    /// Coefficient of variation of cost and latency.
    let costSpread: Double
    let latencySpread: Double
    var conditions: [ArmCondition]
    var mix: [Double] {
        didSet { cumulate() }
    }
    private var cumulative: [Double] = []

    init(
        arms: Int, random: CounterRandom, weights: [Double], means: CellMeans, costSpread: Double, latencySpread: Double
    ) {
        self.arms = arms
        self.random = random
        self.weights = weights
        self.means = means
        self.costSpread = costSpread
        self.latencySpread = latencySpread
        conditions = [ArmCondition](repeating: ArmCondition(), count: arms)
        mix = [Double](repeating: 1, count: weights.count)
        cumulate()
    }

    private mutating func cumulate() {
        var total = 0.0
        cumulative = zip(weights, mix).map {
            total += $0 * $1
            return total
        }
    }

    func category(round: Int) -> Int {
        let last = cumulative.count - 1
        if last == 0 { return 0 }
        let point = random.uniform(.category, round: round) * cumulative[last]
        for category in 0..<last where point < cumulative[category] { return category }
        return last
    }

    /// A positive quantity around its mean: log-normal of the given coefficient of variation.
    @inline(__always)
    private func spread(_ mean: Double, by spread: Double, _ lane: CounterRandom.Lane, _ round: Int, _ arm: Int)
        -> Double
    {
        if spread == 0 { return mean }
        let variance = Double.log(onePlus: spread * spread)
        let z = random.normal(lane, round: round, arm: arm)
        return mean * Double.exp(variance.squareRoot() * z - 0.5 * variance)
    }

    @inline(__always)
    func cost(category: Int, arm: Int, round: Int) -> Double {
        let mean = means.costUSD[category * arms + arm] * conditions[arm].costFactor
        return spread(mean, by: costSpread, .cost, round, arm)
    }

    @inline(__always)
    func latency(category: Int, arm: Int, round: Int) -> Double {
        let mean = means.latencyMS[category * arms + arm] * conditions[arm].latencyFactor
        return spread(mean, by: latencySpread, .latency, round, arm)
    }

    /// Mean cost and latency beside a mean reward.
    func expectation(reward: Double, category: Int, arm: Int) -> ArmOutcome {
        ArmOutcome(
            reward: reward, costUSD: means.costUSD[category * arms + arm] * conditions[arm].costFactor,
            latencyMS: means.latencyMS[category * arms + arm] * conditions[arm].latencyFactor)
    }
}

/// A world whose queries are categories drawn by weight, and of whose every arm everything is known.
package protocol CellBasedWorld: SimulatedWorld {
    var cells: CellWorld { get set }
}

extension CellBasedWorld {
    package var conditions: [ArmCondition] {
        get { cells.conditions }
        set { cells.conditions = newValue }
    }
    package var mix: [Double] {
        get { cells.mix }
        set { cells.mix = newValue }
    }

    package mutating func query(round: Int) -> Query { Query(category: cells.category(round: round)) }
    package func known(_ query: Query) -> ArmSet { ArmSet(first: cells.arms) }
}
