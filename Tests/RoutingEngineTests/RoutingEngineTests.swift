import BanditCore
import RoutingEngine
import Testing

@Suite("Routing engine")
struct RoutingEngineTests {
    let now = Fixture.start

    func reasons(_ choice: Choice) -> [String: ExclusionReason] {
        Dictionary(choice.decision.excluded.map { ($0.arm, $0.reason) }, uniquingKeysWith: { first, _ in first })
    }

    @Test("a decision lists the eligible arms with probabilities that sum to one and the drawn arm's among them")
    func shape() throws {
        let engine = Fixture.engine(try Fixture.catalogue())
        for random in 0..<200 as Range<UInt64> {
            let decision = try engine.decide(Fixture.request(), at: now, random: random &* 0x9E37_79B9_7F4A_7C15)
                .decision
            #expect(decision.arms == ["small", "large", "unpriced"])
            #expect(abs(decision.probabilities.reduce(0, +) - 1) < 1e-9)
            let position = try #require(decision.arms.firstIndex(of: decision.arm))
            #expect(decision.probabilities[position] == decision.propensity)
            #expect(decision.kind == .fresh)
        }
    }

    @Test("the same request, state and id give the same decision: a draw can be made again from the log")
    func determinism() throws {
        let catalogue = try Fixture.catalogue { $0.affinity = .none }
        let first = try Fixture.engine(catalogue).decide(Fixture.request(), at: now, random: 42).decision
        let second = try Fixture.engine(catalogue).decide(Fixture.request(), at: now, random: 42).decision
        #expect(first == second)
        var generator = RoutingEngine.generator(for: first.id)
        let drawn = ActionDistribution(probabilities: first.probabilities).draw(using: &generator)
        #expect(first.arms[drawn] == first.arm)
    }

    @Test("draws follow the logged propensities (χ², 20,000 draws, 1 in 10⁶ false alarms)")
    func frequencies() throws {
        var state = LearnerState()
        for (arm, rewards) in [("small", [1.0, 0, 1]), ("large", [1, 1, 0, 1]), ("unpriced", [0, 1])] {
            let cell = state.address(route: "auto", category: "code", arm: arm)
            for reward in rewards {
                state.apply(.rewarded(cell, time: now, propensity: nil, previous: nil, current: reward), sequence: 1)
            }
        }
        let engine = Fixture.engine(try Fixture.catalogue(), state: state)
        var seeds = SplitMix64(seed: 3)
        var counts: [String: Double] = [:]
        var expected: [Double] = []
        let draws = 20_000
        for _ in 0..<draws {
            let decision = try engine.decide(Fixture.request(), at: now, random: seeds.next()).decision
            counts[decision.arm, default: 0] += 1
            expected = decision.probabilities.map { $0 * Double(draws) }
        }
        let statistic = zip(["small", "large", "unpriced"], expected).reduce(0.0) { sum, pair in
            let difference = counts[pair.0, default: 0] - pair.1
            return sum + difference * difference / pair.1
        }
        #expect(statistic < 27.6)
    }

    @Test(
        "an arm that cannot serve is excluded with its reason",
        arguments: [
            (
                "small", ExclusionReason.capabilityTools,
                DecisionRequest(model: "auto", category: "code", requirements: [.tools])
            ),
            ("unpriced", .capabilityVision, DecisionRequest(model: "auto", category: "code", requirements: [.vision])),
            ("unpriced", .capabilityJSON, DecisionRequest(model: "auto", category: "code", requirements: [.json])),
            (
                "small", .contextWindow,
                DecisionRequest(model: "auto", category: "code", promptTokens: 900, maxTokens: 101)
            ),
            ("large", .maxCost, DecisionRequest(model: "auto", category: "code", maxTokens: 1000, maxCostUSD: 0.001)),
            (
                "unpriced", .maxCost,
                DecisionRequest(model: "auto", category: "code", maxTokens: 1000, maxCostUSD: 0.001)
            ),
            ("large", .notAllowed, DecisionRequest(model: "auto", category: "code", allowedArms: ["small"])),
        ])
    func exclusions(arm: String, reason: ExclusionReason, request: DecisionRequest) throws {
        let choice = try Fixture.engine(try Fixture.catalogue()).decide(request, at: now, random: 1)
        #expect(reasons(choice)[arm] == reason)
        #expect(!choice.decision.arms.contains(arm))
        #expect(choice.decision.arms.count == choice.decision.probabilities.count)
    }

