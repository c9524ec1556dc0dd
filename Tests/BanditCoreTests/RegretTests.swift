import BanditCore
import RealModule
import Testing

/// Worlds with known means, one category.
private struct World {
    /// `[phase][arm]`; phases are of equal length.
    let means: [[Double]]
    let rounds: Int
    /// Rounds until feedback arrives.
    var delay = 0
    /// Standard deviation of normal rewards (cut to [0, 1]); nil: coin flips.
    var deviation: Double?

    var arms: Int { means[0].count }

    /// Cumulative regret at every round.
    func run(_ policy: any Policy, seed: UInt64, halfLife: Double? = nil, graded: Bool = false) -> [Double] {
        let model = LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(), count: arms), pooling: .none, graded: graded)
        var table = CellTable(categories: 1, arms: arms, forgetting: Forgetting(halfLife: halfLife))
        var posterior = model.posterior(of: table)
        var generator = Xoshiro256StarStar(seed: seed)
        var pending: [(arm: Int, reward: Double, time: Double, propensity: Double)] = []
        var regret: [Double] = []
        let eligible = ArmSet(first: arms)
        var total = 0.0
        for round in 0..<rounds {
            let truth = means[round * means.count / rounds]
            let time = Double(round)
            let weighted = policy.kind == .exp3IX || policy.kind == .tsallisINF
            var propensity = 1.0
            let arm: Int
            if weighted {
                let distribution = policy.distribution(posterior[0], eligible: eligible)
                arm = distribution.draw(using: &generator)
                propensity = distribution.probabilities[arm]
            } else {
                arm = policy.draw(posterior[0], eligible: eligible, using: &generator)
            }
            let reward: Double
            if let deviation {
                reward = max(0, min(1, truth[arm] + deviation * generator.normal()))
            } else {
                reward = generator.uniform() < truth[arm] ? 1 : 0
            }
            pending.append((arm, reward, time, propensity))
            total += (truth.max() ?? 0) - truth[arm]
            regret.append(total)
            if pending.count > delay {
                let event = pending.removeFirst()
                table.addReward(
                    category: 0, arm: event.arm, value: event.reward, time: event.time, propensity: event.propensity)
                if halfLife != nil {
                    posterior.update(category: 0, from: table, asOf: time)
                } else if graded && round % 20 == 0 {
                    posterior = model.posterior(of: table)
                } else {
                    posterior.update(category: 0, arm: event.arm, from: table)
                }
            }
        }
        return regret
    }

    func mean(_ policy: any Policy, seeds: Int, halfLife: Double? = nil, graded: Bool = false) -> (
        mean: Double, error: Double
    ) {
        let finals = (0..<seeds).map {
            run(policy, seed: UInt64(1_000 + $0), halfLife: halfLife, graded: graded).last ?? 0
        }
        return (Check.mean(finals), Check.standardError(finals))
    }
}

@Suite struct RegretTests {
    private let bernoulli = World(means: [[0.9, 0.8, 0.8, 0.7, 0.6]], rounds: 5_000)

    @Test("Bernoulli: every policy's regret is inside its band; Thompson ≤ UCB1")
    func stationary() throws {
        // Uniform play loses 700; Lai & Robbins' asymptotic Σ Δ/kl(μ, μ*)·ln T is 58. Bands are mean ± 5 standard errors of
        // an independent implementation (numpy, 160 runs: Golden/regret.py) widened by a tenth.
        let bands: [(String, ClosedRange<Double>)] = RegretBands.bernoulli
        var means: [String: Double] = [:]
        for (name, band) in bands {
            let policy = try PolicySpecification.parse(kind: name).make { _ in nil }
            let (mean, error) = bernoulli.mean(policy, seeds: 24)
            means[name] = mean
            let slack = 4 * error
            #expect(mean > band.lowerBound - slack && mean < band.upperBound + slack, "\(name): \(mean) ± \(error)")
        }
        let (thompson, ucb1) = (try #require(means["thompson"]), try #require(means["ucb1"]))
        #expect(thompson < ucb1)
        #expect(try #require(means["kl-ucb"]) < ucb1)
        for (name, mean) in means where name != "uniform" { #expect(mean < 0.75 * 700, "\(name)") }
    }

    @Test("graded rewards: the variance-matched factor saves regret that fractional updates waste")
    func graded() {
        let world = World(means: [[0.8, 0.75, 0.7]], rounds: 3_000, deviation: 0.08)
        let (plain, plainError) = world.mean(ThompsonPolicy(), seeds: 24)
        let (matched, matchedError) = world.mean(ThompsonPolicy(), seeds: 24, graded: true)
        #expect(matched + 3 * (plainError * plainError + matchedError * matchedError).squareRoot() < plain)
        #expect(matched < 30)
    }

    @Test("after a swap of the best arm discounted Thompson recovers and plain Thompson does not")
    func drift() {
        let world = World(means: [[0.8, 0.4], [0.2, 0.4]], rounds: 4_000)
        var (plain, discounted): ([Double], [Double]) = ([], [])
        for seed in 0..<24 {
            // Regret of the last quarter: long after the swap.
            let a = world.run(ThompsonPolicy(), seed: UInt64(seed))
            let b = world.run(ThompsonPolicy(), seed: UInt64(seed), halfLife: 150)
            plain.append(a[3_999] - a[2_999])
            discounted.append(b[3_999] - b[2_999])
        }
        // Playing the fallen arm costs 0.2 a round: 200 for the quarter.
        #expect(Check.mean(discounted) < 25)
        #expect(Check.mean(plain) > 60)
        #expect(Check.mean(plain) - Check.mean(discounted) > 5 * Check.standardError(plain))
    }

    @Test("delay costs Thompson no more than the rounds that are pending (Joulani et al. 2013)")
    func delayed() {
        let (prompt, promptError) = bernoulli.mean(ThompsonPolicy(), seeds: 30)
        var late = bernoulli
        late.delay = 200
        let (mean, error) = late.mean(ThompsonPolicy(), seeds: 30)
        // At most the delay times the mean gap of a uniform choice, 0.14, on top.
        #expect(mean < prompt + 200 * 0.14 + 4 * (error + promptError))
        #expect(mean > prompt)
    }

    @Test("independent arms of a normal posterior: Thompson by draws of a normal-inverse-gamma finds the cheapest")
    func gaussian() {
        var regrets: [Double] = []
        for seed in 0..<20 {
            var generator = Xoshiro256StarStar(seed: UInt64(seed))
            var cells = [SignalSums](repeating: SignalSums(), count: 3)
            let prior = NormalInverseGamma(mean: 0, strength: 0.1, shape: 1, rate: 1)
            let means = [0.5, 0.3, 0]
            var regret = 0.0
            for _ in 0..<2_000 {
                let draws = cells.map { prior.updated($0).draw(using: &generator) }
                let arm = draws.indices.max { draws[$0] < draws[$1] } ?? 0
                let reward = means[arm] + 0.5 * generator.normal()
                cells[arm] = cells[arm] + SignalSums(count: 1, sum: reward, sumSquares: reward * reward)
                regret += 0.5 - means[arm]
            }
            regrets.append(regret)
        }
        // Honda & Takemura's bound: Σ Δ·ln T/(½ ln(1 + Δ²/σ²)) = 0.2·7.6/0.074 + 0.5·7.6/0.347 ≈ 31, and a start-up.
        #expect(Check.mean(regrets) > 5 && Check.mean(regrets) < 45)
    }
}
