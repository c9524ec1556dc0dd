internal import RealModule

/// Boltzmann–Gumbel exploration (Cesa-Bianchi et al. 2017): the largest of mean + c·n^(−½)·Gumbel; arms without
/// observations first. With a temperature > 0 the plain softmax exp(utility/temperature) instead, which is known to explore
/// badly.
package struct SoftmaxPolicy: Policy {
    /// Temperature of the plain softmax; 0: Boltzmann–Gumbel.
    package let temperature: Double
    package let c: Double
    package var kind: PolicyKind { .softmax }

    package init(temperature: Double = 0, c: Double = 0.5) {
        self.temperature = temperature
        self.c = c
    }

    private func unplayed(_ state: CategoryState, _ eligible: ArmSet) -> ArmSet {
        var arms = ArmSet()
        for arm in eligible where state[.count, arm] <= 0 { arms.insert(arm) }
        return arms
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        if eligible.isEmpty { return Greedy.distribution(eligible, armCount: state.armCount) }
        if temperature > 0 {
            let top = bestUtility(state, eligible)
            var weights = [Double](repeating: 0, count: state.armCount)
            for arm in eligible { weights[arm] = Double.exp((state.meanUtility(arm) - top) / temperature) }
            return ActionDistribution(weights: weights, eligible: eligible)
        }
        let fresh = unplayed(state, eligible)
        if !fresh.isEmpty { return Greedy.distribution(fresh, armCount: state.armCount) }
        return ActionDistribution(
            probabilities: gumbelDistribution(armCount: state.armCount, eligible: eligible) {
                (state.empiricalMean($0) - state[.penalty, $0], c / state[.count, $0].squareRoot())
            }.probabilities)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        if temperature > 0 {
            let top = bestUtility(state, eligible)
            var total = 0.0
            for arm in eligible { total += Double.exp((state.meanUtility(arm) - top) / temperature) }
            return Greedy.draw(eligible, total: total, using: &generator) {
                Double.exp((state.meanUtility($0) - top) / temperature)
            }
        }
        let fresh = unplayed(state, eligible)
        if !fresh.isEmpty { return Greedy.draw(fresh, using: &generator) }
        return Greedy.draw(
            Greedy.best(eligible) {
                state.empiricalMean($0) - state[.penalty, $0] + c / state[.count, $0].squareRoot() * generator.gumbel()
            }, using: &generator)
    }

    private func bestUtility(_ state: CategoryState, _ eligible: ArmSet) -> Double {
        var top = -Double.infinity
        for arm in eligible { top = Swift.max(top, state.meanUtility(arm)) }
        return top
    }
}
