import BanditCore
import Dialects
package import Gateway
import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// What stands for a secret in everything that is printed.
package let maskedSecret = "********"

extension RouterConfiguration {
    /// The configuration as a tree with every default written out; what is absent has no default.
    ///
    /// - Parameter showsSecrets: whether keys appear as they are instead of as `********`.
    package func tree(showsSecrets: Bool = false) -> ConfigurationTree {
        section([
            ("server", serverTree), ("store", section([("path", .text(store.path))])),
            ("providers", .list(providers.map { providerTree($0, showsSecrets: showsSecrets) })),
            ("arms", .list(arms.map { armTree($0, phrasings[$0.id] ?? ArmPhrasing()) })),
            ("categories", categories.isEmpty ? nil : .list(categories.map(categoryTree))),
            (
                "classifier",
                section([
                    ("taxonomy", .text(classifier.taxonomy.rawValue)),
                    ("model", classifier.modelPath.map { .text($0) }),
                    ("threshold", number(classifier.threshold)),
                    (
                        "harness_tags",
                        classifier.harnessTags == HarnessText.usualTags
                            ? nil : .list(classifier.harnessTags.map { .text($0) })
                    ),
                    ("embeddings", classifier.embeddings.map(embeddingsTree)),
                ])
            ),
            ("routes", .list(routes.map(routeTree))),
            ("aliases", aliasTree),
            ("feedback", feedbackTree),
            (
                "privacy",
                section([("store_content", truth(privacy.storeContent)), ("retention", duration(privacy.retention))])
            ),
            (
                "health",
                section([("failures_to_open", whole(health.failuresToOpen)), ("open_for", duration(health.openFor))])
            ),
            ("limits", limits == KeyLimits() ? nil : limitsTree),
            (
                "logging",
                section([("format", .text(logging.format.rawValue)), ("requests", truth(logging.logsRequests))])
            ),
        ])
    }

    private var aliasTree: ConfigurationTree? {
        guard !aliases.isEmpty else { return nil }
        return .list(aliases.map { section([("name", .text($0.name)), ("model", .text($0.model))]) })
    }

    private var allowedHostTree: ConfigurationTree? {
        server.allowedHosts.isEmpty ? nil : .list(server.allowedHosts.map { .text($0) })
    }

    private var serverTree: ConfigurationTree {
        section([
            ("host", .text(server.host)), ("port", whole(server.port)), ("max_body_bytes", whole(server.maxBodyBytes)),
            ("max_in_flight_body_bytes", server.maxInFlightBodyBytes.map(whole)),
            ("max_connections", whole(server.maxConnections)), ("idle_timeout", duration(server.idleTimeout)),
            ("keepalive_after", duration(server.keepaliveAfter)), ("shutdown_grace", duration(server.shutdownGrace)),
            ("secret", server.secretPath.map { .text($0) }),
            (
                "tls",
                server.tls.map {
                    section([("certificate", .text($0.certificatePath)), ("private_key", .text($0.privateKeyPath))])
                }
            ),
            (
                "cors",
                server.allowedOrigins.isEmpty
                    ? nil : section([("allow_origins", .list(server.allowedOrigins.map { .text($0) }))])
            ),
            ("allow_hosts", allowedHostTree),
        ])
    }

    private var feedbackTree: ConfigurationTree {
        let metrics = feedback.metrics.map { metric in
            switch metric.kind {
            case .boolean:
                section([
                    ("id", .text(metric.id)), ("kind", .text("boolean")), ("weight", number(metric.weight)),
                    ("silence", .text(metric.silence.rawValue)),
                ])
            case .scale(let minimum, let maximum):
                section([
                    ("id", .text(metric.id)), ("kind", .text("scale")), ("min", number(minimum)),
                    ("max", number(maximum)), ("weight", number(metric.weight)),
                    ("silence", .text(metric.silence.rawValue)),
                ])
            }
        }
        let implicit = section([
            ("provider_failure", truth(feedback.countsProviderFailures)),
            ("regenerated_within", feedback.regeneratedWithin.map(duration)),
        ])
        return section([
            ("window", duration(feedback.window)), ("metrics", .list(metrics)),
            ("influence_cap", whole(feedback.influenceCap)), ("group_influence_cap", whole(feedback.groupInfluenceCap)),
            ("decide_only_weight", number(feedback.decideOnlyWeight)),
            ("implicit", feedback.implicitMetrics.isEmpty ? nil : implicit),
        ])
    }

    private var limitsTree: ConfigurationTree {
        section([
            ("requests_per_minute", limits.requestsPerMinute.map(whole)),
            ("tokens_per_minute", limits.tokensPerMinute.map(whole)), ("concurrent", limits.concurrent.map(whole)),
            ("usd_per_day", limits.costPerDay.map { number($0.usd) }),
        ])
    }
}

