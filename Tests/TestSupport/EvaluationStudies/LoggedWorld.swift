import BanditCore
package import OffPolicy
package import PolicySimulator

/// Logs drawn from an outcome table, in which every policy's true value is known.
package struct LoggedWorld: Sendable {
    /// Who writes a log.
    package enum Behaviour: String, Sendable, CaseIterable {
        /// Probabilities that differ by category and stay.
        case stationary
        /// Thompson sampling from Beta(1, 1) in every cell with a floor, learning after every row.
        case thompson
    }

    /// Least probability of an arm under `thompson`.
    package static let floor = 0.05

    private let table: OutcomeTable
    private let names: LogNames
    private let categoryOfRow: [Int]
    /// `[category][arm]`.
    private let logged: [[Double]]
    private let targets: [(name: String, byCategory: [[Double]])]

    /// A world over the first `arms` models of a table.
    package init(_ table: OutcomeTable, arms: Int, seed: UInt64) {
        self.table = table
        let categories = table.categories ?? [String](repeating: "", count: table.rowCount)
        let distinct = Array(Set(categories)).sorted()
        let index = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
        categoryOfRow = categories.map { index[$0]! }
        let models = Array(table.models.prefix(arms))
        names = LogNames(arms: models, categories: distinct, armLists: [Array(models.indices)])
        var generator = Xoshiro256StarStar(seed: seed, stream: 77)
        func draw(_ floor: Double) -> [[Double]] {
            distinct.map { _ in
                let raw = models.map { _ in generator.uniform() }
                let sum = raw.reduce(0, +)
                return raw.map { floor + (1 - Double(models.count) * floor) * $0 / sum }
            }
        }
        logged = draw(0.08)
        let uniform = distinct.map { _ in models.map { _ in 1 / Double(models.count) } }
        let first = distinct.map { _ in models.indices.map { $0 == 0 ? 1.0 : 0.0 } }
        targets = [("uniform", uniform), ("stochastic", draw(0.02)), ("fixed", first)]
    }

    package var policies: [String] { targets.map(\.name) }

    /// The value of a policy: every arm's outcome on every prompt is in the table.
    package func truth(_ policy: Int) -> Double {
        var total = 0.0
        for row in 0..<table.rowCount {
            for arm in names.arms.indices {
                total += targets[policy].byCategory[categoryOfRow[row]][arm] * table.score(row: row, model: arm)
            }
        }
        return total / Double(table.rowCount)
    }

    /// A log of prompts drawn with replacement.
    package func log(_ behaviour: Behaviour, rows: Int, seed: UInt64) -> DecisionLog {
        var generator = Xoshiro256StarStar(seed: seed, stream: 1)
        var builder = DecisionLogBuilder()
        let list = builder.armList(names.arms.map { builder.arm($0) })
        for category in names.categories { _ = builder.category(category) }
        for target in targets { _ = builder.target(target.name) }
        var specification = LearnerSpecification(name: "thompson", policy: .thompson)
        specification.pooling = .none
        specification.floor = Self.floor
        var learner = try! Learner(specification, names: names)
        for index in 0..<rows {
            let prompt = Int(saturating: generator.uniform() * Double(table.rowCount))
            let category = categoryOfRow[prompt]
            let probabilities =
                behaviour == .stationary ? logged[category] : learner.distribution(category: category, list: list)
            let arm = ActionDistribution(probabilities: probabilities).draw(using: &generator)
            let reward = table.score(row: prompt, model: arm)
            var row = DecisionLogBuilder.Row()
            row.line = index + 1
            row.identity = seed &* 1_000_003 &+ UInt64(index)
            row.category = category
            row.armList = list
            row.slot = arm
            row.servedArm = arm
            row.propensity = probabilities[arm]
            row.reward = reward
            let masses = targets.map { $0.byCategory[category] }
            probabilities.withUnsafeBufferPointer { builder.append(row, probabilities: $0, targets: masses) }
            if behaviour == .thompson { learner.observe(category: category, arm: arm, reward: reward, time: 0) }
        }
        return builder.finish()
    }

    /// A table made up for tests: Bernoulli outcomes whose means differ by arm and category.
    package static func madeUpTable(prompts: Int, arms: Int, categories: Int, seed: UInt64) -> OutcomeTable {
        var generator = Xoshiro256StarStar(seed: seed, stream: 3)
        let means = (0..<categories).map { _ in (0..<arms).map { _ in 0.25 + 0.5 * generator.uniform() } }
        let scores = (0..<prompts).flatMap { row in means[row % categories].map { generator.uniform() < $0 ? 1.0 : 0.0 }
        }
        return OutcomeTable(
            promptIDs: (0..<prompts).map { "p\($0)" }, categories: (0..<prompts).map { "c\($0 % categories)" },
            models: (0..<arms).map { "m\($0)" }, scores: scores)
    }
}
