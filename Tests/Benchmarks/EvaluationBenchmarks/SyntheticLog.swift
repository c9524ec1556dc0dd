import BanditCore
import LogFiles
import OffPolicy

/// Logs of a random policy over Bernoulli arms, every row with its own probabilities.
enum SyntheticLog {
    static func make(rows: Int, arms: Int, categories: Int, seed: UInt64 = 1) -> DecisionLog {
        var builder = DecisionLogBuilder()
        let list = builder.armList((0..<arms).map { builder.arm("arm-\($0)") })
        for category in 0..<categories { _ = builder.category("category-\(category)") }
        _ = builder.target("new")
        forEachRow(rows, arms, categories, seed) { index, category, logged, target, arm, reward in
            var row = DecisionLogBuilder.Row()
            row.line = index + 1
            row.identity = UInt64(index)
            row.category = category
            row.armList = list
            row.slot = arm
            row.servedArm = arm
            row.propensity = logged[arm]
            row.reward = reward
            logged.withUnsafeBufferPointer { builder.append(row, probabilities: $0, targets: [target]) }
        }
        return builder.finish()
    }

    static func write(rows: Int, arms: Int, categories: Int, to path: String) throws {
        let writer = try DecisionLogWriter(path: path)
        let names = (0..<arms).map { "arm-\($0)" }
        var failure: (any Error)?
        forEachRow(rows, arms, categories, 2) { index, category, logged, target, arm, reward in
            var decision = LoggedDecision(
                id: "decision-\(index)", arms: names, arm: names[arm], probabilities: logged, propensity: logged[arm],
                reward: reward)
            decision.category = "category-\(category)"
            decision.targetProbabilities = ["new": target]
            do { try writer.write(decision) } catch { failure = error }
        }
        if let failure { throw failure }
        try writer.close()
    }

    private static func forEachRow(
        _ rows: Int, _ arms: Int, _ categories: Int, _ seed: UInt64,
        _ body: (Int, Int, [Double], [Double], Int, Double) -> Void
    ) {
        var generator = Xoshiro256StarStar(seed: seed, stream: 0)
        func distribution() -> [Double] {
            var values = (0..<arms).map { _ in 0.1 + generator.uniform() }
            let sum = values.reduce(0, +)
            for arm in values.indices { values[arm] /= sum }
            return values
        }
        for index in 0..<rows {
            let logged = distribution()
            let target = distribution()
            let category = Int(saturating: generator.uniform() * Double(categories))
            let arm = ActionDistribution(probabilities: logged).draw(using: &generator)
            let mean = 0.2 + 0.6 * Double((arm * 7 + category * 3) % 10) / 10
            body(index, category, logged, target, arm, generator.uniform() < mean ? 1 : 0)
        }
    }
}
