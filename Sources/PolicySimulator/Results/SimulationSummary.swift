/// What names and limits of a simulation its outputs show.
package struct SimulationLabels: Sendable, Equatable, Codable {
    package var title: String
    package var policies: [String]
    package var arms: [String]
    package var categories: [String]
    package var rounds: Int
    package var replications: Int
    package var seed: UInt64
    /// Allowed on average; nil without such a budget.
    package var budgetUSDPerRequest: Double?

    package init(
        title: String, policies: [String], arms: [String], categories: [String], rounds: Int, replications: Int,
        seed: UInt64, budgetUSDPerRequest: Double? = nil
    ) {
        self.title = title
        self.policies = policies
        self.arms = arms
        self.categories = categories
        self.rounds = rounds
        self.replications = replications
        self.seed = seed
        self.budgetUSDPerRequest = budgetUSDPerRequest
    }
}

/// All replications of one policy, added up in the order of their numbers.
package struct PolicySummary: Sendable {
    package struct Curve: Sendable {
        package var round: Int
        package var regret: CurvePoint?
        package var reward: CurvePoint
        package var costUSD: CurvePoint?
        package var shadowPrice: CurvePoint?
    }

    package let id: String
    package let runs: [RunResult]
    package let curves: [Curve]
    /// `[bin][category][arm]`: choices of all replications together.
    package let choices: [Int]

    /// - Parameter runs: of this policy, by replication.
    package init(id: String, runs: [RunResult]) {
        precondition(!runs.isEmpty, "a summary needs a run")
        self.id = id
        self.runs = runs
        curves = runs[0].checkpoints.indices.map { index in
            let points = runs.map { $0.checkpoints[index] }
            guard let reward = CurvePoint(points.map(\.cumulativeReward)) else {
                preconditionFailure("rewards are known")
            }
            return Curve(
                round: points[0].round, regret: CurvePoint(points.map(\.cumulativeRegret)), reward: reward,
                costUSD: CurvePoint(points.map(\.cumulativeCostUSD)), shadowPrice: CurvePoint(points.map(\.shadowPrice))
            )
        }
        var choices = runs[0].choices
        for run in runs.dropFirst() {
            for index in choices.indices { choices[index] += run.choices[index] }
        }
        self.choices = choices
    }

    package func estimate(_ value: (RunResult) -> Double?) -> MeanEstimate? { MeanEstimate(runs.map(value)) }

    /// The difference to another policy in the same worlds: its standard error is that of the pairs.
    package func difference(to other: PolicySummary, _ value: (RunResult) -> Double?) -> MeanEstimate? {
        MeanEstimate(
            zip(runs, other.runs).map { own, theirs in
                guard let a = value(own), let b = value(theirs) else { return nil }
                return a - b
            })
    }
}

/// Everything a simulation found, ready to be written.
package struct SimulationSummary: Sendable {
    package let labels: SimulationLabels
    package let policies: [PolicySummary]

    /// - Parameter results: every replication of every policy, in any order.
    package init(labels: SimulationLabels, results: [RunResult]) {
        self.labels = labels
        policies = labels.policies.indices.map { index in
            PolicySummary(
                id: labels.policies[index],
                runs: results.filter { $0.policy == index }.sorted { $0.replication < $1.replication })
        }
    }
}
