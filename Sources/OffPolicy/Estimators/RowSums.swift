/// Sums over the rows of a block that the estimators share, taken in two sweeps over its columns.
///
/// Rewards and models count from `shift`, which should lie near them: variances do not cancel away then. Sums are of pairs of rows,
/// two lanes each: one sweep's sums fit the registers of every 64-bit processor.
package struct RowSums {
    typealias Pair = SIMD2<Double>

    let count: Int
    /// What rewards and models count from, s below.
    let shift: Double
    let weighted: WeightedSums
    let modelled: ModelledSums
    /// min(w, c)·r − s, and m + y·1{w ≤ c}: sums and squares. Nil where no weight exceeds c, and they are those of ips and of dr.
    let clipped: (sum: Double, squares: Double)?
    let switched: (sum: Double, squares: Double)?

    /// `largestWeight`: of these rows or more.
    init(_ rows: RowBlock, parameters: EstimatorParameters, shift: Double, largestWeight: Double) {
        count = rows.count
        self.shift = shift
        weighted = WeightedSums(rows, shift: shift, lambda: parameters.subGaussianLambda)
        modelled = ModelledSums(rows, shift: shift, lambda: parameters.shrinkLambda)
        clipped =
            largestWeight > parameters.clipWeight ? Self.clipped(rows, limit: parameters.clipWeight, shift) : nil
        switched =
            largestWeight > parameters.switchWeight ? Self.switched(rows, limit: parameters.switchWeight, shift) : nil
    }

    /// w·r − s: Σ and Σ of squares.
    var inversePropensity: (sum: Double, squares: Double) {
        // w·r − s = x + s(w − 1).
        let n = Double(count)
        let weights = weighted.weights.sum()
        let sum = weighted.distances.sum()
        let cross = weighted.weightTimesDistance.sum() - sum
        return (
            sum + shift * (weights - n),
            weighted.distanceSquares.sum() + 2 * shift * cross + shift * shift
                * (weighted.weightSquares.sum() - 2 * weights + n)
        )
    }

    /// m + y: Σ and Σ of squares.
    var doublyRobust: (sum: Double, squares: Double) {
        (
            modelled.models.sum() + modelled.corrections.sum(),
            modelled.modelSquares.sum() + 2 * modelled.modelTimesCorrection.sum() + modelled.correctionSquares.sum()
        )
    }

    private static func clipped(_ rows: RowBlock, limit: Double, _ shift: Double) -> (sum: Double, squares: Double) {
        var moments = Moments(shift: shift)
        for row in 0..<rows.count { moments.add(min(rows.weights[row], limit) * rows.rewards[row]) }
        return (moments.shiftedSum, moments.shiftedSquares)
    }

    private static func switched(_ rows: RowBlock, limit: Double, _ shift: Double) -> (sum: Double, squares: Double) {
        var moments = Moments(shift: shift)
        for row in 0..<rows.count {
            let weight = rows.weights[row] <= limit ? rows.weights[row] : 0
            moments.add(rows.modelOfPolicy[row] + weight * (rows.rewards[row] - rows.modelOfArm[row]))
        }
        return (moments.shiftedSum, moments.shiftedSquares)
    }
}

/// What estimators without a model sum up.
struct WeightedSums {
    typealias Pair = SIMD2<Double>

    /// Σw, Σw².
    private(set) var weights = Pair.zero
    private(set) var weightSquares = Pair.zero
    /// x = w(r − s): Σx, Σx², Σwx.
    private(set) var distances = Pair.zero
    private(set) var distanceSquares = Pair.zero
    private(set) var weightTimesDistance = Pair.zero
    /// u = w·r/(1 − λ + λw) − s: Σu, Σu².
    private(set) var flattened = Pair.zero
    private(set) var flattenedSquares = Pair.zero
    /// k = 1 where replay keeps the row: Σk, Σk(r − s), Σk(r − s)².
    private(set) var kept = Pair.zero
    private(set) var keptRewards = Pair.zero
    private(set) var keptRewardSquares = Pair.zero

