import BanditCore
import OffPolicy

/// How learners got where they are, as a long table: value, shares and posteriors over the accepted rows of the first replay.
struct LearningCurves {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    var csv: String {
        var lines = ["policy,accepted,row,quantity,category,arm,value"]
        let names = report.log.names
        for judgement in report.judgements {
            for point in judgement.learning?.checkpoints ?? [] {
                let head = "\(Self.field(judgement.policy)),\(point.accepted),\(point.row)"
                lines.append("\(head),mean_reward,,,\(report.log.metric.value(point.meanReward))")
                for (arm, share) in point.shares.enumerated() {
                    lines.append("\(head),share,,\(Self.field(names.arms[arm])),\(share)")
                }
                for (category, name) in names.categories.enumerated() {
                    let state = point.state[category]
                    for arm in names.arms.indices {
                        let cell = "\(Self.field(name)),\(Self.field(names.arms[arm]))"
                        let interval = state.interval(arm)
                        lines.append("\(head),posterior_mean,\(cell),\(state.mean(arm))")
                        lines.append("\(head),posterior_low,\(cell),\(interval.lower)")
                        lines.append("\(head),posterior_high,\(cell),\(interval.upper)")
                        lines.append("\(head),observations,\(cell),\(state.count[arm])")
                    }
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func field(_ text: String) -> String {
        text.contains { ",\"\n\r".contains($0) }
            ? "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\"" : text
    }
}
