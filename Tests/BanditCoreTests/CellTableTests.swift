import BanditCore
import Testing

/// One thing that was seen, to be added and taken back.
private struct Event {
    let category: Int
    let arm: Int
    let value: Double
    let time: Double
    let propensity: Double

    static func some(_ count: Int, categories: Int, arms: Int, seed: UInt64, span: Double) -> [Event] {
        var generator = Xoshiro256StarStar(seed: seed)
        return (0..<count).map { index in
            Event(
                category: generator.index(below: categories), arm: generator.index(below: arms),
                value: generator.uniform() < 0.3 ? generator.uniform() : (generator.uniform() < 0.5 ? 1 : 0),
                time: span * Double(index) / Double(count), propensity: 0.01 + 0.99 * generator.uniform())
        }
    }

    func add(to table: inout CellTable) {
        table.addReward(category: category, arm: arm, value: value, time: time, propensity: propensity)
        table.addCost(category: category, arm: arm, value: 1e-4 * value, time: time)
        table.addLatency(category: category, arm: arm, value: 900 * value, time: time)
        table.addFailure(value == 0, category: category, arm: arm, time: time)
    }

    func retract(from table: inout CellTable) {
        table.retractReward(category: category, arm: arm, value: value, time: time, propensity: propensity)
        table.retract(.costUSD, category: category, arm: arm, value: 1e-4 * value, time: time)
        table.retract(.latencyMS, category: category, arm: arm, value: 900 * value, time: time)
        table.retract(.failure, category: category, arm: arm, value: value == 0 ? 1 : 0, time: time)
    }
}

private let memories = [Forgetting.none, Forgetting(halfLife: 37), Forgetting(halfLife: 0.4)]

@Suite struct CellTableTests {
    @Test("a cell's sums are those of its observations, each faded by its age", arguments: memories)
    func sums(_ forgetting: Forgetting) {
        let events = Event.some(300, categories: 2, arms: 3, seed: 1, span: 200)
        var table = CellTable(categories: 2, arms: 3, forgetting: forgetting)
        for event in events { event.add(to: &table) }
        for (category, arm) in [(0, 0), (1, 2)] {
            var expected = SignalSums()
            var loss = 0.0
            for event in events where event.category == category && event.arm == arm {
                let age = (200 - event.time) / (forgetting.halfLife ?? .infinity)
                let weight = power(0.5, age)
                expected.count += weight
                expected.sum += weight * event.value
                expected.sumSquares += weight * event.value * event.value
                loss += weight * (1 - event.value) / (event.propensity + table.implicitExploration)
            }
            let reward = table.reward(category: category, arm: arm, asOf: 200)
            #expect(abs(reward.count - expected.count) < 1e-9)
            #expect(abs(reward.sum - expected.sum) < 1e-8)
            #expect(abs(reward.sumSquares - expected.sumSquares) < 1e-8)
            #expect(abs(table.weightedLoss(category: category, arm: arm, asOf: 200) - loss) < 1e-6 * (1 + loss))
            #expect(abs(table.latency(category: category, arm: arm, asOf: 200).sum - 900 * expected.sum) < 1e-4)
        }
    }

    @Test("half the weight is left after a half-life, whatever the epoch")
    func halfLife() {
        var table = CellTable(categories: 1, arms: 1, forgetting: Forgetting(halfLife: 1.2e12))
        let now = 1.76e15
        table.addReward(category: 0, arm: 0, value: 1, time: now)
        let later = table.reward(category: 0, arm: 0, asOf: now + 1.2e12)
        #expect(abs(later.count - 0.5) < 1e-12 && abs(later.sum - 0.5) < 1e-12)
        // A thousand half-lives on, the old is gone and the new counts.
        table.addReward(category: 0, arm: 0, value: 0, time: now + 1.2e15)
        let end = table.reward(category: 0, arm: 0, asOf: now + 1.2e15)
        #expect(abs(end.count - 1) < 1e-12 && end.sum < 1e-200)
    }

