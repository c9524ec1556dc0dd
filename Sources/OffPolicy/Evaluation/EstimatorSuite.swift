/// All standard estimators side by side: one pass over the rows feeds them, parts of the rows add up.
package struct EstimatorSuite: Sendable {
    package var ips: InversePropensity
    package var clipped: ClippedInversePropensity
    package var selfNormalized: SelfNormalized
    package var doublyRobust: DoublyRobust
    package var selfNormalizedDoublyRobust: SelfNormalizedDoublyRobust
    package var switched: SwitchDoublyRobust
    package var shrunken: ShrunkenDoublyRobust
    package var subGaussian: SubGaussian
    package var replay: RejectionReplay

    package init(_ parameters: EstimatorParameters, shift: Double) {
        ips = InversePropensity(shift: shift)
        clipped = ClippedInversePropensity(maximumWeight: parameters.clipWeight, shift: shift)
        selfNormalized = SelfNormalized(shift: shift)
        doublyRobust = DoublyRobust(shift: shift)
        selfNormalizedDoublyRobust = SelfNormalizedDoublyRobust(shift: shift)
        switched = SwitchDoublyRobust(maximumWeight: parameters.switchWeight, shift: shift)
        shrunken = ShrunkenDoublyRobust(lambda: parameters.shrinkLambda, shift: shift)
        subGaussian = SubGaussian(lambda: parameters.subGaussianLambda, shift: shift)
        replay = RejectionReplay(shift: shift)
    }

    package mutating func add(_ rows: RowSums) {
        ips.add(rows)
        clipped.add(rows)
        selfNormalized.add(rows)
        doublyRobust.add(rows)
        selfNormalizedDoublyRobust.add(rows)
        switched.add(rows)
        shrunken.add(rows)
        subGaussian.add(rows)
        replay.add(rows)
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result.ips = left.ips + right.ips
        result.clipped = left.clipped + right.clipped
        result.selfNormalized = left.selfNormalized + right.selfNormalized
        result.doublyRobust = left.doublyRobust + right.doublyRobust
        result.selfNormalizedDoublyRobust = left.selfNormalizedDoublyRobust + right.selfNormalizedDoublyRobust
        result.switched = left.switched + right.switched
        result.shrunken = left.shrunken + right.shrunken
        result.subGaussian = left.subGaussian + right.subGaussian
        result.replay = left.replay + right.replay
        return result
    }

    /// The estimator of that kind; nil for those that are not fed by blocks alone (dm, aw-aipw).
    package subscript(kind: EstimatorKind) -> (any OffPolicyEstimator)? {
        switch kind {
        case .replay: replay
        case .ips: ips
        case .clippedIPS: clipped
        case .snips: selfNormalized
        case .dr: doublyRobust
        case .sndr: selfNormalizedDoublyRobust
        case .switchDR: switched
        case .dros: shrunken
        case .subGaussian: subGaussian
        case .dm, .adaptivelyWeighted: nil
        }
    }
}
