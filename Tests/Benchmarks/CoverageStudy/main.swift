import EvaluationStudies
import Foundation
import LogFiles
import PolicySimulator

// The coverage table of OfflineEvaluation.md: `CoverageStudy [TABLE.csv.gz] [logs] [rows] [arms]`. Without a table (or with -), a made-up one.
let arguments = CommandLine.arguments
func number(_ index: Int, _ standard: Int) -> Int {
    arguments.count > index ? Int(arguments[index]) ?? standard : standard
}

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
    study.fits = [.past, .none, .noneCellMean]
    for line in study.run(seed: 1000) {
        print(
            String(
                format: "| %@ | %@ | %@ | %@ | %@ | %.1f | %.4f | %+.4f |", line.behaviour.rawValue, line.policy,
                line.estimator,
                line.interval, line.crossFit, line.coverage * 100, line.width, line.bias))
    }
    fflush(nil)
}
