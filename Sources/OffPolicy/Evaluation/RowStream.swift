/// The rows of a range in order, block by block, with everything the estimators need of a policy.
package struct RowStream {
    /// Rows a block holds at most: a block's columns stay in the first-level cache.
    package static let blockRows = 256

    let log: DecisionLog
    let range: Range<Int>
    let policy: TargetPolicy
    let weights: ImportanceWeights
    let rewards: FittedRewards
    let seed: UInt64

    /// What was summed up on the way, beside what the blocks' receiver makes of them.
    package struct Totals {
        /// `[category][arm]`: Σ of the policy's probabilities over the category's rows.
        var mass: [Double]
        /// Σ over rows of the probability the policy wants on arms that are not eligible.
        var missingMass = 0.0
    }

    /// Calls `body` with consecutive blocks and the index of the part each belongs to; a block never reaches into two parts.
    /// `partEnds` rise to `range.count`.
    @discardableResult
    func forEachBlock(partEnds: [Int], _ body: (RowBlock, Int) -> Void) -> Totals {
        let armCount = log.names.arms.count
        let categoryCount = log.names.categories.count
        var totals = Totals(mass: [Double](repeating: 0, count: armCount * categoryCount))
        var past = PastRewardModel(kind: rewards.model, categoryCount: categoryCount, armCount: armCount)
        defer { past.deallocate() }
        var sweep = PooledPastSweep(full: rewards.full, categoryCount: categoryCount, armCount: armCount)
        defer { sweep.deallocate() }
        let columns = BlockColumns()
        defer { columns.deallocate() }
        let scratch = UnsafeMutablePointer<Double>.allocate(capacity: armCount + 2)
        defer { scratch.deallocate() }
        var own = rewards.crossFit == .past ? rewards.clusters.map { OwnPast($0) } : nil
        // The usual case, without branches within a row: the pooled model of the past, one list of arms.
        let sweeps =
            rewards.crossFit == .past && rewards.model == .pooled && log.names.armLists.count == 1
            && policy.masses != nil && own == nil
        weights.values.withUnsafeBufferPointer { weights in
            log.rows.reward.withUnsafeBufferPointer { rewards in
                let source = (weights: weights, rewards: UnsafeBufferPointer(rebasing: rewards[range]))
                var first = 0
                for part in partEnds.indices {
                    while first < partEnds[part] {
                        let count = min(Self.blockRows, partEnds[part] - first)
                        let block = columns.block(
                            first: first, count: count, weights: source.weights, rewards: source.rewards)
                        fillKept(columns, block, first: first)
                        if sweeps {
                            fillPooledPast(columns, block, first: first, sweep: &sweep, totals: &totals)
                        } else {
                            fillModels(
                                columns, block, first: first, past: &past, own: &own, totals: &totals, scratch: scratch)
                        }
                        body(block, part)
                        first += count
                    }
                }
            }
        }
        if sweeps { totals.mass = sweep.mass }
        return totals
    }

    private func fillKept(_ columns: BlockColumns, _ block: RowBlock, first: Int) {
        if weights.isReplayDeterministic {
            for offset in 0..<block.count { columns.kept[offset] = block.weights[offset] > 0 ? 1 : 0 }
            return
        }
        let identity = log.rows.identity.span
        let largest = weights.largest
        for offset in 0..<block.count {
            let draw = SeededUniform.value(seed: seed, identity: identity[unchecked: range.lowerBound + first + offset])
            columns.kept[offset] = draw * largest < block.weights[offset] ? 1 : 0
        }
    }

    private func fillPooledPast(
        _ columns: BlockColumns, _ block: RowBlock, first: Int, sweep: inout PooledPastSweep, totals: inout Totals
    ) {
        let start = range.lowerBound + first
        let length = log.names.armLists[0].count
        let masses = policy.masses!
        log.rows.category.withUnsafeBufferPointer { category in
            log.rows.arm.withUnsafeBufferPointer { arm in
                masses.starts.withUnsafeBufferPointer { starts in
                    masses.values.withUnsafeBufferPointer { values in
                        sweep.sweep(
                            PooledPastSweep.Rows(
                                count: block.count, categories: category.baseAddress! + start,
                                arms: arm.baseAddress! + start, rewards: block.rewards,
                                starts: starts.baseAddress! + start, probabilities: values.baseAddress!,
                                length: length, cells: columns.cells, values: columns.modelOfArm))
                        if policy.isComplete { return }
                        for row in start..<start + block.count {
                            let first = Int(starts[row])
                            let sum = values[first..<first + length].reduce(0, +)
                            totals.missingMass += max(0, 1 - sum)
                        }
                    }
                }
            }
        }
    }

    private func fillModels(
        _ columns: BlockColumns, _ block: RowBlock, first: Int, past: inout PastRewardModel, own: inout OwnPast?,
        totals: inout Totals, scratch: UnsafeMutablePointer<Double>
    ) {
        let armCount = log.names.arms.count
        let category = log.rows.category.span
        let arm = log.rows.arm.span
        let full = rewards.full.span
        let startColumn = policy.masses?.starts ?? []
        let valueColumn = policy.masses?.values ?? []
        let starts = startColumn.span
        let values = valueColumn.span
        let lists = log.rows.armList.span
        var mass = totals.mass.mutableSpan
        var missing = 0.0
        // The first list names the arms 0, 1, … in order, and most logs have no other.
        for offset in 0..<block.count {
            let row = range.lowerBound + first + offset
            let category = Int(category[unchecked: row])
            let arm = Int(arm[unchecked: row])
            let base = category * armCount
            columns.cells[offset] = Int32(truncatingIfNeeded: base + arm)
            switch rewards.crossFit {
            case .past:
                if own != nil {
                    past.write(category: category, without: own!.before(first + offset), to: scratch)
                    own!.observe(first + offset, category: category, arm: arm, reward: block.rewards[offset])
                } else {
                    past.write(category: category, to: scratch)
                }
                columns.modelOfArm[offset] = scratch[arm]
                past.observe(category: category, arm: arm, reward: block.rewards[offset])
            case .none:
                columns.modelOfArm[offset] = full[unchecked: base + arm]
            case .folds(let folds):
                let fold = rewards.folds[FittedRewards.fold(first + offset, of: folds, rewards.clusters)]
                let table = fold.span
                for arm in 0..<armCount { scratch[arm] = table[unchecked: base + arm] }
                columns.modelOfArm[offset] = scratch[arm]
            }
            guard policy.masses != nil else {
                // `logged` where only the drawn arm's propensity is known: the model of what was drawn stands for that of the policy, so
                // that every estimator comes to the mean reward.
                columns.modelOfPolicy[offset] = columns.modelOfArm[offset]
                columns.fullModelOfPolicy[offset] = full[unchecked: base + arm]
                mass[unchecked: base + arm] += 1
                continue
            }
            let start = Int(starts[unchecked: row])
            let list = Int(lists[unchecked: row])
            let length = log.names.armLists[list].count
            let isInOrder = list == 0
            var model = 0.0
            var fullModel = 0.0
            var sum = 0.0
            let usesScratch = rewards.crossFit != .none
            if isInOrder {
                let bytes = values.bytes
                let fullBytes = full.bytes
                var models = SIMD2<Double>.zero
                var fulls = SIMD2<Double>.zero
                var all = SIMD2<Double>.zero
                var index = 0
                while index + 2 <= length {
                    let probability = bytes.unsafeLoadUnaligned(
                        fromUncheckedByteOffset: (start + index) * 8, as: SIMD2<Double>.self)
                    let fullValue = fullBytes.unsafeLoadUnaligned(
                        fromUncheckedByteOffset: (base + index) * 8, as: SIMD2<Double>.self)
                    if usesScratch { models += probability * two(scratch, index) }
                    fulls += probability * fullValue
                    all += probability
                    mass[unchecked: base + index] += probability[0]
                    mass[unchecked: base + index + 1] += probability[1]
                    index += 2
                }
                model = models.sum()
                fullModel = fulls.sum()
                sum = all.sum()
                if index < length {
                    let probability = values[unchecked: start + index]
                    if usesScratch { model += probability * scratch[index] }
                    fullModel += probability * full[unchecked: base + index]
                    sum += probability
                    mass[unchecked: base + index] += probability
                }
            } else {
                let listed = log.names.armLists[list]
                let arms = listed.span
                for index in 0..<length {
                    let probability = values[unchecked: start + index]
                    let arm = arms[unchecked: index]
                    if usesScratch { model += probability * scratch[arm] }
                    fullModel += probability * full[unchecked: base + arm]
                    sum += probability
                    mass[unchecked: base + arm] += probability
                }
            }
            columns.modelOfPolicy[offset] = usesScratch ? model : fullModel
            columns.fullModelOfPolicy[offset] = fullModel
            if !policy.isComplete { missing += max(0, 1 - sum) }
        }
        totals.missingMass += missing
    }
}

