import BanditCore
import Testing

@Suite("concentration")
struct ConcentrationTests {
    @Test("annealed: 3 up to 200 rewards an arm, then 3·√(200·K/N), and never below 1")
    func annealed() {
        for arms in [1, 4, 20] {
            let value = { Concentration.annealed.value(rewards: $0, arms: arms) }
            #expect(value(0) == 3 && value(200 * Double(arms)) == 3)
            #expect(abs(value(800 * Double(arms)) - 1.5) < 1e-12)
            #expect(value(1_800 * Double(arms)) == 1 && value(1e15) == 1)
        }
    }

    @Test("what is no number of rewards counts as none", arguments: [Double.nan, .infinity, -.infinity, -5])
    func odd(rewards: Double) {
        #expect(Concentration.annealed.value(rewards: rewards, arms: 3) == 3)
    }

    @Test("a constant is itself, whatever was learned")
    func constant() {
        #expect(Concentration.constant(2.5).value(rewards: 1e9, arms: 3) == 2.5)
    }

    @Test(
        "read from text",
        arguments: [
            ("auto", Concentration.annealed), ("1", 1), ("2.5", 2.5), ("1e-6", 1e-6), ("0", nil), ("-1", nil),
            ("nan", nil),
            ("inf", nil), ("1e7", nil), ("0x2", nil), ("Auto", nil), ("", nil),
        ] as [(String, Concentration?)])
    func text(text: String, expected: Concentration?) {
        #expect(Concentration(text: text) == expected)
    }

    @Test("every cell of a route has the concentration that all the route's rewards give", arguments: Pooling.allCases)
    func ofRoute(pooling: Pooling) {
        let model = LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(), count: 2), pooling: pooling, concentration: .annealed)
        var table = CellTable(categories: 3, arms: 2)
        for round in 0..<1_600 {
            table.addReward(category: round % 2, arm: round % 2, value: Double(round & 1), time: 0)
        }
        let posterior = model.posterior(of: table)
        for category in 0..<3 { #expect(abs(posterior[category].concentration - 1.5) < 1e-12) }
        var learned = IncrementalPosterior(model: model, table: table)
        learned.refit(table, asOf: 0)
        for category in 0..<3 {
            #expect(learned.posterior[category].concentration == posterior[category].concentration)
        }
    }

    @Test("forgotten rewards do not count: where nearly all is forgotten, it is 3 again")
    func forgetting() {
        let model = LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(), count: 2), concentration: .annealed)
        var table = CellTable(categories: 1, arms: 2, forgetting: Forgetting(halfLife: 100))
        for _ in 0..<4_000 { table.addReward(category: 0, arm: 0, value: 1, time: 0) }
        #expect(model.posterior(of: table, asOf: 0)[0].concentration == 1)
        #expect(model.posterior(of: table, asOf: 1_000)[0].concentration == 3)
    }
}
