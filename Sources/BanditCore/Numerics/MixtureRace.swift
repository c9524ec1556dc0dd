internal import RealModule

/// Arms that are mixtures of another race's arms: component densities are added.
struct MixtureRace<Base: RaceDensities>: RaceDensities {
    /// Its arms are the components of all arms, one after another.
    let base: Base
    /// `[arm]`: the first component; one more entry than arms.
    let starts: [Int]
    let logWeights: [Double]

    var count: Int { starts.count - 1 }

    func entry(_ arm: Int) -> Double {
        components(arm).reduce(-Double.infinity) { Swift.max($0, base.entry($1)) }
    }

    func floor(_ arm: Int) -> Double {
        components(arm).reduce(Double.infinity) { Swift.min($0, base.floor($1)) }
    }

    func node(at position: Double) -> Base.Node { base.node(at: position) }

    func logDensity(_ arm: Int, _ node: Base.Node) -> Double {
        var top = -Double.infinity
        for component in components(arm) {
            top = Swift.max(top, base.logDensity(component, node) + logWeights[component])
        }
        if top == -.infinity { return top }
        var sum = 0.0
        for component in components(arm) {
            sum += Double.exp(base.logDensity(component, node) + logWeights[component] - top)
        }
        return top + Double.log(sum)
    }

    func widestPanel(endingAt position: Double) -> Double { base.widestPanel(endingAt: position) }

    private func components(_ arm: Int) -> Range<Int> { starts[arm]..<starts[arm + 1] }
}
