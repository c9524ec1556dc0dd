import BanditCore
import RoutingEngine

/// One policy in one replication's world, from the first round to the last.
///
/// The world comes as a generic parameter so that the loop is compiled for it; it allocates nothing per round as long as no
/// posteriors are refitted.
struct SimulationRun<World: SimulatedWorld>: Sendable {
    /// Rounds between two reports of progress.
    private static var progressRounds: Int { 1 << 14 }

    private let simulation: Simulation
    private let policy: SimulatedPolicy
    private let random: CounterRandom
    private var world: World
    private var chooser: Chooser
    private var queue = FeedbackQueue()
    private var present: ArmSet
    private var utilities: ExpectedUtilities
    private var nextPerturbation = 0
    /// `[category]`: the arm its conversation keeps; −1 for none.
    private var seats: [Int]
    private let hasPrompts: Bool
    private let perfectFeedback: Bool

    init(
        _ simulation: Simulation, policy: SimulatedPolicy, random: CounterRandom, world: World, chooser: Chooser,
        hasPrompts: Bool
    ) {
        self.simulation = simulation
        self.policy = policy
        self.random = random
        self.world = world
        self.chooser = chooser
        self.hasPrompts = hasPrompts
        let categories = simulation.environment.categories.count
        present = simulation.presentAtFirst
        utilities = ExpectedUtilities(
            categories: categories, arms: simulation.arms.count, rewardPerUSD: chooser.rewardPerUSD,
            rewardPerMS: chooser.rewardPerMS)
        seats = [Int](repeating: -1, count: categories)
        perfectFeedback = simulation.feedback.isPerfect
    }

    /// Runs `rounds` rounds.
    ///
    /// - Parameters:
    ///   - start: rounds that the learner has lived through before.
    ///   - perturbed: whether the scenario's perturbations happen.
    ///   - progress: told of rounds done, every so often.
    /// - Returns: the record and the chooser, which goes on learning elsewhere.
    mutating func run(
        rounds: Int, start: Int, perturbed: Bool, progress: (Int) -> Void
    ) -> (record: RunRecorder, chooser: Chooser) {
        var recorder = RunRecorder(
            horizon: rounds, categories: seats.count, arms: simulation.arms.count, hasPrompts: hasPrompts)
        if !perturbed { nextPerturbation = simulation.perturbations.count }
        renewUtilities(round: 0)
        for round in 0..<rounds {
            if nextPerturbation < simulation.perturbations.count { perturb(round) }
            if !queue.isEmpty { foldDue(by: round, start: start) }
            step(round, start: start, recorder: &recorder)
            if round & (Self.progressRounds - 1) == Self.progressRounds - 1 { progress(Self.progressRounds) }
        }
        progress(rounds & (Self.progressRounds - 1))
        // What is still under way is folded, so that a later phase begins with it.
        foldDue(by: .max, start: start, now: rounds)
        return (recorder, chooser)
    }

    @inline(__always)
    private mutating func step(_ round: Int, start: Int, recorder: inout RunRecorder) {
        let query = world.query(round: round)
        let category = query.category
        if world.drifts { utilities.renew(category: category, round: round, world: world, present: present) }
        let known = world.known(query)
        let eligible = present.intersection(known)
        precondition(!eligible.isEmpty, "every round has an arm that can serve")
        let kept = keptArm(category, eligible: eligible, round: round)
        let arm = chooser.choose(category: category, eligible: eligible, kept: kept, now: start + round)
        if simulation.sessions != nil { seats[category] = arm }
        let outcome = world.outcome(query, arm: arm, round: round)
        chooser.decided(category: category, arm: arm, outcome: outcome, now: start + round)
        giveFeedback(round, category: category, arm: arm, reward: outcome.reward, start: start)
        let utility = utilities.utility(outcome)
        recorder.add(
            category: category, arm: arm, outcome: outcome, utility: utility,
            regret: utilities.regret(category: category, arm: arm, eligible: eligible, present: present),
            promptRegret: hasPrompts ? bestUtility(query, eligible, round) - utility : .nan)
        if recorder.isAtCheckpoint { recorder.mark(shadowPrice: chooser.shadowPrice) }
    }

    /// The arm that the conversation keeps; nil at its beginning, and where that arm cannot serve.
    @inline(__always)
    private func keptArm(_ category: Int, eligible: ArmSet, round: Int) -> Int? {
        guard let sessions = simulation.sessions, policy.affinity != .none else { return nil }
        if sessions.begins(round: round, random: random) { return nil }
        let seat = seats[category]
        return seat >= 0 && eligible.contains(seat) ? seat : nil
    }

    private func bestUtility(_ query: Query, _ eligible: ArmSet, _ round: Int) -> Double {
        var best = -Double.infinity
        for arm in eligible {
            let utility = utilities.utility(world.outcome(query, arm: arm, round: round))
            if utility.isNaN { return .nan }
            best = max(best, utility)
        }
        return best
    }

    @inline(__always)
    private mutating func giveFeedback(_ round: Int, category: Int, arm: Int, reward: Double, start: Int) {
        if perfectFeedback {
            chooser.learn(
                category: category, arm: arm, reward: reward, propensity: chooser.propensity, round: start + round,
                now: start + round)
            return
        }
        let feedback = simulation.feedback
        guard feedback.arrives(round: round, random: random) else { return }
        let claim = feedback.claim(reward, arm: arm, round: round, random: random)
        let lag = feedback.lag(round: round, random: random)
        if lag == 0 {
            chooser.learn(
                category: category, arm: arm, reward: claim, propensity: chooser.propensity, round: start + round,
                now: start + round)
        } else {
            queue.insert(
                FeedbackQueue.Item(
                    due: round + 1 + lag, round: round, category: category, arm: arm, reward: claim,
                    propensity: chooser.propensity))
        }
    }

    private mutating func foldDue(by due: Int, start: Int, now: Int? = nil) {
        while let item = queue.next(dueBy: due) {
            chooser.learn(
                category: item.category, arm: item.arm, reward: item.reward, propensity: item.propensity,
                round: start + item.round, now: start + (now ?? due))
        }
    }

    private mutating func renewUtilities(round: Int) {
        for category in seats.indices {
            utilities.renew(category: category, round: round, world: world, present: present)
        }
    }

    /// Makes the changes that are due.
    private mutating func perturb(_ round: Int) {
        guard simulation.perturbations[nextPerturbation].round <= round else { return }
        while nextPerturbation < simulation.perturbations.count,
            simulation.perturbations[nextPerturbation].round <= round
        {
            switch simulation.perturbations[nextPerturbation].change {
            case .cost(let arm, let factor): world.conditions[arm].costFactor = factor
            case .score(let arm, let factor): world.conditions[arm].scoreFactor = factor
            case .latency(let arm, let factor): world.conditions[arm].latencyFactor = factor
            case .add(let arm): present.insert(arm)
            case .remove(let arm): present.remove(arm)
            case .mix(let weights): world.mix = weights
            }
            nextPerturbation += 1
        }
        renewUtilities(round: round)
    }
}
