/// Every eligible arm with the same probability.
package struct UniformPolicy: Policy {
    package var kind: PolicyKind { .uniform }

    package init() {}

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        Greedy.distribution(eligible, armCount: state.armCount)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        Greedy.draw(eligible, using: &generator)
    }
}

/// The arm of the best posterior mean of utility.
package struct BestMeanPolicy: Policy {
    package var kind: PolicyKind { .bestMean }

    package init() {}

    @inline(__always)
    static func best(_ state: CategoryState, _ eligible: ArmSet) -> ArmSet {
        Greedy.best(eligible) { state.meanUtility($0) }
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        Greedy.distribution(Self.best(state, eligible), armCount: state.armCount)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        Greedy.draw(Self.best(state, eligible), using: &generator)
    }
}

/// One arm; where it is not eligible, the eligible arm of the best posterior mean.
package struct FixedPolicy: Policy {
    package let arm: Int
    package var kind: PolicyKind { .fixed }

    package init(arm: Int) { self.arm = arm }

    @inline(__always)
    func choice(_ state: CategoryState, _ eligible: ArmSet) -> ArmSet {
        if !eligible.contains(arm) { return BestMeanPolicy.best(state, eligible) }
        var only = ArmSet()
        only.insert(arm)
        return only
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        Greedy.distribution(choice(state, eligible), armCount: state.armCount)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        Greedy.draw(choice(state, eligible), using: &generator)
    }
}

/// The best mean with probability 1 − ε, else any arm (Sutton & Barto; ε falling as decay/t: Auer et al. 2002).
package struct EpsilonGreedyPolicy: Policy {
    /// In [0, 1].
    package let epsilon: Double
    /// ε_t = ε·min(1, decay/t); 0: ε stays.
    package let decay: Double
    package var kind: PolicyKind { .epsilonGreedy }

    package init(epsilon: Double = 0.1, decay: Double = 0) {
        self.epsilon = epsilon
        self.decay = decay
    }

    func current(_ state: CategoryState) -> Double {
        decay > 0 ? epsilon * Swift.min(1, decay / Swift.max(1, state.total)) : epsilon
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        if eligible.isEmpty { return Greedy.distribution(eligible, armCount: state.armCount) }
        let greedy = Greedy.distribution(BestMeanPolicy.best(state, eligible), armCount: state.armCount)
        return greedy.mixed(withFloor: current(state) / Double(eligible.count), eligible: eligible)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let explores = generator.uniform() < current(state)
        return Greedy.draw(explores ? eligible : BestMeanPolicy.best(state, eligible), using: &generator)
    }
}

/// SquareCB, inverse-gap weighting (Foster & Rakhlin 2020): 1/(K + γ·gap) for every arm but the best, the rest for it;
/// γ = gamma·t^exponent.
package struct SquareCBPolicy: Policy {
    package let gamma: Double
    package let exponent: Double
    package var kind: PolicyKind { .squareCB }

    package init(gamma: Double = 10, exponent: Double = 0.5) {
        self.gamma = gamma
        self.exponent = exponent
    }

    /// The best arm (of the lowest index, among equals) and γ_t.
    @inline(__always)
    func leader(_ state: CategoryState, _ eligible: ArmSet) -> (arm: Int, scale: Double) {
        let best = BestMeanPolicy.best(state, eligible)
        return (best.first ?? 0, gamma * power(Swift.max(1, state.total), exponent))
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        var result = [Double](repeating: 0, count: state.armCount)
        if eligible.isEmpty { return ActionDistribution(probabilities: result) }
        let (best, scale) = leader(state, eligible)
        let (count, top) = (Double(eligible.count), state.meanUtility(best))
        var left = 1.0
        for arm in eligible where arm != best {
            result[arm] = 1 / (count + scale * (top - state.meanUtility(arm)))
            left -= result[arm]
        }
        result[best] = left
        return ActionDistribution(probabilities: result)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        precondition(!eligible.isEmpty, "a draw needs an eligible arm")
        let (best, scale) = leader(state, eligible)
        let (count, top) = (Double(eligible.count), state.meanUtility(best))
        var left = generator.uniform()
        for arm in eligible where arm != best {
            let probability = 1 / (count + scale * (top - state.meanUtility(arm)))
            if left < probability { return arm }
            left -= probability
        }
        return best
    }
}
