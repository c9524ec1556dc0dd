import RoutingEngine

/// A key that a configuration file may contain.
package struct SchemaKey: Sendable, Equatable {
    package enum Shape: Sendable, Equatable {
        case value
        /// A list of values.
        case values
        case section([SchemaKey])
        /// A list of sections.
        case sections([SchemaKey])
    }

    package var name: String
    /// What the value must be, in words.
    package var type: String
    /// The value that stands where the key is not given, as a file would write it; nil where there is none.
    package var fallback: String?
    package var isRequired: Bool
    package var shape: Shape

    package var children: [SchemaKey] {
        switch shape {
        case .value, .values: []
        case .section(let keys), .sections(let keys): keys
        }
    }

    fileprivate static func value(_ name: String, _ type: String, _ fallback: String? = nil) -> Self {
        Self(name: name, type: type, fallback: fallback, isRequired: false, shape: .value)
    }

    fileprivate static func required(_ name: String, _ type: String) -> Self {
        Self(name: name, type: type, isRequired: true, shape: .value)
    }

    fileprivate static func values(_ name: String, _ type: String, isRequired: Bool = false) -> Self {
        Self(name: name, type: type, isRequired: isRequired, shape: .values)
    }

    fileprivate static func section(_ name: String, _ keys: [SchemaKey]) -> Self {
        Self(name: name, type: "section", isRequired: false, shape: .section(keys))
    }

    fileprivate static func sections(_ name: String, isRequired: Bool = false, _ keys: [SchemaKey]) -> Self {
        Self(name: name, type: "list of sections", isRequired: isRequired, shape: .sections(keys))
    }
}

