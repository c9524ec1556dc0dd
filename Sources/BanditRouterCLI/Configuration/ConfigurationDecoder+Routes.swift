import BanditCore
import RoutingEngine

/// The arms that a route lists.
struct RouteArms {
    var ids: [String]
    /// Whether nothing is wrong with the list: only then is a name that is not in it wrong.
    var isComplete: Bool
}

/// Routes and what belongs to them.
extension ConfigurationDecoder {
    /// More than any policy's arithmetic is made for.
    static let armLimit = 128

    mutating func decodeRoutes(_ root: MappingReader, arms: [ArmDefinition]) -> [RouteDefinition] {
        let sections = root.sections("routes")
        if sections.isEmpty, root.has("routes") { reportEmpty("routes", of: root) }
        return sections.map { section in
            let id = declare(section, what: "route", in: &routeLocations)
            if let arm = armLocations[id] {
                section.report(
                    "id", "an arm on line \(arm.line) has the same id: “model” in a request must mean one of them")
            }
            return decodeRoute(section, id: id, catalogue: arms)
        }
    }

    private func decodeRoute(_ section: MappingReader, id: String, catalogue: [ArmDefinition]) -> RouteDefinition {
        let list = decodeArmList(section)
        let arms = list.ids
        var route = RouteDefinition(id: id, arms: arms)
        if let policy = section.section("policy") {
            route.pooling = policy.choice("pooling", of: Pooling.self) ?? route.pooling
            if let scalar = policy.scalar("concentration") {
                if let concentration = Concentration(text: scalar.text) {
                    route.concentration = concentration
                } else {
                    policy.report("concentration", scalar.mismatch(Concentration.expectation))
                }
            }
            route.policy = decodeSpecification(policy, arms: list) ?? route.policy
        }
        if let objective = section.section("objective") {
            route.objective = Objective(
                dollarsPerQuality: objective.number("dollars_per_quality", .positive),
                secondsPerQuality: objective.number("seconds_per_quality", .positive))
        }
        if let exploration = section.section("exploration"),
            let floor = exploration.number("floor", .atLeastZero)
        {
            if !arms.isEmpty, floor > 1 / Double(arms.count) {
                exploration.report(
                    "floor", "must be at most 1/\(arms.count) for \(arms.count) arms: every arm gets at least the floor"
                )
            }
            route.explorationFloor = floor
        }
        route.halfLife = section.section("forgetting")?.microseconds("half_life")
        route.affinity = section.choice("affinity", of: Affinity.self) ?? route.affinity
        if let fallback = section.section("fallback") {
            route.maxAttempts = fallback.integer("max_attempts", in: 1...Self.armLimit) ?? route.maxAttempts
            if let arm = fallback.scalar("last_resort") {
                if knowsArms { checkReference(arm, to: "arm", among: armLocations.keys) }
                route.lastResort = arm.text
            }
        }
        if let timeouts = section.section("timeouts") { route.timeouts = decodeTimeouts(timeouts) }
        if let budget = section.section("budget") {
            route.budget = decodeBudget(budget)
            checkPrices(of: route, budget: budget, catalogue: catalogue)
        }
        route.classes = decodeClasses(section)
        route.requires = decodeCapabilities(section, "requires")
        route.priors = decodePriors(section, arms: list)
        route.canaryShares = decodeCanary(section, arms: list)
        if let cache = section.section("cache") {
            route.cache = CacheDefinition(
                timeToLive: cache.duration("ttl") ?? .seconds(60),
                maxEntries: cache.integer("max_entries", in: 1...10_000_000) ?? 10_000,
                maxBytes: cache.integer("max_bytes", in: 1_024...68_719_476_736) ?? 67_108_864,
                acrossKeys: cache.boolean("across_keys") ?? false)
        }
        return route
    }

