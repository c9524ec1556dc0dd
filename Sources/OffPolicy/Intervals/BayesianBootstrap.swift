import RealModule

/// The Bayesian bootstrap (Rubin 1981): rows weigh Exp(1), ratios are formed anew in every replicate.
///
/// Rows are taken in up to ``partLimit`` parts of consecutive rows whose sums are kept, one weight a part: exact up to that many
/// rows; above, the spread is that of the rows still (parts' sums spread like rows', √(2/parts) = 2 % uncertain), and runs of
/// dependent rows count as what they are. The same weights serve all policies, so differences are paired.
package enum BayesianBootstrap {
    package static let partLimit = 4096

    /// Ends of the parts `count` rows are cut into.
    package static func partEnds(count: Int) -> [Int] {
        let parts = min(count, partLimit)
        return (0..<parts).map { ($0 + 1) * count / parts }
    }

    /// One estimate to be replicated: its sums by part, and how sums become a value.
    package struct Statistic: Sendable {
        package var parts: [SIMD4<Double>]
        package var value: @Sendable (SIMD4<Double>) -> Double

        package init(parts: [SIMD4<Double>], value: @escaping @Sendable (SIMD4<Double>) -> Double) {
            self.parts = parts
            self.value = value
        }
    }

    /// `[statistic][replicate]`; replicate i draws from generator (seed, i) whatever the threads.
    package static func replicates(_ statistics: [Statistic], count: Int, seed: UInt64) -> [[Double]] {
        guard let parts = statistics.first?.parts.count else { return [] }
        precondition(statistics.allSatisfy { $0.parts.count == parts }, "one weight serves a part of every statistic")
        var result = statistics.map { _ in [Double](repeating: .nan, count: count) }
        var weights = [Double](repeating: 0, count: parts)
        for replicate in 0..<count {
            fillExponential(&weights, seed: seed, stream: UInt64(replicate))
            let weights = weights.span
            for index in statistics.indices {
                let column = statistics[index].parts
                let sums = column.span
                var total = SIMD4<Double>.zero
                for part in 0..<parts { total += weights[unchecked: part] * sums[unchecked: part] }
                result[index][replicate] = statistics[index].value(total)
            }
        }
        return result
    }

    /// The middle `confidence` of the replicates that are defined; nil when none is.
    ///
    /// The k-th of B numbers is taken as the quantile k/(B + 1), which it is on average; k/B would make intervals of 1,000
    /// replicates cover 0.2 % less than they say.
    package static func percentileInterval(_ replicates: [Double], confidence: Double) -> Interval? {
        let sorted = replicates.filter(\.isFinite).sorted()
        guard !sorted.isEmpty else { return nil }
        func quantile(_ share: Double) -> Double {
            let position = share * Double(sorted.count + 1) - 1
            return percentile(sorted, max(0, min(1, position / Double(max(1, sorted.count - 1)))))
        }
        return Interval(low: quantile((1 - confidence) / 2), high: quantile(1 - (1 - confidence) / 2))
    }

    static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        let position = share * Double(sorted.count - 1)
        let index = Int(trusted: position)
        guard index + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index])
    }

    private static func fillExponential(_ weights: inout [Double], seed: UInt64, stream: UInt64) {
        for part in weights.indices {
            let uniform = SeededUniform.value(
                seed: seed, identity: (stream &+ 1) &* 0xd134_2543_de82_ef95 &+ UInt64(part) &* 0x2545_f491_4f6c_dd1d)
            weights[part] = -Double.log(uniform + 0x1p-54)
        }
    }
}
