internal import RealModule

/// Arms whose largest draw is sought: independent densities along a common coordinate.
///
/// The coordinate must be an increasing function of utility; densities are with respect to the coordinate.
protocol RaceDensities {
    /// What arms share at a point (logarithms of the coordinate, say).
    associatedtype Node
    var count: Int { get }
    /// A point above which the arm's density and remaining mass are negligible (about 1e-13).
    func entry(_ arm: Int) -> Double
    func node(at position: Double) -> Node
    func logDensity(_ arm: Int, _ node: Node) -> Double
    /// The log density below which an arm does not matter (its peak less 40 or so).
    func floor(_ arm: Int) -> Double
    /// The widest panel that ends at `position` on which no singularity comes near.
    func widestPanel(endingAt position: Double) -> Double
}

/// Scratch space of `MaximumRace`, to be reused so that a distribution allocates nothing.
struct RaceWorkspace {
    /// `[arm][node]`.
    var density: [Double] = []
    var cumulative: [Double] = []
    /// `[arm]`: mass to the right of the current panel.
    var tail: [Double] = []
    /// `[arm]`: probability of being the largest, so far.
    var won: [Double] = []
    /// `[arm]`: log density at the right end of the current panel.
    var edge: [Double] = []
    var middle: [Double] = []
    var next: [Double] = []
    /// Arms already entered.
    var active: [Int] = []
    /// Arms yet to enter, by falling entry.
    var waiting: [Int] = []

    mutating func prepare(_ count: Int) {
        if tail.count < count {
            density = [Double](repeating: 0, count: count * GaussLegendre.order)
            cumulative = density
            tail = [Double](repeating: 0, count: count)
            won = tail
            edge = tail
            middle = tail
            next = tail
            active.reserveCapacity(count)
            waiting.reserveCapacity(count)
        }
        for arm in 0..<count {
            tail[arm] = 0
            won[arm] = 0
        }
        active.removeAll(keepingCapacity: true)
        waiting.removeAll(keepingCapacity: true)
    }
}

/// P(arm k has the largest draw) = ∫ f_k(u) Π_{j≠k} F_j(u) du by Gauss–Legendre panels, walked from the top downwards.
///
/// The distribution functions come from the same nodes: F = 1 − (mass to the right), by the fixed matrix that integrates
/// the interpolating polynomial (RESEARCH: Jeunen 2025, arXiv 2504.08773, for the integral). A panel is as wide as the log
/// densities that matter bend by no more than a fixed amount. What remains below a point is Π F_j there, so the walk stops
/// when that is negligible, and Σ − 1 is an error estimate.
enum MaximumRace {
    static let largestBend = 2.0
    static let largestChange = 9.0
    static let negligible = 1e-14
    static let panelLimit = 20_000

