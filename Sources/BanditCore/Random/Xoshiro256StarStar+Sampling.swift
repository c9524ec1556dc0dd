internal import RealModule

extension Xoshiro256StarStar {
    /// Standard normal by the ziggurat with 256 layers (Marsaglia & Tsang 2000; Doornik 2005): exact up to rounding.
    ///
    /// Layer, sign and abscissa come from different bits of one word.
    package mutating func normal() -> Double {
        while true {
            let word = next()
            let layer = Int(truncatingIfNeeded: word & 255)
            let signed = Double(Int64(bitPattern: word) >> 11) * 0x1p-52
            let x = signed * ZigguratTable.edge[layer]
            let inner = ZigguratTable.edge[layer + 1]
            if abs(x) < inner { return x }
            if layer == 0 { return signed < 0 ? -normalTail() : normalTail() }
            let low = ZigguratTable.height[layer]
            let high = ZigguratTable.height[layer + 1]
            if low + uniform() * (high - low) < Double.exp(-0.5 * x * x) { return x }
        }
    }

    /// |x| given that it lies beyond the base layer (Marsaglia 1964).
    private mutating func normalTail() -> Double {
        while true {
            let x = -Double.log(openUniform()) / ZigguratTable.tail
            let y = -Double.log(openUniform())
            if y + y > x * x { return ZigguratTable.tail + x }
        }
    }

    /// Exponential of mean 1.
    package mutating func exponential() -> Double {
        -Double.log(openUniform())
    }

    /// Gamma of the given shape > 0 and scale 1 (Marsaglia & Tsang 2000, doi:10.1145/358407.358414).
    ///
    /// Below shape 1 the draw is exp of `logGamma`, so it underflows to 0 only where the value itself does (shape 1e-3
    /// does so in half of the draws; ratios of such draws need `logGamma`).
    package mutating func gamma(shape: Double) -> Double {
        precondition(shape > 0 && shape.isFinite, "a gamma shape must be positive and finite")
        return shape < 1 ? Double.exp(logGamma(shape: shape)) : gammaAtLeastOne(shape)
    }

    /// Logarithm of a gamma draw, finite for every shape: log G(shape + 1) + log(U)/shape.
    package mutating func logGamma(shape: Double) -> Double {
        precondition(shape > 0 && shape.isFinite, "a gamma shape must be positive and finite")
        if shape >= 1 { return Double.log(gammaAtLeastOne(shape)) }
        return Double.log(gammaAtLeastOne(shape + 1)) - exponential() / shape
    }

    private mutating func gammaAtLeastOne(_ shape: Double) -> Double {
        let d = shape - 1.0 / 3.0
        return gamma(d: d, c: 1 / (9 * d).squareRoot())
    }

    /// Marsaglia & Tsang's d and c = 1/√(9d) for a shape of d + ⅓ ≥ 1.
    @inline(__always)
    private mutating func gamma(d: Double, c: Double) -> Double {
        while true {
            let x = normal()
            let root = 1 + c * x
            if root <= 0 { continue }
            let v = root * root * root
            let u = openUniform()
            let square = x * x
            if u < 1 - 0.0331 * square * square { return d * v }
            if Double.log(u) < 0.5 * square + d * (1 - v + Double.log(v)) { return d * v }
        }
    }

    /// Beta(alpha, beta) with positive finite shapes, as a ratio of gammas (of their logarithms where a shape is below 1).
    ///
    /// Right for shapes from 1e-3 to 1e7; the result lies in [0, 1] and is never NaN.
    package mutating func beta(_ alpha: Double, _ beta: Double) -> Double {
        precondition(
            alpha > 0 && beta > 0 && alpha.isFinite && beta.isFinite, "the shapes of a beta must be positive and finite"
        )
        if alpha >= 1 && beta >= 1 {
            // Both square roots and both quotients in one instruction each.
            let d = SIMD2(alpha, beta) - 1.0 / 3.0
            let c = 1 / (9 * d).squareRoot()
            let x = gamma(d: d[0], c: c[0])
            return x / (x + gamma(d: d[1], c: c[1]))
        }
        return 1 / (1 + Double.exp(-betaLogOdds(alpha, beta)))
    }

    /// log(X/(1 − X)) of a beta draw: tells draws apart that round to the same end of [0, 1].
    package mutating func betaLogOdds(_ alpha: Double, _ beta: Double) -> Double {
        let upper = logGamma(shape: alpha)
        return upper - logGamma(shape: beta)
    }

    /// Standard Gumbel: exp(−exp(−x)) is its distribution function.
    package mutating func gumbel() -> Double {
        -Double.log(exponential())
    }

    /// Student's t with `degrees` > 0 degrees of freedom.
    package mutating func studentT(degrees: Double) -> Double {
        let z = normal()
        return z * Double.exp(0.5 * (Double.log(0.5 * degrees) - logGamma(shape: 0.5 * degrees)))
    }
}
