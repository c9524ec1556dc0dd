package import BanditCore

/// What a benchmark (an outcome table) says of the cells of a route before any feedback, worth a limited number of observations.
///
/// Kept apart from what was learned, like an arm's own prior: it is no event of the log, fades with no half-life, and goes when
/// the configuration no longer names it.
package struct RoutePriors: Sendable, Equatable {
    /// What was measured of an arm on the prompts of a category.
    package struct Cell: Sendable, Equatable {
        package var category: String
        package var arm: String
        /// Scores in [0, 1]: how many, their sum and the sum of their squares.
        package var rewards: SignalSums
        /// USD a request.
        package var costsUSD: SignalSums
        /// Milliseconds.
        package var latenciesMS: SignalSums

        package init(
            category: String, arm: String, rewards: SignalSums, costsUSD: SignalSums = SignalSums(),
            latenciesMS: SignalSums = SignalSums()
        ) {
            self.category = category
            self.arm = arm
            self.rewards = rewards
            self.costsUSD = costsUSD
            self.latenciesMS = latenciesMS
        }
    }

    /// The file it came from, as the configuration names it.
    package var path: String
    /// Observations a cell that the benchmark counts for at most; > 0.
    package var mass: Double
    /// Probability, before any feedback, that the benchmark holds in a cell, in [0, 1]; 1: it is never doubted.
    package var weight: Double
    package var cells: [Cell]

    package init(path: String, mass: Double, weight: Double, cells: [Cell]) {
        self.path = path
        self.mass = mass
        self.weight = weight
        self.cells = cells
    }

    /// The benchmark over a route's own rows and columns; cells it says nothing of stay empty, those the route lacks are left out.
    func benchmark(categories: [String], arms: [String]) -> BenchmarkPrior {
        var summary = OutcomeSummary(categories: categories.count, arms: arms.count)
        for cell in cells {
            guard let category = categories.firstIndex(of: cell.category), let arm = arms.firstIndex(of: cell.arm)
            else { continue }
            summary.add(
                category: category, arm: arm, rewards: cell.rewards, costsUSD: cell.costsUSD,
                latenciesMS: cell.latenciesMS)
        }
        return BenchmarkPrior(summary: summary, mass: mass, weight: weight)
    }
}
