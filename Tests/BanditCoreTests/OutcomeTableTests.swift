import BanditCore
import Foundation
import Testing

/// An outcome table, read from the data folder beside the package: `BANDIT_ROUTER_DATA`, else `../shared/data`.
private struct OutcomeTable {
    let categories: Int
    let arms: Int
    let category: [Int]
    /// `[prompt][arm]`.
    let score: [[Double]]

    static func path(_ name: String) -> String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["BANDIT_ROUTER_DATA"]
            ?? root.deletingLastPathComponent().appendingPathComponent("shared/data").path
        let path = folder + "/" + name + ".csv.gz"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    init(path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        var rows: [[String]] = [[]]
        var (field, quoted): ([UInt8], Bool) = ([], false)
        for byte in bytes {
            switch (byte, quoted) {
            case (0x22, _): quoted.toggle()
            case (0x2C, false):
                rows[rows.count - 1].append(String(decoding: field, as: UTF8.self))
                field = []
            case (0x0A, false):
                rows[rows.count - 1].append(String(decoding: field, as: UTF8.self))
                rows.append([])
                field = []
            default: field.append(byte)
            }
        }
        rows.removeAll { $0.count < 2 }
        let columns = rows[0].indices.filter { rows[0][$0].hasPrefix("score|") }
        let groups = rows[0].firstIndex(of: "category") ?? 1
        var index: [String: Int] = [:]
        var (category, score): ([Int], [[Double]]) = ([], [])
        for row in rows.dropFirst() {
            category.append(index[row[groups], default: index.count])
            index[row[groups]] = category[category.count - 1]
            score.append(columns.map { Double(row[$0]) ?? 0 })
        }
        (categories, arms, self.category, self.score) = (index.count, columns.count, category, score)
    }

    /// The mean reward of one pass over the table in an order of its own.
    func pass(_ model: LearningModel, order: UInt64) -> Double {
        var shuffle = Xoshiro256StarStar(seed: 1, stream: order)
        var generator = Xoshiro256StarStar(seed: 2, stream: order)
        var table = CellTable(categories: categories, arms: arms)
        var learner = IncrementalPosterior(model: model, table: table)
        var total = 0.0
        for prompt in category.indices.shuffled(using: &shuffle) {
            let group = category[prompt]
            let arm = ThompsonPolicy().draw(learner.posterior[group], eligible: ArmSet(first: arms), using: &generator)
            let reward = score[prompt][arm]
            total += reward
            table.addReward(category: group, arm: arm, value: reward, time: 0)
            learner.observed(category: group, arm: arm, in: table)
        }
        return total / Double(category.count)
    }
}

@Suite struct OutcomeTableTests {
    /// Mean reward of one pass, 20 shared orders; the reference reaches .615 and .714 with concentration 2.
    @Test(
        "pooled Thompson beats flat and global Thompson on real outcomes, by more than two paired standard errors",
        arguments: [("ulab_llmrouter", 0.60), ("mmlu_pro", 0.70)])
    func pooling(_ name: String, _ least: Double) throws {
        guard let path = OutcomeTable.path(name) else {
            print("skipped: \(name).csv.gz is not there; set BANDIT_ROUTER_DATA to the folder that holds it")
            return
        }
        let outcomes = try OutcomeTable(path: path)
        let priors = [ArmPrior](repeating: ArmPrior(), count: outcomes.arms)
        func rewards(_ pooling: Pooling, _ concentration: Double) -> [Double] {
            let model = LearningModel(
                priors: priors, pooling: pooling, concentration: .constant(concentration), graded: true)
            let orders = ProcessInfo.processInfo.environment["BANDIT_ROUTER_ORDERS"].flatMap { UInt64($0) } ?? 20
            return (0..<orders).map { outcomes.pass(model, order: $0) }
        }
        let pooled = rewards(.pooled, 2)
        let mean = Check.mean(pooled)
        print("\(name): \(outcomes.category.count) prompts, pooled \(mean) ± \(Check.standardError(pooled))")
        #expect(mean >= least)
        for rival in [Pooling.none, .global] {
            let differences = zip(pooled, rewards(rival, 1)).map { $0 - $1 }
            let (gain, error) = (Check.mean(differences), Check.standardError(differences))
            print("\(name): pooled \(mean), \(rival.rawValue) \(mean - gain), paired standard error \(error)")
            #expect(gain > 2 * error)
        }
    }
}
