internal import RealModule

/// kl(p, q) = p·ln(p/q) + (1 − p)·ln((1 − p)/(1 − q)), and its inverses.
package enum BernoulliKL {
    /// Both in [0, 1]; 0·ln 0 = 0; infinite where q excludes what p allows.
    package static func divergence(_ p: Double, _ q: Double) -> Double {
        if p == q { return 0 }
        if q <= 0 || q >= 1 { return .infinity }
        return Swift.max(0, term(p, q, gap: q - p) + term(1 - p, 1 - q, gap: p - q))
    }

    /// a·ln(a/b): by the gap b − a where they are close, else by the ratio; each keeps the digits the other would lose.
    private static func term(_ a: Double, _ b: Double, gap: Double) -> Double {
        if a <= 0 { return 0 }
        return abs(gap) < 0.5 * a ? -a * Double.log(onePlus: gap / a) : a * Double.log(a / b)
    }

    /// The largest q ≥ mean with kl(mean, q) ≤ level ≥ 0.
    package static func upperBound(mean: Double, level: Double) -> Double {
        let p = Swift.max(0, Swift.min(1, mean))
        return level > 0 ? 1 - bound(p, rest: 1 - p, level: level) : p
    }

    /// The smallest q ≤ mean with kl(mean, q) ≤ level ≥ 0.
    package static func lowerBound(mean: Double, level: Double) -> Double {
        let p = Swift.max(0, Swift.min(1, mean))
        return level > 0 ? bound(1 - p, rest: p, level: level) : p
    }

    /// y = 1 − q for the largest q with kl(p, q) ≤ level, from p and its rest 1 − p, so that a small y keeps its digits.
    ///
    /// Newton's method from above: kl(p, ·) is convex and increasing to the right of p, so the tangents' roots fall towards
    /// the solution; about five steps.
    private static func bound(_ p: Double, rest: Double, level: Double) -> Double {
        if rest <= 0 { return 0 }
        if p <= 0 { return Double.exp(-level) }
        // kl ≥ 2(q − p)² (Pinsker), and kl(p, q) ≥ rest·ln(rest/y) + p·ln p: both give a y that is too small.
        let pinsker = rest - (0.5 * level).squareRoot()
        let tail = rest * Double.exp((p * Double.log(p) - level) / rest)
        var y = Swift.max(pinsker, tail)
        if y <= 0 { return 0 }
        for _ in 0..<100 {
            let gap = rest - y
            if gap <= 0 { return rest }
            let divergence = term(p, 1 - y, gap: gap) + term(rest, y, gap: -gap)
            let step = (divergence - level) * (1 - y) * y / gap
            y += step
            if step <= 1e-15 * y { break }
        }
        return Swift.min(rest, y)
    }
}
