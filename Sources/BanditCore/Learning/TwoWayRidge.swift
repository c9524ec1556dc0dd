/// Weighted ridge regression of a table on its rows (categories) and columns (arms), with what leave-one-out needs of the
/// inverse: O(small²·large + small³) by eliminating the larger of the two diagonal blocks.
struct TwoWayRidge {
    let arms: Int
    let categories: Int
    /// Diagonal blocks of the inverse: variances of arms and categories, and the covariance `[category][arm]`.
    private(set) var armVariance: [Double]
    private(set) var categoryVariance: [Double]
    private(set) var covariance: [Double]
    private var schur: [Double]
    private var inverse: [Double]
    private var cross: [Double]
    private var lower: [Double]
    /// Of the normal equations: diagonal and right side, and the right side after elimination.
    private var diagonal: [Double]
    private var right: [Double]
    private var reduced: [Double]

    init(arms: Int, categories: Int) {
        self.arms = arms
        self.categories = categories
        armVariance = [Double](repeating: 0, count: arms)
        categoryVariance = [Double](repeating: 0, count: categories)
        covariance = [Double](repeating: 0, count: arms * categories)
        let small = Swift.min(arms, categories)
        schur = [Double](repeating: 0, count: small * small)
        inverse = schur
        lower = schur
        diagonal = [Double](repeating: 0, count: arms + categories)
        right = diagonal
        reduced = [Double](repeating: 0, count: small)
        cross = [Double](repeating: 0, count: arms * categories)
    }

    /// How much of a cell's own mean is in its fitted mean, at most 0.999.
    func leverage(_ weight: Double, category g: Int, arm k: Int) -> Double {
        Swift.min(0.999, weight * (armVariance[k] + categoryVariance[g] + 2 * covariance[g * arms + k]))
    }

    /// Solves for the coefficients (arms, then categories) and keeps the inverse's blocks.
    ///
    /// `weights` and `values` are `[category][arm]`; `precision` is that of the prior on every coefficient; `means` that
    /// prior's means of the arms (the categories' are 0).
    mutating func solve(
        weights w: [Double], values y: [Double], precision: [Double], means: [Double], coefficients: inout [Double]
    ) {
        let eliminatesArms = categories <= arms
        let small = eliminatesArms ? categories : arms
        let large = eliminatesArms ? arms : categories
        // Element (s, l) of the weights, s running over the block that stays.
        func weight(_ s: Int, _ l: Int) -> Double { eliminatesArms ? w[s * arms + l] : w[l * arms + s] }
        for index in 0..<(arms + categories) {
            diagonal[index] = precision[index]
            right[index] = index < arms ? precision[index] * means[index] : 0
        }
        for g in 0..<categories {
            for k in 0..<arms {
                let (weight, value) = (w[g * arms + k], y[g * arms + k])
                diagonal[k] += weight
                diagonal[arms + g] += weight
                right[k] += weight * value
                right[arms + g] += weight * value
            }
        }
        let (smallStart, largeStart) = eliminatesArms ? (arms, 0) : (0, arms)
        // S = D_small − W D_large⁻¹ Wᵀ.
        for i in 0..<small {
            for j in 0...i {
                var sum = i == j ? diagonal[smallStart + i] : 0
                for l in 0..<large { sum -= weight(i, l) * weight(j, l) / diagonal[largeStart + l] }
                schur[i * small + j] = sum
                schur[j * small + i] = sum
            }
        }
        Self.invert(&schur, into: &inverse, lower: &lower, size: small)
        // Coefficients of the small block, then of the large one.
        for i in 0..<small {
            var sum = right[smallStart + i]
            for l in 0..<large { sum -= weight(i, l) * right[largeStart + l] / diagonal[largeStart + l] }
            reduced[i] = sum
        }
        for i in 0..<small {
            var sum = 0.0
            for j in 0..<small { sum += inverse[i * small + j] * reduced[j] }
            coefficients[smallStart + i] = sum
        }
        for l in 0..<large {
            var sum = right[largeStart + l]
            for s in 0..<small { sum -= weight(s, l) * coefficients[smallStart + s] }
            coefficients[largeStart + l] = sum / diagonal[largeStart + l]
        }
        // Blocks of the inverse: V_sl = −S⁻¹ W D_l⁻¹, V_ll = D_l⁻¹ + D_l⁻¹ Wᵀ S⁻¹ W D_l⁻¹.
        for s in 0..<small {
            let variance = inverse[s * small + s]
            if eliminatesArms { categoryVariance[s] = variance } else { armVariance[s] = variance }
            for l in 0..<large {
                var sum = 0.0
                for j in 0..<small { sum += inverse[s * small + j] * weight(j, l) }
                cross[s * large + l] = -sum / diagonal[largeStart + l]
                let position = eliminatesArms ? s * arms + l : l * arms + s
                covariance[position] = cross[s * large + l]
            }
        }
        for l in 0..<large {
            var sum = 1.0
            for s in 0..<small { sum -= weight(s, l) * cross[s * large + l] }
            let variance = sum / diagonal[largeStart + l]
            if eliminatesArms { armVariance[l] = variance } else { categoryVariance[l] = variance }
        }
    }

    /// The inverse of a symmetric positive definite matrix by Cholesky; `matrix` is overwritten by its factor, `lower` by that
    /// one's inverse.
    private static func invert(
        _ matrix: inout [Double], into inverse: inout [Double], lower: inout [Double], size: Int
    ) {
        for j in 0..<size {
            for i in j..<size {
                var sum = matrix[i * size + j]
                for k in 0..<j { sum -= matrix[i * size + k] * matrix[j * size + k] }
                matrix[i * size + j] = i == j ? Swift.max(sum, 1e-300).squareRoot() : sum / matrix[j * size + j]
            }
        }
        // Columns of L⁻¹ below the diagonal of `inverse`, then L⁻ᵀ L⁻¹.
        for j in 0..<size {
            lower[j * size + j] = 1 / matrix[j * size + j]
            if j + 1 < size {
                for i in (j + 1)..<size {
                    var sum = 0.0
                    for k in j..<i { sum -= matrix[i * size + k] * lower[k * size + j] }
                    lower[i * size + j] = sum / matrix[i * size + i]
                }
            }
        }
        for i in 0..<size {
            for j in 0...i {
                var sum = 0.0
                for k in i..<size { sum += lower[k * size + i] * lower[k * size + j] }
                inverse[i * size + j] = sum
                inverse[j * size + i] = sum
            }
        }
    }
}
