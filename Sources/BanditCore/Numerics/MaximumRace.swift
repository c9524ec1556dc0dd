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
    /// Four nodes, laid out for arithmetic on all at once.
    associatedtype Block = FourNodes<Node>
    func block(_ nodes: FourNodes<Node>) -> Block
    /// `logDensity` at four nodes.
    func logDensities(_ arm: Int, _ block: Block) -> SIMD4<Double>
    /// `logDensity` at two nodes.
    func logDensities(_ arm: Int, _ first: Node, _ second: Node) -> (Double, Double)
    /// The log density below which an arm does not matter (its peak less 40 or so).
    func floor(_ arm: Int) -> Double
    /// The widest panel that ends at `position` on which no singularity comes near.
    func widestPanel(endingAt position: Double) -> Double
}

struct FourNodes<Node> {
    var first: Node
    var second: Node
    var third: Node
    var fourth: Node
}

extension RaceDensities where Block == FourNodes<Node> {
    @inline(__always)
    func block(_ nodes: FourNodes<Node>) -> Block { nodes }

    @inline(__always)
    func logDensities(_ arm: Int, _ block: Block) -> SIMD4<Double> {
        SIMD4(
            logDensity(arm, block.first), logDensity(arm, block.second), logDensity(arm, block.third),
            logDensity(arm, block.fourth))
    }
}

extension RaceDensities {
    @inline(__always)
    func logDensities(_ arm: Int, _ first: Node, _ second: Node) -> (Double, Double) {
        (logDensity(arm, first), logDensity(arm, second))
    }
}

/// Scratch space of `MaximumRace`: one allocation for a whole distribution.
struct RaceWorkspace: ~Copyable {
    let count: Int
    /// `[arm][node]`.
    let density: UnsafeMutablePointer<Double>
    let cumulative: UnsafeMutablePointer<Double>
    /// `[arm]`: mass to the right of the current panel.
    let tail: UnsafeMutablePointer<Double>
    /// `[arm]`: probability of being the largest, so far.
    let won: UnsafeMutablePointer<Double>
    /// `[arm]`: log density at the right end of the current panel, and at its left end.
    let edge: UnsafeMutablePointer<Double>
    let next: UnsafeMutablePointer<Double>
    /// Arms already entered: the first `activeCount`.
    let active: UnsafeMutablePointer<Int>
    var activeCount = 0
    /// Arms yet to enter when a race began, by falling entry.
    let waiting: UnsafeMutablePointer<Int>
    var waitingCount = 0

    init(_ count: Int) {
        self.count = count
        let order = GaussLegendre.order
        density = .allocate(capacity: count * (2 * order + 4))
        density.initialize(repeating: 0, count: count * (2 * order + 4))
        cumulative = density + count * order
        tail = cumulative + count * order
        won = tail + count
        edge = won + count
        next = edge + count
        active = .allocate(capacity: 2 * count)
        active.initialize(repeating: 0, count: 2 * count)
        waiting = active + count
    }

    deinit {
        density.deallocate()
        active.deallocate()
    }

    mutating func enter(_ arm: Int) {
        active[activeCount] = arm
        activeCount += 1
    }
}

/// P(arm k has the largest draw) = ∫ f_k(u) Π_{j≠k} F_j(u) du by Gauss–Legendre panels, walked from the top downwards.
///
/// The distribution functions come from the same nodes: F = 1 − (mass to the right), by the fixed matrix that integrates
/// the interpolating polynomial (RESEARCH: Jeunen 2025, arXiv 2504.08773, for the integral). A panel is as wide as the log
/// densities that matter bend by no more than a fixed amount. What remains below a point is Π F_j there, so the walk stops
/// when that is negligible, and Σ − 1 is an error estimate.
enum MaximumRace {
    static let largestBend = 1.3
    static let largestChange = 12.0
    static let negligible = 1e-14
    static let panelLimit = 20_000

