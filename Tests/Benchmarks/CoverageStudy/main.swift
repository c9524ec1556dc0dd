import EvaluationStudies
import Foundation
import LogFiles
import OffPolicy
import PolicySimulator

// The coverage tables of OfflineEvaluation.md: `CoverageStudy [TABLE.csv.gz] [logs] [rows] [arms] [normal]`. Without a table (or with -), a
// made-up one. With `normal`, only the intervals by influence values and the sequences, with models of the past: a tenth of the time, so that
// many more logs tell chance from a defect. `CoverageStudy doubtful [logs]`: learners, silence, rare events, sessions, propensities.
let arguments = CommandLine.arguments
func number(_ index: Int, _ standard: Int) -> Int {
    arguments.count > index ? Int(arguments[index]) ?? standard : standard
}

if arguments.count > 1, arguments[1] == "doubtful" {
    printDoubtful(logs: number(2, 1000), only: arguments.count > 3 ? arguments[3] : nil)
} else {
    try printCoverage()
}

/// The worlds of DESIGN-experiments §6; `only`: those whose group is called so.
func printDoubtful(logs: Int, only: String?) {
    print("| world | what | logs | covered % | mean width | false claims shown % |")
    print("|---|---|---|---|---|---|")
    func show(_ group: String, _ lines: @autoclosure () -> [DoubtfulLogs.Line]) {
        guard only == nil || only == group else { return }
        for line in lines() {
            let shown =
                line.falselyShown.map { String(format: "%.2f", 100 * Double($0) / Double(max(1, line.logs))) } ?? "–"
            print(
                String(
                    format: "| %@ | %@ | %d | %.1f | %.4f | %@ |", line.world, line.what, line.logs,
                    line.coverage * 100,
                    line.width, shown))
        }
        fflush(nil)
    }
    for arms in [2, 4, 10, 34] {
        show(
            "learners",
            DoubtfulLogs.learners(means: [Double](repeating: 0.5, count: arms), rows: 600, logs: logs, seed: 1_000))
    }
    show("learners", DoubtfulLogs.learners(means: [0.7, 0.5], rows: 600, logs: logs, seed: 2_000))
    show("learners", DoubtfulLogs.learners(means: [0.3, 0.5, 0.6, 0.8], rows: 600, logs: logs, seed: 3_000))
    for speaks in [(content: 0.5, others: 0.5), (0.5, 0.1)] {
        show("silence", DoubtfulLogs.silence(speaks: speaks, rows: 4_000, logs: logs, seed: 4_000))
    }
    let even = [Double](repeating: 0.05, count: 20)
    let skewed = [Double](repeating: 0.2, count: 4) + [Double](repeating: 0.0125, count: 16)
    show("clicks", DoubtfulLogs.clicks(rate: 0.002, probabilities: even, rows: 600, logs: logs, seed: 5_000))
    show("clicks", DoubtfulLogs.clicks(rate: 0.0004, probabilities: even, rows: 3_000, logs: logs, seed: 6_000))
    show(
        "clicks",
        DoubtfulLogs.clicks(
            rate: 0.005, probabilities: [0.25, 0.25, 0.25, 0.25], rows: 1_000, logs: logs, seed: 7_000))
    for rate in [0.003, 0.02] {
        show("clicks", DoubtfulLogs.clicks(rate: rate, probabilities: skewed, rows: 3_000, logs: logs, seed: 8_000))
    }
    show("sessions", DoubtfulLogs.sessions(count: 60, rowsEach: 20, logs: logs, seed: 9_000))
    show("sessions", DoubtfulLogs.sessions(count: 300, rowsEach: 4, logs: logs, seed: 10_000))
    show("sessions", DoubtfulLogs.sessions(count: 60, rowsEach: 20, keepsArm: true, logs: logs, seed: 9_000))
    show("propensities", DoubtfulLogs.rightPropensities(rows: 1_500, logs: logs, seed: 11_000))
}

func printCoverage() throws {
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
                    line.estimator, line.interval, line.crossFit, line.coverage * 100, line.width, line.bias))
        }
        fflush(nil)
    }
}
