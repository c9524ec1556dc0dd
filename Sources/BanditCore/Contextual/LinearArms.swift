/// Ridge regressions of reward on a context, one an arm (disjoint models, Li et al. 2010, doi:10.1145/1772690.1772758).
///
/// Kept as inverses: an observation is a Sherman–Morrison update, O(d²), and a retraction its inverse. Matrices are
/// `[arm][row][column]`, row-major, symmetric.
package struct LinearArms: Sendable, Equatable {
    package let dimension: Int
    /// Ridge λ > 0.
    package let lambda: Double
    package private(set) var armCount: Int
    /// (λI + Σxxᵀ)⁻¹.
    private(set) var inverses: [Double]
    /// (λI + Σxxᵀ)⁻¹Σrx.
    private(set) var coefficients: [Double]
    /// `[arm]`: observations held.
    package private(set) var counts: [Int]
    private var scratch: [Double]

    /// Arms without observations: coefficients 0, inverse I/λ.
    package init(armCount: Int, dimension: Int, lambda: Double = 1) {
        precondition(armCount >= 0 && armCount <= ArmSet.capacity && dimension > 0, "at most \(ArmSet.capacity) arms")
        precondition(lambda > 0 && lambda.isFinite, "a ridge must be positive")
        self.dimension = dimension
        self.lambda = lambda
        self.armCount = 0
        inverses = []
        coefficients = []
        counts = []
        scratch = [Double](repeating: 0, count: dimension)
        for _ in 0..<armCount { addArm() }
    }

    @discardableResult
    package mutating func addArm() -> Int {
        precondition(armCount < ArmSet.capacity, "a route has at most \(ArmSet.capacity) arms")
        let start = inverses.count
        inverses.append(contentsOf: repeatElement(0, count: dimension * dimension))
        for i in 0..<dimension { inverses[start + i * dimension + i] = 1 / lambda }
        coefficients.append(contentsOf: repeatElement(0, count: dimension))
        counts.append(0)
        armCount += 1
        return armCount - 1
    }

    /// `[feature]`: an arm's coefficients.
    package func coefficients(of arm: Int) -> [Double] {
        Array(coefficients[arm * dimension..<(arm + 1) * dimension])
    }

    /// xᵀθ and xᵀA⁻¹x of an arm for a context of `dimension` numbers; O(d²/2), no allocation.
    @inline(__always)
    package func prediction(_ arm: Int, context: [Double]) -> (mean: Double, spread: Double) {
        precondition(context.count == dimension && arm >= 0 && arm < armCount, "a context has \(dimension) numbers")
        let d = dimension
        return context.withUnsafeBufferPointer { x in
            inverses.withUnsafeBufferPointer { matrix in
                coefficients.withUnsafeBufferPointer { theta in
                    var (mean, spread) = (0.0, 0.0)
                    for i in 0..<d {
                        mean += theta[arm &* d &+ i] * x[i]
                        let row = (arm &* d &+ i) &* d
                        // Half of the diagonal and what is right of it; doubled at the end. Four sums run side by side.
                        var sum = SIMD4<Double>(0.5 * matrix[row &+ i] * x[i], 0, 0, 0)
                        var j = i &+ 1
                        while j &+ 4 <= d {
                            let a = SIMD4(
                                matrix[row &+ j], matrix[row &+ j &+ 1], matrix[row &+ j &+ 2], matrix[row &+ j &+ 3])
                            sum += a * SIMD4(x[j], x[j &+ 1], x[j &+ 2], x[j &+ 3])
                            j = j &+ 4
                        }
                        while j < d {
                            sum[0] += matrix[row &+ j] * x[j]
                            j = j &+ 1
                        }
                        spread += x[i] * sum.sum()
                    }
                    return (mean, 2 * spread)
                }
            }
        }
    }

    /// Learns a reward; values that are not finite are ignored. O(d²), no allocation.
    package mutating func add(arm: Int, context: [Double], reward: Double) {
        change(arm: arm, context: context, reward: reward, sign: 1)
    }

    /// Takes back what `add` with the same arguments learned. Not more than was added.
    package mutating func retract(arm: Int, context: [Double], reward: Double) {
        change(arm: arm, context: context, reward: reward, sign: -1)
    }

    private mutating func change(arm: Int, context: [Double], reward: Double, sign: Double) {
        precondition(context.count == dimension && arm >= 0 && arm < armCount, "a context has \(dimension) numbers")
        guard reward.isFinite, context.allSatisfy({ $0.isFinite }) else { return }
        let d = dimension
        let start = arm * d
        let (residual, denominator): (Double, Double) = scratch.withUnsafeMutableBufferPointer { v in
            inverses.withUnsafeBufferPointer { matrix in
                context.withUnsafeBufferPointer { x in
                    var (spread, fitted) = (0.0, 0.0)
                    for i in 0..<d {
                        let row = (start &+ i) &* d
                        var sum = SIMD4<Double>()
                        var j = 0
                        while j &+ 4 <= d {
                            let a = SIMD4(
                                matrix[row &+ j], matrix[row &+ j &+ 1], matrix[row &+ j &+ 2], matrix[row &+ j &+ 3])
                            sum += a * SIMD4(x[j], x[j &+ 1], x[j &+ 2], x[j &+ 3])
                            j = j &+ 4
                        }
                        while j < d {
                            sum[0] += matrix[row &+ j] * x[j]
                            j = j &+ 1
                        }
                        v[i] = sum.sum()
                        spread += x[i] * v[i]
                        fitted += x[i] * coefficients[start &+ i]
                    }
                    return (reward - fitted, 1 + sign * spread)
                }
            }
        }
        precondition(denominator > 1e-12, "a retraction must match an observation")
        let scale = sign / denominator
        inverses.withUnsafeMutableBufferPointer { matrix in
            scratch.withUnsafeBufferPointer { v in
                for i in 0..<d {
                    let row = (start &+ i) &* d
                    let factor = scale * v[i]
                    for j in 0..<d { matrix[row &+ j] -= factor * v[j] }
                }
            }
        }
        for i in 0..<d { coefficients[start + i] += scale * residual * scratch[i] }
        counts[arm] += sign > 0 ? 1 : -1
    }

    package static func == (left: LinearArms, right: LinearArms) -> Bool {
        left.dimension == right.dimension && left.lambda == right.lambda && left.inverses == right.inverses
            && left.coefficients == right.coefficients && left.counts == right.counts
    }
}