    /// Adds to `workspace.won` (prepared by the caller), from `start` down to `end`.
    static func run(
        _ arms: some RaceDensities, from start: Double, to end: Double, workspace: inout RaceWorkspace
    ) {
        var position = start
        workspace.activeCount = 0
        workspace.waitingCount = 0
        for arm in 0..<arms.count {
            let entry = arms.entry(arm)
            if entry >= position {
                workspace.enter(arm)
            } else {
                var place = workspace.waitingCount
                workspace.waitingCount += 1
                while place > 0, arms.entry(workspace.waiting[place - 1]) < entry {
                    workspace.waiting[place] = workspace.waiting[place - 1]
                    place -= 1
                }
                workspace.waiting[place] = arm
            }
        }
        var entered = 0
        var node = arms.node(at: position)
        for index in 0..<workspace.activeCount {
            let arm = workspace.active[index]
            workspace.edge[arm] = arms.logDensity(arm, node)
        }
        var width = Double.infinity
        for _ in 0..<panelLimit {
            if position <= end { return }
            if workspace.activeCount == 0 {
                if entered == workspace.waitingCount { return }
                position = Swift.min(position, arms.entry(workspace.waiting[entered]))
                if position <= end { return }
                workspace.enter(workspace.waiting[entered])
                entered += 1
                node = arms.node(at: position)
                workspace.edge[workspace.active[0]] = arms.logDensity(workspace.active[0], node)
            }
            width = Swift.min(width, arms.widestPanel(endingAt: position), position - end)
            if entered < workspace.waitingCount {
                let gap = position - arms.entry(workspace.waiting[entered])
                if gap > 0.25 * width {
                    // What is above an arm's entry does without it.
                    width = Swift.min(width, gap)
                } else {
                    while entered < workspace.waitingCount {
                        let arm = workspace.waiting[entered]
                        if arms.entry(arm) <= position - width { break }
                        workspace.enter(arm)
                        workspace.edge[arm] = arms.logDensity(arm, arms.node(at: position))
                        entered += 1
                    }
                }
            }
            var worst = 0.0
            for _ in 0..<60 {
                worst = strain(arms, position: position, width: width, workspace: workspace)
                if worst <= 1 { break }
                width *= worst.isFinite ? Swift.max(0.125, 0.95 / worst.squareRoot()) : 0.125
            }
            let half = 0.5 * width
            let centre = position - half
            evaluate(arms, centre: centre, half: half, workspace: workspace)
            accumulate(half: half, workspace: workspace)
            position -= width
            width *= Swift.min(2, 0.9 / Swift.max(worst, 1e-6).squareRoot())
            var below = 1.0
            for index in 0..<workspace.activeCount {
                let arm = workspace.active[index]
                workspace.edge[arm] = workspace.next[arm]
                below *= Swift.max(0, 1 - workspace.tail[arm])
            }
            if below < negligible { return }
        }
    }

    /// How far the log densities bend and change over a panel, squared and relative to what 12 nodes bear.
    @inline(__always)
    private static func strain(
        _ arms: some RaceDensities, position: Double, width: Double, workspace: borrowing RaceWorkspace
    ) -> Double {
        let left = arms.node(at: position - width)
        let centre = arms.node(at: position - 0.5 * width)
        var worst = 0.0
        for index in 0..<workspace.activeCount {
            let arm = workspace.active[index]
            let high = workspace.edge[arm]
            let (low, middle) = arms.logDensities(arm, left, centre)
            workspace.next[arm] = low
            if Swift.max(high, low, middle) < arms.floor(arm) { continue }
            let bend = abs(high + low - 2 * middle) / largestBend
            let change = abs(high - low) / largestChange
            worst = Swift.max(worst, bend, change * change)
        }
        return worst
    }

    @inline(__always)
    private static func evaluate<Arms: RaceDensities>(
        _ arms: Arms, centre: Double, half: Double, workspace: borrowing RaceWorkspace
    ) {
        let order = GaussLegendre.order
        for i in stride(from: 0, to: order, by: 4) {
            func node(_ index: Int) -> Arms.Node { arms.node(at: centre + half * GaussLegendre.nodes[index]) }
            let block = arms.block(
                FourNodes(first: node(i), second: node(i + 1), third: node(i + 2), fourth: node(i + 3)))
            for index in 0..<workspace.activeCount {
                let arm = workspace.active[index]
                let density = VectorMath.exp(arms.logDensities(arm, block))
                let start = workspace.density + (arm * order + i)
                UnsafeMutableRawPointer(start).storeBytes(of: density, as: SIMD4<Double>.self)
            }
        }
    }

