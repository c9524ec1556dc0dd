import BanditCore
import Testing

@Suite struct ArmTests {
    @Test("arm sets behave as sets of integers, on both words")
    func sets() {
        var generator = Xoshiro256StarStar(seed: 1)
        var (arms, model) = (ArmSet(), Set<Int>())
        for _ in 0..<5_000 {
            let arm = generator.index(below: ArmSet.capacity)
            if generator.uniform() < 0.6 {
                arms.insert(arm)
                model.insert(arm)
            } else {
                arms.remove(arm)
                model.remove(arm)
            }
            #expect(arms.count == model.count && arms.contains(arm) == model.contains(arm))
            #expect(arms.first == model.min())
        }
        #expect(Array(arms) == model.sorted())
        #expect(ArmSet(model) == arms)
        #expect(!arms.contains(-1) && !arms.contains(128))
        for count in [0, 1, 63, 64, 65, 127, 128] { #expect(Array(ArmSet(first: count)) == Array(0..<count)) }
        let (low, high) = (ArmSet(first: 70), ArmSet([3, 69, 100]))
        #expect(Array(low.intersection(high)) == [3, 69])
        #expect(low.union(high).count == 71 && low.subtracting(high).count == 68)
    }

    @Test("a floor gives every eligible arm its minimum and stops at the uniform distribution")
    func floor() {
        let eligible = ArmSet([0, 1, 3])
        let sharp = ActionDistribution(probabilities: [1, 0, 0, 0])
        let mixed = sharp.mixed(withFloor: 0.1, eligible: eligible)
        #expect(zip(mixed.probabilities, [0.8, 0.1, 0, 0.1]).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(sharp.mixed(withFloor: 0, eligible: eligible) == sharp)
        let most = sharp.mixed(withFloor: 0.9, eligible: eligible)
        for (arm, probability) in most.probabilities.enumerated() {
            #expect(abs(probability - (eligible.contains(arm) ? 1.0 / 3 : 0)) < 1e-15)
        }
    }

    @Test("a redraw over the arms left keeps their proportions, and is uniform where they had none")
    func restricted() {
        let full = ActionDistribution(probabilities: [0.5, 0.3, 0.2, 0])
        #expect(full.restricted(to: ArmSet([1, 2])).probabilities == [0, 0.3 / 0.5, 0.2 / 0.5, 0])
        #expect(full.restricted(to: ArmSet([3])).probabilities == [0, 0, 0, 1])
    }

    @Test("draws follow the probabilities and never take an arm of none")
    func draws() {
        var generator = Xoshiro256StarStar(seed: 2)
        let distribution = ActionDistribution(probabilities: [0, 0.5, 0, 0.25, 0.25, 0])
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<40_000 { counts[distribution.draw(using: &generator)] += 1 }
        let (value, degrees) = Check.chiSquare(counts, distribution.probabilities)
        #expect(value < Check.bound(degrees: degrees))
        #expect(counts[0] == 0 && counts[2] == 0 && counts[5] == 0)
        // Probabilities that sum to a little less than 1 still end in an arm.
        let short = ActionDistribution(probabilities: [0, 1e-300, 0])
        #expect(short.draw(using: &generator) == 1)
    }
}
