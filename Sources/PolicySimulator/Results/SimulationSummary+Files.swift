extension SimulationSummary {
    private static let metrics: [(name: String, value: @Sendable (RunResult) -> Double?)] = [
        ("mean_reward", { $0.meanReward }), ("mean_reward_last_quarter", { $0.meanRewardLastQuarter }),
        ("mean_cost_usd", { $0.meanCostUSD }), ("mean_utility", { $0.meanUtility }),
        ("cumulative_regret", { $0.cumulativeRegret }), ("regret_per_prompt", { $0.regretPerPrompt }),
    ]

    /// `summary.json`.
    package func json() -> String {
        let policies = policies.map { policy -> JSONText.Value in
            var mean: [(String, JSONText.Value)] = []
            var error: [(String, JSONText.Value)] = []
            for (name, value) in Self.metrics {
                let estimate = policy.estimate(value)
                mean.append((name, .optional(estimate?.mean)))
                error.append((name, .optional(estimate?.standardError)))
            }
            let shares = labels.arms.indices.map { arm in policy.estimate { $0.armShares[arm] } }
            mean.append(
                ("arm_shares", .object(labels.arms.indices.map { (labels.arms[$0], .optional(shares[$0]?.mean)) })))
            return .object([
                ("policy", .text(policy.id)), ("replications", .list(policy.runs.map(replication))),
                ("mean", .object(mean)), ("standard_error", .object(error)),
            ])
        }
        return JSONText.render(
            .object([
                ("title", .text(labels.title)), ("rounds", .integer(labels.rounds)),
                ("replications", .integer(labels.replications)), ("seed", .text("\(labels.seed)")),
                ("budget_usd_per_request", .optional(labels.budgetUSDPerRequest)),
                ("arms", .list(labels.arms.map(JSONText.Value.text))),
                ("categories", .list(labels.categories.map(JSONText.Value.text))), ("policies", .list(policies)),
                ("differences", .list(differences())),
            ])) + "\n"
    }

    private func replication(_ run: RunResult) -> JSONText.Value {
        .object(
            [("replication", .integer(run.replication)), ("rounds", .integer(run.rounds))]
                + Self.metrics.map { ($0.name, .optional($0.value(run))) }
                + [
                    ("shadow_price_usd_per_point", .optional(run.checkpoints.last?.dollarsPerQuality)),
                    ("arm_shares", .object(labels.arms.indices.map { (labels.arms[$0], .number(run.armShares[$0])) })),
                ])
    }

    /// Every policy less the first, paired by replication.
    private func differences() -> [JSONText.Value] {
        guard let first = policies.first else { return [] }
        return policies.dropFirst().map { policy in
            var members: [(String, JSONText.Value)] = [("policy", .text(policy.id)), ("less", .text(first.id))]
            for (name, value) in Self.metrics {
                guard let difference = policy.difference(to: first, value) else { continue }
                members.append(
                    (
                        name,
                        .object([
                            ("mean", .number(difference.mean)), ("standard_error", .number(difference.standardError)),
                        ])
                    ))
            }
            return .object(members)
        }
    }

    /// `curves.csv`: a line for each round and policy; an unknown quantity is an empty field.
    package func csv() -> String {
        var text =
            "round,policy,regret_mean,regret_q10,regret_q50,regret_q90,reward_mean,reward_q10,reward_q50,reward_q90,"
            + "cost_usd_mean,cost_usd_q10,cost_usd_q50,cost_usd_q90,usd_per_point_mean\n"
        func fields(_ point: CurvePoint?) -> String {
            guard let point else { return ",,," }
            return "\(point.mean),\(point.low),\(point.median),\(point.high)"
        }
        for index in policies.first?.curves.indices ?? 0..<0 {
            for policy in policies {
                let curve = policy.curves[index]
                let price = curve.shadowPrice.flatMap { $0.mean > 0 ? "\(1 / $0.mean)" : nil } ?? ""
                text += "\(curve.round),\(Self.csvField(policy.id)),\(fields(curve.regret)),\(fields(curve.reward)),"
                text += "\(fields(curve.costUSD)),\(price)\n"
            }
        }
        return text
    }

    static func csvField(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension Checkpoint {
    /// USD that a point of quality is worth under the budget; nil where it does not bind.
    var dollarsPerQuality: Double? { shadowPrice.flatMap { $0 > 0 ? 1 / $0 : nil } }
}