    private func decodeArmList(_ section: MappingReader) -> RouteArms {
        let found = log.problems.count
        let scalars = section.scalars("arms")
        if scalars.isEmpty, section.has("arms") { reportEmpty("arms", of: section) }
        if scalars.count > Self.armLimit {
            section.report("arms", "has \(scalars.count) arms, more than the \(Self.armLimit) that a route may have")
        }
        var seen: Set<String> = []
        for scalar in scalars {
            if knowsArms { checkReference(scalar, to: "arm", among: armLocations.keys) }
            if !seen.insert(scalar.text).inserted { log.report(scalar.location, "the arm is listed twice") }
        }
        return RouteArms(ids: scalars.map(\.text), isComplete: log.problems.count == found)
    }

    /// Reads the benchmark that the route starts from; one that says nothing of any of its arms is a mistake.
    private func decodePriors(_ section: MappingReader, arms: RouteArms) -> RoutePriors? {
        guard let path = section.path("priors") else { return nil }
        let priors: RoutePriors
        do throws(PriorsFile.Failure) {
            priors = try PriorsFile.read(path: path)
        } catch {
            section.report("priors", "\(shown(path)): \(error.reason)")
            return nil
        }
        if arms.isComplete, !priors.cells.contains(where: { arms.ids.contains($0.arm) }) {
            let known = Set(priors.cells.map(\.arm)).sorted().prefix(8).joined(separator: ", ")
            section.report("priors", "\(shown(path)) says nothing of any arm of the route; it knows \(shown(known))")
        }
        return priors
    }

    private func decodeTimeouts(_ section: MappingReader) -> RouteTimeouts {
        var timeouts = RouteTimeouts()
        timeouts.connect = section.duration("connect") ?? timeouts.connect
        timeouts.firstByte = section.duration("first_byte") ?? timeouts.firstByte
        timeouts.betweenChunks = section.duration("between_chunks") ?? timeouts.betweenChunks
        timeouts.total = section.duration("total") ?? timeouts.total
        return timeouts
    }

    private func decodeBudget(_ section: MappingReader) -> BudgetDefinition? {
        let perRequest = section.number("usd_per_request", .positive)
        let perDay = section.number("usd_per_day", .positive)
        let window = section.integer("window", in: 1...1_000_000_000)
        let every = section.integer("every", in: 1...1_000_000_000)
        let cap = section.number("hard_cap_usd", .positive)
        if section.has("usd_per_request"), section.has("usd_per_day") {
            section.report("usd_per_day", "a budget is per request or per day, not both")
        }
        if !section.has("usd_per_request"), !section.has("usd_per_day") {
            log.report(section.location, "a budget needs usd_per_request or usd_per_day")
        }
        guard
            let limit = perRequest.map(BudgetDefinition.Limit.usdPerRequest)
                ?? perDay.map(BudgetDefinition.Limit.usdPerDay)
        else { return nil }
        return BudgetDefinition(limit: limit, window: window ?? 200, every: every ?? 5, hardCapUSD: cap)
    }

    /// A budget can only be kept where costs are known (DESIGN §4.7).
    private func checkPrices(of route: RouteDefinition, budget: MappingReader, catalogue: [ArmDefinition]) {
        let unpriced = catalogue.filter { route.arms.contains($0.id) && $0.price == nil }.map(\.id)
        guard !unpriced.isEmpty else { return }
        let names = shown(unpriced.joined(separator: ", "))
        log.report(
            budget.location,
            "a budget needs the price of every arm of its route; without one: \(names)"
        )
    }

    private func decodeCanary(_ section: MappingReader, arms: RouteArms) -> [String: Double] {
        var shares: [String: Double] = [:]
        for canary in section.sections("canary", allowsSingle: true) {
            let share = canary.number("share", .share)
            guard let arm = canary.scalar("arm") else { continue }
            if arms.isComplete { checkReference(arm, to: "arm in this route's list called", among: arms.ids) }
            if shares.updateValue(share ?? 1, forKey: arm.text) != nil {
                canary.report("arm", "the arm has two shares")
            }
        }
        let capped = arms.ids.compactMap { shares[$0] }
        if !arms.ids.isEmpty, capped.count == arms.ids.count, capped.reduce(0, +) < 1 {
            section.report("canary", "the shares of all arms add up to less than 1: some requests would have no arm")
        }
        return shares
    }
}
