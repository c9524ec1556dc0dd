import BanditCore
import RoutingEngine
import Synchronization
import Testing

/// What was learned, folded and read under clocks that were wrong.
@Suite("Clocks and what was learned")
struct ClockFoldTests {
    private static let minute: Timestamp = 60_000_000
    private static let day: Timestamp = 86_400_000_000
    private let now = Fixture.start

    /// Half-lives, and how far ahead the clock is.
    private static let wrongClocks: [(Timestamp, Timestamp)] = [
        (3 * minute, 3 * day), (14 * day, 27_000 * day), (1_000_000, 36_500 * day), (14 * day, 91 * day),
    ]

    /// Those that learn.
    private static let policies = PolicyKind.allCases.filter { $0 != .fixed }

    private func catalogue(halfLife: Timestamp, policy: PolicyKind = .thompson) throws -> Catalogue {
        let specification = try PolicySpecification.parse(kind: policy.rawValue)
        return try Fixture.catalogue {
            $0.halfLife = halfLife
            $0.policy = specification
        }
    }

    /// A decision of a cell with everything that follows it.
    private func observe(
        _ state: inout LearnerState, arm: String = "small", at time: Timestamp, reward: Double = 1, cost: Double = 0.01,
        category: String = "code"
    ) {
        let cell = state.address(route: "auto", category: category, arm: arm)
        let sequence = state.version + 1
        state.apply(.decided(cell, time: time), sequence: sequence)
        state.apply(.attempted(cell, time: time, failed: false), sequence: sequence)
        state.apply(.served(cell, time: time, costUSD: cost, latencyMS: 300), sequence: sequence)
        state.apply(.ended(cell, time: time, cost: NanoDollars(usd: cost)), sequence: sequence)
        state.apply(
            .rewarded(cell, time: time, propensity: 0.5, previous: nil, current: reward), sequence: sequence)
    }

    private func rewards(_ state: LearnerState, _ arm: String = "small", at time: Timestamp) -> SignalSums {
        guard let cell = state.existingAddress(route: "auto", category: "code", arm: arm) else { return SignalSums() }
        return state.routes[cell.route].cells.reward(category: cell.category, arm: cell.arm, asOf: Double(time))
    }

