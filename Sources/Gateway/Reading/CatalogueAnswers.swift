import BanditCore
import RoutingEngine
import WireFormats

/// Answers of the reading endpoints that need only what is in memory.
enum CatalogueAnswers {
    /// `GET /v1/models`, in the shapes of OpenAI's and Anthropic's clients at once: routes first, then arms, then other names of theirs.
    static func models(_ published: Published, aliases: [String]) -> [UInt8] {
        var entries = published.catalogue.routes.map { ($0.definition.id, routeOwner) }
        entries += published.catalogue.arms.map { ($0.id, $0.provider) }
        entries += aliases.map { ($0, routeOwner) }
        var json = JSONBytes()
        json.object { json in
            json.member("object", "list")
            json.key("data")
            json.array { json in for (id, owner) in entries { model(id, owner: owner, &json) } }
            json.member("has_more", false)
            json.member("first_id", entries.first?.0)
            json.member("last_id", entries.last?.0)
        }
        return json.bytes
    }

    private static let routeOwner = "bandit-router"

    /// `GET /v1/models/{id}`; nil where nothing has that id.
    static func model(_ id: String, _ published: Published, aliases: [String]) -> [UInt8]? {
        var json = JSONBytes()
        if published.catalogue.route(id) != nil || aliases.contains(id) {
            model(id, owner: routeOwner, &json)
        } else if let arm = published.catalogue.arm(id) {
            model(id, owner: arm.provider, &json)
        } else {
            return nil
        }
        return json.bytes
    }

    private static func model(_ id: String, owner: String, _ json: inout JSONBytes) {
        json.object {
            $0.member("id", id)
            $0.member("object", "model")
            $0.member("type", "model")
            $0.member("display_name", id)
            $0.member("created", 0)
            $0.member("created_at", "1970-01-01T00:00:00Z")
            $0.member("lifecycle", "active")
            $0.member("owned_by", owner)
        }
    }

    /// `GET /v1/arms`.
    static func arms(_ published: Published, health: ArmHealth) -> [UInt8] {
        list { json in
            for arm in published.catalogue.arms { write(arm, published, health: health, &json) }
        }
    }

    /// One arm, as the list of arms has it.
    static func arm(_ arm: ArmDefinition, _ published: Published, health: ArmHealth) -> [UInt8] {
        var json = JSONBytes(capacity: 512)
        write(arm, published, health: health, &json)
        return json.bytes
    }

    private static func write(
        _ arm: ArmDefinition, _ published: Published, health: ArmHealth, _ json: inout JSONBytes
    ) {
        json.object { json in
            json.member("id", arm.id)
            json.member("object", "arm")
            json.member("provider", arm.provider)
            json.member("model", arm.model)
            json.member("enabled", arm.isEnabled)
            json.member("source", arm.isAdded ? "api" : "file")
            json.member("context_window", arm.contextWindow)
            json.member("capabilities", arm.capabilities.sorted().map(\.rawValue))
            json.key("price")
            if let price = arm.price {
                json.object { json in
                    json.member("input_per_million_usd", price.inputPerMillionUSD)
                    json.member("output_per_million_usd", price.outputPerMillionUSD)
                    for (name, path) in ArmPrice.options { json.member(name, price[keyPath: path]) }
                }
            } else {
                json.null()
            }
            json.key("media_tokens")
            json.object { json in
                for (name, path) in MediaTokens.fields { json.member(name, arm.mediaTokens[keyPath: path]) }
            }
            json.key("prior")
            json.object {
                $0.member("mean", arm.prior.mean)
                $0.member("strength", arm.prior.strength)
            }
            json.member(
                "routes", published.catalogue.routes.filter { $0.armIDs.contains(arm.id) }.map(\.definition.id))
            json.key("health")
            json.object {
                $0.member("state", health.state(of: arm.id).rawValue)
                $0.member("refused_keys", health.refusedKeys(of: arm.id))
            }
        }
    }

    /// `GET /v1/routes`.
    static func routes(_ published: Published) -> [UInt8] {
        list { json in
            for route in published.routes {
                let definition = route.plan.definition
                json.object { json in
                    json.member("id", definition.id)
                    json.member("object", "route")
                    json.member("arms", definition.arms)
                    json.member("policy", definition.policy.kind.rawValue)
                    json.member("exploration_floor", definition.explorationFloor)
                    json.member("affinity", definition.affinity.rawValue)
                    json.member("half_life_s", definition.halfLife.map { Double($0) / 1e6 })
                    json.key("objective")
                    json.object {
                        $0.member("dollars_per_quality", definition.objective.dollarsPerQuality)
                        $0.member("seconds_per_quality", definition.objective.secondsPerQuality)
                    }
                    json.key("fallback")
                    json.object {
                        $0.member("max_attempts", definition.maxAttempts)
                        $0.member("last_resort", definition.lastResort)
                    }
                    json.key("canary")
                    json.array { json in
                        for (arm, share) in definition.canaryShares.sorted(by: { $0.key < $1.key }) {
                            json.object {
                                $0.member("arm", arm)
                                $0.member("share", share)
                            }
                        }
                    }
                    json.key("budget")
                    if let pacer = route.pacer { budget(pacer, &json) } else { json.null() }
                }
            }
        }
    }

