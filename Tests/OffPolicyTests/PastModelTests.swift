import OffPolicy
import Testing

/// Estimates worked out by their definitions, row by row and arm by arm, beside those of the sweeps that are fast.
@Suite("What is fast equals what is plain")
struct PastModelTests {
    /// Rows of three categories with probabilities and wishes of their own.
    private static func rows(_ count: Int, arms: Int) -> [LogFixture.Row] {
        var state = 88_172_645_463_325_252 as UInt64
        func uniform() -> Double {
            // Marsaglia's xorshift.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Double(state >> 11) * 0x1p-53
        }
        func distribution() -> [Double] {
            let raw = (0..<arms).map { _ in 0.05 + uniform() }
            let sum = raw.reduce(0, +)
            return raw.map { $0 / sum }
        }
        let names = (0..<arms).map { "arm-\($0)" }
        return (0..<count).map { _ in
            let logged = distribution()
            let arm = Int(saturating: uniform() * Double(arms))
            return LogFixture.Row(
                category: "c\(Int(saturating: uniform() * 3))", arms: names, probabilities: logged,
                propensity: logged[arm],
                arm: names[arm], reward: (uniform() * 8).rounded() / 8, target: distribution())
        }
    }

    /// The pooled model's value of (category, arm) by the rows given.
    private static func model(_ rows: ArraySlice<LogFixture.Row>, _ category: String, _ arm: String) -> Double {
        func mean(_ rows: [LogFixture.Row], towards prior: Double, strength: Double) -> Double {
            (rows.reduce(0) { $0 + $1.reward! } + strength * prior) / (Double(rows.count) + strength)
        }
        let overall = mean(Array(rows), towards: 0.5, strength: 1)
        let ofArm = mean(rows.filter { $0.arm == arm }, towards: overall, strength: 4)
        return mean(rows.filter { $0.arm == arm && $0.category == category }, towards: ofArm, strength: 4)
    }

    private struct Plain {
        var weights: [Double] = []
        var rewards: [Double] = []
        var ofArm: [Double] = []
        var ofPolicy: [Double] = []
        var fullOfPolicy: [Double] = []
        /// Σ over arms of π²/p.
        var spreads: [Double] = []

        init(_ rows: [LogFixture.Row]) {
            for (index, row) in rows.enumerated() {
                let arm = row.arms.firstIndex(of: row.arm)!
                let past = row.arms.map { PastModelTests.model(rows[..<index], row.category, $0) }
                let full = row.arms.map { PastModelTests.model(rows[...], row.category, $0) }
                let target = row.target!
                weights.append(target[arm] / row.propensity!)
                rewards.append(row.reward!)
                ofArm.append(past[arm])
                ofPolicy.append(zip(target, past).reduce(0) { $0 + $1.0 * $1.1 })
                fullOfPolicy.append(zip(target, full).reduce(0) { $0 + $1.0 * $1.1 })
                spreads.append(zip(target, row.probabilities!).reduce(0) { $0 + $1.0 * $1.0 / $1.1 })
            }
        }

        func robust(_ shrink: (Double) -> Double) -> [Double] {
            weights.indices.map { ofPolicy[$0] + shrink(weights[$0]) * (rewards[$0] - ofArm[$0]) }
        }
    }

    @Test(
        "by session, no row's model has seen rows of its own session", arguments: RewardModel.allCases,
        [CrossFit.past, .folds(3)])
    func sessions(model: RewardModel, fit: CrossFit) throws {
        // Sessions of one to seven rows, interleaved; every ninth row is of none.
        var rows = Self.rows(400, arms: 3)
        for index in rows.indices where index % 9 != 0 { rows[index].session = "s\(index % 7 + 7 * (index / 40))" }
        var first: [String: Int] = [:]
        var clusters: [Int] = []
        for (index, row) in rows.enumerated() {
            let name = row.session ?? "alone \(index)"
            if first[name] == nil { first[name] = first.count }
            clusters.append(first[name]!)
        }
        var sum = 0.0
        for (index, row) in rows.enumerated() {
            let seen = rows.indices.filter { other in
                switch fit {
                case .past: other < index && clusters[other] != clusters[index]
                default: clusters[other] % 3 != clusters[index] % 3
                }
            }
            let known = seen.map { rows[$0] }
            let values = row.arms.map { arm in
                model == .pooled ? Self.model(known[...], row.category, arm) : Self.cellMean(known, row.category, arm)
            }
            let arm = row.arms.firstIndex(of: row.arm)!
            let weight = row.target![arm] / row.propensity!
            sum += zip(row.target!, values).reduce(0) { $0 + $1.0 * $1.1 } + weight * (row.reward! - values[arm])
        }
        var settings = EvaluationSettings(estimators: [EstimatorSpecification(.dr)], intervals: [.normal])
        settings.rewardModel = model
        settings.crossFit = fit
        settings.clustersBySession = true
        let log = try LogFixture.log(rows)
        let found = LogFixture.evaluate(TargetPolicy.column("t", log.rows)!, log, settings).value(.dr)!
        #expect(abs(found - sum / Double(rows.count)) < 1e-12)
    }

