import BanditCore
import Foundation
import OffPolicy
import PolicySimulator
import Testing

@Suite("A world fitted to a log")
struct LogFitTests {
    private static let means = [0.8, 0.5, 0.3, 0.2, 0.6, 0.4]
    private static let costs = [1.0, 2, 3, 2, 4, 6]
    private static let arms = ["a", "b", "c"]

    /// 20,000 decisions a second apart by uniform draws: three in four of category x; 60 % rated, `lag` decisions later on average.
    private static func decisions(count: Int = 20_000, lag: Double = 30, graded: Bool = false) -> [LoggedDecision] {
        var generator = Xoshiro256StarStar(seed: 11, stream: 0)
        return (0..<count).map { index in
            let category = generator.uniform() < 0.75 ? 0 : 1
            let arm = generator.index(below: 3)
            let mean = means[category * 3 + arm]
            var reward: Double? = generator.uniform() < mean ? 1 : 0
            // Stars: 0, ¼ … 1 as a binomial of four.
            if graded { reward = Double((0..<4).count { _ in generator.uniform() < mean }) / 4 }
            let late = log(1 - generator.uniform()) / log(lag / (1 + lag))
            if generator.uniform() >= 0.6 { reward = nil }
            var decision = LoggedDecision(
                id: "d\(index)", arms: arms, arm: arms[arm], probabilities: [1 / 3.0, 1 / 3.0, 1 / 3.0],
                propensity: 1 / 3.0, reward: reward)
            decision.category = category == 0 ? "x" : "y"
            decision.timeMicroseconds = Int64(1_000_000 * (index + 1))
            if reward != nil {
                decision.rewardTimeMicroseconds = Int64(1_000_000 * (index + 1 + Int(saturating: late))) + 500_000
            }
            // Log-normal around the mean with a coefficient of variation of 0.3.
            let variance = log(1 + 0.09)
            decision.costUSD =
                costs[category * 3 + arm] * exp(variance.squareRoot() * generator.normal() - variance / 2)
            return decision
        }
    }

    private static func read(_ decisions: [LoggedDecision], route: String? = nil) throws -> DecisionLog {
        var options = DecisionLogBuilder.Options()
        options.keepsObservations = true
        options.keepsPrices = true
        options.keepsRewardTimes = true
        options.route = route
        var builder = DecisionLogBuilder(options)
        for (index, decision) in decisions.enumerated() { try builder.add(decision, line: index + 1) }
        return builder.finish()
    }

    @Test("cells, traffic, rate and delay of feedback are those the log was drawn from (4 standard errors)")
    func fit() throws {
        let fit = try LogFit(Self.read(Self.decisions()))
        let environment = fit.environment
        #expect(environment.categories == ["x", "y"] && environment.arms == Self.arms)
        #expect(abs(environment.weights[0] / Double(fit.decisions) - 0.75) < 4 * 0.0031)
        #expect(abs(fit.feedbackRate - 0.6) < 4 * 0.0035)
        // Standard deviation of the lag: about its mean.
        #expect(abs(try #require(fit.meanDelayRounds) - 30) < 4 * 30 / 110)
        for cell in 0..<6 {
            // 3000 rewards in a cell of x, 1000 in one of y; costs are known of all decisions.
            let error = (0.25 / (cell < 3 ? 3000 : 1000)).squareRoot()
            #expect(abs(environment.means.reward[cell] - Self.means[cell]) < 4 * error, "cell \(cell)")
            let spread = 0.3 / (cell < 3 ? 5000.0 : 1666).squareRoot()
            #expect(abs(environment.means.costUSD[cell] / Self.costs[cell] - 1) < 4 * spread, "cell \(cell)")
        }
        #expect(abs(environment.costSpread - 0.3) < 0.02)
        #expect(environment.means.latencyMS.allSatisfy { $0.isNaN })
    }

    @Test("the fitted world draws what was fitted, graded rewards by their own values")
    func world() throws {
        let environment = try LogFit(Self.read(Self.decisions(graded: true))).environment
        #expect(environment.rewards.values == [0, 0.25, 0.5, 0.75, 1])
        var world = environment.world(random: CounterRandom(seed: 3, replication: 0), replication: 0)
        var counts = [Double](repeating: 0, count: 6)
        var sums = counts
        var squares = 0.0
        for round in 0..<40_000 {
            let query = world.query(round: round)
            for arm in 0..<3 {
                let reward = world.outcome(query, arm: arm, round: round).reward
                counts[query.category * 3 + arm] += 1
                sums[query.category * 3 + arm] += reward
                if query.category == 0, arm == 0 { squares += reward * reward }
            }
        }
        for cell in 0..<6 {
            let truth = world.expectation(category: cell / 3, arm: cell % 3, round: 0).reward
            #expect(abs(sums[cell] / counts[cell] - truth) < 4 * 0.25 / counts[cell].squareRoot(), "cell \(cell)")
            #expect(abs(truth - Self.means[cell]) < 0.03)
        }
        // Noise: the variance of a binomial of four, p(1 − p)/4, is in the world too.
        let mean = sums[0] / counts[0]
        #expect(abs(squares / counts[0] - mean * mean - 0.8 * 0.2 / 4) < 0.004)
    }

    @Test("a cell without rewards takes its arm's, an arm without any is refused, times of rewards may be missing")
    func gaps() throws {
        var decisions = Self.decisions(count: 3000).filter { $0.arm != "c" || $0.category == "x" }
        for index in decisions.indices { decisions[index].rewardTimeMicroseconds = nil }
        let fit = try LogFit(Self.read(decisions))
        #expect(fit.meanDelayRounds == nil)
        let mean = fit.environment.means.reward
        #expect(abs(mean[5] - mean[2]) < 0.01)
        let without = try Self.read(decisions.filter { $0.arm != "c" })
        let refusal = #expect(throws: LogFit.Refusal.self) { _ = try LogFit(without, arms: ["a", "c"]) }
        #expect(refusal?.reason == "has no decision with a reward that “c” served")
    }

    @Test("of several routes only the one asked for counts, and decisions that name none")
    func routes() throws {
        var decisions = Self.decisions(count: 900)
        for index in decisions.indices { decisions[index].route = [nil, "auto", "other"][index % 3] }
        let auto = try LogFit(Self.read(decisions, route: "auto"))
        let all = try LogFit(Self.read(decisions))
        #expect(auto.decisions == 600 && all.decisions == 900)
    }

    @Test("policies run in it, and Thompson finds the arms that were best")
    func simulation() throws {
        let fit = try LogFit(Self.read(Self.decisions()))
        let policies = try ["thompson", "uniform"].map {
            SimulatedPolicy(id: $0, kind: .router(try PolicySpecification.parse(kind: $0, parameters: [:], arm: nil)))
        }
        let simulation = Simulation(
            environment: fit.environment, arms: fit.environment.arms.map { SimulatedArm(id: $0) }, policies: policies,
            feedback: FeedbackModel(rate: fit.feedbackRate, delay: .geometric(mean: 30)), horizon: 4000,
            replications: 2)
        let result = simulation.run(policy: 0, replication: 0)
        // The best arms earn 0.75 · 0.8 + 0.25 · 0.6.
        #expect(result.meanReward > 0.71 && simulation.run(policy: 1, replication: 0).meanReward < 0.55)
    }
}
