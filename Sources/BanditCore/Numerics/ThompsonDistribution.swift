internal import RealModule

/// The probability of each arm to have the largest draw, with the error the integral found in itself.
package struct RaceResult: Sendable, Equatable {
    /// `[arm]`: summing to 1 within 1e-12 after normalisation.
    package var probabilities: [Double]
    /// Σ − 1 before normalisation.
    package var sumError: Double
}

/// P(arm k has the largest utility) for independent qualities Beta(alpha[k], beta[k]) less `penalty[k]`: Thompson
/// sampling's own action distribution, by quadrature to about 1e-10 for shapes from 1e-3 to 1e7.
///
/// Shapes outside of that range are moved to its ends. Arms off `eligible` get exactly 0. Without eligible arms all is 0.
package func thompsonDistribution(
    alpha: [Double], beta: [Double], penalty: [Double], eligible: ArmSet
) -> RaceResult {
    thompsonDistribution(armCount: alpha.count, eligible: eligible) { (alpha[$0], beta[$0], penalty[$0]) }
}

/// The same from a function of the arm to (alpha, beta, penalty).
func thompsonDistribution(
    armCount: Int, eligible: ArmSet, parameters: (Int) -> (Double, Double, Double)
) -> RaceResult {
    let contenders = contenders(eligible) { parameters($0).2 }
    var racers: [BetaRacer] = []
    racers.reserveCapacity(contenders.count)
    if contenders.count > 1 {
        for arm in contenders {
            let (alpha, beta, penalty) = parameters(arm)
            racers.append(BetaRacer(clamping: alpha, beta, penalty: penalty))
        }
    }
    return run(racers, starts: Array(0...racers.count), eligible: contenders, armCount: armCount) {
        race, start, end, workspace in
        MaximumRace.run(race, from: start, to: end, workspace: &workspace)
    } shifted: { race, start, end, workspace in
        MaximumRace.run(race, from: start, to: end, workspace: &workspace)
    }
}

/// P(arm k has the largest utility) where qualities are mixtures of betas (robust priors): components (weight > 0, alpha,
/// beta) of each arm, and its penalty.
package func thompsonDistribution(
    mixtures: [BetaMixture], penalty: [Double], eligible: ArmSet
) -> RaceResult {
    let contenders = contenders(eligible) { penalty[$0] }
    var (racers, weights, starts): ([BetaRacer], [Double], [Int]) = ([], [], [])
    for arm in contenders {
        starts.append(racers.count)
        for component in mixtures[arm].components {
            racers.append(BetaRacer(clamping: component.alpha, component.beta, penalty: penalty[arm]))
            weights.append(Double.log(component.weight))
        }
    }
    starts.append(racers.count)
    return run(racers, starts: starts, eligible: contenders, armCount: mixtures.count) { race, start, end, workspace in
        MaximumRace.run(
            MixtureRace(base: race, starts: starts, logWeights: weights), from: start, to: end, workspace: &workspace)
    } shifted: { race, start, end, workspace in
        MaximumRace.run(
            MixtureRace(base: race, starts: starts, logWeights: weights), from: start, to: end, workspace: &workspace)
    }
}

/// The eligible arms that can win at all: qualities lie in [0, 1], so one that loses a whole point more than another to its penalty
/// never does. A budget that nothing but the cheapest arm can keep asks for such prices over and over.
private func contenders(_ eligible: ArmSet, penalty: (Int) -> Double) -> ArmSet {
    func known(_ arm: Int) -> Double { BetaRacer.finite(penalty(arm)) }
    guard let first = eligible.first else { return eligible }
    var least = known(first)
    for arm in eligible { least = Swift.min(least, known(arm)) }
    var result = eligible
    for arm in eligible where known(arm) - least >= 1 { result.remove(arm) }
    return result
}

/// Runs the race that suits the penalties (arm k has the racers starts[k] ..< starts[k + 1]) and normalises what the arms of `eligible` (in ascending order) have won.
private func run(
    _ racers: [BetaRacer], starts: [Int], eligible: ArmSet, armCount: Int,
    equal: (EqualPenaltyRace, Double, Double, inout RaceWorkspace) -> Void,
    shifted: (ShiftedRace, Double, Double, inout RaceWorkspace) -> Void
) -> RaceResult {
    var result = RaceResult(probabilities: [Double](repeating: 0, count: armCount), sumError: 0)
    guard eligible.count > 1 else {
        if let only = eligible.first { result.probabilities[only] = 1 }
        return result
    }
    var workspace = RaceWorkspace(racers.count)
    let shared = racers[0].penalty
    if racers.allSatisfy({ $0.penalty == shared }) {
        var (top, bottom) = (-Double.infinity, -Double.infinity)
        for arm in 0..<eligible.count {
            var low = Double.infinity
            for racer in racers[starts[arm]..<starts[arm + 1]] {
                top = Swift.max(top, racer.high)
                low = Swift.min(low, racer.low)
            }
            bottom = Swift.max(bottom, low)
        }
        equal(EqualPenaltyRace(racers: racers), top, bottom, &workspace)
    } else {
        for segment in ShiftedRace.segments(racers, starts: starts) {
            shifted(segment.race, segment.start, segment.end, &workspace)
            var below = 1.0
            for index in 0..<eligible.count { below *= Swift.max(0, 1 - workspace.tail[index]) }
            if below < MaximumRace.negligible { break }
        }
    }
    var total = 0.0
    for index in 0..<eligible.count { total += workspace.won[index] }
    for (index, arm) in eligible.enumerated() { result.probabilities[arm] = workspace.won[index] / total }
    result.sumError = total - 1
    return result
}

extension BetaRacer {
    /// A racer with its shapes moved into the range the integral is tested on; a penalty that is no number counts as 0.
    init(clamping alpha: Double, _ beta: Double, penalty: Double) {
        func clamped(_ shape: Double) -> Double {
            shape.isFinite ? Swift.max(1e-3, Swift.min(1e8, shape)) : 1e-3
        }
        self.init(alpha: clamped(alpha), beta: clamped(beta), penalty: Self.finite(penalty))
    }

    fileprivate static func finite(_ penalty: Double) -> Double { penalty.isFinite ? penalty : 0 }
}
