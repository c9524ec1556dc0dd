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
        var sum = 0.0
        var squares = 0.0
        var largest = 0.0
        var smallest = Double.infinity
        values = [Double](unsafeUninitializedCapacity: range.count) { weights, count in
            masses.values.withUnsafeBufferPointer { mass in
                masses.starts.withUnsafeBufferPointer { starts in
                    rows.slot.withUnsafeBufferPointer { slot in
                        rows.propensity.withUnsafeBufferPointer { propensity in
                            for row in range {
                                let weight = mass[Int(starts[row]) + Int(slot[row])] / propensity[row]
                                weights[row - range.lowerBound] = weight
                                sum += weight
                                squares += weight * weight
                                if weight > largest { largest = weight }
                                if weight > 0, weight < smallest { smallest = weight }
                            }
                        }
                    }
                }
            }
            count = range.count
        }
        self.sum = sum
        sumOfSquares = squares
        self.largest = largest
        smallestPositive = smallest
    }

    /// The summary of weights worked out elsewhere.
    package init(_ values: [Double]) {
        self.values = values
        for weight in values {
            sum += weight
            sumOfSquares += weight * weight
            largest = max(largest, weight)
            if weight > 0 { smallestPositive = min(smallestPositive, weight) }
        }
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
