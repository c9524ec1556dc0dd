import Foundation
import Testing

/// What a scenario on an outcome table and under a budget comes to, through the command and its files.
@Suite("Scenarios on a table, as processes")
struct ScenarioWorldTests {
    private static let code = [
        "python", "function", "compiler", "exception", "loop", "array", "syntax", "debugger", "recursion", "pointer",
    ]
    private static let kitchen = [
        "recipe", "soup", "carrots", "oven", "butter", "simmer", "garlic", "pasta", "dough", "spoon",
    ]

    /// Rows of two kinds that share no word; in the first `a` is right, in the second `b`.
    private static func table(rows: Int, seed: Int) -> String {
        var text = "prompt_id,category,prompt,score|a,score|b,cost|a,cost|b\n"
        for row in 0..<rows {
            let isCode = row % 2 == 0
            let words = (0..<6).map { (isCode ? code : kitchen)[(row * 7 + $0 * 3 + seed) % 10] }
            text += "p\(row),\(isCode ? "code" : "kitchen"),\(words.joined(separator: " ")),"
            text += isCode ? "1,0,0.001,0.004\n" : "0.25,0.75,0.001,0.004\n"
        }
        return text
    }

    /// Runs a scenario in the folder; its `summary.json`.
    private func summary(_ yaml: String, in folder: URL, output: String = "out") throws -> [String: Any] {
        let file = folder.appending(path: "scenario.yaml")
        try Data(yaml.utf8).write(to: file)
        let out = folder.appending(path: output)
        let result = try SimulateProcess.run(["simulate", file.path(), "--output", out.path()])
        try #require(result.status == 0, "\(result.errors)")
        let data = try Data(contentsOf: out.appending(path: "summary.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func mean(_ policy: Int, _ metric: String, of summary: [String: Any]) throws -> Double {
        let policies = try #require(summary["policies"] as? [[String: Any]])
        let mean = try #require(policies[policy]["mean"] as? [String: Any])
        return try #require(mean[metric] as? Double)
    }

    @Test(
        "a table's categories come from its column, from clusters fitted on another file, from a trained model, or there are none"
    )
    func categories() throws {
        try SimulateProcess.withFolder { folder in
            try Data(Self.table(rows: 40, seed: 0).utf8).write(to: folder.appending(path: "test.csv"))
            try Data(Self.table(rows: 120, seed: 1).utf8).write(to: folder.appending(path: "fit.csv"))
            let model = folder.appending(path: "categories.brqc").path()
            let trained = try SimulateProcess.run([
                "train-categories", folder.appending(path: "fit.csv").path(), "--label", "category", "--output", model,
                "--no-utterances",
            ])
            try #require(trained.status == 0, "\(trained.errors)")
            func regret(_ categories: String) throws -> Double {
                let yaml = """
                    environment: { kind: outcome-table, table: test.csv, categories: \(categories) }
                    policies: [{ id: b, kind: fixed, arm: b }]
                    horizon: table
                    replications: 1
                    """
                return try mean(0, "cumulative_regret", of: try summary(yaml, in: folder))
            }
            // b earns 1 less than a in each of the 20 rows of code, and is best in the others.
            #expect(try regret("column") == 20)
            #expect(try regret("{ clusters: { k: 2, fit: fit.csv, seed: 3 } }") == 20)
            #expect(try regret("{ classifier: categories.brqc }") == 20)
            // Over all rows a earns 0.625 and b 0.375.
            #expect(try regret("none") == 10)
        }
    }

    @Test("given orders are followed; an order that names an unknown prompt is refused with file and line")
    func orders() throws {
        try SimulateProcess.withFolder { folder in
            try Data(Self.table(rows: 4, seed: 0).utf8).write(to: folder.appending(path: "test.csv"))
            let yaml = """
                environment: { kind: outcome-table, table: test.csv, categories: column, orders: orders.jsonl }
                policies: [{ id: a, kind: fixed, arm: a }]
                horizon: 2
                replications: 2
                """
            let orders = folder.appending(path: "orders.jsonl")
            try Data("[\"p0\",\"p2\",\"p1\",\"p3\"]\n[\"p1\",\"p0\",\"p2\",\"p3\"]\n".utf8).write(to: orders)
            let policies = try #require(try summary(yaml, in: folder)["policies"] as? [[String: Any]])
            let runs = try #require(policies[0]["replications"] as? [[String: Any]])
            #expect(runs.map { $0["mean_reward"] as? Double } == [1, 0.625])
            try Data("[\"p0\",\"p2\"]\n[\"p1\",\"p9\"]\n".utf8).write(to: orders)
            let refused = try SimulateProcess.run(["simulate", folder.appending(path: "scenario.yaml").path()])
            #expect(refused.status == 3 && refused.errors.contains("orders.jsonl:2"), "\(refused.errors)")
            #expect(refused.errors.contains("p9"), "\(refused.errors)")
        }
    }

    @Test(
        "under a budget the files say its shadow price, and the report draws regret, frontier, spend and shares by itself"
    )
    func report() throws {
        try SimulateProcess.withFolder { folder in
            try Data(Self.table(rows: 200, seed: 0).utf8).write(to: folder.appending(path: "test.csv"))
            let yaml = """
                title: Two <models> & a budget
                environment: { kind: outcome-table, table: test.csv, categories: column }
                arms:
                  - { id: a, price: { input_per_million_usd: 1, output_per_million_usd: 3 } }
                  - { id: b, price: { input_per_million_usd: 4, output_per_million_usd: 12 } }
                policies: [{ id: paced, kind: thompson }, { id: unpaced, kind: thompson, budget: false }]
                budget: { usd_per_request: 0.0018 }
                horizon: table
                replications: 4
                """
            let summary = try summary(yaml, in: folder)
            // Left alone, half of the prompts go to b: 0.0025 a request. A price between the two keeps the budget.
            #expect(try mean(1, "mean_cost_usd", of: summary) > 0.0023)
            #expect(try mean(0, "mean_cost_usd", of: summary) <= 0.0018 * 1.005)
            let policies = try #require(summary["policies"] as? [[String: Any]])
            let runs = try #require(policies[0]["replications"] as? [[String: Any]])
            for run in runs {
                // b gives half a point more for 0.003 USD: there, a point costs 0.006.
                let price = try #require(run["shadow_price_usd_per_point"] as? Double)
                #expect(price > 0.002 && price < 0.02, "\(price)")
            }
            let out = folder.appending(path: "out")
            let curves = try String(contentsOf: out.appending(path: "curves.csv"), encoding: .utf8).split(
                separator: "\n")
            #expect(curves[0].hasSuffix(",usd_per_point_mean"))
            let last = try #require(curves.last { $0.contains(",paced,") })
            #expect(last.split(separator: ",", omittingEmptySubsequences: false).last.flatMap { Double($0) } ?? 0 > 0)
            let html = try String(contentsOf: out.appending(path: "report.html"), encoding: .utf8)
            for heading in [
                "Two &lt;models&gt; &amp; a budget", "Cumulative regret (mean, 10–90 % of replications)",
                "Reward against cost", "Spend so far", "Shadow price of the budget", "Arms chosen over time",
            ] { #expect(html.contains(heading), "\(heading)") }
            #expect(html.contains(">budget<"))
            for category in ["code", "kitchen"] { #expect(html.contains(">\(category)<"), "\(category)") }
            for outside in ["http://", "https://", "src=", "@import", "<script"] {
                #expect(!html.contains(outside), "\(outside)")
            }
        }
    }

    @Test("where one model is best everywhere, learning that loses less than 1 % of the reward")
    func negativeControl() throws {
        let scenario = SimulateProcess.root.appending(path: "Simulations/negative-control/scenario.yaml").path()
        let result = try SimulateProcess.run(["simulate", scenario, "--format", "json", "--replications", "4"])
        try #require(result.status == 0, "\(result.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let policies = try #require(object["policies"] as? [[String: Any]])
        var rewards: [String: Double] = [:]
        for (index, policy) in policies.enumerated() {
            rewards[try #require(policy["policy"] as? String)] = try mean(index, "mean_reward", of: object)
        }
        let best = try #require(rewards["always-best"])
        for name in ["pooled", "pooled-2", "flat"] {
            let reward = try #require(rewards[name])
            #expect(reward > 0.99 * best, "\(name): \(reward) of \(best)")
        }
    }
}
