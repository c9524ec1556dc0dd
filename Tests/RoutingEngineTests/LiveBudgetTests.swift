import BanditCore
import RoutingEngine
import Testing

/// A budget on a route that serves: the pacer between what was learned and what is published.
@Suite("Live budget")
struct LiveBudgetTests {
    /// Requests to a route of three arms of very different price and quality, each ending before the next begins.
    private struct Traffic {
        let catalogue: Catalogue
        var state = LearnerState()
        var books = BudgetBooks()
        var now = Fixture.start
        var sequence: Int64 = 0
        var generator = Xoshiro256StarStar(seed: 11)
        var spent = 0.0
        var engine: RoutingEngine

        static let costs: [String: NanoDollars] = ["small": 100_000, "large": 10_000_000, "unpriced": 1_500_000]
        static let qualities = ["small": 0.3, "large": 0.9, "unpriced": 0.6]

        init(_ budget: BudgetDefinition?, floor: Double = 0) throws {
            catalogue = try Fixture.catalogue {
                $0.budget = budget
                $0.explorationFloor = floor
            }
            engine = Fixture.engine(catalogue)
        }

        mutating func publish() {
            engine.publish(Published(catalogue: catalogue, state: state, asOf: now, books: &books))
        }

        mutating func serve(_ count: Int, gap: Timestamp = 1_000_000, _ look: (Choice) -> Void = { _ in }) throws {
            for index in 0..<count {
                publish()
                let request = Fixture.request { $0.category = index % 3 == 0 ? "general" : "code" }
                let choice = try engine.decide(request, at: now, random: generator.next())
                look(choice)
                let decision = choice.decision
                let cell = state.address(route: "auto", category: decision.category, arm: decision.arm)
                // A quarter more or less than usual.
                let cost = NanoDollars(
                    saturating: Double(Self.costs[decision.arm]!) * (0.75 + 0.5 * generator.uniform()))
                let reward = generator.uniform() < Self.qualities[decision.arm]! ? 1.0 : 0
                sequence += 1
                state.apply(.decided(cell, time: now), sequence: sequence)
                sequence += 1
                state.apply(.served(cell, time: now, costUSD: cost.usd, latencyMS: 100), sequence: sequence)
                state.apply(.ended(cell, time: now, cost: cost), sequence: sequence)
                sequence += 1
                state.apply(
                    .rewarded(cell, time: now, propensity: decision.propensity, previous: nil, current: reward),
                    sequence: sequence)
                spent += cost.usd
                now += gap
            }
        }
    }

    @Test("spend is paced to the average asked for, and no dearer than it", arguments: [0.0005, 0.002, 0.005])
    func paced(usd: Double) throws {
        var traffic = try Traffic(BudgetDefinition(limit: .usdPerRequest(usd)))
        try traffic.serve(3000)
        let ratio = traffic.spent / 3000 / usd
        #expect(ratio <= 1.03 && ratio > 0.9, "\(ratio)")
        let pacer = try #require(traffic.engine.published.routes[0].pacer)
        #expect(pacer.prices.mean > 0)
        #expect(abs(pacer.spentUSD - traffic.spent) < 0.02)
        #expect(traffic.engine.published.routes[1].pacer == nil)
    }

    @Test("a budget that does not bind leaves every decision as it was without one")
    func slack() throws {
        var with = try Traffic(BudgetDefinition(limit: .usdPerRequest(1)))
        var without = try Traffic(nil)
        var (left, right): ([Decision], [Decision]) = ([], [])
        try with.serve(200) { left.append($0.decision) }
        try without.serve(200) { right.append($0.decision) }
        #expect(left == right)
    }

