internal import RealModule

/// Betas that lose different utilities: the race is run in utility, in segments whose singular ends are stretched.
struct ShiftedRace: RaceDensities {
    struct Node {
        var utility: Double
        /// Distances from the segment's ends, and their logarithms (not a number where that end is not stretched).
        var aboveLow: Double
        var belowHigh: Double
        var logAboveLow: Double
        var logBelowHigh: Double
        /// log du/dt.
        var logJacobian: Double
    }

    var racers: [BetaRacer]
    /// The segment, in utility.
    var low = 0.0
    var high = 1.0
    /// Whether the end is a singular end of some arm, and so stretched: distance = exp(±t).
    var stretchesLow = false
    var stretchesHigh = false

    var count: Int { racers.count }

    /// The coordinate of a utility inside the segment.
    func position(ofUtility utility: Double) -> Double {
        switch (stretchesLow, stretchesHigh) {
        case (false, false): utility
        case (true, false): Double.log(utility - low)
        case (false, true): -Double.log(high - utility)
        case (true, true): Double.log(utility - low) - Double.log(high - utility)
        }
    }

    func entry(_ arm: Int) -> Double {
        let racer = racers[arm]
        if stretchesHigh && isAnchoredHigh(racer) {
            // 1 − x = exp(−t) or length/(1 + exp t): in both cases t ≥ high covers it.
            return Swift.max(36, racer.high + 1)
        }
        let top = (racer.high > 0 ? 1 / (1 + Double.exp(-racer.high)) : 1 - 1 / (1 + Double.exp(racer.high)))
        let utility = top - racer.penalty
        if utility >= high { return .infinity }
        if utility <= low { return -.infinity }
        return position(ofUtility: utility)
    }

    func floor(_ arm: Int) -> Double { -60 }

    func isAnchoredLow(_ racer: BetaRacer) -> Bool { -racer.penalty == low }
    func isAnchoredHigh(_ racer: BetaRacer) -> Bool { 1 - racer.penalty == high }

    func node(at position: Double) -> Node {
        switch (stretchesLow, stretchesHigh) {
        case (false, false):
            return Node(
                utility: position, aboveLow: position - low, belowHigh: high - position, logAboveLow: .nan,
                logBelowHigh: .nan, logJacobian: 0)
        case (true, false):
            let distance = Double.exp(position)
            return Node(
                utility: low + distance, aboveLow: distance, belowHigh: high - low - distance, logAboveLow: position,
                logBelowHigh: .nan, logJacobian: position)
        case (false, true):
            let distance = Double.exp(-position)
            return Node(
                utility: high - distance, aboveLow: high - low - distance, belowHigh: distance, logAboveLow: .nan,
                logBelowHigh: -position, logJacobian: -position)
        case (true, true):
            let length = high - low
            let logLength = Double.log(length)
            let e = Double.exp(-abs(position))
            let logLarge = -Double.log(onePlus: e)
            let logSmall = logLarge - abs(position)
            let large = length / (1 + e)
            let small = e * large
            let (above, below) = position > 0 ? (large, small) : (small, large)
            let (logAbove, logBelow) = position > 0 ? (logLarge, logSmall) : (logSmall, logLarge)
            return Node(
                utility: position > 0 ? high - small : low + small, aboveLow: above, belowHigh: below,
                logAboveLow: logLength + logAbove, logBelowHigh: logLength + logBelow,
                logJacobian: logLength + logAbove + logBelow)
        }
    }

    @inline(__always)
    func logDensity(_ arm: Int, _ node: Node) -> Double {
        let penalty = racers[arm].penalty
        let fromLow = stretchesLow && -penalty == low
        let fromHigh = stretchesHigh && 1 - penalty == high
        let x = fromLow ? node.aboveLow : (fromHigh ? 1 - node.belowHigh : node.utility + penalty)
        let y = fromHigh ? node.belowHigh : (fromLow ? 1 - node.aboveLow : (1 - penalty) - node.utility)
        if !fromLow && x <= 0 || !fromHigh && y <= 0 { return -.infinity }
        let logX = fromLow ? node.logAboveLow : Double.log(x)
        let logY = fromHigh ? node.logBelowHigh : Double.log(y)
        return racers[arm].logDensity(logX: logX, logY: logY, x: x, y: y) + node.logJacobian - logX - logY
    }

