/// What comparing a policy with the logged probabilities, arm by arm, tells: support, the largest possible weight, the bias of shrinking.
package struct SupportScan: Sendable, Equatable {
    /// Rows where the policy wants an arm of logged probability 0.
    package var violations = 0
    /// Mean share of the policy on arms of logged probability 0.
    package var unsupportedMass = 0.0
    /// Largest weight over all rows and arms; infinite where an arm of probability 0 is wanted.
    package var weightBound = 0.0
    /// The same over the arms the log could have played.
    package var playableWeightBound = 0.0
    /// Mean of Σ over arms of π_e · (share of the weight that is taken away), by estimator.
    package var biasBounds: [EstimatorKind: Double] = [:]

    /// Which parts to work out: each costs a pass over all probabilities.
    package struct Parts: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let support = Parts(rawValue: 1)
        package static let weightBound = Parts(rawValue: 2)
        package static let biasBounds = Parts(rawValue: 4)
    }

    /// Nothing found.
    package init() {}

    /// Every row of the range must have all probabilities, and the policy masses.
    package init(
        _ policy: TargetPolicy, _ rows: LogRows, names: LogNames, range: Range<Int>, parameters: EstimatorParameters,
        parts: Parts
    ) {
        guard let masses = policy.masses, !range.isEmpty else { return }
        let n = Double(range.count)
        let lengths = names.armLists.map(\.count)
        if parts.contains(.support), rows.probabilities.hasZero { scanSupport(masses, rows, lengths, range) }
        if parts.contains(.weightBound) { scanBound(masses, rows, lengths, range) }
        if parts.contains(.biasBounds) {
            let sums = Self.lostWeight(masses, rows, lengths, range, parameters)
            biasBounds = [
                .clippedIPS: sums[0] / n, .switchDR: sums[1] / n, .dros: sums[2] / n, .subGaussian: sums[3] / n,
            ]
        }
        unsupportedMass /= n
    }

    private mutating func scanSupport(
        _ masses: DistributionColumn, _ rows: LogRows, _ lengths: [Int], _ range: Range<Int>
    ) {
        for row in range {
            let target = Int(masses.starts[row])
            let logged = Int(rows.probabilities.starts[row])
            var lost = 0.0
            for index in 0..<lengths[Int(rows.armList[row])] where rows.probabilities.values[logged + index] == 0 {
                lost += masses.values[target + index]
            }
            if lost > 0 { violations += 1 }
            unsupportedMass += lost
        }
    }

    private mutating func scanBound(
        _ masses: DistributionColumn, _ rows: LogRows, _ lengths: [Int], _ range: Range<Int>
    ) {
        for row in range {
            let target = Int(masses.starts[row])
            let logged = Int(rows.probabilities.starts[row])
            for index in 0..<lengths[Int(rows.armList[row])] {
                let mass = masses.values[target + index]
                guard mass > 0 else { continue }
                let probability = rows.probabilities.values[logged + index]
                weightBound = max(weightBound, mass / probability)
                guard probability > 0 else { continue }
                playableWeightBound = max(playableWeightBound, min(ImportanceWeights.limit, mass / probability))
            }
        }
    }

    /// Sums over rows and arms of π_e times the share of w = e/p lost: clipped max(0, e − cp), switched e where e > cp,
    /// dros e·e²/(e² + λp²), sub-gaussian λe|e − p|/((1 − λ)p + λe). One division serves the last two.
    private static func lostWeight(
        _ masses: DistributionColumn, _ rows: LogRows, _ lengths: [Int], _ range: Range<Int>,
        _ parameters: EstimatorParameters
    ) -> SIMD4<Double> {
        let clip = parameters.clipWeight
        let switching = parameters.switchWeight
        let shrink = parameters.shrinkLambda
        let lambda = parameters.subGaussianLambda
        typealias Pair = SIMD2<Double>
        var clipped = Pair.zero
        var switched = Pair.zero
        var shrunken = Pair.zero
        var flattened = Pair.zero
        @inline(__always) func shrinkAndFlatten(_ e: Pair, _ p: Pair) -> (shrunken: Pair, flattened: Pair) {
            let square = e * e
            let shrunkenBase = square + shrink * (p * p)
            let flattenedBase = (1 - lambda) * p + lambda * e
            let share = e / (shrunkenBase * flattenedBase)
            return (share * (square * flattenedBase), share * (magnitude(e - p) * shrunkenBase))
        }
        // No weight can exceed 1/(smallest probability): mostly nothing is ever clipped or switched off, and nothing is 0/0.
        if rows.probabilities.smallest * min(clip, switching) >= 1, lambda < 1 {
            forEachPair(masses, rows, lengths, range) { e, p in
                let parts = shrinkAndFlatten(e, p)
                shrunken += parts.shrunken
                flattened += parts.flattened
            }
        } else {
            forEachPair(masses, rows, lengths, range) { e, p in
                let parts = shrinkAndFlatten(e, p)
                clipped += (e - clip * p).replacing(with: 0, where: e .<= clip * p)
                switched += e.replacing(with: 0, where: e .<= switching * p)
                shrunken += parts.shrunken.replacing(with: 0, where: e .<= 0)
                flattened += parts.flattened.replacing(with: 0, where: e .<= 0)
            }
        }
        // λ = 0 takes nothing away (and 0/0 must not say otherwise).
        let taken = lambda > 0 ? lambda * flattened.sum() : 0
        return SIMD4(clipped.sum(), switched.sum(), shrunken.sum(), taken)
    }

    /// Calls `body` with the wanted and the logged probabilities of two arms at a time; an odd one out stands beside (0, 1).
    @inline(__always)
    private static func forEachPair(
        _ masses: DistributionColumn, _ rows: LogRows, _ lengths: [Int], _ range: Range<Int>,
        _ body: (SIMD2<Double>, SIMD2<Double>) -> Void
    ) {
        let targetStarts = masses.starts.span
        let loggedStarts = rows.probabilities.starts.span
        let lists = rows.armList.span
        let lengths = lengths.span
        masses.values.withUnsafeBufferPointer { targets in
            rows.probabilities.values.withUnsafeBufferPointer { loggeds in
                for row in range {
                    let target = targets.baseAddress! + Int(targetStarts[unchecked: row])
                    let logged = loggeds.baseAddress! + Int(loggedStarts[unchecked: row])
                    let length = lengths[unchecked: Int(lists[unchecked: row])]
                    var index = 0
                    while index + 2 <= length {
                        body(two(target, index), two(logged, index))
                        index += 2
                    }
                    if index < length { body(SIMD2(target[index], 0), SIMD2(logged[index], 1)) }
                }
            }
        }
    }

    @inline(__always)
    private static func magnitude(_ values: SIMD2<Double>) -> SIMD2<Double> {
        unsafeBitCast(unsafeBitCast(values, to: SIMD2<UInt64>.self) & ~(1 << 63), to: SIMD2<Double>.self)
    }
}
