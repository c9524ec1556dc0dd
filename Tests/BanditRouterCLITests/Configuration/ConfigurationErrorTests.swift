import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import Testing

/// One edit that makes the full file wrong, and what must be said of it.
struct BadEdit: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    /// Lines between the beginning of the edit and the problem.
    var offset = 0
    var key: String
    var reason: String
    var suggestion: String?
    /// Whether the edit has further consequences, which are told too.
    var others = false
    /// A second edit: of `privacy.retention`.
    var retention: String?

    init(_ old: String, _ new: String, _ offset: Int = 0, key: String, _ reason: String, meant: String? = nil) {
        self.old = old
        self.new = new
        self.offset = offset
        self.key = key
        self.reason = reason
        suggestion = meant
    }

    var testDescription: String { "\(key): \(new.prefix(40))" }
}

@Suite("What is wrong with a configuration")
struct ConfigurationErrorTests {
    @Test("the fixture is a good file")
    func fixture() { #expect(problems(fullText).isEmpty && problems(minimalText).isEmpty) }

    static let keys: [BadEdit] = [
        BadEdit("port: 9090", "prot: 9090", key: "server.prot", "unknown key", meant: "port"),
        BadEdit("privacy:", "privcy:", key: "privcy", "unknown key", meant: "privacy"),
        BadEdit(
            "affinity: none", "half_life: 3d", key: "routes[0].half_life", "unknown key",
            meant: "forgetting.half_life"),
        BadEdit("model: sim-small", "model: sim-small\n    base_url: x", 1, key: "arms[2].base_url", "unknown key"),
        BadEdit("every: 10", "evry: 10", key: "routes[0].budget.evry", "unknown key", meant: "every"),
        BadEdit("port: 9090", "Port: 9090", key: "server.Port", "unknown key", meant: "port"),
        BadEdit(
            "port: 9090", "port: 9090\n  port: 1", 1, key: "server.port", "is given more than once (first on line 3)"),
        BadEdit("store:", "server: {}\nstore:", key: "server", "is given more than once (first on line 1)"),
        BadEdit("port: 9090", "? [port]\n  : 9090", key: "server", "has a key that is a list instead of a name"),
        BadEdit("    model: sim-small\n", "", -2, key: "arms[2].model", "is missing"),
        BadEdit("  - id: chat", "  - description: x", key: "categories[1].id", "is missing"),
        BadEdit("    base_url: https://api.example.com/v1\n", "", -2, key: "providers[0].base_url", "is missing"),
    ]

    static let types: [BadEdit] = [
        BadEdit("port: 9090", "port: many", key: "server.port", "must be a whole number from 0 to 65535, not “many”"),
        BadEdit("port: 9090", "port: \"9090\"", key: "server.port", "not “9090” in quotes"),
        BadEdit("port: 9090", "port: 90.5", key: "server.port", "must be a whole number"),
        BadEdit("port: 9090", "port: 0x1F90", key: "server.port", "must be a whole number"),
        BadEdit("port: 9090", "port: 0808", key: "server.port", "must be a whole number"),
        BadEdit("port: 9090", "port: [9090]", key: "server.port", "must be a single value, not a list"),
        BadEdit("port: 9090", "port: { a: 1 }", key: "server.port", "must be a single value, not a section"),
        BadEdit("port: 9090", "port:", key: "server.port", "has no value"),
        BadEdit("port: 9090", "port: ~", key: "server.port", "has no value"),
        BadEdit("port: 9090", "port: !!float 9090", key: "server.port", "tag"),
        BadEdit("port: 9090", "port: ${PORT:-web}", key: "server.port", "what the environment gives is not"),
        BadEdit(
            "store:\n  path: state/router.sqlite", "store: state", key: "store", "must be a section of keys (path…)"),
        BadEdit("store:\n  path: state/router.sqlite", "store: [path]", key: "store", "not a list"),
        BadEdit("arms: [sim]", "arms: sim", key: "routes[1].arms", "must be a list, not a single value"),
        BadEdit("arms: [sim]", "arms: { sim: 1 }", key: "routes[1].arms", "must be a list, not a section"),
        BadEdit("arms: [sim]", "arms: [[sim]]", key: "routes[1].arms[0]", "must be a single value, not a list"),
        BadEdit("  - id: chat", "  - chat", key: "categories[1]", "must be a section of keys (id, description"),
        BadEdit(
            "store_content: true", "store_content: yes", key: "privacy.store_content", "true or false", meant: "true"),
        BadEdit(
            "store_content: true", "store_content: ture", key: "privacy.store_content", "true or false", meant: "true"),
        BadEdit("shutdown_grace: 15s", "shutdown_grace: 15", key: "server.shutdown_grace", "with a unit", meant: "15s"),
        BadEdit("shutdown_grace: 15s", "shutdown_grace: 1.5s", key: "server.shutdown_grace", "with a unit"),
        BadEdit("shutdown_grace: 15s", "shutdown_grace: soon", key: "server.shutdown_grace", "with a unit"),
        BadEdit(
            "kind: simulated", "kind: simulate", key: "providers[2].kind",
            "openai, openai-responses, anthropic, gemini, vertex, azure, bedrock or simulated",
            meant: "simulated"),
        BadEdit("affinity: none", "affinity: sesion", key: "routes[0].affinity", "session or none", meant: "session"),
        BadEdit(
            "pooling: none", "pooling: pool", key: "routes[0].policy.pooling", "pooled, none or global", meant: "pooled"
        ),
        BadEdit("[tools, json, vision]", "[tools, jsno]", key: "arms[0].capabilities[1]", "tools, json", meant: "json"),
        BadEdit("kind: boolean", "kind: bool", key: "feedback.metrics[0].kind", "boolean or scale"),
        BadEdit("mean: 0.6", "mean: .nan", key: "arms[0].prior.mean", "must be a number"),
        BadEdit("mean: 0.6", "mean: 1e999", key: "arms[0].prior.mean", "must be a number"),
        BadEdit("host: 127.0.0.2", "host: \"\"", key: "server.host", "must not be empty"),
        BadEdit("host: 127.0.0.2", "host: http://x", key: "server.host", "without scheme"),
        BadEdit("path: state/router.sqlite", "path: state/", key: "store.path", "must be the path of a file"),
    ]

    static let ranges: [BadEdit] = [
        BadEdit("port: 9090", "port: 65536", key: "server.port", "from 0 to 65535, not “65536”"),
        BadEdit("port: 9090", "port: -1", key: "server.port", "not “-1”"),
        BadEdit("port: 9090", "port: 99999999999999999999", key: "server.port", "must be a whole number"),
        BadEdit("max_body_bytes: 1048576", "max_body_bytes: 10", key: "server.max_body_bytes", "from 1024"),
        BadEdit(
            "max_in_flight_body_bytes: 67108864", "max_in_flight_body_bytes: 8192",
            key: "server.max_in_flight_body_bytes",
            "must not be below"),
        BadEdit(
            #"["https://app.example.com","#, #"["https://app.example.com/","#, key: "server.cors.allow_origins[0]",
            "must be an origin"),
        BadEdit("shutdown_grace: 15s", "shutdown_grace: 0s", key: "server.shutdown_grace", "above zero"),
        BadEdit("shutdown_grace: 15s", "shutdown_grace: 36501d", key: "server.shutdown_grace", "at most 36500d"),
        BadEdit("context_window: 128000", "context_window: 0", key: "arms[0].context_window", "from 1"),
        BadEdit("mean: 0.6", "mean: 1", key: "arms[0].prior.mean", "from 0.001 to 0.999"),
        BadEdit("strength: 4", "strength: 0", key: "arms[0].prior.strength", "from 0.01"),
        BadEdit("input: 200", "input: 0", key: "arms[0].expected_tokens.input", "above 0"),
        BadEdit(
            "output_per_million_usd: 0.60", "output_per_million_usd: -1", key: "arms[0].price.output_per_million_usd",
            "at least 0"),
        BadEdit("concentration: 2", "concentration: 0", key: "routes[0].policy.concentration", "auto or a number"),
        BadEdit(
            "dollars_per_quality: 0.05", "dollars_per_quality: 0", key: "routes[0].objective.dollars_per_quality",
            "above 0"),
        BadEdit(
            "seconds_per_quality: 120", "seconds_per_quality: -1", key: "routes[0].objective.seconds_per_quality",
            "above 0"),
        BadEdit("floor: 0.01", "floor: 0.34", key: "routes[0].exploration.floor", "at most 1/3 for 3 arms"),
        BadEdit("floor: 0.01", "floor: -0.1", key: "routes[0].exploration.floor", "at least 0"),
        BadEdit("max_attempts: 2", "max_attempts: 0", key: "routes[0].fallback.max_attempts", "from 1"),
        BadEdit("window: 100\n", "window: 0\n", key: "routes[0].budget.window", "from 1"),
        BadEdit("share: 0.05", "share: 1.01", key: "routes[0].canary[0].share", "at most 1"),
        BadEdit("share: 0.05", "share: 0", key: "routes[0].canary[0].share", "above 0"),
        BadEdit("silence: zero", "silence: nought", key: "feedback.metrics[0].silence", "unknown or zero"),
        BadEdit("weight: 2", "weight: 0", key: "feedback.metrics[0].weight", "above 0"),
        BadEdit("max: 5", "max: 1", key: "feedback.metrics[1].max", "must be above min (1.0)"),
        BadEdit("max: 5", "max: 1e308", key: "feedback.metrics[1].max", "from -1000000000000 to 1000000000000"),
        BadEdit("failures_to_open: 3", "failures_to_open: 0", key: "health.failures_to_open", "from 1"),
        BadEdit("concurrent: 32", "concurrent: 0", key: "limits.concurrent", "from 1"),
        BadEdit("ttl: 5m", "ttl: 0ms", key: "routes[0].cache.ttl", "above zero"),
        BadEdit("window: 3d", "window: 31d", key: "feedback.window", "must not exceed privacy.retention (30d)"),
        BadEdit("  window: 3d\n", "", 17, key: "privacy.retention", "must not exceed").with(retention: "6d"),
    ]

    static let references: [BadEdit] = [
        BadEdit(
            "provider: local", "provider: lokal", key: "arms[2].provider", "there is no provider “lokal”",
            meant: "local"),
        BadEdit("provider: local", "provider: elsewhere", key: "arms[2].provider", "there is no provider “elsewhere”"),
        BadEdit("provider: local", "provider: ${P:-nowhere}", key: "arms[2].provider", "that the environment gives"),
        BadEdit(
            "claude-haiku, sim]", "claud-haiku, sim]", key: "routes[0].arms[1]", "there is no arm",
            meant: "claude-haiku"),
        BadEdit(
            "arm: sim\naliases", "arm: gpt-4o-mini\naliases", key: "routes[1].policy.arm", "in this route's list"),
        BadEdit("- arm: sim", "- arm: sin", key: "routes[0].canary[0].arm", "in this route's list", meant: "sim"),
        BadEdit("last_resort: sim", "last_resort: simm", key: "routes[0].fallback.last_resort", "no arm", meant: "sim"),
        BadEdit("- id: sim\n", "- id: gpt-4o-mini\n", key: "arms[2].id", "another arm on line 79 is called").alone(
            false),
        BadEdit("- id: claude\n", "- id: openai\n", key: "providers[1].id", "another provider on line 20").alone(false),
        BadEdit("- id: chat", "- id: code", key: "categories[1].id", "another category on line 151"),
        BadEdit("- id: steady", "- id: auto", key: "routes[1].id", "another route on line 179"),
        BadEdit("- id: rating", "- id: answered", key: "feedback.metrics[1].id", "name of an implicit metric"),
        BadEdit("influence_cap: 50", "influence_cap: 0", key: "feedback.influence_cap", "from 1"),
        BadEdit("group_influence_cap: 120", "group_influence_cap: 0", key: "feedback.group_influence_cap", "from 1"),
        BadEdit("decide_only_weight: 0.5", "decide_only_weight: 0", key: "feedback.decide_only_weight", "above 0"),
        BadEdit("- id: rating", "- id: satisfaction", key: "feedback.metrics[1].id", "another metric"),
        BadEdit("- id: steady", "- id: sim", key: "routes[1].id", "an arm on line 144 has the same id"),
        BadEdit("- id: chat", "- id: small talk", key: "categories[1].id", "is no id", meant: "small-talk"),
        BadEdit("- id: chat", "- id: -chat", key: "categories[1].id", "is no id", meant: "chat"),
        BadEdit("- id: chat", "- id: \"\"", key: "categories[1].id", "must not be empty"),
        BadEdit("arms: [sim]", "arms: [sim, sim]", key: "routes[1].arms[1]", "listed twice"),
        BadEdit("arms: [sim]", "arms: []", key: "routes[1].arms", "must not be empty").alone(false),
        BadEdit("[tools, json, vision]", "[tools, tools]", key: "arms[0].capabilities[1]", "listed twice"),
        BadEdit("[tools, json, vision]", "[tools, embeddings]", key: "arms[0].capabilities", "stands alone"),
        BadEdit(
            "- arm: sim\n        share: 0.05", "- { arm: sim, share: 0.1 }\n      - { arm: sim, share: 0.1 }", 1,
            key: "routes[0].canary[1].arm", "two shares"),
        BadEdit(
            "arms: [sim]\n", "arms: [sim]\n    canary: { arm: sim, share: 0.5 }\n", 1, key: "routes[1].canary",
            "less than 1"),
        BadEdit(
            "    provider: openai\n    model: text-e", "    provider: openapi\n    model: text-e",
            key: "classifier.embeddings.provider", "there is no provider “openapi”", meant: "openai"),
        BadEdit(
            "    provider: openai\n    model: text-e", "    provider: claude\n    model: text-e",
            key: "classifier.embeddings.provider", "is of kind anthropic, which has no embeddings"),
        BadEdit("language: en", "language: eng", key: "categories[0].rules[0].language", "must be en, ", meant: "en"),
        BadEdit("timeout: 50ms", "timeout: 0s", key: "classifier.embeddings.timeout", "above zero"),
        BadEdit("cache_entries: 2000", "cache_entries: 0", key: "classifier.embeddings.cache_entries", "from 1 to"),
    ]

    /// All at the first route's policy, which is in lines 60 to 63.
    static let policies: [BadEdit] = [
        BadEdit(
            "kind: thompson", "kind: tompson", key: "routes[0].policy.kind", "must be thompson, ", meant: "thompson"),
        BadEdit("kind: thompson", "kind: lin-ucb", key: "routes[0].policy.kind", "must be thompson, "),
        BadEdit("kind: thompson", "kind: fixed", key: "routes[0].policy", "policy fixed needs an arm"),
        BadEdit("kind: thompson", "kind: thompson\n      arm: sim", 1, key: "routes[0].policy.arm", "takes no arm"),
        BadEdit(
            "kind: thompson", "kind: thompson\n      epsilon: 0.1", 1, key: "routes[0].policy.epsilon",
            "policy thompson has no such parameter"),
        BadEdit(
            "kind: thompson", "kind: epsilon-greedy\n      epsilon: 1.5", 1, key: "routes[0].policy.epsilon",
            "from 0.0 to 1.0, not “1.5”"),
        BadEdit(
            "kind: thompson", "kind: epsilon-greedy\n      epsilon: lots", 1, key: "routes[0].policy.epsilon",
            "from 0.0 to 1.0, not “lots”"),
        BadEdit("kind: thompson", "kind: ucb1\n      c: 0", 1, key: "routes[0].policy.c", "a number above 0"),
        BadEdit(
            "kind: thompson", "kind: epsilon-greedy\n      epsilno: 0.5", 1, key: "routes[0].policy.epsilno",
            "unknown key", meant: "epsilon"),
        BadEdit(
            "kind: thompson", "kind: fixed\n      arm: sin", 1, key: "routes[0].policy.arm",
            "no arm in this route's list", meant: "sim"),
    ]

    static let combinations: [BadEdit] = [
        BadEdit("'^\\d+$'", "'(unclosed'", key: "categories[0].patterns[2]", "is no regular expression"),
        BadEdit("'^\\d+$'", "''", key: "categories[0].patterns[2]", "must not be empty"),
        BadEdit(
            "patterns: [\"```\", ", "patterns:\n      - ok\n      - '['\n      - ok # [", 2,
            key: "categories[0].patterns[1]", "is no regular expression"
        ).alone(false),
        BadEdit(
            "kind: simulated", "kind: simulated\n    base_url: http://x/v1", 1, key: "providers[2].base_url",
            "no meaning"),
        BadEdit("kind: simulated", "kind: simulated\n    api_key: x", 1, key: "providers[2].api_key", "no meaning"),
        BadEdit("https://api.example.com/v1", "api.example.com/v1", key: "providers[0].base_url", "is no URL"),
        BadEdit(
            "https://api.example.com/v1", "ftp://api.example.com/v1", key: "providers[0].base_url",
            "http:// or https://"),
        BadEdit("https://api.example.com/v1", "https:///v1", key: "providers[0].base_url", "names no host"),
        BadEdit(
            "https://api.example.com/v1", "https://me:sk-top-secret-3@x/v1", key: "providers[0].base_url",
            "goes into api_key"),
        BadEdit(
            "https://api.example.com/v1", "https://x/v1?key=sk-top-secret-3", key: "providers[0].base_url",
            "must not contain “?”"),
        BadEdit("https://api.example.com/v1", "https://x/v1/chat/completions", key: "providers[0].base_url", "itself"),
        BadEdit(
            "api_key: sk-top-secret-1", "api_key: \"sk top-secret-1\"", key: "providers[0].api_key",
            "contains a space"),
        BadEdit(
            "usd_per_request: 0.00066", "usd_per_request: 0.00066\n      usd_per_day: 5", 1,
            key: "routes[0].budget.usd_per_day", "not both"),
        BadEdit(
            "      usd_per_request: 0.00066\n", "", key: "routes[0].budget", "needs usd_per_request or usd_per_day"),
        BadEdit(
            "    model: sim-small\n    price:\n      input_per_million_usd: 0.01\n      output_per_million_usd: 0.02\n",
            "    model: sim-small\n", 61, key: "routes[0].budget",
            "needs the price of every arm of its route; without one: sim"),
        BadEdit(
            "kind: boolean", "kind: boolean\n      min: 0", 1, key: "feedback.metrics[0].min",
            "belongs to a metric of kind scale"),
        BadEdit("      max: 5\n", "", -3, key: "feedback.metrics[1].max", "is missing"),
    ]

    @Test(
        "names file, line and key and the nearest valid name",
        arguments: keys + types + ranges + references + policies + combinations)
    func oneEdit(_ edit: BadEdit) throws {
        let (text, line) = try edited(edit.old, edit.new)
        let found = problems(edit.finished(text))
        let problem = try #require(
            found.first { $0.line == line + edit.offset && $0.key == edit.key },
            "expected r.yaml:\(line + edit.offset): \(edit.key), found \(found.map(\.description))")
        #expect(problem.reason.contains(edit.reason), "\(problem)")
        #expect(problem.suggestion == edit.suggestion, "\(problem)")
        #expect(problem.file == "r.yaml")
        if edit.isAlone { #expect(found.count == 1, "\(found.map(\.description))") }
        #expect(found.allSatisfy { !$0.description.contains("top-secret") })
    }

    @Test("all problems of a file are told, in the order of its lines, one a line")
    func collected() throws {
        var text = fullText
        for edit in [Self.keys[0], Self.types[22], Self.references[0], Self.combinations[0]] {
            text = text.replacingOccurrences(of: edit.old, with: edit.new)
        }
        let failure = #expect(throws: ConfigurationFailure.self) { try parse(text) }
        let found = try #require(failure)
        #expect(
            found.problems.map(\.key) == [
                "server.prot", "providers[2].kind", "arms[2].provider", "categories[0].patterns[2]",
            ])
        #expect(found.problems.compactMap(\.line).sorted() == found.problems.compactMap(\.line))
        let lines = found.description.split(separator: "\n")
        #expect(lines.count == 4 && lines[0] == "r.yaml:3: server.prot: unknown key (did you mean “port”?)")
    }

