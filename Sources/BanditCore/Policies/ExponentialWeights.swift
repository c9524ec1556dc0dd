internal import RealModule

func power(_ base: Double, _ exponent: Double) -> Double { Double.pow(base, exponent) }

extension CategoryState {
    /// Estimated cumulative loss of an arm: importance-weighted losses, and its penalty in every round.
    @inline(__always)
    func cumulativeLoss(_ arm: Int) -> Double {
        self[.weightedLoss, arm] + total * self[.penalty, arm]
    }

    @inline(__always)
    func leastLoss(_ eligible: ArmSet) -> Double {
        var least = Double.infinity
        for arm in eligible { least = Swift.min(least, cumulativeLoss(arm)) }
        return least
    }
}

/// EXP3-IX (Neu 2015): p ∝ exp(−η·L̂) over losses divided by (propensity + γ); γ belongs to the cell table, which adds
/// them up. η = √(2 ln K/(K·t)) where it is not given.
package struct EXP3IXPolicy: Policy {
    /// Learning rate; 0: anytime.
    package let eta: Double
    package var kind: PolicyKind { .exp3IX }

    package init(eta: Double = 0) { self.eta = eta }

    @inline(__always)
    func rate(_ state: CategoryState, _ count: Int) -> Double {
        if eta > 0 { return eta }
        let k = Double(Swift.max(2, count))
        return (2 * Double.log(k) / (k * Swift.max(1, state.total))).squareRoot()
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        if eligible.isEmpty { return Greedy.distribution(eligible, armCount: state.armCount) }
        let (rate, least) = (rate(state, eligible.count), state.leastLoss(eligible))
        var weights = [Double](repeating: 0, count: state.armCount)
        for arm in eligible { weights[arm] = Double.exp(-rate * (state.cumulativeLoss(arm) - least)) }
        return ActionDistribution(weights: weights, eligible: eligible)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let (rate, least) = (rate(state, eligible.count), state.leastLoss(eligible))
        var total = 0.0
        for arm in eligible { total += Double.exp(-rate * (state.cumulativeLoss(arm) - least)) }
        return Greedy.draw(eligible, total: total, using: &generator) {
            Double.exp(-rate * (state.cumulativeLoss($0) - least))
        }
    }
}

/// Tsallis-INF (Zimmert & Seldin 2021), best of both worlds: p = 4·(η_t·(L̂ − x))⁻² with x such that they sum to 1, and
/// η_t = eta/√t.
package struct TsallisINFPolicy: Policy {
    /// 2 in the paper for importance-weighted losses.
    package let eta: Double
    package var kind: PolicyKind { .tsallisINF }

    package init(eta: Double = 2) { self.eta = eta }

    /// x relative to the least loss, in units where p = (η(L̂ − least)/2 + z)⁻²: z in [1, √K], by Newton from the left.
    @inline(__always)
    private func normaliser(_ state: CategoryState, _ eligible: ArmSet, _ rate: Double, _ least: Double) -> Double {
        var z = 1.0
        for _ in 0..<50 {
            var (sum, slope) = (0.0, 0.0)
            for arm in eligible {
                let value = 1 / (0.5 * rate * (state.cumulativeLoss(arm) - least) + z)
                sum += value * value
                slope += 2 * value * value * value
            }
            // Σp is convex and falls in z: Newton from where it is too large never passes the root.
            let step = (sum - 1) / slope
            z += step
            if abs(step) <= 1e-15 * z { break }
        }
        return z
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        if eligible.isEmpty { return Greedy.distribution(eligible, armCount: state.armCount) }
        let (rate, least) = (eta / Swift.max(1, state.total).squareRoot(), state.leastLoss(eligible))
        let z = normaliser(state, eligible, rate, least)
        var weights = [Double](repeating: 0, count: state.armCount)
        for arm in eligible {
            let value = 1 / (0.5 * rate * (state.cumulativeLoss(arm) - least) + z)
            weights[arm] = value * value
        }
        return ActionDistribution(weights: weights, eligible: eligible)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let (rate, least) = (eta / Swift.max(1, state.total).squareRoot(), state.leastLoss(eligible))
        let z = normaliser(state, eligible, rate, least)
        var total = 0.0
        for arm in eligible {
            let value = 1 / (0.5 * rate * (state.cumulativeLoss(arm) - least) + z)
            total += value * value
        }
        return Greedy.draw(eligible, total: total, using: &generator) {
            let value = 1 / (0.5 * rate * (state.cumulativeLoss($0) - least) + z)
            return value * value
        }
    }
}
