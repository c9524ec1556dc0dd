import BanditCore
import RealModule

/// Tools of the statistical tests: fixed seeds, stated false-alarm rates.
enum Check {
    /// The χ² statistic of counts against probabilities, with its degrees of freedom; cells that expect less than five are
    /// put together.
    static func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> (value: Double, degrees: Int) {
        let total = Double(counts.reduce(0, +))
        var (value, cells) = (0.0, 0)
        var rest = (count: 0.0, expected: 0.0)
        for (count, probability) in zip(counts, probabilities) {
            let expected = probability * total
            if expected < 5 {
                rest.count += Double(count)
                rest.expected += expected
            } else {
                value += (Double(count) - expected) * (Double(count) - expected) / expected
                cells += 1
            }
        }
        if rest.expected >= 1 {
            value += (rest.count - rest.expected) * (rest.count - rest.expected) / rest.expected
            cells += 1
        } else if rest.count > rest.expected + 8 {
            value = .infinity
        }
        return (value, max(1, cells - 1))
    }

    /// Wilson & Hilferty's bound of χ² at a false-alarm rate of about 1e-6.
    static func bound(degrees: Int) -> Double {
        let d = Double(degrees)
        let root = 1 - 2 / (9 * d) + 4.75 * (2 / (9 * d)).squareRoot()
        return d * root * root * root + (degrees < 3 ? 4 : 0)
    }

    /// √n times the Kolmogorov–Smirnov distance; above 2.7 once in a million.
    static func kolmogorov(_ sample: [Double], _ cumulative: (Double) -> Double) -> Double {
        let sorted = sample.sorted()
        let n = Double(sorted.count)
        var distance = 0.0
        for (index, x) in sorted.enumerated() {
            let p = cumulative(x)
            distance = max(distance, abs(p - Double(index) / n), abs(Double(index + 1) / n - p))
        }
        return n.squareRoot() * distance
    }

    static func power(_ base: Double, _ exponent: Double) -> Double { Double.pow(base, exponent) }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    static func standardError(_ values: [Double]) -> Double {
        let center = mean(values)
        let sum = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
        return (sum / Double(values.count - 1) / Double(values.count)).squareRoot()
    }
}
