import RealModule

/// Count, sum and sum of squares of numbers; two of them add up to that of all their numbers.
///
/// Numbers are taken relative to `shift`, which should lie near them: the variance does not cancel away then.
package struct Moments: Sendable {
    package let shift: Double
    package private(set) var count = 0
    /// Σ (x − shift).
    package private(set) var shiftedSum = 0.0
    /// Σ (x − shift)².
    package private(set) var shiftedSquares = 0.0

    package init(shift: Double) { self.shift = shift }

    /// Takes in `count` numbers whose distances from the shift add up to `sum`, and their squares to `squares`.
    @inline(__always)
    mutating func add(_ count: Int, sum: Double, squares: Double) {
        shiftedSum += sum
        shiftedSquares += squares
        self.count += count
    }

    /// Takes in one number.
    @inline(__always)
    mutating func add(_ value: Double) { add(1, sum: value - shift, squares: (value - shift) * (value - shift)) }

    package static func + (left: Moments, right: Moments) -> Moments {
        precondition(left.shift == right.shift, "moments add up relative to the same shift")
        var result = left
        result.count += right.count
        result.shiftedSum += right.shiftedSum
        result.shiftedSquares += right.shiftedSquares
        return result
    }

    package var mean: Double { shift + shiftedSum / Double(count) }
    package var total: Double { shift * Double(count) + shiftedSum }

    /// With n − 1; NaN below two numbers.
    package var variance: Double {
        guard count > 1 else { return .nan }
        let n = Double(count)
        return max(0, shiftedSquares - shiftedSum * shiftedSum / n) / (n - 1)
    }

    /// Standard deviation of the mean; nil below two numbers.
    package var standardError: Double? {
        count > 1 ? (variance / Double(count)).squareRoot() : nil
    }
}
