package import BanditCore

/// A past decision, made again from what had been learned by then.
package struct Recomputation: Sendable {
    /// How what was logged compares with what comes out.
    package enum Verdict: Sendable, Equatable {
        /// The same probabilities, bit for bit.
        case equal
        /// No draw: the arm of best expected utility, as it is now computed too (`x-bandit-explore: off`).
        case greedy
        /// Nothing to compute: the session kept its arm, or the client named it.
        case notDrawn
        /// Other probabilities, apart by up to so much: policy, arms, priors, prices or metrics are not those of then.
        case different(by: Double)
    }

    package var verdict: Verdict
    /// `[arm]`, over the decision's arms.
    package var probabilities: [Double]
    /// The arm that the decision's own generator draws from the logged probabilities; nil where nothing was drawn.
    package var redrawn: String?
    /// The posterior of the decision's category, under the budget's mean price of then.
    package var state: CategoryState
    /// `[arm]`: positions in the route of the decision's arms.
    package var positions: [Int]
}

extension Published {
    /// Makes a decision again from this state, with the arms that could be chosen then and the budget's prices of then.
    ///
    /// - Returns: nil where the route or one of the arms is not in the catalogue any more.
    package func recompute(_ decision: Decision) -> Recomputation? {
        guard let index = catalogue.routePosition(decision.route) else { return nil }
        let route = routes[index]
        var positions: [Int] = []
        for arm in decision.arms {
            guard let position = route.plan.position(of: arm) else { return nil }
            positions.append(position)
        }
        let cell = cell(decision.category, of: route)
        let eligible = ArmSet(positions)
        let prices = decision.shadowPrices ?? .none
        let distribution = cell.distribution(over: eligible, under: prices, plan: route.plan)
        let state = cell.state.priced(prices.mean, for: route.plan)
        let probabilities = positions.map { distribution.probabilities[$0] }
        var result = Recomputation(
            verdict: .notDrawn, probabilities: probabilities, redrawn: nil, state: state, positions: positions)
        guard decision.kind == .fresh else { return result }
        let distance = zip(probabilities, decision.probabilities).map { abs($0 - $1) }.max() ?? 0
        let drawn = positions[decision.arms.firstIndex(of: decision.arm) ?? 0]
        if probabilities == decision.probabilities {
            result.verdict = .equal
        } else if decision.probabilities.contains(1), state.bestExpectedUtility(over: eligible) == drawn {
            result.verdict = .greedy
            return result
        } else {
            result.verdict = .different(by: distance)
        }
        var logged = ActionDistribution(probabilities: [Double](repeating: 0, count: route.plan.arms.count))
        for (position, probability) in zip(positions, decision.probabilities) {
            logged.probabilities[position] = probability
        }
        var generator = RoutingEngine.generator(for: decision.id)
        result.redrawn = route.plan.armIDs[logged.draw(using: &generator)]
        return result
    }
}
