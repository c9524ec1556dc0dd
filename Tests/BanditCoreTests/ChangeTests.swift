import BanditCore
import Testing

extension GLRCase: CustomTestStringConvertible {
    var testDescription: String { "\(law), \(count)" }
}

@Suite struct ChangeTests {
    @Test("with all splits kept the statistic is SciPy's", arguments: LearningGolden.ratios)
    func statistic(_ golden: GLRCase) throws {
        var words = SplitMix64(seed: golden.seed)
        var detector = ChangeDetector(
            law: golden.law == "bernoulli" ? .bernoulli : .gaussian(deviation: 0.3), falseAlarm: 1e-300,
            resolution: 1_000)
        for index in 0..<golden.count {
            let value = Double(words.next() % 1000) / 1000 * (index < golden.count / 2 ? 0.5 : 1)
            #expect(detector.add(value) == nil)
        }
        let result = try #require(detector.statistic())
        #expect(abs(result.value - golden.statistic) < 1e-10 * max(1, golden.statistic))
        #expect(result.before == golden.before)
    }

    @Test("memory grows with the logarithm; the statistic stays near the one of all splits")
    func memory() throws {
        var generator = Xoshiro256StarStar(seed: 1)
        var (coarse, exact) = (
            ChangeDetector(falseAlarm: 1e-300), ChangeDetector(falseAlarm: 1e-300, resolution: 10_000)
        )
        for round in 0..<3_000 {
            let value = generator.uniform() < (round < 2_000 ? 0.5 : 0.7) ? 1.0 : 0
            _ = coarse.add(value)
            _ = exact.add(value)
        }
        #expect(coarse.bucketCount < 60 && exact.bucketCount == 3_000)
        let (near, best) = (try #require(coarse.statistic()), try #require(exact.statistic()))
        #expect(near.value <= best.value + 1e-9 && near.value > 0.8 * best.value)
        for _ in 0..<100_000 { _ = coarse.add(generator.uniform() < 0.7 ? 1 : 0) }
        #expect(coarse.bucketCount < 90)
    }

    @Test(
        "a steady arm raises no alarm; a swap is found within the delay the threshold implies, and again after a restart"
    )
    func detection() throws {
        var alarms = 0
        for seed in 0..<40 {
            var generator = Xoshiro256StarStar(seed: UInt64(seed))
            var detector = ChangeDetector(falseAlarm: 0.01)
            for _ in 0..<2_000 where detector.add(generator.uniform() < 0.6 ? 1 : 0) != nil { alarms += 1 }
        }
        // 40 runs at a rate of 0.01: two alarms or more once in 17 runs of the bound; the test is conservative besides.
        #expect(alarms <= 1)
        for seed in 0..<20 {
            var generator = Xoshiro256StarStar(seed: 100 + UInt64(seed))
            var detector = ChangeDetector(falseAlarm: 0.01)
            for _ in 0..<1_000 { _ = detector.add(generator.uniform() < 0.8 ? 1 : 0) }
            var found: (round: Int, change: ChangeDetector.Change)?
            for round in 0..<400 where found == nil {
                if let change = detector.add(generator.uniform() < 0.4 ? 1 : 0) { found = (round, change) }
            }
            // kl(0.4, ≈0.8) ≈ 0.38 a round against a threshold of ln(3·n^1.5/δ) ≈ 16: about 45 rounds.
            let (round, change) = try #require(found)
            #expect(round < 150)
            #expect(abs(change.meanBefore - 0.8) < 0.08 && change.meanAfter < 0.65)
            #expect(change.statistic >= change.threshold && detector.count < 400)
            // After the restart another change is measured from there.
            for _ in 0..<300 { _ = detector.add(generator.uniform() < 0.4 ? 1 : 0) }
            #expect((0..<400).contains { _ in detector.add(generator.uniform() < 0.8 ? 1 : 0) != nil })
        }
    }

    @Test("normal observations of known deviation are watched as well, and what is no number is not counted")
    func gaussian() {
        var generator = Xoshiro256StarStar(seed: 5)
        var detector = ChangeDetector(law: .gaussian(deviation: 100), falseAlarm: 0.01)
        for _ in 0..<500 { #expect(detector.add(800 + 100 * generator.normal()) == nil) }
        #expect(detector.add(.nan) == nil && detector.count == 500)
        #expect((0..<100).contains { _ in detector.add(950 + 100 * generator.normal()) != nil })
    }
}
