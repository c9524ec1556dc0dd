/// How long feedback takes.
package enum FeedbackDelay: Sendable, Equatable {
    /// Rounds; 0: folded before the next decision.
    case fixed(Int)
    /// Geometric on 0, 1, 2 … with this mean, rounds, > 0.
    case geometric(mean: Double)
}

/// What is wrong with the feedback that arrives.
package enum FeedbackNoise: Sendable, Equatable {
    case none
    /// With this probability, reward r arrives as 1 − r.
    case flip(Double)
    /// Normal noise of this standard deviation is added, and the sum clamped to [0, 1].
    case gaussian(Double)
}

/// Feedback by somebody who lies.
package struct Poisoning: Sendable, Equatable {
    /// Arm that is lied about; nil: every arm.
    package var arm: Int?
    /// Share of the feedback on it that is a lie, in [0, 1].
    package var share: Double
    /// The reward claimed, in [0, 1].
    package var value: Double
    /// Rounds in which it happens.
    package var rounds: Range<Int>

    package init(arm: Int?, share: Double, value: Double, rounds: Range<Int> = 0..<Int.max) {
        self.arm = arm
        self.share = share
        self.value = value
        self.rounds = rounds
    }
}

/// Which rewards the learner gets to see, when, and how distorted. Metrics count the true ones.
package struct FeedbackModel: Sendable, Equatable {
    /// Probability that a decision gets feedback, in [0, 1].
    package var rate: Double
    package var delay: FeedbackDelay
    package var noise: FeedbackNoise
    package var poisonings: [Poisoning]

    package init(
        rate: Double = 1, delay: FeedbackDelay = .fixed(0), noise: FeedbackNoise = .none, poisonings: [Poisoning] = []
    ) {
        self.rate = rate
        self.delay = delay
        self.noise = noise
        self.poisonings = poisonings
    }

    /// Whether every reward is seen at once and as it is.
    package var isPerfect: Bool {
        rate >= 1 && delay == .fixed(0) && noise == .none && poisonings.isEmpty
    }
}
