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
    var result = RaceResult(probabilities: [Double](repeating: 0, count: armCount), sumError: 0)
    guard let first = eligible.first else { return result }
    if eligible.count == 1 {
        result.probabilities[first] = 1
        return result
    }
    var (racers, arms): ([BetaRacer], [Int]) = ([], [])
    racers.reserveCapacity(eligible.count)
    arms.reserveCapacity(eligible.count)
    for arm in eligible {
        let (alpha, beta, penalty) = parameters(arm)
        racers.append(
            BetaRacer(alpha: clampedShape(alpha), beta: clampedShape(beta), penalty: penalty.isFinite ? penalty : 0))
        arms.append(arm)
    }
    var workspace = RaceWorkspace()
    workspace.prepare(racers.count)
    let shared = racers[0].penalty
    if racers.allSatisfy({ $0.penalty == shared }) {
        runEqual(racers, workspace: &workspace)
    } else {
        runShifted(racers, workspace: &workspace)
    }
    var total = 0.0
    for index in arms.indices { total += workspace.won[index] }
    for (index, arm) in arms.enumerated() { result.probabilities[arm] = workspace.won[index] / total }
    result.sumError = total - 1
    return result
}

/// Shapes within the range the integral is tested on.
private func clampedShape(_ shape: Double) -> Double {
    shape.isFinite ? Swift.max(1e-3, Swift.min(1e8, shape)) : 1e-3
}

private func runEqual(_ racers: [BetaRacer], workspace: inout RaceWorkspace) {
    var (top, bottom) = (-Double.infinity, -Double.infinity)
    for racer in racers {
        top = Swift.max(top, racer.high)
        bottom = Swift.max(bottom, racer.low)
    }
    MaximumRace.run(EqualPenaltyRace(racers: racers), from: top, to: bottom, workspace: &workspace)
}

private func runShifted(_ racers: [BetaRacer], workspace: inout RaceWorkspace) {
    /// Where an end of the support is in reach of the arm's mass, utility jumps or is singular there.
    let near = 0.02
    var (top, bottom) = (-Double.infinity, -Double.infinity)
    var bottomIsSingular = false
    var cuts: [Double] = []
    for racer in racers {
        let upperRest = 1 / (1 + Double.exp(racer.high))
        let lowerX = 1 / (1 + Double.exp(-racer.low))
        let reachesTop = upperRest < near
        let reachesBottom = lowerX < near
        let upper = reachesTop ? 1 - racer.penalty : (1 - upperRest) - racer.penalty
        let lower = reachesBottom ? -racer.penalty : lowerX - racer.penalty
        if reachesTop { cuts.append(upper) }
        top = Swift.max(top, upper)
        if lower > bottom {
            bottom = lower
            bottomIsSingular = reachesBottom
        }
    }
    cuts.append(top)
    cuts.sort(by: >)
    let singular = Set(
        racers.indices.compactMap { 1 / (1 + Double.exp(racers[$0].high)) < near ? 1 - racers[$0].penalty : nil })
    var race = ShiftedRace(racers: racers)
    var index = 0
    while index < cuts.count {
        let high = cuts[index]
        var following = index + 1
        while following < cuts.count, cuts[following] == high { following += 1 }
        index = following
        if high <= bottom { return }
        let low = following < cuts.count ? Swift.max(bottom, cuts[following]) : bottom
        race.low = low
        race.high = high
        race.stretchesHigh = singular.contains(high)
        race.stretchesLow = low == bottom && bottomIsSingular
        let start: Double
        if race.stretchesHigh {
            var furthest = 40.0
            for racer in racers where race.isAnchoredHigh(racer) { furthest = Swift.max(furthest, racer.high + 1) }
            start = race.stretchesLow ? furthest + Swift.max(0, Double.log(high - low)) : furthest
        } else {
            start = race.stretchesLow ? Double.log(high - low) : high
        }
        let end: Double
        if race.stretchesLow {
            var furthest = -40.0
            for racer in racers where race.isAnchoredLow(racer) { furthest = Swift.min(furthest, racer.low - 1) }
            end = furthest
        } else {
            end = race.stretchesHigh ? -Double.log(high - low) : low
        }
        MaximumRace.run(race, from: start, to: end, workspace: &workspace)
        var below = 1.0
        for arm in racers.indices { below *= Swift.max(0, 1 - workspace.tail[arm]) }
        if below < MaximumRace.negligible { return }
    }
}
