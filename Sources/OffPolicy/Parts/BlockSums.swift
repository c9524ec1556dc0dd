/// An estimator's sums by block of rows, of all parts of a log: its value, and how uncertain that is.
package struct BlockSums: Sendable {
    package let kind: EstimatorKind
    package let blocks: [SIMD4<Double>]
    private let isClustered: Bool

    /// `sums`: four numbers a block.
    package init(_ kind: EstimatorKind, sums: [Double], isClustered: Bool) {
        self.kind = kind
        self.isClustered = isClustered
        blocks = (0..<sums.count / 4).map { SIMD4(sums[4 * $0], sums[4 * $0 + 1], sums[4 * $0 + 2], sums[4 * $0 + 3]) }
    }

    /// The estimate that sums make.
    package static func value(_ kind: EstimatorKind, _ sums: SIMD4<Double>) -> Double {
        switch kind {
        case .replay: RejectionReplay.value(sums: sums)
        case .snips: SelfNormalized.value(sums: sums)
        case .sndr: SelfNormalizedDoublyRobust.value(sums: sums)
        default: SummandMean.value(sums: sums)
        }
    }

    private var total: SIMD4<Double> { blocks.reduce(.zero, +) }

    /// Nil where no row carries weight.
    package var value: Double? {
        let value = Self.value(kind, total)
        return value.isFinite ? value : nil
    }

    package var statistic: BayesianBootstrap.Statistic {
        let kind = kind
        return BayesianBootstrap.Statistic(parts: blocks) { Self.value(kind, $0) }
    }

    /// What each block moves the estimate by: the estimate less that of the other blocks.
    private var moves: [Double] {
        let total = total
        let value = Self.value(kind, total)
        return blocks.map { block in
            let move = value - Self.value(kind, total - block)
            return move.isFinite ? move : 0
        }
    }

    /// The jackknife over blocks (Tukey 1958); of a mean and blocks of one row, sd/√n. Nil below two blocks.
    package var error: MeanError? { MeanError(moves: moves, areClusters: isClustered) }

    /// Of the difference from an estimate on the same blocks.
    package func errorOfDifference(from other: BlockSums) -> MeanError? {
        MeanError(moves: zip(moves, other.moves).map { $0 - $1 }, areClusters: isClustered)
    }
}
