/// What was observed in the cells of one route: decayed sums of G categories × K arms, evidence only (priors live in
/// `LearningModel`).
///
/// Sums add, subtract and merge in any order: without a half-life bit for bit, with one to rounding, and equal sequences of
/// operations always give equal bits. Cells are row-major, `[category][arm][signal]`.
package struct CellTable: Sendable, Equatable {
    package let forgetting: Forgetting
    /// γ of the importance-weighted loss (1 − reward)/(propensity + γ) that exp3-ix and tsallis-inf add up.
    package let implicitExploration: Double
    package internal(set) var categoryCount: Int
    package internal(set) var armCount: Int
    /// Sums are relative to the start of this half-life.
    var epoch: Int?
    /// Where nothing is forgotten; empty otherwise.
    var exact: [ExactSums]
    /// With a half-life; empty otherwise.
    var decayed: [DecayedSums]
    var exactLoss: [ExactSums]
    var decayedLoss: [DecayedSums]
    var exactTraffic: [ExactSums]
    var decayedTraffic: [DecayedSums]

    static let signals = Signal.allCases.count
    /// The largest propensity weight a single loss may have: 1/propensity is capped there.
    static let largestInverse = 1e6

    package init(categories: Int, arms: Int, forgetting: Forgetting = .none, implicitExploration: Double = 0.01) {
        precondition(categories >= 0 && arms >= 0 && arms <= ArmSet.capacity, "at most \(ArmSet.capacity) arms")
        precondition(implicitExploration >= 0 && implicitExploration.isFinite, "implicit exploration must be ≥ 0")
        self.forgetting = forgetting
        self.implicitExploration = implicitExploration
        categoryCount = categories
        armCount = arms
        let cells = categories * arms
        let keeps = forgetting.halfLife == nil
        epoch = keeps ? 0 : nil
        exact = [ExactSums](repeating: ExactSums(), count: keeps ? cells * Self.signals : 0)
        decayed = [DecayedSums](repeating: DecayedSums(), count: keeps ? 0 : cells * Self.signals)
        exactLoss = [ExactSums](repeating: ExactSums(), count: keeps ? cells : 0)
        decayedLoss = [DecayedSums](repeating: DecayedSums(), count: keeps ? 0 : cells)
        exactTraffic = [ExactSums](repeating: ExactSums(), count: keeps ? categories : 0)
        decayedTraffic = [DecayedSums](repeating: DecayedSums(), count: keeps ? 0 : categories)
    }

    var keepsEverything: Bool { forgetting.halfLife == nil }

    func cell(_ category: Int, _ arm: Int) -> Int {
        precondition(
            category >= 0 && category < categoryCount && arm >= 0 && arm < armCount, "no such cell in this table")
        return category * armCount + arm
    }

    // MARK: Observations

    /// Adds one observation of a signal by a decision made at `time`; not-finite values are ignored, others count as at most 2²² either way.
    ///
    /// - Parameter share: of an observation that this one counts for, in (0, 1].
    package mutating func add(
        _ signal: Signal, category: Int, arm: Int, value: Double, time: Double, share: Double = 1
    ) {
        change(signal, category: category, arm: arm, value: value, time: time, share: share, sign: 1)
    }

    /// Takes back what `add` with the same arguments added.
    package mutating func retract(
        _ signal: Signal, category: Int, arm: Int, value: Double, time: Double, share: Double = 1
    ) {
        change(signal, category: category, arm: arm, value: value, time: time, share: share, sign: -1)
    }

    /// Adds the reward in [0, 1] (clamped) of a decision made at `time` with the given propensity.
    ///
    /// - Parameter share: of a reward that this one counts for, in (0, 1].
    package mutating func addReward(
        category: Int, arm: Int, value: Double, time: Double, propensity: Double = 1, share: Double = 1
    ) {
        changeReward(
            category: category, arm: arm, value: value, time: time, propensity: propensity, share: share, sign: 1)
    }

    /// Takes back what `addReward` with the same arguments added.
    package mutating func retractReward(
        category: Int, arm: Int, value: Double, time: Double, propensity: Double = 1, share: Double = 1
    ) {
        changeReward(
            category: category, arm: arm, value: value, time: time, propensity: propensity, share: share, sign: -1)
    }

    /// Adds the cost of a call, USD.
    package mutating func addCost(category: Int, arm: Int, value: Double, time: Double, share: Double = 1) {
        add(.costUSD, category: category, arm: arm, value: value, time: time, share: share)
    }

    /// Adds the latency of a call, milliseconds.
    package mutating func addLatency(category: Int, arm: Int, value: Double, time: Double, share: Double = 1) {
        add(.latencyMS, category: category, arm: arm, value: value, time: time, share: share)
    }

    /// Adds whether a call failed.
    package mutating func addFailure(_ failed: Bool, category: Int, arm: Int, time: Double, share: Double = 1) {
        add(.failure, category: category, arm: arm, value: failed ? 1 : 0, time: time, share: share)
    }

    /// Counts a decision towards the category's share of the traffic.
    ///
    /// Decisions come as time goes by. One that was made more than ``reach`` half-lives before what the table holds tells that a clock
    /// was wrong, and is right now: what is held is then taken to have been observed at this decision, so that it fades like the rest
    /// instead of outweighing for years all that will be learned.
    package mutating func addDecision(category: Int, time: Double) {
        precondition(category >= 0 && category < categoryCount, "no such category in this table")
        if keepsEverything {
            exactTraffic[category].add(1, sign: 1)
        } else {
            let whole = forgetting.epoch(of: time)
            if let epoch, epoch - whole > Self.reach { setBack(to: whole) }
            let weight = weight(at: time)
            decayedTraffic[category].add(1, weight: weight, sign: 1)
        }
    }

    /// Adds pseudo-observations, as if made at `time` (imported priors, carried-over evidence).
    package mutating func add(_ signal: Signal, category: Int, arm: Int, sums: SignalSums, time: Double) {
        let index = cell(category, arm) * Self.signals + signal.rawValue
        guard sums.count.isFinite, sums.sum.isFinite, sums.sumSquares.isFinite, sums.count > 0 else { return }
        if keepsEverything {
            exact[index].add(sums, sign: 1)
        } else {
            let weight = weight(at: time)
            decayed[index].add(sums.scaled(by: weight), held: Self.held(sums.count))
        }
    }

    /// Adds `mass` decisions to the category's share of the traffic, as if made at `time`.
    package mutating func addDecisions(_ mass: Double, category: Int, time: Double) {
        precondition(category >= 0 && category < categoryCount, "no such category in this table")
        let sums = SignalSums(count: mass, sum: mass, sumSquares: mass)
        if keepsEverything {
            exactTraffic[category].add(sums, sign: 1)
        } else {
            let weight = weight(at: time)
            decayedTraffic[category].add(sums.scaled(by: weight), held: Self.held(mass))
        }
    }

    private mutating func change(
        _ signal: Signal, category: Int, arm: Int, value: Double, time: Double, share: Double, sign: Int64
    ) {
        let index = cell(category, arm) * Self.signals + signal.rawValue
        guard value.isFinite else { return }
        if keepsEverything {
            exact[index].add(value, share: share, sign: sign)
        } else {
            let weight = weight(at: time)
            let value = Swift.max(-ExactSums.limit, Swift.min(ExactSums.limit, value))
            decayed[index].add(value, weight: share * weight, sign: Double(sign))
        }
    }

    private mutating func changeReward(
        category: Int, arm: Int, value: Double, time: Double, propensity: Double, share of: Double, sign: Int64
    ) {
        guard value.isFinite else { return }
        let reward = Swift.max(0, Swift.min(1, value))
        change(.reward, category: category, arm: arm, value: reward, time: time, share: of, sign: sign)
        let index = cell(category, arm)
        // Infinite: the arm was not drawn, so the reward has no importance weight.
        let share = propensity > 0 ? (propensity.isInfinite ? propensity : Swift.min(1, propensity)) : 1
        let loss = (1 - reward) * Swift.min(Self.largestInverse, 1 / (share + implicitExploration))
        if keepsEverything {
            exactLoss[index].add(loss, share: of, sign: sign)
        } else {
            decayedLoss[index].add(loss, weight: of * weight(at: time), sign: Double(sign))
        }
    }

    /// How many raw observations a mass of pseudo-observations stands for.
    private static func held(_ mass: Double) -> Int64 { Swift.max(1, Int64(saturating: mass.rounded(.up))) }

    /// Half-lives between an observation and the newest ones beyond which the one or the others are worth nothing.
    static let reach = 256

    /// Whether an observation made at `time` is not so far ahead of what the table holds that it would make that worth nothing; only
    /// decisions made under a clock that was wrong are.
    package func reaches(_ time: Double) -> Bool {
        epoch.map { forgetting.epoch(of: time) - $0 <= Self.reach } ?? true
    }

    private mutating func setBack(to newEpoch: Int) {
        guard let epoch else { return }
        for index in decayed.indices { decayed[index].setBack(by: epoch - newEpoch) }
        for index in decayedLoss.indices { decayedLoss[index].setBack(by: epoch - newEpoch) }
        for index in decayedTraffic.indices { decayedTraffic[index].setBack(by: epoch - newEpoch) }
        self.epoch = newEpoch
        // What rounding had left of nothing may have become something.
        _ = repair()
    }

    /// The weight of an observation at `time`, after moving the epoch forward where it would grow too large.
    private mutating func weight(at time: Double) -> Double {
        let whole = forgetting.epoch(of: time)
        guard let epoch else {
            self.epoch = whole
            return forgetting.weight(at: time, epoch: whole)
        }
        if whole - epoch > Self.reach { rebase(to: whole) }
        return forgetting.weight(at: time, epoch: self.epoch ?? whole)
    }

    /// Scales every sum exactly, to be relative to the start of another half-life.
    mutating func rebase(to newEpoch: Int) {
        guard let epoch, epoch != newEpoch else { return }
        let factor = Forgetting.scale(1, by: epoch - newEpoch)
        for index in decayed.indices { decayed[index].scale(by: factor) }
        for index in decayedLoss.indices { decayedLoss[index].scale(by: factor) }
        for index in decayedTraffic.indices { decayedTraffic[index].scale(by: factor) }
        self.epoch = newEpoch
    }
}