private func embeddingsTree(_ embeddings: EmbeddingsDefinition) -> ConfigurationTree {
    section([
        ("provider", .text(embeddings.provider)), ("model", .text(embeddings.model)),
        ("timeout", duration(embeddings.timeout)), ("cache_entries", whole(embeddings.cacheEntries)),
        ("input_per_million_usd", embeddings.inputPerMillionUSD.map(number)),
    ])
}

private func providerTree(_ provider: ProviderDefinition, showsSecrets: Bool) -> ConfigurationTree {
    section([
        ("id", .text(provider.id)), ("kind", .text(provider.kind.rawValue)),
        ("base_url", provider.baseURL.isEmpty ? nil : .text(provider.baseURL)),
        ("api_key", provider.apiKey.map { .text(showsSecrets ? $0 : maskedSecret) }),
        ("api_version", provider.apiVersion.map { .text($0) }), ("project", provider.project.map { .text($0) }),
        ("location", provider.location.map { .text($0) }), ("region", provider.region.map { .text($0) }),
        ("credentials", provider.credentials.map { credentialsTree($0, showsSecrets: showsSecrets) }),
    ])
}

private func credentialsTree(_ credentials: CredentialsDefinition, showsSecrets: Bool) -> ConfigurationTree {
    func secret(_ text: String) -> ConfigurationTree { .text(showsSecrets ? text : maskedSecret) }
    switch credentials {
    case .accessKey(let id, let key, let token):
        return section([
            ("access_key_id", secret(id)), ("secret_access_key", secret(key)), ("session_token", token.map(secret)),
        ])
    case .profile(let name, _): return section([("profile", .text(name))])
    case .webIdentity(let role, let path, let name, let endpoint):
        let identity = section([
            ("role", .text(role)), ("token_file", .text(path)), ("session", .text(name)),
            ("endpoint", endpoint.map { .text($0) }),
        ])
        return section([("web_identity", identity)])
    case .serviceAccount(let path): return section([("service_account", .text(path))])
    case .accessToken(let token): return section([("access_token", secret(token))])
    case .entra(let tenant, let id, let key, let scope, let url):
        let entra = section([
            ("tenant", .text(tenant)), ("client_id", .text(id)), ("client_secret", secret(key)),
            ("scope", .text(scope)), ("token_url", url.map { .text($0) }),
        ])
        return section([("entra", entra)])
    case .metadata: return section([("metadata", truth(true))])
    }
}

/// What is wished of every request, as it was given.
private func wishesTree(_ json: String) -> ConfigurationTree {
    let members = (try? JSONValue(parsing: ByteBuffer(string: json)))?.members ?? []
    return section(
        members.map { name, value in
            let raw = String(buffer: value.rawBytes)
            return (
                name,
                value.kind == .string ? .text(value.string ?? "") : value.kind == .object ? .text(raw) : .literal(raw)
            )
        })
}

private func armTree(_ arm: ArmDefinition, _ phrasing: ArmPhrasing) -> ConfigurationTree {
    section([
        ("id", .text(arm.id)), ("provider", .text(arm.provider)), ("model", .text(arm.model)),
        ("enabled", truth(arm.isEnabled)),
        ("context_window", arm.contextWindow.map(whole)),
        ("dialect", phrasing.dialect.map { .text($0.rawValue) }),
        ("max_output_tokens", phrasing.maxOutputTokens.map(whole)),
        ("reasoning", phrasing.reasoning.map { .text($0.rawValue) }), ("realm", phrasing.realm.map { .text($0) }),
        ("params", phrasing.params.map(wishesTree)), ("defaults", phrasing.defaults.map(wishesTree)),
        ("capabilities", arm.capabilities.isEmpty ? nil : .list(arm.capabilities.sorted().map { .text($0.rawValue) })),
        (
            "price",
            arm.price.map { price in
                section(
                    [
                        ("input_per_million_usd", number(price.inputPerMillionUSD)),
                        ("output_per_million_usd", number(price.outputPerMillionUSD)),
                    ] + ArmPrice.options.map { ($0.name, price[keyPath: $0.price].map(number)) })
            }
        ),
        ("prior", section([("mean", number(arm.prior.mean)), ("strength", number(arm.prior.strength))])),
        (
            "expected_tokens",
            section([("input", number(arm.expectedInputTokens)), ("output", number(arm.expectedOutputTokens))])
        ),
        (
            "media_tokens",
            section(MediaTokens.fields.map { ($0.name, number(arm.mediaTokens[keyPath: $0.tokens])) })
        ),
    ])
}

private func categoryTree(_ category: CategoryDefinition) -> ConfigurationTree {
    section([
        ("id", .text(category.id)), ("description", category.description.map { .text($0) }),
        ("examples", category.examples.isEmpty ? nil : .list(category.examples.map { .text($0) })),
        ("patterns", category.patterns.isEmpty ? nil : .list(category.patterns.map { .text($0) })),
        ("rules", category.rules.isEmpty ? nil : .list(category.rules.map(ruleTree))),
    ])
}