    struct Block {
        var nodes: FourNodes<Node>
        var utility: SIMD4<Double>
        var aboveLow: SIMD4<Double>
        var belowHigh: SIMD4<Double>
        var logAboveLow: SIMD4<Double>
        var logBelowHigh: SIMD4<Double>
        var logJacobian: SIMD4<Double>
    }

    @inline(__always)
    func block(_ nodes: FourNodes<Node>) -> Block {
        let (a, b, c, d) = (nodes.first, nodes.second, nodes.third, nodes.fourth)
        return Block(
            nodes: nodes, utility: SIMD4(a.utility, b.utility, c.utility, d.utility),
            aboveLow: SIMD4(a.aboveLow, b.aboveLow, c.aboveLow, d.aboveLow),
            belowHigh: SIMD4(a.belowHigh, b.belowHigh, c.belowHigh, d.belowHigh),
            logAboveLow: SIMD4(a.logAboveLow, b.logAboveLow, c.logAboveLow, d.logAboveLow),
            logBelowHigh: SIMD4(a.logBelowHigh, b.logBelowHigh, c.logBelowHigh, d.logBelowHigh),
            logJacobian: SIMD4(a.logJacobian, b.logJacobian, c.logJacobian, d.logJacobian))
    }

    @inline(__always)
    func logDensities(_ arm: Int, _ block: Block) -> SIMD4<Double> {
        if racers[arm].isSharp {
            let nodes = block.nodes
            return SIMD4(
                logDensity(arm, nodes.first), logDensity(arm, nodes.second), logDensity(arm, nodes.third),
                logDensity(arm, nodes.fourth))
        }
        let penalty = racers[arm].penalty
        let fromLow = stretchesLow && -penalty == low
        let fromHigh = stretchesHigh && 1 - penalty == high
        let x = fromLow ? block.aboveLow : (fromHigh ? 1 - block.belowHigh : block.utility + penalty)
        let y = fromHigh ? block.belowHigh : (fromLow ? 1 - block.aboveLow : (1 - penalty) - block.utility)
        let outside = (x .<= 0) .| (y .<= 0)
        let logX = fromLow ? block.logAboveLow : VectorMath.log(x.replacing(with: 1, where: outside))
        let logY = fromHigh ? block.logBelowHigh : VectorMath.log(y.replacing(with: 1, where: outside))
        let density = racers[arm].logDensities(logX: logX, logY: logY) + block.logJacobian - logX - logY
        // Where an end is stretched the distance from it may round to 0, and its logarithm is still known.
        let impossible = fromLow ? y .<= 0 : (fromHigh ? x .<= 0 : outside)
        return density.replacing(with: -.infinity, where: fromLow && fromHigh ? SIMDMask(repeating: false) : impossible)
    }

    @inline(__always)
    func logDensities(_ arm: Int, _ first: Node, _ second: Node) -> (Double, Double) {
        let penalty = racers[arm].penalty
        let anchored = stretchesLow && -penalty == low || stretchesHigh && 1 - penalty == high
        if racers[arm].isSharp || anchored { return (logDensity(arm, first), logDensity(arm, second)) }
        let points = SIMD4(
            first.utility + penalty, second.utility + penalty, (1 - penalty) - first.utility,
            (1 - penalty) - second.utility)
        let outside = points .<= 0
        let logs = VectorMath.log(points.replacing(with: 1, where: outside))
        func density(_ x: Int, _ y: Int, _ node: Node) -> Double {
            if outside[x] || outside[y] { return -.infinity }
            return racers[arm].constant + racers[arm].alpha * logs[x] + racers[arm].beta * logs[y] + node.logJacobian
                - logs[x] - logs[y]
        }
        return (density(0, 2, first), density(1, 3, second))
    }

