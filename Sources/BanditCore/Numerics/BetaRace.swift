internal import RealModule

/// One arm of a race between betas: shapes, the utility it loses to cost and latency, constants of its density.
struct BetaRacer {
    var alpha: Double
    var beta: Double
    /// Utility = quality − penalty.
    var penalty: Double
    var mean: Double
    var rest: Double
    /// logit of the mean.
    var mode: Double
    var logPeak: Double
    /// log x and log(1 − x) at the mean.
    var logMean: Double
    var logRest: Double
    /// logPeak − a·log mean − b·log rest: the density's constant where the shapes are small enough for it.
    var constant: Double
    /// Coordinates (logit x) outside of which there is a negligible mass.
    var low: Double
    var high: Double
    /// Large shapes need the differences from the mean.
    var isSharp: Bool

    static let drop = 26.0

    init(alpha: Double, beta: Double, penalty: Double) {
        let posterior = BetaPosterior(alpha: alpha, beta: beta)
        self.alpha = alpha
        self.beta = beta
        self.penalty = penalty
        mean = posterior.meanValue
        rest = beta / (alpha + beta)
        mode = posterior.mode
        logPeak = posterior.logPeak
        logMean = Double.log(mean)
        logRest = Double.log(rest)
        constant = logPeak - alpha * logMean - beta * logRest
        low = mode - posterior.reach(drop: Self.drop, upwards: false)
        high = mode + posterior.reach(drop: Self.drop, upwards: true)
        isSharp = alpha + beta > 2e5
    }

    /// The log density with respect to logit x, from log x, log(1 − x), x and 1 − x.
    @inline(__always)
    func logDensity(logX: Double, logY: Double, x: Double, y: Double) -> Double {
        if !isSharp { return constant + alpha * logX + beta * logY }
        // Near the mean the large terms cancel; take them from the difference.
        let d = mean <= rest ? x - mean : rest - y
        let first = x < 0.5 * mean ? logX - logMean : Double.log(onePlus: d / mean)
        let second = y < 0.5 * rest ? logY - logRest : Double.log(onePlus: -d / rest)
        return logPeak + alpha * first + beta * second
    }
}

extension BetaRacer {
    /// The same at four points, for shapes that are not sharp.
    @inline(__always)
    func logDensities(logX: SIMD4<Double>, logY: SIMD4<Double>) -> SIMD4<Double> {
        constant + alpha * logX + beta * logY
    }
}

/// The widest panel below `position` that keeps away from the logistic function's poles at ±iπ: it grows with the distance
/// from 0, of either end.
func widestLogisticPanel(endingAt position: Double) -> Double {
    Swift.max(4, position > 0 ? 0.75 * position : -3 * position)
}

/// Betas that all lose the same utility: the race is run in logit x, where no end point is singular.
struct EqualPenaltyRace: RaceDensities {
    struct Node {
        var logX: Double
        var logY: Double
        var x: Double
        var y: Double
    }

    var racers: [BetaRacer]
    var count: Int { racers.count }

    func entry(_ arm: Int) -> Double { racers[arm].high }
    func floor(_ arm: Int) -> Double { racers[arm].logPeak - 45 }

    @inline(__always)
    func node(at position: Double) -> Node {
        let e = Double.exp(-abs(position))
        let logLarge = -Double.log(onePlus: e)
        let logSmall = logLarge - abs(position)
        let large = 1 / (1 + e)
        return position > 0
            ? Node(logX: logLarge, logY: logSmall, x: large, y: e * large)
            : Node(logX: logSmall, logY: logLarge, x: e * large, y: large)
    }

    @inline(__always)
    func logDensity(_ arm: Int, _ node: Node) -> Double {
        racers[arm].logDensity(logX: node.logX, logY: node.logY, x: node.x, y: node.y)
    }

    struct Block {
        var nodes: FourNodes<Node>
        var logX: SIMD4<Double>
        var logY: SIMD4<Double>
    }

    @inline(__always)
    func block(_ nodes: FourNodes<Node>) -> Block {
        Block(
            nodes: nodes,
            logX: SIMD4(nodes.first.logX, nodes.second.logX, nodes.third.logX, nodes.fourth.logX),
            logY: SIMD4(nodes.first.logY, nodes.second.logY, nodes.third.logY, nodes.fourth.logY))
    }

    @inline(__always)
    func logDensities(_ arm: Int, _ block: Block) -> SIMD4<Double> {
        if racers[arm].isSharp {
            let nodes = block.nodes
            return SIMD4(
                logDensity(arm, nodes.first), logDensity(arm, nodes.second), logDensity(arm, nodes.third),
                logDensity(arm, nodes.fourth))
        }
        return racers[arm].logDensities(logX: block.logX, logY: block.logY)
    }

    func widestPanel(endingAt position: Double) -> Double {
        var widest = widestLogisticPanel(endingAt: position)
        // A lopsided arm has a scale of 1 at its own mode too.
        for racer in racers where Swift.min(racer.alpha, racer.beta) < 20 {
            widest = Swift.min(widest, widestLogisticPanel(endingAt: position - racer.mode))
        }
        return widest
    }
}
