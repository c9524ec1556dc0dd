import RealModule

/// A confidence sequence for a mean by betting (Waudby-Smith and Ramdas 2024, doi:10.1093/jrsssb/qkad009; for off-policy values
/// Karampatziakis, Mineiro and Ramdas 2021): a lower bound that holds at every sample size at once.
///
/// Numbers are at least −`floor`, have conditional mean μ in [0, 1] given the past, and need no upper bound. A gambler who bets
/// against "the mean is m" wins ln(1/α) only with probability α if it is.
package struct BettingSequence: Sendable {
    /// Share of the wealth that may be lost in one bet.
    private static let cap = 0.75
    /// Factors multiplied before a logarithm is taken.
    private static let batch = 16

    private let numbers: [Double]
    /// Stakes, which only the past may set: √(2 ln(1/α)/(s² t ln(1 + t))).
    private let stakes: [Double]
    private let target: Double
    private let floor: Double

    package init(_ numbers: [Double], alpha: Double, floor: Double = 0) {
        self.numbers = numbers
        self.floor = floor
        target = Double.log(1 / alpha)
        var sum = 0.5
        var mean = 0.5
        var squares = 0.25
        var variance = 0.25
        let doubleTarget = 2 * target
        stakes = numbers.indices.map { index in
            let t = Double(index + 1)
            let stake = (doubleTarget / (variance * t * Double.log(onePlus: t))).squareRoot()
            sum += numbers[index]
            mean = sum / (t + 1)
            squares += (numbers[index] - mean) * (numbers[index] - mean)
            variance = squares / (t + 1)
            return stake
        }
    }

    /// The lower bound after the first `count` numbers.
    package func lowerBound(count: Int) -> Double {
        guard count > 0, logWealth(1e-9, count) >= target else { return 0 }
        // Wealth falls in m.
        var low = 0.0
        var high = 1.0
        for _ in 0..<40 {
            let middle = 0.5 * (low + high)
            if logWealth(middle, count) >= target { low = middle } else { high = middle }
        }
        return low
    }

    private func logWealth(_ mean: Double, _ count: Int) -> Double {
        let limit = Self.cap / (mean + floor)
        let numbers = numbers.span
        let stakes = stakes.span
        var total = 0.0
        var index = 0
        while index < count {
            let end = min(count, index + Self.batch)
            var product = 1.0
            for row in index..<end {
                product *= 1 + min(stakes[unchecked: row], limit) * (numbers[unchecked: row] - mean)
            }
            if product > 1e-300, product < .infinity {
                total += Double.log(product)
            } else {
                for row in index..<end {
                    total += Double.log(onePlus: min(stakes[unchecked: row], limit) * (numbers[unchecked: row] - mean))
                }
            }
            index = end
        }
        return total
    }
}

extension Interval {
    /// Both sides by betting, each at half of α: `forValue` has mean V, `forComplement` mean 1 − V.
    package static func anytime(
        forValue: [Double], forComplement: [Double], confidence: Double, floor: Double = 0
    ) -> Interval {
        anytime(
            forValue: forValue, forComplement: forComplement, confidence: confidence, floor: floor, at: [forValue.count]
        )[0]
    }

    /// The same at several sample sizes.
    package static func anytime(
        forValue: [Double], forComplement: [Double], confidence: Double, floor: Double = 0, at counts: [Int]
    ) -> [Interval] {
        let alpha = (1 - confidence) / 2
        let below = BettingSequence(forValue, alpha: alpha, floor: floor)
        let above = BettingSequence(forComplement, alpha: alpha, floor: floor)
        return counts.map { count in
            let low = below.lowerBound(count: count)
            return Interval(low: low, high: max(low, 1 - above.lowerBound(count: count)))
        }
    }
}
