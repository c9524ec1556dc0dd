internal import RealModule

/// A beta distribution in the coordinate logit x, where its density exp(a·v)/(1 + exp v)^(a+b)/B(a, b) is log-concave and
/// analytic on the whole line for every pair of positive shapes: no end-point singularities, no underflow, no overflow.
package struct BetaPosterior: Sendable, Equatable {
    package let alpha: Double
    package let beta: Double
    /// logit of the mean: the mode in this coordinate.
    let mode: Double
    let meanValue: Double
    /// Logarithm of the density of logit X at its mode.
    let logPeak: Double

    /// Both shapes must be positive and finite.
    package init(alpha: Double, beta: Double) {
        precondition(
            alpha > 0 && beta > 0 && alpha.isFinite && beta.isFinite, "the shapes of a beta must be positive and finite"
        )
        self.alpha = alpha
        self.beta = beta
        mode = Double.log(alpha) - Double.log(beta)
        meanValue = alpha / (alpha + beta)
        logPeak = betaLogPeak(alpha, beta)
    }

    package var mean: Double { meanValue }

    package var variance: Double {
        let total = alpha + beta
        return alpha / total * (beta / total) / (total + 1)
    }

    /// log density of logit X at mode + w, less that at the mode.
    func relativeLogDensity(_ w: Double) -> Double {
        let total = alpha + beta
        if w > 0 {
            return -beta * w - total * Double.log(onePlus: beta / total * Double.expMinusOne(-w))
        }
        return alpha * w - total * Double.log(onePlus: meanValue * Double.expMinusOne(w))
    }

    /// Its derivative: a − (a + b)·x.
    func slope(_ w: Double) -> Double {
        let e = Double.exp(-abs(w))
        // x at mode + w from the odds a/b·exp(w).
        let x = w > 0 ? alpha / (alpha + beta * e) : alpha * e / (alpha * e + beta)
        let rest = w > 0 ? beta * e / (alpha + beta * e) : beta / (alpha * e + beta)
        return alpha * rest - beta * x
    }

    /// The distance w from the mode where the log density has fallen by `drop`, or a little beyond.
    func reach(drop: Double, upwards: Bool) -> Double {
        let sign: Double = upwards ? 1 : -1
        var w = (2 * drop * (alpha + beta) / alpha / beta).squareRoot()
        for _ in 0..<6 {
            let excess = relativeLogDensity(sign * w) + drop
            if excess > -0.5 && excess <= 0 { break }
            let fall = sign * slope(sign * w)
            if fall >= 0 { break }
            // The log density is concave: a tangent lies above it, so each step ends outside the root.
            w -= excess / fall
        }
        return w
    }

    /// P(X ≤ x).
    package func cumulative(_ x: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        let w = Double.log(x) - Double.log(onePlus: -x) - mode
        return w <= 0 ? tail(from: w, upwards: false) : 1 - tail(from: w, upwards: true)
    }

    /// P(X > x), with small relative error far out.
    package func survival(_ x: Double) -> Double {
        if x <= 0 { return 1 }
        if x >= 1 { return 0 }
        let w = Double.log(x) - Double.log(onePlus: -x) - mode
        return w <= 0 ? 1 - tail(from: w, upwards: false) : tail(from: w, upwards: true)
    }

    /// The probability beyond mode + w, on the side that leads away from the mode.
    func tail(from w: Double, upwards: Bool) -> Double {
        let sign: Double = upwards ? 1 : -1
        let start = relativeLogDensity(w)
        var (position, total) = (w, 0.0)
        for _ in 0..<400 {
            let step = panel(at: position, upwards: upwards)
            let next = position + sign * step
            total += integral(Swift.min(position, next), Swift.max(position, next), relativeTo: start)
            position = next
            let fallen = start - relativeLogDensity(position)
            let slope = -sign * slope(position)
            // What is left is at most density/slope.
            if fallen > 0, slope > 0, Double.exp(-fallen) <= 1e-17 * total * slope { break }
        }
        return Swift.min(1, total * Double.exp(logPeak + start))
    }

    /// ∫ of the density over [low, high] (distances from the mode), divided by exp(logPeak + `start`).
    func integral(_ low: Double, _ high: Double, relativeTo start: Double) -> Double {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low))
        var sum = 0.0
        for i in 0..<GaussLegendre.order {
            let value = Double.exp(relativeLogDensity(middle + half * GaussLegendre.nodes[i]) - start)
            sum += GaussLegendre.weights[i] * value
        }
        return half * sum
    }

    /// The width of the next panel: one that 12 nodes integrate to about 1e-13.
    private func panel(at w: Double, upwards: Bool) -> Double {
        let sign: Double = upwards ? 1 : -1
        let position = mode + w
        var step = (position * position + 10).squareRoot()
        let here = relativeLogDensity(w)
        for _ in 0..<40 {
            let there = relativeLogDensity(w + sign * step)
            let bend = abs(here + there - 2 * relativeLogDensity(w + sign * 0.5 * step))
            if bend <= 2 && abs(here - there) <= 10 { break }
            step *= Swift.max(0.25, Swift.min((1.6 / bend).squareRoot(), 8 / abs(here - there)))
        }
        return step
    }

    /// The x with P(X ≤ x) = p; 0 and 1 for p ≤ 0 and p ≥ 1.
    package func quantile(_ p: Double) -> Double {
        if p <= 0 { return 0 }
        if p >= 1 { return 1 }
        let below = tail(from: 0, upwards: false)
        return p <= below
            ? quantile(tail: p, upwards: false, start: below) : quantile(tail: 1 - p, upwards: true, start: 1 - below)
    }

    /// The x with P(X > x) = q: as `quantile(1 − q)`, without losing the digits of a small q.
    package func upperQuantile(_ q: Double) -> Double {
        if q <= 0 { return 1 }
        if q >= 1 { return 0 }
        let above = tail(from: 0, upwards: true)
        return q <= above
            ? quantile(tail: q, upwards: true, start: above) : quantile(tail: 1 - q, upwards: false, start: 1 - above)
    }

    /// Newton's method on the logarithm of the tail, which is concave: the first step overshoots, the rest converge from
    /// outside. Each step integrates only what lies between two iterates.
    private func quantile(tail target: Double, upwards: Bool, start: Double) -> Double {
        let sign: Double = upwards ? 1 : -1
        // A first guess from the normal approximation in this coordinate.
        let z = (-2 * Double.log(Swift.min(0.5, target))).squareRoot()
        let guess = Swift.max(0, z - (2.30753 + 0.27061 * z) / (1 + 0.99229 * z + 0.04481 * z * z))
        var w =
            sign * Swift.min(guess * ((alpha + beta) / alpha / beta).squareRoot(), reach(drop: 700, upwards: upwards))
        var mass = w == 0 ? start : tail(from: w, upwards: upwards)
        for _ in 0..<60 {
            let density = Double.exp(logPeak + relativeLogDensity(w))
            if density <= 0 || mass <= 0 { break }
            let step = mass / density * (Double.log(mass) - Double.log(target))
            let next = w + sign * step
            // The whole tail again where the step is long, else only the piece.
            if abs(step) > 0.5 * ((alpha + beta) / alpha / beta).squareRoot() || mass < 1e-3 * start {
                mass = tail(from: next, upwards: upwards)
            } else {
                let base = relativeLogDensity(w)
                let piece =
                    integral(Swift.min(w, next), Swift.max(w, next), relativeTo: base) * Double.exp(logPeak + base)
                mass -= step > 0 ? piece : -piece
            }
            let moved = abs(next - w)
            w = next
            if moved <= 1e-15 * (abs(mode) + abs(w)) + 1e-17 { break }
        }
        let v = mode + w
        return v > 0 ? 1 / (1 + Double.exp(-v)) : Double.exp(v) / (1 + Double.exp(v))
    }

    /// The central interval of the given confidence: equal tails.
    package func interval(confidence: Double) -> (lower: Double, upper: Double) {
        let tail = 0.5 * (1 - Swift.max(0, Swift.min(1, confidence)))
        return (quantile(tail), upperQuantile(tail))
    }
}
