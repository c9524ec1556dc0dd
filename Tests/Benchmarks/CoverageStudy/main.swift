import EvaluationStudies
import Foundation
import LogFiles
import OffPolicy
import PolicySimulator

// The coverage table of OfflineEvaluation.md: `CoverageStudy [TABLE.csv.gz] [logs] [rows] [arms] [normal]`. Without a table (or with -), a made-up one.
// With `normal`, only the intervals by influence values and the sequences, with models of the past: a tenth of the time, so that many more
// logs tell chance from a defect.
let arguments = CommandLine.arguments
func number(_ index: Int, _ standard: Int) -> Int {
    arguments.count > index ? Int(arguments[index]) ?? standard : standard
}

let isQuick = arguments.contains("normal")
let path = arguments.count > 1 ? arguments[1] : "-"
let logs = number(2, 1000)
let rows = number(3, 2000)
let arms = number(4, 4)
let table =
    path == "-"
    ? LoggedWorld.madeUpTable(prompts: 600, arms: arms, categories: 3, seed: 5)
    : try OutcomeTableReader.read(path: path)
let world = LoggedWorld(table, arms: arms, seed: 11)
print(
    "\(path == "-" ? "made-up table" : (path as NSString).lastPathComponent), \(logs) logs of \(rows) rows, \(arms) arms\n"
)
print("| log of | policy | estimator | interval | model | covered % | mean width | mean error |")
print("|---|---|---|---|---|---|---|---|")
for behaviour in LoggedWorld.Behaviour.allCases {
    var study = CoverageStudy(world: world, behaviour: behaviour, logs: logs, rows: rows)
    study.stoppingTimes = CoverageStudy.times(upTo: rows)
    study.fits = isQuick ? [.past] : [.past, .none, .noneCellMean]
    if isQuick { study.methods = [.normal] }
    for line in study.run(seed: 1000) {
        print(
            String(
                format: "| %@ | %@ | %@ | %@ | %@ | %.1f | %.4f | %+.4f |", line.behaviour.rawValue, line.policy,
                line.estimator,
                line.interval, line.crossFit, line.coverage * 100, line.width, line.bias))
    }
    fflush(nil)
}
