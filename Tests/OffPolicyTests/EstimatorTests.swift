import OffPolicy
import Testing

@Suite("Every estimator, on logs small enough for pencil and paper")
struct EstimatorTests {
    @Test("the logged policy's value is the mean reward, by every estimator without a model")
    func logged() throws {
        let log = try LogFixture.balanced(60, share: 0.7)
        let evaluation = LogFixture.evaluate(.logged(log.rows, range: 0..<60), log)
        for kind in [EstimatorKind.replay, .ips, .clippedIPS, .snips, .subGaussian] {
            #expect(abs(evaluation.value(kind)! - 0.7) < 1e-12, "\(kind)")
        }
        #expect(abs(evaluation.error(.ips)! - (0.7 * 0.3 / 59).squareRoot()) < 1e-12)
    }

    @Test("a policy of one arm earns that arm's rewards, whoever logged them")
    func fixed() throws {
        let log = try LogFixture.balanced(100, share: 0.3)
        var settings = EvaluationSettings(intervals: [.normal])
        settings.rewardModel = .cellMean
        settings.crossFit = .none
        for (arm, value) in [("a", 1.0), ("b", 0.0)] {
            let evaluation = LogFixture.evaluate(.fixed(arm, log.names, log.rows)!, log, settings)
            for kind in EstimatorKind.standard where kind != .subGaussian {
                #expect(abs(evaluation.value(kind)! - value) < 1e-12, "\(kind) \(arm)")
            }
        }
        #expect(TargetPolicy.fixed("c", log.names, log.rows) == nil)
    }

