/// What changes in the world at a round.
package struct Perturbation: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// The arm's cost becomes this many times what the world says; ≥ 0.
        case cost(arm: Int, factor: Double)
        /// The arm's reward becomes this many times what the world says (never more than 1); ≥ 0.
        case score(arm: Int, factor: Double)
        case latency(arm: Int, factor: Double)
        /// The arm appears: until its first `add`, an arm is absent.
        case add(arm: Int)
        /// The arm goes out of service.
        case remove(arm: Int)
        /// Weight of each category, relative to the world's own mix; ≥ 0, somewhere > 0.
        case mix([Double])
    }

    /// From this round on.
    package var round: Int
    package var change: Change

    package init(round: Int, change: Change) {
        self.round = round
        self.change = change
    }
}