    /// Adds to `workspace.won` (prepared by the caller), from `start` down to `end`.
    static func run(
        _ arms: some RaceDensities, from start: Double, to end: Double, workspace: inout RaceWorkspace
    ) {
        let order = GaussLegendre.order
        var position = start
        workspace.active.removeAll(keepingCapacity: true)
        workspace.waiting.removeAll(keepingCapacity: true)
        for arm in 0..<arms.count {
            if arms.entry(arm) >= position {
                workspace.active.append(arm)
            } else {
                var place = workspace.waiting.count
                workspace.waiting.append(arm)
                while place > 0, arms.entry(workspace.waiting[place - 1]) < arms.entry(arm) {
                    workspace.waiting[place] = workspace.waiting[place - 1]
                    place -= 1
                }
                workspace.waiting[place] = arm
            }
        }
        var entered = 0
        var node = arms.node(at: position)
        for arm in workspace.active { workspace.edge[arm] = arms.logDensity(arm, node) }
        var width = Double.infinity
        for _ in 0..<panelLimit {
            if position <= end { return }
            if workspace.active.isEmpty {
                if entered == workspace.waiting.count { return }
                position = Swift.min(position, arms.entry(workspace.waiting[entered]))
                if position <= end { return }
                workspace.active.append(workspace.waiting[entered])
                entered += 1
                node = arms.node(at: position)
                workspace.edge[workspace.active[0]] = arms.logDensity(workspace.active[0], node)
            }
            width = Swift.min(1.5 * width, arms.widestPanel(endingAt: position), position - end)
            // Arms that would enter inside the panel enter now; they may make it narrower.
            while entered < workspace.waiting.count, arms.entry(workspace.waiting[entered]) > position - width {
                let arm = workspace.waiting[entered]
                workspace.active.append(arm)
                workspace.edge[arm] = arms.logDensity(arm, arms.node(at: position))
                entered += 1
            }
            for _ in 0..<60 {
                let left = arms.node(at: position - width)
                let centre = arms.node(at: position - 0.5 * width)
                var worst = 0.0
                for arm in workspace.active {
                    let (high, low) = (workspace.edge[arm], arms.logDensity(arm, left))
                    let middle = arms.logDensity(arm, centre)
                    workspace.next[arm] = low
                    if Swift.max(high, low, middle) < arms.floor(arm) { continue }
                    let bend = abs(high + low - 2 * middle) / largestBend
                    let change = abs(high - low) / largestChange
                    worst = Swift.max(worst, bend, change * change)
                }
                if worst <= 1 { break }
                width *= worst.isFinite ? Swift.max(0.125, 0.95 / worst.squareRoot()) : 0.125
            }
            let half = 0.5 * width
            let centre = position - half
            evaluate(arms, centre: centre, half: half, workspace: &workspace)
            accumulate(order: order, half: half, workspace: &workspace)
            position -= width
            var below = 1.0
            for arm in workspace.active {
                workspace.edge[arm] = workspace.next[arm]
                below *= Swift.max(0, 1 - workspace.tail[arm])
            }
            if below < negligible { return }
        }
    }

    @inline(__always)
    private static func evaluate(
        _ arms: some RaceDensities, centre: Double, half: Double, workspace: inout RaceWorkspace
    ) {
        let order = GaussLegendre.order
        for i in 0..<order {
            let node = arms.node(at: centre + half * GaussLegendre.nodes[i])
            for arm in workspace.active {
                workspace.density[arm * order + i] = Double.exp(arms.logDensity(arm, node))
            }
        }
    }

    /// Distribution functions at the nodes, leave-one-out products by prefix and suffix, and the panel's share of every arm.
    private static func accumulate(order: Int, half: Double, workspace: inout RaceWorkspace) {
        let activeCount = workspace.active.count
        workspace.active.withUnsafeBufferPointer { active in
            workspace.density.withUnsafeMutableBufferPointer { density in
                workspace.cumulative.withUnsafeMutableBufferPointer { cumulative in
                    workspace.tail.withUnsafeMutableBufferPointer { tail in
                        workspace.won.withUnsafeMutableBufferPointer { won in
                            GaussLegendre.right.withUnsafeBufferPointer { right in
                                GaussLegendre.weights.withUnsafeBufferPointer { weights in
                                    for index in 0..<activeCount {
                                        let base = active[index] * order
                                        let above = tail[active[index]]
                                        for i in 0..<order { cumulative[base + i] = 0 }
                                        var mass = 0.0
                                        for j in 0..<order {
                                            let f = half * density[base + j]
                                            mass += weights[j] * f
                                            let row = j * order
                                            for i in 0..<order { cumulative[base + i] += right[row + i] * f }
                                        }
                                        for i in 0..<order {
                                            cumulative[base + i] = Swift.max(
                                                0, Swift.min(1, 1 - above - cumulative[base + i]))
                                        }
                                        tail[active[index]] = above + mass
                                    }
                                    for i in 0..<order {
                                        // density becomes weight · f · Π of the arms before; then times Π of those after.
                                        var product = half * weights[i]
                                        for index in 0..<activeCount {
                                            let at = active[index] * order + i
                                            density[at] *= product
                                            product *= cumulative[at]
                                        }
                                        product = 1
                                        for index in stride(from: activeCount - 1, through: 0, by: -1) {
                                            let at = active[index] * order + i
                                            won[active[index]] += density[at] * product
                                            product *= cumulative[at]
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