/// Every key of the configuration file: the one table that the decoder, its suggestions, the reference in the
/// documentation and their tests go by.
package enum ConfigurationSchema {
    package static let root: [SchemaKey] = [
        server,
        .section("store", [.value("path", "path", "data/bandit-router.sqlite")]),
        providers,
        arms,
        .sections(
            "categories",
            [
                .required("id", "id"), .value("description", "text"), .values("examples", "list of texts"),
                .values("patterns", "list of regular expressions"),
                .sections(
                    "rules",
                    [
                        .value("tools", "true or false"), .value("images", "true or false"),
                        .value("json", "true or false"), .value("mostly_code", "true or false"),
                        .value("script", "script"), .value("language", "language"), .value("min_bytes", "whole number"),
                        .value("max_bytes", "whole number"), .value("min_turns", "whole number"),
                        .value("system_prompt_hash", "text"),
                    ]),
            ]),
        .section(
            "classifier",
            [
                .value("taxonomy", "default or configured", "configured"), .value("model", "path"),
                .value("threshold", "number from 0 to 1", "0.35"), .values("harness_tags", "list of texts"),
                .section(
                    "embeddings",
                    [
                        .required("provider", "provider id"), .required("model", "text"),
                        .value("timeout", "duration", "100ms"), .value("cache_entries", "whole number", "10000"),
                        .value("input_per_million_usd", "number of at least 0"),
                    ]),
            ]),
        routes,
        .sections(
            "aliases", [.required("name", "text, with one * at the most"), .required("model", "route or arm id")]),
        .section(
            "feedback",
            [
                .value("window", "duration", "7d"),
                .sections(
                    "metrics",
                    [
                        .required("id", "id"), .required("kind", "boolean or scale"), .value("min", "number"),
                        .value("max", "number"), .value("weight", "number above 0", "1"),
                        .value("silence", "unknown or zero", "unknown"),
                    ]),
                .value("influence_cap", "whole number", "200"), .value("group_influence_cap", "whole number", "500"),
                .value("decide_only_weight", "number above 0 and at most 1", "0.25"),
                .section(
                    "implicit",
                    [.value("provider_failure", "true or false", "false"), .value("regenerated_within", "duration")]),
            ]),
        .section(
            "privacy", [.value("store_content", "true or false", "false"), .value("retention", "duration", "90d")]),
        .section(
            "health", [.value("failures_to_open", "whole number", "5"), .value("open_for", "duration", "30s")]),
        .section(
            "logging", [.value("format", "text or json", "text"), .value("requests", "true or false", "false")]),
        .section(
            "limits",
            [
                .value("requests_per_minute", "whole number"), .value("tokens_per_minute", "whole number"),
                .value("concurrent", "whole number"), .value("usd_per_day", "number above 0"),
            ]),
    ]

    /// Keys that are understood but not yet acted upon; the decoder refuses them. Whoever makes one work removes it
    /// here, and the note of it in the reference.
    package static let unserved: Set<String> = []

    private static let server = SchemaKey.section(
        "server",
        [
            .value("host", "text", "127.0.0.1"), .value("port", "whole number", "8080"),
            .value("max_body_bytes", "whole number", "33554432"), .value("max_in_flight_body_bytes", "whole number"),
            .value("max_connections", "whole number", "10000"), .value("idle_timeout", "duration", "75s"),
            .value("keepalive_after", "duration", "15s"), .value("shutdown_grace", "duration", "10s"),
            .value("secret", "path"),
            .section("tls", [.required("certificate", "path"), .required("private_key", "path")]),
            .section("cors", [.values("allow_origins", "list of origins")]),
            .values("allow_hosts", "list of host names"),
        ])

    private static let providers = SchemaKey.sections(
        "providers", isRequired: true,
        [
            .required("id", "id"),
            .required(
                "kind",
                "openai, openai-responses, anthropic, gemini, vertex, azure, bedrock or simulated"),
            .value("base_url", "URL"), .value("api_key", "text"), .value("api_version", "text"),
            .value("project", "text"), .value("location", "text"), .value("region", "text"),
            .section(
                "credentials",
                [
                    .value("access_token", "text"), .value("service_account", "path"),
                    .value("access_key_id", "text"), .value("secret_access_key", "text"),
                    .value("session_token", "text"), .value("profile", "text"), .value("metadata", "true or false"),
                    .section(
                        "entra",
                        [
                            .required("tenant", "text"), .required("client_id", "text"),
                            .required("client_secret", "text"), .value("scope", "text"),
                            .value("token_url", "URL"),
                        ]),
                    .section(
                        "web_identity",
                        [
                            .required("role", "text"), .required("token_file", "path"),
                            .value("session", "text"), .value("endpoint", "URL"),
                        ]),
                ]),
        ])

    package static let entraScope = "https://cognitiveservices.azure.com/.default"

    private static func wishes(_ name: String) -> SchemaKey {
        .section(
            name,
            [
                .value("temperature", "number of at least 0"), .value("top_p", "number from 0 to 1"),
                .value("top_k", "whole number"), .value("seed", "whole number"),
                .value("presence_penalty", "number"), .value("frequency_penalty", "number"),
                .value("reasoning_effort", "text"), .value("verbosity", "text"), .value("service_tier", "text"),
                .value("parallel_tool_calls", "true or false"), .value("max_tokens", "whole number"),
                .value("raw", "text of a JSON object"),
            ])
    }

    private static let arms = SchemaKey.sections(
        "arms", isRequired: true,
        [
            .required("id", "id"), .required("provider", "provider id"), .required("model", "text"),
            .value("enabled", "true or false", "true"),
            .value("context_window", "whole number"),
            .values("capabilities", "list of \(Capability.allCases.map(\.rawValue).joined(separator: ", "))"),
            .value("dialect", "chat, responses, messages, gemini or converse"),
            .value("max_output_tokens", "whole number"), .value("reasoning", "effort, adaptive, budget or level"),
            .value("realm", "text"), .values("aliases", "list of texts, each with one * at the most"),
            wishes("params"), wishes("defaults"),
            .section(
                "price",
                [
                    .required("input_per_million_usd", "number of at least 0"),
                    .required("output_per_million_usd", "number of at least 0"),
                ] + ArmPrice.options.map { .value($0.name, "number of at least 0") }),
            .section(
                "prior",
                [
                    .value("mean", "number from 0.001 to 0.999", "0.5"),
                    .value("strength", "number from 0.01 to 1000000", "2"),
                ]),
            .section(
                "expected_tokens",
                [.value("input", "number above 0", "150"), .value("output", "number above 0", "300")]),
            .section(
                "media_tokens",
                MediaTokens.fields.map {
                    let usual = MediaTokens()[keyPath: $0.tokens]
                    return .value($0.name, "number of at least 0", String(Int(exactly: usual) ?? 0))
                }),
        ])

    private static let routes = SchemaKey.sections(
        "routes", isRequired: true,
        [
            .required("id", "id"), .values("arms", "list of arm ids", isRequired: true),
            .values("aliases", "list of texts, each with one * at the most"),
            .values("requires", "list of capabilities"),
            .section("classes", RequestClass.allCases.map { .value($0.rawValue, "route id") }),
            .section(
                "policy",
                [
                    .value("kind", "policy", "thompson"), .value("pooling", "pooled, none or global", "pooled"),
                    .value("concentration", "auto or number above 0", "auto"),
                ] + PolicyKeys.names.map { .value($0, PolicyKeys.type(of: $0)) }),
            .section(
                "objective",
                [.value("dollars_per_quality", "number above 0"), .value("seconds_per_quality", "number above 0")]),
            .section("exploration", [.value("floor", "number from 0 to 1 / number of arms", "0")]),
            .section("forgetting", [.value("half_life", "duration")]),
            .value("affinity", "conversation, session or none", "conversation"),
            .section("fallback", [.value("max_attempts", "whole number", "3"), .value("last_resort", "arm id")]),
            .section(
                "timeouts",
                [
                    .value("connect", "duration", "2s"), .value("first_byte", "duration", "30s"),
                    .value("between_chunks", "duration", "20s"), .value("total", "duration", "300s"),
                ]),
            .section(
                "budget",
                [
                    .value("usd_per_request", "number above 0"), .value("usd_per_day", "number above 0"),
                    .value("window", "whole number", "200"), .value("every", "whole number", "5"),
                    .value("hard_cap_usd", "number above 0"),
                ]),
            .value("priors", "path"),
            .sections(
                "canary", [.required("arm", "arm id"), .required("share", "number above 0 and at most 1")]),
            .section(
                "cache",
                [
                    .required("ttl", "duration"), .value("max_entries", "whole number", "10000"),
                    .value("max_bytes", "whole number", "67108864"),
                    .value("across_keys", "true or false", "false"),
                ]),
        ])

    /// Keys with their paths, `routes[].policy.kind`, in the order of the table.
    package static let paths: [(path: String, key: SchemaKey)] = flattened(root, under: "")

    private static func flattened(_ keys: [SchemaKey], under prefix: String) -> [(path: String, key: SchemaKey)] {
        keys.flatMap { key in
            let path = prefix + key.name
            let inner = if case .sections = key.shape { path + "[]." } else { path + "." }
            return [(path, key)] + flattened(key.children, under: inner)
        }
    }
}
