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
    /// Holds a 0 the compiler does not know of.
    private let nothing: UnsafeMutablePointer<Int>
    /// Rows learned and one, the sum of their rewards and ½: q_0 is the second over the first.
    private var past = Pair(1, 0.5)

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
        nothing = room(1, 0)
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
        nothing.deallocate()
    }

    /// `[category][arm]`: Σ of the policy's probabilities over the category's rows swept so far.
    var mass: [Double] {
        (0..<categoryCount * armCount).map { cell in
            let (category, arm) = cell.quotientAndRemainder(dividingBy: armCount)
            return cells[category * pairCount + arm / 2].mass[arm % 2]
        }
    }

    /// The rows of a block as they are read, and where their values go.
    struct Rows {
        var count: Int
        var categories: UnsafePointer<UInt32>
        var arms: UnsafePointer<UInt32>
        var rewards: UnsafePointer<Double>
        /// Where a row's probabilities begin in `probabilities`.
        var starts: UnsafePointer<UInt32>
        var probabilities: UnsafePointer<Double>
        /// Probabilities a row has, those of the first arms in order.
        var length: Int
        /// Index of (category, arm).
        var cells: UnsafeMutablePointer<Int32>
        /// Three columns of `stride` numbers one after another: the model's value of the arm drawn, of the policy, and the value of the
        /// policy by the model fitted on all rows.
        var values: UnsafeMutablePointer<Double>
        static let stride = RowStream.blockRows + 4
    }

    /// Judges every row by the rows before it, then learns it.
    mutating func sweep(_ rows: Rows) {
        // A number of arms known to the compiler takes no loop.
        switch rows.length {
        case 2: sweep(rows, length: 2)
        case 3: sweep(rows, length: 3)
        case 4: sweep(rows, length: 4)
        case 5: sweep(rows, length: 5)
        case 6: sweep(rows, length: 6)
        case 8: sweep(rows, length: 8)
        case 10: sweep(rows, length: 10)
        default: sweep(rows, length: rows.length)
        }
    }

    /// A row reads what the row before it wrote, mostly of another arm. A processor that guesses that the two have nothing to do with
    /// each other is wrong often enough to lose half its time starting over, so the address rows read from is made to hang on the one
    /// written last, by way of a 0 (measured: 13.5 ns a row without, 11.4 ns with it).
    @inline(__always)
    private mutating func sweep(_ rows: Rows, length: Int) {
        let (allArms, cells, armSums, cellCounts, laneMasks) = (arms, cells, armSums, cellCounts, laneMasks)
        let (armCount, pairCount, nothing) = (armCount, pairCount, nothing.pointee)
        var arms = allArms
        var past = past
        var overall = past[1] / past[0]
        for index in 0..<rows.count {
            let category = Int(rows.categories[index])
            let row = cells + category &* pairCount
            let probabilities = rows.probabilities + Int(rows.starts[index])
            let start = Pair(repeating: overall)
            var models = Pair.zero
            var fulls = Pair.zero
            @inline(__always) func add(_ probability: Pair, _ pair: Int) {
                let value = (row[pair].total + (arms[pair].offset + start * arms[pair].slope)) * row[pair].reciprocal
                models += probability * value
                fulls += probability * row[pair].full
                row[pair].mass += probability
            }
            var pair = 0
            while pair < length / 2 {
                add(two(probabilities, 2 &* pair), pair)
                pair = pair &+ 1
            }
            if length % 2 == 1 { add(Pair(probabilities[length - 1], 0), length / 2) }

            let arm = Int(rows.arms[index])
            let reward = rows.rewards[index]
            let cell = category &* armCount &+ arm
            let armPair = arms + (arm >> 1)
            let cellPair = row + (arm >> 1)
            rows.cells[index] = Int32(truncatingIfNeeded: cell)
            rows.values[index] = Self.value(cellPair, armPair, lane: arm & 1, overall: overall)
            rows.values[index &+ Rows.stride] = models.sum()
            rows.values[index &+ 2 &* Rows.stride] = fulls.sum()

            let sums = armSums[arm] + Pair(1, reward)
            armSums[arm] = sums
            let cellCount = cellCounts[cell] + 1
            cellCounts[cell] = cellCount
            let reciprocals = Pair(RewardModel.strength, 1) / Pair(sums[0], cellCount)
            let isArm = laneMasks[arm & 1]
            Self.put(reciprocals[0] * sums[1], in: &armPair.pointee.offset, where: isArm)
            Self.put(reciprocals[0] * RewardModel.strength, in: &armPair.pointee.slope, where: isArm)
            let rewards = unsafeBitCast(Pair(repeating: reward), to: SIMD2<UInt64>.self) & isArm
            cellPair.pointee.total += unsafeBitCast(rewards, to: Pair.self)
            Self.put(reciprocals[1], in: &cellPair.pointee.reciprocal, where: isArm)
            past += Pair(1, reward)
            overall = past[1] / past[0]
            arms = UnsafeMutableRawPointer(allArms).advanced(by: Int(bitPattern: armPair) & nothing)
                .assumingMemoryBound(to: ArmPair.self)
        }
        self.past = past
    }

    /// The model's value of one arm.
    @inline(__always)
    private static func value(
        _ cell: UnsafeMutablePointer<CellPair>, _ arm: UnsafeMutablePointer<ArmPair>, lane: Int, overall: Double
    ) -> Double {
        let lane = lane &* MemoryLayout<Double>.stride
        let next = MemoryLayout<Pair>.stride
        let cell = UnsafeRawPointer(cell) + lane
        let arm = UnsafeRawPointer(arm) + lane
        let armPart = arm.load(as: Double.self) + overall * arm.load(fromByteOffset: next, as: Double.self)
        return (cell.load(as: Double.self) + armPart) * cell.load(fromByteOffset: next, as: Double.self)
    }

    /// Writes one number of a pair together with its neighbour: the next row reads both at once, and a processor cannot hand a pair
    /// on from a store of half of it. Which half is new is a mask, since a branch on it could not be predicted.
    @inline(__always)
    private static func put(_ value: Double, in place: inout Pair, where isNew: SIMD2<UInt64>) {
        let old = unsafeBitCast(place, to: SIMD2<UInt64>.self)
        let new = unsafeBitCast(Pair(repeating: value), to: SIMD2<UInt64>.self)
        place = unsafeBitCast((old & ~isNew) | (new & isNew), to: Pair.self)
    }
}