    @Test("taking everything back leaves nothing, in any order", arguments: memories)
    func retraction(_ forgetting: Forgetting) {
        let events = Event.some(400, categories: 3, arms: 4, seed: 2, span: 500)
        var table = CellTable(categories: 3, arms: 4, forgetting: forgetting)
        for event in events { event.add(to: &table) }
        var generator = Xoshiro256StarStar(seed: 9)
        for event in events.shuffled(using: &generator) { event.retract(from: &table) }
        for category in 0..<3 {
            for arm in 0..<4 {
                for signal in Signal.allCases {
                    #expect(table.sums(signal, category: category, arm: arm, asOf: 500) == SignalSums())
                }
                #expect(table.weightedLoss(category: category, arm: arm, asOf: 500) == 0)
            }
        }
        if forgetting.halfLife == nil { #expect(table == CellTable(categories: 3, arms: 4)) }
    }

    @Test("order does not matter: not to a bit without a half-life, not to 1e-12 with one", arguments: memories)
    func order(_ forgetting: Forgetting) {
        let events = Event.some(500, categories: 2, arms: 3, seed: 3, span: 100)
        var (first, second) = (
            CellTable(categories: 2, arms: 3, forgetting: forgetting),
            CellTable(categories: 2, arms: 3, forgetting: forgetting)
        )
        for event in events { event.add(to: &first) }
        var generator = Xoshiro256StarStar(seed: 10)
        for event in events.shuffled(using: &generator) { event.add(to: &second) }
        if forgetting.halfLife == nil { #expect(first == second) }
        for category in 0..<2 {
            for arm in 0..<3 {
                for signal in Signal.allCases {
                    let (a, b) = (
                        first.sums(signal, category: category, arm: arm, asOf: 100),
                        second.sums(signal, category: category, arm: arm, asOf: 100)
                    )
                    #expect(abs(a.count - b.count) <= 1e-12 * a.count)
                    #expect(abs(a.sum - b.sum) <= 1e-12 * abs(a.sum))
                    #expect(abs(a.sumSquares - b.sumSquares) <= 1e-12 * a.sumSquares)
                }
            }
        }
    }

    @Test("any sequence of adding, taking back, merging, saving and loading keeps cells sound", arguments: memories)
    func anything(_ forgetting: Forgetting) throws {
        var generator = Xoshiro256StarStar(seed: 4)
        let model = LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(mean: 0.3, strength: 1), count: 3), graded: true)
        var table = CellTable(categories: 2, arms: 3, forgetting: forgetting)
        var held: [Event] = []
        var time = 0.0
        for step in 0..<600 {
            time += generator.exponential() * 3
            switch generator.index(below: 10) {
            case 0..<6:
                let event = Event(
                    category: generator.index(below: 2), arm: generator.index(below: 3), value: generator.uniform(),
                    time: time - 20 * generator.uniform(), propensity: generator.openUniform())
                event.add(to: &table)
                held.append(event)
            case 6, 7:
                if !held.isEmpty { held.remove(at: generator.index(below: held.count)).retract(from: &table) }
            case 8:
                var other = CellTable(categories: 2, arms: 3, forgetting: forgetting)
                let more = Event.some(5, categories: 2, arms: 3, seed: UInt64(step), span: time)
                for event in more { event.add(to: &other) }
                table.merge(other)
                if generator.uniform() < 0.5 { table.subtract(other) } else { held += more }
            default:
                var repaired = 0
                let loaded = try CellTable(decoding: table.encoded(), repairedCells: &repaired)
                #expect(loaded == table && repaired == 0)
                table = loaded
            }
            let posterior = model.posterior(of: table, asOf: time)
            for category in 0..<2 {
                for arm in 0..<3 {
                    let (alpha, beta) = (posterior[category].alpha[arm], posterior[category].beta[arm])
                    #expect(alpha > 0 && beta > 0 && alpha.isFinite && beta.isFinite)
                    #expect(posterior[category].count[arm] >= 0)
                    #expect(table.isSound(category: category, arm: arm))
                }
            }
        }
        for event in held { event.retract(from: &table) }
        // Back to the prior: bit for bit without a half-life, to rounding with one.
        let posterior = model.posterior(of: table, asOf: time)
        for arm in 0..<3 {
            #expect(abs(posterior[1].alpha[arm] - 0.3) < 1e-9 && abs(posterior[1].beta[arm] - 0.7) < 1e-9)
        }
        if forgetting.halfLife == nil {
            #expect(posterior == model.posterior(of: CellTable(categories: 2, arms: 3), asOf: time))
        }
    }

    @Test("merging shards is learning from all of them; subtracting undoes it", arguments: memories)
    func merging(_ forgetting: Forgetting) {
        let events = Event.some(300, categories: 2, arms: 2, seed: 5, span: 3_000)
        var all = CellTable(categories: 2, arms: 2, forgetting: forgetting)
        var shards = [all, all]
        for (index, event) in events.enumerated() {
            event.add(to: &all)
            event.add(to: &shards[index % 2])
        }
        var merged = shards[0]
        merged.merge(shards[1])
        for arm in 0..<2 {
            let (a, b) = (
                all.reward(category: 1, arm: arm, asOf: 3_000), merged.reward(category: 1, arm: arm, asOf: 3_000)
            )
            #expect(abs(a.count - b.count) <= 1e-12 * a.count && abs(a.sum - b.sum) <= 1e-12 * a.sum)
        }
        merged.subtract(shards[1])
        for arm in 0..<2 {
            let (a, b) = (
                shards[0].reward(category: 1, arm: arm, asOf: 3_000), merged.reward(category: 1, arm: arm, asOf: 3_000)
            )
            #expect(abs(a.count - b.count) <= 1e-11 && abs(a.sum - b.sum) <= 1e-11)
        }
    }

