/// The reward model of the rows seen so far, pooled or cell means, updated row by row.
///
/// The pooled one keeps reciprocals, so that the values of all arms of a category take no division: with
/// q_0 = (S + ½)/(n + 1), q_arm = A + q_0·B and q_cell = (S_cell + 4·q_arm)/(n_cell + 4).
struct PastRewardModel {
    private let kind: RewardModel
    private let armCount: Int
    /// Arms are kept in pairs, with the numbers of a pair side by side: a row then goes through two streams of memory, and a
    /// processor can hand on what the row before stored, which it cannot from a store of half of what is read.
    private let pairCount: Int
    /// `[pair]`: four times A of both arms, then four times B of both.
    private let arms: UnsafeMutablePointer<SIMD2<Double>>
    /// `[category][pair]`: S_cell, 1/(n_cell + 4), the value of the model of all rows, Σ of the policy's probabilities; each of
    /// both arms.
    private let cells: UnsafeMutablePointer<SIMD2<Double>>
    private let armCounts: UnsafeMutablePointer<Double>
    private let armTotals: UnsafeMutablePointer<Double>
    /// `[category][arm]`.
    private let cellCounts: UnsafeMutablePointer<Double>
    private let categoryCount: Int
    private var count = 0.0
    private var total = 0.0
    private(set) var overall = 0.5

    /// `full[category][arm]` is the model of all rows, where ``pooledSums`` is to be used. Owns memory: call ``deallocate()``.
    init(kind: RewardModel, categoryCount: Int, armCount: Int, full: [Double] = []) {
        self.kind = kind
        self.armCount = armCount
        self.categoryCount = categoryCount
        pairCount = (armCount + 1) / 2
        func room<Number>(_ count: Int, _ value: Number) -> UnsafeMutablePointer<Number> {
            let pointer = UnsafeMutablePointer<Number>.allocate(capacity: count)
            pointer.initialize(repeating: value, count: count)
            return pointer
        }
        arms = room(2 * pairCount, .zero)
        cells = room(4 * pairCount * categoryCount, .zero)
        armCounts = room(armCount, 0)
        armTotals = room(armCount, 0)
        cellCounts = room(armCount * categoryCount, 0)
        for pair in 0..<pairCount { arms[2 * pair + 1] = SIMD2(repeating: RewardModel.strength) }
        for pair in 0..<pairCount * categoryCount { cells[4 * pair + 1] = SIMD2(repeating: 1 / RewardModel.strength) }
        for category in 0..<categoryCount {
            for arm in 0..<armCount where category * armCount + arm < full.count {
                cells[place(category, arm) + 2][arm & 1] = full[category * armCount + arm]
            }
        }
    }

    func deallocate() {
        arms.deallocate()
        cells.deallocate()
        armCounts.deallocate()
        armTotals.deallocate()
        cellCounts.deallocate()
    }

    /// Where the numbers of an arm's pair begin.
    @inline(__always)
    private func place(_ category: Int, _ arm: Int) -> Int { 4 * (category * pairCount + arm >> 1) }

    /// `[category][arm]`: Σ of the policy's probabilities over the rows that went through ``pooledSums``.
    var mass: [Double] {
        (0..<categoryCount * armCount).map { cell in
            let arm = cell % armCount
            return cells[place(cell / armCount, arm) + 3][arm & 1]
        }
    }

    /// The model's value of one cell.
    @inline(__always)
    func value(category: Int, arm: Int) -> Double {
        let cell = cells + place(category, arm)
        let lane = arm & 1
        if kind == .pooled {
            let own = arms + (arm & ~1)
            return (cell[0][lane] + (own[0][lane] + overall * own[1][lane])) * cell[1][lane]
        }
        let seen = cellCounts[category * armCount + arm]
        if seen > 0 { return cell[0][lane] / seen }
        return armCounts[arm] > 0 ? armTotals[arm] / armCounts[arm] : overall
    }

    /// Writes the values of all arms of a category, in order, to `values`.
    func write(category: Int, to values: UnsafeMutablePointer<Double>) {
        for arm in 0..<armCount { values[arm] = value(category: category, arm: arm) }
    }

    @inline(__always)
    mutating func observe(category: Int, arm: Int, reward: Double) {
        count += 1
        total += reward
        armCounts[arm] += 1
        armTotals[arm] += reward
        cellCounts[category * armCount + arm] += 1
        let cell = cells + place(category, arm)
        let isOwn = SIMD2<Int64>(0, 1) .== Int64(arm & 1)
        cell[0] += SIMD2(repeating: 0).replacing(with: reward, where: isOwn)
        guard kind == .pooled else {
            overall = total / count
            return
        }
        overall = (total + 0.5) / (count + 1)
        // Both quotients in one instruction.
        let strength = RewardModel.strength
        let shares =
            SIMD2(strength, 1) / (SIMD2(armCounts[arm], cellCounts[category * armCount + arm]) + strength)
        let own = arms + (arm & ~1)
        own[0] = own[0].replacing(with: shares[0] * armTotals[arm], where: isOwn)
        own[1] = own[1].replacing(with: shares[0] * strength, where: isOwn)
        cell[1] = cell[1].replacing(with: shares[1], where: isOwn)
    }
}

extension PastRewardModel {
    /// Σ over the arms of a category, in order, of probability × value and of probability × the model of all rows; adds the
    /// probabilities to ``mass``. The pooled model's values in one go: what nearly every row of nearly every log takes.
    @inline(__always)
    func pooledSums(
        category: Int, probabilities: UnsafePointer<Double>, count: Int
    ) -> (model: Double, full: Double) {
        var cell = cells + 4 * category * pairCount
        var own = arms
        let start = SIMD2(repeating: overall)
        var models = SIMD2<Double>.zero
        var fulls = SIMD2<Double>.zero
        @inline(__always) func add(_ probability: SIMD2<Double>) {
            let value = (cell[0] + (own[0] + start * own[1])) * cell[1]
            models += probability * value
            fulls += probability * cell[2]
            cell[3] += probability
            cell += 4
            own += 2
        }
        var arm = 0
        while arm + 2 <= count {
            add(two(probabilities, arm))
            arm += 2
        }
        if arm < count { add(SIMD2(probabilities[arm], 0)) }
        return (models.sum(), fulls.sum())
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
