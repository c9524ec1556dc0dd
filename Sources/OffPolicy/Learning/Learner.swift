package import BanditCore

/// A policy with what it has learned so far, over a log's categories and arms: the same cells, posteriors and policies as live.
package struct Learner: Sendable {
    /// Observations between two refits of pooled priors, as live.
    private static let refitEvery = 10

    package let specification: LearnerSpecification
    private let policy: any Policy
    private let names: LogNames
    private let sets: [ArmSet]
    private var table: CellTable
    private var posterior: PosteriorTable
    private var sinceRefit = 0
    private var time = 0.0
    /// `[category]`: changes when what is known of it does; tells stale distributions.
    private var versions: [Int]
    private var cache: [UInt64: (version: Int, values: [Double])] = [:]

    /// Starts from the prior. Throws where the policy names an unknown arm or needs contexts; at most `ArmSet.capacity` arms.
    package init(_ specification: LearnerSpecification, names: LogNames) throws(PolicyError) {
        self.specification = specification
        self.names = names
        policy = try specification.policy.make { name in names.arms.firstIndex(of: name) }
        sets = names.armLists.map { ArmSet($0) }
        let forgetting = specification.halfLifeSeconds.map { Forgetting(halfLife: $0 * 1e6) } ?? .none
        table = CellTable(categories: names.categories.count, arms: names.arms.count, forgetting: forgetting)
        posterior = specification.model(armCount: names.arms.count).posterior(of: table)
        versions = [Int](repeating: 0, count: names.categories.count)
    }

    /// Starts from learned cells, which have the log's categories and arms.
    package init(_ specification: LearnerSpecification, names: LogNames, state: CellTable, asOf time: Double)
        throws(PolicyError)
    {
        try self.init(specification, names: names)
        precondition(
            state.armCount == names.arms.count && state.categoryCount == names.categories.count, "the log's cells")
        table = state
        self.time = time
        refit()
    }

    /// What is believed of every cell.
    package var state: PosteriorTable { posterior }

    /// Takes in a reward (and, where known, cost and latency) of the arm that served. `time` in microseconds.
    package mutating func observe(
        category: Int, arm: Int, reward: Double, time: Double, propensity: Double = 1, costUSD: Double = .nan,
        latencyMS: Double = .nan
    ) {
        self.time = max(self.time, time)
        if !reward.isNaN {
            table.addReward(category: category, arm: arm, value: reward, time: time, propensity: propensity)
        }
        if !costUSD.isNaN { table.addCost(category: category, arm: arm, value: costUSD, time: time) }
        if !latencyMS.isNaN { table.addLatency(category: category, arm: arm, value: latencyMS, time: time) }
        sinceRefit += 1
        let refitsAlways = specification.dollarsPerQuality != nil || specification.secondsPerQuality != nil
        if specification.pooling == .pooled && sinceRefit >= Self.refitEvery
            || refitsAlways && sinceRefit >= Self.refitEvery
            || specification.graded && sinceRefit >= Self.refitEvery
            || specification.concentration == .annealed && sinceRefit >= Self.refitEvery
        {
            refit()
        } else if specification.halfLifeSeconds != nil {
            posterior.update(category: category, from: table, asOf: self.time)
            versions[category] += 1
        } else {
            posterior.update(category: category, arm: arm, from: table, asOf: self.time)
            if specification.pooling == .global { bumpAll() } else { versions[category] += 1 }
        }
    }

    /// Works everything out anew: priors, prices, all cells as of the last time seen.
    package mutating func refit() {
        posterior = specification.model(armCount: names.arms.count).posterior(of: table, asOf: time)
        sinceRefit = 0
        bumpAll()
    }

    private mutating func bumpAll() {
        for category in versions.indices { versions[category] += 1 }
    }

    /// The policy's probabilities in the order of a list of arms.
    package mutating func distribution(category: Int, list: Int) -> [Double] {
        let key = UInt64(category) << 32 | UInt64(list)
        if let known = cache[key], known.version == versions[category] { return known.values }
        let eligible = sets[list]
        var distribution = policy.distribution(posterior[category], eligible: eligible)
        if specification.floor > 0 {
            distribution = distribution.mixed(withFloor: specification.floor, eligible: eligible)
        }
        let values = names.armLists[list].map { distribution.probabilities[$0] }
        cache[key] = (versions[category], values)
        return values
    }

    /// Learns from what was logged before row number `first`: every kind of row, credited to the arm that served.
    package mutating func train(on observations: Observations, before first: UInt32) {
        for index in 0..<observations.count {
            guard observations.number[index] < first else { break }
            let time = Double(observations.timeMicroseconds[index])
            self.time = max(self.time, time)
            let (category, arm) = (Int(observations.category[index]), Int(observations.servedArm[index]))
            if !observations.reward[index].isNaN {
                table.addReward(category: category, arm: arm, value: observations.reward[index], time: time)
            }
            if !observations.costUSD[index].isNaN {
                table.addCost(category: category, arm: arm, value: observations.costUSD[index], time: time)
            }
            if !observations.latencyMS[index].isNaN {
                table.addLatency(category: category, arm: arm, value: observations.latencyMS[index], time: time)
            }
        }
        refit()
    }

    /// The policy frozen in its present state, on every row of a log.
    package func frozen(_ rows: LogRows) -> TargetPolicy {
        var learner = self
        return TargetPolicy.byCategory(specification.name, names, rows) { category, list in
            let index = learner.names.armLists.firstIndex(of: list) ?? 0
            return learner.distribution(category: category, list: index)
        }
    }
}