/// The memory a stream's blocks live in.
private struct BlockColumns {
    // Estimators read by twos: more numbers than a block has.
    private static let capacity = PooledPastSweep.Rows.stride

    private let weights = Self.column()
    private let rewards = Self.column()
    /// Followed by the two below.
    let modelOfArm = Self.column(columns: 3, .nan)
    var modelOfPolicy: UnsafeMutablePointer<Double> { modelOfArm + Self.capacity }
    var fullModelOfPolicy: UnsafeMutablePointer<Double> { modelOfArm + 2 * Self.capacity }
    let kept = Self.column()
    let cells: UnsafeMutablePointer<Int32> = {
        let pointer = UnsafeMutablePointer<Int32>.allocate(capacity: Self.capacity)
        pointer.initialize(repeating: 0, count: Self.capacity)
        return pointer
    }()

    private static func column(columns: Int = 1, _ value: Double = 0) -> UnsafeMutablePointer<Double> {
        let pointer = UnsafeMutablePointer<Double>.allocate(capacity: columns * capacity)
        pointer.initialize(repeating: value, count: columns * capacity)
        return pointer
    }

    func deallocate() {
        for column in [weights, rewards, modelOfArm, kept] { column.deallocate() }
        cells.deallocate()
    }

    /// Rows `first` and on; their weights and rewards are read where they are, unless that would be read past its end.
    func block(
        first: Int, count: Int, weights allWeights: UnsafeBufferPointer<Double>,
        rewards allRewards: UnsafeBufferPointer<Double>
    ) -> RowBlock {
        var blockWeights = allWeights.baseAddress! + first
        var blockRewards = allRewards.baseAddress! + first
        if first + count + 3 > allWeights.count {
            weights.update(from: blockWeights, count: count)
            rewards.update(from: blockRewards, count: count)
            blockWeights = UnsafePointer(weights)
            blockRewards = UnsafePointer(rewards)
        }
        return RowBlock(
            count: count, weights: blockWeights, rewards: blockRewards, modelOfArm: modelOfArm,
            modelOfPolicy: modelOfPolicy, fullModelOfPolicy: fullModelOfPolicy, kept: kept, cells: cells)
    }
}
