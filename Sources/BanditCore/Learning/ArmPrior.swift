/// What is believed of an arm's reward before any observation: a mean, worth `strength` observations.
package struct ArmPrior: Sendable, Equatable {
    /// In (0, 1).
    package var mean: Double
    /// Pseudo-observations, > 0.
    package var strength: Double

    /// Means are kept within [0.001, 0.999] and strengths within [0.01, 1e6], so that no prior is a certainty.
    package init(mean: Double = 0.5, strength: Double = 2) {
        self.mean = mean.isFinite ? Swift.max(0.001, Swift.min(0.999, mean)) : 0.5
        self.strength = strength.isFinite ? Swift.max(0.01, Swift.min(1e6, strength)) : 2
    }
}
