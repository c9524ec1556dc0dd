package import BanditCore

/// What a round asks for.
package struct Query: Sendable, Equatable {
    package var category: Int
    /// Row of the table the prompt stands in; 0 where the world has no prompts.
    package var row: Int

    package init(category: Int, row: Int = 0) {
        self.category = category
        self.row = row
    }
}

/// What an arm would have earned in a round. NaN where unknown.
package struct ArmOutcome: Sendable, Equatable {
    /// In [0, 1].
    package var reward: Double
    package var costUSD: Double
    package var latencyMS: Double

    package init(reward: Double, costUSD: Double = .nan, latencyMS: Double = .nan) {
        self.reward = reward
        self.costUSD = costUSD
        self.latencyMS = latencyMS
    }
}

/// How an arm deviates from what its world says of it: the perturbations in force.
package struct ArmCondition: Sendable, Equatable {
    package var scoreFactor: Double
    package var costFactor: Double
    package var latencyFactor: Double

    package init(scoreFactor: Double = 1, costFactor: Double = 1, latencyFactor: Double = 1) {
        self.scoreFactor = scoreFactor
        self.costFactor = costFactor
        self.latencyFactor = latencyFactor
    }
}

/// A kind of world with known truth. A value describes it; ``world(random:replication:)`` makes the one that a replication meets.
package protocol Environment: Sendable {
    associatedtype World: SimulatedWorld
    /// Ids, in the order of every array by category.
    var categories: [String] { get }
    /// Ids, in the order of every array by arm.
    var arms: [String] { get }
    /// Rounds of one pass; nil where the world has no end of its own.
    var passLength: Int? { get }
    func world(random: CounterRandom, replication: Int) -> World
}

/// The world of one replication. Everything that happens in a round depends on the round and the arm alone, so that every
/// policy that meets the world meets the same one.
package protocol SimulatedWorld: Sendable {
    /// The conditions of each arm, set by perturbations.
    var conditions: [ArmCondition] { get set }
    /// Weight of each category in the mix, relative to the world's own; set by perturbations.
    var mix: [Double] { get set }

    /// The query of a round. Rounds are asked for in order, from 0, once each.
    mutating func query(round: Int) -> Query
    /// Arms of whose outcome on this query something is known.
    func known(_ query: Query) -> ArmSet
    /// What an arm earns in the round of the last query.
    func outcome(_ query: Query, arm: Int, round: Int) -> ArmOutcome
    /// What an arm earns on average over the queries of a category at a round, under the present conditions.
    func expectation(category: Int, arm: Int, round: Int) -> ArmOutcome
    /// Whether expectations change with the round even where conditions do not.
    var drifts: Bool { get }
}
