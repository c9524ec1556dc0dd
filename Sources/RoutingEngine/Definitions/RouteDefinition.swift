package import BanditCore

/// What a route trades quality against.
package struct Objective: Sendable, Equatable {
    /// USD that one point of reward is worth; nil: cost is not priced.
    package var dollarsPerQuality: Double?
    /// Seconds that one point of reward is worth; nil: latency is not priced.
    package var secondsPerQuality: Double?

    package init(dollarsPerQuality: Double? = nil, secondsPerQuality: Double? = nil) {
        self.dollarsPerQuality = dollarsPerQuality
        self.secondsPerQuality = secondsPerQuality
    }
}

/// Limits on waiting for a provider.
package struct RouteTimeouts: Sendable, Equatable {
    package var connect: Duration
    package var firstByte: Duration
    package var betweenChunks: Duration
    /// Bounds all attempts of a request together.
    package var total: Duration

    package init(
        connect: Duration = .seconds(2), firstByte: Duration = .seconds(30), betweenChunks: Duration = .seconds(20),
        total: Duration = .seconds(300)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.betweenChunks = betweenChunks
        self.total = total
    }
}

/// What a route may spend.
package struct BudgetDefinition: Sendable, Equatable {
    package enum Limit: Sendable, Equatable {
        /// An average over requests.
        case usdPerRequest(Double)
        case usdPerDay(Double)
    }

    package var limit: Limit
    /// Requests over which what is left is spread.
    package var window: Int
    /// Decisions between two solutions of the shadow price.
    package var every: Int
    /// No single request may be expected to cost more, USD.
    package var hardCapUSD: Double?

    /// Whether the clock alone changes what may be spent.
    package var isByDay: Bool {
        if case .usdPerDay = limit { true } else { false }
    }

    package init(limit: Limit, window: Int = 200, every: Int = 5, hardCapUSD: Double? = nil) {
        self.limit = limit
        self.window = window
        self.every = every
        self.hardCapUSD = hardCapUSD
    }
}

/// Answers that are given again to the same request.
package struct CacheDefinition: Sendable, Equatable {
    package var timeToLive: Duration
    /// Answers kept; the least recently used goes first.
    package var maxEntries: Int
    /// Bytes of the answers kept together.
    package var maxBytes: Int
    /// Whether one key's request may be answered with another key's answer.
    package var acrossKeys: Bool

    package init(
        timeToLive: Duration, maxEntries: Int = 10_000, maxBytes: Int = 67_108_864, acrossKeys: Bool = false
    ) {
        self.timeToLive = timeToLive
        self.maxEntries = maxEntries
        self.maxBytes = maxBytes
        self.acrossKeys = acrossKeys
    }
}

/// Whether a session keeps its arm.
package enum Affinity: String, Sendable, CaseIterable {
    /// A conversation keeps its arm, whether its client names it or not.
    case conversation
    /// Only a session that its client names keeps its arm.
    case session
    case none
}

/// What part of its work a client's request is, as it says itself.
package enum RequestClass: String, Sendable, CaseIterable {
    case main, subagent, workflow
    /// History is made shorter: nothing of a prompt's cache is worth anything after it.
    case compaction
    /// Titles, summaries, checks beside the conversation.
    case auxiliary
}

/// A named set of arms with a policy and an objective: the `model` that clients ask for.
package struct RouteDefinition: Sendable, Equatable {
    package var id: String
    /// Ids of arms, in the order in which probabilities are reported.
    package var arms: [String]
    package var policy: PolicySpecification
    package var pooling: Pooling
    package var concentration: Concentration
    package var objective: Objective
    /// Least probability of each eligible arm, in [0, 1/K].
    package var explorationFloor: Double
    /// Time in which an observation loses half its weight, microseconds; nil: never.
    package var halfLife: Timestamp?
    package var affinity: Affinity
    /// Upstream calls for one request at the most, each to another arm.
    package var maxAttempts: Int
    package var timeouts: RouteTimeouts
    package var budget: BudgetDefinition?
    /// Arm asked when no eligible arm answered; nil: none.
    package var lastResort: String?
    /// Share of the route's draws that an arm gets whatever the policy believes of it, by arm id, in (0, 1].
    package var canaryShares: [String: Double]
    /// nil: every request is answered anew.
    package var cache: CacheDefinition?
    /// What a benchmark says of the route's cells; nil: only the arms' own priors are known.
    package var priors: RoutePriors?
    /// Routes that requests of a class go to instead, by the class.
    package var classes: [RequestClass: String] = [:]
    /// What every arm must have for every request.
    package var requires: Set<Capability> = []

    package init(
        id: String, arms: [String],
        policy: PolicySpecification = .thompson, pooling: Pooling = .pooled, concentration: Concentration = .annealed,
        objective: Objective = Objective(), explorationFloor: Double = 0, halfLife: Timestamp? = nil,
        affinity: Affinity = .conversation, maxAttempts: Int = 3, timeouts: RouteTimeouts = RouteTimeouts(),
        budget: BudgetDefinition? = nil, lastResort: String? = nil, canaryShares: [String: Double] = [:],
        cache: CacheDefinition? = nil, priors: RoutePriors? = nil
    ) {
        self.id = id
        self.arms = arms
        self.policy = policy
        self.pooling = pooling
        self.concentration = concentration
        self.objective = objective
        self.explorationFloor = explorationFloor
        self.halfLife = halfLife
        self.affinity = affinity
        self.maxAttempts = maxAttempts
        self.timeouts = timeouts
        self.budget = budget
        self.lastResort = lastResort
        self.canaryShares = canaryShares
        self.cache = cache
        self.priors = priors
    }
}
