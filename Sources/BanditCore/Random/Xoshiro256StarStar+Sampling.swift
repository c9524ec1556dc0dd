internal import RealModule

extension Xoshiro256StarStar {
    /// Standard normal by the ziggurat with 256 layers (Marsaglia & Tsang 2000; Doornik 2005): exact up to rounding.
    ///
    /// Layer, sign and abscissa come from different bits of one word.
    @inline(__always)
    package mutating func normal() -> Double {
        let word = next()
        let layer = Int(truncatingIfNeeded: word & 255)
        let signed = Double(Int64(bitPattern: word) >> 11) * 0x1p-52
        let x = signed * ZigguratTable.edge[layer]
        if abs(x) < ZigguratTable.edge[layer + 1] { return x }
        // On a copy: a generator whose address nobody takes stays in registers through the caller's loop.
        var copy = self
        defer { self = copy }
        return copy.normalOutsideCore(layer: layer, signed: signed)
    }

    /// The 1.2 % of normal draws that fall beside the rectangle of their layer.
    @inline(never)
    private mutating func normalOutsideCore(layer: Int, signed: Double) -> Double {
        if layer == 0 { return signed < 0 ? -normalTail() : normalTail() }
        let x = signed * ZigguratTable.edge[layer]
        let low = ZigguratTable.height[layer]
        let high = ZigguratTable.height[layer + 1]
        return low + uniform() * (high - low) < Double.exp(-0.5 * x * x) ? x : normal()
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
    ///
    /// With y = c·x they accept where log u < d·(3·log(1 + y) − 3y + 3y²/2 − y³) = −¾·d·y⁴·(1 − 4y/5 + 2y²/3 − …). For
    /// y ≥ −¼ that is at least −0.95·d·y⁴ = −0.95/9·x²y², so that log u need not be known where u is below 1 less that:
    /// the same draws as by the full test, whose logarithms the authors' own bound 0.0331·x⁴ asks for in every tenth draw.
    @inline(__always)
    private mutating func gamma(d: Double, c: Double) -> Double {
        let x = normal()
        let y = c * x
        if y > -0.25 {
            let u = openUniform()
            let root = 1 + y
            let v = root * root * root
            if u < 1 - 0.1056 * (x * x) * (y * y) { return d * v }
            var copy = self
            defer { self = copy }
            return copy.accepts(x: x, v: v, d: d, u: u) ? d * v : copy.gammaAgain(d: d, c: c)
        }
        var copy = self
        defer { self = copy }
        return copy.gammaFromLow(x: x, d: d, c: c)
    }

    /// The full test.
    @inline(never)
    private func accepts(x: Double, v: Double, d: Double, u: Double) -> Bool {
        Double.log(u) < 0.5 * (x * x) + d * (1 - v + Double.log(v))
    }

    @inline(never)
    private mutating func gammaAgain(d: Double, c: Double) -> Double {
        while true {
            let x = normal()
            let root = 1 + c * x
            if root <= 0 { continue }
            let v = root * root * root
            if accepts(x: x, v: v, d: d, u: openUniform()) { return d * v }
        }
    }

    /// A draw whose proposal x lies where the bound does not hold.
    @inline(never)
    private mutating func gammaFromLow(x: Double, d: Double, c: Double) -> Double {
        let root = 1 + c * x
        if root > 0 {
            let v = root * root * root
            if accepts(x: x, v: v, d: d, u: openUniform()) { return d * v }
        }
        return gammaAgain(d: d, c: c)
    }

    /// Beta(alpha, beta) with positive finite shapes, as a ratio of gammas (of their logarithms where a shape is below 1).
    ///
    /// Right for shapes from 1e-3 to 1e7; the result lies in [0, 1] and is never NaN.
    @inline(__always)
    package mutating func beta(_ alpha: Double, _ beta: Double) -> Double {
        precondition(
            alpha > 0 && beta > 0 && alpha.isFinite && beta.isFinite, "the shapes of a beta must be positive and finite"
        )
        if alpha >= 1 && beta >= 1 {
            return betaAtLeastOne(alpha, beta)
        }
        return 1 / (1 + Double.exp(-betaLogOdds(alpha, beta)))
    }

    /// `beta` for shapes of 1 and more, unchecked: what Thompson sampling's loop over arms consists of.
    @inline(__always)
    mutating func betaAtLeastOne(_ alpha: Double, _ beta: Double) -> Double {
        // Both square roots and both quotients in one instruction each.
        let d = SIMD2(alpha, beta) - 1.0 / 3.0
        let c = 1 / (9 * d).squareRoot()
        let x = gamma(d: d[0], c: c[0])
        return x / (x + gamma(d: d[1], c: c[1]))
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
