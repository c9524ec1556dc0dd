import TestSupport

/// A configuration of a test's, as YAML: three arms of one provider behind the route `auto`, and what the test adds.
struct RouterFile {
    var arms = ["a", "b", "c"]
    /// More of an arm's mapping, by arm id.
    var armKeys: [String: String] = [:]
    /// Providers of arms that are not of `up`, by arm id.
    var providerOfArm: [String: String] = [:]
    var policy = "{ kind: fixed, arm: a }"
    /// More lines of the route `auto`.
    var routeKeys: [String] = []
    /// More of the providers' list.
    var providers: [String] = []
    /// More routes.
    var routes: [String] = []
    /// More top-level lines.
    var sections: [String] = []
    var server = ""
    var store = "store.sqlite"

    /// USD per million tokens of every arm.
    static let price = "{ input_per_million_usd: 1000, output_per_million_usd: 2000 }"

    func text(folder: String, upstream: Int) -> String {
        var lines = [
            "server: { host: 127.0.0.1, port: 0\(server.isEmpty ? "" : ", \(server)") }",
            "store: { path: \"\(folder)/\(store)\" }",
            "providers:",
            "  - { id: up, kind: openai, base_url: \"http://127.0.0.1:\(upstream)/v1\", api_key: sk-upstream }",
        ]
        lines += providers.map { "  - \($0)" }
        lines.append("arms:")
        for (position, arm) in arms.enumerated() {
            // Descending priors, so that fallbacks of the fixed policy go down the list.
            let prior = "prior: { mean: \(max(0.1, 0.9 - 0.2 * Double(position))), strength: 4 }"
            let more =
                (armKeys[arm] ?? "price: \(Self.price)").isEmpty ? "" : ", \(armKeys[arm] ?? "price: \(Self.price)")"
            lines.append(
                "  - { id: \(arm), provider: \(providerOfArm[arm] ?? "up"), model: m-\(arm), \(prior)\(more) }")
        }
        if !sections.contains(where: { $0.hasPrefix("categories:") }) {
            lines += ["categories:", "  - { id: code, patterns: [\"```\"] }", "  - { id: math }"]
        }
        lines += [
            "routes:", "  - id: auto",
            "    arms: [\(arms.filter { armKeys[$0]?.contains("embeddings") != true }.joined(separator: ", "))]",
        ]
        lines += ["    policy: \(policy)"] + routeKeys.map { "    \($0)" }
        lines += routes.map { "  - \($0)" }
        return (lines + sections).joined(separator: "\n") + "\n"
    }
}
