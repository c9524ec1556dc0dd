import BanditCore
import PolicySimulator
import RoutingEngine
import Testing

@Suite("Budget pacer")
struct BudgetPacerTests {
    private func pacer(_ usd: Double, every: Int = 5, hardCap: Double? = nil) -> BudgetPacer {
        BudgetPacer(
            definition: BudgetDefinition(limit: .usdPerRequest(usd), every: every, hardCapUSD: hardCap), arms: 3)
    }

    @Test("money has no price while the budget does not bind")
    func slack() {
        var pacer = pacer(1)
        pacer.solve { _ in 0.5 }
        #expect(pacer.prices == .none && pacer.prices.dollarsPerQuality == nil)
    }

    @Test(
        "on a smooth curve the two prices are close, and their mixture meets the budget exactly",
        arguments: [
            0.9, 0.5, 0.1, 0.01, 1e-4,
        ])
    func smooth(budget: Double) {
        var pacer = pacer(budget)
        func spend(_ price: Double) -> Double { 1 / (1 + price) }
        pacer.solve(expectedSpend: spend)
        let prices = pacer.prices
        #expect(prices.low > 0 && prices.high <= prices.low * 1.0501)
        let mixed = prices.shareOfLow * spend(prices.low) + (1 - prices.shareOfLow) * spend(prices.high)
        #expect(abs(mixed - budget) < 1e-12 * budget + 1e-15)
    }

    @Test("at a step the prices beside it are mixed")
    func step() {
        var pacer = pacer(0.25)
        pacer.solve { $0 < 40 ? 1 : 0.1 }
        #expect(pacer.prices.low < 40 && pacer.prices.high >= 40 && pacer.prices.high <= pacer.prices.low * 1.0501)
        #expect(abs(pacer.prices.shareOfLow - (0.25 - 0.1) / 0.9) < 1e-12)
    }

    @Test("a budget below the cheapest arm ends at the dearest price, not in a loop")
    func impossible() {
        var pacer = pacer(0.01)
        var evaluations = 0
        pacer.solve { _ in
            evaluations += 1
            return 0.5
        }
        #expect(pacer.prices.shareOfLow == 0 && pacer.prices.high >= 1e8)
        #expect(evaluations < 40)
        // The next search begins where this one ended.
        evaluations = 0
        pacer.solve { _ in
            evaluations += 1
            return 0.5
        }
        #expect(evaluations < 4)
    }

    @Test("what was overspent is taken back over the window, what was saved may be spent")
    func target() {
        var pacer = pacer(0.001)
        for _ in 0..<100 {
            pacer.decided()
            pacer.spent(0.003)
        }
        #expect(abs(pacer.target(at: 0) - (0.001 * 300 - 0.3) / 200) < 1e-15)
        pacer.restart()
        #expect(abs(pacer.target(at: 0) - 0.001) < 1e-18)
        #expect(pacer.isDue)
    }

    @Test("the price is solved again every few decisions")
    func everyFew() {
        var pacer = pacer(0.5, every: 3)
        var solutions: [Int] = []
        for decision in 0..<10 {
            if pacer.isDue {
                pacer.solve { 1 / (1 + $0) }
                solutions.append(decision)
            }
            pacer.decided()
        }
        #expect(solutions == [0, 3, 6, 9])
    }

    @Test("an arm too dear for what is left may not serve; the cheapest always may")
    func guardrail() {
        var pacer = pacer(0.001)
        let all = ArmSet(first: 3)
        // Room for four requests' budget; three standard deviations of one half are added to every cost.
        #expect(pacer.affordable(all, expectedCostUSD: [0.0005, 0.0015, 0.0017]) == ArmSet([0, 1]))
        pacer.decided()
        pacer.spent(0.2)
        #expect(pacer.affordable(all, expectedCostUSD: [0.0005, 0.0015, 0.0017]) == ArmSet([0]))
        #expect(pacer.affordable(ArmSet([1, 2]), expectedCostUSD: [0.0005, 0.0015, 0.0017]) == ArmSet([1]))
        // An unknown cost is taken for the dearest known one.
        pacer.restart()
        #expect(pacer.affordable(all, expectedCostUSD: [0.0005, .nan, 0.01]) == ArmSet([0]))
    }