    init(_ rows: RowBlock, shift: Double, lambda: Double) {
        var sums = Self()
        var row = 0
        while row &+ 2 <= rows.count {
            sums.add(
                two(rows.weights, row), two(rows.rewards, row), two(rows.kept, row), shift: shift, lambda: lambda,
                isWhole: true)
            row = row &+ 2
        }
        if row < rows.count {
            sums.add(
                Pair(rows.weights[row], 0), Pair(rows.rewards[row], shift), Pair(rows.kept[row], 0), shift: shift,
                lambda: lambda, isWhole: false)
        }
        self = sums
    }

    private init() {}

    /// `isWhole`: there is a second row, whose weight is 0 otherwise and whose reward lies at the shift.
    @inline(__always)
    private mutating func add(
        _ weight: Pair, _ reward: Pair, _ kept: Pair, shift: Double, lambda: Double, isWhole: Bool
    ) {
        let distance = reward - shift
        let weighted = weight * distance
        var flattened = weight * reward / ((1 - lambda) + lambda * weight) - shift
        if !isWhole { flattened[1] = 0 }
        let keptReward = kept * distance
        weights += weight
        weightSquares += weight * weight
        distances += weighted
        distanceSquares += weighted * weighted
        weightTimesDistance += weight * weighted
        self.flattened += flattened
        flattenedSquares += flattened * flattened
        self.kept += kept
        keptRewards += keptReward
        keptRewardSquares += keptReward * keptReward
    }
}

/// What estimators with a model sum up.
struct ModelledSums {
    typealias Pair = SIMD2<Double>

    /// m = q(x,π) − s: Σm, Σm².
    private(set) var models = Pair.zero
    private(set) var modelSquares = Pair.zero
    /// y = w(r − q_a): Σy, Σy², Σwy, Σmy, Σmw.
    private(set) var corrections = Pair.zero
    private(set) var correctionSquares = Pair.zero
    private(set) var weightTimesCorrection = Pair.zero
    private(set) var modelTimesCorrection = Pair.zero
    private(set) var modelTimesWeight = Pair.zero
    /// z = m + λ/(w² + λ)·y: Σz, Σz².
    private(set) var shrunken = Pair.zero
    private(set) var shrunkenSquares = Pair.zero
    /// f = q(x,π) − s by the model of all rows: Σf, Σf².
    private(set) var fullModels = Pair.zero
    private(set) var fullModelSquares = Pair.zero

    init(_ rows: RowBlock, shift: Double, lambda: Double) {
        var sums = Self()
        var row = 0
        while row &+ 2 <= rows.count {
            let correction = two(rows.rewards, row) - two(rows.modelOfArm, row)
            sums.add(
                two(rows.weights, row), correction, two(rows.modelOfPolicy, row) - shift,
                two(rows.fullModelOfPolicy, row) - shift, lambda: lambda)
            row = row &+ 2
        }
        if row < rows.count {
            sums.add(
                Pair(rows.weights[row], 0), Pair(rows.rewards[row] - rows.modelOfArm[row], 0),
                Pair(rows.modelOfPolicy[row] - shift, 0), Pair(rows.fullModelOfPolicy[row] - shift, 0), lambda: lambda)
        }
        self = sums
    }

    private init() {}

    @inline(__always)
    private mutating func add(_ weight: Pair, _ residual: Pair, _ model: Pair, _ fullModel: Pair, lambda: Double) {
        let correction = weight * residual
        // λ = 0 leaves the model alone, and 0/0 must not say otherwise.
        let shrunken = model + correction * (lambda / (weight * weight + max(lambda, Double.leastNormalMagnitude)))
        models += model
        modelSquares += model * model
        corrections += correction
        correctionSquares += correction * correction
        weightTimesCorrection += weight * correction
        modelTimesCorrection += model * correction
        modelTimesWeight += model * weight
        self.shrunken += shrunken
        shrunkenSquares += shrunken * shrunken
        fullModels += fullModel
        fullModelSquares += fullModel * fullModel
    }
}
