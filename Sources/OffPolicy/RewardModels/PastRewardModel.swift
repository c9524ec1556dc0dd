/// The reward model of the rows seen so far, pooled or cell means, updated row by row.
///
/// The pooled one keeps reciprocals, as ``PooledPastSweep`` does, which is faster where all rows have the same arms.
struct PastRewardModel {
    private let kind: RewardModel
    private let armCount: Int
    /// `[arm]`: four times A and four times B.
    private let armOffset: UnsafeMutablePointer<Double>
    private let armSlope: UnsafeMutablePointer<Double>
    private let armCounts: UnsafeMutablePointer<Double>
    private let armTotals: UnsafeMutablePointer<Double>
    /// `[category][arm]`.
    private let cellCounts: UnsafeMutablePointer<Double>
    private let cellTotals: UnsafeMutablePointer<Double>
    private let cellReciprocals: UnsafeMutablePointer<Double>
    private var count = 0.0
    private var total = 0.0
    private(set) var overall = 0.5

    /// Owns memory: call ``deallocate()``.
    init(kind: RewardModel, categoryCount: Int, armCount: Int) {
        self.kind = kind
        self.armCount = armCount
        func room(_ count: Int, _ value: Double) -> UnsafeMutablePointer<Double> {
            let pointer = UnsafeMutablePointer<Double>.allocate(capacity: count)
            pointer.initialize(repeating: value, count: count)
            return pointer
        }
        armOffset = room(armCount, 0)
        armSlope = room(armCount, RewardModel.strength)
        armCounts = room(armCount, 0)
        armTotals = room(armCount, 0)
        cellCounts = room(armCount * categoryCount, 0)
        cellTotals = room(armCount * categoryCount, 0)
        cellReciprocals = room(armCount * categoryCount, 1 / RewardModel.strength)
    }

    func deallocate() {
        for pointer in [armOffset, armSlope, armCounts, armTotals, cellCounts, cellTotals, cellReciprocals] {
            pointer.deallocate()
        }
    }

    /// The model's value of one cell.
    @inline(__always)
    func value(category: Int, arm: Int) -> Double {
        let cell = category * armCount + arm
        if kind == .pooled {
            return (cellTotals[cell] + (armOffset[arm] + overall * armSlope[arm])) * cellReciprocals[cell]
        }
        if cellCounts[cell] > 0 { return cellTotals[cell] / cellCounts[cell] }
        return armCounts[arm] > 0 ? armTotals[arm] / armCounts[arm] : overall
    }

    /// Writes the values of all arms of a category, in order, to `values`.
    @inline(__always)
    func write(category: Int, to values: UnsafeMutablePointer<Double>) {
        guard kind == .pooled else {
            for arm in 0..<armCount { values[arm] = value(category: category, arm: arm) }
            return
        }
        let totals = cellTotals + category * armCount
        let reciprocals = cellReciprocals + category * armCount
        let overall = SIMD2(repeating: self.overall)
        var arm = 0
        while arm + 2 <= armCount {
            let armPart = two(armOffset, arm) + overall * two(armSlope, arm)
            let value = (two(totals, arm) + armPart) * two(reciprocals, arm)
            UnsafeMutableRawPointer(values + arm).storeBytes(of: value, as: SIMD2<Double>.self)
            arm += 2
        }
        if arm < armCount { values[arm] = value(category: category, arm: arm) }
    }

    /// Writes the values of all arms of a category as they were had some of the rows seen not been seen.
    func write(category: Int, without own: [OwnPast.Part], to values: UnsafeMutablePointer<Double>) {
        guard !own.isEmpty else { return write(category: category, to: values) }
        let rest = own.reduce(into: (count: count, total: total)) { rest, part in
            rest.count -= part.count
            rest.total -= part.total
        }
        let overall = kind.overall(count: rest.count, total: rest.total)
        for arm in 0..<armCount {
            let cell = category * armCount + arm
            values[arm] = kind.value(
                cell: (cellCounts[cell], cellTotals[cell]), arm: (armCounts[arm], armTotals[arm]), overall: overall)
        }
        for (index, part) in own.enumerated() where !own[..<index].contains(where: { $0.arm == part.arm }) {
            let cell = category * armCount + part.arm
            var ofCell = (count: cellCounts[cell], total: cellTotals[cell])
            var ofArm = (count: armCounts[part.arm], total: armTotals[part.arm])
            for other in own[index...] where other.arm == part.arm {
                ofArm.count -= other.count
                ofArm.total -= other.total
                if other.category == category {
                    ofCell.count -= other.count
                    ofCell.total -= other.total
                }
            }
            values[part.arm] = kind.value(cell: ofCell, arm: ofArm, overall: overall)
        }
    }

    @inline(__always)
    mutating func observe(category: Int, arm: Int, reward: Double) {
        let cell = category * armCount + arm
        count += 1
        total += reward
        armCounts[arm] += 1
        armTotals[arm] += reward
        cellCounts[cell] += 1
        if kind == .pooled {
            let base = category * armCount
            overall = (total + 0.5) / (count + 1)
            let reciprocal = RewardModel.strength / (armCounts[arm] + RewardModel.strength)
            put(reciprocal * armTotals[arm], at: arm, of: armOffset)
            put(reciprocal * RewardModel.strength, at: arm, of: armSlope)
            put(cellTotals[cell] + reward, at: arm, of: cellTotals + base)
            put(1 / (cellCounts[cell] + RewardModel.strength), at: arm, of: cellReciprocals + base)
        } else {
            cellTotals[cell] += reward
            overall = total / count
        }
    }

    /// Writes one number of a row of arms together with its neighbour: the next row reads them in pairs at once, and a processor
    /// cannot hand a pair on from a store of half of it.
    @inline(__always)
    private func put(_ value: Double, at arm: Int, of row: UnsafeMutablePointer<Double>) {
        let first = arm & ~1
        guard first + 1 < armCount else {
            row[arm] = value
            return
        }
        let isValue = SIMD2<Int64>(0, 1) .== Int64(arm & 1)
        let pair = two(row, first).replacing(with: SIMD2(repeating: value), where: isValue)
        UnsafeMutableRawPointer(row + first).storeBytes(of: pair, as: SIMD2<Double>.self)
    }
}

@inline(__always)
func two(_ pointer: UnsafeMutablePointer<Double>, _ index: Int) -> SIMD2<Double> {
    UnsafeRawPointer(pointer + index).loadUnaligned(as: SIMD2<Double>.self)
}

@inline(__always)
func two(_ pointer: UnsafePointer<Double>, _ index: Int) -> SIMD2<Double> {
    UnsafeRawPointer(pointer + index).loadUnaligned(as: SIMD2<Double>.self)
}
