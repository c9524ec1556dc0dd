package import BanditCore

extension BudgetPacer {
    /// Solves the shadow price for a policy over the posteriors of a route's categories.
    ///
    /// - Parameters:
    ///   - states: `[category]`; their penalties are left at some price (``ShadowPrices`` says which to use).
    ///   - shares: `[category]`: of the traffic, summing to 1.
    ///   - eligible: arms that may serve.
    ///   - floor: of reward per USD: the objective's own price of money, which rules where it is dearer.
    ///   - rewardPerMS: the objective's price of time.
    package mutating func solve(
        at now: Timestamp = 0, policy: any Policy, states: inout [CategoryState], shares: [Double], eligible: ArmSet,
        floor: Double = 0, rewardPerMS: Double = 0
    ) {
        learnEarnable(states: states, shares: shares, eligible: eligible)
        let arms = Array(eligible)
        solve(at: now) { price in
            var total = 0.0
            for category in states.indices where shares[category] > 0 {
                states[category].price(arms: arms, rewardPerUSD: Swift.max(price, floor), rewardPerMS: rewardPerMS)
                let distribution = policy.distribution(states[category], eligible: eligible)
                total += shares[category] * distribution.expectedCost(states[category], arms: arms)
            }
            return total
        }
    }
}

extension ActionDistribution {
    /// USD a request: arms of unknown cost count as the dearest known.
    func expectedCost(_ state: CategoryState, arms: [Int]) -> Double {
        let costs = state.expectedCostUSD
        var dearest = 0.0
        for arm in arms where costs[arm] > dearest { dearest = costs[arm] }
        var total = 0.0
        for arm in arms { total += probabilities[arm] * (costs[arm].isNaN ? dearest : costs[arm]) }
        return total
    }
}

extension ShadowPrices {
    /// The action distribution under the budget: that of the low price and that of the high one, mixed.
    ///
    /// - Parameter distribution: the policy's at a price, reward per USD.
    package func distribution(_ distribution: (Double) -> ActionDistribution) -> ActionDistribution {
        mixture(low: { distribution(low) }, high: { distribution(high) })
    }

    /// One of the two prices, drawn.
    package func draw(using generator: inout Xoshiro256StarStar) -> Double {
        shareOfLow >= 1 || generator.uniform() < shareOfLow ? low : high
    }
}
