import BanditCore
import CAllocationCount

// swift run -c release CoreBenchmarks [policies|distribution|posterior|engine|allocations …]: speeds of the learning
// core beside naive code in the same run, and the allocations of the decide path. Each figure is processor time, the best of
// five rounds. Without a word, everything.

let wanted = Set(CommandLine.arguments.dropFirst())

/// Runs a part of the benchmarks where it is wanted.
func section(_ word: String, _ title: String, _ body: () throws -> Void) rethrows {
    guard wanted.isEmpty || wanted.contains(word) else { return }
    print(title)
    try body()
}

/// A world of Bernoulli arms that a policy learns, from the first round on.
func learn(_ policy: some Policy, arms: Int, rounds: Int, seed: UInt64) {
    let means = (0..<arms).map { 0.2 + 0.6 * Double($0) / Double(arms) }
    let eligible = ArmSet(first: arms)
    let model = LearningModel(priors: [ArmPrior](repeating: ArmPrior(), count: arms), pooling: .none)
    var table = CellTable(categories: 1, arms: arms)
    var posterior = model.posterior(of: table)
    var generator = Xoshiro256StarStar(seed: seed)
    for round in 0..<rounds {
        let arm = policy.draw(posterior[0], eligible: eligible, using: &generator)
        let reward = generator.uniform() < means[arm] ? 1.0 : 0
        table.addReward(category: 0, arm: arm, value: reward, time: Double(round))
        posterior.update(category: 0, arm: arm, from: table)
    }
    sink += posterior[0].mean(arms - 1)
}

try section("policies", "draw + update, Bernoulli, 10 arms") {
    let ours = time(200_000) { learn(ThompsonPolicy(), arms: 10, rounds: 200_000, seed: 1) }
    let naive = time(2_000) {
        var bandit = NaiveThompson(arms: 10)
        for _ in 0..<2_000 {
            let arm = bandit.choose()
            bandit.learn(arm, arm == "arm-9" ? 1 : 0)
        }
        sink += bandit.posteriors["arm-9"]?.alpha ?? 0
    }
    line("  thompson", figure(ours), rate(ours))
    line("  naive thompson", figure(naive), rate(naive), "ratio \((naive / ours).rounded())")
    for word in PolicyKind.allCases {
        let specification = try PolicySpecification.parse(kind: word.rawValue, arm: word == .fixed ? "a" : nil)
        let policy = try specification.make { _ in 0 }
        let rounds = word == .bayesUCB || word == .topTwoThompson ? 2_000 : 20_000
        func open(_ policy: some Policy) -> Double { time(rounds) { learn(policy, arms: 10, rounds: rounds, seed: 1) } }
        let speed = open(policy)
        line("  \(word.rawValue)", figure(speed), rate(speed))
    }
}

section("distribution", "action distribution, fresh, Thompson") {
    let all10 = ArmSet(first: 10)
    let alpha = (0..<10).map { 30 + 17.3 * Double($0) }
    let beta = (0..<10).map { 20 + 9.1 * Double($0) }
    let plain = CategoryState(alpha: alpha, beta: beta)
    let priced = CategoryState(alpha: alpha, beta: beta, penalty: (0..<10).map { 0.01 * Double($0) })
    let fresh = CategoryState(armCount: 10)
    for (name, state) in [("10 arms", plain), ("10 arms, each its price", priced), ("10 arms, no evidence", fresh)] {
        let speed = time(2_000) {
            for _ in 0..<2_000 { sink += ThompsonPolicy.race(state, eligible: all10).probabilities[0] }
        }
        line("  \(name)", figure(speed))
    }
    let simulated =
        wanted.contains("brief")
        ? .nan : 10 * time(1) { sink += simulatedDistribution(alpha, beta, samples: 10_000)[0] }
    line("  simulated, 100,000 draws (± 1.6e-3)", figure(simulated))
    let cached = ThompsonPolicy().distribution(plain, eligible: ArmSet(first: 8))
    var generator = Xoshiro256StarStar(seed: 3)
    let draw = time(1_000_000) { for _ in 0..<1_000_000 { sink += Double(cached.draw(using: &generator)) } }
    line("  draw from the cached vector, 8 arms", figure(draw))
}

section("posterior", "posterior of a route") {
    var generator = Xoshiro256StarStar(seed: 8)
    for (categories, arms) in [(14, 15), (16, 4), (8, 8)] {
        let model = LearningModel(priors: [ArmPrior](repeating: ArmPrior(), count: arms), graded: true)
        var table = CellTable(categories: categories, arms: arms)
        for i in 0..<2_000 {
            let (g, k) = (generator.index(below: categories), generator.index(below: arms))
            table.addReward(
                category: g, arm: k, value: generator.uniform() < 0.3 + 0.04 * Double(k) ? 1 : 0, time: Double(i))
        }
        let speed = time(50) { for _ in 0..<50 { sink += model.posterior(of: table)[0].mean(0) } }
        line("  pooled fit from scratch, \(categories) × \(arms)", figure(speed))
    }
}

try section("engine", "one decision by the engine, 8 arms, distribution cached") { try benchmarkEngine() }

try section("allocations", "allocations of 20,000 rounds of draw + update") { try countAllocations() }

if sink == 0 { print(" ") }
