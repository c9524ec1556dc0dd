internal import RealModule

/// Normal arms: mean and standard deviation.
private struct NormalRace: RaceDensities {
    var means: [Double]
    var deviations: [Double]
    var count: Int { means.count }

    func entry(_ arm: Int) -> Double { means[arm] + 8.2 * deviations[arm] }
    func node(at position: Double) -> Double { position }
    func floor(_ arm: Int) -> Double { -Double.log(deviations[arm]) - 40 }

    @inline(__always)
    func logDensity(_ arm: Int, _ node: Double) -> Double {
        let z = (node - means[arm]) / deviations[arm]
        return -0.5 * z * z - 0.918938533204672742 - Double.log(deviations[arm])
    }

    func widestPanel(endingAt position: Double) -> Double { .infinity }
}

/// Student's t arms: location, scale, degrees of freedom.
private struct StudentRace: RaceDensities {
    var locations: [Double]
    var scales: [Double]
    var degrees: [Double]
    var constants: [Double]
    var count: Int { locations.count }

    /// Beyond this many scales the tail holds about 1e-13: it falls as z^(−degrees).
    func reach(_ arm: Int) -> Double {
        let nu = degrees[arm]
        return (nu * Double.expMinusOne(Swift.min(600, 62 / nu))).squareRoot()
    }

    func entry(_ arm: Int) -> Double { locations[arm] + scales[arm] * reach(arm) }
    func node(at position: Double) -> Double { position }
    func floor(_ arm: Int) -> Double { -.infinity }

    @inline(__always)
    func logDensity(_ arm: Int, _ node: Double) -> Double {
        let z = (node - locations[arm]) / scales[arm]
        return constants[arm] - 0.5 * (degrees[arm] + 1) * Double.log(onePlus: z * z / degrees[arm])
    }

    func widestPanel(endingAt position: Double) -> Double {
        // The density's poles lie at location ± i·scale·√degrees.
        var widest = Double.infinity
        for arm in locations.indices {
            let z = (position - locations[arm]) / scales[arm]
            let near = 1.27 * degrees[arm].squareRoot()
            widest = Swift.min(widest, scales[arm] * Swift.max(near, z > 0 ? 0.75 * z : -3 * z))
        }
        return widest
    }
}

/// Gumbel arms: location and scale.
private struct GumbelRace: RaceDensities {
    var locations: [Double]
    var scales: [Double]
    var count: Int { locations.count }

    func entry(_ arm: Int) -> Double { locations[arm] + 32 * scales[arm] }
    func node(at position: Double) -> Double { position }
    func floor(_ arm: Int) -> Double { -Double.log(scales[arm]) - 45 }

    @inline(__always)
    func logDensity(_ arm: Int, _ node: Double) -> Double {
        let z = (node - locations[arm]) / scales[arm]
        return -z - Double.exp(-z) - Double.log(scales[arm])
    }

    func widestPanel(endingAt position: Double) -> Double { .infinity }
}

/// Runs a race of the eligible arms from the highest entry to `bottom`, and normalises.
private func race(
    _ densities: some RaceDensities, arms: [Int], armCount: Int, bottom: Double
) -> RaceResult {
    var workspace = RaceWorkspace(densities.count)
    let top = (0..<densities.count).map(densities.entry).max() ?? 0
    MaximumRace.run(densities, from: top, to: bottom, workspace: &workspace)
    var result = RaceResult(probabilities: [Double](repeating: 0, count: armCount), sumError: 0)
    var total = 0.0
    for index in arms.indices { total += workspace.won[index] }
    for (index, arm) in arms.enumerated() { result.probabilities[arm] = workspace.won[index] / total }
    result.sumError = total - 1
    return result
}

private func trivial(_ eligible: ArmSet, armCount: Int) -> RaceResult? {
    if eligible.count > 1 { return nil }
    return RaceResult(probabilities: Greedy.distribution(eligible, armCount: armCount).probabilities, sumError: 0)
}

/// P(arm k is the largest) for independent normal arms: (mean, standard deviation > 0) of each.
package func gaussianDistribution(
    armCount: Int, eligible: ArmSet, parameters: (Int) -> (mean: Double, deviation: Double)
) -> RaceResult {
    if let result = trivial(eligible, armCount: armCount) { return result }
    let arms = Array(eligible)
    let race = NormalRace(means: arms.map { parameters($0).mean }, deviations: arms.map { parameters($0).deviation })
    let bottom = arms.indices.map { race.means[$0] - 8.2 * race.deviations[$0] }.max() ?? 0
    return BanditCore.race(race, arms: arms, armCount: armCount, bottom: bottom)
}

/// P(arm k is the largest) for independent Student arms: (location, scale > 0, degrees of freedom ≥ 1) of each.
package func studentDistribution(
    armCount: Int, eligible: ArmSet, parameters: (Int) -> (location: Double, scale: Double, degrees: Double)
) -> RaceResult {
    if let result = trivial(eligible, armCount: armCount) { return result }
    let arms = Array(eligible)
    let values = arms.map(parameters)
    let constants = values.map { value -> Double in
        let half = 0.5 * value.degrees
        // log Γ(ν/2 + ½) − log Γ(ν/2) − ½ log(πν) − log scale, by differences that keep their digits.
        let ratio =
            half * Double.log(onePlus: 0.5 / half) + 0.5 * Double.log(half) - 0.5 + stirlingError(half + 0.5)
            - stirlingError(half)
        return ratio - 0.5 * Double.log(Double.pi * value.degrees) - Double.log(value.scale)
    }
    let race = StudentRace(
        locations: values.map(\.location), scales: values.map(\.scale), degrees: values.map(\.degrees),
        constants: constants)
    let bottom = arms.indices.map { race.locations[$0] - race.scales[$0] * race.reach($0) }.max() ?? 0
    return BanditCore.race(race, arms: arms, armCount: armCount, bottom: bottom)
}

/// P(arm k is the largest) for independent Gumbel arms: (location, scale > 0) of each.
package func gumbelDistribution(
    armCount: Int, eligible: ArmSet, parameters: (Int) -> (location: Double, scale: Double)
) -> RaceResult {
    if let result = trivial(eligible, armCount: armCount) { return result }
    let arms = Array(eligible)
    let race = GumbelRace(locations: arms.map { parameters($0).location }, scales: arms.map { parameters($0).scale })
    let bottom = arms.indices.map { race.locations[$0] - 3.6 * race.scales[$0] }.max() ?? 0
    return BanditCore.race(race, arms: arms, armCount: armCount, bottom: bottom)
}