    @Test("rewards that are all equal have no spread, and every ratio estimator says so exactly")
    func constant() throws {
        let log = try LogFixture.log(
            (0..<30).map { LogFixture.Row(probabilities: [0.25, 0.75], arm: $0 % 4 == 0 ? "a" : "b", reward: 1) })
        let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log)
        #expect(evaluation.value(.snips) == 1)
        #expect(evaluation.error(.snips) == 0)
        #expect(evaluation.value(.replay) == 1)
        #expect(evaluation.error(.replay) == 0)
    }

    @Test("clipping at 1 takes what is above 1, switching at 0 leaves the model alone, infinite shrinking is dr")
    func limits() throws {
        let log = try LogFixture.balanced(200, share: 0.2)
        var settings = EvaluationSettings(intervals: [.normal])
        settings.estimators = [
            EstimatorSpecification(.clippedIPS, parameter: .value(1)),
            EstimatorSpecification(.switchDR, parameter: .value(0)),
            EstimatorSpecification(.dros, parameter: .value(1e18)), EstimatorSpecification(.dr),
            EstimatorSpecification(.dm),
            EstimatorSpecification(.subGaussian, parameter: .value(0)), EstimatorSpecification(.ips),
        ]
        settings.crossFit = .none
        let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log, settings)
        // Arm a has weight 2.5 and reward 1 on a fifth of the rows.
        #expect(abs(evaluation.value(.clippedIPS)! - 0.2) < 1e-12)
        #expect(abs(evaluation.value(.switchDR)! - evaluation.value(.dm)!) < 1e-12)
        #expect(abs(evaluation.value(.dros)! - evaluation.value(.dr)!) < 1e-9)
        #expect(abs(evaluation.value(.subGaussian)! - evaluation.value(.ips)!) < 1e-12)
    }

    @Test("an estimator asked for twice with two parameters answers twice, in the order asked")
    func twice() throws {
        let log = try LogFixture.balanced(100, share: 0.2)
        var settings = EvaluationSettings(intervals: [.normal])
        settings.estimators = [1.0, 2.0, 100].map { EstimatorSpecification(.clippedIPS, parameter: .value($0)) }
        let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log, settings)
        #expect(evaluation.results.map { $0.parameter } == [1, 2, 100])
        let values = evaluation.results.map { $0.point.value! }
        #expect(abs(values[0] - 0.2) < 1e-12)
        #expect(abs(values[1] - 0.4) < 1e-12)
        #expect(abs(values[2] - 0.5) < 1e-12)
    }

    @Test("parts add up to the whole, to the last digits, wherever the rows are cut")
    func merging() throws {
        let rows = (0..<700).map { (index: Int) -> LogFixture.Row in
            let share: Double = 0.2 + 0.001 * Double(index % 300)
            return LogFixture.Row(
                category: "c\(index % 3)", probabilities: [share, 1 - share], arm: index % 3 == 0 ? "a" : "b",
                reward: Double(index % 7) / 7)
        }
        let log = try LogFixture.log(rows)
        // With a bootstrap the rows are fed in 700 parts, without in one: results must not tell the difference.
        let whole = LogFixture.evaluate(.uniform(log.names, log.rows), log)
        let parts = LogFixture.evaluate(
            .uniform(log.names, log.rows), log, EvaluationSettings(intervals: [.bootstrap], bootstrapReplicates: 2))
        for (left, right) in zip(whole.results, parts.results) {
            let kind = left.specification.kind.rawValue
            #expect(abs(left.point.value! - right.point.value!) < 1e-12, "\(kind)")
            #expect(abs(left.point.standardError! - right.point.standardError!) < 1e-12, "\(kind)")
        }
    }

    @Test("one row has a value and no standard error")
    func oneRow() throws {
        let log = try LogFixture.log([LogFixture.Row()])
        let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log)
        for kind in EstimatorKind.standard { #expect(evaluation.error(kind) == nil, "\(kind)") }
        #expect(evaluation.value(.ips) == 1)
    }

    @Test("every estimator of logged comes to the mean reward where the log has propensities only, dm nearly")
    func propensitiesOnly() throws {
        let log = try LogFixture.log(
            (0..<240).map {
                LogFixture.Row(
                    probabilities: nil, propensity: 0.5, arm: $0 % 2 == 0 ? "a" : "b", reward: $0 % 4 == 0 ? 1 : 0)
            })
        let logged = LogFixture.evaluate(.logged(log.rows, range: 0..<240), log)
        for kind in [EstimatorKind.dr, .sndr, .switchDR, .ips, .snips] {
            #expect(abs(logged.value(kind)! - 0.25) < 1e-12, "\(kind)")
            #expect(abs(logged.error(kind)! - logged.error(.ips)!) < 1e-12, "\(kind)")
        }
        #expect(abs(logged.value(.dm)! - 0.25) < 0.01 && abs(logged.value(.dros)! - 0.25) < 0.01)
        #expect(logged.value(.ips) == 0.25)
        #expect(logged.diagnostics.supportViolations == nil)
        let uniform = LogFixture.evaluate(.uniform(log.names, log.rows), log)
        #expect(uniform.value(.dr) != nil)
        let maker = IntervalMaker([uniform], settings: uniform.settings)
        let clipped = uniform.results.firstIndex { $0.specification.kind == .clippedIPS }!
        #expect(maker.answers(policy: 0, result: clipped)[0].interval == nil)
    }

    @Test("SLOPE keeps weights whole where shrinking moves the estimate, and shrinks where it only saves variance")
    func slope() throws {
        // The arm of weight 10 earns 1, the other nothing: any clipping is bias.
        let biased = try LogFixture.balanced(4000, share: 0.1)
        var settings = EvaluationSettings(intervals: [])
        settings.estimators = [EstimatorSpecification(.clippedIPS, parameter: .slope)]
        let kept = LogFixture.evaluate(.fixed("a", biased.names, biased.rows)!, biased, settings)
        #expect(kept.results[0].parameter! > 8)
        // Rewards that do not depend on the arm: the model says it all.
        let rows = (0..<4000).map { index in
            LogFixture.Row(
                probabilities: [0.1, 0.9], arm: index % 10 == 0 ? "a" : "b",
                reward: (index &* 2_654_435_761) >> 7 & 1 == 0 ? 1 : 0)
        }
        let flat = try LogFixture.log(rows)
        settings.estimators = [EstimatorSpecification(.switchDR, parameter: .slope)]
        let shrunken = LogFixture.evaluate(.fixed("a", flat.names, flat.rows)!, flat, settings)
        #expect(shrunken.results[0].parameter! < 8)
    }

    @Test("aw-aipw equals dr where every row was drawn with the same probabilities")
    func adaptive() throws {
        let log = try LogFixture.balanced(400, share: 0.3)
        var settings = EvaluationSettings(intervals: [])
        settings.estimators = [EstimatorSpecification(.adaptivelyWeighted), EstimatorSpecification(.dr)]
        let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log, settings)
        #expect(abs(evaluation.value(.adaptivelyWeighted)! - evaluation.value(.dr)!) < 1e-12)
        #expect(abs(evaluation.error(.adaptivelyWeighted)! / evaluation.error(.dr)! - 1) < 0.01)
    }
}