    /// What a route may spend, has spent, and the price that keeps it: `dollars_per_quality` is null while the budget does not bind.
    private static func budget(_ pacer: BudgetPacer, _ json: inout JSONBytes) {
        json.object { json in
            switch pacer.definition.limit {
            case .usdPerRequest(let usd): json.member("usd_per_request", usd)
            case .usdPerDay(let usd): json.member("usd_per_day", usd)
            }
            json.member("window", pacer.definition.window)
            json.member("every", pacer.definition.every)
            json.member("hard_cap_usd", pacer.definition.hardCapUSD)
            json.member("requests", pacer.decisions)
            json.member("spent_usd", pacer.spentUSD)
            json.member("dollars_per_quality", pacer.prices.dollarsPerQuality)
            json.key("shadow_prices")
            json.object { json in
                json.member("low", pacer.prices.low)
                json.member("high", pacer.prices.high)
                json.member("share_of_low", pacer.prices.shareOfLow)
            }
        }
    }

    /// `GET /v1/categories`.
    static func categories(_ published: Published, descriptions: [String: String]) -> [UInt8] {
        list { json in
            for id in published.catalogue.categories {
                json.object {
                    $0.member("id", id)
                    $0.member("object", "category")
                    $0.member("description", descriptions[id])
                }
            }
        }
    }

    /// `GET /v1/posteriors`: every arm of a route × every category has a row.
    ///
    /// `n` and `reward_sum` are the decayed evidence without the prior as of `as_of`; `mean` = alpha/(alpha + beta).
    ///
    /// - Parameter arms: the arms of a route that can be drawn: `probability` is over them, and 0 for the others.
    static func posteriors(
        _ published: Published, route: String?, category: String?, arm: String?, confidence: Double = 0.95,
        among arms: (RoutePlan) -> ArmSet
    ) -> [UInt8] {
        var json = JSONBytes(capacity: 16_384)
        json.object { json in
            json.member("object", "list")
            json.member("as_of", RFC3339.exactText(microseconds: published.asOf))
            json.member("version", published.version)
            json.key("data")
            json.array { json in
                for row in published.routes where route == nil || row.plan.definition.id == route {
                    let drawable = arms(row.plan)
                    for cell in row.categories where category == nil || cell.id == category {
                        posteriors(
                            of: cell, plan: row.plan, among: drawable, arm: arm, confidence: confidence, &json)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func posteriors(
        of cell: PublishedCategory, plan: RoutePlan, among drawable: ArmSet, arm: String?, confidence: Double,
        _ json: inout JSONBytes
    ) {
        let best = cell.state.probabilityBest(eligible: plan.all)
        let shares = cell.shares(among: drawable)
        for (position, id) in plan.armIDs.enumerated() where arm == nil || arm == id {
            let state = cell.state
            let n = state.count[position]
            let (alpha, beta) = (state.alpha[position], state.beta[position])
            let interval = state.interval(position, confidence: confidence)
            json.object { json in
                json.member("route", plan.definition.id)
                json.member("category", cell.id)
                json.member("arm", id)
                json.member("n", n)
                json.member("reward_sum", state.rewardSum[position])
                json.member("observed_mean", n > 0 ? state.rewardSum[position] / n : nil)
                json.member("mean", alpha / (alpha + beta))
                json.member("alpha", alpha)
                json.member("beta", beta)
                json.member("prior_alpha", state.priorAlpha[position])
                json.member("prior_beta", state.priorBeta[position])
                json.key("interval")
                json.array {
                    $0.value(interval.lower)
                    $0.value(interval.upper)
                }
                json.member("probability_best", best[position])
                json.member("probability", shares[position])
                json.member("expected_cost_usd", state.expectedCostUSD[position])
                json.member("expected_latency_ms", state.expectedLatencyMS[position])
                json.member("utility", state.meanUtility(position))
            }
        }
    }

    private static func list(_ rows: (inout JSONBytes) -> Void) -> [UInt8] {
        var json = JSONBytes(capacity: 4096)
        json.object {
            $0.member("object", "list")
            $0.key("data")
            $0.array(rows)
        }
        return json.bytes
    }
}
