import BanditCore
import BanditRouterCLI
import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("Warnings and providers without a key")
struct ConfigurationWarningTests {
    static func text(
        server: String = "{}", provider: String = "{ id: p, kind: simulated }", arms: String = "[a, b]",
        route: String = "",
        id: String = "auto", price: String = "", more: String = "{ id: local, kind: simulated }"
    ) -> String {
        """
        server: \(server)
        providers:
          - \(provider)
          - \(more)
        arms:
          - { id: a, provider: p, model: m, price: { input_per_million_usd: 1, output_per_million_usd: 1 } }
          - { id: b, provider: \(more.contains("id: local") ? "p" : "q"), model: m\(price) }
        routes:
          - { id: \(id), arms: \(arms)\(route) }
        """
    }

    static let cases: [(text: String, code: ConfigurationWarning.Code, line: Int, message: String)] = [
        (text(server: "{ host: 0.0.0.0 }"), .needsKeys, 1, "other machines can reach 0.0.0.0"),
        (text(server: "{ host: \"::\" }"), .needsKeys, 1, "will not start before there is a key"),
        (text(route: ", policy: { kind: ucb1 }"), .noSupport, 9, "policy ucb1 gives one arm all the probability"),
        (text(route: ", policy: { kind: kl-ucb }"), .noSupport, 9, "without exploration.floor"),
        (text(route: ", policy: { kind: best-mean }"), .noSupport, 9, "best-mean"),
        (text(route: ", objective: { dollars_per_quality: 1 }"), .unknownPrice, 9, "the cost of b is unknown"),
        (
            text(provider: "{ id: p, kind: openai, base_url: http://x.example/v1, api_key: k }"), .keyInClear, 3,
            "clear text"
        ),
        (text(provider: "{ id: p, kind: openai, base_url: https://x.example/v1 }"), .noKey, 3, "without one"),
        (text(id: "best"), .noDefaultRoute, 9, "no route is called “auto”"),
        (text(arms: "[a]"), .unusedArm, 7, "“b” is in no route"),
        (text(arms: "[a]", route: ", exploration: { floor: 0.5 }"), .noEffect, 9, "no effect"),
        (
            text(
                provider: "{ id: p, kind: openai, base_url: http://127.0.0.1:1/v1 }", more: "{ id: q, kind: simulated }"
            ), .simulatedArm,
            9, "“b” is simulated"
        ),
        (
            text(
                provider: "{ id: p, kind: anthropic, base_url: https://x.example/v1, api_key: k }",
                price: ", capabilities: [tools, json]"), .dialectCannot, 7, "“b” follows a json_schema"
        ),
        (
            text(
                provider: "{ id: p, kind: anthropic, base_url: https://x.example/v1, api_key: k }",
                price: ", capabilities: [embeddings]"), .dialectCannot, 7, "cannot serve embeddings"
        ),
    ]

    @Test("name the line and what may go wrong", arguments: cases)
    func warned(_ text: String, code: ConfigurationWarning.Code, line: Int, message: String) throws {
        let warnings = try parse(text).warnings
        let warning = try #require(warnings.first { $0.code == code }, "\(warnings.map(\.description))")
        #expect(warning.line == line && warning.message.contains(message), "\(warning)")
    }

    @Test(
        "are not given where there is no reason",
        arguments: [
            text(), text(server: "{ host: localhost }"), text(server: "{ host: \"::1\" }"),
            text(server: "{ host: 127.1.2.3 }"),
            text(route: ", policy: { kind: ucb1 }, exploration: { floor: 0.01 }"),
            text(route: ", policy: { kind: thompson }"),
            text(
                route: ", objective: { dollars_per_quality: 1 }",
                price: ", price: { input_per_million_usd: 0, output_per_million_usd: 0 }"),
            text(provider: "{ id: p, kind: openai, base_url: http://127.0.0.1:8000/v1, api_key: k }"),
            text(provider: "{ id: p, kind: openai, base_url: http://localhost:11434/v1 }"),
            text(
                provider: "{ id: p, kind: openai, base_url: https://x.example/v1, api_key: k }",
                price: ", capabilities: [tools, json]"),
            text(
                provider: "{ id: p, kind: anthropic, base_url: https://x.example/v1, api_key: k }",
                price: ", capabilities: [tools, vision]"),
        ])
    func silent(_ text: String) throws { #expect(try parse(text).warnings.isEmpty) }

    static let off = text(
        provider: "{ id: p, kind: openai, base_url: https://x.example/v1, api_key: \"${KEY:-}\" }",
        more: "{ id: q, kind: simulated }")

    @Test("a provider with an empty key is off and its arms with it")
    func providerOff() throws {
        let (configuration, warnings) = try parse(Self.off, environment: [:])
        #expect(configuration.providers.map(\.id) == ["q"] && configuration.arms.map(\.id) == ["b"])
        #expect(configuration.routes[0].arms == ["b"])
        #expect(warnings.map(\.code) == [.providerOff] && warnings[0].line == 3)
        #expect(warnings[0].message == "api_key is empty, so “p” is off, and with it a")
        let on = try parse(Self.off, environment: ["KEY": "k"]).configuration
        #expect(on.arms.map(\.id) == ["a", "b"] && on.providers[0].apiKey == "k")
    }

    @Test("a route that loses all its arms, or its policy's arm, is an error")
    func nothingLeft() {
        let all = problems(Self.off.replacing("arms: [a, b]", with: "arms: [a]"), environment: [:])
        #expect(
            all.map(\.description) == [
                "r.yaml:9: routes[0].id: no arm of the route is left: their providers have an empty api_key"
            ])
        let fixed = problems(
            Self.off.replacing("arms: [a, b]", with: "arms: [a, b], policy: { kind: fixed, arm: a }"), environment: [:])
        #expect(fixed.map(\.line) == [9] && fixed.allSatisfy { $0.reason.contains("the policy's arm “a” is off") })
        let canary = problems(
            Self.off.replacing("arms: [a, b]", with: "arms: [a, b], canary: { arm: b, share: 0.5 }"), environment: [:])
        #expect(canary.map(\.line) == [9] && canary.allSatisfy { $0.reason.contains("less than 1") })
    }
}