    @Test("no arm above the hard cap of a request serves, unless it is the cheapest")
    func hardCap() {
        let pacer = pacer(1, hardCap: 0.01)
        #expect(pacer.affordable(ArmSet(first: 3), expectedCostUSD: [0.001, 0.006, 0.007]) == ArmSet([0, 1]))
        #expect(pacer.affordable(ArmSet([2]), expectedCostUSD: [0.001, 0.006, 0.5]) == ArmSet([2]))
    }

    /// A category in which an arm of quality 0.4 and one of 0.9 have the given costs, well known; and a pacer that knows their spread.
    private func learned(
        _ usd: Double, costs: [Double], every value: (Int) -> Double = { $0 % 2 == 0 ? 0.5 : 1.5 }
    ) -> (BudgetPacer, [CategoryState]) {
        var table = CellTable(categories: 1, arms: 2)
        for index in 0..<400 {
            for arm in 0..<2 {
                table.addReward(category: 0, arm: arm, value: index % 10 < [4, 9][arm] ? 1 : 0, time: 0)
                table.addCost(category: 0, arm: arm, value: costs[arm] * value(index), time: 0)
            }
        }
        let model = LearningModel(priors: [ArmPrior(), ArmPrior()], pooling: .none)
        var states = model.posterior(of: table).states
        var pacer = BudgetPacer(definition: BudgetDefinition(limit: .usdPerRequest(usd)), arms: 2)
        pacer.learnVariation(of: table, asOf: 0)
        pacer.solve(policy: ThompsonPolicy(), states: &states, shares: [1], eligible: ArmSet(first: 2))
        return (pacer, states)
    }

    @Test(
        "where the cheapest arm takes the whole budget, what luck has saved is not spent; where it leaves some, all is")
    func reserve() {
        // Costs of ±50 % about their mean: twice the deviation of 200 of them is 14 requests' budget.
        var (tight, states) = learned(0.001, costs: [0.001, 0.01])
        #expect(abs(tight.target(at: 0) - 0.001 * (1 - 2 * 0.5 * 200.0.squareRoot() / 200)) < 1e-6)
        let all = ArmSet(first: 2)
        func savings(_ pacer: inout BudgetPacer, requests: Int) {
            for _ in 0..<requests {
                pacer.decided()
                pacer.spent(0)
            }
        }
        savings(&tight, requests: 12)
        tight.solve(policy: ThompsonPolicy(), states: &states, shares: [1], eligible: all)
        // The budget of twelve requests is less than what is held back.
        #expect(tight.target(at: 0) < 0.001)
        #expect(tight.prices.shareOfLow == 0 && tight.prices.high >= 1e8)
        #expect(tight.affordable(all, expectedCostUSD: states[0].expectedCostUSD) == ArmSet([0]))
        savings(&tight, requests: 30)
        #expect(tight.target(at: 0) > 0.001)
        #expect(tight.affordable(all, expectedCostUSD: states[0].expectedCostUSD) == all)
        // Half of the budget is earned back by every cheap request: nothing needs to be held back.
        let loose = learned(0.002, costs: [0.001, 0.01]).0
        #expect(abs(loose.target(at: 0) - 0.002) < 1e-12)
    }

    @Test("an arm whose costs scatter more must have saved up more before it serves")
    func scatter() {
        let steady = learned(0.002, costs: [0.0005, 0.006]) { _ in 1 }
        let wild = learned(0.002, costs: [0.0005, 0.006]) { $0 % 10 == 0 ? 10 : 0 }
        let all = ArmSet(first: 2)
        #expect(steady.0.affordable(all, expectedCostUSD: [0.0005, 0.006]) == all)
        #expect(wild.0.affordable(all, expectedCostUSD: [0.0005, 0.006]) == ArmSet([0]))
    }

    @Test("a budget by the day follows the clock and starts anew at midnight")
    func byDay() {
        let hour: Timestamp = 3_600_000_000
        var pacer = BudgetPacer(definition: BudgetDefinition(limit: .usdPerDay(24), window: 10), arms: 1)
        for minute in 0..<60 {
            pacer.decided(at: Timestamp(minute) * hour / 60)
            pacer.spent(1.0 / 60)
        }
        // A dollar an hour, a request a minute: on pace.
        #expect(abs(pacer.target(at: hour) - 1.0 / 60) < 1e-6)
        #expect(abs(pacer.target(at: 3 * hour) - (2.0 / 10 + 1.0 / 60)) < 1e-6)
        pacer.decided(at: 24 * hour)
        #expect(pacer.spentUSD == 0 && pacer.decisions == 1)
    }

