package import BanditCore
package import RoutingEngine

/// A learner in the style of LiteLLM's adaptive router, for comparison: Beta-Thompson a cell with a prior of fixed mass, frozen
/// once it has seen `cap` pseudo-observations, on a blend of quality and cheapness.
package struct CappedLearner: Sendable, Equatable {
    /// α + β at which updates are dropped.
    package var cap: Double
    /// α + β before any observation, the mean being ½.
    package var priorMass: Double
    /// Weight of the quality drawn; the rest is that of 1 − (cost scaled to [0, 1] over the arms).
    package var qualityWeight: Double

    package init(cap: Double = 200, priorMass: Double = 10, qualityWeight: Double = 0.7) {
        self.cap = cap
        self.priorMass = priorMass
        self.qualityWeight = qualityWeight
    }
}

/// One of the policies that a simulation compares.
package struct SimulatedPolicy: Sendable {
    package enum Kind: Sendable {
        /// A policy of the router.
        case router(PolicySpecification)
        /// A comparison that the router does not offer.
        case capped(CappedLearner)
    }

    package var id: String
    package var kind: Kind
    package var pooling: Pooling
    package var concentration: Concentration
    /// Whether rewards are graded, so that their variance is matched.
    package var graded: Bool
    /// Least probability of each eligible arm.
    package var explorationFloor: Double
    /// Rounds in which an observation loses half its weight; nil: never.
    package var halfLife: Int?
    package var affinity: Affinity
    /// Whether the scenario's budget applies.
    package var paced: Bool

    package init(
        id: String, kind: Kind, pooling: Pooling = .pooled, concentration: Concentration = .annealed,
        graded: Bool = false,
        explorationFloor: Double = 0, halfLife: Int? = nil, affinity: Affinity = .session, paced: Bool = true
    ) {
        self.id = id
        self.kind = kind
        self.pooling = pooling
        self.concentration = concentration
        self.graded = graded
        self.explorationFloor = explorationFloor
        self.halfLife = halfLife
        self.affinity = affinity
        self.paced = paced
    }
}
