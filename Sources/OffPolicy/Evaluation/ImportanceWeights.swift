/// The weights w = π_e(arm)/propensity of the rows of a range, and what summarises them.
package struct ImportanceWeights: Sendable {
    /// `[row − range.lowerBound]`.
    package let values: [Double]
    package private(set) var sum = 0.0
    package private(set) var sumOfSquares = 0.0
    package private(set) var largest = 0.0
    /// The smallest weight that is not 0; infinite when all are.
    package private(set) var smallestPositive = Double.infinity

    package init(_ policy: TargetPolicy, _ rows: LogRows, range: Range<Int>) {
        guard let masses = policy.masses else {
            values = [Double](repeating: 1, count: range.count)
            sum = Double(range.count)
            sumOfSquares = sum
            largest = range.isEmpty ? 0 : 1
            smallestPositive = 1
            return
        }
        let propensity = rows.propensity.span
        if let drawn = policy.drawn {
            let drawn = drawn.span
            values = [Double](unsafeUninitializedCapacity: range.count) { weights, count in
                for row in range {
                    weights[row - range.lowerBound] = drawn[unchecked: row] / propensity[unchecked: row]
                }
                count = range.count
            }
        } else {
            let mass = masses.values.span
            let starts = masses.starts.span
            let slot = rows.slot.span
            values = [Double](unsafeUninitializedCapacity: range.count) { weights, count in
                for row in range {
                    let place = Int(starts[unchecked: row]) + Int(slot[unchecked: row])
                    weights[row - range.lowerBound] = mass[unchecked: place] / propensity[unchecked: row]
                }
                count = range.count
            }
        }
        summarize()
    }

    /// Four lanes: one number after another would wait for the one before.
    private mutating func summarize() {
        var sums = SIMD4<Double>.zero
        var squares = SIMD4<Double>.zero
        var most = SIMD4<Double>.zero
        var least = SIMD4<Double>(repeating: .infinity)
        let all = values
        let weights = all.span
        var index = 0
        while index + 4 <= weights.count {
            let weight = weights.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index * 8, as: SIMD4<Double>.self)
            sums += weight
            squares += weight * weight
            most = most.replacing(with: weight, where: weight .> most)
            least = least.replacing(with: weight, where: (weight .> 0) .& (weight .< least))
            index += 4
        }
        sum = sums.sum()
        sumOfSquares = squares.sum()
        largest = most.max()
        smallestPositive = least.min()
        while index < weights.count {
            let weight = weights[unchecked: index]
            sum += weight
            sumOfSquares += weight * weight
            largest = max(largest, weight)
            if weight > 0 { smallestPositive = min(smallestPositive, weight) }
            index += 1
        }
    }

    /// The summary of weights worked out elsewhere.
    package init(_ values: [Double]) {
        self.values = values
        summarize()
    }

    package var count: Int { values.count }
    package var mean: Double { sum / Double(count) }
    package var meanSquare: Double { sumOfSquares / Double(count) }
    /// (Σw)²/Σw²; 0 where all weights are.
    package var effectiveSampleSize: Double { sumOfSquares > 0 ? sum * sum / sumOfSquares : 0 }
    /// sd(w, n − 1)/√n; nil below two rows.
    package var standardErrorOfMean: Double? {
        guard count > 1 else { return nil }
        let n = Double(count)
        return (max(0, sumOfSquares - sum * sum / n) / (n - 1) / n).squareRoot()
    }
    /// Whether rejection replay needs no chance: all positive weights are equal.
    package var isReplayDeterministic: Bool { smallestPositive >= largest * (1 - 1e-12) }
}
