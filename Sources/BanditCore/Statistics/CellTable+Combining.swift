extension CellTable {
    /// Adds an empty category and returns its index.
    @discardableResult
    package mutating func addCategory() -> Int {
        categoryCount += 1
        if keepsEverything {
            exact.append(contentsOf: repeatElement(ExactSums(), count: armCount * Self.signals))
            exactLoss.append(contentsOf: repeatElement(ExactSums(), count: armCount))
            exactTraffic.append(ExactSums())
        } else {
            decayed.append(contentsOf: repeatElement(DecayedSums(), count: armCount * Self.signals))
            decayedLoss.append(contentsOf: repeatElement(DecayedSums(), count: armCount))
            decayedTraffic.append(DecayedSums())
        }
        return categoryCount - 1
    }

    /// Adds an arm without observations and returns its index; O(cells).
    @discardableResult
    package mutating func addArm() -> Int {
        precondition(armCount < ArmSet.capacity, "a route has at most \(ArmSet.capacity) arms")
        exact = Self.widened(
            exact, rows: categoryCount, width: armCount * Self.signals, more: Self.signals, by: ExactSums())
        decayed = Self.widened(
            decayed, rows: categoryCount, width: armCount * Self.signals, more: Self.signals, by: DecayedSums())
        exactLoss = Self.widened(exactLoss, rows: categoryCount, width: armCount, more: 1, by: ExactSums())
        decayedLoss = Self.widened(decayedLoss, rows: categoryCount, width: armCount, more: 1, by: DecayedSums())
        let keeps = keepsEverything
        armCount += 1
        let cells = categoryCount * armCount
        if keeps {
            decayed = []
            decayedLoss = []
        } else {
            exact = []
            exactLoss = []
        }
        precondition((keeps ? exactLoss.count : decayedLoss.count) == cells, "a table keeps one loss a cell")
        return armCount - 1
    }

    private static func widened<Element>(
        _ array: [Element], rows: Int, width: Int, more: Int, by empty: Element
    ) -> [Element] {
        if array.isEmpty && width > 0 { return [] }
        var result: [Element] = []
        result.reserveCapacity(rows * (width + more))
        for row in 0..<rows {
            result.append(contentsOf: array[row * width..<(row + 1) * width])
            result.append(contentsOf: repeatElement(empty, count: more))
        }
        return result
    }

    /// Empties a cell's signals and losses (a restart after a change was found); traffic stays.
    package mutating func reset(category: Int, arm: Int) {
        let index = cell(category, arm)
        for signal in 0..<Self.signals {
            if keepsEverything {
                exact[index * Self.signals + signal] = ExactSums()
            } else {
                decayed[index * Self.signals + signal] = DecayedSums()
            }
        }
        if keepsEverything { exactLoss[index] = ExactSums() } else { decayedLoss[index] = DecayedSums() }
    }

    /// Keeps a fraction in [0, 1] of an arm's evidence in every category: a known change (a new version of the model)
    /// carries that much over (a power prior, Ibrahim & Chen 2000).
    ///
    /// Later retractions of what came before take back whole observations; counts are clamped at nothing where they are read.
    package mutating func carryOver(_ fraction: Double, arm: Int) {
        precondition(fraction >= 0 && fraction <= 1, "the fraction carried over is in [0, 1]")
        for category in 0..<categoryCount {
            let index = cell(category, arm)
            for signal in 0..<Self.signals {
                let position = index * Self.signals + signal
                if keepsEverything {
                    exact[position] = exact[position].scaled(by: fraction)
                } else {
                    decayed[position].scale(by: fraction)
                }
            }
            if keepsEverything {
                exactLoss[index] = exactLoss[index].scaled(by: fraction)
            } else {
                decayedLoss[index].scale(by: fraction)
            }
        }
    }

    /// Adds another router's observations of the same categories, arms and half-life.
    package mutating func merge(_ other: CellTable) {
        combine(other, subtracting: false)
    }

    /// Takes another table's observations away; the inverse of `merge`.
    package mutating func subtract(_ other: CellTable) {
        combine(other, subtracting: true)
    }

    private mutating func combine(_ other: CellTable, subtracting: Bool) {
        precondition(
            forgetting == other.forgetting && categoryCount == other.categoryCount && armCount == other.armCount,
            "only tables of the same shape and half-life can be combined")
        if keepsEverything {
            Self.combine(&exact, other.exact, subtracting)
            Self.combine(&exactLoss, other.exactLoss, subtracting)
            Self.combine(&exactTraffic, other.exactTraffic, subtracting)
            return
        }
        guard let theirs = other.epoch else { return }
        let common = Swift.max(epoch ?? theirs, theirs)
        if epoch == nil { epoch = common } else { rebase(to: common) }
        let factor = Forgetting.scale(subtracting ? -1 : 1, by: theirs - common)
        Self.combine(&decayed, other.decayed, factor)
        Self.combine(&decayedLoss, other.decayedLoss, factor)
        Self.combine(&decayedTraffic, other.decayedTraffic, factor)
    }

    private static func combine(_ left: inout [ExactSums], _ right: [ExactSums], _ subtracting: Bool) {
        for index in left.indices {
            if subtracting { left[index].subtract(right[index]) } else { left[index].add(right[index]) }
        }
    }

    private static func combine(_ left: inout [DecayedSums], _ right: [DecayedSums], _ factor: Double) {
        for index in left.indices {
            let other = right[index]
            let sums = SignalSums(count: other.count, sum: other.sum, sumSquares: other.sumSquares)
            left[index].add(sums.scaled(by: factor), held: factor < 0 ? 0 &- other.held : other.held)
        }
    }
}

extension ExactSums {
    /// A fraction of the sums, rounded to the fixed point.
    func scaled(by fraction: Double) -> ExactSums {
        let share = Int128(ExactSums.fixed(fraction))
        var result = ExactSums()
        result.count = Int64(truncatingIfNeeded: (Int128(count) &* share) >> 32)
        result.sum = (sum &* share) >> 32
        result.sumSquares = (sumSquares >> 32) &* share
        return result
    }
}
