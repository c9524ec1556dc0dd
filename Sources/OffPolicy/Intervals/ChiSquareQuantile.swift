import RealModule

/// The chi-square distribution's quantiles, for any number of degrees of freedom above 0.
package enum ChiSquareQuantile {
    private static let halvings = 200
    private static let terms = 2_000

    /// x with P(X ≤ x) = `probability`, which lies in (0, 1); to about 1e-12 of x. By halving: it is asked for a few times a report.
    package static func value(_ probability: Double, degrees: Double) -> Double {
        precondition(probability > 0 && probability < 1 && degrees > 0, "a quantile's probability lies in (0, 1)")
        let shape = degrees / 2
        var low = 0.0
        var high = shape + 1
        while lowerTail(shape: shape, high) < probability { high *= 2 }
        for _ in 0..<halvings {
            let middle = 0.5 * (low + high)
            if middle == low || middle == high { break }
            if lowerTail(shape: shape, middle) < probability { low = middle } else { high = middle }
        }
        return low + high
    }

    /// P(shape, x), the regularised lower incomplete gamma: its series below shape + 1, Lentz's continued fraction above (DLMF 8.11, 8.9).
    static func lowerTail(shape: Double, _ x: Double) -> Double {
        guard x > 0 else { return 0 }
        let front = Double.exp(shape * Double.log(x) - x - Double.logGamma(shape))
        if x < shape + 1 {
            var term = 1 / shape
            var sum = term
            for index in 1...terms {
                term *= x / (shape + Double(index))
                sum += term
                if term < sum * 1e-17 { break }
            }
            return front * sum
        }
        let tiny = 1e-300
        var b = x + 1 - shape
        var c = 1 / tiny
        var d = 1 / b
        var fraction = d
        for index in 1...terms {
            let a = -Double(index) * (Double(index) - shape)
            b += 2
            d = a * d + b
            if abs(d) < tiny { d = tiny }
            c = b + a / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            fraction *= d * c
            if abs(d * c - 1) < 1e-16 { break }
        }
        return 1 - front * fraction
    }
}
