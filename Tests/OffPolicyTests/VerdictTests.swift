import OffPolicy
import Testing

@Suite("What a log cannot say is refused")
struct VerdictTests {
    private func verdict(_ policy: TargetPolicy, _ log: DecisionLog) -> Diagnostics {
        LogFixture.evaluate(policy, log).diagnostics
    }

    @Test("a healthy log is not refused, and there are no reasons")
    func healthy() throws {
        let log = try LogFixture.log(
            (0..<1000).map { index in
                LogFixture.Row(
                    probabilities: [0.4, 0.6], arm: index % 10 < 4 ? "a" : "b",
                    reward: index % 10 == 1 || index % 10 == 2 || index % 10 == 7 ? 1 : 0)
            })
        for policy in [
            .logged(log.rows, range: 0..<1000), .uniform(log.names, log.rows),
            TargetPolicy.fixed("a", log.names, log.rows)!,
        ] {
            #expect(verdict(policy, log).verdict == .ok, "\(policy.name)")
            #expect(verdict(policy, log).reasons.isEmpty)
        }
    }

    @Test("an arm that was never played is refused")
    func neverPlayed() throws {
        let log = try LogFixture.log(
            (0..<500).map {
                LogFixture.Row(arms: ["a", "b", "z"], probabilities: [0.5, 0.49, 0.01], arm: $0 % 2 == 0 ? "a" : "b")
            })
        let found = verdict(.fixed("z", log.names, log.rows)!, log)
        #expect(found.verdict == .refused)
        #expect(found.effectiveSampleSize == 0)
        #expect(found.reasons[0].contains("never played"))
    }

    @Test("a deterministic logger is refused, whether or not it tells its probabilities")
    func deterministic() throws {
        let told = try LogFixture.log((0..<500).map { _ in LogFixture.Row(probabilities: [1, 0], arm: "a") })
        let found = verdict(.uniform(told.names, told.rows), told)
        #expect(found.verdict == .refused)
        #expect(found.supportViolations == 500)
        #expect(abs(found.unsupportedMass! - 0.5) < 1e-12)
        let untold = try LogFixture.log(
            (0..<500).map { _ in LogFixture.Row(probabilities: nil, propensity: 1, arm: "a") })
        let blind = verdict(.uniform(untold.names, untold.rows), untold)
        #expect(blind.effectiveSampleSize == 500)
        #expect(blind.verdict == .refused)
        #expect(blind.reasons[0].contains("mean weight"))
    }

    @Test(
        "below 50 effective rows refused, below 200 weak", arguments: [(40, Verdict.refused), (120, .weak), (400, .ok)])
    func sizes(rows: Int, expected: Verdict) throws {
        let log = try LogFixture.balanced(rows, share: 0.5)
        #expect(verdict(.uniform(log.names, log.rows), log).verdict == expected)
    }

    @Test("a policy that wants arms which are not eligible is refused beyond 5 % and weak beyond 0.1 %")
    func notEligible() throws {
        func log(_ every: Int) throws -> DecisionLog {
            try LogFixture.log(
                (0..<2000).map { index in
                    index % every == 0
                        ? LogFixture.Row(arms: ["b", "c"], arm: "b", reward: 0)
                        : LogFixture.Row(arm: index % 2 == 0 ? "a" : "b")
                })
        }
        let often = try log(10)
        #expect(verdict(.fixed("a", often.names, often.rows)!, often).verdict == .refused)
        let seldom = try log(101)
        #expect(verdict(.fixed("a", seldom.names, seldom.rows)!, seldom).verdict == .weak)
    }

    @Test("one row that carries more than 5 % of all weight makes an estimate weak")
    func heavyRow() throws {
        var rows = (0..<3000).map {
            LogFixture.Row(probabilities: [0.5, 0.5], arm: $0 % 2 == 0 ? "a" : "b", target: [0.5, 0.5])
        }
        rows[500] = LogFixture.Row(probabilities: [0.004, 0.996], arm: "a", target: [0.7, 0.3])
        let log = try LogFixture.log(rows)
        let found = verdict(.column("t", log.rows)!, log)
        #expect(found.verdict == .weak)
        #expect(found.reasons[0].hasPrefix("Line 501 (propensity 0.004) carries "), "\(found.reasons)")
    }

    @Test("propensities that are not those of the draws are told")
    func calibration() throws {
        // Promised one in two, drawn one in four.
        let log = try LogFixture.log((0..<2000).map { LogFixture.Row(arm: $0 % 4 == 0 ? "a" : "b") })
        let words = "arm a was drawn 500 times where the logged probabilities promise 1000"
        // The log's own mean reward is a fact all the same; of any other policy nothing is believed.
        let own = verdict(.logged(log.rows, range: 0..<2000), log)
        #expect(own.verdict == .weak && own.reasons[0].contains(words), "\(own.reasons)")
        for policy in [.uniform(log.names, log.rows), TargetPolicy.fixed("a", log.names, log.rows)!] {
            let found = verdict(policy, log)
            #expect(found.verdict == .refused && found.reasons[0].contains(words), "\(found.reasons)")
        }
        #expect(abs(log.tallies[0].zScore! + 500 / 500.0.squareRoot()) < 1e-9)
    }

    @Test("rows nobody rated bound the value from both sides, and all of them lie between")
    func missingFeedback() throws {
        let log = try LogFixture.log(
            (0..<400).map {
                LogFixture.Row(arm: $0 % 2 == 0 ? "a" : "b", reward: $0 % 4 == 0 ? nil : ($0 % 3 == 0 ? 1 : 0))
            })
        #expect(log.rows.count == 300)
        #expect(log.silentRows.count == 100)
        let evaluation = LogFixture.evaluate(.uniform(log.names, log.rows), log)
        let rest = ImportanceWeights(.uniform(log.names, log.silentRows), log.silentRows, range: 0..<100)
        let weights = FreshWeights(evaluation.weights.values, rest.values, log: log, range: 0..<300)
        let missing = MissingFeedback(weights, confidence: 0.95, clustered: false)!
        #expect(missing.rate == 0.25 && missing.policyRate == 0.25)
        #expect(missing.bounds.low < missing.valueIfAllZero && missing.bounds.high > missing.valueIfAllOne)
        #expect(abs(missing.valueIfAllOne - missing.valueIfAllZero - 0.25) < 1e-12)
        #expect(log.tallies[0].withoutReward == 100)
        #expect(log.tallies[1].withoutReward == 0)
    }
}
