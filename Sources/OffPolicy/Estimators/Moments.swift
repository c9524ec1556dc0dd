import RealModule

/// Count, sum and sum of squares of numbers, four lanes wide; two of them add up to that of all their numbers.
///
/// Numbers are taken relative to `shift`, which should lie near them: the variance does not cancel away then.
package struct Moments: Sendable {
    package let shift: Double
    package private(set) var count = 0
    private var sums = SIMD4<Double>.zero
    private var squares = SIMD4<Double>.zero

    package init(shift: Double) { self.shift = shift }

    @inline(__always)
    mutating func add(_ count: Int, _ value: (Int) -> SIMD4<Double>) {
        var sums = self.sums
        var squares = self.squares
        let shift = SIMD4(repeating: self.shift)
        var index = 0
        while index + 4 <= count {
            let distance = value(index) - shift
            sums += distance
            squares += distance * distance
            index += 4
        }
        if index < count {
            let distance = (value(index) - shift).replacing(
                with: 0, where: SIMD4<Double>(0, 1, 2, 3) .>= Double(count - index))
            sums += distance
            squares += distance * distance
        }
        self.sums = sums
        self.squares = squares
        self.count += count
    }

    package static func + (left: Moments, right: Moments) -> Moments {
        precondition(left.shift == right.shift, "moments add up relative to the same shift")
        var result = left
        result.count += right.count
        result.sums += right.sums
        result.squares += right.squares
        return result
    }

    package var mean: Double { shift + sums.sum() / Double(count) }
    package var total: Double { shift * Double(count) + sums.sum() }
    /// Σ (x − shift).
    package var shiftedSum: Double { sums.sum() }
    /// Σ (x − shift)².
    package var shiftedSquares: Double { squares.sum() }

    /// With n − 1; NaN below two numbers.
    package var variance: Double {
        guard count > 1 else { return .nan }
        let n = Double(count)
        let sum = sums.sum()
        return max(0, squares.sum() - sum * sum / n) / (n - 1)
    }

    /// Standard deviation of the mean; nil below two numbers.
    package var standardError: Double? {
        count > 1 ? (variance / Double(count)).squareRoot() : nil
    }
}