    @Test("the logged propensity is that of the mixed distribution, and any decision can be made again from the log")
    func recomputed() throws {
        var traffic = try Traffic(BudgetDefinition(limit: .usdPerRequest(0.002)), floor: 0.01)
        try traffic.serve(400)
        let published = Published(catalogue: traffic.catalogue, state: traffic.state, asOf: traffic.now)
        var mixed = 0
        traffic.publish()
        for index in 0..<200 {
            let choice = try traffic.engine.decide(
                Fixture.request(), at: traffic.now, random: traffic.generator.next() &+ UInt64(index))
            let decision = choice.decision
            #expect(abs(decision.probabilities.reduce(0, +) - 1) < 1e-9)
            #expect(decision.propensity == decision.probabilities[decision.arms.firstIndex(of: decision.arm)!])
            let prices = try #require(decision.shadowPrices)
            if prices.shareOfLow > 0, prices.shareOfLow < 1 { mixed += 1 }
            #expect(decision.rewardPerUSD == prices.mean)
            // From the learned state and what the decision itself says; the books are not needed.
            let again = try #require(published.recompute(decision))
            #expect(again.verdict == .equal && again.redrawn == decision.arm)
        }
        #expect(mixed > 0)
        // What is best depends on the price of then, too.
        let greedy = try traffic.engine.decide(
            Fixture.request { $0.explores = false }, at: traffic.now, random: 9
        ).decision
        let again = try #require(published.recompute(greedy))
        #expect(again.verdict == .greedy || again.verdict == .equal)
    }

    @Test("after overspending dear arms are out of reach, and the log says why")
    func unaffordable() throws {
        var traffic = try Traffic(BudgetDefinition(limit: .usdPerRequest(0.0005), hardCapUSD: 0.005))
        try traffic.serve(300)
        traffic.publish()
        let decision = try traffic.engine.decide(Fixture.request(), at: traffic.now, random: 1).decision
        #expect(decision.excluded.contains(Exclusion(arm: "large", reason: .budget)))
        #expect(!decision.arms.contains("large") && decision.arms.contains("small"))
    }

    @Test("a session does not keep an arm that the budget has put out of reach")
    func session() throws {
        var traffic = try Traffic(BudgetDefinition(limit: .usdPerRequest(0.0005)))
        let dear = try traffic.engine.decide(
            Fixture.request {
                $0.session = "s"
                $0.explores = false
            }, at: traffic.now, random: 1
        ).decision.arm
        try traffic.serve(300)
        traffic.publish()
        let later = try traffic.engine.decide(Fixture.request { $0.session = "s" }, at: traffic.now, random: 2).decision
        if later.excluded.contains(where: { $0.arm == dear }) {
            #expect(later.kind == .fresh && later.arm != dear)
        } else {
            #expect(later.kind == .sticky && later.arm == dear)
        }
    }

    @Test("after a restart the accounts go on where they were; a changed limit begins anew")
    func restart() throws {
        var traffic = try Traffic(BudgetDefinition(limit: .usdPerRequest(0.002)))
        try traffic.serve(500)
        traffic.publish()
        let before = try #require(traffic.engine.published.routes[0].pacer)
        var restarted = BudgetBooks(baselines: traffic.books.baselines)
        let state = try LearnerState(decoding: traffic.state.encoded())
        let again = Published(catalogue: traffic.catalogue, state: state, asOf: traffic.now, books: &restarted)
        let after = try #require(again.routes[0].pacer)
        #expect(after.spentUSD == before.spentUSD && after.decisions == 500 && before.decisions == 500)
        #expect(after.target(at: traffic.now) == before.target(at: traffic.now))
        #expect(after.prices.mean > 0)

        let raised = try Fixture.catalogue { $0.budget = BudgetDefinition(limit: .usdPerRequest(0.003)) }
        let anew = Published(catalogue: raised, state: state, asOf: traffic.now, books: &restarted)
        #expect(anew.routes[0].pacer?.decisions == 0 && anew.routes[0].pacer?.spentUSD == 0)
        #expect(restarted.baselines["auto"]?.requests == 500)
    }