    /// Distribution functions at the nodes, leave-one-out products by prefix and suffix, and the panel's share of every arm.
    private static func accumulate(half: Double, workspace: borrowing RaceWorkspace) {
        let (density, cumulative) = (workspace.density, workspace.cumulative)
        let (active, activeCount) = (workspace.active, workspace.activeCount)
        GaussLegendre.right.withUnsafeBufferPointer { right in
            for index in 0..<activeCount {
                let arm = active[index]
                let above = workspace.tail[arm]
                var (mass, sum) = (0.0, TwelveNodes(repeating: 0))
                for j in 0..<GaussLegendre.order {
                    let f = half * density[arm * GaussLegendre.order + j]
                    mass += GaussLegendre.weights[j] * f
                    sum.add(TwelveNodes(at: right.baseAddress! + j * GaussLegendre.order), times: f)
                }
                sum.becomeDistribution(above: above)
                sum.store(at: cumulative + arm * GaussLegendre.order)
                workspace.tail[arm] = above + mass
            }
        }
        // density becomes weight · f · Π of the arms before; then times Π of those after.
        var product = GaussLegendre.weights.withUnsafeBufferPointer { TwelveNodes(at: $0.baseAddress!) }
        product.multiply(by: half)
        for index in 0..<activeCount {
            let base = active[index] * GaussLegendre.order
            var share = TwelveNodes(at: density + base)
            share.multiply(by: product)
            share.store(at: density + base)
            product.multiply(by: TwelveNodes(at: cumulative + base))
        }
        product = TwelveNodes(repeating: 1)
        for index in stride(from: activeCount - 1, through: 0, by: -1) {
            let base = active[index] * GaussLegendre.order
            var share = TwelveNodes(at: density + base)
            share.multiply(by: product)
            workspace.won[active[index]] += share.sum
            product.multiply(by: TwelveNodes(at: cumulative + base))
        }
    }
}

/// A value at each of the 12 nodes of a panel, in registers.
private struct TwelveNodes {
    var first: SIMD4<Double>
    var second: SIMD4<Double>
    var third: SIMD4<Double>

    @inline(__always)
    init(repeating value: Double) {
        first = SIMD4(repeating: value)
        second = first
        third = first
    }

    @inline(__always)
    init(at pointer: UnsafePointer<Double>) {
        let raw = UnsafeRawPointer(pointer)
        first = raw.loadUnaligned(as: SIMD4<Double>.self)
        second = raw.loadUnaligned(fromByteOffset: 32, as: SIMD4<Double>.self)
        third = raw.loadUnaligned(fromByteOffset: 64, as: SIMD4<Double>.self)
    }

    @inline(__always)
    func store(at pointer: UnsafeMutablePointer<Double>) {
        let raw = UnsafeMutableRawPointer(pointer)
        raw.storeBytes(of: first, as: SIMD4<Double>.self)
        raw.storeBytes(of: second, toByteOffset: 32, as: SIMD4<Double>.self)
        raw.storeBytes(of: third, toByteOffset: 64, as: SIMD4<Double>.self)
    }

    @inline(__always)
    mutating func add(_ other: TwelveNodes, times factor: Double) {
        first += other.first * factor
        second += other.second * factor
        third += other.third * factor
    }

    @inline(__always)
    mutating func multiply(by factor: Double) {
        first *= factor
        second *= factor
        third *= factor
    }

    @inline(__always)
    mutating func multiply(by other: TwelveNodes) {
        first *= other.first
        second *= other.second
        third *= other.third
    }

    /// What lies to the right of each node becomes what lies to its left, in [0, 1].
    @inline(__always)
    mutating func becomeDistribution(above: Double) {
        let rest = 1 - above
        first = Self.clamp(rest - first)
        second = Self.clamp(rest - second)
        third = Self.clamp(rest - third)
    }

    @inline(__always)
    private static func clamp(_ value: SIMD4<Double>) -> SIMD4<Double> {
        value.replacing(with: 0, where: value .< 0).replacing(with: 1, where: value .> 1)
    }

    @inline(__always)
    var sum: Double { (first + second + third).sum() }
}