private func ruleTree(_ rule: CategoryRule) -> ConfigurationTree {
    section([
        ("tools", rule.hasTools.map(truth)), ("images", rule.hasImages.map(truth)), ("json", rule.wantsJSON.map(truth)),
        ("mostly_code", rule.isMostlyCode.map(truth)), ("script", rule.script.map { .text($0.rawValue) }),
        ("language", rule.language.map { .text($0.rawValue) }),
        ("min_bytes", rule.minimumBytes.map(whole)), ("max_bytes", rule.maximumBytes.map(whole)),
        ("min_turns", rule.minimumTurns.map(whole)),
        ("system_prompt_hash", rule.systemPromptHash.map { .text($0) }),
    ])
}

private func routeTree(_ route: RouteDefinition) -> ConfigurationTree {
    let objective = section([
        ("dollars_per_quality", route.objective.dollarsPerQuality.map(number)),
        ("seconds_per_quality", route.objective.secondsPerQuality.map(number)),
    ])
    return section([
        ("id", .text(route.id)), ("arms", .list(route.arms.map { .text($0) })), ("policy", policyTree(route)),
        ("requires", route.requires.isEmpty ? nil : .list(route.requires.sorted().map { .text($0.rawValue) })),
        (
            "classes",
            route.classes.isEmpty
                ? nil
                : section(RequestClass.allCases.map { name in (name.rawValue, route.classes[name].map { .text($0) }) })
        ),
        ("objective", route.objective == Objective() ? nil : objective),
        ("exploration", section([("floor", number(route.explorationFloor))])),
        ("forgetting", route.halfLife.map { section([("half_life", duration($0))]) }),
        ("affinity", .text(route.affinity.rawValue)),
        (
            "fallback",
            section([
                ("max_attempts", whole(route.maxAttempts)), ("last_resort", route.lastResort.map { .text($0) }),
            ])
        ),
        (
            "timeouts",
            section([
                ("connect", duration(route.timeouts.connect)), ("first_byte", duration(route.timeouts.firstByte)),
                ("between_chunks", duration(route.timeouts.betweenChunks)), ("total", duration(route.timeouts.total)),
            ])
        ),
        ("budget", route.budget.map(budgetTree)), ("priors", route.priors.map { .text($0.path) }),
        (
            "canary",
            route.canaryShares.isEmpty
                ? nil
                : .list(
                    route.canaryShares.sorted { $0.key < $1.key }.map {
                        section([("arm", .text($0.key)), ("share", number($0.value))])
                    })
        ),
        (
            "cache",
            route.cache.map {
                section([
                    ("ttl", duration($0.timeToLive)), ("max_entries", whole($0.maxEntries)),
                    ("max_bytes", whole($0.maxBytes)),
                    ("across_keys", truth($0.acrossKeys)),
                ])
            }
        ),
    ])
}

private func policyTree(_ route: RouteDefinition) -> ConfigurationTree {
    section(
        [
            ("kind", .text(route.policy.kind.rawValue)), ("pooling", .text(route.pooling.rawValue)),
            ("concentration", concentration(route.concentration)),
        ] + PolicyKeys.parameters(of: route.policy).map { ($0.name, number($0.value)) }
            + [("arm", route.policy.arm.map { .text($0) })])
}

private func concentration(_ concentration: Concentration) -> ConfigurationTree {
    switch concentration {
    case .constant(let value): number(value)
    case .annealed: .text("auto")
    }
}

private func budgetTree(_ budget: BudgetDefinition) -> ConfigurationTree {
    let limit: (String, ConfigurationTree?) =
        switch budget.limit {
        case .usdPerRequest(let usd): ("usd_per_request", number(usd))
        case .usdPerDay(let usd): ("usd_per_day", number(usd))
        }
    return section([
        limit, ("window", whole(budget.window)), ("every", whole(budget.every)),
        ("hard_cap_usd", budget.hardCapUSD.map(number)),
    ])
}

// MARK: Values

private func section(_ entries: [(String, ConfigurationTree?)]) -> ConfigurationTree {
    .section(entries.compactMap { entry in entry.1.map { (entry.0, $0) } })
}

private func whole(_ number: Int) -> ConfigurationTree { .literal(String(number)) }

private func truth(_ value: Bool) -> ConfigurationTree { .literal(value ? "true" : "false") }

/// Without a needless `.0`; the shortest digits that read back as the same number.
private func number(_ number: Double) -> ConfigurationTree {
    if let whole = Int64(exactly: number), abs(number) < 1e15 { return .literal(String(whole)) }
    return .literal(number.description)
}

private func duration(_ microseconds: Timestamp) -> ConfigurationTree {
    .literal(DurationText.text(microseconds: microseconds))
}

private func duration(_ duration: Duration) -> ConfigurationTree {
    .literal(DurationText.text(microseconds: duration.wholeMicroseconds))
}
