internal import RealModule

/// kl(p, q) = p·ln(p/q) + (1 − p)·ln((1 − p)/(1 − q)), and its inverses.
package enum BernoulliKL {
    /// Both in [0, 1]; 0·ln 0 = 0; infinite where q excludes what p allows.
    package static func divergence(_ p: Double, _ q: Double) -> Double {
        if p == q { return 0 }
        if q <= 0 || q >= 1 { return .infinity }
        // p·ln(p/q) = −p·ln(1 + (q − p)/p): keeps the digits where p and q are close.
        let first = p > 0 ? -p * Double.log(onePlus: (q - p) / p) : 0
        let second = p < 1 ? -(1 - p) * Double.log(onePlus: (p - q) / (1 - p)) : 0
        return Swift.max(0, first + second)
    }

    /// The largest q ≥ mean with kl(mean, q) ≤ level ≥ 0.
    package static func upperBound(mean: Double, level: Double) -> Double {
        bound(mean: Swift.max(0, Swift.min(1, mean)), level: level)
    }

    /// The smallest q ≤ mean with kl(mean, q) ≤ level ≥ 0.
    package static func lowerBound(mean: Double, level: Double) -> Double {
        1 - bound(mean: 1 - Swift.max(0, Swift.min(1, mean)), level: level)
    }

    /// Newton's method from above inside a shrinking bracket: kl(p, ·) is convex and increasing to the right of p, so the
    /// tangents' roots fall towards the solution; about five steps.
    private static func bound(mean p: Double, level: Double) -> Double {
        if level <= 0 || p >= 1 { return p }
        if p <= 0 { return -Double.expMinusOne(-level) }
        // Pinsker: kl ≥ 2(q − p)²; and kl(p, q) ≥ (1 − p)·ln((1 − p)/(1 − q)) + p·ln p, in terms of y = 1 − q.
        let pinsker = Swift.max(0, 1 - p - (0.5 * level).squareRoot())
        let tail = (1 - p) * Double.exp((p * Double.log(p) - level) / (1 - p))
        var y = Swift.max(pinsker, tail)
        for _ in 0..<60 {
            let q = 1 - y
            let excess = divergence(p, q) - level
            let slope = (q - p) / (q * y)
            if slope <= 0 { break }
            let next = q - excess / slope
            let moved = abs(next - q)
            // Newton in q may leave (p, 1) only by rounding.
            y = 1 - Swift.max(p, Swift.min(next, 1 - 0x1p-60))
            if moved <= 4e-16 { break }
        }
        return 1 - y
    }
}
