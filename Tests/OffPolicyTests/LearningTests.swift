import BanditCore
import OffPolicy
import Testing

@Suite("Policies that learn")
struct LearningTests {
    private var options: DecisionLogBuilder.Options {
        var options = DecisionLogBuilder.Options()
        options.keepsObservations = true
        return options
    }

    private var flat: LearnerSpecification {
        var specification = LearnerSpecification(name: "thompson", policy: .thompson)
        specification.concentration = 1
        specification.pooling = .none
        return specification
    }

    /// Uniform logging of two arms of means 0.8 and 0.3.
    private func log(_ rows: Int) throws -> DecisionLog {
        var generator = Xoshiro256StarStar(seed: 3, stream: 0)
        return try LogFixture.log(
            (0..<rows).map { index in
                let isA = generator.uniform() < 0.5
                return LogFixture.Row(
                    category: "c\(index % 2)", arm: isA ? "a" : "b",
                    reward: generator.uniform() < (isA ? 0.8 : 0.3) ? 1 : 0,
                    time: Int64(index) * 1_000_000)
            }, options)
    }

    @Test("a frozen learner has the posterior of the rows before, of all kinds, credited to the arm that served")
    func frozen() throws {
        var rows = [LogFixture.Row](repeating: LogFixture.Row(arm: "a", reward: 1), count: 6)
        rows[1].kind = .sticky
        rows[2].kind = .pinned
        rows[3].served = "b"
        rows += (0..<6).map { LogFixture.Row(arm: $0 % 2 == 0 ? "a" : "b") }
        let log = try LogFixture.log(rows, options)
        var learner = try Learner(flat, names: log.names)
        learner.train(on: log.observations, before: 6)
        let state = learner.state[0]
        #expect(state.alpha[0] == 6 && state.beta[0] == 1)
        #expect(state.alpha[1] == 2 && state.beta[1] == 1)
        // P(Beta(6, 1) > Beta(2, 1)) = 6/8.
        let distribution = learner.distribution(category: 0, list: 0)
        #expect(abs(distribution[0] - 0.75) < 1e-9)
        let target = learner.frozen(log.rows)
        #expect(target.masses!.count == log.rows.count)
        #expect(log.evaluated(afterShare: 0.5) == 4..<10)
    }

    @Test("rejection replay of a policy that is fixed accepts its rows and earns their mean")
    func fixedPolicy() throws {
        let log = try log(2000)
        let specification = LearnerSpecification(
            name: "fixed:a", policy: try PolicySpecification.parse(kind: "fixed", arm: "a"))
        let evaluation = try LearningEvaluation(specification, log: log, range: 0..<2000, settings: .init())
        #expect(evaluation.weightBound == 2)
        let rows = (0..<2000).filter { log.rows.arm[$0] == 0 }
        #expect(evaluation.accepted == Double(rows.count))
        let mean = rows.reduce(0) { $0 + log.rows.reward[$1] } / Double(rows.count)
        #expect(abs(evaluation.replayEstimate.value! - mean) < 1e-12)
        // The replays have no chance of their own: what is left is the log's, sd/√T.
        let squares = rows.reduce(0) { $0 + (log.rows.reward[$1] - mean) * (log.rows.reward[$1] - mean) }
        let error = squares.squareRoot() / Double(rows.count)
        #expect(abs(evaluation.replayEstimate.standardError! / error - 1) < 1e-3)
    }

    @Test("Thompson sampling replayed learns the better arm, and both estimates agree with what it earns live")
    func thompson() throws {
        let log = try log(4000)
        let evaluation = try LearningEvaluation(flat, log: log, range: 0..<4000, settings: .init())
        // Live: the same learner on the same world, over as many decisions as were accepted.
        var live: [Double] = []
        for run in 0..<40 {
            var generator = Xoshiro256StarStar(seed: 100 + UInt64(run), stream: 0)
            var learner = try Learner(flat, names: log.names)
            var total = 0.0
            for step in 0..<Int(saturating: evaluation.accepted) {
                let category = step % 2
                let isA = generator.uniform() < learner.distribution(category: category, list: 0)[0]
                let reward: Double = generator.uniform() < (isA ? 0.8 : 0.3) ? 1 : 0
                learner.observe(category: category, arm: isA ? 0 : 1, reward: reward, time: 0)
                total += reward
            }
            live.append(total / evaluation.accepted)
        }
        let truth = live.reduce(0, +) / 40
        #expect(
            abs(evaluation.replayEstimate.value! - truth) < 0.03, "\(evaluation.replayEstimate.point) against \(truth)")
        #expect(
            abs(evaluation.doublyRobustEstimate.value! - truth) < 0.05,
            "\(evaluation.doublyRobustEstimate.point) against \(truth)")
        #expect(evaluation.accepted > 1000 && evaluation.accepted < 2200)
        #expect(evaluation.diagnostics.verdict == .ok)
        #expect(evaluation.checkpoints.last!.shares[0] > 0.8)
        #expect(evaluation.checkpoints.map(\.accepted) == evaluation.checkpoints.map(\.accepted).sorted())
    }

    @Test("a learner that sees its rewards only after the log's end stays at its prior")
    func delays() throws {
        let log = try log(1000)
        var settings = LearningEvaluation.Settings()
        settings.feedbackDelayMicroseconds = 5_000_000_000
        let late = try LearningEvaluation(flat, log: log, range: 0..<1000, settings: settings)
        #expect(late.checkpoints.last!.state[0].count[0] == 0)
        // At the prior both arms are as good: about half of the rows, and a value near the mean of both.
        #expect(abs(late.replayEstimate.value! - 0.55) < 0.05)
        settings.feedbackDelayMicroseconds = 20_000_000
        let soon = try LearningEvaluation(flat, log: log, range: 0..<1000, settings: settings)
        #expect(soon.replayEstimate.value! > late.replayEstimate.value! + 0.1)
        #expect(soon.checkpoints.last!.state[0].count[0] > 0)
    }

    @Test("the same seed gives the same replays, and a quantile instead of the largest weight accepts more")
    func seedsAndQuantiles() throws {
        let log = try LogFixture.log(
            (0..<1500).map { index in
                let share = index == 7 ? 0.01 : 0.5
                return LogFixture.Row(
                    probabilities: [share, 1 - share], arm: index % 2 == 0 ? "a" : "b", reward: index % 3 == 0 ? 1 : 0)
            }, options)
        let first = try LearningEvaluation(flat, log: log, range: 0..<1500, settings: .init())
        let second = try LearningEvaluation(flat, log: log, range: 0..<1500, settings: .init())
        #expect(first.replayEstimate.point == second.replayEstimate.point)
        #expect(abs(first.weightBound - 100) < 1e-9)
        var settings = LearningEvaluation.Settings()
        settings.acceptQuantile = 0.95
        let longer = try LearningEvaluation(flat, log: log, range: 0..<1500, settings: settings)
        #expect(longer.accepted > 10 * first.accepted)
    }
}
