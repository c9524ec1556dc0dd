/// A benchmark that discounts itself cell by cell where live evidence disagrees with it (Schmidli et al. 2014).
///
/// Unlike pseudo-observations added to the table, it stays apart: each cell counts min(mass, rows) pseudo-observations times
/// the posterior probability that the benchmark holds there.
package struct BenchmarkPrior: Sendable, Equatable {
    package let summary: OutcomeSummary
    /// Pseudo-observations a cell at most.
    package let mass: Double
    /// Probability, before any evidence, that the benchmark holds in a cell; 1: it is never doubted.
    package let weight: Double

    package init(summary: OutcomeSummary, mass: Double, weight: Double = 0.8) {
        precondition(mass > 0 && mass.isFinite, "a prior's mass must be positive")
        precondition(weight >= 0 && weight <= 1, "the benchmark's weight is a probability")
        self.summary = summary
        self.mass = mass
        self.weight = weight
    }

    /// What the benchmark adds to a cell whose live rewards are given.
    package func evidence(category: Int, arm: Int, live: SignalSums) -> SignalSums {
        guard category < summary.categoryCount, arm < summary.armCount else { return SignalSums() }
        let pseudo = summary.reward(category: category, arm: arm, mass: mass)
        guard let mean = pseudo.mean, weight > 0 else { return SignalSums() }
        let prior = RobustPrior(mean: mean, mass: pseudo.count, weight: weight)
        return pseudo.scaled(by: prior.belief(successes: live.sum, failures: live.count - live.sum))
    }
}

extension LearningModel {
    /// A cell's rewards: observed, and what is believed of the benchmark.
    func evidence(of table: CellTable, category: Int, arm: Int, factor: Double) -> SignalSums {
        let live = table.reward(category: category, arm: arm, factor: factor)
        guard let benchmark else { return live }
        return live + benchmark.evidence(category: category, arm: arm, live: live)
    }
}
