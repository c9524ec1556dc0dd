import Foundation
import LogFiles
import OffPolicy
import Testing

/// Numbers of `Golden/make_golden.py`: the reference's values and standard errors, and Open Bandit Pipeline's values.
@Suite("Estimates equal the reference and Open Bandit Pipeline")
struct GoldenTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Golden")

    private nonisolated(unsafe) static let cases: [[String: Any]] = {
        let data = FileManager.default.contents(atPath: folder.appendingPathComponent("golden.json").path)!
        let all = try! JSONSerialization.jsonObject(with: data) as! [String: Any]
        precondition(all["obp"] as? Bool == true, "the numbers were made beside obp")
        return all["cases"] as! [[String: Any]]
    }()

    private static func near(_ left: Double?, _ right: Double, _ tolerance: Double = 1e-9) -> Bool {
        left.map { abs($0 - right) <= tolerance * max(1, abs(right)) } ?? false
    }

    private func log(_ name: String) throws -> DecisionLog {
        if name.hasPrefix("obd:") { return try OpenBanditData.log(String(name.dropFirst(4))) }
        return try JSONLinesLog(path: Self.folder.appendingPathComponent("\(name).jsonl").path).load()
    }

    private func policy(_ name: String, _ log: DecisionLog) -> TargetPolicy {
        let range = 0..<log.rows.count
        if name.hasPrefix("fixed:") { return .fixed(String(name.dropFirst(6)), log.names, log.rows)! }
        if name.hasPrefix("column:") { return .column(String(name.dropFirst(7)), log.rows)! }
        return name == "uniform" ? .uniform(log.names, log.rows) : .logged(log.rows, range: range)
    }

    private func settings(_ golden: [String: Any]) -> EvaluationSettings {
        let parameters = golden["parameters"] as! [String: Double]
        var settings = EvaluationSettings(intervals: [.normal, .empiricalBernstein, .anytime])
        settings.estimators = EstimatorKind.standard.map { kind in
            EstimatorSpecification(kind, parameter: parameters[kind.rawValue].map { .value($0) } ?? .standard)
        }
        settings.rewardModel = RewardModel(rawValue: golden["model"] as! String)!
        settings.crossFit = CrossFit(golden["cross_fit"] as! String)!
        // The formulas, before an interval is cut to [0, 1] and rare events get theirs.
        settings.mendsIntervals = false
        return settings
    }

    private func check(_ golden: [String: Any], _ log: DecisionLog) {
        let range = 0..<log.rows.count
        let name = "\(golden["log"]!) \(golden["policy"]!) \(golden["model"]!) \(golden["cross_fit"]!)"
        let settings = settings(golden)
        let rewards = FittedRewards(log, range: range, model: settings.rewardModel, crossFit: settings.crossFit)
        let policy = policy(golden["policy"] as! String, log)
        let evaluation = PolicyEvaluation(policy, log: log, range: range, rewards: rewards, settings: settings)
        let reference = golden["reference"] as! [String: [Double]]
        var compared = 0
        for result in evaluation.results {
            let kind = result.specification.kind.rawValue
            guard let expected = reference[kind] else { continue }
            #expect(Self.near(result.point.value, expected[0]), "\(name) \(kind)")
            #expect(Self.near(result.point.standardError, expected[1]), "\(name) \(kind) standard error")
            compared += 1
        }
        #expect(compared == reference.count)
        for (kind, value) in golden["obp"] as? [String: Double] ?? [:] {
            let result = evaluation.results.first { $0.specification.kind.rawValue == kind }
            #expect(Self.near(result?.point.value, value), "\(name) \(kind) of obp")
        }
        checkDiagnostics(golden, evaluation, name)
        checkIntervals(golden, IntervalMaker([evaluation], settings: settings), evaluation, name)
    }

    private func checkDiagnostics(_ golden: [String: Any], _ evaluation: PolicyEvaluation, _ name: String) {
        let expected = golden["diagnostics"] as! [String: Double]
        let found = evaluation.diagnostics
        #expect(Self.near(found.effectiveSampleSize, expected["effective_sample_size"]!), "\(name)")
        #expect(Self.near(found.maximumWeight, expected["max_weight"]!), "\(name)")
        #expect(Self.near(found.meanWeight, expected["mean_weight"]!), "\(name)")
        #expect(found.supportViolations.map(Double.init) == expected["support_violations"], "\(name)")
        if let mass = expected["unsupported_mass"] { #expect(Self.near(found.unsupportedMass, mass), "\(name)") }
    }

    private func checkIntervals(
        _ golden: [String: Any], _ maker: IntervalMaker, _ evaluation: PolicyEvaluation, _ name: String
    ) {
        let bernstein = golden["empirical_bernstein"] as? [String: [Double]] ?? [:]
        let bounds = golden["bias_bounds"] as? [String: Double] ?? [:]
        let normal = golden["normal"] as? [String: [Double]] ?? [:]
        for index in evaluation.results.indices {
            let kind = evaluation.results[index].specification.kind
            for answer in maker.answers(policy: 0, result: index) {
                if let bound = bounds[kind.rawValue], answer.method == .normal {
                    #expect(Self.near(answer.biasBound, bound), "\(name) \(kind) bias bound")
                }
                var expected: [Double]?
                if answer.method == .empiricalBernstein { expected = bernstein[kind.rawValue] }
                if answer.method == .normal { expected = normal[kind.rawValue] }
                if answer.method == .anytime, kind == .ips { expected = (golden["anytime"] as? [[Double]])?.last }
                guard let expected else { continue }
                #expect(Self.near(answer.interval?.low, expected[0]), "\(name) \(kind) \(answer.method)")
                #expect(Self.near(answer.interval?.high, expected[1]), "\(name) \(kind) \(answer.method)")
            }
        }
    }

    @Test(
        "on logs whose eligible sets differ, of graded rewards and rows of every kind",
        arguments: ["mixed", "plain", "propensities"])
    func small(name: String) throws {
        let log = try log(name)
        let cases = Self.cases.filter { $0["log"] as? String == name }
        #expect(cases.count == 40)
        for golden in cases { check(golden, log) }
    }

    @Test("on logs that a learner made of outcome tables", arguments: ["ulab_llmrouter", "mmlu_pro"])
    func outcomeTables(name: String) throws {
        let log = try log(name)
        let cases = Self.cases.filter { $0["log"] as? String == name }
        #expect(cases.count == 30)
        for golden in cases { check(golden, log) }
    }

    @Test(
        "on the Open Bandit Dataset, which has propensities only",
        .enabled(if: OpenBanditData.folder != nil, "shared data is not here"),
        arguments: ["random", "bts"])
    func openBanditDataset(name: String) throws {
        let log = try log("obd:\(name)")
        let cases = Self.cases.filter { $0["log"] as? String == "obd:\(name)" }
        #expect(cases.count == 10)
        for golden in cases { check(golden, log) }
    }

    @Test("the anytime interval equals the reference at an earlier sample size too")
    func anytimeEarlier() throws {
        let log = try log("plain")
        let golden = Self.cases.first {
            $0["log"] as? String == "plain" && $0["policy"] as? String == "uniform" && $0["anytime"] != nil
        }!
        let expected = golden["anytime"] as! [[Double]]
        let range = 0..<log.rows.count
        let weights = ImportanceWeights(.uniform(log.names, log.rows), log.rows, range: range).values
        let found = Interval.anytime(
            forValue: range.map { weights[$0] * log.rows.reward[$0] },
            forComplement: range.map { weights[$0] * (1 - log.rows.reward[$0]) },
            confidence: 0.95, at: [range.count / 3, range.count])
        for (interval, numbers) in zip(found, expected) {
            #expect(Self.near(interval.low, numbers[0]))
            #expect(Self.near(interval.high, numbers[1]))
        }
    }
}