    func widestPanel(endingAt position: Double) -> Double {
        let node = node(at: position)
        var widest = stretchesLow || stretchesHigh ? widestLogisticPanel(endingAt: position) : high - low
        let jacobian = Double.exp(node.logJacobian)
        for racer in racers {
            // Singular ends of the arms outside of the segment: a panel may come no nearer than a quarter of its width.
            if stretchesLow && isAnchoredLow(racer) || stretchesHigh && isAnchoredHigh(racer) {
                widest = Swift.min(widest, widestLogisticPanel(endingAt: position - racer.mode))
            }
            let x = node.utility + racer.penalty
            if !(stretchesLow && isAnchoredLow(racer)), x > 0, racer.alpha < 60 {
                widest = Swift.min(widest, 0.8 * x / jacobian)
            }
            let y = (1 - racer.penalty) - node.utility
            if !(stretchesHigh && isAnchoredHigh(racer)), y > 0, racer.beta < 60 {
                widest = Swift.min(widest, 4 * y / jacobian)
            }
        }
        return widest
    }
}

extension ShiftedRace {
    /// Where an end of an arm's support is in reach of its mass (nearer than this), utility jumps or is singular there.
    private static let near = 0.02

    /// The segments of utility, from the top down, with the coordinates between which each is run; arm k has the racers
    /// starts[k] ..< starts[k + 1].
    static func segments(_ racers: [BetaRacer], starts: [Int]) -> [(race: ShiftedRace, start: Double, end: Double)] {
        var (top, bottom) = (-Double.infinity, -Double.infinity)
        var bottomIsSingular = false
        var cuts: [Double] = []
        for arm in 0..<(starts.count - 1) {
            var (lowest, isSingular) = (Double.infinity, false)
            for racer in racers[starts[arm]..<starts[arm + 1]] {
                let upperRest = 1 / (1 + Double.exp(racer.high))
                let lowerX = 1 / (1 + Double.exp(-racer.low))
                let upper = upperRest < near ? 1 - racer.penalty : (1 - upperRest) - racer.penalty
                let lower = lowerX < near ? -racer.penalty : lowerX - racer.penalty
                if upperRest < near { cuts.append(upper) }
                top = Swift.max(top, upper)
                if lower < lowest { (lowest, isSingular) = (lower, lowerX < near) }
            }
            if lowest > bottom { (bottom, bottomIsSingular) = (lowest, isSingular) }
        }
        let singular = cuts
        cuts.append(top)
        cuts.sort(by: >)
        var result: [(race: ShiftedRace, start: Double, end: Double)] = []
        var index = 0
        while index < cuts.count, cuts[index] > bottom {
            let high = cuts[index]
            while index < cuts.count, cuts[index] == high { index += 1 }
            var race = ShiftedRace(racers: racers)
            race.low = index < cuts.count ? Swift.max(bottom, cuts[index]) : bottom
            race.high = high
            race.stretchesHigh = singular.contains(high)
            race.stretchesLow = race.low == bottom && bottomIsSingular
            result.append((race, race.start, race.end))
        }
        return result
    }

    /// The coordinate above which no arm has any mass to speak of in this segment.
    private var start: Double {
        let whole = stretchesLow ? Double.log(high - low) : high
        if !stretchesHigh { return whole }
        var furthest = 40.0
        for racer in racers where isAnchoredHigh(racer) { furthest = Swift.max(furthest, racer.high + 1) }
        return stretchesLow ? furthest + Swift.max(0, whole) : furthest
    }

    /// The coordinate below which no arm has any mass to speak of in this segment.
    private var end: Double {
        if !stretchesLow { return stretchesHigh ? -Double.log(high - low) : low }
        var furthest = -40.0
        for racer in racers where isAnchoredLow(racer) { furthest = Swift.min(furthest, racer.low - 1) }
        return furthest
    }
}