    @Test("a budget by the day spreads over the day and begins anew at midnight")
    func byDay() throws {
        // From 03:04 to the end of the day 754 minutes… at one request a minute: about 1,255 requests for what is left of 4.8 dollars.
        var traffic = try Traffic(BudgetDefinition(limit: .usdPerDay(4.8)))
        try traffic.serve(1255, gap: 60_000_000)
        #expect(traffic.now / 86_400_000_000 == Fixture.start / 86_400_000_000)
        #expect(traffic.spent <= 4.8 * 1.03 && traffic.spent > 4.8 * 0.8, "\(traffic.spent)")
        traffic.now += 3_600_000_000
        traffic.publish()
        #expect(traffic.engine.published.routes[0].pacer?.spentUSD == 0)
    }

    @Test("the account of a route survives its bytes, and counts unknown costs as requests only")
    func account() throws {
        var state = LearnerState()
        let cell = state.address(route: "auto", category: "code", arm: "a")
        let day: Timestamp = 86_400_000_000
        let midnight = (Fixture.start / day + 1) * day
        state.apply(.ended(cell, time: midnight - 2_000_000, cost: 5), sequence: 1)
        state.apply(.ended(cell, time: midnight - 1_000_000, cost: nil), sequence: 2)
        state.apply(.ended(cell, time: midnight + 1, cost: 7), sequence: 3)
        state.apply(.ended(cell, time: midnight - 1, cost: 11), sequence: 4)
        state.apply(.ended(cell, time: midnight + 2, cost: -3), sequence: 5)
        let spend = state.routes[0].spend
        #expect(spend.requests == 5 && spend.spent == 23)
        // One of the day before that ends late cannot be told from one after a clock was set back: it counts for the day that has begun.
        #expect(spend.requestsOfDay == 3 && spend.spentOfDay == 18)
        #expect(spend.interval > 0)
        #expect(try LearnerState(decoding: state.encoded()) == state)
    }

    @Test("a decision made again tells what has changed since from what was not drawn")
    func recomputation() throws {
        let catalogue = try Fixture.catalogue()
        // Something must have been learned: of arms that nothing is known of, Thompson sampling draws uniformly too.
        var state = LearnerState()
        let cell = state.address(route: "auto", category: "code", arm: "small")
        for index in 0..<5 {
            state.apply(
                .rewarded(cell, time: Fixture.start, propensity: 1 / 3, previous: nil, current: 0.9),
                sequence: Int64(index + 1))
        }
        let engine = Fixture.engine(catalogue, state: state)
        let fresh = try engine.decide(Fixture.request(), at: Fixture.start, random: 3).decision
        #expect(fresh.probabilities.max()! - fresh.probabilities.min()! > 0.1)
        let same = Published(catalogue: catalogue, state: state, asOf: Fixture.start)
        #expect(same.recompute(fresh)?.verdict == .equal)
        let greedy = try engine.decide(
            Fixture.request { $0.explores = false }, at: Fixture.start, random: 4
        ).decision
        #expect(same.recompute(greedy)?.verdict == .greedy)
        let pinned = try engine.decide(Fixture.request { $0.model = "large" }, at: Fixture.start, random: 5).decision
        #expect(same.recompute(pinned)?.verdict == .notDrawn)

        let other = try PolicySpecification.parse(kind: "uniform")
        let uniform = Published(
            catalogue: try Fixture.catalogue { $0.policy = other }, state: state, asOf: Fixture.start)
        guard case .different(let distance) = uniform.recompute(fresh)?.verdict else {
            Issue.record("another policy gives other probabilities")
            return
        }
        #expect(distance > 0.05)
        // The logged arm must be what its generator draws from the logged probabilities.
        var forged = fresh
        forged.arm = fresh.arms.first { $0 != fresh.arm }!
        #expect(same.recompute(forged)?.redrawn == fresh.arm)
        var elsewhere = fresh
        elsewhere.route = "gone"
        #expect(same.recompute(elsewhere) == nil)
    }
}
