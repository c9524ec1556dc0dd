import Foundation
import PolicySimulator

/// Writes what a simulation found.
struct SimulationOutput {
    let summary: SimulationSummary

    /// `summary.json`, `curves.csv` and `report.html` in a folder, which is made where it is missing.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in [
            ("summary.json", summary.json()), ("curves.csv", summary.csv()), ("report.html", summary.html()),
        ] {
            try Data(text.utf8).write(to: URL(filePath: folder).appending(path: name), options: .atomic)
        }
    }

    /// For people.
    func table() -> String {
        let labels = summary.labels
        var rows = [
            ["policy", "mean reward", "last quarter", "cost/request", "total reward", "total regret", "most used"]
        ]
        for policy in summary.policies {
            func cell(_ value: (RunResult) -> Double?, _ digits: Int, scale: Double = 1) -> String {
                guard let estimate = policy.estimate(value) else { return "–" }
                let mean = Self.fixed(estimate.mean * scale, digits)
                return labels.replications > 1
                    ? mean + " ± " + Self.fixed(estimate.standardError * scale, digits) : mean
            }
            let shares = labels.arms.indices.map { arm in policy.estimate { $0.armShares[arm] }?.mean ?? 0 }
            let most = labels.arms.indices.max { shares[$0] < shares[$1] } ?? 0
            let total = Double(labels.rounds)
            rows.append([
                policy.id, cell(\.meanReward, 4), cell(\.meanRewardLastQuarter, 4),
                policy.estimate(\.meanCostUSD).map { "$" + Self.significant($0.mean) } ?? "–",
                cell(\.meanReward, 1, scale: total), cell(\.cumulativeRegret, 1),
                "\(labels.arms[most]) \(Self.fixed(100 * shares[most], 0)) %",
            ])
        }
        let counts = "\(labels.rounds) rounds, \(labels.replications) replications, seed \(labels.seed)"
        let title = "\(labels.title): \(counts), \(labels.arms.count) arms, \(labels.categories.count) categories"
        return title + "\n\n" + Self.align(rows)
    }

    static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    static func significant(_ value: Double) -> String { String(format: "%.4g", value) }

    /// Columns of text, the first to the left and the others to the right.
    private static func align(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n") + "\n"
    }
}
