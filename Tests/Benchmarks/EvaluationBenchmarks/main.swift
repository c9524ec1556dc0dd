import BanditCore
import Foundation
import LogFiles
import OffPolicy

// Speed of offline evaluation: `EvaluationBenchmarks [memory | bootstrap | file] [rows]`, best of several runs. Beside the time of
// the clock stands processor time, which other programs on the machine disturb less.
let arguments = CommandLine.arguments
let what = arguments.count > 1 ? arguments[1] : "all"
let rowCount = arguments.count > 2 ? Int(arguments[2]) ?? 1_000_000 : 1_000_000

func best(of runs: Int, _ body: () -> Void) -> Elapsed {
    var best = Elapsed.measure(body)
    for _ in 1..<runs { best = best.least(Elapsed.measure(body)) }
    return best
}

if what == "memory" || what == "bootstrap" || what == "all" {
    let log = SyntheticLog.make(rows: rowCount, arms: 10, categories: 5)
    let range = 0..<rowCount
    var settings = EvaluationSettings(intervals: [.normal])
    let policy = TargetPolicy.column("new", log.rows)!
    if what != "bootstrap" {
        let points = best(of: 40) {
            let rewards = FittedRewards(log, range: range, model: .pooled, crossFit: .past)
            _ = PolicyEvaluation(policy, log: log, range: range, rewards: rewards, settings: settings)
        }
        print("\(rowCount) rows × 10 arms, ten estimators with standard errors, one core: \(points)")
        let rewards = FittedRewards(log, range: range, model: .pooled, crossFit: .past)
        let evaluation = PolicyEvaluation(policy, log: log, range: range, rewards: rewards, settings: settings)
        let intervals = best(of: 40) { _ = IntervalMaker([evaluation], settings: settings) }
        print("  bounds of the shrunken estimators' bias, over all arms: \(intervals)")
    }
    settings.intervals = [.bootstrap]
    let rewards = FittedRewards(log, range: range, model: .pooled, crossFit: .past)
    let evaluation = PolicyEvaluation(policy, log: log, range: range, rewards: rewards, settings: settings)
    let bootstrap = best(of: 5) { _ = IntervalMaker([evaluation], settings: settings) }
    print("  1000 bootstrap replicates of ten estimators: \(bootstrap)")
}
if what == "file" || what == "all" {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("evaluation-benchmark.jsonl.gz").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SyntheticLog.write(rows: rowCount, arms: 10, categories: 5, to: path)
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    let loading = Elapsed.measure { _ = try? JSONLinesLog(path: path).load() }
    print(
        "\(rowCount) rows of JSON lines, gzip (\(size >> 20) MB): \(loading), \(PeakMemory.megabytes) MB resident at most"
    )
}
