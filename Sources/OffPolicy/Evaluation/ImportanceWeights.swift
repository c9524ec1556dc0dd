/// The weights w = π_e(arm)/propensity of the rows of a range, and what summarises them.
package struct ImportanceWeights: Sendable {
    /// `[row − range.lowerBound]`.
    package private(set) var values: [Double]
    /// How many there are where ``values`` are not kept.
    private var summarised: Int?
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
        var summary = Summary()
        if let drawn = policy.drawn {
            let drawn = drawn.span
            values = [Double](unsafeUninitializedCapacity: range.count) { weights, count in
                count = range.count
                var index = 0
                while index + 4 <= count {
                    let offset = (range.lowerBound + index) * 8
                    let weight =
                        drawn.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD4<Double>.self)
                        / propensity.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD4<Double>.self)
                    UnsafeMutableRawPointer(weights.baseAddress! + index).storeBytes(of: weight, as: SIMD4<Double>.self)
                    summary.add(weight)
                    index += 4
                }
                while index < count {
                    let row = range.lowerBound + index
                    weights[index] = drawn[unchecked: row] / propensity[unchecked: row]
                    summary.add(SIMD4(weights[index], 0, 0, 0))
                    index += 1
                }
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
            summary.add(all: values)
        }
        take(summary)
    }

    /// Four lanes: one number after another would wait for the one before.
    private struct Summary {
        var sums = SIMD4<Double>.zero
        var squares = SIMD4<Double>.zero
        var most = SIMD4<Double>.zero
        var least = SIMD4<Double>(repeating: .infinity)

        /// Zeros add nothing: the last few weights may be filled up with them.
        @inline(__always)
        mutating func add(_ weight: SIMD4<Double>) {
            sums += weight
            squares += weight * weight
            most = most.replacing(with: weight, where: weight .> most)
            least = least.replacing(with: weight, where: (weight .> 0) .& (weight .< least))
        }

        mutating func add(all values: [Double]) {
            let weights = values.span
            var index = 0
            while index + 4 <= weights.count {
                add(weights.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index * 8, as: SIMD4<Double>.self))
                index += 4
            }
            while index < weights.count {
                add(SIMD4(weights[index], 0, 0, 0))
                index += 1
            }
        }
    }

    /// What a weight counts as at most: squares of such weights, and sums of those, are finite still.
    package static let limit = 1e145

    private mutating func take(_ summary: Summary) {
        guard summary.squares.sum().isFinite else {
            for index in values.indices { values[index] = min(values[index], Self.limit) }
            var limited = Summary()
            limited.add(all: values)
            take(limited)
            return
        }
        sum = summary.sums.sum()
        sumOfSquares = summary.squares.sum()
        largest = summary.most.max()
        smallestPositive = summary.least.min()
    }

    /// The summary of weights worked out elsewhere.
    package init(_ values: [Double]) {
        self.values = values
        var summary = Summary()
        summary.add(all: values)
        take(summary)
    }

    /// The summary of the weights of several parts of a log, whose values are elsewhere.
    package init(count: Int, sum: Double, sumOfSquares: Double, largest: Double) {
        values = []
        summarised = count
        (self.sum, self.sumOfSquares, self.largest) = (sum, sumOfSquares, largest)
    }

    package var count: Int { summarised ?? values.count }
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
    /// The first row that carries as much as any; nil without rows.
    package var heaviestRow: Int? { values.firstIndex(of: largest) }
    /// Whether rejection replay needs no chance: all positive weights are equal.
    package var isReplayDeterministic: Bool { smallestPositive >= largest * (1 - 1e-12) }
}