    private func expectSound(_ published: Published, _ comment: String = "") {
        for route in published.routes {
            for category in route.categories {
                let probabilities = category.distribution(over: route.plan.all).probabilities
                #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6, "\(comment): \(probabilities)")
                for arm in route.plan.arms.indices {
                    let interval = category.state.interval(arm)
                    #expect(
                        interval.lower >= 0 && interval.upper <= 1 && interval.lower <= interval.upper, "\(comment)")
                }
            }
        }
    }

    @Test(
        "observations of a clock that was ahead: no posterior traps, cells are named, and learning goes on once it is right",
        arguments: wrongClocks)
    func ahead(halfLife: Timestamp, ahead: Timestamp) throws {
        let catalogue = try catalogue(halfLife: halfLife)
        var state = LearnerState(halfLives: ["auto": halfLife])
        for index in 0..<5 { observe(&state, at: now - Timestamp(index) * Self.minute, reward: 0) }
        observe(&state, at: now + ahead)
        let wrong = Published(catalogue: catalogue, state: state, asOf: now)
        expectSound(wrong)
        #expect(wrong.cellsAhead == [CellName(route: "auto", category: "code", arm: "small")])
        let count = rewards(state, at: now).count
        #expect(count > 0 && count <= 12, "no observation weighs more than 2: \(count)")

        for _ in 0..<40 { observe(&state, at: now, reward: 0) }
        expectSound(Published(catalogue: catalogue, state: state, asOf: now))
        guard ahead / halfLife > 256 else { return }
        // The clock is known to be right again: what was learned under the wrong one is one observation among many, and fades.
        #expect(Published(catalogue: catalogue, state: state, asOf: now).cellsAhead.isEmpty)
        let learned = rewards(state, at: now)
        #expect(learned.count > 39 && (learned.mean ?? 1) < 0.2, "\(learned)")
        #expect(rewards(state, at: now + 10 * halfLife).count < 0.1)
    }

    @Test(
        "what is said of a decision of the wrong clock after it was set right does not count, nor does taking it back")
    func lateReward() throws {
        let halfLife = 3 * Self.minute
        var state = LearnerState(halfLives: ["auto": halfLife])
        observe(&state, at: now + 3 * Self.day)
        for _ in 0..<10 { observe(&state, at: now, reward: 0) }
        let before = rewards(state, at: now)
        let cell = state.address(route: "auto", category: "code", arm: "small")
        for (previous, current) in [(nil, 1.0), (1.0, nil), (1.0, 0.0)] as [(Double?, Double?)] {
            state.apply(
                .rewarded(cell, time: now + 3 * Self.day, propensity: 1, previous: previous, current: current),
                sequence: state.version + 1)
        }
        #expect(rewards(state, at: now) == before)
    }

    @Test(
        "times from the edges of 64 bits, in any order, read at any time, under every policy: nothing traps",
        arguments: policies)
    func anyTimes(policy: PolicyKind) throws {
        var generator = Xoshiro256StarStar(seed: 14)
        let edges: [Timestamp] = [
            .min, .min + 1, -1, 0, 1, .max - 1, .max, now, now + 3 * Self.day, 4_102_444_800_000_000,
            now - 91 * Self.day, 253_402_300_800_000_000,
        ]
        for halfLife in [1_000, Self.minute, 14 * Self.day, 36_500 * Self.day] {
            let catalogue = try catalogue(halfLife: halfLife, policy: policy)
            var state = LearnerState(halfLives: ["auto": halfLife])
            for _ in 0..<60 {
                let arm = ["small", "large", "unpriced"].randomElement(using: &generator)!
                let time = edges.randomElement(using: &generator)!
                observe(
                    &state, arm: arm, at: time, reward: generator.uniform(),
                    cost: [0, 1e-9, 1e9, 1e300, .nan, .infinity].randomElement(using: &generator)!)
                let cell = state.address(route: "auto", category: "code", arm: arm)
                state.apply(
                    .rewarded(
                        cell, time: edges.randomElement(using: &generator)!,
                        propensity: [nil, 0, 1e-300, 1].randomElement(using: &generator)!,
                        previous: 0.5, current: Bool.random(using: &generator) ? nil : 1), sequence: state.version + 1)
            }
            let read = try LearnerState(decoding: state.encoded())
            #expect(read.encoded() == state.encoded() && read == state)
            for asOf in edges {
                expectSound(
                    Published(catalogue: catalogue, state: state, asOf: asOf), "half-life \(halfLife) as of \(asOf)")
            }
        }
    }

    @Test("a route that has had as many arms as a route can have still gets a posterior for a new one")
    func retiredArms() throws {
        var state = LearnerState()
        for index in 0..<ArmSet.capacity { observe(&state, arm: "old-\(index)", at: now) }
        expectSound(Published(catalogue: try Fixture.catalogue(), state: state, asOf: now))
    }

    @Test("ids stay in order where the clock is set back, and after those of the process before")
    func ids() throws {
        let catalogue = try Fixture.catalogue()
        let engine = Fixture.engine(catalogue)
        var last: DecisionID?
        for (index, step) in [0, 1, 1, -3_600_000_000, -Self.day, -Self.day, 0, 5, 91 * Self.day, 0].enumerated() {
            let decision = try engine.decide(Fixture.request(), at: now + step, random: UInt64(index)).decision
            #expect(decision.time == now + step)
            if let last {
                #expect(decision.id.time >= last.time && (decision.id > last || decision.id.time == last.time))
            }
            last = decision.id
        }
        let next = RoutingEngine(
            published: Published(catalogue: catalogue, state: LearnerState(), asOf: now),
            health: ArmHealth(HealthDefinition()), newestID: last)
        #expect(try next.decide(Fixture.request(), at: now, random: 1).decision.id > last!)
    }

    @Test("an arm comes back when its pause is over by the steady clock, whatever the wall clock does")
    func breakers() throws {
        let steady = Mutex<Timestamp>(0)
        let health = ArmHealth(
            HealthDefinition(failuresToOpen: 1, openFor: .seconds(30)), clock: { steady.withLock { $0 } })
        let engine = RoutingEngine(
            published: Published(catalogue: try Fixture.catalogue(), state: LearnerState(), asOf: now), health: health)
        for arm in ["small", "large", "unpriced"] { health.failed(arm, retryAfter: 20_000_000) }
        for step in [-Self.day, 0, 91 * Self.day] {
            #expect(throws: RoutingRefusal.self) { try engine.decide(Fixture.request(), at: now + step, random: 1) }
        }
        steady.withLock { $0 = 31_000_000 }
        for step in [-Self.day, 0] {
            #expect(throws: Never.self) { try engine.decide(Fixture.request(), at: now + step, random: 1) }
        }
    }

    @Test("a day of a budget does not begin twice, and one that was days ahead begins when the clock is right")
    func budgetDays() throws {
        let midnight = (now / Self.day + 1) * Self.day
        var state = LearnerState()
        let cell = state.address(route: "auto", category: "code", arm: "small")
        func spend(_ usd: Double, at time: Timestamp) {
            state.apply(.ended(cell, time: time, cost: NanoDollars(usd: usd)), sequence: state.version + 1)
        }
        spend(1, at: midnight + 1)
        spend(2, at: midnight - 1)
        spend(4, at: midnight + 2)
        #expect(state.routes[cell.route].spend.spentOfDay.usd == 7)
        #expect(state.routes[cell.route].spend.requestsOfDay == 3)
        // An import of last week's log counts for the whole only.
        spend(8, at: midnight - 7 * Self.day)
        #expect(state.routes[cell.route].spend.spentOfDay.usd == 7 && state.routes[cell.route].spend.spent.usd == 15)

        var books = BudgetBooks()
        let catalogue = try Fixture.catalogue { $0.budget = BudgetDefinition(limit: .usdPerDay(100)) }
        func spent(at time: Timestamp) -> Double? {
            Published(catalogue: catalogue, state: state, asOf: time, books: &books).routes[0].pacer?.spentUSD
        }
        #expect(spent(at: midnight + 3) == 7)
        #expect(spent(at: midnight - 3) == 7, "a step back over midnight")
        // The clock was three days ahead: what is spent today is counted from now on.
        spend(1, at: midnight + 3 * Self.day)
        #expect(spent(at: midnight - 5) == 0)
        spend(2, at: midnight - 4)
        #expect(spent(at: midnight - 3) == 2)
        #expect(spent(at: midnight + 2) == 0, "the next day")
    }
}
