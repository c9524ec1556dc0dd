import BanditCore
import OffPolicy
import Testing

@Suite("Intervals")
struct IntervalTests {
    @Test("normal quantiles equal SciPy's")
    func quantiles() {
        for (probability, expected) in [
            (0.975, 1.959963984540054), (0.9, 1.2815515655446004), (0.5, 0), (0.01, -2.3263478740408408),
            (1e-10, -6.361340902404056),
            (0.02425, -1.972961051311885),
        ] { #expect(abs(NormalQuantile.value(probability) - expected) < 1e-13, "\(probability)") }
    }

    @Test(
        "the bootstrap of a mean is as wide as its standard error says, exact rows and rows in parts alike",
        arguments: [500, 20_000])
    func bootstrap(rows: Int) throws {
        var generator = Xoshiro256StarStar(seed: 9, stream: 0)
        let log = try LogFixture.log(
            (0..<rows).map { _ in
                let isA = generator.uniform() < 0.4
                return LogFixture.Row(
                    probabilities: [0.4, 0.6], arm: isA ? "a" : "b",
                    reward: generator.uniform() < (isA ? 0.7 : 0.4) ? 1 : 0)
            })
        var settings = EvaluationSettings(intervals: [.bootstrap], bootstrapReplicates: 2000)
        settings.estimators = [.ips, .snips, .dr, .replay].map { EstimatorSpecification($0) }
        let evaluation = LogFixture.evaluate(.logged(log.rows, range: 0..<rows), log, settings)
        let maker = IntervalMaker([evaluation], settings: settings)
        for (index, result) in evaluation.results.enumerated() {
            let interval = maker.answers(policy: 0, result: index)[0].interval!
            let halfWidth = (interval.high - interval.low) / 2
            // 2000 replicates and up to 4096 parts: a few per cent.
            #expect(abs(halfWidth / (1.96 * result.point.standardError!) - 1) < 0.1, "\(result.specification.kind)")
            #expect(abs((interval.high + interval.low) / 2 - result.point.value!) < 0.2 * halfWidth)
        }
    }

    @Test("the same seed gives the same interval, another seed another")
    func seeds() throws {
        let log = try LogFixture.balanced(300, share: 0.4)
        func interval(_ seed: UInt64) -> Interval {
            let settings = EvaluationSettings(
                estimators: [EstimatorSpecification(.snips)], intervals: [.bootstrap], seed: seed)
            let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log, settings)
            return IntervalMaker([evaluation], settings: settings).answers(policy: 0, result: 0)[0].interval!
        }
        #expect(interval(1) == interval(1))
        #expect(interval(1) != interval(2))
    }

    @Test("degrees of freedom count the clusters that contribute, G − 1 at most, whatever the scale")
    func degrees() throws {
        // 40 clusters of two rows.
        let clusters = Clusters(sessions: (0..<80).map { UInt32($0 / 2) })
        func degrees(_ sums: (Int) -> Double) -> Double? {
            MeanError((0..<80).map { sums($0 / 2) / 2 }, clusters: clusters)?.degrees
        }
        #expect(degrees { $0 % 2 == 0 ? 1 : -1 } == 39)
        // Ten of the forty contribute.
        #expect(abs(degrees { [1.0, 0, -1, 0, 0, 0, 0, 0][$0 % 8] }! - 10) < 1e-9)
        #expect(abs(degrees { [1e150, 0, -1e150, 0, 0, 0, 0, 0][$0 % 8] }! - 10) < 1e-9)
        #expect(degrees { $0 == 0 ? 1 : 0 }! < 1.2)
        #expect(degrees { _ in 1 } == 39)
        #expect(MeanError([1, 2, 3], clusters: nil)?.degrees == nil && MeanError([1], clusters: nil) == nil)
        #expect(abs(MeanError.factor(confidence: 0.95, degrees: 10) - 2.228138851964939) < 1e-9)
    }

    @Test("rows of one session vary together: the clustered interval is wider by the square root of their number")
    func clusters() throws {
        var builder = DecisionLogBuilder()
        for index in 0..<1600 {
            let session = index / 4
            var decision = LoggedDecision(
                id: "\(index)", arms: ["a", "b"], arm: session % 2 == 0 ? "a" : "b", probabilities: [0.5, 0.5],
                reward: (session &* 2_654_435_761) >> 5 & 1 == 0 ? 1 : 0)
            decision.session = "s\(session)"
            try builder.add(decision, line: index + 1)
        }
        let log = builder.finish()
        func width(_ clusters: Bool) -> Double {
            var settings = EvaluationSettings(estimators: [EstimatorSpecification(.ips)], intervals: [.bootstrap])
            settings.clustersBySession = clusters
            let evaluation = LogFixture.evaluate(.logged(log.rows, range: 0..<1600), log, settings)
            let interval = IntervalMaker([evaluation], settings: settings).answers(policy: 0, result: 0)[0].interval!
            return interval.high - interval.low
        }
        #expect(abs(width(true) / width(false) - 2) < 0.2)
    }

    @Test(
        "the difference of two policies is paired: far narrower than two intervals, and nothing for a policy and itself"
    )
    func differences() throws {
        let log = try LogFixture.log(
            (0..<3000).map { index in
                LogFixture.Row(
                    arm: index % 2 == 0 ? "a" : "b", reward: (index &* 2_654_435_761) >> 9 & 1 == 0 ? 1 : 0,
                    target: [0.52, 0.48])
            })
        let settings = EvaluationSettings(
            estimators: [.ips, .dr].map { EstimatorSpecification($0) },
            intervals: [.normal, .bootstrap, .empiricalBernstein, .anytime])
        let evaluations = [TargetPolicy.column("t", log.rows)!, .uniform(log.names, log.rows)].map {
            LogFixture.evaluate($0, log, settings)
        }
        let maker = IntervalMaker(evaluations, settings: settings)
        let difference = maker.difference(policy: 0, baseline: 1, result: 0)!
        #expect(abs(difference.value - (evaluations[0].value(.ips)! - evaluations[1].value(.ips)!)) < 1e-12)
        #expect(difference.standardError < 0.1 * evaluations[0].error(.ips)!)
        let width = { (interval: Interval?) in interval!.high - interval!.low }
        #expect(width(difference.answers[1].interval) < 0.2 * width(maker.answers(policy: 0, result: 0)[1].interval))
        let same = maker.difference(policy: 1, baseline: 1, result: 1)!
        #expect(same.value == 0 && same.standardError == 0)
        #expect(
            difference.answers[3].interval!.low < difference.value
                && difference.value < difference.answers[3].interval!.high)
    }

    @Test("the smallest detectable effect is 2.8 standard errors of the difference from logged")
    func detectable() throws {
        let log = try LogFixture.balanced(1000, share: 0.4)
        let settings = EvaluationSettings(estimators: [EstimatorSpecification(.dr)], intervals: [.normal])
        let evaluations = [TargetPolicy.fixed("a", log.names, log.rows)!, .logged(log.rows, range: 0..<1000)].map {
            LogFixture.evaluate($0, log, settings)
        }
        let found = DetectableEffect.minimum(evaluations[0], confidence: 0.95)!
        let influences = evaluations[0].influences(0)!
        let spread = influences.indices.map { influences[$0] - (log.rows.reward[$0] - 0.4) }
        let mean = spread.reduce(0, +) / 1000
        let error = (spread.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 999 / 1000).squareRoot()
        #expect(abs(found - (1.959963984540054 + 0.8416212335729143) * error) < 1e-9)
    }
}
