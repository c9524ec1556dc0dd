import BanditCore
import PolicySimulator
import RealModule
import Testing

@Suite("Environments")
struct EnvironmentTests {
    @Test("outcomes depend on the round and the arm alone, so that every policy meets the same world")
    func commonRandomNumbers() {
        let environment = Worlds.bernoulli(costs: [1, 2, 3, 1, 2, 3])
        var one = environment.world(random: CounterRandom(seed: 7, replication: 3), replication: 3)
        var two = environment.world(random: CounterRandom(seed: 7, replication: 3), replication: 3)
        for round in 0..<200 {
            let query = one.query(round: round)
            #expect(two.query(round: round) == query)
            // The second world is asked for more arms, in another order.
            let all = [2, 0, 1].map { two.outcome(query, arm: $0, round: round) }
            #expect(one.outcome(query, arm: 1, round: round) == all[2])
        }
    }

    @Test("replications differ from each other, and seeds do")
    func independentReplications() {
        func rewards(seed: UInt64, replication: Int) -> [Double] {
            let environment = Worlds.bernoulli()
            var world = environment.world(
                random: CounterRandom(seed: seed, replication: replication), replication: replication)
            return (0..<64).map { round in world.outcome(world.query(round: round), arm: 1, round: round).reward }
        }
        #expect(rewards(seed: 1, replication: 0) != rewards(seed: 1, replication: 1))
        #expect(rewards(seed: 1, replication: 0) != rewards(seed: 2, replication: 0))
    }

    @Test("drawn rewards, costs and categories have the means that they claim (4 standard errors, n = 20,000)")
    func means() {
        let environment = BernoulliEnvironment(
            categories: ["x", "y"], arms: ["a"], weights: [3, 1],
            means: CellMeans(reward: [0.3, 0.3], costUSD: [2, 2]),
            costSpread: 0.5)
        var world = environment.world(random: CounterRandom(seed: 5, replication: 0), replication: 0)
        let n = 20_000
        var (reward, cost, first) = (0.0, 0.0, 0.0)
        for round in 0..<n {
            let query = world.query(round: round)
            if query.category == 0 { first += 1 }
            let outcome = world.outcome(query, arm: 0, round: round)
            reward += outcome.reward
            cost += outcome.costUSD
        }
        let root = Double(n).squareRoot()
        #expect(abs(reward / Double(n) - 0.3) < 4 * 0.46 / root)
        #expect(abs(cost / Double(n) - 2) < 4 * 1 / root)
        #expect(abs(first / Double(n) - 0.75) < 4 * 0.44 / root)
    }

    @Test("the mean of a clamped normal reward is the one regret is measured by (4 standard errors, n = 20,000)")
    func clampedMeans() {
        let environment = GaussianEnvironment(
            categories: ["x"], arms: ["a"], means: CellMeans(reward: [0.9]), deviations: [0.3])
        var world = environment.world(random: CounterRandom(seed: 5, replication: 0), replication: 0)
        var sum = 0.0
        for round in 0..<20_000 {
            let reward = world.outcome(world.query(round: round), arm: 0, round: round).reward
            #expect(reward >= 0 && reward <= 1)
            sum += reward
        }
        let expected = world.expectation(category: 0, arm: 0, round: 0).reward
        #expect(expected < 0.87)
        #expect(abs(sum / 20_000 - expected) < 4 * 0.3 / 20_000.0.squareRoot())
    }

    @Test("drifting means jump, slide and swing as they are told to")
    func drift() {
        let environment = DriftingEnvironment(
            categories: ["x"], arms: ["a", "b"], means: CellMeans(reward: [0.2, 0.8]),
            drifts: [
                .gradual(from: 100, until: 200, means: [0.4, 0.8]), .abrupt(at: 300, means: [0.9, 0.1]),
                .seasonal(period: 40, amplitude: 0.1, phases: [0, 0.5]),
            ])
        let world = environment.world(random: CounterRandom(seed: 1, replication: 0), replication: 0)
        func mean(_ arm: Int, _ round: Int) -> Double { world.expectation(category: 0, arm: arm, round: round).reward }
        #expect(abs(mean(0, 0) - 0.2) < 1e-12)
        #expect(abs(mean(0, 10) - 0.3) < 1e-12)
        #expect(abs(mean(1, 10) - 0.7) < 1e-12)
        // Round 160 is at the beginning of a period: only the slide is left.
        #expect(abs(mean(0, 160) - 0.32) < 1e-12)
        #expect(abs(mean(0, 320) - 0.9) < 1e-12)
        #expect(abs(mean(1, 320) - 0.1) < 1e-12)
    }

    @Test("a pass over a table shows every prompt once, in an order that depends on the replication alone")
    func passes() {
        let environment = Worlds.tableEnvironment()
        func order(_ replication: Int) -> [Int] {
            var world = environment.world(
                random: CounterRandom(seed: 1, replication: replication), replication: replication)
            return (0..<24).map { world.query(round: $0).row }
        }
        let one = order(0)
        #expect(Set(one[..<12]).count == 12 && Set(one[12...]).count == 12)
        #expect(Array(one[..<12]) != Array(one[12...]))
        #expect(one == order(0) && one != order(1))
    }

    @Test("given orders are followed, one a replication")
    func orders() {
        let environment = Worlds.tableEnvironment(orders: [[3, 1, 2], [5, 4, 0]])
        #expect(environment.passLength == 3)
        for (replication, expected) in [(0, [3, 1, 2]), (1, [5, 4, 0]), (2, [3, 1, 2])] {
            var world = environment.world(
                random: CounterRandom(seed: 1, replication: replication), replication: replication)
            #expect((0..<3).map { world.query(round: $0).row } == expected)
        }
    }

    @Test("a shifted mix brings the heavy category forward without showing a prompt twice")
    func mix() {
        var world = Worlds.tableEnvironment().world(random: CounterRandom(seed: 1, replication: 0), replication: 0)
        let before = (0..<2).map { world.query(round: $0).row }
        world.mix = [1, 0]
        let after = (2..<12).map { world.query(round: $0) }
        let heavy = after.prefix { $0.category == 0 }.count
        #expect(after[heavy...].allSatisfy { $0.category == 1 })
        #expect(Set(before + after.map(\.row)).count == 12)
    }

    @Test("cells of unknown score cannot be chosen, and factors move scores and costs")
    func unknownCells() {
        var table = Worlds.table()
        table.scores[0] = .nan
        let environment = TableEnvironment(
            table: table, categories: ["x"], categoryOfRow: [Int](repeating: 0, count: 12), orders: [[0, 1]])
        var world = environment.world(random: CounterRandom(seed: 1, replication: 0), replication: 0)
        let first = world.query(round: 0)
        #expect(world.known(first) == ArmSet([1, 2]))
        let second = world.query(round: 1)
        world.conditions[1] = ArmCondition(scoreFactor: 0.75, costFactor: 0.1)
        let outcome = world.outcome(second, arm: 1, round: 1)
        #expect(outcome.reward == 0.75 && abs(outcome.costUSD - 0.0002) < 1e-18)
    }
}
