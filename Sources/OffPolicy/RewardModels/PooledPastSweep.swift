/// The pooled model of the rows before each row, with what dm wants to know of the same arms, laid out so that one sweep over
/// a row's probabilities does all of it: what nearly every row of nearly every log takes.
///
/// Reciprocals are kept, so that the values of all arms of a category take no division: with q_0 = (S + ½)/(n + 1),
/// 4·q_arm = offset + q_0·slope and q_cell = (S_cell + 4·q_arm)/(n_cell + 4).
struct PooledPastSweep {
    typealias Pair = SIMD2<Double>

    /// Two arms of a category: one line of the cache.
    private struct CellPair {
        var total = Pair.zero
        var reciprocal = Pair(repeating: 1 / RewardModel.strength)
        /// The model fitted on all rows.
        var full = Pair.zero
        /// Σ over rows of the policy's probability.
        var mass = Pair.zero
    }

    private struct ArmPair {
        var offset = Pair.zero
        var slope = Pair(repeating: RewardModel.strength)
    }

    private let armCount: Int
    private let categoryCount: Int
    private let pairCount: Int
    /// `[category][pair of arms]`.
    private let cells: UnsafeMutablePointer<CellPair>
    /// `[pair of arms]`.
    private let arms: UnsafeMutablePointer<ArmPair>
    /// `[arm]`: observations and pseudo-observations; sum of rewards.
    private let armSums: UnsafeMutablePointer<Pair>
    /// `[category][arm]`: observations and pseudo-observations.
    private let cellCounts: UnsafeMutablePointer<Double>
    /// All bits of the first lane, all bits of the second.
    private let laneMasks: UnsafeMutablePointer<SIMD2<UInt64>>
    private var count = 0.0
    private var total = 0.0
    private var overall = 0.5

    /// `full`: the model fitted on all rows, `[category][arm]`. Owns memory: call ``deallocate()``.
    init(full: [Double], categoryCount: Int, armCount: Int) {
        self.armCount = armCount
        self.categoryCount = categoryCount
        pairCount = (armCount + 1) / 2
        func room<Element>(_ count: Int, _ value: Element) -> UnsafeMutablePointer<Element> {
            let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(1, count))
            pointer.initialize(repeating: value, count: max(1, count))
            return pointer
        }
        cells = room(categoryCount * pairCount, CellPair())
        arms = room(pairCount, ArmPair())
        armSums = room(armCount, Pair(RewardModel.strength, 0))
        cellCounts = room(categoryCount * armCount, RewardModel.strength)
        laneMasks = room(2, SIMD2(.max, 0))
        laneMasks[1] = SIMD2(0, .max)
        for category in 0..<categoryCount {
            for arm in 0..<armCount {
                cells[category * pairCount + arm / 2].full[arm % 2] = full[category * armCount + arm]
            }
        }
    }

    func deallocate() {
        cells.deallocate()
        arms.deallocate()
        armSums.deallocate()
        cellCounts.deallocate()
        laneMasks.deallocate()
    }

    /// `[category][arm]`: Σ of the policy's probabilities over the category's rows swept so far.
    var mass: [Double] {
        (0..<categoryCount * armCount).map { cell in
            let (category, arm) = cell.quotientAndRemainder(dividingBy: armCount)
            return cells[category * pairCount + arm / 2].mass[arm % 2]
        }
    }

    /// What one row comes to, before the row itself is learned.
    struct Values {
        /// Index of (category, arm).
        var cell: Int
        /// The model's value of the arm drawn and of the policy.
        var ofArm: Double
        var ofPolicy: Double
        /// The value of the policy by the model fitted on all rows.
        var fullOfPolicy: Double
    }

    /// Judges a row by the rows before it, then learns it. `probabilities`: of the first `length` arms, in order.
    @inline(__always)
    mutating func sweep(
        category: Int, arm: Int, reward: Double, probabilities: UnsafePointer<Double>, length: Int
    ) -> Values {
        let row = cells + category &* pairCount
        let start = Pair(repeating: overall)
        var models = Pair.zero
        var fulls = Pair.zero
        @inline(__always) func add(_ probability: Pair, _ pair: Int) {
            let value = (row[pair].total + (arms[pair].offset + start * arms[pair].slope)) * row[pair].reciprocal
            models += probability * value
            fulls += probability * row[pair].full
            row[pair].mass += probability
        }
        let whole = length / 2
        var pair = 0
        while pair &+ 4 <= whole {
            for next in pair..<pair &+ 4 { add(two(probabilities, 2 &* next), next) }
            pair = pair &+ 4
        }
        while pair < whole {
            add(two(probabilities, 2 &* pair), pair)
            pair = pair &+ 1
        }
        if length % 2 == 1 { add(Pair(probabilities[length - 1], 0), whole) }
        let ofArm = value(row + (arm >> 1), arm: arm)
        let cell = category &* armCount &+ arm
        learn(row + (arm >> 1), cell: cell, arm: arm, reward: reward)
        return Values(cell: cell, ofArm: ofArm, ofPolicy: models.sum(), fullOfPolicy: fulls.sum())
    }

    /// The model's value of one arm; `pair` is where it stands in the category.
    @inline(__always)
    private func value(_ pair: UnsafeMutablePointer<CellPair>, arm: Int) -> Double {
        let lane = (arm & 1) &* MemoryLayout<Double>.stride
        let next = MemoryLayout<Pair>.stride
        let cell = UnsafeRawPointer(pair) + lane
        let both = UnsafeRawPointer(arms + (arm >> 1)) + lane
        let armPart =
            both.load(as: Double.self) + overall * both.load(fromByteOffset: next, as: Double.self)
        return (cell.load(as: Double.self) + armPart) * cell.load(fromByteOffset: next, as: Double.self)
    }

    /// Makes a row part of the past.
    ///
    /// Numbers are written together with their neighbours: the next row reads them in pairs at once, and a processor cannot hand
    /// a pair on from a store of half of it. Which half is new is a mask, since a branch on it could not be predicted.
    @inline(__always)
    private mutating func learn(_ pair: UnsafeMutablePointer<CellPair>, cell: Int, arm: Int, reward: Double) {
        let isArm = laneMasks[arm & 1]
        @inline(__always) func put(_ value: Double, in place: inout Pair) {
            let old = unsafeBitCast(place, to: SIMD2<UInt64>.self)
            let new = unsafeBitCast(Pair(repeating: value), to: SIMD2<UInt64>.self)
            place = unsafeBitCast((old & ~isArm) | (new & isArm), to: Pair.self)
        }
        let sums = armSums[arm] + Pair(1, reward)
        armSums[arm] = sums
        let cellCount = cellCounts[cell] + 1
        cellCounts[cell] = cellCount
        let inverses = Pair(RewardModel.strength, 1) / Pair(sums[0], cellCount)
        put(inverses[0] * sums[1], in: &arms[arm >> 1].offset)
        put(inverses[0] * RewardModel.strength, in: &arms[arm >> 1].slope)
        let rewards = unsafeBitCast(Pair(repeating: reward), to: SIMD2<UInt64>.self) & isArm
        pair.pointee.total += unsafeBitCast(rewards, to: Pair.self)
        put(inverses[1], in: &pair.pointee.reciprocal)
        count += 1
        total += reward
        overall = (total + 0.5) / (count + 1)
    }
}
