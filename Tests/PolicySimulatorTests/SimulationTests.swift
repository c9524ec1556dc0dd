import BanditCore
import PolicySimulator
import RoutingEngine
import Testing

@Suite("Simulation")
struct SimulationTests {
    @Test("the best arm has no regret, and the worst has the whole gap")
    func regretOfFixedArms() throws {
        let environment = BernoulliEnvironment(
            categories: ["x"], arms: ["a", "b"], means: CellMeans(reward: [0.75, 0.5]))
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("a", "fixed", arm: "a"), try Worlds.policy("b", "fixed", arm: "b")],
            horizon: 400)
        #expect(simulation.run(policy: 0, replication: 0).cumulativeRegret == 0)
        #expect(simulation.run(policy: 1, replication: 0).cumulativeRegret == 100)
    }

    @Test("on a table, rewards, costs and both regrets are what the table says")
    func tableArithmetic() throws {
        let simulation = Worlds.simulation(
            Worlds.tableEnvironment(), [try Worlds.policy("b", "fixed", arm: "b")], horizon: 12,
            objective: Objective(dollarsPerQuality: 0.01))
        let run = simulation.run(policy: 0, replication: 0)
        #expect(run.meanReward == 0.5)
        #expect(abs((run.meanCostUSD ?? 0) - 0.002) < 1e-15)
        #expect(abs((run.meanUtility ?? 0) - 0.3) < 1e-12)
        // Best in x: a with 1 − 0.1; b is worth −0.2 there. In y b is best.
        #expect(abs((run.cumulativeRegret ?? 0) - 6 * 1.1) < 1e-9)
        #expect(abs((run.regretPerPrompt ?? 0) - 0.55) < 1e-12)
        #expect(run.armShares == [0, 1, 0])
    }

    @Test(
        "learning policies beat uniform choice, each of them",
        arguments: [
            "thompson", "top-two-thompson", "ucb1", "ucb-tuned", "kl-ucb", "bayes-ucb", "epsilon-greedy", "softmax",
            "exp3",
            "tsallis-inf", "square-cb",
        ])
    func everyPolicyLearns(kind: String) throws {
        let environment = BernoulliEnvironment(
            categories: ["code", "chat"], arms: ["a", "b", "c"],
            means: CellMeans(reward: [0.9, 0.4, 0.2, 0.2, 0.4, 0.9]))
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("uniform", "uniform"), try Worlds.policy(kind, kind)], horizon: 4000,
            replications: 1)
        let uniform = simulation.run(policy: 0, replication: 0)
        let own = simulation.run(policy: 1, replication: 0)
        #expect(abs(uniform.meanReward - 0.5) < 0.05)
        #expect(own.meanReward > uniform.meanReward + 0.05, "\(kind): \(own.meanReward)")
        #expect(own.meanRewardLastQuarter > uniform.meanReward + 0.05)
    }

    @Test("results do not depend on the number of threads")
    func threads() async throws {
        let simulation = Worlds.simulation(
            Worlds.bernoulli(costs: [1, 2, 3, 1, 2, 3]),
            [try Worlds.policy("ts", "thompson"), try Worlds.policy("eps", "epsilon-greedy")], horizon: 700,
            replications: 5, feedback: FeedbackModel(rate: 0.5, delay: .geometric(mean: 10), noise: .flip(0.1)),
            sessions: SessionModel(meanTurns: 3))
        let one = await simulation.run(replications: Array(0..<5), threads: 1)
        let three = await simulation.run(replications: Array(0..<5), threads: 3)
        #expect(one == three && one.count == 10)
    }

    @Test("a replication is the same whether run alone or with others")
    func shards() async throws {
        let simulation = Worlds.simulation(
            Worlds.tableEnvironment(), [try Worlds.policy("ts", "thompson")], horizon: 50, replications: 4)
        let all = await simulation.run(replications: Array(0..<4), threads: 2)
        #expect(simulation.run(policy: 0, replication: 3) == all[3])
    }

    @Test("equal policies make equal runs: the generator is common, too")
    func equalPolicies() throws {
        let policy = try Worlds.policy("one", "thompson")
        var other = policy
        other.id = "two"
        let simulation = Worlds.simulation(Worlds.bernoulli(), [policy, other], horizon: 500)
        let (a, b) = (simulation.run(policy: 0, replication: 0), simulation.run(policy: 1, replication: 0))
        #expect(a.armShares == b.armShares && a.cumulativeRegret == b.cumulativeRegret)
    }

    @Test("an arm that appears later is not chosen before, one that fails not while it is out")
    func comingAndGoing() throws {
        let environment = BernoulliEnvironment(
            categories: ["x"], arms: ["old", "new"], means: CellMeans(reward: [0.3, 0.9]))
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("ts", "thompson")], horizon: 1000,
            perturbations: [
                Perturbation(round: 500, change: .add(arm: 1)), Perturbation(round: 700, change: .remove(arm: 1)),
                Perturbation(round: 800, change: .add(arm: 1)),
            ])
        let run = simulation.run(policy: 0, replication: 0)
        // 50 bins of 20 rounds, one category, two arms.
        let newest = (0..<50).map { run.choices[$0 * 2 + 1] }
        #expect(newest[..<25].allSatisfy { $0 == 0 })
        #expect(newest[25..<35].reduce(0, +) > 100)
        #expect(newest[35..<40].allSatisfy { $0 == 0 })
        #expect(newest[40...].reduce(0, +) > 150)
    }

    @Test("forgetting recovers from a swap of the arms, never forgetting does not")
    func recovery() throws {
        let environment = DriftingEnvironment(
            categories: ["x"], arms: ["a", "b"], means: CellMeans(reward: [0.9, 0.4]),
            drifts: [.abrupt(at: 4000, means: [0.3, 0.9])])
        var forgetful = try Worlds.policy("forgetful", "thompson")
        forgetful.halfLife = 150
        let simulation = Worlds.simulation(
            environment, [forgetful, try Worlds.policy("steady", "thompson")], horizon: 6000)
        let quick = simulation.run(policy: 0, replication: 0)
        let slow = simulation.run(policy: 1, replication: 0)
        #expect(quick.meanRewardLastQuarter > 0.8)
        #expect(slow.meanRewardLastQuarter < quick.meanRewardLastQuarter - 0.1)
    }

    @Test("conversations keep their arm unless affinity is off")
    func sessions() throws {
        var loose = try Worlds.policy("loose", "uniform")
        loose.affinity = .none
        let environment = BernoulliEnvironment(
            categories: ["x"], arms: ["a", "b"], means: CellMeans(reward: [1, 0]))
        let simulation = Worlds.simulation(
            environment, [try Worlds.policy("kept", "uniform"), loose], horizon: 4000,
            sessions: SessionModel(meanTurns: 10))
        /// Switches between rewards 1 and 0 show switches of the arm; curves give the rewards of the first 30 rounds.
        func switches(_ run: RunResult) -> Int {
            let rewards = run.checkpoints.filter { $0.round <= 30 }.map(\.cumulativeReward)
            let steps = zip(rewards, [0] + rewards).map { $0 - $1 }
            return zip(steps, steps.dropFirst()).count { $0 != $1 }
        }
        let kept = switches(simulation.run(policy: 0, replication: 0))
        let free = switches(simulation.run(policy: 1, replication: 0))
        #expect(kept < free)
    }

    @Test("the LiteLLM-style learner stops learning at its cap")
    func cappedLearner() throws {
        let environment = DriftingEnvironment(
            categories: ["x"], arms: ["a", "b"], means: CellMeans(reward: [0.9, 0.5]),
            drifts: [.abrupt(at: 2000, means: [0.1, 0.5])])
        let capped = SimulatedPolicy(id: "litellm", kind: .capped(CappedLearner()), pooling: .none)
        let simulation = Worlds.simulation(environment, [capped], horizon: 4000)
        let run = simulation.run(policy: 0, replication: 0)
        // Frozen on an arm that has become the worse one.
        #expect(run.armShares[0] > 0.9)
        #expect(run.meanRewardLastQuarter < 0.2)
    }

    @Test("an imported prior spares the learning")
    func warmStart() throws {
        let table = Worlds.table()
        let rows = (table.categories ?? []).map { $0 == "x" ? 0 : 1 }
        let prior = ImportedPrior(table: table, categoryOfRow: rows, categories: 2, arms: [0, 1, 2], mass: 100)
        // Six rows a category: the mass asked for is not there.
        #expect(prior.reward[0] == SignalSums(count: 6, sum: 6, sumSquares: 6))
        #expect(abs(prior.costUSD[1].sum - 0.012) < 1e-15)
        #expect(prior.decisions == [6, 6])
        let policies = [try Worlds.policy("ts", "thompson")]
        let cold = Worlds.simulation(Worlds.tableEnvironment(), policies, horizon: 12).run(policy: 0, replication: 0)
        let warm = Worlds.simulation(Worlds.tableEnvironment(), policies, horizon: 12, prior: prior)
            .run(policy: 0, replication: 0)
        #expect(warm.meanReward > 0.8)
        #expect(cold.meanReward < warm.meanReward)
    }

    @Test("a warm-up learns, and leaves no trace in the counters")
    func warmUp() throws {
        let policies = [try Worlds.policy("ts", "thompson")]
        let long = TableEnvironment(
            table: Worlds.table(), categories: ["x", "y"], categoryOfRow: (0..<12).map { $0 % 2 },
            orders: [(0..<120).map { $0 % 12 }])
        let run = Worlds.simulation(Worlds.tableEnvironment(), policies, horizon: 12, warmUp: long)
            .run(policy: 0, replication: 0)
        #expect(run.rounds == 12)
        #expect(run.meanReward > 0.8)
    }

    @Test("curves have about 200 rising rounds and the last", arguments: [1, 7, 200, 201, 230, 5_000, 4_000_000])
    func schedule(horizon: Int) {
        let rounds = CheckpointSchedule.rounds(horizon: horizon)
        #expect(rounds.last == horizon && rounds.first == 1)
        #expect(rounds.count <= 201 && rounds.count >= min(horizon, 190))
        #expect(zip(rounds, rounds.dropFirst()).allSatisfy { $0 < $1 })
    }
}