    @Test("the mixture of the two distributions is the propensity, and spends the budget")
    func exactPropensities() {
        let definition = BudgetDefinition(limit: .usdPerRequest(0.004))
        var pacer = BudgetPacer(definition: definition, arms: 2)
        let table = {
            var table = CellTable(categories: 1, arms: 2)
            for index in 0..<400 {
                table.addReward(category: 0, arm: 0, value: index % 10 < 5 ? 1 : 0, time: 0)
                table.addReward(category: 0, arm: 1, value: index % 10 < 9 ? 1 : 0, time: 0)
                table.addCost(category: 0, arm: 0, value: 0.001, time: 0)
                table.addCost(category: 0, arm: 1, value: 0.01, time: 0)
            }
            return table
        }()
        let model = LearningModel(priors: [ArmPrior(), ArmPrior()], pooling: .none)
        var states = model.posterior(of: table).states
        let policy = ThompsonPolicy()
        let all = ArmSet(first: 2)
        pacer.solve(policy: policy, states: &states, shares: [1], eligible: all)
        let mixture = pacer.prices.distribution { price in
            var state = states[0]
            state.price(arms: [0, 1], rewardPerUSD: price, rewardPerMS: 0)
            return policy.distribution(state, eligible: all)
        }
        let costs = states[0].expectedCostUSD
        let spend = mixture.probabilities[0] * costs[0] + mixture.probabilities[1] * costs[1]
        #expect(abs(spend - 0.004) < 1e-9)
        #expect(mixture.probabilities[1] > 0.3 && mixture.probabilities[1] < 0.4)
    }

    @Test(
        "a simulated budget is kept: mean overspend at most 0.5 %, a single run at most 3 %",
        arguments: [
            0.0015, 0.004, 0.008,
        ])
    func keptBudget(budget: Double) async throws {
        let environment = BernoulliEnvironment(
            categories: ["x", "y"], arms: ["cheap", "fair", "dear"],
            means: CellMeans(
                reward: [0.4, 0.7, 0.9, 0.6, 0.6, 0.8], costUSD: [0.001, 0.003, 0.01, 0.001, 0.003, 0.01]),
            costSpread: 0.5)
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("ts", "thompson")], horizon: 1500, replications: 6,
            budget: BudgetDefinition(limit: .usdPerRequest(budget)), listCosts: [0.002, 0.004, 0.005])
        let runs = await simulation.run(replications: Array(0..<6), threads: 2)
        let spends = runs.compactMap { $0.meanCostUSD.map { $0 / budget } }
        #expect(spends.count == 6)
        #expect(spends.reduce(0, +) / 6 <= 1.005)
        #expect(spends.allSatisfy { $0 <= 1.03 && $0 > 0.9 })
    }

    @Test(
        "a budget that the cheapest arm takes up is overspent by 0.5 % at most beyond what that arm alone costs, a run by 3 %"
    )
    func noLowerCost() async throws {
        let environment = BernoulliEnvironment(
            categories: ["x", "y"], arms: ["cheap", "fair", "dear"],
            means: CellMeans(
                reward: [0.4, 0.7, 0.9, 0.6, 0.6, 0.8], costUSD: [0.001, 0.003, 0.01, 0.001, 0.003, 0.01]),
            costSpread: 0.8)
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("ts", "thompson"), try Worlds.policy("alone", "fixed", arm: "cheap")],
            horizon: 1000, replications: 24, budget: BudgetDefinition(limit: .usdPerRequest(0.001)),
            listCosts: [0.001, 0.003, 0.01])
        let runs = await simulation.run(replications: Array(0..<24), threads: 2)
        var overspent: [Double] = []
        for replication in 0..<24 {
            let costs = (0..<2).compactMap { policy in
                runs.first { $0.policy == policy && $0.replication == replication }?.meanCostUSD
            }
            try #require(costs.count == 2)
            overspent.append(max(0, costs[0] - max(costs[1], 0.001)) / 0.001)
        }
        #expect(overspent.reduce(0, +) / 24 <= 0.005 && overspent.allSatisfy { $0 <= 0.03 }, "\(overspent)")
    }
}
