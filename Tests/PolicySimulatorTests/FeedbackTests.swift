import PolicySimulator
import Testing

@Suite("Feedback")
struct FeedbackTests {
    private func regret(_ feedback: FeedbackModel, horizon: Int = 3000) throws -> Double {
        let simulation = Worlds.simulation(
            Worlds.bernoulli(), [try Worlds.policy("ts", "thompson")], horizon: horizon, feedback: feedback)
        return try #require(simulation.run(policy: 0, replication: 0).cumulativeRegret)
    }

    @Test("without feedback nothing is learned")
    func noFeedback() throws {
        let simulation = Worlds.simulation(
            Worlds.bernoulli(), [try Worlds.policy("ts", "thompson")], horizon: 3000, feedback: FeedbackModel(rate: 0))
        let shares = simulation.run(policy: 0, replication: 0).armShares
        // A third each, 4 standard errors.
        #expect(shares.allSatisfy { abs($0 - 1.0 / 3) < 4 * 0.0087 })
    }

    @Test("late and rare feedback costs regret, and still teaches")
    func lateAndRare() throws {
        let prompt = try regret(FeedbackModel())
        let late = try regret(FeedbackModel(delay: .fixed(500)))
        let rare = try regret(FeedbackModel(rate: 0.1, delay: .geometric(mean: 50)))
        let none = try regret(FeedbackModel(rate: 0))
        #expect(prompt < late && late < none)
        #expect(prompt < rare && rare < none)
    }

    @Test("feedback with a fixed delay is folded that many decisions later, not earlier")
    func fixedDelay() throws {
        // The arm that is never right is left alone at once, but not before the first feedback arrives.
        let environment = BernoulliEnvironment(
            categories: ["x"], arms: ["bad", "good"], means: CellMeans(reward: [0, 1]))
        func firstChoices(_ delay: Int) throws -> [Int] {
            let policy = try Worlds.policy("best", "best-mean")
            var counts: [Int] = []
            for horizon in 1...12 {
                let simulation = Worlds.simulation(
                    environment, [policy], horizon: horizon, feedback: FeedbackModel(delay: .fixed(delay)))
                let shares = simulation.run(policy: 0, replication: 0).armShares
                counts.append(Int(saturating: (shares[0] * Double(horizon)).rounded()))
            }
            return counts
        }
        let at = try firstChoices(0)
        // With ties broken by the same generator the first rounds are coin flips; once a reward is in, the choice is made.
        #expect(at.last == at.first || at.last == 1)
        let late = try firstChoices(8)
        #expect((late.last ?? 0) > (at.last ?? 0))
        #expect(late[9...].allSatisfy { $0 == late[9] })
    }

    @Test("a poisoned arm looks better than it is, and metrics count the truth")
    func poisoning() throws {
        let lie = Poisoning(arm: 2, share: 1, value: 1, rounds: 0..<3000)
        let environment = BernoulliEnvironment(
            categories: ["x"], arms: ["a", "b", "c"], means: CellMeans(reward: [0.8, 0.5, 0.1]))
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("ts", "thompson")], horizon: 2000,
            feedback: FeedbackModel(poisonings: [lie]))
        let run = simulation.run(policy: 0, replication: 0)
        #expect(run.armShares[2] > 0.9)
        #expect(run.meanReward < 0.25)
    }

    @Test("flipped feedback is symmetric: at a half nothing is learned")
    func noise() throws {
        let half = try regret(FeedbackModel(noise: .flip(0.5)))
        let some = try regret(FeedbackModel(noise: .flip(0.1)))
        #expect(some < half / 2)
    }
}
