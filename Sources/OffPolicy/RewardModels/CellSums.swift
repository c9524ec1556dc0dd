/// Count and sum of rewards per cell, `[category][arm]`: all a reward model is fitted on. Sums add and subtract.
package struct CellSums: Sendable, Equatable {
    package let categoryCount: Int
    package let armCount: Int
    package var counts: [Double]
    package var totals: [Double]

    package init(categoryCount: Int, armCount: Int) {
        self.categoryCount = categoryCount
        self.armCount = armCount
        counts = [Double](repeating: 0, count: categoryCount * armCount)
        totals = counts
    }

    /// The sums of the rows of `range` for which `isIncluded` holds of the row's index within the range.
    package init(_ rows: LogRows, names: LogNames, range: Range<Int>, where isIncluded: (Int) -> Bool = { _ in true }) {
        self.init(categoryCount: names.categories.count, armCount: names.arms.count)
        let armCount = armCount
        rows.category.withUnsafeBufferPointer { category in
            rows.arm.withUnsafeBufferPointer { arm in
                rows.reward.withUnsafeBufferPointer { reward in
                    counts.withUnsafeMutableBufferPointer { counts in
                        totals.withUnsafeMutableBufferPointer { totals in
                            for row in range where isIncluded(row - range.lowerBound) {
                                let cell = Int(category[row]) * armCount + Int(arm[row])
                                counts[cell] += 1
                                totals[cell] += reward[row]
                            }
                        }
                    }
                }
            }
        }
    }

    package static func + (left: CellSums, right: CellSums) -> CellSums { left.combined(right, sign: 1) }
    package static func - (left: CellSums, right: CellSums) -> CellSums { left.combined(right, sign: -1) }

    private func combined(_ other: CellSums, sign: Double) -> CellSums {
        precondition(other.armCount == armCount && other.categoryCount == categoryCount, "sums of the same cells")
        var result = self
        for cell in counts.indices {
            result.counts[cell] += sign * other.counts[cell]
            result.totals[cell] += sign * other.totals[cell]
        }
        return result
    }

    /// Sums over all categories, `[arm]`.
    package var byArm: (counts: [Double], totals: [Double]) {
        var armCounts = [Double](repeating: 0, count: armCount)
        var armTotals = armCounts
        for cell in counts.indices {
            armCounts[cell % armCount] += counts[cell]
            armTotals[cell % armCount] += totals[cell]
        }
        return (armCounts, armTotals)
    }
}