    @Test("what fits exactly is eligible")
    func boundaries() throws {
        let engine = Fixture.engine(try Fixture.catalogue())
        let fits = try engine.decide(
            Fixture.request {
                $0.promptTokens = 900; $0.maxTokens = 100
            }, at: now, random: 1)
        #expect(fits.decision.arms.contains("small"))
        let bounded = Fixture.request {
            $0.promptTokens = 10; $0.maxTokens = 100
        }
        let cost = try #require(Fixture.arms[0].worstCaseUSD(of: bounded))
        let paid = try engine.decide(
            Fixture.request {
                $0.promptTokens = 10; $0.maxTokens = 100; $0.maxCostUSD = cost
            }, at: now, random: 1)
        #expect(paid.decision.arms == ["small"])
    }

    @Test("every answer that is asked for is billed, and embeddings have none")
    func worstCase() throws {
        func worst(_ change: (inout DecisionRequest) -> Void) throws -> Double {
            try #require(Fixture.arms[0].worstCaseUSD(of: Fixture.request(change)))
        }
        let none = try worst { $0.maxTokens = 0 }
        let one = try worst { $0.maxTokens = 100 }
        let fifty = try worst {
            $0.maxTokens = 100; $0.choices = 50
        }
        #expect(abs((fifty - none) - 50 * (one - none)) < 1e-12)
        #expect(try worst { $0.choices = 2 } > one, "an answer without a bound is taken to be long")
        #expect(
            try worst {
                $0.maxTokens = .max; $0.choices = .max
            } >= fifty)
        #expect(
            try worst {
                $0.requirements = [.embeddings]; $0.choices = 50
            } == none)
        // A cap on the cost of a request holds for all its answers together.
        let engine = Fixture.engine(try Fixture.catalogue())
        let capped = Fixture.request {
            $0.maxTokens = 100; $0.maxCostUSD = one
        }
        #expect(try engine.decide(capped, at: now, random: 1).decision.arms.contains("small"))
        let many = Fixture.request {
            $0.maxTokens = 100; $0.choices = 2; $0.maxCostUSD = one
        }
        #expect(throws: RoutingRefusal.self) { try engine.decide(many, at: now, random: 1) }
    }

    @Test("where nothing is left, the refusal says what the client can change before what it can only wait for")
    func refusals() throws {
        let engine = Fixture.engine(try Fixture.catalogue(), health: HealthDefinition(failuresToOpen: 1))
        let unknown = Fixture.request { $0.model = "nobody" }
        #expect(throws: RoutingRefusal.modelNotFound("nobody")) { try engine.decide(unknown, at: now, random: 1) }
        let barred = Fixture.request { $0.allowedArms = [] }
        #expect(throws: RoutingRefusal.self) { try engine.decide(barred, at: now, random: 1) }
        for arm in ["small", "large", "unpriced"] { engine.health.failed(arm, retryAfter: 60_000_000) }
        do {
            _ = try engine.decide(Fixture.request(), at: now, random: 1)
            Issue.record("all arms rest")
        } catch {
            guard case .noArmAvailable(let excluded) = error else { Issue.record("\(error)"); return }
            #expect(excluded.map(\.reason) == [.cooldown, .cooldown, .cooldown])
        }
    }

    @Test("a session keeps its arm while that stays eligible, and is drawn anew when it does not")
    func sessions() throws {
        let engine = Fixture.engine(try Fixture.catalogue(), health: HealthDefinition(failuresToOpen: 1))
        let request = Fixture.request { $0.session = "s1" }
        let first = try engine.decide(request, at: now, random: 9).decision
        #expect(first.kind == .fresh)
        for random in 10..<30 as Range<UInt64> {
            let next = try engine.decide(request, at: now, random: random).decision
            #expect(next.kind == .sticky)
            #expect(next.arm == first.arm)
            #expect(next.propensity == 1)
        }
        engine.health.failed(first.arm)
        let moved = try engine.decide(request, at: now, random: 31).decision
        #expect(moved.kind == .fresh)
        #expect(moved.arm != first.arm)
        #expect(try engine.decide(request, at: now, random: 32).decision.arm == moved.arm)
        let elsewhere = try engine.decide(
            Fixture.request {
                $0.session = "s1"; $0.keyGroup = "g"
            }, at: now, random: 9)
        #expect(elsewhere.decision.kind == .fresh)
    }

    @Test("an arm asked for by name is pinned, belongs to the first route that lists it, and has no fallback")
    func pinned() throws {
        let engine = Fixture.engine(try Fixture.catalogue())
        let choice = try engine.decide(Fixture.request { $0.model = "large" }, at: now, random: 1)
        #expect(choice.decision.kind == .pinned)
        #expect(choice.decision.route == "auto")
        #expect(choice.decision.arms == ["large"])
        #expect(choice.decision.probabilities == [1])
        #expect(engine.fallback(for: choice, tried: ArmSet([1]), attempt: 1) == nil)
    }

    @Test("explore off takes the arm of best expected utility with propensity one")
    func exploitation() throws {
        var state = LearnerState()
        let cell = state.address(route: "auto", category: "code", arm: "unpriced")
        for _ in 0..<50 {
            state.apply(.rewarded(cell, time: now, propensity: nil, previous: nil, current: 1), sequence: 1)
        }
        let engine = Fixture.engine(try Fixture.catalogue { $0.explorationFloor = 0.1 }, state: state)
        for random in 0..<20 as Range<UInt64> {
            let decision = try engine.decide(Fixture.request { $0.explores = false }, at: now, random: random).decision
            #expect(decision.arm == "unpriced")
            #expect(decision.probabilities == [0, 0, 1])
        }
    }

    @Test("a canary gets its share of the draws whatever was learned, and nothing without exploring")
    func canary() throws {
        var state = LearnerState()
        for (arm, reward) in [("small", 1.0), ("large", 0)] {
            let cell = state.address(route: "auto", category: "code", arm: arm)
            for _ in 0..<200 {
                state.apply(.rewarded(cell, time: now, propensity: nil, previous: nil, current: reward), sequence: 1)
            }
        }
        for canary in ["small", "large"] {
            let engine = Fixture.engine(
                try Fixture.catalogue {
                    $0.canaryShares = [canary: 0.05]; $0.explorationFloor = 0.01
                }, state: state)
            let decision = try engine.decide(Fixture.request(), at: now, random: 1).decision
            let position = try #require(decision.arms.firstIndex(of: canary))
            #expect(abs(decision.probabilities[position] - 0.05) < 1e-12)
            #expect(abs(decision.probabilities.reduce(0, +) - 1) < 1e-12)
            for probability in decision.probabilities { #expect(probability >= 0.01 - 1e-12) }
            let steady = try engine.decide(Fixture.request { $0.explores = false }, at: now, random: 1).decision
            #expect(steady.excluded == [Exclusion(arm: canary, reason: .canaryShare)] && steady.propensity == 1)
            let pinned = try engine.decide(
                Fixture.request {
                    $0.model = canary; $0.explores = false
                }, at: now, random: 1)
            #expect(pinned.decision.arm == canary)
        }
    }

    @Test("shares of canaries that are all there is, or add up to more than 1, are scaled")
    func canariesOnly() throws {
        let engine = Fixture.engine(
            try Fixture.catalogue { $0.canaryShares = ["small": 0.25, "large": 0.5, "unpriced": 0.25] })
        #expect(try engine.decide(Fixture.request(), at: now, random: 1).decision.probabilities == [0.25, 0.5, 0.25])
        let few = try engine.decide(Fixture.request { $0.requirements = [.tools] }, at: now, random: 1).decision
        #expect(few.arms == ["large", "unpriced"])
        #expect(abs(few.probabilities[0] - 2.0 / 3) < 1e-12 && abs(few.probabilities[1] - 1.0 / 3) < 1e-12)
        let over = Fixture.engine(try Fixture.catalogue { $0.canaryShares = ["small": 0.9, "large": 0.9] })
        #expect(try over.decide(Fixture.request(), at: now, random: 1).decision.probabilities == [0.5, 0.5, 0])
    }

    @Test("an arm that is switched off is not asked, by whatever name, and keeps its place")
    func disabled() throws {
        var arms = Fixture.arms
        arms[1].isEnabled = false
        let catalogue = try Catalogue(
            arms: arms,
            routes: [
                RouteDefinition(id: "auto", arms: ["small", "large", "unpriced"]),
                RouteDefinition(id: "second", arms: ["large"]),
            ], categories: ["general", "code"])
        let engine = Fixture.engine(catalogue)
        let decision = try engine.decide(Fixture.request(), at: now, random: 1).decision
        #expect(decision.arms == ["small", "unpriced"])
        #expect(decision.excluded == [Exclusion(arm: "large", reason: .disabled)])
        for name in ["large", "second"] {
            do {
                _ = try engine.decide(Fixture.request { $0.model = name }, at: now, random: 1)
                Issue.record("\(name) was served")
            } catch {
                #expect(error == .noArmAvailable([Exclusion(arm: "large", reason: .disabled)]))
            }
        }
    }

    @Test("the last resort is asked after all others, and instead of a refusal, where it is able to serve")
    func lastResort() throws {
        let engine = Fixture.engine(
            try Fixture.catalogue {
                $0.arms = ["small", "unpriced"]; $0.lastResort = "large"
            }, health: HealthDefinition(failuresToOpen: 1))
        let choice = try engine.decide(Fixture.request(), at: now, random: 1)
        #expect(!choice.decision.arms.contains("large"))
        #expect(engine.lastResort(for: choice, tried: ArmSet([0, 1]))?.id == "large")
        // Too dear for the client: not even then.
        let thrifty = try engine.decide(
            Fixture.request {
                $0.maxTokens = 1000; $0.maxCostUSD = 0.001
            }, at: now, random: 1)
        #expect(engine.lastResort(for: thrifty, tried: ArmSet([0])) == nil)
        let pinned = try engine.decide(Fixture.request { $0.model = "small" }, at: now, random: 1)
        #expect(engine.lastResort(for: pinned, tried: ArmSet([0])) == nil)

        // No arm of the route sees images; the last resort does.
        let seeing = try engine.decide(Fixture.request { $0.requirements = [.vision] }, at: now, random: 1)
        #expect(seeing.position == -1 && seeing.lastResort?.id == "large")
        #expect(seeing.decision.arm == "large" && seeing.decision.kind == .pinned && seeing.decision.arms == ["large"])
        #expect(seeing.decision.route == "auto" && seeing.decision.excluded.map(\.arm) == ["small", "unpriced"])

        for arm in ["small", "unpriced"] { engine.health.failed(arm) }
        #expect(try engine.decide(Fixture.request(), at: now, random: 1).decision.arm == "large")
        engine.health.failed("large")
        let open = try engine.decide(Fixture.request(), at: now, random: 1)
        #expect(
            open.asksOpenArms && open.decision.arm != "large", "where it is out of service, too, an open arm is asked")
        #expect(engine.lastResort(for: choice, tried: ArmSet([0, 1])) == nil)
    }

    @Test("a last resort that is an arm of the route is asked once")
    func lastResortOfTheRoute() throws {
        let engine = Fixture.engine(try Fixture.catalogue { $0.lastResort = "large" })
        let choice = try engine.decide(Fixture.request(), at: now, random: 1)
        #expect(engine.lastResort(for: choice, tried: ArmSet([0]))?.id == "large")
        #expect(engine.lastResort(for: choice, tried: ArmSet([0, 1])) == nil)
    }

    @Test("a fallback is drawn from the arms left and never repeats one")
    func fallbacks() throws {
        let engine = Fixture.engine(try Fixture.catalogue())
        for random in 0..<50 as Range<UInt64> {
            let choice = try engine.decide(Fixture.request(), at: now, random: random)
            var tried = ArmSet([choice.position])
            let second = try #require(engine.fallback(for: choice, tried: tried, attempt: 1))
            #expect(!tried.contains(second))
            tried.insert(second)
            let third = try #require(engine.fallback(for: choice, tried: tried, attempt: 2))
            #expect(!tried.contains(third))
            tried.insert(third)
            #expect(engine.fallback(for: choice, tried: tried, attempt: 3) == nil)
        }
    }

    @Test("the posterior does not depend on the order in which cells were first seen")
    func orderOfNames() throws {
        let catalogue = try Fixture.catalogue()
        func learned(_ arms: [String]) -> LearnerState {
            var state = LearnerState()
            for arm in arms {
                _ = state.address(route: "auto", category: arm == "large" ? "code" : "general", arm: arm)
            }
            for arm in ["small", "large", "unpriced", "removed"] {
                let cell = state.address(route: "auto", category: "code", arm: arm)
                for reward in [1.0, 0, 1, 1] {
                    state.apply(
                        .rewarded(cell, time: now, propensity: nil, previous: nil, current: reward), sequence: 1)
                }
            }
            return state
        }
        let one = Published(catalogue: catalogue, state: learned(["small", "large", "unpriced"]), asOf: now)
        let two = Published(catalogue: catalogue, state: learned(["removed", "unpriced", "large"]), asOf: now)
        for (left, right) in zip(one.routes[0].categories, two.routes[0].categories) {
            #expect(Array(left.state.alpha) == Array(right.state.alpha))
            #expect(Array(left.state.beta) == Array(right.state.beta))
            #expect(Array(left.state.priorAlpha) == Array(right.state.priorAlpha))
            #expect(left.state.total == right.state.total)
        }
        #expect(one.routes[0].categories[1].state.count[0] == 4)
    }
}
