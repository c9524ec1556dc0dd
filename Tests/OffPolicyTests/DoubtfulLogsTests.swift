import EvaluationStudies
import OffPolicy
import Testing

/// A small edition of `CoverageStudy doubtful`: fixed seeds; with n logs a true 95 % shows as less than 95 − 3·√(95·5/n) once in 700.
@Suite("Logs that say less than they seem to: intervals and bounds hold, false claims are not shown")
struct DoubtfulLogsTests {
    @Test("learners: replay and dr hold the arms' worth where arms are alike", arguments: [2, 10])
    func learners(arms: Int) {
        let lines = DoubtfulLogs.learners(
            means: [Double](repeating: 0.5, count: arms), rows: arms == 2 ? 200 : 400, logs: 50, seed: 100, replays: 4)
        #expect(lines.map(\.what) == ["dr", "replay"])
        for line in lines {
            #expect(line.logs == 50 && line.covered >= 44 && line.falselyShown! <= 4, "\(line)")
        }
    }

    @Test("silence: bounds hold whoever speaks, and never show what happy users say")
    func silence() {
        for line in DoubtfulLogs.silence(speaks: (0.5, 0.1), rows: 1_000, logs: 40, seed: 200) {
            if line.what.hasPrefix("bounds") {
                #expect(line.coverage == 1 && (line.falselyShown ?? 0) == 0, "\(line)")
            } else {
                // What is taken for granted here is wrong.
                #expect(line.falselyShown == 40, "\(line)")
            }
        }
    }

    @Test("clicks: with 1.2 expected events the interval holds, and no arm is shown to beat its equal")
    func clicks() {
        let even = [Double](repeating: 0.25, count: 4)
        for line in DoubtfulLogs.clicks(rate: 0.005, probabilities: even, rows: 400, logs: 60, seed: 300) {
            #expect(line.coverage >= 0.91 && (line.falselyShown ?? 0) <= 1, "\(line)")
        }
    }

    @Test("sessions: intervals by session hold, by row they do not")
    func sessions() {
        for line in DoubtfulLogs.sessions(count: 60, rowsEach: 10, keepsArm: true, logs: 200, seed: 400) {
            if line.what.hasSuffix("by session") {
                // 200 logs: a true 95 % shows as less than 91.5 % once in 60 times, 2.5 % as more than 10 once in 100.
                #expect(line.coverage >= 0.915 && line.falselyShown! <= 10, "\(line)")
            } else {
                #expect(line.coverage < 0.85, "\(line)")
            }
        }
    }

    @Test(
        "propensities whose errors cancel in the sums by category and arm are doubted all the same",
        arguments: DoubtfulLogs.WrongPropensities.allCases)
    func wrongPropensities(wrong: DoubtfulLogs.WrongPropensities) {
        for seed in 1...3 as ClosedRange<UInt64> {
            let (check, names) = DoubtfulLogs.judged(
                wrong, logsProbabilities: true, rows: wrong == .beforeFloor ? 8_000 : 3_000, seed: seed)
            // A floor of .1 moves .1 by no more than .04: doubted, and by its place in the range of probabilities.
            #expect(check.verdict == .refused, "\(wrong) \(seed)")
            let place =
                switch wrong {
                case .halves: "of the log"
                case .sharpened, .beforeFloor: "where its probability is"
                case .manyCategories: "arm arm-0 was drawn"
                }
            #expect(check.sentence(names)?.contains(place) == true, "\(check.sentence(names) ?? "")")
            guard wrong == .halves || wrong == .manyCategories else { continue }
            let blind = DoubtfulLogs.judged(wrong, logsProbabilities: false, rows: 3_000, seed: seed).check
            #expect(blind.verdict == .refused, "\(wrong) \(seed), propensities only")
        }
    }

    @Test("propensities that are right are not doubted")
    func propensities() {
        for line in DoubtfulLogs.rightPropensities(rows: 600, logs: 60, seed: 500) {
            #expect(line.falselyShown == 0, "\(line)")
        }
    }

    @Test("chi-square quantiles equal SciPy's, for few and many degrees of freedom, whole or not")
    func chiSquare() {
        for (probability, degrees, expected) in [
            (0.975, 2.0, 7.377758908227871), (0.025, 2.0, 0.05063561596857975), (0.975, 60.0, 83.2976748771732),
            (0.5, 1.0, 0.454936423119572), (0.025, 0.5, 5.273202591259991e-7), (0.975, 61.7, 85.30069490423311),
        ] {
            let found = ChiSquareQuantile.value(probability, degrees: degrees)
            #expect(abs(found / expected - 1) < 1e-10, "\(probability) \(degrees): \(found)")
        }
    }
}
