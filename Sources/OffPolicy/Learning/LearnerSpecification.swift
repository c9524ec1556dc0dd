package import BanditCore

/// A policy that learns, with everything that decides how: what `thompson:prior_mean=0.5,pooling=off` says.
package struct LearnerSpecification: Sendable, Equatable {
    /// As the command line spells it.
    package var name: String
    package var policy: PolicySpecification
    package var prior = ArmPrior()
    package var pooling = Pooling.pooled
    package var concentration = Concentration.annealed
    package var graded = false
    /// Least probability of every eligible arm.
    package var floor = 0.0
    /// Seconds of the log's time; nil: nothing is forgotten.
    package var halfLifeSeconds: Double?
    /// Prices of the utility the policy ranks by.
    package var dollarsPerQuality: Double?
    package var secondsPerQuality: Double?

    package init(name: String, policy: PolicySpecification) {
        self.name = name
        self.policy = policy
    }

    func model(armCount: Int) -> LearningModel {
        LearningModel(
            priors: [ArmPrior](repeating: prior, count: armCount), pooling: pooling, concentration: concentration,
            graded: graded,
            rewardPerUSD: dollarsPerQuality.map { 1 / $0 } ?? 0,
            rewardPerMS: secondsPerQuality.map { 1 / (1000 * $0) } ?? 0)
    }
}