    private static func cellMean(_ rows: [LogFixture.Row], _ category: String, _ arm: String) -> Double {
        func mean(_ rows: [LogFixture.Row]) -> Double? {
            rows.isEmpty ? nil : rows.reduce(0) { $0 + $1.reward! } / Double(rows.count)
        }
        let ofArm = rows.filter { $0.arm == arm }
        return mean(ofArm.filter { $0.category == category }) ?? mean(ofArm) ?? mean(rows) ?? 0.5
    }

    private static func moments(_ values: [Double]) -> (mean: Double, error: Double) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / (n - 1) / n).squareRoot())
    }

    @Test(
        "every estimator with a model of the past, whatever the number of arms, even or odd",
        arguments: [1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 16, 17])
    func models(arms: Int) throws {
        // More rows than a block has, and not a multiple of two.
        let rows = Self.rows(301, arms: arms)
        let log = try LogFixture.log(rows)
        let plain = Plain(rows)
        var settings = EvaluationSettings(intervals: [.normal])
        settings.estimators += [.clippedIPS, .switchDR].map { EstimatorSpecification($0, parameter: .value(1.1)) }
        let evaluation = LogFixture.evaluate(.column("t", log.rows)!, log, settings)
        let n = 301.0
        let lambda = evaluation.results.first { $0.specification.kind == .subGaussian }!.parameter!
        func weighted(_ shrink: (Double) -> Double) -> [Double] {
            zip(plain.weights, plain.rewards).map { shrink($0) * $1 }
        }
        let expected: [(EstimatorKind, (mean: Double, error: Double))] = [
            (.ips, Self.moments(weighted { $0 })), (.dr, Self.moments(plain.robust { $0 })),
            (.dros, Self.moments(plain.robust { n * $0 / ($0 * $0 + n) })),
            (.subGaussian, Self.moments(weighted { $0 / (1 - lambda + lambda * $0) })),
        ]
        for (kind, (mean, error)) in expected {
            #expect(abs(evaluation.value(kind)! - mean) < 1e-12, "\(kind.rawValue)")
            #expect(abs(evaluation.error(kind)! - error) < 1e-12, "\(kind.rawValue)")
        }
        #expect(abs(evaluation.value(.dm)! - Self.moments(plain.fullOfPolicy).mean) < 1e-12)
        let limited = [
            (EstimatorKind.clippedIPS, Self.moments(weighted { min($0, 1.1) })),
            (.switchDR, Self.moments(plain.robust { $0 <= 1.1 ? $0 : 0 })),
        ]
        for (kind, (mean, error)) in limited {
            let point = evaluation.results.last { $0.specification.kind == kind }!.point
            #expect(abs(point.value! - mean) < 1e-12 && abs(point.standardError! - error) < 1e-12, "\(kind.rawValue)")
        }
    }

    @Test("aw-aipw weighs a row by what the rows before it say, each category by its last")
    func adaptive() throws {
        let rows = Self.rows(200, arms: 4)
        let log = try LogFixture.log(rows)
        let plain = Plain(rows)
        let terms = plain.robust { $0 }
        var settings = EvaluationSettings(intervals: [])
        settings.estimators = [EstimatorSpecification(.adaptivelyWeighted)]
        let evaluation = LogFixture.evaluate(.column("t", log.rows)!, log, settings)
        let weights = rows.indices.map { row -> Double in
            guard row > 0 else { return 1 / plain.spreads[0].squareRoot() }
            let mean = rows[..<row].reduce(0) { sum, earlier in
                sum + plain.spreads[rows[..<row].lastIndex { $0.category == earlier.category }!]
            }
            return 1 / (mean / Double(row)).squareRoot()
        }
        let total = weights.reduce(0, +)
        let value = zip(weights, terms).reduce(0) { $0 + $1.0 * $1.1 } / total
        let squares = zip(weights, terms).reduce(0) { $0 + $1.0 * $1.0 * ($1.1 - value) * ($1.1 - value) }
        #expect(abs(evaluation.value(.adaptivelyWeighted)! - value) < 1e-12)
        #expect(abs(evaluation.error(.adaptivelyWeighted)! - (squares * 200 / 199).squareRoot() / total) < 1e-12)
    }
}
