import Foundation
import LogFiles
import OffPolicy

/// The Open Bandit Dataset sample as a decision log: position is the category, propensities only.
enum OpenBanditData {
    /// The folder of real data, when it is there: `BANDIT_ROUTER_DATA`, or `../shared/data` beside the package.
    static let folder: String? = {
        let environment = ProcessInfo.processInfo.environment["BANDIT_ROUTER_DATA"]
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = environment ?? package.deletingLastPathComponent().appendingPathComponent("shared/data").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    static func log(_ name: String) throws -> DecisionLog {
        let csv = try CSVReader(path: "\(folder!)/obd_men/\(name).csv.gz")
        _ = try csv.next()
        var columns: [String: Int] = [:]
        for index in 0..<csv.fieldCount { columns[try csv.field(index)] = index }
        let arms = (0..<34).map { "\($0)" }
        var builder = DecisionLogBuilder()
        var line = 0
        while try csv.next() {
            line += 1
            var decision = LoggedDecision(
                id: "\(line)", arms: arms, arm: try csv.field(columns["item_id"]!),
                propensity: Double(try csv.field(columns["propensity_score"]!)),
                reward: Double(try csv.field(columns["click"]!)))
            decision.category = try csv.field(columns["position"]!)
            try builder.add(decision, line: line)
        }
        return builder.finish()
    }
}