    @Test("every repetition of every repeated key is told")
    func repetitions() {
        let text = """
            server: { port: 1, port: 2, "port": 3 }
            store:
              path: a
              path: b
            \(minimalText)
            """
        let found = problems(text).map { "\($0.line ?? 0) \($0.key)" }
        #expect(found == ["1 server.port", "1 server.port", "4 store.path"])
    }

    @Test(
        "a key that is understood but not served is refused",
        arguments: ["server.tls", "limits.concurrent", "privacy.store_content"])
    func unserved(_ path: String) throws {
        let top = String(path.split(separator: ".")[0])
        let failure = #expect(throws: ConfigurationFailure.self) {
            try parseConfiguration(fullText, file: "r.yaml", environment: fullEnvironment, unserved: [path, top])
        }
        let found = try #require(failure).problems
        #expect(found.contains { $0.key == path && $0.reason.contains("is not supported by this version") })
    }

    @Test("128 arms a route are allowed, 129 are not")
    func manyArms() {
        func text(_ count: Int) -> String {
            let ids = (0..<count).map { "a\($0)" }
            return """
                providers: [{ id: local, kind: simulated }]
                arms: [\(ids.map { "{ id: \($0), provider: local, model: m }" }.joined(separator: ", "))]
                routes:
                  - id: auto
                    arms: [\(ids.joined(separator: ", "))]
                """
        }
        #expect(problems(text(128)).isEmpty)
        #expect(
            problems(text(129)).map(\.description) == [
                "r.yaml:5: routes[0].arms: has 129 arms, more than the 128 that a route may have"
            ])
    }

    @Test("required lists that are missing or empty", arguments: ["providers", "arms", "routes"])
    func requiredLists(_ name: String) {
        let lines = minimalText.split(separator: "\n").map(String.init)
        let rest = lines.filter { !$0.hasPrefix(name) }.joined(separator: "\n") + "\n"
        let missing = problems(rest)
        #expect(missing.contains { $0.key == name && $0.line == 1 && $0.reason == "is missing (list of sections)" })
        let empty = problems("\(name): []\n" + rest)
        #expect(empty.map { "\($0.line ?? 0) \($0.key) \($0.reason)" } == ["1 \(name) must not be empty"])
        let wrong = problems("\(name): 3\n" + rest)
        #expect(wrong.map(\.key) == [name], "nothing is said of references into a section that cannot be read")
    }
}

extension BadEdit {
    /// Whether the edit causes no other problem.
    var isAlone: Bool { !others }

    func alone(_ isAlone: Bool) -> Self {
        var edit = self
        edit.others = !isAlone
        return edit
    }

    func with(retention: String) -> Self {
        var edit = self
        edit.retention = retention
        return edit
    }

    /// The edited text with the second edit that some cases need.
    func finished(_ text: String) -> String {
        guard let retention else { return text }
        return text.replacingOccurrences(of: "retention: 30d", with: "retention: \(retention)")
    }
}
