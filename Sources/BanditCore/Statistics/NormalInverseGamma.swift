internal import RealModule

/// Posterior of the mean of a quantity of unknown variance (cost, latency, unbounded rewards): Student's t with 2·shape
/// degrees of freedom around `mean`.
///
/// Conjugate updates as in Murphy 2007 ("Conjugate Bayesian analysis of the Gaussian distribution"). A shape ≥ 1 keeps
/// Thompson sampling from locking in on a few equal observations (Honda & Takemura 2014).
package struct NormalInverseGamma: Sendable, Equatable {
    package var mean: Double
    /// Pseudo-observations of the mean, > 0.
    package var strength: Double
    package var shape: Double
    package var rate: Double

    package init(mean: Double, strength: Double, shape: Double, rate: Double) {
        precondition(strength > 0 && shape > 0 && rate > 0, "strength, shape and rate must be positive")
        self.mean = mean
        self.strength = strength
        self.shape = shape
        self.rate = rate
    }

    /// After the observations whose (decayed) sums are given.
    package func updated(_ sums: SignalSums) -> NormalInverseGamma {
        guard sums.count > 0 else { return self }
        let observed = sums.sum / sums.count
        let inside = Swift.max(0, sums.sumSquares - sums.count * observed * observed)
        let total = strength + sums.count
        let gap = observed - mean
        return NormalInverseGamma(
            mean: mean + sums.count / total * gap, strength: total, shape: shape + 0.5 * sums.count,
            rate: rate + 0.5 * inside + 0.5 * strength * sums.count / total * gap * gap)
    }

    /// Degrees of freedom of the marginal of the mean.
    package var degrees: Double { 2 * shape }
    /// Scale of the marginal of the mean.
    package var scale: Double { (rate / (shape * strength)).squareRoot() }
    /// Variance of the mean; infinite for a shape ≤ 1.
    package var variance: Double { shape > 1 ? rate / ((shape - 1) * strength) : .infinity }

    package func quantile(_ p: Double) -> Double {
        mean + scale * StudentT.quantile(p, degrees: degrees)
    }

    /// The central interval of the given confidence: equal tails.
    package func interval(confidence: Double) -> (lower: Double, upper: Double) {
        let half = scale * StudentT.quantile(0.5 + 0.5 * confidence, degrees: degrees)
        return (mean - half, mean + half)
    }

    /// A draw of the mean.
    package func draw(using generator: inout Xoshiro256StarStar) -> Double {
        mean + scale * generator.studentT(degrees: degrees)
    }
}

/// Student's t through the incomplete beta: P(|T| ≤ t) = I_y(½, ν/2) at y = t²/(ν + t²).
package enum StudentT {
    /// P(T ≤ t) with `degrees` > 0.
    package static func cumulative(_ t: Double, degrees: Double) -> Double {
        let y = t * t / (degrees + t * t)
        let tail = 0.5 * BetaPosterior(alpha: 0.5, beta: 0.5 * degrees).survival(y)
        return t > 0 ? 1 - tail : tail
    }

    /// The t with P(T ≤ t) = p.
    package static func quantile(_ p: Double, degrees: Double) -> Double {
        if p <= 0 { return -.infinity }
        if p >= 1 { return .infinity }
        if p == 0.5 { return 0 }
        let tail = Swift.min(p, 1 - p)
        // In terms of 1 − y, so that a far tail keeps its digits.
        let rest = BetaPosterior(alpha: 0.5 * degrees, beta: 0.5).quantile(2 * tail)
        let y = rest > 0.5 ? BetaPosterior(alpha: 0.5, beta: 0.5 * degrees).upperQuantile(2 * tail) : 1 - rest
        let t = (degrees * y / (rest > 0.5 ? 1 - y : rest)).squareRoot()
        return p < 0.5 ? -t : t
    }
}
