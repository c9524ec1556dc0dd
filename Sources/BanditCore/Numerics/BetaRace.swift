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

    static let drop = 32.0

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
        isSharp = alpha + beta > 2e3
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

    func widestPanel(endingAt position: Double) -> Double {
        // The poles of the logistic function lie at ±iπ.
        (position * position + 10).squareRoot()
    }
}

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
        let racer = racers[arm]
        let fromLow = stretchesLow && isAnchoredLow(racer)
        let fromHigh = stretchesHigh && isAnchoredHigh(racer)
        let x = fromLow ? node.aboveLow : (fromHigh ? 1 - node.belowHigh : node.utility + racer.penalty)
        let y = fromHigh ? node.belowHigh : (fromLow ? 1 - node.aboveLow : (1 - racer.penalty) - node.utility)
        if !fromLow && x <= 0 || !fromHigh && y <= 0 { return -.infinity }
        let logX = fromLow ? node.logAboveLow : Double.log(x)
        let logY = fromHigh ? node.logBelowHigh : Double.log(y)
        return racer.logDensity(logX: logX, logY: logY, x: x, y: y) + node.logJacobian - logX - logY
    }

    func widestPanel(endingAt position: Double) -> Double {
        let node = node(at: position)
        var widest = stretchesLow || stretchesHigh ? (position * position + 10).squareRoot() : high - low
        let jacobian = Double.exp(node.logJacobian)
        for racer in racers {
            // Singular ends of the arms outside of the segment: a panel may come no nearer than a quarter of its width.
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
