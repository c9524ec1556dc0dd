/// Top-two Thompson sampling (Russo 2016): Thompson's arm with probability β, else the arm of further draws until another
/// one wins.
///
/// In closed form π_k = p_k·[β + (1 − β)·Σ_{j≠k} p_j/(1 − p_j)] with Thompson's p.
package struct TopTwoThompsonPolicy: Policy {
    /// Probability of keeping the leader, in [0, 1].
    package let beta: Double
    package var kind: PolicyKind { .topTwoThompson }

    package init(beta: Double = 0.5) {
        self.beta = beta
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        if eligible.count < 2 { return Greedy.distribution(eligible, armCount: state.armCount) }
        return ActionDistribution(
            weights: Self.topTwo(
                ThompsonPolicy.race(state, eligible: eligible).probabilities, beta: beta, eligible: eligible),
            eligible: eligible)
    }

    /// π from Thompson's p; the loser's share is taken as Σ of the other probabilities, which keeps its digits near 1.
    static func topTwo(_ p: [Double], beta: Double, eligible: ArmSet) -> [Double] {
        var odds = [Double](repeating: 0, count: p.count)
        for arm in eligible {
            var rest = 0.0
            for other in eligible where other != arm { rest += p[other] }
            odds[arm] = rest > 0 ? p[arm] / rest : 0
        }
        // Where a leader is certain to the last digit, the second choice is shared evenly.
        let certain = eligible.first { odds[$0] == 0 && p[$0] > 0 }
        var result = [Double](repeating: 0, count: p.count)
        for arm in eligible {
            var sum = 0.0
            for other in eligible where other != arm { sum += odds[other] }
            result[arm] = p[arm] * (beta + (1 - beta) * sum)
            if let certain, certain != arm { result[arm] += (1 - beta) / Double(eligible.count - 1) }
        }
        return result
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let leader = ThompsonPolicy.sample(state, eligible: eligible, using: &generator)
        if eligible.count < 2 || generator.uniform() < beta { return leader }
        for _ in 0..<64 {
            let arm = ThompsonPolicy.sample(state, eligible: eligible, using: &generator)
            if arm != leader { return arm }
        }
        // Rejection has become hopeless: the second from the exact distribution.
        var rest = eligible
        rest.remove(leader)
        return ActionDistribution(probabilities: ThompsonPolicy.race(state, eligible: eligible).probabilities)
            .restricted(to: rest).draw(using: &generator)
    }
}
