import BanditCore
import Testing

extension PooledCase: CustomTestStringConvertible {
    var testDescription: String { "\(categories) × \(arms), seed \(seed)" }

    /// The events of the golden script: rewards are multiples of 1/8.
    func events() -> [(category: Int, arm: Int, reward: Double)] {
        var words = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let (g, k) = (Int(words.next() % UInt64(categories)), Int(words.next() % UInt64(arms)))
            let level = Int(words.next() % 8)
            let chance = 2 + (k * 5 + g * 3) % 6
            let graded = Double(min(8, max(0, chance + level % 3))) / 8
            return (g, k, self.graded ? graded : (level < chance ? 1 : 0))
        }
    }

    var model: LearningModel {
        LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(mean: mean, strength: strength), count: arms), graded: graded)
    }
}

@Suite struct LearningTests {
    @Test("the incremental pooled prior is the reference's, cell by cell to 1e-9", arguments: LearningGolden.pooled)
    func reference(_ golden: PooledCase) {
        var table = CellTable(categories: golden.categories, arms: golden.arms)
        var learner = IncrementalPosterior(model: golden.model, table: table)
        for event in golden.events() {
            table.addReward(category: event.category, arm: event.arm, value: event.reward, time: 0)
            learner.observed(category: event.category, arm: event.arm, in: table)
        }
        #expect(abs(learner.fit.interactionVariance - golden.variance) < 1e-9)
        for (arm, factor) in golden.factors.enumerated() { #expect(abs(learner.factors[arm] - factor) < 1e-9) }
        for cell in golden.means.indices {
            #expect(abs(learner.fit.priorMean[cell] - golden.means[cell]) < 1e-9)
            #expect(abs(learner.fit.priorMass[cell] - golden.masses[cell]) < 1e-9 * golden.masses[cell])
        }
    }

    @Test("the live posterior is a pure function of the sums, at the fixed point", arguments: LearningGolden.pooled)
    func purity(_ golden: PooledCase) {
        let events = golden.events()
        var generator = Xoshiro256StarStar(seed: 3)
        var (first, second) = (
            CellTable(categories: golden.categories, arms: golden.arms),
            CellTable(categories: golden.categories, arms: golden.arms)
        )
        for event in events { first.addReward(category: event.category, arm: event.arm, value: event.reward, time: 0) }
        for event in events.shuffled(using: &generator) {
            second.addReward(category: event.category, arm: event.arm, value: event.reward, time: 0)
        }
        let posterior = golden.model.posterior(of: first)
        #expect(posterior == golden.model.posterior(of: second))
        // Another two hundred plain sweeps of the reference's schedule do not move it.
        let cells = (0..<golden.categories).flatMap { g in
            (0..<golden.arms).map { first.reward(category: g, arm: $0, asOf: 0) }
        }
        var fit = PooledFit(categories: golden.categories, priors: golden.model.priors)
        fit.fit(counts: cells.map(\.count), sums: cells.map(\.sum), factors: posterior.factors)
        #expect(fit.sweeps < 40)
        var further = fit
        further.refresh(counts: cells.map(\.count), sums: cells.map(\.sum), factors: posterior.factors, sweeps: 200)
        for cell in fit.priorMean.indices {
            #expect(abs(fit.priorMean[cell] - further.priorMean[cell]) < 1e-8)
            #expect(abs(fit.priorMass[cell] - further.priorMass[cell]) < 1e-5)
        }
    }

    @Test("a new category starts from what is known of the arms, a new arm from its configured prior")
    func newcomers() {
        let priors = [ArmPrior(), ArmPrior(), ArmPrior(mean: 0.35, strength: 3)]
        let model = LearningModel(priors: priors)
        var table = CellTable(categories: 3, arms: 3)
        for round in 0..<100 {
            for category in 0..<2 {
                table.addReward(category: category, arm: 0, value: round % 10 < 8 ? 1 : 0, time: 0)
                table.addReward(category: category, arm: 1, value: round % 10 < 3 ? 1 : 0, time: 0)
            }
        }
        let posterior = model.posterior(of: table)
        // Category 2 has seen nothing.
        #expect(abs(posterior[2].mean(0) - 0.78) < 0.06 && abs(posterior[2].mean(1) - 0.32) < 0.06)
        #expect(posterior[2].probabilityBest(eligible: ArmSet([0, 1]))[0] > 0.9)
        #expect(abs(posterior[2].mean(2) - 0.35) < 0.08 && posterior[2].count[2] == 0)
        #expect(posterior[2].priorAlpha[2] + posterior[2].priorBeta[2] < 4)
        // Without pooling it knows nothing; with one cell an arm it knows what all categories know.
        var alone = model
        alone.pooling = .none
        #expect(alone.posterior(of: table)[2].mean(0) == 0.5)
        var global = model
        global.pooling = .global
        let shared = global.posterior(of: table)
        #expect(shared[2].count[0] == 200 && shared[2] == shared[0])
    }

    @Test("a cell that is renewed by itself is what a whole posterior would say", arguments: Pooling.allCases)
    func localUpdate(_ pooling: Pooling) {
        let model = LearningModel(priors: [ArmPrior](repeating: ArmPrior(), count: 3), pooling: pooling)
        var table = CellTable(categories: 2, arms: 3)
        var generator = Xoshiro256StarStar(seed: 6)
        var posterior = model.posterior(of: table)
        for _ in 0..<200 {
            let (g, k) = (generator.index(below: 2), generator.index(below: 3))
            table.addReward(category: g, arm: k, value: generator.uniform(), time: 0, propensity: 0.3)
            posterior.update(category: g, arm: k, from: table)
        }
        let fit = PooledFit(categories: 2, priors: model.priors)
        let whole = model.posterior(of: table, fit: fit, factors: [1, 1, 1])
        for g in 0..<2 {
            for k in 0..<3 {
                #expect(abs(posterior[g].alpha[k] - whole[g].alpha[k]) < 1e-9)
                #expect(posterior[g].count[k] == whole[g].count[k])
                #expect(posterior[g].weightedLoss[k] == whole[g].weightedLoss[k])
            }
            #expect(abs(posterior[g].total - whole[g].total) < 1e-9)
        }
    }

    @Test("utility loses priced cost and latency; an unknown price is never an advantage")
    func prices() {
        let model = LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(), count: 3), rewardPerUSD: 20, rewardPerMS: 1e-4,
            listCostUSD: [0.01, 0.001, nil])
        var table = CellTable(categories: 1, arms: 3)
        let before = model.posterior(of: table)[0]
        #expect(abs(before.penalty[0] - 0.2) < 1e-12 && abs(before.penalty[1] - 0.02) < 1e-12)
        #expect(before.penalty[2] == before.penalty[0] && before.expectedCostUSD[2].isNaN)
        for _ in 0..<27 { table.addCost(category: 0, arm: 2, value: 0.002, time: 0) }
        for _ in 0..<10 { table.addLatency(category: 0, arm: 1, value: 500, time: 0) }
        let after = model.posterior(of: table)[0]
        #expect(abs(after.expectedCostUSD[2] - 0.002) < 1e-8 && abs(after.expectedLatencyMS[1] - 500) < 1e-6)
        #expect(abs(after.penalty[1] - (0.02 + 0.05)) < 1e-8)
        // Latency of the others is unknown: as slow as the slowest known.
        #expect(abs(after.penalty[2] - (0.04 + 0.05)) < 1e-6)
        // The list price counts for one observation of the arm, the arm for three of the cell.
        table.addCost(category: 0, arm: 0, value: 0.03, time: 0)
        let arm = (0.03 + 0.01) / 2
        #expect(abs(model.posterior(of: table)[0].expectedCostUSD[0] - (0.03 + 3 * arm) / 4) < 1e-9)
    }

    @Test("graded rewards are matched in variance: less spread is more certainty")
    func varianceMatch() {
        // Scores 0.85 and 0.95 in turn: m(1 − m)/σ² = 0.09/0.0025 = 36, held at 20 once the shrinkage is outvoted.
        func sums(_ n: Int) -> SignalSums {
            (0..<n).reduce(SignalSums()) {
                let x = $1 % 2 == 0 ? 0.85 : 0.95
                return $0 + SignalSums(count: 1, sum: x, sumSquares: x * x)
            }
        }
        #expect(VarianceMatch.factor([SignalSums()]) == 1)
        #expect(VarianceMatch.factor([sums(10)]) < 2)
        #expect(VarianceMatch.factor([sums(4_000)]) == 20)
        // Coin flips are coin flips.
        #expect(abs(VarianceMatch.factor([SignalSums(count: 1_000, sum: 300, sumSquares: 300)]) - 1) < 0.01)
    }

    @Test("a benchmark counts for min(mass, rows) observations of a cell")
    func importedPriors() {
        var summary = OutcomeSummary(categories: 2, arms: 2)
        for row in 0..<40 {
            summary.addRow(category: 0)
            summary.add(category: 0, arm: 0, score: row % 4 == 0 ? 0 : 1, costUSD: 0.002)
            summary.add(category: 0, arm: 1, score: row < 8 ? 0.5 : nil)
        }
        for _ in 0..<10 { summary.addRow(category: 1) }
        var table = CellTable(categories: 2, arms: 2)
        table.addPrior(summary, mass: 20)
        let (first, second) = (table.reward(category: 0, arm: 0, asOf: 0), table.reward(category: 0, arm: 1, asOf: 0))
        #expect(abs(first.count - 20) < 1e-8 && abs(first.sum - 15) < 1e-8 && abs(first.sumSquares - 15) < 1e-8)
        #expect(abs(second.count - 8) < 1e-8 && abs(second.sum - 4) < 1e-8 && abs(second.sumSquares - 2) < 1e-8)
        #expect(table.reward(category: 1, arm: 0, asOf: 0).count == 0)
        #expect(abs(table.cost(category: 0, arm: 0, asOf: 0).sum - 0.04) < 1e-8)
        // As in the reference's `warm`: min(mass, rows) · share · categories.
        #expect(abs(table.decisions(category: 0, asOf: 0) - 20 * 0.8 * 2) < 1e-8)
        #expect(abs(table.decisions(category: 1, asOf: 0) - 10 * 0.2 * 2) < 1e-8)
    }

    @Test("a benchmark kept apart discounts itself where live evidence disagrees, and only there")
    func benchmark() {
        var summary = OutcomeSummary(categories: 2, arms: 2)
        for row in 0..<200 {
            for category in 0..<2 {
                summary.addRow(category: category)
                summary.add(category: category, arm: 0, score: row % 10 < 8 ? 1 : 0)
                summary.add(category: category, arm: 1, score: row % 10 < 4 ? 1 : 0)
            }
        }
        var model = LearningModel(priors: [ArmPrior(), ArmPrior()], pooling: .none)
        model.benchmark = BenchmarkPrior(summary: summary, mass: 50)
        var table = CellTable(categories: 2, arms: 2)
        var posterior = model.posterior(of: table)
        #expect(abs(posterior[0].mean(0) - (40 * 0.8 + 1) / (50 * 0.8 + 2)) < 1e-9)
        // In category 0 arm 0 fails nine times in ten; category 1 confirms the benchmark.
        for round in 0..<30 {
            table.addReward(category: 0, arm: 0, value: round % 10 == 0 ? 1 : 0, time: 0)
            table.addReward(category: 1, arm: 0, value: round % 10 < 8 ? 1 : 0, time: 0)
            posterior.update(category: 0, arm: 0, from: table)
            posterior.update(category: 1, arm: 0, from: table)
        }
        let whole = model.posterior(of: table)
        for category in 0..<2 {
            #expect(Array(posterior[category].alpha) == Array(whole[category].alpha))
            #expect(Array(posterior[category].beta) == Array(whole[category].beta))
        }
        #expect(abs(posterior[0].mean(0) - 4 / 32.0) < 0.01, "the benchmark is dropped")
        #expect(posterior[1].count[0] > 30 + 0.9 * 50, "the benchmark is believed more than before")
        model.benchmark = BenchmarkPrior(summary: summary, mass: 50, weight: 1)
        #expect(abs(model.posterior(of: table)[0].mean(0) - (3 + 40 + 1) / (30 + 50 + 2)) < 1e-9)
    }
}