    @Test("categories and arms can be added without disturbing what is known")
    func growing() {
        for forgetting in memories {
            var table = CellTable(categories: 1, arms: 2, forgetting: forgetting)
            table.addReward(category: 0, arm: 1, value: 1, time: 3)
            #expect(table.addArm() == 2 && table.addCategory() == 1)
            table.addReward(category: 1, arm: 2, value: 0.5, time: 3)
            #expect(abs(table.reward(category: 0, arm: 1, asOf: 3).sum - 1) < 1e-12)
            #expect(table.reward(category: 0, arm: 2, asOf: 3).count == 0)
            #expect(abs(table.reward(category: 1, arm: 2, asOf: 3).sum - 0.5) < 1e-12)
            var empty = CellTable(categories: 0, arms: 0, forgetting: forgetting)
            empty.addArm()
            empty.addCategory()
            empty.addReward(category: 0, arm: 0, value: 1, time: 1)
            #expect(abs(empty.reward(category: 0, arm: 0, asOf: 1).count - 1) < 1e-12)
        }
    }

    @Test("traffic shares follow decisions", arguments: memories)
    func traffic(_ forgetting: Forgetting) {
        var table = CellTable(categories: 3, arms: 1, forgetting: forgetting)
        for _ in 0..<7 { table.addDecision(category: 0, time: 10) }
        for _ in 0..<2 { table.addDecision(category: 2, time: 10) }
        let shares = table.trafficShares(of: [0, 1, 2], asOf: 10)
        #expect(zip(shares, [8.0 / 12, 1 / 12.0, 3 / 12.0]).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test("a known change carries the stated fraction over")
    func carryOver() {
        for forgetting in memories {
            var table = CellTable(categories: 1, arms: 2, forgetting: forgetting)
            for _ in 0..<8 {
                table.addReward(category: 0, arm: 0, value: 1, time: 5)
                table.addReward(category: 0, arm: 1, value: 1, time: 5)
            }
            table.carryOver(0.25, arm: 0)
            let (changed, other) = (
                table.reward(category: 0, arm: 0, asOf: 5), table.reward(category: 0, arm: 1, asOf: 5)
            )
            #expect(abs(changed.count - 2) < 1e-9 && abs(changed.sum - 2) < 1e-9 && abs(other.count - 8) < 1e-9)
        }
    }

    @Test("damaged bytes are refused with a reason; a cell that cannot be is emptied and counted")
    func damage() throws {
        var table = CellTable(categories: 2, arms: 2, forgetting: Forgetting(halfLife: 10))
        table.addReward(category: 0, arm: 1, value: 1, time: 1)
        table.addReward(category: 1, arm: 1, value: 1, time: 1)
        let bytes = table.encoded()
        func code(_ bytes: [UInt8]) -> CellTableError.Code? {
            do {
                _ = try CellTable(decoding: bytes)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code([]) == .truncated && code(Array(bytes.dropLast())) == .truncated)
        #expect(code(bytes + [0]) == .trailingBytes)
        #expect(code([0x50] + bytes.dropFirst()) == .invalidHeader)
        var future = bytes
        future[2] = 9
        #expect(code(future) == .unknownVersion)
        // Every single flipped bit is noticed.
        for position in stride(from: 4, to: bytes.count, by: 7) {
            var flipped = bytes
            flipped[position] ^= 0x10
            #expect(code(flipped) != nil, "byte \(position)")
        }
        // A cell with a count of −5 under a right checksum: emptied, counted, the others kept.
        var bad = table.encoded()
        let header = 44
        let cell = 32 * 4 * 1
        for (offset, byte) in withUnsafeBytes(of: (-5.0).bitPattern.littleEndian, Array.init).enumerated() {
            bad[header + cell + 8 + offset] = byte
        }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bad.dropLast(8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for (offset, byte) in withUnsafeBytes(of: hash.littleEndian, Array.init).enumerated() {
            bad[bad.count - 8 + offset] = byte
        }
        var repaired = 0
        let loaded = try CellTable(decoding: bad, repairedCells: &repaired)
        #expect(repaired == 1)
        #expect(loaded.reward(category: 0, arm: 1, asOf: 1).count == 0)
        #expect(loaded.reward(category: 1, arm: 1, asOf: 1).count == 1)
    }
}

private func power(_ base: Double, _ exponent: Double) -> Double { Check.power(base, exponent) }
